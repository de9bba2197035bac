"""The composition root: builds one exchange out of its parts, and starts and stops them in order."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import structlog

import tradepit
from tradepit import environment
from tradepit.doors.clob.app import create_app as create_clob_app
from tradepit.doors.clob.settings import ClobSettings
from tradepit.doors.operator.app import Access, OperatorSettings
from tradepit.doors.operator.app import create_app as create_operator_app
from tradepit.doors.operator.service import OperatorService
from tradepit.doors.us.app import create_app as create_us_app
from tradepit.doors.us.settings import Settings as UsSettings
from tradepit.engine.clock import Clock, SystemClock
from tradepit.engine.engine import Engine
from tradepit.engine.heap import Heap
from tradepit.engine.messages import ListCredentials
from tradepit.engine.port import Port
from tradepit.engine.replay import command, snapshot_command
from tradepit.engine.restore import restore
from tradepit.engine.snapshots import Snapshots
from tradepit.history.feed import HistoryFeed
from tradepit.history.reader import History
from tradepit.identity import firms, wallets
from tradepit.journal import SqliteJournal
from tradepit.sandbox.demo import DEMO_MARKETS, list_demo_markets
from tradepit.sandbox.faucet import Faucet
from tradepit.sandbox.faults import FaultInjector
from tradepit.sandbox.maker import HouseMaker
from tradepit.sandbox.wallets import TEST_WALLETS
from tradepit.server.certificates import CertificateAuthority
from tradepit.server.dispatch import AsgiApp, Lifespans
from tradepit.server.public_keys import REFUSED, PublicKeyGate
from tradepit.server.secrets import Secrets, open_secrets
from tradepit.server.settings import Mode, ServerSettings

_MODE_FILE: Final = "mode"
_ORDER_ID_BYTES: Final = 32
_log = structlog.get_logger(__name__)


class WrongMode(Exception):
    """The data directory belongs to an exchange of the other mode; the text says what to do."""


class House:
    """One exchange: the engine on its data directory, and the apps of its doors.

    After `start`, `apps` holds the ASGI app of each served port. `start` raises `WrongMode`,
    `JournalError`, `SecretsError` or `CertificateError` for a data directory that cannot be used.
    """

    def __init__(self, settings: ServerSettings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._stack = AsyncExitStack()
        self.apps: dict[int, AsgiApp] = {}
        self.certificate: Path
        self.ca_certificate: Path
        self.engine: Engine

    async def start(self) -> None:
        """Open everything, each part after what it depends on; on an error, close what is open."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close everything in the opposite order; leaves a snapshot."""
        await self._stack.aclose()

    async def _start(self) -> None:
        settings = self._settings
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        journal = SqliteJournal(settings.data_dir)
        self._stack.callback(journal.close)
        _claim_mode(settings.data_dir, settings.mode)
        secrets = open_secrets(settings.data_dir, production=not settings.is_sandbox)
        authority = CertificateAuthority.open(settings.data_dir)
        self.certificate = authority.local_leaf()
        self.ca_certificate = authority.certificate.resolve()

        history = await self._start_engine(journal)
        known_wallets = wallets.Wallets(secrets.master)
        known_firms = firms.Firms()
        for projection, kind in ((known_wallets, wallets.CREDENTIAL_KIND), (known_firms, firms.KIND)):
            credentials = await self.engine.query(ListCredentials(kind))
            projection.load(credentials)
            self.engine.listen(projection.apply)

        service = OperatorService(
            self.engine, refused_accounts=frozenset() if settings.is_sandbox else REFUSED
        )
        if settings.is_sandbox:
            await list_demo_markets(service)
        await self._open_doors(secrets, history, known_wallets, known_firms, service)
        if settings.is_sandbox:
            await self._start_maker()
        heap = Heap(lambda: self.engine.is_quiet)
        heap.start()
        self._stack.callback(heap.stop)

    async def _start_engine(self, journal: SqliteJournal) -> History:
        """The engine with its snapshots and its history."""
        settings = self._settings
        url = f"sqlite:///{settings.data_dir / 'history.db'}"
        feed = HistoryFeed(url, journal.identity, command(settings.data_dir))
        snapshots = Snapshots(
            journal, maker=snapshot_command(settings.data_dir), needed_from=lambda: feed.checkpoint
        )
        self.engine = Engine(
            journal,
            restore(journal),
            self._clock,
            snapshots=snapshots,
            commit_delay_seconds=settings.commit_delay_ms / 1_000,
        )
        history = History(url, progress=lambda: feed.checkpoint)
        self._stack.callback(history.close)
        # Before the engine, so that it is told of every command from the first on.
        await feed.start(journal.last_sequence)
        self._stack.push_async_callback(feed.stop)
        self.engine.listen(feed.hear)
        await self.engine.start()
        self._stack.push_async_callback(self.engine.stop)
        return history

    async def _open_doors(
        self,
        secrets: Secrets,
        history: History,
        known_wallets: wallets.Wallets,
        known_firms: firms.Firms,
        service: OperatorService,
    ) -> None:
        settings, ports = self._settings, self._settings.ports
        port: Port = self.engine
        faults = faucet = None
        if settings.is_sandbox:
            faults = FaultInjector(self.engine)
            port = faults
            faucet = Faucet(service, [market.listing.slug for market in DEMO_MARKETS])
            for account in TEST_WALLETS:
                await faucet.welcome(account)
        clob: AsgiApp = create_clob_app(
            port=port,
            wallets=known_wallets,
            history=history,
            settings=ClobSettings(profile=settings.profile),
            welcome=faucet.welcome if faucet else None,
        )
        if not settings.is_sandbox:
            clob = PublicKeyGate(clob)
        us: AsgiApp = create_us_app(
            port=port,
            firms=known_firms,
            history=history,
            settings=UsSettings(signing_key=secrets.us_token_key),
        )
        operator: AsgiApp = create_operator_app(
            self.engine,
            OperatorSettings(
                version=tradepit.__version__,
                mode=settings.mode,
                profile=settings.profile,
                data_dir=str(settings.data_dir.resolve()),
                ca_certificate=str(self.ca_certificate),
                ports=ports.served(),
            ),
            Access(secrets.operator_token, loopback_writes=settings.is_sandbox),
            service=service,
            welcome=faucet.welcome if faucet else None,
            faults=faults.arm if faults else None,
            batches=lambda: self.engine.batches,
        )
        self.apps = {
            ports.clob: clob,
            ports.clob_websocket: clob,
            ports.us: us,
            ports.us_tls: us,
            ports.operator: operator,
        }
        lifespans = Lifespans(list(self.apps.values()))
        self._stack.push_async_callback(lifespans.stop)
        await lifespans.start()

    async def _start_maker(self) -> None:
        maker = HouseMaker(
            self.engine,
            {market.listing.slug: market.ladder for market in DEMO_MARKETS},
            new_order_id=lambda: environment.random_bytes(_ORDER_ID_BYTES),
        )
        await maker.start()
        self._stack.push_async_callback(maker.stop)


def _claim_mode(data_dir: Path, mode: Mode) -> None:
    """Bind a data directory to its mode: demo money must never turn into anybody's real balance."""
    path = data_dir / _MODE_FILE
    try:
        owner = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        path.write_text(f"{mode}\n", encoding="ascii")
        return
    if owner != mode:
        raise WrongMode(
            f"{data_dir} belongs to a {owner} exchange; choose another --data-dir for {mode} mode, "
            "demo money and real money do not mix"
        )

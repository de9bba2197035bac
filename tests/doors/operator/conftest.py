"""The operator API on a real engine, called through its ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tradepit.doors.operator.app import Access, OperatorSettings, create_app
from tradepit.doors.operator.service import OperatorService
from tradepit.engine.engine import Engine
from tradepit.sandbox.faucet import Faucet
from tradepit.sandbox.faults import FaultInjector

TOKEN = "operator-token-of-the-tests-0123456789"
SETTINGS = OperatorSettings(
    version="1.2.3", mode="sandbox", profile="clob-2026-11", data_dir="/data", ports={"clob": 8080}
)


@pytest.fixture
def faults(engine: Engine) -> FaultInjector:
    return FaultInjector(engine)


@pytest.fixture
async def api(engine: Engine, faults: FaultInjector) -> AsyncIterator[httpx.AsyncClient]:
    """A sandbox's operator API, called from this machine."""
    faucet = Faucet(OperatorService(engine), [])
    app = create_app(
        faults,
        SETTINGS,
        Access(TOKEN),
        welcome=faucet.welcome,
        faults=faults.arm,
        batches=lambda: engine.batches,
    )
    async with client(app) as one:
        yield one


def client(app: object, address: str = "127.0.0.1", host: str = "127.0.0.1:8088") -> httpx.AsyncClient:
    """A caller at `address` who asks for `host`."""
    transport = httpx.ASGITransport(app=app, client=(address, 50_000), raise_app_exceptions=True)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")

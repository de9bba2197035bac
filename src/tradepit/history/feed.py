"""The engine's side of history: starts the projector, sends it what happens, and starts it again if it dies.

Nothing here waits for the projector. What it does not take in time is left out; it notices, and has it
replayed from the journal.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from tradepit.core.events import Event
from tradepit.core.units import Timestamp
from tradepit.history.frames import Frame, Recording, encode_frame, keep
from tradepit.history.projector import CHECKPOINT_BYTES
from tradepit.history.schema import connect, prepare, read_checkpoint

BUFFER_BYTES_MAX: Final = 64 << 20
"""What may wait for the projector in this process before it is left to a replay."""

_FLUSH_SECONDS: Final = 0.002
_STOP_SECONDS: Final = 30.0
_RESTART_SECONDS_MIN: Final = 0.1
_RESTART_SECONDS_MAX: Final = 10.0

_log = structlog.get_logger(__name__)


class Outcome(Protocol):
    """What the feed reads of the port's outcome."""

    @property
    def sequence(self) -> int: ...

    @property
    def time(self) -> Timestamp: ...

    @property
    def events(self) -> list[Event]: ...


class HistoryFeed:
    """Feeds one history database from one engine.

    `journal` is the journal's identity, `replay` the command line that replays it
    (`tradepit.engine.replay.command`). Give `hear` to `Port.listen`.
    """

    def __init__(
        self, url: str, journal: str, replay: Sequence[str], *, buffer_bytes_max: int = BUFFER_BYTES_MAX
    ) -> None:
        self._url = url
        self._journal = journal
        self._replay = list(replay)
        self._buffer_bytes_max = buffer_bytes_max
        self._transport: asyncio.Transport | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._pending: list[Recording] = []
        self._heard = 0
        self._sent = 0
        self._paused = False
        self._flush_timer: asyncio.TimerHandle | None = None
        self._stopping = False
        self._restart_seconds = _RESTART_SECONDS_MIN
        self._restarting: asyncio.Task[None] | None = None
        self._lost: asyncio.Future[None]
        self.checkpoint = 0

    @property
    def process_id(self) -> int | None:
        """The projector's process, while there is one."""
        return None if self._process is None else self._process.pid

    async def start(self, sequence: int) -> None:
        """Start the projector; `sequence` is the last command that `hear` will not be told of."""
        self._heard = sequence
        self.checkpoint = await asyncio.to_thread(self._read_checkpoint)
        await self._connect()

    async def stop(self) -> None:
        """Send what is left, and wait until the projector has written it and ended."""
        self._stopping = True
        if self._restarting is not None:
            self._restarting.cancel()
            await asyncio.gather(self._restarting, return_exceptions=True)
        if self._transport is None:
            return
        self._flush()
        self._transport.write_eof()
        try:
            await asyncio.wait_for(asyncio.shield(self._lost), _STOP_SECONDS)
        except TimeoutError:
            _log.error("projector_does_not_end", process=self.process_id)
            self._kill()
        await self._reap()

    def hear(self, outcome: Outcome) -> None:
        """Take in what a command did. Quick: the events are packed later, many at a time."""
        self._heard = outcome.sequence
        if self._transport is None or self._paused:
            return
        recording = keep(outcome.sequence, outcome.time, outcome.events)
        if recording is not None:
            self._pending.append(recording)
        if self._flush_timer is None:
            self._flush_timer = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        recordings, self._pending = self._pending, []
        if self._transport is not None and not self._paused:
            self._send(Frame(self._journal, self._sent + 1, self._heard, recordings))

    def _send(self, frame: Frame) -> None:
        assert self._transport is not None
        self._sent = frame.last
        self._transport.write(encode_frame(frame))

    def send_position(self) -> None:
        """Say how far the exchange is: the projector sees what it missed."""
        self._pending = []
        self._send(Frame(self._journal, self._heard + 1, self._heard, []))

    async def _connect(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = self._spawn(theirs)
            except OSError:
                ours.close()
                raise
        loop = asyncio.get_running_loop()
        self._lost = loop.create_future()
        self._paused = False
        transport, _ = await loop.create_unix_connection(lambda: _Link(self), sock=ours)
        transport.set_write_buffer_limits(high=self._buffer_bytes_max)
        self._transport = transport
        self.send_position()

    def _read_checkpoint(self) -> int:
        """Where history of this journal stands; 0 where there is none, or one of another journal."""
        database = connect(self._url)
        try:
            prepare(database)
            with database.connect() as connection:
                journal, sequence = read_checkpoint(connection)
        finally:
            database.dispose()
        return sequence if journal == self._journal else 0

    def _spawn(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        descriptor = theirs.fileno()
        command = [sys.executable, "-m", "tradepit.history.projector"]
        command += ["--url", self._url, "--socket", str(descriptor), "--replay", *self._replay]
        # A session of its own: Ctrl-C on the terminal is for the exchange, which then ends this one.
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, pass_fds=[descriptor], start_new_session=True
        )

    def projected(self, checkpoint: int) -> None:
        """The projector has committed."""
        self.checkpoint = checkpoint
        self._restart_seconds = _RESTART_SECONDS_MIN

    def pause(self) -> None:
        """The projector is far behind: stop keeping things for it."""
        self._paused = True
        _log.warning("history_falls_behind", checkpoint=self.checkpoint, sequence=self._heard)

    def resume(self) -> None:
        self._paused = False
        if self._transport is not None and not self._stopping:
            self.send_position()

    def lost(self) -> None:
        """The projector has closed its end."""
        self._transport = None
        self._pending = []
        if not self._lost.done():
            self._lost.set_result(None)
        if not self._stopping:
            self._restarting = asyncio.get_running_loop().create_task(self._restart())

    async def _restart(self) -> None:
        await self._reap()
        while True:
            await asyncio.sleep(self._restart_seconds)
            self._restart_seconds = min(2 * self._restart_seconds, _RESTART_SECONDS_MAX)
            try:
                await self._connect()
            except OSError as error:
                _log.error("projector_not_started", error=str(error))
            else:
                return

    async def _reap(self) -> None:
        process = self._process
        if process is None:
            return
        code = await asyncio.to_thread(process.wait)
        self._process = None
        if code or not self._stopping:
            _log.error("projector_ended", exit_code=code, checkpoint=self.checkpoint)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()


class _Link(asyncio.Protocol):
    """The socket to the projector: frames go out, checkpoints come in."""

    def __init__(self, feed: HistoryFeed) -> None:
        self._feed = feed
        self._received = b""

    def data_received(self, data: bytes) -> None:
        received = self._received + data
        whole = len(received) // CHECKPOINT_BYTES * CHECKPOINT_BYTES
        if whole:
            self._feed.projected(int.from_bytes(received[whole - CHECKPOINT_BYTES : whole], "big"))
        self._received = received[whole:]

    def pause_writing(self) -> None:
        self._feed.pause()

    def resume_writing(self) -> None:
        self._feed.resume()

    def connection_lost(self, exc: Exception | None) -> None:
        self._feed.lost()

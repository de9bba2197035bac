"""Runs the command behind the proxy, and passes signals in and the exit out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tradepit.cli.exec.child import Surroundings, environment_of_child
from tradepit.cli.exec.exchange import Exchange
from tradepit.cli.exec.proxy import Proxy
from tradepit.cli.exec.trust import write_bundles
from tradepit.cli.exec.venues import Policy
from tradepit.server.certificates import CertificateAuthority

Say = Callable[[str], None]

_FORWARDED: Final = (
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
_FROM_THE_TERMINAL: Final = (signal.SIGINT, signal.SIGQUIT)


async def run_behind_proxy(
    command: Sequence[str], exchange: Exchange, policy: Policy, variables: Mapping[str, str], say: Say
) -> int:
    """Run the command to its end. Returns its exit code, or minus the signal that killed it.

    Raises OSError if the command cannot be started, and `CertificateError`.
    """
    authority = CertificateAuthority.open(exchange.data_directory)
    proxy = Proxy(policy, exchange.port, authority, report=say)
    with tempfile.TemporaryDirectory(prefix="tradepit-exec-") as scratch:
        await proxy.start()
        try:
            certificate = authority.certificate.resolve()
            around = Surroundings(
                exchange_port=exchange.port,
                proxy_port=proxy.port,
                host_ports=proxy.host_ports,
                policy=policy,
                certificate=certificate,
                bundles=write_bundles(Path(scratch), certificate, variables),
            )
            announce(exchange, policy, say)
            return await _run(command, environment_of_child(variables, around))
        finally:
            await proxy.close()


def announce(exchange: Exchange, policy: Policy, say: Say) -> None:
    """Which mode, which exchange, and what no proxy can hold."""
    how = "started for this command" if exchange.started else "already running"
    allowed = f" but {', '.join(sorted(policy.allowed))}" if policy.allowed else ""
    say(f"proxy mode, exchange at http://127.0.0.1:{exchange.port} ({how})")
    say(f"the venues' hosts lead there; every other host is refused{allowed}")
    say(
        "what can still reach a real venue: programs that ignore proxy settings and are neither Python nor "
        "Node (such as static Go or Rust binaries), native extensions of that kind, and whatever clears the "
        "environment"
    )


def leave(status: int) -> int:
    """The exit code for `status`; the signal that killed the command kills this process too."""
    if status >= 0:
        return status
    number = signal.Signals(-status)
    # The command has left its own core dump, if any.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if number is not signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number


async def _run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    # Descriptors that our caller left open for its children are meant for the command.
    process = await asyncio.create_subprocess_exec(*command, env=variables, close_fds=False)
    loop = asyncio.get_running_loop()

    def forward(number: signal.Signals) -> None:
        if number in _FROM_THE_TERMINAL and _in_foreground():
            return  # The terminal has sent it to the command itself, too.
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)

    for number in _FORWARDED:
        loop.add_signal_handler(number, forward, number)
    try:
        return await process.wait()
    finally:
        for number in _FORWARDED:
            loop.remove_signal_handler(number)


def _in_foreground() -> bool:
    """Whether keys like Ctrl-C of the controlling terminal, if there is one, go to our group of processes."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)

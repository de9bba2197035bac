"""The command line: what it says, what it passes on, and which exchange it uses."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import httpx
import pytest

from tests.cli.exec.conftest import Executor, clean_environment, exec_command_line
from tests.support.exchange_process import free_base_port


def test_it_says_first_which_mode_runs_against_which_exchange_and_what_can_escape(execute: Executor) -> None:
    run = execute(["true"])
    mode, hosts, escape = run.err.splitlines()
    port = execute.stand_in.port
    assert mode == f"tradepit exec: proxy mode, exchange at http://127.0.0.1:{port} (already running)"
    assert "every other host is refused" in hosts
    assert "static Go or Rust" in escape and "clears the environment" in escape
    assert run.out == ""


def test_the_hosts_that_are_allowed_are_said(execute: Executor) -> None:
    run = execute(["true"], options=["--allow", "rpc.example.com", "--allow", "10.0.0.1"])
    assert "refused but 10.0.0.1, rpc.example.com" in run.err


def test_a_refusal_is_shown_on_standard_error(execute: Executor) -> None:
    code = "import urllib.request as u\ntry: u.urlopen('https://foreign.example')\nexcept OSError: pass"
    run = execute([sys.executable, "-c", code])
    assert run.err.splitlines()[-1] == (
        "tradepit exec: refuses foreign.example:443, which is no venue; --allow foreign.example opens it"
    )


def test_input_output_arguments_and_exit_code_are_the_commands_own(execute: Executor) -> None:
    code = "import sys; print(sys.argv[1:], sys.stdin.read()); sys.exit(7)"
    command = [*exec_command_line(execute.stand_in.port), sys.executable, "-c", code]
    done = subprocess.run(
        [*command, "--port", "1", "--", "--help"],
        input="typed",
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, "['--port', '1', '--', '--help'] typed\n")


def test_options_after_the_command_are_the_commands_own_without_dashes_too(execute: Executor) -> None:
    command = [*exec_command_line(execute.stand_in.port)[:-1], sys.executable, "--version"]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Python 3")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_reaches_the_command(execute: Executor, number: signal.Signals) -> None:
    code = """
        import signal, sys
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, lambda number, _: sys.exit(40 + number))
        print("ready", flush=True)
        signal.pause()
    """
    with started(execute, code) as process:
        process.send_signal(number)
        assert process.wait(20) == 40 + number


def test_ctrl_c_in_a_terminal_reaches_the_command_once(execute: Executor) -> None:
    code = """
        import signal, sys, time
        caught = []
        signal.signal(signal.SIGINT, lambda *_: caught.append(1))
        print("ready", flush=True)
        deadline = time.monotonic() + 20
        while not caught and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)  # long enough for a second one
        print("caught", len(caught), flush=True)
    """
    command = [*exec_command_line(execute.stand_in.port), sys.executable, "-c", textwrap.dedent(code)]
    # A shell in between, as a user has one: it is the session's leader, and exec runs in its foreground.
    terminal = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])", *command]
    with subprocess.Popen(
        terminal, env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for line in process.stdout:
            if line.strip() == "ready":
                process.stdin.write("\x03")
                process.stdin.flush()
            if "caught" in line:  # after the terminal's own echo of the key
                assert line.split()[-1] == "1"
                break
        else:
            pytest.fail("the command ended without a word")
        process.stdin.close()


def test_a_command_that_a_signal_kills_takes_exec_with_it_in_the_same_way(execute: Executor) -> None:
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
        run = execute([sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(number)})"])
        assert run.code == -number


def test_a_command_that_does_not_exist_is_127_and_starts_nothing(tmp_path: Path) -> None:
    command = [*exec_command_line(free_base_port(), "--data-dir", str(tmp_path / "data")), "no-such-command"]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (127, "tradepit exec: no-such-command: command not found\n")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("host", ["clob.polymarket.com", "https://example.com"])
def test_a_host_that_cannot_be_allowed_is_an_error_before_anything_starts(
    execute: Executor, host: str
) -> None:
    run = execute(["true"], options=["--allow", host])
    assert run.code == 2
    assert f"--allow {host}" in " ".join(run.err.split())


def test_the_port_may_come_from_the_environment_and_the_child_is_told_it(execute: Executor) -> None:
    command = [sys.executable, "-m", "tradepit.cli", "exec", "--", "sh", "-c", "echo $TRADEPIT_PORT"]
    port = str(execute.stand_in.port)
    done = subprocess.run(
        command, env=clean_environment(TRADEPIT_PORT=port), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, port)


def test_a_port_that_something_else_holds_is_an_error_that_says_so(tmp_path: Path) -> None:
    port = free_base_port()
    server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with subprocess.Popen(
        server, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as other:
        wait_for(port)
        command = [*exec_command_line(port, "--data-dir", str(tmp_path)), "true"]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
        other.kill()
    assert done.returncode == 1
    assert f"port {port} is taken by something that is not an exchange; try --port" in done.stderr


def test_an_exchange_whose_certificates_are_elsewhere_is_an_error_that_says_what_to_do(
    tmp_path: Path,
) -> None:
    port = free_base_port()
    (tmp_path / "ok").write_text('"OK"')
    server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with subprocess.Popen(
        server, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as other:
        wait_for(port)
        command = [*exec_command_line(port, "--data-dir", str(tmp_path / "data")), "true"]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
        other.kill()
    assert done.returncode == 1
    assert f"are not in {tmp_path / 'data'}" in done.stderr and "--data-dir" in done.stderr
    assert not (tmp_path / "data").exists()


def test_an_exchange_that_does_not_start_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    port = free_base_port()
    with socket.create_server(("127.0.0.1", port + 8)):  # one of its ports is taken
        command = [*exec_command_line(port, "--data-dir", str(tmp_path / "data")), "true"]
        done = subprocess.run(
            command, env=clean_environment(), capture_output=True, text=True, timeout=100, check=False
        )
    assert done.returncode == 1
    assert "the exchange stopped with exit code" in done.stderr
    assert str(tmp_path / "data" / "exec-exchange.log") in done.stderr


def test_where_no_exchange_runs_one_is_started_and_stopped_with_the_command(tmp_path: Path) -> None:
    port = free_base_port()
    code = """
        import json, os, urllib.request
        print(json.load(urllib.request.urlopen("https://clob.polymarket.com/ok")))
    """
    command = [*exec_command_line(port, "--data-dir", str(tmp_path / "data"))]
    done = subprocess.run(
        [*command, sys.executable, "-c", textwrap.dedent(code)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "OK"), done.stderr
    assert f"exchange at http://127.0.0.1:{port} (started for this command)" in done.stderr
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/ok", trust_env=False)


def started(execute: Executor, code: str) -> subprocess.Popen[str]:
    """A Python program under exec that has printed its first line."""
    process = subprocess.Popen(
        [*exec_command_line(execute.stand_in.port), sys.executable, "-c", textwrap.dedent(code)],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port} (process {os.getpid()})")

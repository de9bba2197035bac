"""The preloads inside other people's programs: what they keep intact, and what they leave no way around."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.cli.exec.conftest import Canary, Executor
from tradepit.cli.exec.child import PYTHON_PRELOAD


def python(execute: Executor, code: str, **options: object) -> str:
    run = execute([sys.executable, "-c", code], **options)  # type: ignore[arg-type]  # passed on as they are
    assert run.code == 0, run.err
    return run.out.strip()


def test_a_sitecustomize_of_the_users_own_still_runs(execute: Executor, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.from_the_user = __file__")
    out = python(
        execute,
        "import sitecustomize; print(from_the_user); print(sitecustomize.__file__)",
        variables={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[3] / 'src'}"},
    )
    assert out.splitlines() == [str(tmp_path / "sitecustomize.py")] * 2


def test_node_options_of_the_users_own_still_work(
    execute: Executor, node_client: list[str], tmp_path: Path
) -> None:
    (tmp_path / "mine.cjs").write_text("globalThis.mine = 'loaded';")
    run = execute(
        ["node", "-e", "console.log(globalThis.mine)"],
        variables={"NODE_OPTIONS": f"--require {tmp_path / 'mine.cjs'}"},
    )
    assert (run.code, run.out.strip()) == (0, "loaded")


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection((HOST, PORT))",
        "import socket; socket.socket().connect_ex((HOST, PORT))",
        "import _socket; _socket.socket().connect((HOST, PORT))",
        "import socket; socket.socket(socket.AF_INET6).connect(('::ffff:' + HOST, PORT))",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', (HOST, PORT))",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).connect((HOST, PORT))",
        "import asyncio; asyncio.run(asyncio.open_connection(HOST, PORT))",
        "import asyncio, uvloop; asyncio.Runner(loop_factory=uvloop.new_event_loop)"
        ".run(asyncio.open_connection(HOST, PORT))",
        "import multiprocessing, socket; pool = multiprocessing.get_context('spawn').Pool(1);"
        "pool.apply(socket.create_connection, [(HOST, PORT)])",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import socket;'"
        "f'socket.create_connection(({HOST!r}, {PORT}))'], check=True)",
    ],
)
def test_no_python_socket_connects_anywhere_else(execute: Executor, canary: Canary, attempt: str) -> None:
    host, _, port = canary.url.partition(":")
    script = f"HOST = {host!r}; PORT = {port}\nif __name__ == '__main__':\n    {attempt}\n"
    run = execute([sys.executable, "-W", "ignore", "-c", script])
    assert run.code != 0
    assert "tradepit exec refuses" in run.err and canary.url in run.err
    assert canary.connections == 0


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.getaddrinfo('foreign.example', 443)",
        "socket.getaddrinfo(b'foreign.example', 443)",
        "socket.gethostbyname('foreign.example')",
        "socket.gethostbyname_ex('foreign.example')",
        "__import__('_socket').getaddrinfo('foreign.example', 443)",
        "socket.getaddrinfo('clob.polymarket.com.foreign.example', 443)",
    ],
)
def test_a_foreign_name_is_not_even_looked_up(execute: Executor, attempt: str) -> None:
    code = f"import socket\ntry:\n    {attempt}\nexcept socket.gaierror as error:\n    print(error)"
    assert "tradepit exec refuses" in python(execute, code)


def test_a_venues_name_that_goes_past_the_socket_module_is_refused(execute: Executor) -> None:
    code = (
        "import _socket\n"
        "try: _socket.getaddrinfo('clob.polymarket.com', 443)\n"
        "except PermissionError as error: print(error)"
    )
    assert "tradepit exec cannot redirect clob.polymarket.com" in python(execute, code)


@pytest.mark.parametrize(
    "ask",
    [
        "new (require('worker_threads').Worker)(`(${ask})()`, { eval: true })",
        "require('child_process').spawn(process.execPath, ['-e', `(${ask})()`], { stdio: 'inherit' })",
        "import('net').then(({ connect }) => report(connect({ host: HOST, port: PORT })))",
        "report(require('http2').connect('http://' + HOST + ':' + PORT))",
        "report(new (require('net').Socket)().connect(PORT, HOST))",
        "report(require('tls').connect(PORT, HOST, { rejectUnauthorized: false }))",
    ],
)
def test_no_node_socket_connects_anywhere_else(
    execute: Executor, node_client: list[str], canary: Canary, ask: str
) -> None:
    host, _, port = canary.url.partition(":")
    script = f"""
        const HOST = {host!r}, PORT = {port};
        const report = (socket) => socket.on("error", (error) => console.log(error.message));
        const ask = `() => require("net").connect({port}, {host!r})
          .on("error", (error) => console.log(error.message))`;
        {ask};
    """
    run = execute(["node", "-e", script])
    assert f"tradepit exec refuses {canary.url}" in run.out, run.err
    assert canary.connections == 0


def test_a_venues_name_gives_a_placeholder_however_it_is_spelled(execute: Executor) -> None:
    code = (
        "import socket\n"
        "for name in ('clob.polymarket.com', 'CLOB.polymarket.com.', b'clob.polymarket.com'):\n"
        "    print(socket.getaddrinfo(name, 'https', type=socket.SOCK_STREAM)[0][4])"
    )
    first, second, third = python(execute, code).splitlines()
    assert first == second == third
    assert first.startswith("('127.77.0.") and first.endswith(", 443)")


def test_this_machines_own_name_is_left_alone(execute: Executor) -> None:
    code = "import socket; print(len(socket.getaddrinfo(socket.gethostname(), 80)) > 0)"
    assert python(execute, code) == "True"


def test_unix_sockets_and_socket_pairs_are_left_alone(execute: Executor, tmp_path: Path) -> None:
    code = (
        "import socket, sys\n"
        "server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[1]); server.listen()\n"
        "client = socket.socket(socket.AF_UNIX); client.connect(sys.argv[1])\n"
        "a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1))\n"
        "for end in (server, client, a, b): end.close()"
    )
    run = execute([sys.executable, "-c", code, str(tmp_path / "s")])
    assert (run.code, run.out.strip()) == (0, "b'x'"), run.err


def test_without_its_variable_the_python_preload_does_nothing(execute: Executor) -> None:
    code = (
        "import os, subprocess, sys\n"
        "del os.environ['TRADEPIT_EXEC']\n"
        "check = 'import socket; print(socket.getaddrinfo.__module__)'\n"
        "print(subprocess.run([sys.executable, '-c', check], capture_output=True, text=True).stdout)"
    )
    assert python(execute, code) == "socket"


def test_aiohttp_arrives_although_a_resolver_of_its_own_is_installed(
    execute: Executor, tmp_path: Path
) -> None:
    """The real aiodns asks DNS servers, past the socket module; this one fails when it is asked."""
    (tmp_path / "aiodns.py").write_text(
        "class DNSResolver:\n    async def getaddrinfo(self, *a, **k): raise OSError('asked a DNS server')\n"
    )
    code = """if True:
        import aiohttp, asyncio
        async def main():
            async with aiohttp.ClientSession() as session:
                async with session.get("https://clob.polymarket.com/ok") as answer:
                    print(await answer.text())
        asyncio.run(main())
    """
    source = Path(__file__).parents[3] / "src"
    assert python(execute, code, variables={"PYTHONPATH": f"{tmp_path}:{source}"}) == '"OK"'


def test_the_python_preload_runs_on_interpreters_as_old_as_3_8() -> None:
    for path in PYTHON_PRELOAD.glob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 8))


def test_importing_the_patched_libraries_stays_lazy(execute: Executor) -> None:
    code = "import sys; print({'ssl', 'certifi', 'uvloop', 'aiohttp'} & set(sys.modules))"
    assert python(execute, code) == "set()"

"""Run the venues' own documentation pages against a fresh exchange: `make pages PAGES=folder`.

The pages are the venues' words and no part of this project: their code is read from the folder at run
time and run as it stands, but for the client id (and, in one variant, the two host names). Looks for
`clob-place-order-page.txt` and `us-quickstart-page.txt`, the pages' text as a browser would copy it.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.serving import serve
from tests.clients.support import (
    Operator,
    ScriptFailed,
    Trader,
    authority,
    client_python,
    onboard,
    run,
    under_exec,
)
from tests.support.exchange_process import ExchangeProcess

CLOB_PAGE: Final = "clob-place-order-page.txt"
US_PAGE: Final = "us-quickstart-page.txt"
PRIVATE_KEY: Final = "0x" + "7a" * 32
CLOB_CLIENT: Final = """\
import sys
from py_clob_client.client import ClobClient
client = ClobClient(sys.argv[1], key=sys.argv[2], chain_id=137)
client.set_api_creds(client.create_or_derive_api_creds())
exec(compile(open(sys.argv[3]).read(), sys.argv[3], "exec"))
"""
"""What the CLOB page takes for granted: a `client` with credentials."""


class PageFailed(Exception):
    """A page's code ran, and did not do what the page says."""


@dataclass(frozen=True, slots=True)
class Stage:
    """An exchange, a folder to run in, and a trader of the US exchange with its key there."""

    exchange: ExchangeProcess
    folder: Path
    trader: Trader

    def file(self, name: str, code: str) -> Path:
        path = self.folder / name
        path.write_text(code)
        return path


def clob_blocks(page: str) -> list[str]:
    """The page's code blocks, each once: from the import of the client to the print of the reply."""
    found = re.findall(r"^from py_clob_client.*?^print\(\w+\)", page, re.MULTILINE | re.DOTALL)
    return list(dict.fromkeys(found))


def longest_code(text: str) -> str:
    """The longest run of lines in `text` that is Python and prints something."""
    lines = text.splitlines()
    best: list[str] = []
    for start in range(len(lines)):
        for end in range(len(lines), start + len(best), -1):
            block = lines[start:end]
            if is_code("\n".join(block)):
                best = block
                break
    return "\n".join(best) + "\n"


def is_code(text: str) -> bool:
    try:
        compile(text, "page", "exec")
    except SyntaxError:
        return False
    return "print(" in text


def us_steps(page: str) -> dict[int, str]:
    """The code of each numbered step."""
    parts = re.split(r"^Step (\d+):", page.partition("\nComplete Example")[0], flags=re.MULTILINE)
    return {int(number): longest_code(text) for number, text in zip(parts[1::2], parts[2::2], strict=True)}


def us_script(page: str) -> str:
    """The complete script at the page's end."""
    start = page.index("#!/usr/bin/env python3")
    return longest_code(page[start:])


def with_values(code: str, values: Mapping[str, str]) -> str:
    """The code with other values for some of its upper-case settings."""
    for name, value in values.items():
        code, count = re.subn(rf'^{name} = "[^"]*"', f'{name} = "{value}"', code, flags=re.MULTILINE)
        if not count:
            raise PageFailed(f"the page sets no {name}")
    return code


def expect(output: str, *, has: tuple[str, ...] = (), lacks: tuple[str, ...] = ()) -> None:
    for text in has:
        if text not in output:
            raise PageFailed(f"printed no {text!r}:\n{output}")
    for text in lacks:
        if text.lower() in output.lower():
            raise PageFailed(f"printed {text!r}:\n{output}")


def run_clob_page(stage: Stage, page: str) -> Iterator[str]:
    runner = stage.file("clob_runner.py", CLOB_CLIENT)
    blocks = clob_blocks(page)
    if len(blocks) != 4:
        raise PageFailed(f"found {len(blocks)} code blocks in the CLOB page, expected 4")
    for number, block in enumerate(blocks, 1):
        code = stage.file(f"clob_block_{number}.py", block)
        url = f"http://localhost:{stage.exchange.port}"
        output = run([client_python("v1"), str(runner), url, PRIVATE_KEY, str(code)], {}, stage.folder)
        status = "matched" if "MarketOrderArgs" in block else "live"
        expect(output, has=("'success': True", f"'status': '{status}'", "'orderId'"))
        yield f"CLOB page, block {number} of 4: {status}"


def run_us_page(stage: Stage, page: str) -> Iterator[str]:
    python = client_python("us")
    client = {"CLIENT_ID": stage.trader.client_id}
    script = stage.file("us_script.py", with_values(us_script(page), client))

    output = run(under_exec(stage.exchange, [python, str(script)]), {}, stage.folder)
    expect(output, has=("ORDER_STATE_NEW", "Quickstart complete!"), lacks=("failed",))
    yield "US page, complete script under exec: complete"

    steps = us_steps(page)
    if sorted(steps) != list(range(1, 8)):
        raise PageFailed(f"found the steps {sorted(steps)} in the US page, expected 1 to 7")
    until_6 = with_values("\n".join(steps[number] for number in range(1, 7)), client)
    code = stage.file("us_steps.py", until_6)
    output = run(under_exec(stage.exchange, [python, str(code)]), {}, stage.folder)
    expect(output, has=("ORDER_STATE_NEW",), lacks=("failed",))
    yield "US page, steps 1 to 6 under exec: the order is placed and found"

    code = stage.file("us_step_7.py", until_6 + "\n" + steps[7])
    output = run(under_exec(stage.exchange, [python, str(code)]), {}, stage.folder)
    if not re.search(r'failed: .*"code": ?5\b', output):
        raise PageFailed(f"an unknown order id was not answered with code 5:\n{output}")
    yield "US page, step 7 under exec, with the page's own order id: not found, as no such order is ours"

    own_id = re.sub(r'"order_id": "[^"]*"', '"order_id": result["order"]["id"]', steps[7])
    code = stage.file("us_step_7_own.py", until_6 + "\n" + own_id)
    output = run(under_exec(stage.exchange, [python, str(code)]), {}, stage.folder)
    expect(output, lacks=("failed",))
    yield "US page, step 7 under exec, with the order's id: cancelled"

    port = stage.exchange.port + 5
    local = {"AUTH_DOMAIN": f"localhost:{port}", "BASE_URL": f"https://localhost:{port}"}
    script = stage.file("us_local.py", with_values(us_script(page), client | local))
    bundle = authority(stage.exchange, Operator(stage.exchange.url_of(8)))
    output = run([python, str(script)], {"REQUESTS_CA_BUNDLE": bundle}, stage.folder)
    expect(output, has=("ORDER_STATE_NEW", "Quickstart complete!"), lacks=("failed",))
    yield "US page, complete script with local hosts: complete"


def main(folder: Path) -> int:
    pages = [folder / CLOB_PAGE, folder / US_PAGE]
    if not all(page.is_file() for page in pages):
        print(f"pages: skipped, {folder} does not hold {CLOB_PAGE} and {US_PAGE}")
        return 0
    clob_page, us_page = (page.read_text() for page in pages)
    with (
        tempfile.TemporaryDirectory(prefix="tradepit-pages-") as work,
        serve(Path(work) / "data") as exchange,
    ):
        try:
            stage = Stage(exchange, Path(work), onboard(exchange, Path(work), "Acme-Trading", "trader1"))
            for done in run_clob_page(stage, clob_page):
                print(f"ok    {done}")
            for done in run_us_page(stage, us_page):
                print(f"ok    {done}")
        except (PageFailed, ScriptFailed) as failure:
            print(f"FAIL  {failure}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

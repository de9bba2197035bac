"""The README's first order, run as it is printed but for the port."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.clients.support import ROOT, client_python, run
from tests.support.exchange_process import ExchangeProcess

pytestmark = pytest.mark.clients


def test_the_readme_s_first_order_rests(exchange: ExchangeProcess, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    script = tmp_path / "first_order.py"
    script.write_text(code.replace("localhost:8080", f"localhost:{exchange.port}"))
    printed = run([client_python("v1"), str(script)], {}, tmp_path)
    assert "'success': True" in printed
    assert "'status': 'live'" in printed

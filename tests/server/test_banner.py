"""What is printed when the exchange is ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradepit.server.banner import banner, command_name
from tradepit.server.ports import Ports
from tradepit.server.settings import Mode, ServerSettings


@pytest.mark.parametrize("mode", list(Mode))
def test_it_fits_a_screen_and_names_every_door(tmp_path: Path, mode: Mode) -> None:
    settings = ServerSettings(data_dir=tmp_path, ports=Ports(9_000), mode=mode)
    text = banner(settings, tmp_path / "tls" / "ca.pem", 10, "tradepit")
    assert len(text.splitlines()) <= 24
    for port in settings.ports.served().values():
        assert f":{port}" in text
    assert str(tmp_path / "tls" / "ca.pem") in text


def test_the_port_is_only_spelled_out_when_it_is_not_the_usual_one(tmp_path: Path) -> None:
    usual = banner(ServerSettings(data_dir=tmp_path), tmp_path / "ca.pem", 10, "tradepit")
    assert "--port" not in usual
    other = banner(ServerSettings(data_dir=tmp_path, ports=Ports(9_000)), tmp_path / "ca.pem", 10, "tradepit")
    assert other.count("--port 9000") == 3


def test_a_production_exchange_suggests_nothing_of_the_sandbox(tmp_path: Path) -> None:
    text = banner(ServerSettings(data_dir=tmp_path, mode=Mode.PRODUCTION), tmp_path / "ca.pem", 0, "tradepit")
    assert "demo" not in text
    assert "operator-token" in text


def test_a_program_that_the_shell_finds_is_called_by_its_name(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "tradepit"
    assert command_name(program, str(program), Path("/")) == "tradepit"


def test_a_program_that_the_shell_does_not_find_is_called_by_its_path_from_here(tmp_path: Path) -> None:
    program = tmp_path / ".venv" / "bin" / "tradepit"
    assert command_name(program, None, tmp_path) == ".venv/bin/tradepit"
    assert command_name(program, "/usr/bin/tradepit", tmp_path / "elsewhere") == str(program)


def test_a_module_that_was_run_is_called_as_a_module() -> None:
    assert command_name(Path("/x/tradepit/cli/__main__.py"), None, Path("/")) == "python -m tradepit.cli"

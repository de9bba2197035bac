"""The log holds no secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tradepit.server.logging import configure, redact


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    for handler in root.handlers:
        if handler not in handlers and isinstance(handler, logging.StreamHandler):
            handler.stream.close()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_a_log_file_gets_json_lines_of_ours_and_of_the_libraries(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "exchange.log"
    configure("info", path)
    structlog.get_logger("ours").info("started", markets=10)
    structlog.get_logger("ours").debug("too much")
    logging.getLogger("library").warning("careful: %s", "it is slippery")
    logging.getLogger("library").info("chatter")
    for handler in logging.getLogger().handlers:
        handler.flush()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["started", "careful: it is slippery"]
    assert lines[0]["markets"] == 10
    assert lines[1]["level"] == "warning"


def test_an_exception_is_logged_with_its_traceback(tmp_path: Path) -> None:
    path = tmp_path / "exchange.log"
    configure("info", path)
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError: broken" in json.loads(path.read_text())["exception"]


@pytest.mark.parametrize(
    "name",
    ["secret", "api_secret", "passphrase", "private_key", "access_token", "Authorization", "signature"],
)
def test_a_field_named_like_a_secret_is_hidden(name: str) -> None:
    assert redact(None, "", {"event": "x", name: "planted"})[name] == "[redacted]"


def test_a_token_id_is_no_secret() -> None:
    assert redact(None, "", {"event": "x", "token_id": "123"})["token_id"] == "123"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer planted",
        "-----BEGIN RSA PRIVATE KEY-----\nplanted\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nplanted",
    ],
)
def test_a_secret_within_a_text_is_hidden(text: str) -> None:
    assert "planted" not in redact(None, "", {"event": f"bad request: {text}"})["event"]


@pytest.mark.parametrize("to_file", [True, False])
def test_a_secret_within_a_traceback_is_hidden(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], to_file: bool
) -> None:
    path = tmp_path / "exchange.log"
    configure("info", path if to_file else None)
    for log in (structlog.get_logger(), logging.getLogger("library")):
        try:
            raise ValueError("Bearer planted")
        except ValueError:
            log.exception("failed")
    text = path.read_text() if to_file else capsys.readouterr().err
    assert text.count("Traceback") == 2
    assert "planted" not in text

"""Every kind of client, unmodified, under `tradepit exec`: each arrives or is refused, and none gets out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.exec.conftest import Canary, Executor

PYTHON_HTTP = [
    "requests",
    "requests ignoring the environment",
    "httpx",
    "httpx ignoring the environment",
    "urllib",
    "urllib ignoring the environment",
    "aiohttp",
    "aiohttp trusting the environment",
    "aiohttp on uvloop",
]
PYTHON_WEBSOCKET = [
    "websockets",
    "websockets ignoring the environment",
    "websockets and a bundle of its own",
    "websockets on uvloop",
    "websocket-client",
]
NODE_HTTP = ["fetch", "https", "axios", "axios without proxy"]
NODE_WEBSOCKET = ["ws"]

HTTP_URLS = (
    "https://clob.polymarket.com/book?token_id=7",
    "http://clob.polymarket.com/time",
    "https://api.preprod.polymarketexchange.com/v1/whoami",
    "https://pmx-preprod.us.auth0.com/oauth/token",
    "https://relayer-v2.polymarket.com/submit",
    "https://nowhere.polymarket.com/",
    "https://clob.polymarket.com:8443/",
    "https://foreign.example/",
)
WEBSOCKET_URLS = (
    "wss://ws-subscriptions-clob.polymarket.com/ws/market",
    "ws://ws-subscriptions-clob.polymarket.com/ws/market",
    "wss://clob.polymarket.com/ws/user",
    "wss://ws-live-data.polymarket.com/",
    "wss://nowhere.polymarket.com/",
    "wss://foreign.example/",
)


def told(answer: dict[str, Any]) -> str:
    """All that the client got to hear."""
    return f"{answer.get('status')} {answer.get('body')} {answer.get('error')}"


def check_http(answers: list[dict[str, Any]], canary: Canary) -> None:
    book, time, whoami, token, relayer, nowhere, odd_port, foreign, outside = answers
    for answer, offset, host, target in (
        (book, 0, "clob.polymarket.com", "/book?token_id=7"),
        (time, 0, "clob.polymarket.com", "/time"),
        (whoami, 5, "api.preprod.polymarketexchange.com", "/v1/whoami"),
        (token, 5, "pmx-preprod.us.auth0.com", "/oauth/token"),
    ):
        assert answer.get("status") == 200, answer
        seen = json.loads(answer["body"])
        assert (seen["offset"], seen["host"], seen["target"]) == (offset, host, target)
    assert relayer.get("status") == 501, relayer
    assert "Tradepit does not serve relayer-v2.polymarket.com" in relayer["body"]
    assert "nowhere.polymarket.com" in told(nowhere) and "Tradepit does not serve" in told(nowhere)
    assert "8443" in told(odd_port) and "Tradepit does not serve" in told(odd_port)
    check_refused(foreign, outside, canary)


def check_websocket(answers: list[dict[str, Any]], canary: Canary) -> None:
    secure, plain, on_rest_port, live_data, nowhere, foreign, outside = answers
    for answer, offset in ((secure, 1), (plain, 1), (on_rest_port, 0)):
        assert answer.get("status") == 101, answer
        assert answer["body"] == f"hello from port +{offset}"
    assert "501" in told(live_data)
    assert "nowhere.polymarket.com" in told(nowhere) or "501" in told(nowhere)
    check_refused(foreign, outside, canary)


def check_refused(foreign: dict[str, Any], outside: dict[str, Any], canary: Canary) -> None:
    # A client that shows no more than a status of what its proxy says still shows that.
    for answer in (foreign, outside):
        assert answer.get("status") == 403 or "error" in answer, answer
        assert "tradepit exec refuses" in told(answer) or "403" in told(answer), answer
    assert canary.connections == 0


@pytest.mark.parametrize("library", PYTHON_HTTP)
def test_a_python_http_client_arrives_or_is_refused(library: str, execute: Executor, canary: Canary) -> None:
    check_http(execute.python_client(library, *HTTP_URLS, f"http://{canary.url}/"), canary)


@pytest.mark.parametrize("library", PYTHON_WEBSOCKET)
def test_a_python_websocket_client_arrives_or_is_refused(
    library: str, execute: Executor, canary: Canary
) -> None:
    check_websocket(execute.python_client(library, *WEBSOCKET_URLS, f"ws://{canary.url}/"), canary)


@pytest.mark.parametrize("library", NODE_HTTP)
def test_a_node_http_client_arrives_or_is_refused(
    library: str, execute: Executor, node_client: list[str], canary: Canary
) -> None:
    run = execute([*node_client, library, *HTTP_URLS, f"http://{canary.url}/"])
    check_http(run.answers(), canary)


@pytest.mark.parametrize("library", NODE_WEBSOCKET)
def test_a_node_websocket_client_arrives_or_is_refused(
    library: str, execute: Executor, node_client: list[str], canary: Canary
) -> None:
    run = execute([*node_client, library, *WEBSOCKET_URLS, f"ws://{canary.url}/"])
    check_websocket(run.answers(), canary)


def test_a_socket_that_resolves_first_and_connects_to_the_address_arrives(execute: Executor) -> None:
    answers = execute.python_client(
        "a plain socket", "https://clob.polymarket.com/ok", "https://foreign.example/"
    )
    assert '"OK"' in answers[0]["body"]
    assert "tradepit exec refuses foreign.example" in answers[1]["error"]


def test_a_tls_connection_without_a_server_name_arrives(execute: Executor, node_client: list[str]) -> None:
    run = execute([*node_client, "tls without a server name", "https://clob.polymarket.com/"])
    assert '"OK"' in run.answers()[0]["body"]


def test_the_canary_is_reached_by_whoever_gets_out(execute: Executor, canary: Canary) -> None:
    """Or else the tests above would pass with a canary that nobody could ever reach."""
    host = canary.url.partition(":")[0]
    for library in ("requests", "aiohttp"):
        allowed = execute.python_client(library, f"http://{canary.url}/", options=["--allow", host])
        assert allowed[0]["body"] == "canary"
    assert canary.connections == 2


def test_loopback_is_left_alone(execute: Executor, node_client: list[str]) -> None:
    port = execute.stand_in.port
    urls = [f"http://127.0.0.1:{port}/direct", f"http://localhost:{port}/direct"]
    answers = [
        *execute.python_client("requests", *urls),
        *execute.python_client("aiohttp", *urls),
        *execute([*node_client, "fetch", *urls]).answers(),
    ]
    assert len(answers) == 6
    for answer in answers:
        assert json.loads(answer["body"])["target"] == "/direct"

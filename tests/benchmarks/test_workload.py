from __future__ import annotations

from itertools import islice

from benchmarks.workload import ADD, CANCEL, EXPECTED, MESSAGES, messages


def test_the_same_seed_gives_the_same_stream() -> None:
    assert list(messages(1_000, 99)) == list(messages(1_000, 99))


def test_another_seed_gives_another_stream() -> None:
    assert list(messages(1_000, 99)) != list(messages(1_000, 99, seed=8))


def test_a_shorter_stream_is_the_beginning_of_a_longer_one() -> None:
    assert list(islice(messages(MESSAGES, 999), 500)) == list(messages(500, 999))


def test_every_cancel_names_an_earlier_order_once() -> None:
    alive: set[int] = set()
    for kind, number, *_ in messages(5_000, 99):
        if kind == ADD:
            assert number not in alive
            alive.add(number)
        else:
            assert kind == CANCEL
            alive.remove(number)


def test_prices_and_lots_stay_on_their_grid() -> None:
    for grid in EXPECTED:
        for kind, _, side, price, lots in messages(5_000, grid):
            if kind == ADD:
                assert side in (0, 1)
                assert 1 <= price <= grid
                assert 1 <= lots <= 100

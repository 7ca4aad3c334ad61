"""What is remembered of orders and trades: within bounds, and in its copies late."""

from decimal import Decimal

import pytest
from exchange_commands import Desk

from blotter.exchange import history
from blotter.exchange.history import own_id
from blotter.exchange.mirror import Mirror
from blotter.trading.enums import Side


def test_the_oldest_ended_orders_are_forgotten_and_open_ones_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "REMEMBERED", 3)
    desk = Desk()
    desk.place("ann", "open", Side.BUY, "0.1", "90")
    for n in range(5):
        desk.place("ann", f"o{n}", Side.BUY, "0.1", "90")
        desk.cancel("ann", f"o{n}")
    kept = desk.engine.histories["ann"]
    assert [own_id(report) for report in kept.orders()] == ["open", "o3", "o4"]
    assert kept.order("BTCUSDT", 1) is None


def test_a_mirror_learns_late_and_never_forgets() -> None:
    desk = Desk()
    desk.place("ann", "a", Side.BUY, "0.1", "90")
    account = desk.engine.clearing.accounts["ann"]
    mirror = Mirror(desk.engine.histories["ann"], account)
    mirror.note(desk.place("ann", "b", Side.BUY, "0.1", "90"), account, 100, 50)

    def known(now: int, lag: int) -> tuple[list[str], Decimal]:
        orders = [own_id(report) for report in mirror.history(now, lag).orders()]
        return orders, mirror.holdings(now, lag)["USDT"][1]

    assert known(149, 50) == (["a"], Decimal(9))
    assert known(150, 50) == (["a", "b"], Decimal(18))
    assert known(150, 1_000) == (["a", "b"], Decimal(18))


def test_a_mirror_hears_of_its_own_account_only() -> None:
    desk = Desk()
    account = desk.engine.clearing.accounts["ann"]
    mirror = Mirror(desk.engine.histories["ann"], account)
    mirror.note(desk.place("bob", "b", Side.BUY, "0.1", "90"), account, 0, 0)
    assert list(mirror.history(1, 0).orders()) == []

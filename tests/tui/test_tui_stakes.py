"""What a question about a session says of open orders, and which keys a closed screen offers."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from blotter.desk.change import DeskView, LinkState, LinkView
from blotter.trading.qualified import split_symbol
from blotter.tui.actions import BY_ID
from blotter.tui.footer import works
from blotter.tui.model import Model
from blotter.tui.session_table import VERBS, stakes

STAYS = "open orders stay"
GOES = "open orders of the session are canceled by the venue"


def model(*symbols: str, **rules: str) -> Model:
    """Open orders in these symbols, and each venue with what it does when a session is lost."""
    desks = {
        venue: DeskView(venue="Toy", environment="embedded", pulse=0, when_disconnected=rule)
        for venue, rule in rules.items()
    }
    made: Any = SimpleNamespace(
        by_venue=desks if len(desks) > 1 else {"": next(iter(desks.values()))},
        open={str(place): SimpleNamespace(symbol=symbol) for place, symbol in enumerate(symbols)},
        venue_of=lambda symbol: split_symbol(symbol).venue if len(desks) > 1 else "",
    )
    return cast("Model", made)


def test_one_venue_needs_no_name() -> None:
    assert stakes(model("BTCUSDT", "ETHUSDT", only=STAYS)) == [f"2 orders open: {STAYS}"]


def test_each_venue_says_what_it_does_and_one_without_orders_nothing() -> None:
    floor = model("BTCUSDT.alpha", "BTC/USD.beta", "BTC/USD.beta", alpha=STAYS, beta=GOES, gamma=GOES)
    assert stakes(floor) == [f"1 order open at alpha: {STAYS}", f"2 orders open at beta: {GOES}"]
    assert stakes(floor, "beta") == [f"2 orders open at beta: {GOES}"]
    assert stakes(floor, "gamma") == []


def test_no_verb_promises_what_only_the_venue_decides() -> None:
    assert not [verb.name for verb in VERBS if "orders" in verb.risk]


def test_where_numbers_go_on_there_is_no_second_connection() -> None:
    hand_over = next(verb for verb in VERBS if verb.name == "hand over")
    link = LinkView(name="OE", state=LinkState.LIVE, since=0, heart_bt_int=10, lasting=True)
    assert hand_over.why_not(link) == "its numbers go on: one connection at a time"


@pytest.mark.parametrize(
    ("action", "read_only", "locked"),
    [
        ("orders.cancel", False, True),
        ("orders.amend", False, False),
        ("depth.buy", False, False),
        ("sessions.test", False, False),
        ("app.stop", False, True),
        ("app.quit", True, False),
        ("app.command", True, True),
        ("app.help", True, True),
        ("grid.sort", True, True),
        ("confirm.yes", True, True),
    ],
)
def test_a_closed_screen_offers_what_it_does(action: str, read_only: bool, locked: bool) -> None:
    assert works(BY_ID[action], closed=False, cancels=False)
    assert works(BY_ID[action], closed=True, cancels=False) is read_only
    assert works(BY_ID[action], closed=True, cancels=True) is locked

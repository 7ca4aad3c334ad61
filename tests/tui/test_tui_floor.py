"""Two venues on one screen: every list says whose its lines are, and a symbol that both have is asked about."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from fake_desk import FakeDesk, busy_fills, busy_messages, busy_positions, make_order

from blotter.desk.change import BalancesView, LinkState, StopOutcome, StopResult, StopView
from blotter.desk.command import Cancel, Stop, Submit, Watch
from blotter.desk.floor import Floor
from blotter.desk.floor_answers import PATIENCE, SILENT
from blotter.trading.account import Balance, Balances
from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio
D = Decimal
SIZES = [(80, 24), (200, 50)]
LARGE = SIZES[1]
Start = Callable[..., Any]


class Desk(FakeDesk):
    """Implements `FloorDesk`."""

    ended = False

    def finished(self) -> bool:
        return self.ended


class TwoDesks(Floor):
    """What the screen is started on."""

    def __init__(self) -> None:
        self.alpha, self.beta = Desk(), Desk()
        super().__init__({"alpha": self.alpha, "beta": self.beta})
        self.alpha.up()
        self.beta.up()
        self.beta.frame.instruments.pop("ETHUSDT")
        self.beta.frame.quotes.pop("ETHUSDT")

    def advance(self, seconds: float) -> None:
        self.alpha.advance(seconds)
        self.beta.advance(seconds)


def posted(desk: Desk, kind: type) -> list[Any]:
    """The commands of this kind that reached a desk."""
    return [command for command in desk.commands if isinstance(command, kind)]


@pytest.fixture
def desk() -> TwoDesks:
    """In the place of the one desk that `start` starts the screen on."""
    return TwoDesks()


def balances(**held: str) -> BalancesView:
    table = {asset: Balance(asset=asset, free=D(qty), locked=D(0)) for asset, qty in held.items()}
    return BalancesView(
        balances=Balances(at=0, by_asset=table), mono=0, worth=dict.fromkeys(held, D(100)), unit="USDT"
    )


@pytest.mark.parametrize("size", SIZES)
async def test_two_venues_with_the_same_names_are_two_of_everything(
    start: Start, desk: TwoDesks, size: tuple[int, int]
) -> None:
    async with start(size) as screen:
        desk.alpha.add_orders([make_order(12)])
        desk.beta.add_orders([make_order(12, side=Side.SELL)])
        await screen.settle()
        lines = [line for line in screen.text.splitlines() if "000012" in line and "WORKING" in line]
        assert [line for line in lines if "alpha" in line and " BUY " in line]
        assert [line for line in lines if "beta" in line and " SELL " in line]
        assert "4/4 live" in screen.text
        desk.beta.set_link("OE", LinkState.WAITING, reason="refused", retry_at=desk.beta.mono())
        desk.beta.paused = True
        desk.advance(1)
        await screen.settle()
        assert "3/4 live" in screen.text
        assert "beta OE waiting" in screen.text
        await screen.press("9")
        await screen.settle()
        assert screen.app.view.sessions.chosen == "beta OE"
        await screen.press("3")
        desk.beta.set_desk(entry_blocked="OE is down")
        await screen.settle()
        assert size[0] < 100 or "entry on at 1/2, not beta: OE is down" in screen.text
        await screen.command("buy 0.01 btcusdt.alpha @ 60000")
        await screen.press("y")
        assert len(posted(desk.alpha, Submit)) == 1
        desk.advance(5)
        for link in ("OE", "MD"):
            desk.alpha.set_link(link)
        await screen.settle()
        assert "2/4 live" in screen.text
        assert "DESK STALLED" in screen.text


async def test_every_list_says_whose_its_lines_are(start: Start, desk: TwoDesks) -> None:
    async with start(LARGE) as screen:
        for one, other in ((desk.alpha, "ETH"), (desk.beta, "SOL")):
            one.frame.positions = busy_positions()
            one.frame.fills = busy_fills()
            one.frame.messages = busy_messages()
            one.frame.balances = balances(BTC="1", **{other: "2"})
        await screen.settle()
        view = screen.app.view
        for grid in (view.positions.grid, view.executions, view.positions.balances):
            row = grid.row(grid.visible_keys()[0])
            told = {column.id: column.value(row, 0) for column in grid.columns}
            venue = told["venue"]
            assert getattr(venue, "text", venue) in ("alpha", "beta", "all")
            assert not [text for text in map(str, told.values()) if ".alpha" in text or ".beta" in text]
        sessions = {view.messages.row(key).session for key in view.messages.visible_keys()}
        assert sessions == {"alpha OE", "beta OE"}
        assert "alpha OE" in screen.text
        total = view.positions.balances.row("Σ BTC")
        assert (total.balance.free, total.worth) == (D(2), D(200))


async def test_a_symbol_goes_to_its_venue_and_is_asked_about_in_doubt(start: Start, desk: TwoDesks) -> None:
    async with start(LARGE, symbol="BTCUSDT", presets={"BTCUSDT": ("0.07",)}) as screen:
        desk.alpha.set_desk(features=frozenset({"AMEND"}))
        desk.beta.set_desk(features=frozenset({"PEG"}))
        await screen.settle()
        assert screen.app.deck.symbol == "BTCUSDT.alpha"
        await screen.press(":")
        await screen.type("buy 0.01 btcusdt @ 60000")
        assert "btcusdt is at 2 venues: say BTCUSDT.alpha or BTCUSDT.beta" in screen.text
        await screen.press("escape")
        await screen.command("buy #1 btcusdt.beta @ 60000")
        assert "REVIEW  BUY 0.07000 BTCUSDT.beta" in screen.text
        await screen.settle()
        assert screen.app.view.ticket._features == {"PEG"}
        await screen.press("y")
        await screen.command("sell 0.5 eth @ 3300")  # only one has it
        assert "ETHUSDT.alpha" in screen.text
        await screen.press("y")
        sent = [[one.request.symbol for one in posted(each, Submit)] for each in (desk.alpha, desk.beta)]
        assert sent == [["ETHUSDT"], ["BTCUSDT"]]
        await screen.command("symbol btcusdt.beta")
        for _ in range(2):
            desk.advance(1)
            await screen.settle()
        assert {one.symbol for one in desk.beta.watches if isinstance(one, Watch)} == {"BTCUSDT"}


async def test_cancels_and_stops_reach_the_desks_they_are_about(start: Start, desk: TwoDesks) -> None:
    async with start(LARGE) as screen:
        desk.alpha.add_orders([make_order(12), make_order(13)])
        desk.beta.add_orders([make_order(12)])
        await screen.settle()
        await screen.command("cancel 12")
        assert "A-000012 is at 2 venues: say alpha:A-000012 or beta:A-000012" in screen.text
        await screen.press("escape")
        await screen.command("cancel beta:12")
        await screen.command("cancel 13")
        assert [one.order_ids for one in posted(desk.beta, Cancel)] == [("A-000012",)]
        assert [one.order_ids for one in posted(desk.alpha, Cancel)] == [("A-000013",)]
        await screen.press("f8")
        assert posted(desk.beta, Stop)
        desk.advance(2)
        await screen.press("f8")
        (_, stop) = posted(desk.alpha, Stop)
        desk.alpha.answer(stop, text="1 cancel sent")
        gone = StopOutcome(
            order_id="A-000012", symbol="BTCUSDT", side=Side.BUY, leaves_qty=D(1), result=StopResult.CANCELED
        )
        desk.alpha.frame.stop = StopView(at=desk.alpha.wall(), cause="F8", outcomes=(gone,), done=True)
        await screen.settle()
        assert "alpha:A-000012" in screen.text
        desk.advance(PATIENCE / 1e9)
        await screen.settle()
        assert f"beta: {SILENT}" in screen.text

"""Two venues on one screen: every list says whose its lines are, and a symbol that both have is asked about."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from conftest import Screen
from fake_desk import FakeDesk, busy_fills, busy_messages, busy_positions, make_order

from blotter.desk.change import BalancesView, LinkState, StopOutcome, StopResult, StopView
from blotter.desk.command import Cancel, Stop, Submit, Watch
from blotter.desk.floor import Floor
from blotter.desk.floor_answers import PATIENCE, SILENT
from blotter.trading.account import Balance, Balances
from blotter.trading.enums import Side
from blotter.tui.app import BlotterApp
from blotter.tui.options import ScreenOptions

pytestmark = pytest.mark.anyio
D = Decimal
SIZES = [(80, 24), (200, 50)]


class Desk(FakeDesk):
    """Implements `FloorDesk`."""

    ended = False

    def finished(self) -> bool:
        return self.ended


class Both(Screen):
    """The screen of two desks."""

    def __init__(self, app: BlotterApp, pilot: Any, alpha: Desk, beta: Desk) -> None:
        super().__init__(app, pilot, alpha)
        self.alpha, self.beta = alpha, beta

    def advance(self, seconds: float) -> None:
        self.alpha.advance(seconds)
        self.beta.advance(seconds)

    @staticmethod
    def of(desk: Desk, kind: type) -> list[Any]:
        return [command for command in desk.commands if isinstance(command, kind)]


StartBoth = Callable[..., AbstractAsyncContextManager[Both]]


@pytest.fixture
def both() -> StartBoth:
    @asynccontextmanager
    async def _start(size: tuple[int, int] = (200, 50), **options: Any) -> AsyncIterator[Both]:
        alpha, beta = Desk(), Desk()
        alpha.up()
        beta.up()
        beta.frame.instruments.pop("ETHUSDT")
        beta.frame.quotes.pop("ETHUSDT")
        app = BlotterApp(
            Floor({"alpha": alpha, "beta": beta}),
            options=ScreenOptions(**{"survive": False, "fps": 2, **options}),
        )
        async with app.run_test(size=size) as pilot:
            screen = Both(app, pilot, alpha, beta)
            await screen.settle()
            yield screen

    return _start


def balances(**held: str) -> BalancesView:
    table = {asset: Balance(asset=asset, free=D(qty), locked=D(0)) for asset, qty in held.items()}
    return BalancesView(
        balances=Balances(at=0, by_asset=table), mono=0, worth=dict.fromkeys(held, D(100)), unit="USDT"
    )


@pytest.mark.parametrize("size", SIZES)
async def test_two_venues_with_the_same_names_are_two_of_everything(
    both: StartBoth, size: tuple[int, int]
) -> None:
    async with both(size) as screen:
        screen.alpha.add_orders([make_order(12)])
        screen.beta.add_orders([make_order(12, side=Side.SELL)])
        await screen.settle()
        lines = [line for line in screen.text.splitlines() if "000012" in line and "WORKING" in line]
        assert [line for line in lines if "alpha" in line and " BUY " in line]
        assert [line for line in lines if "beta" in line and " SELL " in line]
        assert "4/4 live" in screen.text
        screen.beta.set_link("OE", LinkState.WAITING, reason="refused", retry_at=screen.beta.mono())
        screen.beta.paused = True
        screen.advance(1)
        await screen.settle()
        assert "3/4 live" in screen.text
        assert "beta OE waiting" in screen.text
        screen.beta.set_desk(entry_blocked="OE is down")
        await screen.settle()
        assert size[0] < 100 or "entry on at 1/2, not beta: OE is down" in screen.text
        await screen.command("buy 0.01 btcusdt.alpha @ 60000")
        await screen.press("y")
        assert len(screen.of(screen.alpha, Submit)) == 1
        screen.advance(5)
        for link in ("OE", "MD"):
            screen.alpha.set_link(link)
        await screen.settle()
        assert "2/4 live" in screen.text
        assert "DESK STALLED" in screen.text


async def test_every_list_says_whose_its_lines_are(both: StartBoth) -> None:
    async with both() as screen:
        for desk, other in ((screen.alpha, "ETH"), (screen.beta, "SOL")):
            desk.frame.positions = busy_positions()
            desk.frame.fills = busy_fills()
            desk.frame.messages = busy_messages()
            desk.frame.balances = balances(BTC="1", **{other: "2"})
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


async def test_a_symbol_goes_to_its_venue_and_is_asked_about_in_doubt(both: StartBoth) -> None:
    async with both(symbol="BTCUSDT", presets={"BTCUSDT": ("0.07",)}) as screen:
        screen.alpha.set_desk(features=frozenset({"AMEND"}))
        screen.beta.set_desk(features=frozenset({"PEG"}))
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
        sent = [(desk, one) for desk in (screen.alpha, screen.beta) for one in screen.of(desk, Submit)]
        assert [(desk is screen.alpha, one.request.symbol) for desk, one in sent] == [
            (True, "ETHUSDT"),
            (False, "BTCUSDT"),
        ]
        await screen.command("symbol btcusdt.beta")
        for _ in range(2):
            screen.advance(1)
            await screen.settle()
        assert {one.symbol for one in screen.beta.watches if isinstance(one, Watch)} == {"BTCUSDT"}


async def test_cancels_and_stops_reach_the_desks_they_are_about(both: StartBoth) -> None:
    async with both() as screen:
        screen.alpha.add_orders([make_order(12), make_order(13)])
        screen.beta.add_orders([make_order(12)])
        await screen.settle()
        await screen.command("cancel 12")
        assert "A-000012 is at 2 venues: say alpha:A-000012 or beta:A-000012" in screen.text
        await screen.press("escape")
        await screen.command("cancel beta:12")
        await screen.command("cancel 13")
        assert [one.order_ids for one in screen.of(screen.beta, Cancel)] == [("A-000012",)]
        assert [one.order_ids for one in screen.of(screen.alpha, Cancel)] == [("A-000013",)]
        await screen.press("f8")
        assert screen.of(screen.beta, Stop)
        screen.advance(2)
        await screen.press("f8")
        (_, stop) = screen.of(screen.alpha, Stop)
        screen.alpha.answer(stop, text="1 cancel sent")
        gone = StopOutcome(
            order_id="A-000012", symbol="BTCUSDT", side=Side.BUY, leaves_qty=D(1), result=StopResult.CANCELED
        )
        screen.alpha.frame.stop = StopView(at=screen.alpha.wall(), cause="F8", outcomes=(gone,), done=True)
        await screen.settle()
        assert "alpha:A-000012" in screen.text
        screen.advance(PATIENCE / 1e9)
        await screen.settle()
        assert f"beta: {SILENT}" in screen.text

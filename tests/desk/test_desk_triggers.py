"""What pulls Stop by itself: each trigger at its limit, once, with its cause; and what a Resume means to it."""

import json
from decimal import Decimal

import msgspec
import pytest
from desk_running import running_desk

from blotter.desk.change import LinkState
from blotter.desk.command import Resume
from blotter.desk.gate import Gate, Market
from blotter.desk.rates import Rates
from blotter.desk.triggers import Triggers
from blotter.fix.session import Instant
from blotter.journal.tape import Kind
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.event import Fee, OrderSubmitted, OutcomeUnknown
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Ledger
from blotter.trading.position import Position
from blotter.trading.request import OrderRequest
from blotter.trading.risk_levels import OFF, StopLevels
from blotter.trading.valuation import Prices, Profit
from blotter.venues.binance import BinanceSpot

D = Decimal
SECOND = 10**9
BTC = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT")
LIMIT = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=D(1),
    price=D(60_000),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


class Bench:
    """Triggers over a ledger and a market that are moved by hand."""

    def __init__(self, *, session=True, **levels) -> None:
        self.now = Instant(1_700_000_000 * SECOND, 1_000 * SECOND)
        self.ledger = Ledger()
        self.quotes: dict[str, Quote] = {}
        self.quote()
        self.profits: dict[str, Profit] = {}
        self.up = True
        self.heard = 0
        self.pulled: list[str] = []
        self.told: list[str] = []
        instruments = {"BTCUSDT": BTC}
        market = Market(
            instruments,
            self.quotes,
            lambda: self.ledger,
            lambda: Prices(instruments, self.quotes, self.now.wall, 10**12),
            lambda: self.profits,
            lambda: None,
            lambda: self.heard,
        )
        gate = Gate(OFF, market, Rates(BinanceSpot()), lambda: self.now)
        stop = StopLevels(**levels)
        self.triggers = Triggers(
            stop,
            gate,
            market,
            (lambda: self.up) if session else None,
            self.pulled.append,
            lambda _, text: self.told.append(text),
        )

    def quote(self) -> None:
        self.quotes["BTCUSDT"] = Quote(symbol="BTCUSDT", at=self.now.wall, bid=D(59_999), ask=D(60_001))

    def wait(self, seconds) -> None:
        ns = int(seconds * SECOND)
        self.now = Instant(self.now.wall + ns, self.now.mono + ns)

    def hold(self, qty) -> None:
        self.ledger.positions["BTCUSDT"] = Position(symbol="BTCUSDT", net_qty=D(str(qty)))

    def lose(self, amount) -> None:
        self.profits["BTCUSDT"] = Profit(
            symbol="BTCUSDT", quote_asset="USDT", unrealised=-D(str(amount)), realised=D(0)
        )

    def doubt(self, number=1) -> None:
        name = f"A-{number:06d}"
        self.ledger.apply(OrderSubmitted(order_id=name, cl_ord_id=name, request=LIMIT, at=self.now.wall))
        self.ledger.apply(OutcomeUnknown(cl_ord_id=name, text="no answer", at=self.now.wall))

    def look(self) -> list[str]:
        """What was pulled by this look."""
        before = len(self.pulled)
        self.triggers.look(self.now)
        return self.pulled[before:]

    def resume(self) -> None:
        self.triggers.resumed(self.now)


def test_nothing_is_watched_unless_it_is_asked_for():
    bench = Bench()
    bench.hold(1_000)
    bench.lose(10**9)
    bench.doubt()
    bench.up = False
    bench.wait(10_000)
    assert bench.look() == []


@pytest.mark.parametrize("qty", [2.5, -2.5])
def test_a_position(qty):
    bench = Bench(positions={"BTCUSDT": D(2)})
    bench.hold(2 if qty > 0 else -2)
    assert bench.look() == []
    bench.hold(qty)
    assert bench.look() == [f"position limit: BTCUSDT {qty}, limit 2"]
    assert bench.look() == [], "once"


def test_a_loss():
    bench = Bench(loss=D(1_000))
    bench.lose(1_000)
    assert bench.look() == []
    bench.lose("1203.5")
    assert bench.look() == ["loss limit: 1,203.5 USDT lost, limit 1,000 USDT"]


def test_a_fee_without_a_price_does_not_switch_the_loss_limit_off():
    """Fees in BNB, and nobody looks at BNBUSDT: the common case of this venue."""
    bench = Bench(loss=D(1_000))
    fees = (Fee(D("0.001"), "BNB"),)
    bench.lose(900)
    bench.profits["BTCUSDT"] = msgspec.structs.replace(bench.profits["BTCUSDT"], unpriced_fees=fees)
    assert bench.look() == []
    assert bench.told == ["the loss limit does not count fees in BNB: it has no price in USDT"]
    bench.lose("1203.5")
    bench.profits["BTCUSDT"] = msgspec.structs.replace(bench.profits["BTCUSDT"], unpriced_fees=fees)
    assert bench.look() == ["loss limit: 1,203.5 USDT lost, limit 1,000 USDT"]


def test_what_was_neither_won_nor_lost_needs_no_price():
    bench = Bench(loss=D(1_000))
    bench.lose(2_000)
    bench.profits["XYZETH"] = Profit(symbol="XYZETH", quote_asset="ETH", unrealised=D(0))
    assert bench.look() == ["loss limit: 2,000 USDT lost, limit 1,000 USDT"]


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_is_set_makes_no_doubt_younger_or_older(hours):
    bench = Bench(unconfirmed=D(30))
    bench.doubt()
    assert bench.look() == []
    bench.now = Instant(bench.now.wall + hours * 3600 * SECOND, bench.now.mono)
    bench.wait(29)
    assert bench.look() == []
    bench.wait(2)
    assert bench.look() == ["A-000001 is unconfirmed for 31 s, limit 30 s"]


def test_the_sum_of_positions():
    bench = Bench(gross=D(100_000))
    bench.hold(-2)
    assert bench.look() == ["gross limit: 120,000 USDT, limit 100,000 USDT"]


def test_what_cannot_be_judged_is_told_once_and_again_when_it_returns():
    bench = Bench(loss=D(1_000), gross=D(1))
    bench.hold(5)
    bench.profits["BTCUSDT"] = Profit(symbol="BTCUSDT", quote_asset="USDT", realised=D(-9_999))
    bench.quotes.clear()
    assert bench.look() == []
    assert bench.told == [
        "the gross limit does not count BTCUSDT: it has no price in USDT",
        "the loss limit cannot be judged: a position has no price in USDT",
    ]
    bench.look()
    assert len(bench.told) == 2
    bench.hold(0)
    bench.lose(0)
    bench.look()
    bench.hold(5)
    bench.look()
    assert len(bench.told) == 3


def test_an_unconfirmed_order():
    bench = Bench(unconfirmed=D(30))
    bench.doubt()
    bench.wait(30)
    assert bench.look() == []
    bench.wait(1)
    assert bench.look() == ["A-000001 is unconfirmed for 31 s, limit 30 s"]


def test_a_lost_drop_copy():
    bench = Bench(drop_copy=D(60))
    bench.look()
    bench.up = False
    bench.look()
    bench.wait(60)
    assert bench.look() == []
    bench.up = True
    bench.look()
    bench.up = False
    bench.look()
    bench.wait(61)
    assert bench.look() == ["drop copy is lost for 61 s, limit 60 s"]


def test_a_drop_copy_limit_without_a_drop_copy_is_told():
    bench = Bench(session=False, drop_copy=D(1))
    assert "no drop copy session" in bench.told[0]


def test_a_quote_in_doubt_is_no_word_of_the_market():
    bench = Bench(book_age=D(30))
    bench.hold(1)
    assert bench.look() == []
    for _ in range(2):
        bench.wait(20)
        bench.heard = bench.now.wall  # the session lives
        bench.quotes["BTCUSDT"] = Quote(symbol="BTCUSDT", at=bench.now.wall, doubt="its book lost something")
        pulled = bench.look()
    assert pulled == ["the book of BTCUSDT is silent for 40 s, limit 30 s"]


def test_a_silent_book_matters_where_something_is_at_stake():
    bench = Bench(book_age=D(30))
    bench.wait(100)
    assert bench.look() == []
    bench.hold(1)
    assert bench.look() == ["the book of BTCUSDT is silent for 100 s, limit 30 s"]


def test_a_quiet_market_is_not_a_silent_one():
    bench = Bench(book_age=D(30))
    bench.hold(1)
    bench.wait(100)
    bench.heard = bench.now.wall - 5 * SECOND
    assert bench.look() == []


def test_a_book_that_vanishes_is_silent_from_its_last_word():
    bench = Bench(book_age=D(30))
    bench.hold(1)
    bench.wait(20)
    bench.look()
    bench.quotes.clear()
    bench.wait(10)
    assert bench.look() == []
    bench.wait(1)
    assert bench.look() == ["the book of BTCUSDT is silent for 31 s, limit 30 s"]


def test_several_causes_are_told_together():
    bench = Bench(positions={"BTCUSDT": D(1)}, loss=D(1))
    bench.hold(2)
    bench.lose(5)
    assert bench.look() == ["position limit: BTCUSDT 2, limit 1; loss limit: 5 USDT lost, limit 1 USDT"]


# --- after Resume ----------------------------------------------------------------------------------------------


def test_only_resume_lets_it_pull_again():
    bench = Bench(loss=D(1_000))
    bench.lose(1_500)
    assert bench.look()
    bench.lose(0)
    assert not bench.look()
    bench.lose(1_500)
    assert not bench.look(), "stopped already"
    bench.lose(0)
    bench.resume()
    assert not bench.look()
    bench.lose(1_500)
    assert bench.look()


def test_what_a_person_resumed_in_spite_of_pulls_again_when_it_is_worse_by_the_limit():
    bench = Bench(loss=D(1_000))
    bench.lose(1_500)
    assert bench.look()
    bench.resume()
    assert not bench.look(), "else nobody could trade out of it"
    bench.lose(2_500)
    assert not bench.look()
    bench.lose(2_501)
    assert bench.look()


def test_or_when_it_was_over_in_between():
    bench = Bench(positions={"BTCUSDT": D(2)})
    bench.hold(3)
    assert bench.look()
    bench.resume()
    bench.hold(1)
    assert not bench.look()
    bench.hold("2.1")
    assert bench.look()


def test_another_order_in_doubt_is_another_cause():
    bench = Bench(unconfirmed=D(30))
    bench.doubt(1)
    bench.wait(31)
    assert bench.look()
    bench.resume()
    bench.wait(1_000)
    assert not bench.look(), "a person knows of this one"
    bench.doubt(2)
    bench.wait(31)
    assert bench.look() == ["A-000002 is unconfirmed for 31 s, limit 30 s"]


def test_a_desk_that_is_stopped_already_is_not_stopped_again():
    bench = Bench(loss=D(1_000))
    bench.triggers.stopped()
    bench.lose(5_000)
    assert not bench.look()


# --- in a running desk -----------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_the_desk_stops_itself_and_the_tape_says_why(peer, tmp_path):
    _, endpoint = peer
    risk = msgspec.structs.replace(OFF, stop=StopLevels(positions={"BTCUSDT": D(1)}))
    async with running_desk(endpoint, tmp_path, risk=risk) as desk:
        assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 5)
        desk._fold.ledger.positions["BTCUSDT"] = Position(symbol="BTCUSDT", net_qty=D(2))
        assert await desk.until(lambda: desk.view().stopped, 5)
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
        acts = [row.entry for row in desk.tape.rows() if row.entry.kind is Kind.ACT]
        stops = [json.loads(entry.payload)["command"] for entry in acts if entry.msg_type == "Stop"]
        assert [(stop["cancel"], stop["cause"]) for stop in stops] == [
            (True, "position limit: BTCUSDT 2, limit 1")
        ]
        desk.handle(Resume(id="1"))
        assert not desk.view().stopped
        desk._beat()
        assert not desk.view().stopped
        desk._fold.ledger.positions["BTCUSDT"] = Position(symbol="BTCUSDT", net_qty=D("3.5"))
        assert await desk.until(lambda: desk.view().stopped, 5)

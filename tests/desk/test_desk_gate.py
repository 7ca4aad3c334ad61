"""The gate: what it gathers for the rules, what it counts, and that no order of a running desk goes round it."""

import json
from decimal import Decimal

import msgspec
import pytest
from desk_running import running_desk

from blotter.desk.change import LinkState
from blotter.desk.command import Amend, Arm, Cancel, Disarm, Stop, Submit
from blotter.desk.gate import Gate, Market
from blotter.desk.rates import Rates
from blotter.fix.session import Instant
from blotter.trading.account import Balance, Balances
from blotter.trading.enums import ExecType, OrdStatus, OrdType, Side, TimeInForce
from blotter.trading.event import (
    CancelRequested,
    ExecutionReport,
    Fee,
    ListLeg,
    NotSent,
    OrderListSubmitted,
    OrderSubmitted,
)
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Ledger
from blotter.trading.order import OrderState
from blotter.trading.request import ListKind, OrderListRequest, OrderRequest
from blotter.trading.risk_levels import OFF, Levels, Limits, RiskLimits, Within
from blotter.trading.risk_situation import Holding
from blotter.trading.valuation import Prices, Profit
from blotter.venues.binance import BinanceSpot

D = Decimal
SECOND = 10**9
WALL = 1_700_000_000 * SECOND
BTC = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT", tick_size=D("0.01"))
LIMIT = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=D(1),
    price=D(60_000),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)
SELL = msgspec.structs.replace(LIMIT, side=Side.SELL)


def with_qty(qty, request=LIMIT) -> OrderRequest:
    return msgspec.structs.replace(request, order_qty=D(str(qty)))


class Bench:
    """A gate over a ledger, with a clock that is moved by hand."""

    def __init__(self, limits: RiskLimits) -> None:
        self.now = Instant(WALL, 1_000 * SECOND)
        self.ledger = Ledger()
        self.quotes = {"BTCUSDT": Quote(symbol="BTCUSDT", at=WALL, bid=D(59_999), ask=D(60_001))}
        self.instruments = {"BTCUSDT": BTC}
        self.balances: Balances | None = None
        self.profits: dict[str, Profit] = {}
        self.heard = 0
        self.rates = Rates(BinanceSpot())
        market = Market(
            self.instruments,
            self.quotes,
            lambda: self.ledger,
            lambda: Prices(self.instruments, self.quotes, self.now.wall, 10**12),
            lambda: self.profits,
            lambda: self.balances,
            lambda: self.heard,
        )
        self.gate = Gate(limits, market, self.rates, lambda: self.now)

    def wait(self, seconds) -> None:
        ns = int(seconds * SECOND)
        self.now = Instant(self.now.wall + ns, self.now.mono + ns)

    def submitted(self, request=LIMIT, number=1) -> None:
        name = f"A-{number:06d}"
        self.ledger.apply(OrderSubmitted(order_id=name, cl_ord_id=name, request=request, at=self.now.wall))

    def reported(self, number=1, cum="0", request=LIMIT, status="0") -> None:
        name = f"A-{number:06d}"
        cum = D(cum)
        self.ledger.apply(
            ExecutionReport(
                symbol=request.symbol,
                side=request.side,
                ord_type=request.ord_type,
                exec_type=ExecType.TRADE if cum else ExecType.CANCELED if status == "4" else ExecType.NEW,
                ord_status=OrdStatus(status),
                cum_qty=cum,
                cum_quote_qty=cum * 60_000,
                last_qty=cum,
                last_px=D(60_000),
                order_qty=request.order_qty,
                price=request.price,
                cl_ord_id=name,
                order_id=str(number),
                exec_id=f"x{number}-{cum}-{status}",
                at=self.now.wall,
            )
        )

    def rules(self, request=LIMIT, **how) -> list[str]:
        verdict = self.gate.judge(request, **how)
        return [finding.rule for finding in (*verdict.blocks, *verdict.warnings)]


def test_a_quote_refuses_nothing_once_market_data_is_silent() -> None:
    """The venue judges by its own market: an order it would take must not be refused here for an old one."""
    desk = Bench(OFF)
    desk.heard = desk.now.wall
    assert desk.gate.quote("BTCUSDT") is desk.quotes["BTCUSDT"]
    desk.wait(15)
    assert desk.gate.quote("BTCUSDT") is not None
    desk.wait(1)
    assert desk.gate.quote("BTCUSDT") is None


def position(block) -> RiskLimits:
    return msgspec.structs.replace(OFF, position=Levels(block=D(str(block))))


def test_open_orders_and_fills_make_the_position():
    bench = Bench(position(2))
    assert bench.rules(with_qty(2)) == []
    bench.submitted(with_qty("1.5"))
    assert bench.rules(with_qty("0.5")) == []
    assert bench.rules(with_qty("0.6")) == ["position"], "it may be filled, answered or not"
    bench.reported(cum="1", request=with_qty("1.5"), status="1")
    assert bench.gate.holdings() == {"BTCUSDT": Holding(D(1), D("0.5"), D(0), 1)}
    assert bench.rules(with_qty("0.6")) == ["position"]
    assert bench.rules(with_qty(3, SELL)) == []


def test_of_two_orders_in_one_breath_the_second_sees_the_first():
    bench = Bench(position(1))
    assert bench.rules() == []
    bench.gate.noted(("A-000001", LIMIT))
    assert bench.rules() == ["position"]
    bench.submitted()
    assert bench.gate.holdings()["BTCUSDT"].buying == 1, "counted once when the ledger knows it"
    assert bench.rules() == ["position"]


def test_what_never_left_is_not_open():
    bench = Bench(position(1))
    bench.gate.noted(("A-000001", LIMIT))
    bench.gate.unsent("A-000001")
    assert bench.rules() == []
    bench.submitted()
    bench.ledger.apply(NotSent(cl_ord_id="A-000001", text="down", at=bench.now.wall))
    assert bench.rules() == []


def test_a_replace_frees_the_open_quantity_of_the_old_one():
    bench = Bench(position(1))
    bench.submitted()
    bench.reported()
    order = bench.ledger.orders["A-000001"]
    assert bench.rules(replaces=order) == []
    assert bench.rules(with_qty("1.1"), replaces=order) == ["position"]
    assert bench.rules() == ["position"], "where both may live, both count"


def test_an_unanswered_cancel_frees_nothing():
    bench = Bench(position(1))
    bench.submitted()
    bench.reported()
    bench.ledger.apply(CancelRequested(order_id="A-000001", cl_ord_id="c", at=bench.now.wall))
    assert bench.rules() == ["position"]


def test_the_legs_of_an_oco_count_as_the_larger():
    bench = Bench(position(3))
    below, above = with_qty(1, SELL), with_qty(2, SELL)
    legs = tuple(
        ListLeg(order_id=f"A-00000{n}", cl_ord_id=f"A-00000{n}", request=leg)
        for n, leg in enumerate((below, above), start=1)
    )
    bench.ledger.apply(
        OrderListSubmitted(
            list_id="L-000001", cl_list_id="l", kind=ListKind.OCO, legs=legs, at=bench.now.wall
        )
    )
    assert bench.gate.holdings()["BTCUSDT"] == Holding(D(0), D(0), D(2), 2)


# --- duplicates and rates --------------------------------------------------------------------------------------


def test_a_duplicate_is_seen_before_and_after_the_ledger_knows_it_and_after_a_restart():
    bench = Bench(msgspec.structs.replace(OFF, duplicate=Within(warn=D(10))))
    bench.gate.noted(("A-000001", LIMIT))
    assert bench.rules() == ["duplicate"]
    bench.submitted()
    bench.wait(10)
    assert bench.rules() == ["duplicate"]
    again = Bench(bench.gate.limits)
    again.ledger, again.now = bench.ledger, bench.now
    assert again.rules() == ["duplicate"], "the tape remembers what a crash forgets"
    bench.wait(1)
    assert bench.rules() == []


def test_what_came_to_nothing_is_no_duplicate():
    bench = Bench(RiskLimits())
    bench.submitted()
    bench.ledger.apply(NotSent(cl_ord_id="A-000001", text="down", at=bench.now.wall))
    assert bench.rules() == []
    bench.submitted(number=2)
    bench.reported(number=2)
    assert bench.rules() == ["duplicate"]
    bench.reported(number=2, status="4")
    assert bench.rules() == [], "canceled without a fill"
    bench.submitted(number=3)
    bench.reported(number=3, cum="1", status="2")
    assert bench.rules() == ["duplicate"]


def test_a_longer_guard_of_one_symbol_looks_back_further():
    own = {"BTCUSDT": Limits(duplicate=Within(warn=D(60)))}
    bench = Bench(RiskLimits(instruments=own))
    bench.submitted()
    bench.wait(55)
    bench.quotes["BTCUSDT"] = msgspec.structs.replace(bench.quotes["BTCUSDT"], at=bench.now.wall)
    assert bench.rules() == ["duplicate"]


def test_our_own_rate_counts_what_was_let_through():
    bench = Bench(msgspec.structs.replace(OFF, order_rate=Levels(block=D(2))))
    bench.gate.noted(("a", LIMIT), ("b", SELL))
    assert bench.rules() == ["order rate"]
    bench.wait(10)
    assert bench.rules() == []


def test_a_list_costs_an_order_a_leg():
    bench = Bench(OFF)
    bench.gate.noted(("a", LIMIT), ("b", SELL), ("c", SELL))
    assert bench.gate._rates._orders[-1] == (bench.now.mono, 3)


# --- money -----------------------------------------------------------------------------------------------------


def test_what_left_since_the_balances_were_told_is_taken_from_them():
    bench = Bench(RiskLimits(duplicate=None))
    free = Balance(asset="USDT", free=D(100_000), locked=D(0))
    bench.balances = Balances(at=bench.now.wall - 1, by_asset={"USDT": free})
    assert bench.rules() == []
    bench.submitted()
    assert bench.rules() == ["balance"]
    assert bench.rules(replaces=bench.ledger.orders["A-000001"]) == [], "a replaced one gives it back"
    bench.balances = msgspec.structs.replace(bench.balances, at=bench.now.wall + 1)
    assert bench.rules() == [], "the venue's word has it in it"


def test_legs_that_wait_take_nothing_and_alternatives_one_lot():
    bench = Bench(RiskLimits(duplicate=None))
    free = Balance(asset="BTC", free=D(2), locked=D(0))
    bench.balances = Balances(at=bench.now.wall - 1, by_asset={"BTC": free})
    legs = tuple(
        ListLeg(order_id=f"A-00000{n}", cl_ord_id=f"A-00000{n}", request=leg)
        for n, leg in enumerate((SELL, SELL), start=1)
    )
    bench.ledger.apply(
        OrderListSubmitted(
            list_id="L-000001", cl_list_id="l", kind=ListKind.OCO, legs=legs, at=bench.now.wall
        )
    )
    assert bench.rules(SELL) == []
    assert bench.rules(with_qty("1.1", SELL)) == ["balance"]


def test_a_loss_is_added_up_in_the_common_unit():
    bench = Bench(msgspec.structs.replace(OFF, loss=Levels(block=D(1_000))))
    bench.profits = {
        "BTCUSDT": Profit(symbol="BTCUSDT", quote_asset="USDT", unrealised=D(-400), realised=D(-100)),
        "ETHBTC": Profit(symbol="ETHBTC", quote_asset="BTC", unrealised=D("-0.01"), fees=D("0.001")),
    }
    assert bench.gate.loss() == 500 + 660
    assert bench.rules() == ["loss"]
    bench.profits["ETHBTC"] = msgspec.structs.replace(bench.profits["ETHBTC"], unrealised=None)
    verdict = bench.gate.judge(LIMIT)
    assert not verdict.blocks
    assert "not judged" in verdict.warnings[0].text, "what has no price is never zero"


def test_a_fee_without_a_price_is_named_and_the_loss_blocks_all_the_same():
    bench = Bench(msgspec.structs.replace(OFF, loss=Levels(block=D(1_000))))
    fees = (Fee(D("0.001"), "BNB"),)
    lost = Profit(symbol="BTCUSDT", quote_asset="USDT", unrealised=D(-5_000), unpriced_fees=fees)
    bench.profits = {"BTCUSDT": lost}
    verdict = bench.gate.judge(LIMIT)
    assert [finding.rule for finding in verdict.blocks] == ["loss"]
    assert (
        verdict.warnings[0].text
        == "loss is not judged: no price of BNB in USDT is known, fees in it are not counted"
    )


# --- arming ----------------------------------------------------------------------------------------------------


def test_arming_lasts_as_long_as_it_may_and_ends_at_once():
    bench = Bench(msgspec.structs.replace(OFF, arming=D(60)))
    assert bench.rules() == ["arming"]
    assert bench.gate.arm(3600) == "armed for 60 s"
    assert bench.rules() == []
    bench.wait(60)
    assert bench.rules() == ["arming"]
    assert bench.gate.arm(2.5) == "armed for 2.5 s"
    bench.gate.disarm()
    assert bench.rules() == ["arming"]


@pytest.mark.parametrize("seconds", [float("nan"), -5.0, 0.0])
def test_arming_for_no_time_arms_nothing(seconds):
    bench = Bench(msgspec.structs.replace(OFF, arming=D(60)))
    bench.gate.arm(30)
    assert bench.gate.arm(seconds) == f"not armed: {seconds:g} s is no time to be armed for"
    assert bench.rules() == ["arming"]


def test_arming_that_is_not_asked_for():
    bench = Bench(OFF)
    assert bench.rules() == []
    assert "not asked for" in bench.gate.arm(60)
    assert bench.gate.armed_until is None


def test_symbols_that_no_listing_has_are_named_once():
    own = {"BTCUSDT": Limits(), "BTCUSD": Limits()}
    bench = Bench(msgspec.structs.replace(OFF, instruments=own))
    listed = dict(bench.instruments)
    bench.instruments.clear()
    assert bench.gate.unlisted() == ()
    bench.instruments.update(listed)
    assert bench.gate.unlisted() == ("BTCUSD",)
    assert bench.gate.unlisted() == ()


def test_a_list_is_judged_as_a_whole():
    bench = Bench(msgspec.structs.replace(OFF, total_orders=Levels(block=D(1))))
    pair = OrderListRequest(kind=ListKind.OTO, legs=(LIMIT, SELL))
    assert [finding.rule for finding in bench.gate.judge_list(pair).blocks] == ["open orders"]


# --- in a running desk -------------------------------------------------------------------------------------------


async def ask(desk, command):
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5), "no answer"
    return answers[0]


async def ready(desk) -> None:
    assert await desk.until(lambda: desk.links()["OE"].state is LinkState.LIVE, 5)
    desk.instruments["BTCUSDT"] = BTC


def working(venue) -> None:
    venue.on_message = lambda message: venue.report(message, "0", "0") if message.msg_type == "D" else None


def sent(venue, *types) -> list[str]:
    return [message.msg_type for message in venue.received if message.msg_type in types]


@pytest.mark.anyio
async def test_a_block_sends_nothing_and_says_why(peer, tmp_path):
    venue, endpoint = peer
    async with running_desk(endpoint, tmp_path, risk=position("0.5")) as desk:
        await ready(desk)
        answer = await ask(desk, Submit(id="1", request=LIMIT, accept_warnings=True))
        assert (answer.ok, answer.warning, answer.field) == (False, False, "order_qty")
        assert answer.text == "position 1 BTC is above the limit 0.5 BTC"
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
        refusals = [row.entry for row in desk.tape.rows() if row.entry.msg_type == "Submit"]
        assert [json.loads(entry.payload)["refused"] for entry in refusals] == [answer.text]
    assert not sent(venue, "D")


@pytest.mark.anyio
async def test_a_warning_wants_a_confirmation_and_that_is_on_the_tape_before_the_bytes(peer, tmp_path):
    venue, endpoint = peer
    working(venue)
    risk = msgspec.structs.replace(OFF, order_qty=Levels(warn=D("0.5")), notional=Levels(warn=D(5)))
    async with running_desk(endpoint, tmp_path, risk=risk) as desk:
        await ready(desk)
        first = await ask(desk, Submit(id="1", request=LIMIT))
        assert (first.ok, first.warning) == (False, True)
        assert first.warnings == (
            "quantity 1 BTC is above the warning level 0.5 BTC",
            "notional 60,000 USDT is above the warning level 5 USDT",
        )
        assert not sent(venue, "D")
        second = await ask(desk, Submit(id="2", request=LIMIT, accept_warnings=True))
        assert second.ok
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
        rows = [row.entry for row in desk.tape.rows() if row.entry.msg_type in ("OrderSubmitted", "D")]
        assert [entry.msg_type for entry in rows] == ["OrderSubmitted", "D"]
        assert json.loads(rows[0].payload)["warnings"] == list(first.warnings)


@pytest.mark.anyio
async def test_a_warning_nobody_has_seen_is_not_confirmed_with_the_others(peer, tmp_path):
    venue, endpoint = peer
    working(venue)
    risk = msgspec.structs.replace(OFF, order_qty=Levels(warn=D("0.5")), notional=Levels(warn=D(5)))
    async with running_desk(endpoint, tmp_path, risk=risk) as desk:
        await ready(desk)
        first = await ask(desk, Submit(id="1", request=LIMIT))
        assert len(first.warning_rules) == 2
        second = await ask(desk, Submit(id="2", request=LIMIT, accept_rules=first.warning_rules[:1]))
        assert (second.ok, second.warning) == (False, True)
        assert second.warnings == first.warnings, (
            "all are shown again: the person decides about the order as it is"
        )
        assert not sent(venue, "D")
        third = await ask(desk, Submit(id="3", request=LIMIT, accept_rules=second.warning_rules))
        assert third.ok


@pytest.mark.anyio
async def test_amends_are_judged_and_cancels_never(peer, tmp_path):
    venue, endpoint = peer
    working(venue)
    async with running_desk(endpoint, tmp_path, risk=position(1)) as desk:
        await ready(desk)
        assert (await ask(desk, Submit(id="1", request=LIMIT))).ok
        assert await desk.until(lambda: desk.orders()["A-000001"].state is OrderState.NEW, 5)
        more = await ask(desk, Amend(id="2", order_id="A-000001", order_qty=D(2)))
        assert more.text == "position 2 BTC is above the limit 1 BTC"
        assert not sent(venue, "XCN", "XAK")
        desk.gate.limits = msgspec.structs.replace(
            desk.gate.limits, arming=D(60), position=Levels(block=D(0))
        )
        less = await ask(desk, Amend(id="3", order_id="A-000001", order_qty=D("0.5")))
        assert less.ok, less.text
        gone = await ask(desk, Cancel(id="4", order_ids=("A-000001",)))
        assert gone.ok
        assert await desk.until(lambda: sent(venue, "XAK", "F") == ["XAK", "F"], 5)


@pytest.mark.anyio
async def test_arm_and_disarm_and_stop(peer, tmp_path):
    venue, endpoint = peer
    working(venue)
    async with running_desk(endpoint, tmp_path, risk=msgspec.structs.replace(OFF, arming=D(60))) as desk:
        await ready(desk)
        assert "armed" in (await ask(desk, Submit(id="1", request=LIMIT))).text
        assert (await ask(desk, Arm(id="2", seconds=30))).text == "armed for 30 s"
        assert desk.view().armed_until > desk.clock().mono
        assert (await ask(desk, Submit(id="3", request=LIMIT))).ok
        await ask(desk, Disarm(id="4"))
        assert not (await ask(desk, Submit(id="5", request=SELL))).ok
        await ask(desk, Arm(id="6", seconds=30))
        await ask(desk, Stop(id="7"))
        assert desk.view().armed_until == 0


@pytest.mark.anyio
async def test_the_venue_is_asked_for_its_counts_while_orders_are_sent(peer, tmp_path):
    venue, endpoint = peer
    working(venue)
    async with running_desk(endpoint, tmp_path) as desk:
        await ready(desk)
        assert await desk.until(lambda: sent(venue, "XLQ") == ["XLQ"], 5)
        assert (await ask(desk, Submit(id="1", request=LIMIT))).ok
        desk.rates._asked_at -= 10 * SECOND
        assert await desk.until(lambda: sent(venue, "XLQ") == ["XLQ", "XLQ"], 5)


@pytest.mark.anyio
async def test_orders_stop_before_the_venue_would_and_cancels_go_on(peer, tmp_path):
    venue, endpoint = peer
    working(venue)
    risk = RiskLimits(book_age=None, collar_bips=None, duplicate=None)
    async with running_desk(endpoint, tmp_path, risk=risk) as desk:
        await ready(desk)
        assert (await ask(desk, Submit(id="1", request=LIMIT))).ok
        budget = desk.rates._budgets[desk.settings.links[0].kind]
        budget.maximum = 20
        while budget.used(desk.clock().mono) < 18:
            budget.count(desk.clock().mono)
        answer = await ask(desk, Submit(id="2", request=SELL, accept_warnings=True))
        assert "venue limit: messages/10s would be at 19 of 18" in answer.text
        assert (await ask(desk, Cancel(id="3", order_ids=("A-000001",)))).ok
        assert await desk.until(lambda: sent(venue, "D", "F") == ["D", "F"], 5)

"""Changes of orders at venues where the order stays the same order (G), and days and dates, over a session."""

import contextlib
from decimal import Decimal

import pytest
from counterparty import counterparty
from desk_running import running_desk
from plain_venue import ALL, Broker, PlainVenue

from blotter.desk.change import Severity
from blotter.desk.command import Amend, Cancel, Stop, Submit
from blotter.desk.fold import Fold
from blotter.desk.source import Times
from blotter.fix.session import Draft
from blotter.journal.tape import Tape
from blotter.trading.enums import OrdType, ReplaceMode, Side, TimeInForce
from blotter.trading.event import ExecutionReport
from blotter.trading.instrument import Instrument
from blotter.trading.order import OrderState
from blotter.trading.request import OrderRequest
from blotter.trading.risk_levels import OFF, Levels, RiskLimits
from blotter.venues.base import Feature, Several

pytestmark = pytest.mark.anyio

D = Decimal
BTC = Instrument(
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    tick_size=D(1),
    step_size=D(1),
    min_qty=D(1),
    max_qty=D(1000),
)
LIMIT = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=D(10),
    price=D(100),
    time_in_force=TimeInForce.DAY,
)
OFF_BUT = {
    name: getattr(OFF, name) for name in ("collar_bips", "book_age", "duplicate", "venue_limits", "balance")
}


@contextlib.asynccontextmanager
async def trading(tmp_path, *, venue=None, risk=OFF, listed=True):
    venue = venue or PlainVenue()
    async with (
        counterparty() as (peer, endpoint),
        running_desk(endpoint, tmp_path, venue=venue, risk=risk, asking=Times(0.1, 1, 0.1)) as desk,
    ):
        desk.told = []
        notice = desk.notice
        desk.notice = lambda severity, text, order_id="": (
            desk.told.append((severity, text)),
            notice(severity, text, order_id),
        )
        broker = Broker(peer)
        if listed:
            desk.instruments["BTCUSDT"] = BTC
        assert await desk.until(lambda: desk._entry.live and not desk.reconciling, 5)
        yield desk, broker, peer


async def answer(desk, command):
    answers = []
    desk.handle(command, answers.append)
    assert await desk.until(lambda: bool(answers), 5)
    return answers[0]


async def working(desk, request=LIMIT) -> str:
    done = await answer(desk, Submit(id="s", request=request, accept_warnings=True))
    assert done.ok, done
    (own_id,) = done.order_ids
    assert await desk.until(lambda: desk.orders()[own_id].state is OrderState.NEW, 5)
    return own_id


async def settled(desk, own_id):
    assert await desk.until(lambda: not desk.orders()[own_id].pending, 5), desk.orders()[own_id]
    return desk.orders()[own_id]


def amend(own_id, **terms) -> Amend:
    return Amend(id="a", order_id=own_id, accept_warnings=True, **terms)


def same_again(desk, directory, venue=None) -> None:
    tape = Tape.open(directory / "tape.sqlite3")
    fold = Fold(venue or PlainVenue())
    fold.replay(row.entry for row in tape.rows())
    tape.close()
    lived = desk._fold.ledger
    assert fold.ledger.orders == lived.orders
    assert fold.ledger.fills == lived.fills
    assert fold.ledger.positions == lived.positions


async def test_another_price_and_quantity_of_the_same_order(tmp_path):
    async with trading(tmp_path) as (desk, _broker, peer):
        own_id = await working(desk)
        done = await answer(desk, amend(own_id, price=D(101), order_qty=D(12)))
        assert done.ok
        assert "whether it keeps its place in the queue is the venue's rule" in done.text
        order = await settled(desk, own_id)
        assert (order.price, order.order_qty, len(order.placements)) == (D(101), D(12), 1)
        (sent,) = (message for message in peer.received if message.msg_type == "G")
        assert [sent.text(tag) for tag in (38, 44, 37, 59)] == ["12", "101", "v1", "0"]
        assert (sent.text(11), sent.text(41)) == (order.current.cl_ord_id, order.cl_ord_id_chain[0])
        assert (await answer(desk, Cancel(id="c", order_ids=(own_id,)))).ok
        assert (await settled(desk, own_id)).state is OrderState.CANCELED
    same_again(desk, tmp_path)


async def test_the_total_counts_what_is_filled(tmp_path):
    async with trading(tmp_path) as (desk, broker, _peer):
        own_id = await working(desk)
        broker.fill(broker.orders["v1"], "4")
        assert await desk.until(lambda: desk.orders()[own_id].cum_qty == 4, 5)
        refused = await answer(desk, amend(own_id, order_qty=D(4)))
        assert (refused.ok, refused.field) == (False, "order_qty")
        assert (await answer(desk, amend(own_id, order_qty=D(6)))).ok
        order = await settled(desk, own_id)
        assert (order.order_qty, order.leaves_qty) == (D(6), D(2))


async def test_a_refusal_leaves_it_and_tells_why(tmp_path):
    async with trading(tmp_path) as (desk, broker, _peer):
        own_id = await working(desk)
        broker.orders["v1"]["39"] = "2"  # filled, and the report is still on its way
        assert (await answer(desk, amend(own_id, price=D(101)))).ok
        order = await settled(desk, own_id)
        assert (order.price, order.state, order.reason.text) == (
            D(100),
            OrderState.NEW,
            "unknown or too late",
        )


@pytest.mark.parametrize("how", ["3", "j"])
async def test_a_message_that_is_refused_as_such(tmp_path, how):
    async with trading(tmp_path) as (desk, _broker, peer):
        own_id = await working(desk)

        def refuse(message):
            if message.msg_type == "G":
                fields = {
                    45: message.msg_seq_num,
                    372: "G",
                    58: "Tag not defined",
                    373 if how == "3" else 380: 5,
                }
                peer.send(Draft(how, tuple((tag, str(value)) for tag, value in fields.items())))

        peer.on_message = refuse
        assert (await answer(desk, amend(own_id, price=D(101)))).ok
        order = await settled(desk, own_id)
        assert (order.price, order.state) == (D(100), OrderState.NEW)
        assert "Tag not defined" in order.reason.text
    same_again(desk, tmp_path)


async def test_a_refusal_of_nothing_known_is_told(tmp_path):
    async with trading(tmp_path) as (desk, _broker, peer):
        for how in ("3", "j"):
            reason = {"3": "373", "j": "380"}[how]
            peer.send(Draft(how, ((45, "999"), (372, "D"), (58, f"no idea {how}"), (int(reason), "5"))))
            assert await desk.until(lambda how=how: any(f"no idea {how}" in text for _, text in desk.told), 5)


async def test_what_would_add_waits_for_entry_and_what_takes_away_does_not(tmp_path):
    async with trading(tmp_path) as (desk, _broker, _peer):
        own_id = await working(desk)
        assert (await answer(desk, Stop(id="x"))).ok
        for terms in ({"price": D(99)}, {"order_qty": D(11)}):
            refused = await answer(desk, amend(own_id, **terms))
            assert not refused.ok
            assert "entry is stopped" in refused.text
        assert (await answer(desk, amend(own_id, order_qty=D(9)))).ok
        assert (await settled(desk, own_id)).order_qty == D(9)


async def test_the_gate_judges_what_it_adds(tmp_path):
    limits = RiskLimits(**OFF_BUT, position=Levels(block=D(20)))
    async with trading(tmp_path, risk=limits) as (desk, broker, _peer):
        own_id = await working(desk)
        refused = await answer(desk, amend(own_id, order_qty=D(21)))
        assert not refused.ok
        assert "21" in refused.text
        broker.silent = {"G"}
        assert (await answer(desk, amend(own_id, order_qty=D(20)))).ok
        assert desk.gate.holdings()["BTCUSDT"].buying == 20, "it may have been made"
        refused = await answer(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        assert not refused.ok


async def test_a_price_that_makes_it_worth_more_is_judged(tmp_path):
    limits = RiskLimits(**OFF_BUT, notional=Levels(block=D(1500)))
    async with trading(tmp_path, risk=limits) as (desk, _broker, _peer):
        own_id = await working(desk)
        refused = await answer(desk, amend(own_id, price=D(151)))
        assert not refused.ok
        assert "1,510" in refused.text
        assert (await answer(desk, amend(own_id, price=D(150)))).ok


async def test_what_has_no_meaning_there_is_refused(tmp_path):
    async with trading(tmp_path) as (desk, _broker, _peer):
        own_id = await working(desk)
        refused = await answer(desk, amend(own_id, price=D(101), mode=ReplaceMode.ALLOW_FAILURE))
        assert (refused.ok, refused.field) == (False, "mode")
        for price in (D("100.5"), D(-1)):
            assert (await answer(desk, amend(own_id, price=price))).field == "price"


async def test_a_venue_that_changes_nothing_says_what_to_do(tmp_path):
    async with trading(tmp_path, venue=PlainVenue(ALL - {Feature.CHANGE})) as (desk, _broker, _peer):
        own_id = await working(desk)
        refused = await answer(desk, amend(own_id, price=D(101)))
        assert (refused.ok, refused.field) == (False, "price")
        assert refused.text == (
            f"Plain Broker changes no order: cancel {own_id}, and send a new one once it is gone"
        )


async def test_an_order_ends_with_the_day_or_at_its_time(tmp_path):
    async with trading(tmp_path) as (desk, broker, peer):
        own_id = await working(desk)
        (sent,) = (message for message in peer.received if message.msg_type == "D")
        assert sent.text(59) == "0"
        order = broker.orders["v1"]
        order["39"] = "C"
        broker.say(order, "C")
        assert await desk.until(lambda: desk.orders()[own_id].state is OrderState.EXPIRED, 5)
        end = desk.clock().wall + 3_600_000_000_000
        until = {"time_in_force": TimeInForce.GOOD_TILL_DATE, "expire_time": end}
        other = await working(desk, OrderRequest(**{**_fields(LIMIT), **until}))
        assert desk.orders()[other].current.request.expire_time == end
        over = OrderRequest(**{**_fields(LIMIT), **until, "expire_time": end - 7_200_000_000_000})
        refused = await answer(desk, Submit(id="s", request=over, accept_warnings=True))
        assert (refused.ok, refused.field) == (False, "expire_time")
    same_again(desk, tmp_path)


def _fields(request):
    return {name: getattr(request, name) for name in request.__struct_fields__}


async def test_a_venue_without_them_says_so(tmp_path):
    async with trading(tmp_path, venue=PlainVenue(frozenset({Feature.CHANGE}))) as (desk, _broker, _peer):
        refused = await answer(desk, Submit(id="s", request=LIMIT, accept_warnings=True))
        assert (refused.ok, refused.field) == (False, "time_in_force")
        assert "Plain Broker" in refused.text


class Doubling(PlainVenue):
    """Every fill comes as two in one message, as where fills are a group of the report."""

    def decode(self, message, at):
        decoded = super().decode(message, at)
        if not isinstance(decoded, ExecutionReport) or not decoded.last_qty:
            return decoded
        half = decoded.last_qty / 2
        first = {"last_qty": half, "exec_id": f"{decoded.exec_id}a", "trade_id": f"{decoded.trade_id}a"}
        second = {"last_qty": half, "exec_id": f"{decoded.exec_id}b", "trade_id": f"{decoded.trade_id}b"}
        early = {"cum_qty": decoded.cum_qty - half}
        return Several(
            (
                ExecutionReport(**{**_fields(decoded), **first, **early}),
                ExecutionReport(**{**_fields(decoded), **second}),
            )
        )


async def test_two_fills_in_one_message(tmp_path):
    async with trading(tmp_path, venue=Doubling()) as (desk, broker, _peer):
        own_id = await working(desk)
        broker.fill(broker.orders["v1"], "4")
        assert await desk.until(lambda: desk.orders()[own_id].cum_qty == 4, 5)
        assert [fill.last_qty for fill in desk.fills_of(own_id)] == [2, 2]
        assert desk._fold.ledger.unreported_qty(own_id) == 0
        assert desk.drop_copy.trouble == ""
        assert [text for severity, text in desk.told if severity is not Severity.INFO] == []
    same_again(desk, tmp_path, Doubling())
    tape = Tape.open(tmp_path / "tape.sqlite3")
    fold = Fold(Doubling())
    assert max(len(fold.apply(row.entry).fills) for row in tape.rows()) == 2, "a replay shows both"
    tape.close()


async def test_the_drop_copy_compares_each_of_two_fills_in_one_message(tmp_path, monkeypatch):
    monkeypatch.setattr("blotter.desk.drop_copy.SETTLED", 0.0)
    async with (
        counterparty() as (peer, endpoint),
        counterparty() as (copy, copy_endpoint),
        running_desk(endpoint, tmp_path, drop_copy=copy_endpoint, venue=Doubling()) as desk,
    ):
        broker = Broker(peer)
        assert await desk.until(lambda: all(link.live for link in desk._links) and not desk.reconciling, 5)
        broker.copies = [copy]
        own_id = await working(desk)
        broker.fill(broker.orders["v1"], "4")
        before = len(copy.received)
        assert await desk.until(lambda: not desk.drop_copy._awaited and desk.orders()[own_id].cum_qty == 4, 5)
        assert len(copy.received) == before
        assert [fill.last_qty for fill in desk.fills_of(own_id)] == [2, 2]
        assert (desk.drop_copy._early, desk.drop_copy._open) == ({}, {})
    same_again(desk, tmp_path, Doubling())


async def test_one_part_that_cannot_be_handled_does_not_take_the_others_along(tmp_path):
    async with trading(tmp_path, venue=Doubling()) as (desk, broker, _peer):
        own_id = await working(desk)
        heard, calls = desk.drop_copy.heard, []

        def stumbles(*args):
            calls.append(args)
            if len(calls) == 1:
                raise RuntimeError("stumbled")
            return heard(*args)

        desk.drop_copy.heard = stumbles
        broker.fill(broker.orders["v1"], "4")
        assert await desk.until(lambda: desk.orders()[own_id].cum_qty == 4, 5)
        assert any("stumbled" in text for _, text in desk.told)
        assert len(desk.fills_of(own_id)) == 2


class TestWithoutMarketData:
    async def test_a_market_order_needs_no_price(self, tmp_path):
        async with trading(tmp_path) as (desk, _broker, _peer):
            request = OrderRequest(symbol="BTCUSDT", side=Side.BUY, ord_type=OrdType.MARKET, order_qty=D(1))
            own_id = await working(desk, request)
            assert desk.orders()[own_id].price is None

    async def test_a_limit_that_needs_one_says_so(self, tmp_path):
        limits = RiskLimits(**OFF_BUT, notional=Levels(block=D(1000)))
        async with trading(tmp_path, risk=limits) as (desk, _broker, _peer):
            request = OrderRequest(symbol="BTCUSDT", side=Side.BUY, ord_type=OrdType.MARKET, order_qty=D(1))
            refused = await answer(desk, Submit(id="s", request=request))
            assert not refused.ok
            assert "no price of BTCUSDT is known" in refused.text

    async def test_by_default_what_the_market_prices_asks_and_a_price_of_ones_own_is_taken(self, tmp_path):
        """No session tells the market here: said at the start, and asked of what has no price of its own."""
        async with trading(tmp_path, risk=RiskLimits()) as (desk, _broker, _peer):
            by_market = OrderRequest(symbol="BTCUSDT", side=Side.BUY, ord_type=OrdType.MARKET, order_qty=D(1))
            asked = await answer(desk, Submit(id="s", request=by_market))
            assert (asked.ok, asked.warning) == (False, True)
            assert asked.text == "book: no market price of BTCUSDT is known"
            assert not [text for _, text in desk.told if "market data" in text]
            taken = await answer(desk, Submit(id="t", request=LIMIT))
            assert (taken.ok, taken.warning) == (True, False)

    async def test_nothing_is_listed(self, tmp_path):
        async with trading(tmp_path, listed=False) as (desk, _broker, _peer):
            asked = await answer(desk, Submit(id="s", request=LIMIT))
            assert (asked.ok, asked.warning) == (False, True)
            assert "price and size are not checked" in asked.text

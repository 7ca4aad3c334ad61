"""The feed coalesces, bounds itself, and hides secrets on the way to the screen."""

from decimal import Decimal

from blotter.desk.change import MessageSeen, Notice, Severity
from blotter.desk.feed import MESSAGES, Feed, RawMessage
from blotter.desk.summary import Summary
from blotter.fix.codec import encode
from blotter.trading.enums import ExecInst, OrdType, Side, TriggerPriceDirection
from blotter.trading.instrument import Quote
from blotter.trading.request import ListKind, OrderRequest
from blotter.venues.base import NewOrder, NewOrderList, VenueSettings
from blotter.venues.binance import BinanceSpot


def line(raw: RawMessage) -> MessageSeen:
    return MessageSeen(
        row=0,
        at=raw.at,
        session=raw.session,
        outbound=raw.outbound,
        seq=raw.seq,
        msg_type="0",
        name="",
        summary="",
    )


def test_only_the_newest_version_is_kept_and_a_drain_empties():
    feed = Feed(lambda: 7, line)
    feed.quotes([Quote(symbol="BTCUSDT", at=1), Quote(symbol="BTCUSDT", at=2)])
    feed.notice(Notice(at=1, severity=Severity.INFO, text="x"))
    frame = feed.drain()
    assert frame.quotes["BTCUSDT"].at == 2
    assert len(frame.notices) == 1
    assert feed.drained_at == 7
    again = feed.drain()
    assert not again.quotes
    assert not again.notices


def test_a_fill_is_told_before_the_terms_and_without_padding():
    venue = BinanceSpot()
    summary = Summary(venue.dictionary, venue.secret_tags, lambda ids: "A-000002")
    body = (
        ("150", "F"), ("54", "1"), ("55", "BTCUSDT"), ("38", "0.50000000"), ("44", "59990.40000000"),
        ("32", "0.06753000"), ("31", "59990.40000000"), ("11", "x"),
    )  # fmt: skip
    raw = encode("FIX.4.4", "8", ((34, "2"),), tuple((int(tag), value) for tag, value in body))
    shown = summary.of(RawMessage("OE", False, 2, raw, 0))
    assert shown is not None
    assert shown.summary == "Trade 0.06753 @ 59990.4  A-000002  BUY 0.5 BTCUSDT @ 59990.4"


def test_a_screen_that_never_looks_costs_a_bounded_amount():
    feed = Feed(lambda: 0, line)
    for number in range(MESSAGES + 5):
        feed.message(RawMessage("OE", False, number, b"", 0))
    frame = feed.drain()
    assert len(frame.messages) == MESSAGES
    assert frame.messages_dropped == 5
    assert frame.messages[-1].seq == MESSAGES + 4


def test_a_logon_reaches_the_screen_without_its_secrets():
    venue = BinanceSpot()
    summary = Summary(venue.dictionary, venue.secret_tags, lambda ids: "")
    fields = ((95, "6"), (96, "SECRET"), (98, "0"), (108, "30"), (553, "KEYKEY"))
    raw = encode("FIX.4.4", "A", ((49, "ME"), (56, "SPOT"), (34, "1"), (52, "20260101-00:00:00")), fields)
    seen = RawMessage("OE", True, 1, raw, 0)
    shown = summary.of(seen)
    assert shown is not None
    assert b"SECRET" not in shown.raw
    assert b"KEYKEY" not in shown.raw
    assert "SECRET" not in repr(seen)
    assert "KEYKEY" not in repr(seen)
    assert summary.of(RawMessage("OE", True, 1, b"garbage", 0)) is None


def test_an_order_list_shows_its_legs_and_its_status() -> None:
    venue = BinanceSpot(VenueSettings(three_leg_lists=True))
    summary = Summary(venue.dictionary, venue.secret_tags, lambda ids: "L-000001")
    terms = {"symbol": "BTCUSDT", "side": Side.SELL, "order_qty": Decimal("0.5")}
    stop = OrderRequest(
        **terms,
        ord_type=OrdType.STOP,
        trigger_price=Decimal(58000),
        trigger_direction=TriggerPriceDirection.DOWN,
    )
    limit = OrderRequest(
        **terms,
        ord_type=OrdType.LIMIT,
        price=Decimal(65000),
        exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE,
    )
    draft = venue.encode(NewOrderList("l", ListKind.OCO, (NewOrder("a", stop), NewOrder("b", limit))))
    raw = encode("FIX.4.4", draft.msg_type, ((34, "2"),), draft.fields)
    line = summary.of(RawMessage("OE", True, 2, raw, 0))
    assert line.summary == (
        "L-000001  one cancels the other  SELL 0.5 BTCUSDT trigger 58000 | SELL 0.5 BTCUSDT @ 65000"
    )
    status = encode(
        "FIX.4.4",
        "N",
        ((34, "3"),),
        ((1385, "1"), (429, "4"), (431, "3"), (73, "1"), (11, "a"), (55, "BTCUSDT")),
    )
    line = summary.of(RawMessage("OE", False, 3, status, 0))
    assert line.summary == "L-000001  Executing  one cancels the other  BTCUSDT"

"""The traps of fact sheet section 19 that lie in encoding, decoding, folding or REST, by their numbers.

Those of the session (3 to 5), of market data (25, 26) and of what the desk does with all this are tested where that is.
"""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from binance_lives import SELL, SYMBOL, Blotter, limit
from binance_samples import DOC_KEY, LIST_STATUS, NEWS, inbound, message, wire
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from blotter.fix.codec import Message, decode, encode
from blotter.fix.session import LogonHeader, Numbering
from blotter.trading.enums import (
    ExecInst,
    OrdType,
    RejectCategory,
    ReplaceMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import ExecutionReport, Fee, ListReport
from blotter.trading.order import OrderState, Standing
from blotter.trading.request import ListKind, OrderRequest
from blotter.venues.base import (
    AmendOrder,
    CancelList,
    CancelOrder,
    Credentials,
    Environment,
    Feature,
    MassCancel,
    NewOrder,
    NewOrderList,
    QueryLimits,
    ReplaceOrder,
    SessionKind,
    SessionRejected,
    Unhandled,
    VenueRequest,
)
from blotter.venues.binance import BinanceSpot
from blotter.venues.binance.rest import BinanceRest
from blotter.venues.rest import Question
from blotter.venues.signing import Ed25519Signer

D = Decimal
AT = 1_772_359_200_000_000_000
VENUE = BinanceSpot()
REST = BinanceRest()
SIGNER = Ed25519Signer(load_pem_private_key(DOC_KEY, None))  # type: ignore[arg-type]
CREDENTIALS = Credentials("the-api-key", SIGNER)
HEADER = LogonHeader("A", "BLT00001", "SPOT", 1, "20260301-10:00:00.123456")
UP, DOWN = TriggerPriceDirection.UP, TriggerPriceDirection.DOWN
POST_ONLY = ExecInst.PARTICIPATE_DONT_INITIATE
REQUESTS: tuple[VenueRequest, ...] = (
    NewOrder("A-1", limit()),
    NewOrderList("L-1", ListKind.OTO, (NewOrder("A-1", limit()), NewOrder("A-2", limit(side=SELL)))),
    CancelOrder("c-1", SYMBOL, "A-1"),
    CancelList("c-1", SYMBOL, "L-1"),
    ReplaceOrder("A-2", "c-1", "A-1", limit()),
    AmendOrder("r-1", SYMBOL, "A-1", D("0.5")),
    MassCancel("m-1", SYMBOL),
    QueryLimits("q-1"),
)


@pytest.fixture
def blotter() -> Iterator[Blotter]:
    """A fresh account. At the end every report comes a second time, and nothing may change."""
    blotter = Blotter()
    yield blotter
    blotter.hear_all_again()


def logon(kind: SessionKind = SessionKind.ORDER_ENTRY) -> dict[int, str]:
    config = VENUE.session(kind, CREDENTIALS, "BLT00001", 30)
    assert config.numbering is Numbering.PER_CONNECTION
    return {tag: str(value) for tag, value in config.logon_fields(HEADER)}


def stop(**terms: object) -> OrderRequest:
    given = {"ord_type": OrdType.STOP, "price": None, "time_in_force": None, "trigger_price": D(90)}
    return limit(**(given | terms))


def market(**terms: object) -> OrderRequest:
    return limit(**({"ord_type": OrdType.MARKET, "price": None, "time_in_force": None} | terms))


def fields(request: VenueRequest) -> dict[int, str]:
    return {tag: str(value) for tag, value in VENUE.encode(request).fields}


REST_ORDER = {
    "symbol": SYMBOL,
    "orderId": 42,
    "orderListId": -1,
    "clientOrderId": "A-1",
    "price": "100.00000000",
    "origQty": "1.00000000",
    "executedQty": "0.00000000",
    "cummulativeQuoteQty": "0.00000000",
    "status": "NEW",
    "timeInForce": "GTC",
    "type": "LIMIT",
    "side": "BUY",
    "time": 1772359200000,
    "updateTime": 1772359200000,
    "isWorking": True,
}


def snapshot(**changes: object) -> ExecutionReport:
    return REST.read_order(json.dumps(REST_ORDER | changes).encode(), AT)


@pytest.mark.parametrize("kind", SessionKind)
def test_trap_01_every_connection_counts_from_one(kind: SessionKind) -> None:
    """No ResendRequest, no continued numbers: 141=Y, and nothing else."""
    assert logon(kind)[141] == "Y"


def test_trap_02_each_connection_has_a_comp_id_of_its_own() -> None:
    ids = [VENUE.comp_id("BLT", counter) for counter in range(500)]
    assert len(set(ids)) == 500
    assert all(len(name) <= 8 and name.isascii() for name in ids)
    assert VENUE.comp_id_blocked_for(60) == 120


@pytest.mark.parametrize("request_", REQUESTS)
def test_trap_06_no_habits_of_plain_fix(request_: VenueRequest) -> None:
    draft = VENUE.encode(request_)
    tags = [tag for tag, _ in draft.fields]
    assert not {60, 21, 1, 554, 43, 789, 122, 97} & set(tags)
    if draft.msg_type == "F":
        assert not {54, 38} & set(tags)


def test_trap_06_nor_in_the_logon() -> None:
    assert not {554, 43, 789, 464, 1137} & set(logon())


def test_trap_07_what_is_signed_is_what_is_sent() -> None:
    sent = logon()
    payload = "A\x01BLT00001\x01SPOT\x011\x0120260301-10:00:00.123456"
    assert sent[96] == SIGNER.sign(payload.encode())
    assert sent[96] != SIGNER.sign(payload.encode() + b"\x01")
    assert sent[95] == str(len(sent[96])) == "88"
    target = REST.sign(REST.open_orders(), CREDENTIALS, AT).target
    query, _, signature = target.partition("?")[2].partition("&signature=")
    assert "timestamp=1772359200000" in query
    assert signature.replace("%2F", "/").replace("%2B", "+").replace("%3D", "=") == SIGNER.sign(
        query.encode()
    )


def test_trap_08_a_clock_that_runs_ahead_is_told_from_a_bad_order() -> None:
    text = "Timestamp for this request was 1000ms ahead of the server's time."
    event = VENUE.decode(inbound("3", (45, "7"), (25016, "-1021"), (58, text)), AT)
    assert isinstance(event, SessionRejected)
    assert event.reason.category is RejectCategory.TIME
    refusal = REST.read_refusal(json.dumps({"code": -1021, "msg": text}).encode())
    assert refusal is not None
    assert REST.clock_is_off(refusal)


def test_trap_09_a_padded_length_and_any_order_of_fields() -> None:
    assert message(NEWS).text(9) == "0000113"
    old = VENUE.decode(message(LIST_STATUS), AT)
    legs = "73=2|11=w1717726747805308656|55=BTCUSDT|37=52|11=p1717726747805308656|55=BTCUSDT|37=53"
    body = f"66=25|{legs}|25010=1|25011=3|25012=0|25013=1|429=4|431=3|1385=2|25014=1717726747805308656"
    pairs = [tuple(piece.split("=")) for piece in body.split("|")]
    new = VENUE.decode(inbound("N", *((int(tag), value) for tag, value in pairs)), AT)
    assert isinstance(old, ListReport)
    assert isinstance(new, ListReport)
    assert new.members == old.members, "an entry starts with whatever tag follows the count"
    assert new.symbol == old.symbol == SYMBOL
    body = b"35=8|52=20260301-10:00:00.000001|56=X|34=2|49=SPOT|17=1|".replace(b"|", b"\x01")
    head = b"8=FIX.4.4\x019=%07d\x01" % len(body)
    swapped = decode(head + body + b"10=%03d\x01" % (sum(head + body) % 256))
    assert (swapped.msg_seq_num, swapped.text(17)) == (2, "1"), "nor does the header keep an order"


def test_trap_10_zero_is_an_id(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "0", f17=0)
    blotter.fill("F/2", "A-1", "0", 0, "1", "1", f17=1)
    order = blotter.order("A-1")
    assert order.current.order_id == "0"
    assert [(fill.trade_id, fill.exec_id) for fill in blotter.ledger.fills] == [("0", "1")]
    assert fields(CancelOrder("c-1", SYMBOL, "A-1", "0"))[37] == "0"
    assert fields(CancelList("c-1", SYMBOL, "L-1", "0"))[66] == "0"
    assert str(REST.order(SYMBOL, order_id="0")) == "/api/v3/order?symbol=BTCUSDT&orderId=0"
    assert str(REST.cancel_list(SYMBOL, list_id="0", cl_list_id="x")).endswith("orderListId=0")
    assert snapshot(orderId=0, orderListId=0).list_id == "0"


def test_trap_11_numbers_are_the_symbols_own(blotter: Blotter) -> None:
    """The same OrderID, ExecID and TradeID on two symbols are two orders and two fills."""
    for name, symbol in (("A-1", "BTCUSDT"), ("A-2", "ETHUSDT")):
        blotter.submit(name, limit(symbol=symbol))
        blotter.report("0/0", name, "42", f55=symbol, f17=1)
        blotter.fill("F/2", name, "42", 7, "1", "1", f55=symbol, f17=2)
    assert [(fill.symbol, fill.order_id) for fill in blotter.ledger.fills] == [
        ("BTCUSDT", "A-1"),
        ("ETHUSDT", "A-2"),
    ]
    assert blotter.notes == []
    assert {name: order.current.order_id for name, order in blotter.ledger.orders.items()} == {
        "A-1": "42",
        "A-2": "42",
    }


def test_trap_12_a_cl_ord_id_names_a_request_before_an_order(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.amend("A-1", "r-1", "0.5")
    blotter.report("5/0", "r-1", "42", f41="A-1", f38="0.5", f151="0.5")
    blotter.cancel("A-1", "c-1")
    blotter.report("4/4", "c-1", "42", f41="r-1", f38="0.5", f151=0)
    assert blotter.seen("A-1") == ("canceled", D(0), D(0))
    assert list(blotter.ledger.orders) == ["A-1"]
    # Somebody else's id comes back once its order has filled: another order, by its OrderID.
    for venue_id in ("50", "51"):
        blotter.fill("F/2", "bot", venue_id, int(venue_id), "1", "1")
    assert len(blotter.ledger.orders) == 3
    assert len(blotter.ledger.fills) == 2


def test_trap_13_new_comes_more_than_once(blotter: Blotter) -> None:
    blotter.submit("A-1", stop(side=SELL, trigger_direction=DOWN))
    for _ in range(2):
        blotter.report("0/0", "A-1", "42", f40=3, f54=2, f44=None, f59=None, f1102=90, f1109="D")
    blotter.fill("F/1", "A-1", "42", 7, "0.5", "0.5", f40=3, f54=2, f44=None, f59=None)
    blotter.report("0/0", "A-1", "42", f40=3, f54=2, f44=None, f59=None, f14="0.5", f151="0.5", f25017=50)
    assert blotter.seen("A-1") == ("partially filled", D("0.5"), D("0.5"))
    assert len(blotter.ledger.orders) == 1


def test_trap_14_expired_by_exec_type_alone_is_not_the_end(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42", f636="Y")
    blotter.report("C/1", "A-1", "42", f14="0.2", f25017=20, f25024=3, f25030="0.3", f25031="0.3", f151="0.5")
    assert blotter.seen("A-1") == ("partially filled", D("0.2"), D("0.5")), "open: 38 - 14 - 25030"


def test_trap_15_a_cancel_reject_does_not_say_that_the_order_lives(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.cancel("A-1", "c-1")
    blotter.fill("F/2", "A-1", "42", 7, "1", "1")
    blotter.hear(
        "9", (11, "c-1"), (37, 42), (55, SYMBOL), (434, 1), (25016, -1013), (58, "Unknown order sent.")
    )
    assert blotter.seen("A-1") == ("filled", D(1), D(0))
    event = VENUE.decode(
        inbound("9", (11, "c-1"), (55, "X"), (25016, "-1013"), (58, "Unknown order sent.")), AT
    )
    assert VENUE.advice(event.reason) == (  # type: ignore[union-attr]
        "the venue has no such open order: most likely it has just filled or gone"
    )


def test_trap_16_a_fill_heard_on_both_sessions_counts_once(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42", f17=1)
    for _session in ("OE", "DC", "the next OE, in the overlap"):
        blotter.fill("F/1", "A-1", "42", 7, "0.4", "0.4", f17=2)
    assert blotter.filled() == [("A-1", D("0.4"))]
    assert blotter.ledger.positions[SYMBOL].net_qty == D("0.4")
    assert blotter.seen("A-1") == ("partially filled", D("0.4"), D("0.6"))


def test_trap_17_no_average_price_fees_in_any_asset_balances_by_rest(blotter: Blotter) -> None:
    blotter.submit("A-1", limit(qty="2", price="102"))
    blotter.fill("F/1", "A-1", "42", 7, "1", "1", f38=2, f31=100, f25017=100, f151=1)
    blotter.fill("F/2", "A-1", "42", 8, "1", "2", f38=2, f31=101, f25017=201, f151=0, f138="BTC")
    assert blotter.order("A-1").avg_px == D("100.5"), "25017 / 14"
    assert [fill.fees for fill in blotter.ledger.fills] == [
        (Fee(D("0.001"), "BNB"),),
        (Fee(D("0.001"), "BTC"),),
    ]
    answer = {"balances": [{"asset": "BTC", "free": "1.50000000", "locked": "0.50000000"}]}
    assert REST.read_balances(json.dumps(answer).encode(), AT).by_asset["BTC"].total == D(2)


def test_trap_18_every_order_entry_session_asks_for_everything() -> None:
    """ONLY_ACKS would hide every fill."""
    assert logon()[25036] == "1"
    assert logon(SessionKind.DROP_COPY)[9406] == "Y"
    assert 25036 not in logon(SessionKind.MARKET_DATA)


def test_trap_19_the_account_is_not_ours_alone(blotter: Blotter) -> None:
    blotter.report("0/0", "phone", "77", f636="Y")
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.mass_cancel("m-1")
    blotter.report("4/4", "m-1", "42", f41="A-1", f151=0)
    blotter.report("4/4", "m-1", "77", f41="phone", f151=0)
    blotter.hear("r", (55, SYMBOL), (11, "m-1"), (530, 1), (531, 1), (533, 2))
    phone = next(order for order in blotter.ledger.orders.values() if order.foreign)
    assert phone.state is OrderState.CANCELED
    assert blotter.order("A-1").state is OrderState.CANCELED
    assert len(blotter.ledger.orders) == 2
    assert not blotter.ledger.mass_cancels


def test_trap_20_a_replace_stops_on_failure_unless_told_otherwise(blotter: Blotter) -> None:
    plain = ReplaceOrder("A-2", "c-1", "A-1", limit())
    assert fields(plain)[25033] == "1"
    assert fields(plain._replace(mode=ReplaceMode.ALLOW_FAILURE))[25033] == "2"
    # Cancelled, and the new one refused: flat, and the trader is told.
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.replace("A-1", "A-1b", "c-1", limit(price="99"))
    blotter.report("4/4", "c-1", "42", f41="A-1", f151=0)
    text = "Too many new orders; current limit is 200 orders per 10 SECOND."
    blotter.report("8/8", "A-1b", "0", f37=None, f17=None, f25016=-1015, f58=text)
    reason = blotter.order("A-1").reason
    assert reason is not None
    assert reason.text.startswith("flat")
    assert text in reason.text
    assert not blotter.order("A-1").open


def test_trap_21_in_place_only_downwards_and_to_a_total(blotter: Blotter) -> None:
    assert not VENUE.amend_keeps_priority(D(1), D(2), True)
    assert not VENUE.amend_keeps_priority(D(1), D(1), True)
    assert VENUE.amend_keeps_priority(D(1), D("0.6"), True)
    blotter.submit("A-1", limit())
    blotter.fill("F/1", "A-1", "42", 7, "0.5", "0.5")
    blotter.amend("A-1", "r-1", "0.6")
    blotter.report("5/1", "r-1", "42", f41="A-1", f38="0.6", f14="0.5", f25017=50, f151="0.1")
    assert blotter.seen("A-1") == ("partially filled", D("0.5"), D("0.1")), (
        "38 is the total, not what is left"
    )


@pytest.mark.parametrize(
    ("side", "direction", "kind"),
    [
        (Side.BUY, UP, "STOP_LOSS"),
        (Side.SELL, DOWN, "STOP_LOSS"),
        (Side.BUY, DOWN, "TAKE_PROFIT"),
        (Side.SELL, UP, "TAKE_PROFIT"),
    ],
)
def test_trap_22_side_and_direction_say_stop_or_take_profit(
    side: Side, direction: TriggerPriceDirection, kind: str
) -> None:
    request = stop(side=side, trigger_direction=direction)
    assert request.take_profit == (kind == "TAKE_PROFIT")
    sent = fields(NewOrder("A-1", request))
    assert (sent[40], sent[54], sent[1109]) == ("3", side.value, direction.value)
    report = VENUE.decode(
        inbound(
            *("8", (11, "A-1"), (37, "1"), (40, "3"), (54, side.value), (55, SYMBOL), (150, "0"), (39, "0")),
            *((14, "0"), (32, "0"), (1102, "90"), (1109, direction.value)),
        ),
        AT,
    )
    assert isinstance(report, ExecutionReport)
    asked = snapshot(type=kind, side=side.name, stopPrice="90.00000000")
    assert report.trigger_direction is asked.trigger_direction is direction
    assert report.trigger_price == asked.trigger_price == D(90)


@pytest.mark.parametrize(
    ("request_", "rule"),
    [
        (
            market(time_in_force=TimeInForce.GOOD_TILL_CANCEL),
            "time_in_force GOOD_TILL_CANCEL: a market order",
        ),
        (limit(exec_inst=POST_ONLY), "time_in_force GOOD_TILL_CANCEL: a post-only order has none"),
        (
            limit(max_floor=D("0.1"), time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL),
            "max_floor 0.1: an iceberg",
        ),
        (market(cash_order_qty=D(10)), "order_qty 1 and cash_order_qty 10: .*not both"),
    ],
)
def test_trap_23_what_does_not_go_together_never_leaves(request_: OrderRequest, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        VENUE.encode(NewOrder("A-1", request_))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1E-5", "0.00001"),
        ("1E+3", "1000"),
        ("0.10000000", "0.1"),
        ("123456789.12345678", "123456789.12345678"),
    ],
)
def test_trap_24_numbers_are_plain_decimals(value: str, text: str) -> None:
    sent = fields(NewOrder("A-1", limit(qty=value, price=value)))
    assert sent[38] == sent[44] == text
    report = VENUE.decode(
        inbound("8", (11, "A"), (40, "2"), (54, "1"), (55, "X"), (150, "0"), (39, "0"), (14, "1e-05")), AT
    )
    assert isinstance(report, Unhandled), "nor is an exponent believed"


def test_trap_27_a_lost_answer_is_never_a_refusal(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.reject("A-1", -1007, "Timeout waiting for response from backend server.")
    assert blotter.order("A-1").state is OrderState.UNCONFIRMED
    blotter.submit("A-2", limit())
    blotter.report("8/8", "A-2", "0", f37=None, f17=None, f25016=-1006, f58="Execution status unknown.")
    assert blotter.order("A-2").state is OrderState.UNCONFIRMED
    assert {-1006, -1007} <= VENUE.unknown_outcome_codes


def test_trap_27_rest_can_ask_and_cancel_and_nothing_else() -> None:
    questions = [
        *(REST.clock(), REST.open_orders(), REST.order(SYMBOL, order_id="1"), REST.trades(SYMBOL)),
        *(
            REST.account(),
            REST.listing(),
            REST.order_counts(),
            REST.open_lists(),
            REST.order_list(list_id="1"),
        ),
        *(REST.allocations(SYMBOL, order_id="1"), REST.cancel_symbol(SYMBOL)),
        REST.cancel_order(SYMBOL, order_id="1", cl_ord_id=None),
        REST.cancel_list(SYMBOL, list_id="1", cl_list_id=None),
    ]
    made = {name for name in dir(BinanceRest) if not name.startswith("_")}
    assert {question.method for question in questions} == {"GET", "DELETE"}
    assert all(isinstance(question, Question) for question in questions)
    assert not {name for name in made if "new" in name or "submit" in name or "place" in name}


@pytest.mark.parametrize(
    ("request_", "name"),
    list(zip(REQUESTS, ["A-1", "L-1", "c-1", "c-1", "A-2", "r-1", "m-1", None], strict=True)),
)
def test_trap_28_a_reject_is_tied_to_our_message_by_its_number(
    request_: VenueRequest, name: str | None
) -> None:
    draft = VENUE.encode(request_)
    header = [(49, "BLT00001"), (56, "SPOT"), (34, "7"), (52, "20260301-10:00:00.000000")]
    assert VENUE.request_id(decode(encode("FIX.4.4", draft.msg_type, header, draft.fields))) == name
    event = VENUE.decode(inbound("3", (45, "7"), (372, draft.msg_type), (25016, "-1102"), (58, "no")), AT)
    assert isinstance(event, SessionRejected)
    assert (event.ref_seq_num, event.ref_msg_type) == (7, draft.msg_type)


def test_trap_29_drop_copy_allows_sixty_messages_a_minute_heartbeats_among_them() -> None:
    limits = VENUE.connection_limits(SessionKind.DROP_COPY)
    assert (limits.messages, limits.message_window) == (60, 60.0)
    assert limits.attempts == VENUE.connection_limits(SessionKind.ORDER_ENTRY).attempts == 15


def test_trap_30_key_and_signature_are_masked() -> None:
    sent = logon()
    assert {sent[96], sent[553]} == {sent[tag] for tag in VENUE.secret_tags}
    raw = encode(
        "FIX.4.4",
        "A",
        [(49, "BLT00001"), (56, "SPOT"), (34, "1"), (52, HEADER.sending_time)],
        list(sent.items()),
    )
    shown = {
        field.tag: field.value for field in VENUE.dictionary.explain(decode(raw), mask=VENUE.secret_tags)
    }
    assert (shown[96], shown[553]) == ("***", "***")
    signed = REST.sign(REST.cancel_symbol(SYMBOL), CREDENTIALS, AT)
    assert "the-api-key" not in repr(signed)
    assert "signature" not in repr(signed)
    assert "the-api-key" not in repr(CREDENTIALS)


def test_trap_31_a_lagging_answer_takes_nothing_back(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42")
    blotter.fill("F/1", "A-1", "42", 7, "0.4", "0.4")
    blotter.ledger.apply(snapshot())  # as it stood a moment before
    assert blotter.seen("A-1") == ("partially filled", D("0.4"), D("0.6"))
    blotter.fill("F/2", "A-1", "42", 8, "0.6", "1")
    blotter.ledger.apply(snapshot(status="PARTIALLY_FILLED", executedQty="0.4", cummulativeQuoteQty="40"))
    assert blotter.seen("A-1") == ("filled", D(1), D(0))
    assert len(blotter.ledger.fills) == 2


def test_trap_32_a_cancel_has_no_pending_phase(blotter: Blotter) -> None:
    blotter.submit("A-1", limit())
    blotter.report("0/0", "A-1", "42", f636="Y")
    blotter.cancel("A-1", "c-1")
    assert blotter.order("A-1").pending_cancel
    blotter.report("4/4", "c-1", "42", f41="A-1", f151=0)
    assert blotter.order("A-1").state is OrderState.CANCELED
    # Should 39=6 come after all, the order lives on.
    blotter.submit("A-2", limit())
    blotter.report("0/6", "A-2", "43", f636="Y")
    assert blotter.order("A-2").open
    assert blotter.order("A-2").standing is Standing.WORKING


def test_trap_33_lists_of_three_legs_are_off_until_confirmed() -> None:
    assert Feature.THREE_LEG_LISTS not in VENUE.features
    legs = (NewOrder("A-1", limit()), NewOrder("A-2", stop(side=SELL, trigger_direction=DOWN)))
    three = NewOrderList("L-1", ListKind.OTOCO, (*legs, NewOrder("A-3", limit(side=SELL))))
    with pytest.raises(ValueError, match="kind OTOCO: lists of three legs are switched off"):
        VENUE.encode(three)


def test_trap_33_a_published_sample_with_a_wrong_sum_is_not_believed() -> None:
    broken = (
        "8=FIX.4.4|9=114|35=D|34=2|49=qNXO12fH|52=20240611-09:01:46.228|56=SPOT|11=1718096506197867067"
        "|38=5|40=2|44=10|54=1|55=LTCBNB|59=4|10=016|"
    )
    with pytest.raises(ValueError, match=r"CheckSum|BodyLength"):
        decode(wire(broken))


@pytest.mark.parametrize(
    ("msg_type", "news"),
    [
        (
            "8",
            [
                (25099, "1"),
                (18, "Z"),
                (59, "9"),
                (25001, "9"),
                (25056, "42"),
                (1109, "X"),
                (1094, "7"),
                (574, "8"),
            ],
        ),
        ("N", [(25099, "1"), (1385, "7"), (1386, "5")]),
        ("9", [(25099, "1"), (25002, "9"), (434, "9")]),
        ("XAR", [(25099, "1")]),
        ("r", [(25099, "1"), (530, "9"), (532, "5")]),
        ("3", [(25099, "1"), (373, "77")]),
    ],
)
def test_trap_34_news_from_the_venue_is_read_over(msg_type: str, news: list[tuple[int, str]]) -> None:
    known = {
        "8": [
            (11, "A-1"),
            (37, "1"),
            (40, "2"),
            (54, "1"),
            (55, SYMBOL),
            (150, "0"),
            (39, "0"),
            (14, "0"),
            (32, "0"),
        ],
        "N": [(66, "25"), (429, "4"), (431, "3")],
        "9": [(11, "c-1"), (55, SYMBOL), (25016, "-2011"), (58, "Unknown order sent.")],
        "XAR": [(11, "r-1"), (55, SYMBOL), (25016, "-2038"), (58, "no")],
        "r": [(11, "m-1"), (55, SYMBOL), (531, "1")],
        "3": [(45, "7"), (58, "no")],
    }[msg_type]
    plain = VENUE.decode(inbound(msg_type, *known), AT)
    assert not isinstance(plain, Unhandled)
    assert not isinstance(VENUE.decode(inbound(msg_type, *known, *news), AT), Unhandled)


@pytest.mark.parametrize(("tag", "value"), [(150, "Z"), (39, "9"), (429, "3"), (431, "1"), (531, "7")])
def test_trap_34_what_decides_and_is_news_is_shown_and_nobody_hangs_up(tag: int, value: str) -> None:
    told = {
        150: ("8", [(11, "A-1"), (40, "2"), (54, "1"), (55, SYMBOL), (39, "0"), (14, "0"), (32, "0")]),
        39: ("8", [(11, "A-1"), (40, "2"), (54, "1"), (55, SYMBOL), (150, "0"), (14, "0"), (32, "0")]),
        429: ("N", [(66, "25"), (431, "3")]),
        431: ("N", [(66, "25"), (429, "4")]),
        531: ("r", [(11, "m-1"), (55, SYMBOL)]),
    }[tag]
    event = VENUE.decode(inbound(told[0], *told[1], (tag, value)), AT)
    assert isinstance(event, Unhandled)
    assert f"({tag}) '{value}'" in event.text
    assert VENUE.decode(inbound("zz", (55, SYMBOL)), AT) == Unhandled(
        "zz", "MsgType zz is unknown here (Symbol BTCUSDT)"
    )


def test_trap_35_a_symbol_in_any_script_is_counted_in_bytes() -> None:
    symbol = "这是测试币456"
    draft = VENUE.encode(NewOrder("A-1", limit(symbol=symbol)))
    header = [(49, "BLT00001"), (56, "SPOT"), (34, "2"), (52, "20260301-10:00:00.000000")]
    raw = encode("FIX.4.4", draft.msg_type, header, draft.fields)
    parsed = decode(raw)
    assert isinstance(parsed, Message)
    assert parsed.text(55) == symbol
    body = raw[raw.index(b"35=") : raw.rindex(b"10=")]
    assert int(parsed.text(9) or 0) == len(body) > len(body.decode())
    assert "symbol=%E8%BF%99" in REST.sign(REST.order(symbol, order_id="1"), CREDENTIALS, AT).target
    assert REST.base(Environment.TESTNET).startswith("https://")

"""Deribit's dialect against the written rules (other-venues sheet 4.1 and section 9)."""

import base64
import hashlib
from decimal import Decimal

import msgspec
import pytest

from blotter.fix.codec import decode, encode
from blotter.fix.session import Draft, LogonHeader
from blotter.trading.enums import (
    ExecInst,
    ExecType,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import AmendRejected, CancelRejected, ExecutionReport, MassCancelReport
from blotter.trading.request import OrderRequest
from blotter.venues.base import (
    AskOrder,
    AskOrders,
    CancelOrder,
    ChangeOrder,
    Environment,
    Feature,
    InstrumentsListed,
    ListInstruments,
    MassCancel,
    NewOrder,
    OrderStatus,
    Secrets,
    SessionKind,
    SessionRejected,
    Several,
    Unhandled,
    VenueSettings,
)
from blotter.venues.deribit import Deribit
from blotter.venues.registry import VENUES

OE = SessionKind.ORDER_ENTRY
AT = 1_767_225_600_000_000_000
NONCE = bytes(range(32))
SECRETS = Secrets(api_key="KEY", secret="SECRET")
LIMIT = OrderRequest(
    symbol="BTC-PERPETUAL",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal(10),
    price=Decimal("60000.5"),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


def venue(**settings) -> Deribit:
    return Deribit(VenueSettings(**settings), random_bytes=lambda size: NONCE[:size])


def logon(deribit, sending_time="20231114-22:13:20.000"):
    config = deribit.session(OE, deribit.credentials(SECRETS), "BLT000001", 30)
    return dict(config.logon_fields(LogonHeader("A", "BLT000001", "DERIBITSERVER", 1, sending_time)))


def sent(request, deribit=None) -> tuple[str, dict[int, str]]:
    draft = (deribit or venue()).encode(request, AT)
    assert len({tag for tag, _ in draft.fields}) == len(draft.fields), "a field twice"
    return draft.msg_type, dict(draft.fields)


def heard(msg_type, *fields, seq=5, deribit=None):
    header = ((49, "DERIBITSERVER"), (56, "BLT000001"), (34, str(seq)), (52, "20260101-00:00:00.000"))
    return (deribit or venue()).decode(decode(encode("FIX.4.4", msg_type, header, fields)), AT)


REPORT = {
    37: "s-1", 11: "s-1", 41: "k7qd-000001", 39: "0", 54: "1", 60: "20260101-00:00:00.000", 12: "0", 151: "10",
    14: "0", 38: "10", 40: "2", 44: "60000.5", 150: "I", 103: "0", 55: "BTC-PERPETUAL", 6: "0",
}  # fmt: skip


def report(deribit=None, seq=5, **changes):
    fields = {**REPORT, **{int(tag.removeprefix("t")): value for tag, value in changes.items()}}
    return heard("8", *((tag, value) for tag, value in fields.items() if value), seq=seq, deribit=deribit)


# --- logon -------------------------------------------------------------------------------------------------


def test_the_password_is_the_golden_value_of_section_9():
    fields = logon(venue())
    assert fields[96] == "1700000000000.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert fields[554] == "c78eo3VuU2oucldnhcLw6wNFc5nL1Dqj4d4ncTtrxdg="


def test_the_password_is_a_plain_hash_and_no_hmac():
    fields = logon(venue())
    digest = hashlib.sha256(fields[96].encode() + b"SECRET").digest()
    assert fields[554] == base64.b64encode(digest).decode()


def test_every_logon_has_a_later_timestamp_though_the_clock_stands_or_goes_back():
    deribit = venue()
    times = ["20231114-22:13:20.000", "20231114-22:13:20.000", "20231114-22:13:19.000"]
    stamps = [int(logon(deribit, time)[96].partition(".")[0]) for time in times]
    assert stamps == [1_700_000_000_000, 1_700_000_000_001, 1_700_000_000_002]


@pytest.mark.parametrize(("setting", "field"), [(None, None), (True, "Y"), (False, "N")])
def test_cancel_on_disconnect_is_said_as_it_is_set_and_shown_in_words(setting, field):
    deribit = venue(cancel_on_disconnect=setting)
    assert logon(deribit).get(9001) == field
    assert {None: "as the account is set", True: "cancels all orders", False: "open orders stay"}[
        setting
    ] in deribit.when_disconnected


def test_the_logon_asks_for_fills_one_by_one_and_for_no_reset():
    fields = logon(venue())
    assert fields[9015] == "Y"
    assert 141 not in fields


def test_what_is_secret_is_masked_and_shown_nowhere():
    deribit = venue()
    assert {96, 553, 554} <= deribit.secret_tags
    assert "SECRET" not in repr(deribit.credentials(SECRETS))
    assert "SECRET" not in repr(SECRETS)


def test_where_it_is():
    assert venue().endpoint(Environment.LIVE, OE) == ("fix.deribit.com", 9883, True)
    assert venue().endpoint(Environment.TESTNET, OE).host == "fix-test.deribit.com"
    for environment in (Environment.EMBEDDED, Environment.DEMO):
        with pytest.raises(KeyError):
            venue().endpoint(environment, OE)


def test_it_says_that_it_was_never_tried():
    assert venue().evidence == "built from documentation, not certified"
    assert VENUES["deribit"] is Deribit


# --- out ---------------------------------------------------------------------------------------------------


def test_a_limit_order():
    msg_type, fields = sent(NewOrder("k7qd-000001", LIMIT))
    assert msg_type == "D"
    assert fields == {
        11: "k7qd-000001", 55: "BTC-PERPETUAL", 54: "1", 38: "10", 40: "2", 44: "60000.5", 59: "1"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("time", "value"),
    [
        (TimeInForce.DAY, "0"),
        (TimeInForce.GOOD_TILL_CANCEL, "1"),
        (TimeInForce.IMMEDIATE_OR_CANCEL, "3"),
        (TimeInForce.FILL_OR_KILL, "4"),
    ],
)
def test_the_day_is_zero_and_the_others_are_fixs_own(time, value):
    _, fields = sent(NewOrder("c", msgspec.structs.replace(LIMIT, time_in_force=time)))
    assert fields[59] == value


def test_post_only_is_refused_rather_than_moved():
    terms = msgspec.structs.replace(LIMIT, exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE, time_in_force=None)
    _, fields = sent(NewOrder("c", terms))
    assert fields[18] == "6A"


@pytest.mark.parametrize(("ord_type", "value"), [(OrdType.STOP, "S"), (OrdType.STOP_LIMIT, "4")])
def test_stops_are_woken_by_the_last_trade(ord_type, value):
    limited = ord_type is OrdType.STOP_LIMIT
    terms = msgspec.structs.replace(
        LIMIT,
        ord_type=ord_type,
        price=LIMIT.price if limited else None,
        time_in_force=LIMIT.time_in_force if limited else None,
        trigger_price=Decimal(61000),
        trigger_direction=TriggerPriceDirection.UP,
    )
    _, fields = sent(NewOrder("c", terms))
    assert (fields[40], fields[99], fields[5127]) == (value, "61000", "2")


def test_a_take_profit_is_refused_before_anything_leaves():
    terms = msgspec.structs.replace(
        LIMIT,
        ord_type=OrdType.STOP,
        price=None,
        time_in_force=None,
        trigger_price=Decimal(50000),
        trigger_direction=TriggerPriceDirection.DOWN,
    )
    with pytest.raises(ValueError, match="trigger_direction DOWN"):
        sent(NewOrder("c", terms))


def test_a_cancel_names_the_servers_id_where_it_is_known_and_else_ours_in_11():
    """The trap: 41 is the server's id, 11 is ours, the other way round than everywhere."""
    msg_type, fields = sent(CancelOrder("r1", "BTC-PERPETUAL", "k7qd-000001", "s-1"))
    assert (msg_type, fields) == ("F", {41: "s-1", 55: "BTC-PERPETUAL"})
    _, fields = sent(CancelOrder("r1", "BTC-PERPETUAL", "k7qd-000001"))
    assert fields == {11: "k7qd-000001", 55: "BTC-PERPETUAL"}


def test_a_change_keeps_the_order_and_names_it_like_a_cancel():
    terms = msgspec.structs.replace(LIMIT, price=Decimal(61000), order_qty=Decimal(20))
    msg_type, fields = sent(ChangeOrder("r2", "k7qd-000001", terms, "s-1"))
    assert msg_type == "G"
    assert fields == {41: "s-1", 55: "BTC-PERPETUAL", 54: "1", 38: "20", 40: "2", 44: "61000"}


def test_only_limit_orders_are_changed():
    terms = msgspec.structs.replace(LIMIT, ord_type=OrdType.MARKET, price=None, time_in_force=None)
    with pytest.raises(ValueError, match="ord_type MARKET"):
        sent(ChangeOrder("r2", "k7qd-000001", terms, "s-1"))


def test_questions():
    assert sent(AskOrders("q1")) == ("AF", {584: "q1", 585: "7"})
    assert sent(AskOrder("q2", "k7qd-000001", "BTC-PERPETUAL", Side.BUY, "s-1")) == (
        "AF",
        {584: "s-1", 585: "1"},
    )
    assert sent(ListInstruments("l1")) == ("x", {320: "l1", 559: "4"})
    assert sent(MassCancel("m1", "BTC-PERPETUAL")) == ("q", {11: "m1", 530: "1", 55: "BTC-PERPETUAL"})
    with pytest.raises(ValueError, match="order_id is missing"):
        sent(AskOrder("q2", "k7qd-000001", "BTC-PERPETUAL", Side.BUY))


# --- in ----------------------------------------------------------------------------------------------------


def test_the_ids_of_a_report_are_turned_round():
    event = report()
    assert (event.cl_ord_id, event.order_id, event.orig_cl_ord_id) == ("k7qd-000001", "s-1", None)
    assert event.ord_status is OrdStatus.NEW
    assert event.reason is None, "OrdRejReason is always there, 0 is no refusal"


def test_a_mirrored_status_says_what_happened():
    assert report().exec_type is ExecType.REPLACED, "alive, and these are its terms now"
    assert report(t39="2", t14="10", t151="0").exec_type is ExecType.ORDER_STATUS, "its fills have their own"
    assert report(t39="4").exec_type is ExecType.CANCELED
    refused = report(t39="8", t103="1", t58="unknown symbol", t14="0")
    assert (refused.exec_type, refused.reason.text) == (ExecType.REJECTED, "unknown symbol")


def test_a_stop_that_was_triggered_is_alive():
    assert report(t150="7", t40="4", t99="61000").ord_status is OrdStatus.NEW


def test_done_for_the_day_is_expired():
    assert report(t150="3", t39="C").exec_type is ExecType.EXPIRED


def test_a_fill_is_a_report_of_its_own_and_its_deprecated_commission_is_no_fee():
    event = report(
        t150="F", t39="1", t14="4", t151="6", t31="60000", t32="4", t880="BTC-PERPETUAL#38", t12="0"
    )
    assert isinstance(event, ExecutionReport)
    assert (event.exec_type, event.last_qty, event.last_px) == (ExecType.TRADE, Decimal(4), Decimal(60000))
    assert event.exec_id == "BTC-PERPETUAL#38"
    assert event.fees == ()


def test_a_cancel_is_told_twice_and_the_full_report_counts():
    brief = heard("8", (11, "s-1"), (41, "k7qd-000001"), (150, "4"), (39, "4"), (58, "success"))
    assert brief == Several(())
    assert report(t150="I", t39="4", t58="notification").exec_type is ExecType.CANCELED


def test_a_refusal_answers_a_cancel_or_a_change_whichever_is_waited_for():
    said = heard("9", (39, "8"), (58, "already closed"), (41, "k7qd-000001"), (11, "s-1"))
    assert isinstance(said, Several)
    cancel, amend = said.parts
    assert isinstance(cancel, CancelRejected)
    assert isinstance(amend, AmendRejected)
    for part in said.parts:
        assert (part.orig_cl_ord_id, part.order_id, part.reason.text) == (
            "k7qd-000001",
            "s-1",
            "already closed",
        )


def test_open_orders_are_counted_by_the_first_report_and_named_by_none():
    deribit = venue()
    assert heard("8", (584, "q1"), (585, "7"), (911, "2"), seq=5, deribit=deribit) == OrderStatus(
        "q1", None, 2
    )
    first, second, third = (report(deribit, seq) for seq in (6, 7, 8))
    for answer in (first, second):
        assert isinstance(answer, OrderStatus)
        assert (answer.req_id, answer.total) == ("q1", 2)
        assert answer.report.order_id == "s-1"
    assert isinstance(third, ExecutionReport), "one that was not asked for"


def test_a_fill_between_two_answers_stays_a_fill():
    deribit = venue()
    heard("8", (584, "q1"), (585, "7"), (911, "1"), seq=5, deribit=deribit)
    fill = report(deribit, 6, t150="F", t39="1", t14="4", t151="6", t31="60000", t32="4")
    assert fill.exec_type is ExecType.TRADE
    assert isinstance(report(deribit, 7), OrderStatus)


def test_an_answer_that_was_broken_off_does_not_go_on_with_the_next_connection():
    deribit = venue()
    heard("8", (584, "q1"), (585, "7"), (911, "9"), seq=500, deribit=deribit)
    assert isinstance(report(deribit, 2), ExecutionReport)


def test_nothing_open():
    assert heard("8", (584, "q1"), (585, "7"), (911, "0")) == OrderStatus("q1", None, 0)


def test_a_mass_cancel_is_done_when_it_is_echoed():
    done = heard("r", (11, "m1"), (530, "1"), (531, "1"), (58, "success"), (533, "3"), (55, "BTC-PERPETUAL"))
    assert done == MassCancelReport(cl_ord_id="m1", symbol="BTC-PERPETUAL", at=AT, total_affected=3)
    refused = heard("r", (11, "m1"), (530, "1"), (532, "1"), (58, "unknown security"), (55, "X"))
    assert refused.reason.text == "unknown security"


def test_a_reject_names_our_message():
    said = heard("3", (45, "7"), (372, "D"), (373, "6"), (58, "bad value"))
    assert isinstance(said, SessionRejected)
    assert (said.ref_seq_num, said.reason.text) == (7, "bad value")


def test_instruments_count_in_contracts_unless_one_is_one_unit_of_the_base():
    entries = [
        (55, "BTC-PERPETUAL"), (167, "FUT"), (15, "BTC"), (1524, "USD"), (969, "0.5"), (562, "10"), (231, "10"),
        (55, "BTC_USDC"), (167, "FXSPOT"), (15, "BTC"), (1524, "USDC"), (969, "1"), (562, "0.0001"), (231, "1"),
        (55, "btc_usd"), (167, "INDEX"),
    ]  # fmt: skip
    listed = heard("y", (320, "l1"), (322, "x"), (560, "0"), (146, "3"), *entries)
    assert isinstance(listed, InstrumentsListed)
    future, spot = listed.instruments
    assert (future.base, future.quote, future.tick_size) == ("contracts", "", Decimal("0.5"))
    assert (spot.base, spot.quote, spot.step_size) == ("BTC", "USDC", Decimal("0.0001"))


def test_what_is_not_understood_says_so():
    assert isinstance(heard("8", (39, "0"), (55, "X")), Unhandled)
    assert isinstance(heard("AP", (55, "X")), Unhandled)


def test_what_it_does_not_have_is_not_offered():
    missing = {
        Feature.LISTS,
        Feature.TRAILING,
        Feature.PEGGED,
        Feature.CANCEL_AND_NEW,
        Feature.AMEND_IN_PLACE,
    }
    assert not missing & venue().features


def test_drafts_are_messages():
    assert isinstance(venue().encode(AskOrders("q"), AT), Draft)

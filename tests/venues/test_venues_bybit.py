"""Bybit's dialect against the written rules (other-venues sheet 2)."""

import base64
from decimal import Decimal

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from blotter.fix.codec import decode, encode
from blotter.fix.session import LogonHeader, Numbering
from blotter.trading.enums import (
    ExecInst,
    ExecType,
    OrdStatus,
    OrdType,
    RejectCategory,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
)
from blotter.trading.event import AmendRejected, CancelRejected, Fee
from blotter.trading.request import OrderRequest
from blotter.venues.base import (
    AskOrders,
    CancelOrder,
    ChangeOrder,
    Environment,
    LimitReport,
    NewOrder,
    Secrets,
    SessionKind,
    SessionRejected,
    Several,
    Unhandled,
    VenueSettings,
)
from blotter.venues.bybit import BybitSpot
from blotter.venues.registry import VENUES
from blotter.venues.signing import KeyFileError, generate_ed25519

OE = SessionKind.ORDER_ENTRY
AT = 1_704_096_001_000_000_000
VENUE = BybitSpot()
LIMIT = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty=Decimal("0.001"),
    price=Decimal(50000),
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)
MARKET = msgspec.structs.replace(LIMIT, ord_type=OrdType.MARKET, price=None, time_in_force=None)


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def credentials(key):
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return VENUE.credentials(Secrets(api_key="KEY", private_key=pem))


def sent(request) -> tuple[str, dict[int, str]]:
    draft = VENUE.encode(request, AT)
    assert len({tag for tag, _ in draft.fields}) == len(draft.fields), "a field twice"
    return draft.msg_type, dict(draft.fields)


def heard(msg_type, *fields):
    header = ((49, "BYBIT_FIX_SERVER"), (56, "BLT00000001"), (34, "5"), (52, "20240101-08:00:00.000"))
    return VENUE.decode(decode(encode("FIX.4.4", msg_type, header, fields)), AT)


PUSH = {
    11: "k7qd-000001", 37: "1234567890123456", 150: "0", 39: "0", 30010: "spot", 55: "BTCUSDT", 54: "1", 40: "2",
    38: "0.001", 44: "50000.00", 59: "1", 151: "0.001", 30041: "50", 14: "0", 30038: "0",
    60: "20240101-08:00:01.005", 30013: "UNKNOWN", 30014: "N",
}  # fmt: skip


def push(*group, **changes):
    fields = {**PUSH, **{int(tag.removeprefix("t")): value for tag, value in changes.items()}}
    return heard("8", *((tag, value) for tag, value in fields.items() if value), *group)


# --- logon -------------------------------------------------------------------------------------------------


def test_the_signature_is_rsa_over_the_literal_and_the_expiry(key, credentials):
    config = VENUE.session(OE, credentials, "BLT00000001", 30)
    fields = dict(
        config.logon_fields(LogonHeader("A", "BLT00000001", "BYBIT_FIX_SERVER", 1, "20231114-22:13:20.000"))
    )
    assert fields[30023] == "1700000005000"
    signature = base64.b64decode(fields[96])
    key.public_key().verify(signature, b"GET/realtime1700000005000", padding.PKCS1v15(), hashes.SHA256())
    assert (fields[95], fields[553], fields[98], fields[141]) == (str(len(fields[96])), "KEY", "0", "Y")
    assert fields[25036] == "1", "in the other mode fills never arrive"


def test_the_heartbeat_is_the_venues_whatever_is_asked(credentials):
    config = VENUE.session(OE, credentials, "BLT00000001", 30)
    assert config.heart_bt_int == 10
    assert config.numbering is Numbering.PER_CONNECTION
    assert VENUE.comp_id_blocked_for(30) == 30.0


def test_another_kind_of_key_is_refused(tmp_path):
    generate_ed25519(tmp_path / "key.pem")
    with pytest.raises(KeyFileError, match=r"private_key_file.*RSA"):
        VENUE.credentials(Secrets(api_key="KEY", private_key=(tmp_path / "key.pem").read_bytes()))


def test_comp_ids_fit_the_rule():
    assert VENUE.comp_id("BLTO", 7) == "BLTO00000007"
    assert len(VENUE.comp_id("BLTO", 99_999_999)) <= 16
    with pytest.raises(ValueError, match="prefix"):
        VENUE.comp_id("no room", 1)


def test_where_it_is():
    assert VENUE.endpoint(Environment.TESTNET, OE) == ("fix-oe-testnet.bybit.com", 9000, True)
    assert VENUE.endpoint(Environment.LIVE, OE).host == "fix-oe.bybit.com"
    with pytest.raises(KeyError):
        VENUE.endpoint(Environment.DEMO, OE)


def test_cancel_on_disconnect_is_not_documented_and_so_not_set():
    with pytest.raises(ValueError, match="cancel_on_disconnect: Bybit documents none"):
        BybitSpot(VenueSettings(cancel_on_disconnect=True))
    assert "documented" in VENUE.when_disconnected


def test_it_says_that_it_was_never_tried():
    assert VENUE.evidence == "built from documentation, not certified"
    assert VENUES["bybit"] is BybitSpot


# --- out ---------------------------------------------------------------------------------------------------


def test_a_limit_order():
    msg_type, fields = sent(NewOrder("k7qd-000001", LIMIT))
    assert msg_type == "D"
    assert fields == {
        30002: "1704096001000", 30001: "5000", 30006: "k7qd-000001", 30010: "spot", 11: "k7qd-000001",
        55: "BTCUSDT", 54: "1", 38: "0.001", 40: "2", 44: "50000", 59: "1",
    }  # fmt: skip


def test_post_only_is_a_time_in_force():
    terms = msgspec.structs.replace(LIMIT, exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE, time_in_force=None)
    assert sent(NewOrder("c", terms))[1][59] == "P"


def test_a_market_order_says_in_what_it_is_counted_whichever_side_it_is():
    assert sent(NewOrder("c", MARKET))[1][30013] == "baseCoin"
    by_amount = msgspec.structs.replace(MARKET, order_qty=None, cash_order_qty=Decimal(100))
    _, fields = sent(NewOrder("c", by_amount))
    assert (fields[30013], fields[38]) == ("quoteCoin", "100")
    assert 59 not in fields


def test_self_match():
    terms = msgspec.structs.replace(LIMIT, self_trade_prevention=SelfTradePreventionMode.EXPIRE_BOTH)
    assert sent(NewOrder("c", terms))[1][30018] == "CancelBoth"


def test_a_cancel_bears_our_id_in_reqid_and_no_time_limit():
    assert sent(CancelOrder("r1", "BTCUSDT", "k7qd-000001", "77")) == (
        "F",
        {30006: "r1", 30010: "spot", 55: "BTCUSDT", 37: "77"},
    )
    assert sent(CancelOrder("r1", "BTCUSDT", "k7qd-000001"))[1][11] == "k7qd-000001"


def test_a_change_is_the_venues_own_message_with_what_changes():
    terms = msgspec.structs.replace(LIMIT, price=Decimal(51000), order_qty=Decimal("0.002"))
    msg_type, fields = sent(ChangeOrder("r2", "k7qd-000001", terms, "77"))
    assert msg_type == "XAR"
    assert fields == {
        30002: "1704096001000", 30001: "5000", 30006: "r2", 30010: "spot", 55: "BTCUSDT", 37: "77",
        38: "0.002", 44: "51000",
    }  # fmt: skip


def test_what_the_venue_does_not_have_is_refused_with_the_reason():
    with pytest.raises(ValueError, match="REST"):
        sent(AskOrders("q"))
    with pytest.raises(ValueError, match="ord_type STOP"):
        sent(NewOrder("c", msgspec.structs.replace(MARKET, ord_type=OrdType.STOP, trigger_price=Decimal(1))))
    with pytest.raises(ValueError, match="time_in_force DAY"):
        sent(NewOrder("c", msgspec.structs.replace(LIMIT, time_in_force=TimeInForce.DAY)))


def test_the_id_of_a_request_is_read_from_the_message_again():
    for request, name in (
        (NewOrder("c1", LIMIT), "c1"),
        (CancelOrder("r1", "BTCUSDT", "c1", "77"), "r1"),
        (ChangeOrder("r2", "c1", LIMIT, "77"), "r2"),
    ):
        draft = VENUE.encode(request, AT)
        header = ((49, "A"), (56, "B"), (34, "2"), (52, "20240101-08:00:00.000"))
        assert VENUE.request_id(decode(encode("FIX.4.4", draft.msg_type, header, draft.fields))) == name


# --- in ----------------------------------------------------------------------------------------------------


def test_an_acknowledgement_without_the_orders_fields_says_nothing_but_the_limit():
    said = heard("8", (30006, "k7qd-000001"), (30007, "20"), (30008, "19"), (37, "77"), (150, "A"), (39, "A"))
    assert isinstance(said, Several)
    (limits,) = said.parts
    assert isinstance(limits, LimitReport)
    assert limits.limits[0][:4] == ("orders", 1, 20, 1)


def test_the_state_comes_with_the_push():
    report = push()
    assert (report.cl_ord_id, report.order_id) == ("k7qd-000001", "1234567890123456")
    assert (report.exec_type, report.ord_status) == (ExecType.NEW, OrdStatus.NEW)


def test_a_refused_order_bears_only_our_reqid_and_the_venues_code():
    said = heard(
        "8", (30006, "k7qd-000001"), (150, "8"), (39, "8"), (103, "170131"), (58, "Insufficient balance.")
    )
    assert said == SessionRejected(None, None, "D", said.reason, "k7qd-000001")
    assert (said.reason.code, said.reason.text) == (170131, "Insufficient balance.")
    assert said.reason.category is RejectCategory.FUNDS


def test_a_refusal_that_names_nothing_is_loud():
    assert isinstance(heard("8", (150, "8"), (39, "8"), (103, "1")), Unhandled)


def test_an_order_that_is_refused_after_it_was_accepted_ends():
    """The refusal of a request would leave an order standing that was heard to live."""
    said = push(t150="8", t39="8", t103="170193", t151="0")
    assert (said.exec_type, said.ord_status) == (ExecType.REJECTED, OrdStatus.REJECTED)
    assert (said.reason.code, said.cl_ord_id) == (170193, "k7qd-000001")


def test_a_refused_cancel_has_neither_150_nor_39():
    said = heard(
        "XCA", (30006, "r1"), (103, "170213"), (58, "Order does not exist."), (30007, "20"), (30008, "19")
    )
    rejected, _ = said.parts
    assert isinstance(rejected, CancelRejected)
    assert (rejected.cl_ord_id, rejected.reason.category) == ("r1", RejectCategory.UNKNOWN_ORDER)


def test_a_refused_change():
    said = heard("XAA", (30006, "r2"), (103, "170213"), (58, "Order does not exist."))
    assert isinstance(said, AmendRejected)
    assert said.cl_ord_id == "r2"


@pytest.mark.parametrize(("msg_type", "status"), [("XCA", "6"), ("XAA", "E")])
def test_an_accepted_cancel_or_change_waits_for_the_report(msg_type, status):
    assert heard(msg_type, (30006, "r1"), (11, "c"), (37, "7"), (150, status), (39, status)) == Several(())


def test_a_canceled_order_that_had_filled_in_part():
    report = push(
        t150="4", t39="F", t14="0.0004", t151="0", t103="EC_PerCancelRequest", t30040="CancelByUser"
    )
    assert (report.exec_type, report.ord_status) == (ExecType.CANCELED, OrdStatus.CANCELED)
    assert report.reason is None


def test_who_canceled_it_is_told_where_it_was_not_the_user():
    report = push(t150="4", t39="4", t103="EC_Other", t30040="CancelBySmp")
    assert report.reason.text == "CancelBySmp"


def test_a_changed_order_keeps_both_of_its_ids():
    report = push(t150="5", t44="51000", t38="0.002")
    assert report.exec_type is ExecType.REPLACED
    assert (report.cl_ord_id, report.price, report.order_qty) == (
        "k7qd-000001",
        Decimal(51000),
        Decimal("0.002"),
    )


def test_each_fill_of_a_report_is_a_fill_with_its_fee_and_running_totals():
    group = [
        (30050, "2"),
        (30051, "e1"), (30052, "0.0004"), (30053, "50000"), (30054, "20240101-08:00:02.040"),
        (30055, "0.000035"), (30056, "USDT"), (30057, "20"), (30058, "N"),
        (30051, "e2"), (30052, "0.0006"), (30053, "49999"), (30054, "20240101-08:00:02.041"),
        (30055, "0.00005"), (30056, "USDT"), (30057, "29.9994"), (30058, "Y"),
    ]  # fmt: skip
    said = push(*group, t150="F", t39="2", t14="0.001", t151="0", t30038="49.9994")
    first, second = said.parts
    assert (first.exec_id, first.last_qty, first.cum_qty) == ("e1", Decimal("0.0004"), Decimal("0.0004"))
    assert (second.exec_id, second.last_px, second.cum_qty) == ("e2", Decimal(49999), Decimal("0.001"))
    assert (first.ord_status, second.ord_status) == (OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED)
    assert first.fees == (Fee(Decimal("0.000035"), "USDT"),)
    assert (first.aggressor, second.aggressor) == (True, False)
    assert second.cum_quote_qty == Decimal("49.9994")


def test_a_trade_without_its_fills_is_loud_and_not_guessed():
    assert isinstance(push(t150="F", t39="2", t14="0.001", t151="0"), Unhandled)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("U", OrdStatus.NEW), ("T", OrdStatus.NEW), ("D", OrdStatus.CANCELED), ("E", OrdStatus.NEW)],
)
def test_the_venues_own_states_of_orders_from_elsewhere(status, expected):
    assert push(t150=status, t39=status).ord_status is expected

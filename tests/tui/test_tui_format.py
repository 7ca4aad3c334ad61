"""Text of numbers, times and states: nothing rounded away, nothing wider than its column."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from blotter.trading.enums import OrdType, Side
from blotter.trading.order import Order, OrderState, PendingRequest, Placement, RequestKind
from blotter.trading.request import OrderRequest
from blotter.tui.format import (
    age,
    clock,
    decimals_of,
    fit,
    latency,
    number,
    printable,
    state,
    trimmed,
    truncate,
)

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("60123.1", 2, "60,123.10"),
        ("0.25000000", 3, "0.25000000"),
        ("1E+3", 0, "1,000"),
        ("-1234.5", 0, "-1,234.5"),
        ("0", 2, "0.00"),
        ("NaN", 2, "NaN"),
    ],
)
def test_number(value: str, decimals: int, text: str):
    assert number(Decimal(value), decimals) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("0.25000000", 3, "0.250"),
        ("0.25000001", 3, "0.25000001"),
        ("100", 0, "100"),
        ("100.000", 0, "100"),
        ("100", 2, "100.00"),
        ("0E-8", 0, "0"),
        ("123456789012345678901234567890.10", 0, "123,456,789,012,345,678,901,234,567,890.1"),
    ],
)
def test_trimmed(value: str, decimals: int, text: str):
    assert trimmed(Decimal(value), decimals) == text


def test_no_value_is_a_dash():
    assert number(None) == trimmed(None, 2) == latency(None) == "—"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12), st.integers(0, 14))
def test_no_digit_of_money_is_lost(value: Decimal, decimals: int):
    for text in (number(value, decimals), trimmed(value, decimals)):
        assert Decimal(text.replace(",", "")) == value
        assert len(text.partition(".")[2]) >= decimals


@pytest.mark.parametrize(("step", "decimals"), [("0.01000000", 2), ("1", 0), ("1E+2", 0), ("0.00000001", 8)])
def test_decimals_of(step: str, decimals: int):
    assert decimals_of(Decimal(step)) == decimals


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0.0s"),
        (0.49, "0.4s"),
        (9.99, "9.9s"),
        (14.9, "14s"),
        (59.9, "59s"),
        (60, "1m"),
        (3_599, "59m"),
        (7_200, "2h"),
        (86_399, "23h"),
        (86_400, "1d"),
    ],
)
def test_age_never_claims_to_be_younger_or_older(seconds: float, text: str):
    assert age(int(seconds * SECOND)) == text


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (890_400, "890us"),
        (3_140_000, "3.1ms"),
        (9_999_999, "9.9ms"),
        (47_900_000, "47ms"),
        (999_999_999, "999ms"),
        (1_999_999_999, "1.99s"),
    ],
)
def test_latency(ns: int, text: str):
    assert latency(ns) == text


def test_clock_is_utc_and_cut():
    at = 1_795_342_462 * SECOND + 381_999_999
    assert clock(at) == "10:14:22"
    assert clock(at, millis=True) == "10:14:22.381"


# --- states ------------------------------------------------------------------------------------------------


def order(where: OrderState, *, filled: str = "0", total: str | None = "10", **changes: object) -> Order:
    quantity = None if total is None else Decimal(total)
    request = OrderRequest(symbol="BTCUSDT", side=Side.BUY, ord_type=OrdType.LIMIT, order_qty=quantity)
    placement = Placement(
        cl_ord_id="a",
        cl_ord_ids=("a",),
        request=request,
        state=where,
        order_qty=quantity,
        cum_qty=Decimal(filled),
    )
    made = Order(id="A-1", symbol="BTCUSDT", placements=(placement,), state=where, created_at=0, updated_at=0)
    return msgspec.structs.replace(made, **changes)


def asked(kind: RequestKind, *, unconfirmed: bool = False) -> PendingRequest:
    return PendingRequest(kind=kind, cl_ord_id="b", at=0, unconfirmed=unconfirmed)


@pytest.mark.parametrize(
    ("row", "text", "style"),
    [
        (order(OrderState.PENDING_NEW), "… PEND", "pending"),
        (order(OrderState.NEW), "● WORKING", "working"),
        (order(OrderState.PARTIALLY_FILLED, filled="4"), "◐ PARTIAL 40%", "partial"),
        (order(OrderState.PARTIALLY_FILLED, filled="0.001"), "◐ PARTIAL 1%", "partial"),
        (order(OrderState.PARTIALLY_FILLED, filled="9.999"), "◐ PARTIAL 99%", "partial"),
        (order(OrderState.PARTIALLY_FILLED, filled="1", total=None), "◐ PARTIAL", "partial"),
        (order(OrderState.FILLED, filled="10"), "■ FILLED", "filled"),
        (order(OrderState.CANCELED), "× CXLD", "cancelled"),
        (order(OrderState.CANCELED, filled="5"), "× CXLD 50%", "cancelled"),
        (order(OrderState.REJECTED), "✗ REJECT", "rejected"),
        (order(OrderState.EXPIRED, filled="2.5"), "⌛ EXPIRED 25%", "expired"),
        (order(OrderState.UNCONFIRMED), "? UNKNOWN", "unknown"),
        (order(OrderState.NEW, pending=(asked(RequestKind.CANCEL),)), "… PEND CXL", "pending"),
        (order(OrderState.NEW, pending=(asked(RequestKind.REPLACE),)), "… PEND RPL", "pending"),
        (
            order(OrderState.NEW, pending=(asked(RequestKind.AMEND, unconfirmed=True),)),
            "? UNKNOWN AMD",
            "unknown",
        ),
        (
            order(
                OrderState.NEW,
                pending=(asked(RequestKind.AMEND, unconfirmed=True), asked(RequestKind.CANCEL)),
                unverified_since=1,
            ),
            "? UNKNOWN AMD",
            "unknown",
        ),
        (order(OrderState.FILLED, filled="10", pending=(asked(RequestKind.CANCEL),)), "■ FILLED", "filled"),
        (order(OrderState.NEW, unverified_since=1), "◍ UNVERIFIED", "unknown"),
        (order(OrderState.FILLED, filled="10", unverified_since=1), "■ FILLED", "filled"),
    ],
)
def test_state(row: Order, text: str, style: str):
    assert state(row) == (text, f"state-{style}")


def contingent(where: OrderState, **changes: object) -> Order:
    one = order(where)
    request = msgspec.structs.replace(
        one.current.request, ord_type=OrdType.STOP, price=None, trigger_price=Decimal(90)
    )
    placement = msgspec.structs.replace(one.placements[0], request=request, **changes)
    return msgspec.structs.replace(one, placements=(placement,))


def test_a_contingent_order_is_held_until_the_venue_says_that_it_works():
    assert state(contingent(OrderState.NEW)).text == "◌ HELD"
    assert state(contingent(OrderState.NEW, working=False)).text == "◌ HELD"
    assert state(contingent(OrderState.NEW, working=True)).text == "◉ TRIGGERED"
    assert state(contingent(OrderState.FILLED, working=True)).text == "■ FILLED"


def test_a_leg_that_waits_for_another_is_pending():
    assert state(contingent(OrderState.NEW, waiting=True)).text == "◌ PENDING"


def test_every_state_has_its_own_glyph_and_word():
    texts = [state(order(where, filled="1")).text for where in OrderState]
    assert (
        len({text.split()[0] for text in texts})
        == len({text.split()[1] for text in texts})
        == len(OrderState)
    )


# --- widths ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("BTCUSDT", 7, "BTCUSDT"),
        ("BTCUSDT", 6, "BTCUS…"),
        ("币安人生", 5, "币安…"),
        ("币安", 4, "币安"),
        ("ab", 1, "…"),
        ("a", 0, ""),
    ],
)
def test_truncate(text: str, width: int, cut: str):
    assert truncate(text, width) == cut


@given(st.text(max_size=30), st.integers(0, 25), st.sampled_from(["left", "right"]))
def test_fit_fills_its_cells_exactly(text: str, width: int, align: str):
    fitted = fit(text, width, align)  # type: ignore[arg-type]
    assert cell_len(fitted) == width
    assert fitted.isprintable()


def test_amounts_stand_on_the_right():
    assert fit("1.50", 8, "right") == "    1.50"
    assert fit("1.50", 8) == "1.50    "


def test_a_venue_cannot_steer_the_terminal():
    assert printable("ok\x1b[2J\u202egnp") == "ok·[2J·gnp"

"""Requests as Kraken's messages: the standard ones with the venue's own values and limits (other-venues sheet 6.1).

Left out because its documents do not say enough: trailing stops (what StopPx means there), quantity in quote currency
(what a report's quantities mean then), margin and reduce-only.
"""

from typing import Final

from blotter.fix.session import Draft
from blotter.fix.values import SECOND, utc_timestamp
from blotter.trading.enums import OrdType, SelfTradePreventionMode, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.base import AskOrder, CancelOrder, ChangeOrder, NewOrder, VenueRequest
from blotter.venues.kraken.dictionary import DICTIONARY
from blotter.venues.kraken.refusals import refusal
from blotter.venues.standard import outbound
from blotter.venues.standard import tags as t
from blotter.venues.standard.tables import IdRule, Marked, Naming, SelfTrade, Standard
from blotter.venues.standard.tags import MsgType
from blotter.venues.writing import symbol_text

DISPLAY_QTY: Final = 1138
SELF_TRADE_PREVENTION: Final = 7928
MOST_PARTS: Final = 15
"""The visible quantity of an iceberg is at least that part of the whole."""
LONGEST_GOOD: Final = 31 * 86_400 * SECOND
"""A month, within which a good-till-date order must end."""

TABLES: Final = Standard(
    dictionary=DICTIONARY,
    cl_ord_id=IdRule("[1-9][0-9]{0,17}", "must be a whole number of at most 18 digits"),
    take_profits={OrdType.STOP: "R", OrdType.STOP_LIMIT: "T"},
    times_in_force={
        time: time.value
        for time in (
            TimeInForce.GOOD_TILL_CANCEL,
            TimeInForce.IMMEDIATE_OR_CANCEL,
            TimeInForce.FILL_OR_KILL,
            TimeInForce.GOOD_TILL_DATE,
        )
    },
    # TimeInForce (59) is required of every order, and no document says which of these types without a choice: the one
    # that ends nothing by itself.
    implied_times={
        OrdType.MARKET: TimeInForce.GOOD_TILL_CANCEL,
        OrdType.STOP: TimeInForce.GOOD_TILL_CANCEL,
    },
    post_only=Marked(t.EXEC_INST, "P"),
    max_floor=DISPLAY_QTY,
    self_trade=SelfTrade(
        SELF_TRADE_PREVENTION,
        {
            SelfTradePreventionMode.EXPIRE_BOTH: "0",
            SelfTradePreventionMode.EXPIRE_TAKER: "1",
            SelfTradePreventionMode.EXPIRE_MAKER: "2",
        },
    ),
    change_naming=Naming.BOTH_NEEDED,
    mass_cancel=True,
    omit={
        MsgType.ORDER_CANCEL_REQUEST: frozenset({t.ORDER_QTY}),
        MsgType.ORDER_CANCEL_REPLACE_REQUEST: frozenset({SELF_TRADE_PREVENTION}),
    },
    refusal=refusal,
)


def encode(request: VenueRequest, at: int) -> Draft:
    """Raises `ValueError` naming field, value and rule."""
    match request:
        case NewOrder(request=terms) | ChangeOrder(request=terms):
            _check(terms, at)
            return _to_the_second(outbound.encode(TABLES, request, at))
        case CancelOrder(side=None):
            raise ValueError("side is missing: Kraken wants it in a cancel")
        case _:
            return outbound.encode(TABLES, request, at)


def _check(terms: OrderRequest, at: int) -> None:
    floor, qty, until = terms.max_floor, terms.order_qty, terms.expire_time
    if floor is not None and terms.ord_type is not OrdType.LIMIT:
        raise ValueError(f"max_floor {floor}: only a limit order can show a part of itself at Kraken")
    if floor is not None and qty is not None and floor * MOST_PARTS < qty:
        raise ValueError(f"max_floor {floor}: must be at least 1/{MOST_PARTS} of order_qty {qty}")
    if until is not None and until % SECOND:
        raise ValueError(f"expire_time {utc_timestamp(until)}: must be a whole second")
    if until is not None and not at < until <= at + LONGEST_GOOD:
        raise ValueError(f"expire_time {utc_timestamp(until, 0)}: must be within a month from now")


def _to_the_second(draft: Draft) -> Draft:
    """ExpireTime (126) without the decimals that every other time has."""
    return Draft(
        draft.msg_type,
        [
            (tag, str(value).partition(".")[0] if tag == t.EXPIRE_TIME else value)
            for tag, value in draft.fields
        ],
    )


def ask(request: AskOrder, cl_ord_id: str, at: int) -> Draft:
    """OrderStatusRequest (H) under an id of its own, as the page's example has it. The answer is an ExecutionReport
    that names the order, or a refusal that names the request."""
    if request.order_id is None:
        raise ValueError("order_id is missing: Kraken tells of an order by its OrderID (37) only")
    return Draft(
        MsgType.ORDER_STATUS_REQUEST,
        [
            (t.CL_ORD_ID, cl_ord_id),
            (t.ORDER_ID, request.order_id),
            (t.SIDE, request.side.value),
            (t.SYMBOL, symbol_text(request.symbol)),
            (t.TRANSACT_TIME, utc_timestamp(at, 3)),
        ],
    )

"""Requests as Coinbase's messages: the standard ones with the venue's values and limits (other-venues sheet 5.1).

Left out because its documents do not say enough, or the blotter has no name for it: order status (H, whose fields no
document has), mass cancel (of the whole session only), batches, take-profit-stop-loss pairs, limit orders by amount.
"""

from typing import Final

from blotter.fix.session import Draft
from blotter.trading.enums import OrdType, SelfTradePreventionMode, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.base import AskOrder, ChangeOrder, MassCancel, NewOrder, VenueRequest
from blotter.venues.coinbase.dictionary import DICTIONARY
from blotter.venues.coinbase.refusals import refusal
from blotter.venues.standard import outbound
from blotter.venues.standard import tags as t
from blotter.venues.standard.tables import IdRule, Marked, Naming, SelfTrade, Standard
from blotter.venues.standard.tags import MsgType

DISPLAY_QTY: Final = 1138
SELF_TRADE_TYPE: Final = 7928
_IN_CHANGE: Final = frozenset(
    {t.SIDE, t.EXEC_INST, t.TIME_IN_FORCE, t.EXPIRE_TIME, t.TRANSACT_TIME, DISPLAY_QTY, SELF_TRADE_TYPE}
)

TABLES: Final = Standard(
    dictionary=DICTIONARY,
    cl_ord_id=IdRule(
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        "must be a lower-case UUID of version 4",
    ),
    ord_types={OrdType.MARKET: "1", OrdType.LIMIT: "2", OrdType.STOP_LIMIT: "4"},
    trigger_direction=True,
    times_in_force={
        time: time.value
        for time in (
            TimeInForce.GOOD_TILL_CANCEL,
            TimeInForce.IMMEDIATE_OR_CANCEL,
            TimeInForce.FILL_OR_KILL,
            TimeInForce.GOOD_TILL_DATE,
        )
    },
    # TimeInForce is mandatory, and what no document says of market orders can only be this: they never rest.
    implied_times={OrdType.MARKET: TimeInForce.IMMEDIATE_OR_CANCEL},
    post_only=Marked(t.EXEC_INST, "A"),
    max_floor=DISPLAY_QTY,
    cash_order_qty=True,
    self_trade=SelfTrade(
        SELF_TRADE_TYPE,
        {
            SelfTradePreventionMode.DECREMENT: "D",
            SelfTradePreventionMode.EXPIRE_MAKER: "O",
            SelfTradePreventionMode.EXPIRE_TAKER: "N",
            SelfTradePreventionMode.EXPIRE_BOTH: "B",
        },
    ),
    change_naming=Naming.BOTH_NEEDED,
    order_status=False,
    omit={
        MsgType.NEW_ORDER_SINGLE: frozenset({t.TRANSACT_TIME}),
        MsgType.ORDER_CANCEL_REQUEST: frozenset({t.SIDE, t.ORDER_QTY, t.TRANSACT_TIME}),
        MsgType.ORDER_CANCEL_REPLACE_REQUEST: _IN_CHANGE,
    },
    refusal=refusal,
)


def encode(request: VenueRequest, at: int) -> Draft:
    """Raises `ValueError` naming field, value and rule."""
    match request:
        case NewOrder(request=terms):
            _check(terms)
        case ChangeOrder(request=terms):
            if terms.ord_type is not OrdType.LIMIT:
                raise ValueError(f"ord_type {terms.ord_type.name}: Coinbase changes limit orders only")
        case AskOrder():
            raise ValueError(
                "order status: Coinbase's document lists OrderStatusRequest (H) and not its fields; it is not guessed"
            )
        case MassCancel():
            raise ValueError(
                "mass cancel: Coinbase cancels all orders of the session at once, not those of one symbol"
            )
    return outbound.encode(TABLES, request, at)


def _check(terms: OrderRequest) -> None:
    floor, qty = terms.max_floor, terms.order_qty
    if floor is not None and terms.ord_type is not OrdType.LIMIT:
        raise ValueError(f"max_floor {floor}: only a limit order can show a part of itself here")
    if floor is not None and qty is not None and floor * 10 <= qty:
        raise ValueError(f"max_floor {floor}: must be more than a tenth of order_qty {qty}")

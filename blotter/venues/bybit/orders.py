"""Requests as Bybit's messages (other-venues sheet 2).

Every request bears our id in ReqId (30006): a refusal has none of the order's own. What adds exposure bears the time of
its making and how long it may be accepted; what reduces is welcome however late. Conditional orders, margin and RPI are
left out: what becomes of them is described for REST only.
"""

from typing import Final

import msgspec

from blotter.fix.session import Draft
from blotter.trading.enums import ExecInst, OrdType, SelfTradePreventionMode, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.base import AskOrder, AskOrders, CancelOrder, ChangeOrder, NewOrder, VenueRequest
from blotter.venues.bybit.tags import (
    AMEND_REQUEST,
    CATEGORY,
    CLIENT_TIME,
    DICTIONARY,
    MARKET_UNIT,
    RECV_WINDOW,
    REQ_ID,
    SMP_TYPE,
)
from blotter.venues.standard import outbound
from blotter.venues.standard import tags as t
from blotter.venues.standard.tables import IdRule, Marked, SelfTrade, Standard
from blotter.venues.standard.tags import MsgType
from blotter.venues.writing import Fields, positive, symbol_text

SPOT: Final = (CATEGORY, "spot")
WINDOW: Final = "5000"
"""Milliseconds after its making in which an order is accepted."""
_MS: Final = 1_000_000

TABLES: Final = Standard(
    dictionary=DICTIONARY,
    cl_ord_id=IdRule(r"[!-~]{1,36}", "must be 1 to 36 printable characters without spaces"),
    ord_types={OrdType.MARKET: "1", OrdType.LIMIT: "2"},
    times_in_force={
        time: time.value
        for time in (
            TimeInForce.GOOD_TILL_CANCEL,
            TimeInForce.IMMEDIATE_OR_CANCEL,
            TimeInForce.FILL_OR_KILL,
        )
    },
    post_only=Marked(t.TIME_IN_FORCE, "P"),
    self_trade=SelfTrade(
        SMP_TYPE,
        {
            SelfTradePreventionMode.NONE: "None",
            SelfTradePreventionMode.EXPIRE_TAKER: "CancelTaker",
            SelfTradePreventionMode.EXPIRE_MAKER: "CancelMaker",
            SelfTradePreventionMode.EXPIRE_BOTH: "CancelBoth",
        },
    ),
    change=False,
    order_status=False,
)


def encode(request: VenueRequest, at: int) -> Draft:
    """Raises `ValueError` naming field, value and rule."""
    match request:
        case NewOrder(cl_ord_id, terms):
            outbound.encode(TABLES, NewOrder(cl_ord_id, _in_base(terms)), at)  # refuses what cannot be sent
            return Draft(
                MsgType.NEW_ORDER_SINGLE,
                [*_guard(at), (REQ_ID, cl_ord_id), SPOT, (t.CL_ORD_ID, cl_ord_id), *_terms(terms)],
            )
        case CancelOrder():
            return Draft(MsgType.ORDER_CANCEL_REQUEST, [(REQ_ID, request.cl_ord_id), SPOT, *_named(request)])
        case ChangeOrder(cl_ord_id, _, terms):
            if terms.ord_type is not OrdType.LIMIT:
                raise ValueError(f"ord_type {terms.ord_type.name}: only limit orders are changed here")
            body = [*_named(request), *_amended(terms)]
            return Draft(AMEND_REQUEST, [*_guard(at), (REQ_ID, cl_ord_id), SPOT, *body])
        case AskOrder() | AskOrders():
            raise ValueError("order status: Bybit has no such message, its documents send to REST for it")
        case _:
            return outbound.encode(TABLES, request, at)


def _guard(at: int) -> Fields:
    return [(CLIENT_TIME, str(at // _MS)), (RECV_WINDOW, WINDOW)]


def _in_base(terms: OrderRequest) -> OrderRequest:
    """The same order by quantity: what one by amount must satisfy beside."""
    if terms.cash_order_qty is None or terms.order_qty is not None or terms.ord_type is not OrdType.MARKET:
        return terms
    return msgspec.structs.replace(terms, order_qty=terms.cash_order_qty, cash_order_qty=None)


def _terms(terms: OrderRequest) -> Fields:
    fields: Fields = outbound.order_terms(TABLES, _in_base(terms))
    if terms.ord_type is OrdType.MARKET:  # what is bought is counted in quote when nothing is said
        fields.append((MARKET_UNIT, "baseCoin" if terms.cash_order_qty is None else "quoteCoin"))
    return fields


def _named(request: CancelOrder | ChangeOrder) -> Fields:
    """Which order is meant. OrderID (37) wins where both are given."""
    symbol = request.symbol if isinstance(request, CancelOrder) else request.request.symbol
    name = (
        (t.CL_ORD_ID, request.orig_cl_ord_id) if request.order_id is None else (t.ORDER_ID, request.order_id)
    )
    return [(t.SYMBOL, symbol_text(symbol)), name]


def _amended(terms: OrderRequest) -> Fields:
    if terms.exec_inst not in (None, ExecInst.PARTICIPATE_DONT_INITIATE) or terms.order_qty is None:
        raise ValueError("order_qty is missing: a change says the whole quantity")
    fields: Fields = [(t.ORDER_QTY, positive("order_qty", terms.order_qty))]
    if terms.price is not None:
        fields.append((t.PRICE, positive("price", terms.price)))
    return fields

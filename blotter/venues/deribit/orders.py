"""Requests as Deribit's messages (other-venues sheet 4.1, and the field tables of its pages "New Order Single", "Order
Cancel Request", "Order Cancel/Replace", "Order Mass Status Request", "Security List Request").

Quantities are contracts, as the venue counts when nothing is said (854). An order is named by the id the server gave
it, in OrigClOrdID (41): the venue turns the two ids round. Left out because the documents do not say enough: trailing
and touched orders, advanced option orders, and market-to-limit.
"""

from typing import Final

from blotter.fix.session import Draft
from blotter.trading.enums import OrdType, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.base import (
    AskOrder,
    CancelOrder,
    ChangeOrder,
    ListInstruments,
    NewOrder,
    VenueRequest,
)
from blotter.venues.deribit.dictionary import DICTIONARY
from blotter.venues.standard import outbound
from blotter.venues.standard import tags as t
from blotter.venues.standard.tables import IdRule, Marked, Standard
from blotter.venues.standard.tags import MsgType
from blotter.venues.writing import symbol_text

DISPLAY_QTY: Final = 1138
CONDITION_TRIGGER_METHOD: Final = 5127
SECURITY_REQ_ID, SECURITY_LIST_REQUEST_TYPE = 320, 559
SECURITY_LIST_REQUEST: Final = "x"
_LAST_TRADE: Final = "2"
_ALL_OPEN, _ONE_ORDER = "7", "1"
_EVERYTHING: Final = "4"

TABLES: Final = Standard(
    dictionary=DICTIONARY,
    cl_ord_id=IdRule(r"[!-~]{1,64}", "must be 1 to 64 printable characters without spaces"),
    ord_types={OrdType.MARKET: "1", OrdType.LIMIT: "2", OrdType.STOP: "S", OrdType.STOP_LIMIT: "4"},
    times_in_force={
        time: time.value
        for time in (
            TimeInForce.DAY,
            TimeInForce.GOOD_TILL_CANCEL,
            TimeInForce.IMMEDIATE_OR_CANCEL,
            TimeInForce.FILL_OR_KILL,
        )
    },
    post_only=Marked(t.EXEC_INST, "6A"),  # refused rather than moved to another price
    max_floor=DISPLAY_QTY,
    mass_status=_ALL_OPEN,
    mass_cancel=True,
    omit={
        MsgType.NEW_ORDER_SINGLE: frozenset({t.TRANSACT_TIME}),
        MsgType.ORDER_MASS_CANCEL_REQUEST: frozenset({t.TRANSACT_TIME}),
    },
)


def encode(request: VenueRequest, at: int) -> Draft:
    """Raises `ValueError` naming field, value and rule."""
    match request:
        case NewOrder(request=terms):
            draft = outbound.encode(TABLES, request, at)
            return Draft(draft.msg_type, [*draft.fields, *_trigger(terms)])
        case CancelOrder():
            named = _named(request.orig_cl_ord_id, request.order_id)
            return Draft(MsgType.ORDER_CANCEL_REQUEST, [*named, (t.SYMBOL, symbol_text(request.symbol))])
        case ChangeOrder():
            return _change(request)
        case AskOrder():
            return _ask(request)
        case ListInstruments(req_id, None):
            fields = [(SECURITY_REQ_ID, req_id), (SECURITY_LIST_REQUEST_TYPE, _EVERYTHING)]
            return Draft(SECURITY_LIST_REQUEST, fields)
        case _:
            return outbound.encode(TABLES, request, at)


def _trigger(terms: OrderRequest) -> list[tuple[int, str]]:
    """Which price wakes a stop: the last trade, as everywhere in the blotter."""
    return [(CONDITION_TRIGGER_METHOD, _LAST_TRADE)] if terms.contingent else []


def _named(orig_cl_ord_id: str, order_id: str | None) -> list[tuple[int, str]]:
    """Which order is meant: by the server's id, which is also faster, else by the id we gave it, which must then be
    that of one open order only."""
    return [(t.CL_ORD_ID, orig_cl_ord_id)] if order_id is None else [(t.ORIG_CL_ORD_ID, order_id)]


def _change(request: ChangeOrder) -> Draft:
    """OrderCancelReplaceRequest (G). The order keeps both of its ids."""
    terms = request.request
    if terms.ord_type is not OrdType.LIMIT:
        raise ValueError(f"ord_type {terms.ord_type.name}: Deribit changes limit orders only")
    left_out = (t.TIME_IN_FORCE,)
    body = [field for field in outbound.order_terms(TABLES, terms) if field[0] not in left_out]
    return Draft(
        MsgType.ORDER_CANCEL_REPLACE_REQUEST, [*_named(request.orig_cl_ord_id, request.order_id), *body]
    )


def _ask(request: AskOrder) -> Draft:
    """A status request of one order, ended ones too, by the server's id."""
    if request.order_id is None:
        raise ValueError("order_id is missing: Deribit tells of one order by the id the server gave it")
    fields = [(t.MASS_STATUS_REQ_ID, request.order_id), (t.MASS_STATUS_REQ_TYPE, _ONE_ORDER)]
    return Draft(MsgType.ORDER_MASS_STATUS_REQUEST, fields)

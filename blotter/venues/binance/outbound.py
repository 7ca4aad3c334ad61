"""Requests as Binance messages (fact sheet section 6, 4 and 9). Pure; refuses what the venue does not have.

A refusal is a `ValueError` that names the field, its value and the rule. Rules of a symbol (tick, lot,
notional) are not known here: they are judged before, and by the venue after. An order's own terms are written in
`new_order`, lists in `order_lists`.
"""

from decimal import Decimal
from typing import NamedTuple

from blotter.fix.session import Draft
from blotter.trading.decimals import plain
from blotter.trading.enums import CancelRestrictions
from blotter.venues.base import (
    AmendOrder,
    AskOrder,
    AskOrders,
    CancelList,
    CancelOrder,
    ChangeOrder,
    ListInstruments,
    MassCancel,
    NewOrder,
    NewOrderList,
    QueryLimits,
    ReplaceOrder,
    SubscribeDepth,
    SubscribeQuotes,
    SubscribeTrades,
    Unsubscribe,
    VenueRequest,
)
from blotter.venues.binance import tags as t
from blotter.venues.binance.new_order import new_order
from blotter.venues.binance.order_lists import ListTriggerAction, new_order_list
from blotter.venues.binance.tags import MsgType
from blotter.venues.binance.writing import Fields, client_id, positive, symbol_text, venue_id, whole

_CANCEL_SYMBOL_ORDERS = "1"
_SINGLE_INSTRUMENT, _ALL_INSTRUMENTS = "0", "4"
_SUBSCRIBE, _UNSUBSCRIBE, _BOOK_TICKER = "1", "2", "1"
_BID, _OFFER, _TRADE = "0", "1", "2"
MIN_DEPTH, MAX_DEPTH = 2, 5000
"""Levels of a first snapshot (fact sheet section 9.1); 1 would be the book ticker."""
MAX_SYMBOLS = 1000
"""Streams on one market-data connection (fact sheet section 4)."""


class Settings(NamedTuple):
    """What a user may choose of how requests are worded.

    `recv_window`: milliseconds, None for no limit. `three_leg_first_action`: see `BinanceSpot`; None sends no list of
    three legs at all.
    """

    recv_window: Decimal | None
    three_leg_first_action: ListTriggerAction | None


def encode(request: VenueRequest, settings: Settings) -> Draft:
    """The message for a request.

    RecvWindow goes on what can open a position, so that an order stuck in a network stall dies instead of executing
    late. Requests that only reduce (cancel, amend, mass cancel) are welcome however late.
    """
    match request:
        case NewOrder(cl_ord_id, terms):
            block = new_order(cl_ord_id, terms, routed=True)
            return Draft(MsgType.NEW_ORDER_SINGLE, [*_recv_window(settings), *block])
        case NewOrderList(cl_list_id, kind, legs):
            first_action = settings.three_leg_first_action
            if len(kind.leg_names) == 3 and first_action is None:
                raise ValueError(
                    f"kind {kind.value}: lists of three legs are switched off (three_leg_lists), for what the venue "
                    "does when the working leg fills is not confirmed"
                )
            block = new_order_list(cl_list_id, kind, legs, first_action or ListTriggerAction.CANCEL)
            return Draft(MsgType.NEW_ORDER_LIST, [*_recv_window(settings), *block])
        case CancelOrder(cl_ord_id, symbol, orig_cl_ord_id, order_id, restrictions):
            return Draft(
                MsgType.ORDER_CANCEL_REQUEST,
                [
                    (t.CL_ORD_ID, client_id("cl_ord_id", cl_ord_id)),
                    _target(orig_cl_ord_id, order_id),
                    (t.SYMBOL, symbol_text(symbol)),
                    *_restrictions(restrictions),
                ],
            )
        case CancelList(cl_ord_id, symbol, cl_list_id, list_id):
            return Draft(
                MsgType.ORDER_CANCEL_REQUEST,
                [
                    (t.CL_ORD_ID, client_id("cl_ord_id", cl_ord_id)),
                    _target_list(cl_list_id, list_id),
                    (t.SYMBOL, symbol_text(symbol)),
                ],
            )
        case ReplaceOrder():
            return Draft(
                MsgType.ORDER_CANCEL_REQUEST_AND_NEW_ORDER_SINGLE,
                [*_recv_window(settings), *_replace(request)],
            )
        case AmendOrder(cl_ord_id, symbol, orig_cl_ord_id, order_qty, order_id):
            return Draft(
                MsgType.ORDER_AMEND_KEEP_PRIORITY_REQUEST,
                [
                    (t.CL_ORD_ID, client_id("cl_ord_id", cl_ord_id)),
                    _target(orig_cl_ord_id, order_id),
                    (t.SYMBOL, symbol_text(symbol)),
                    (t.ORDER_QTY, positive("order_qty", order_qty)),
                ],
            )
        case ChangeOrder():
            raise ValueError(
                "order: another price or more quantity is a cancel and a new order at this venue"
            )
        case AskOrder() | AskOrders():
            raise ValueError("order status: this venue is asked by REST, it has no such message")
        case MassCancel(cl_ord_id, symbol):
            return Draft(
                MsgType.ORDER_MASS_CANCEL_REQUEST,
                [
                    (t.SYMBOL, symbol_text(symbol)),
                    (t.CL_ORD_ID, client_id("cl_ord_id", cl_ord_id)),
                    (t.MASS_CANCEL_REQUEST_TYPE, _CANCEL_SYMBOL_ORDERS),
                ],
            )
        case QueryLimits(req_id):
            return Draft(MsgType.LIMIT_QUERY, [(t.REQ_ID, client_id("req_id", req_id))])
        case ListInstruments(req_id, symbol):
            fields = [(t.INSTRUMENT_REQ_ID, client_id("req_id", req_id))]
            if symbol is None:
                fields.append((t.INSTRUMENT_LIST_REQUEST_TYPE, _ALL_INSTRUMENTS))
            else:
                fields.append((t.INSTRUMENT_LIST_REQUEST_TYPE, _SINGLE_INSTRUMENT))
                fields.append((t.SYMBOL, symbol_text(symbol)))
            return Draft(MsgType.INSTRUMENT_LIST_REQUEST, fields)
        case SubscribeQuotes(req_id, symbols):
            fields = _subscription(req_id, symbols, _BOOK_TICKER, _BID, _OFFER)
            return Draft(MsgType.MARKET_DATA_REQUEST, fields)
        case SubscribeDepth(req_id, symbols, depth):
            levels = whole("depth", depth, MIN_DEPTH, MAX_DEPTH)
            fields = _subscription(req_id, symbols, levels, _BID, _OFFER)
            return Draft(MsgType.MARKET_DATA_REQUEST, fields)
        case SubscribeTrades(req_id, symbols):
            return Draft(MsgType.MARKET_DATA_REQUEST, _subscription(req_id, symbols, None, _TRADE))
        case Unsubscribe(req_id):
            fields = [
                (t.MD_REQ_ID, client_id("req_id", req_id)),
                (t.SUBSCRIPTION_REQUEST_TYPE, _UNSUBSCRIBE),
            ]
            return Draft(MsgType.MARKET_DATA_REQUEST, fields)


def _replace(request: ReplaceOrder) -> Fields:
    restrictions = CancelRestrictions.ONLY_NEW if request.only_unfilled else None
    fields = [(t.CANCEL_AND_NEW_MODE, request.mode.value)]
    if request.rate_limit_mode is not None:
        fields.append((t.ORDER_RATE_LIMIT_EXCEEDED_MODE, request.rate_limit_mode.value))
    return [
        *fields,
        _target(request.orig_cl_ord_id, request.order_id),
        (t.CANCEL_CL_ORD_ID, client_id("cancel_cl_ord_id", request.cancel_cl_ord_id)),
        *_restrictions(restrictions),
        *new_order(request.cl_ord_id, request.request),
    ]


def _subscription(req_id: str, symbols: tuple[str, ...], depth: str | None, *entry_types: str) -> Fields:
    if not 1 <= len(symbols) <= MAX_SYMBOLS:
        raise ValueError(f"symbols: {len(symbols)} given, from 1 to {MAX_SYMBOLS} fit one connection")
    if len(set(symbols)) < len(symbols):
        twice = next(symbol for at, symbol in enumerate(symbols) if symbol in symbols[:at])
        raise ValueError(f"symbols: {twice} is given twice")
    return [
        (t.MD_REQ_ID, client_id("req_id", req_id)),
        (t.SUBSCRIPTION_REQUEST_TYPE, _SUBSCRIBE),
        *([] if depth is None else [(t.MARKET_DEPTH, depth)]),
        (t.NO_RELATED_SYM, str(len(symbols))),
        *((t.SYMBOL, symbol_text(symbol)) for symbol in symbols),
        (t.NO_MD_ENTRY_TYPES, str(len(entry_types))),
        *((t.MD_ENTRY_TYPE, kind) for kind in entry_types),
    ]


def _target(orig_cl_ord_id: str, order_id: str | None) -> tuple[int, str]:
    """Which order is meant. The OrderID alone when it is known: fastest at the venue, still right when an
    amend has renamed the order meanwhile, and the only way to reach orders whose ClOrdID came from REST
    and may hold a dot, colon or slash. "0" is an OrderID like any other."""
    if order_id is None:
        return (t.ORIG_CL_ORD_ID, client_id("orig_cl_ord_id", orig_cl_ord_id))
    return (t.ORDER_ID, venue_id("order_id", order_id))


def _target_list(cl_list_id: str, list_id: str | None) -> tuple[int, str]:
    """Which list is meant; as `_target`."""
    if list_id is None:
        return (t.ORIG_CL_LIST_ID, client_id("cl_list_id", cl_list_id))
    return (t.LIST_ID, venue_id("list_id", list_id))


def _restrictions(restrictions: CancelRestrictions | None) -> Fields:
    return [] if restrictions is None else [(t.CANCEL_RESTRICTIONS, restrictions.value)]


def _recv_window(settings: Settings) -> Fields:
    """A header field: whoever lists fields puts it first, before any body field (-1172 otherwise)."""
    return [] if settings.recv_window is None else [(t.RECV_WINDOW, plain(settings.recv_window))]

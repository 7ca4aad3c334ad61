"""Requests as Binance messages (fact sheet section 6, 4 and 9). Pure; refuses what the venue does not have.

A refusal is a `ValueError` that names the field, its value and the rule. Rules of a symbol (tick, lot,
notional) are not known here: they are judged before, and by the venue after.
"""

import re
from decimal import Decimal

from blotter.fix.session import Draft
from blotter.trading.decimals import plain, sane
from blotter.trading.enums import ExecInst, OrdType, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.base import (
    AmendOrder,
    CancelOrder,
    ListInstruments,
    MassCancel,
    NewOrder,
    QueryLimits,
    ReplaceOrder,
    SubscribeQuotes,
    VenueRequest,
)
from blotter.venues.binance import tags as t
from blotter.venues.binance.messages import CLIENT_ID_PATTERN
from blotter.venues.binance.tags import MsgType

_CLIENT_ID = re.compile(CLIENT_ID_PATTERN)
_ORDER_ID = re.compile(r"[0-9]{1,19}")
_STOP_ON_FAILURE = "1"
_ONLY_NEW = "1"
_CANCEL_SYMBOL_ORDERS = "1"
_SINGLE_INSTRUMENT, _ALL_INSTRUMENTS = "0", "4"
_SUBSCRIBE, _BOOK_TICKER = "1", "1"
_BID, _OFFER = "0", "1"
MAX_SYMBOLS = 1000
"""Streams on one market-data connection (fact sheet section 4)."""

_Fields = list[tuple[int, str]]


def encode(request: VenueRequest, recv_window: Decimal | None) -> Draft:
    """The message for a request.

    `recv_window` (milliseconds) goes on what can open a position, so that an order stuck in a network
    stall dies instead of executing late. Requests that only reduce (cancel, amend, mass cancel) are
    welcome however late.
    """
    match request:
        case NewOrder(cl_ord_id, terms):
            return Draft(
                MsgType.NEW_ORDER_SINGLE, [*_recv_window(recv_window), *_new_order(cl_ord_id, terms)]
            )
        case CancelOrder(cl_ord_id, symbol, orig_cl_ord_id, order_id):
            return Draft(
                MsgType.ORDER_CANCEL_REQUEST,
                [
                    (t.CL_ORD_ID, _client_id("cl_ord_id", cl_ord_id)),
                    _target(orig_cl_ord_id, order_id),
                    (t.SYMBOL, _symbol(symbol)),
                ],
            )
        case ReplaceOrder(cl_ord_id, cancel_cl_ord_id, orig_cl_ord_id, terms, order_id, only_unfilled):
            return Draft(
                MsgType.ORDER_CANCEL_REQUEST_AND_NEW_ORDER_SINGLE,
                [
                    *_recv_window(recv_window),
                    (t.CANCEL_AND_NEW_MODE, _STOP_ON_FAILURE),
                    _target(orig_cl_ord_id, order_id),
                    (t.CANCEL_CL_ORD_ID, _client_id("cancel_cl_ord_id", cancel_cl_ord_id)),
                    *([(t.CANCEL_RESTRICTIONS, _ONLY_NEW)] if only_unfilled else []),
                    *_new_order(cl_ord_id, terms),
                ],
            )
        case AmendOrder(cl_ord_id, symbol, orig_cl_ord_id, order_qty, order_id):
            return Draft(
                MsgType.ORDER_AMEND_KEEP_PRIORITY_REQUEST,
                [
                    (t.CL_ORD_ID, _client_id("cl_ord_id", cl_ord_id)),
                    _target(orig_cl_ord_id, order_id),
                    (t.SYMBOL, _symbol(symbol)),
                    (t.ORDER_QTY, _positive("order_qty", order_qty)),
                ],
            )
        case MassCancel(cl_ord_id, symbol):
            return Draft(
                MsgType.ORDER_MASS_CANCEL_REQUEST,
                [
                    (t.SYMBOL, _symbol(symbol)),
                    (t.CL_ORD_ID, _client_id("cl_ord_id", cl_ord_id)),
                    (t.MASS_CANCEL_REQUEST_TYPE, _CANCEL_SYMBOL_ORDERS),
                ],
            )
        case QueryLimits(req_id):
            return Draft(MsgType.LIMIT_QUERY, [(t.REQ_ID, _client_id("req_id", req_id))])
        case ListInstruments(req_id, symbol):
            fields = [(t.INSTRUMENT_REQ_ID, _client_id("req_id", req_id))]
            if symbol is None:
                fields.append((t.INSTRUMENT_LIST_REQUEST_TYPE, _ALL_INSTRUMENTS))
            else:
                fields.append((t.INSTRUMENT_LIST_REQUEST_TYPE, _SINGLE_INSTRUMENT))
                fields.append((t.SYMBOL, _symbol(symbol)))
            return Draft(MsgType.INSTRUMENT_LIST_REQUEST, fields)
        case SubscribeQuotes(req_id, symbols):
            return Draft(MsgType.MARKET_DATA_REQUEST, _book_ticker(req_id, symbols))


def _new_order(cl_ord_id: str, terms: OrderRequest) -> _Fields:
    fields = [(t.CL_ORD_ID, _client_id("cl_ord_id", cl_ord_id))]
    if terms.ord_type is OrdType.LIMIT:
        fields += _limit(terms)
    elif terms.ord_type is OrdType.MARKET:
        fields += _market(terms)
    else:
        raise ValueError(f"ord_type {terms.ord_type.name}: only LIMIT and MARKET orders are offered here")
    fields += [(t.SIDE, terms.side.value), (t.SYMBOL, _symbol(terms.symbol))]
    if terms.time_in_force is not None:
        fields.append((t.TIME_IN_FORCE, terms.time_in_force.value))
    if terms.max_floor is not None:
        fields.append((t.MAX_FLOOR, _positive("max_floor", terms.max_floor)))
    if terms.self_trade_prevention is not None:
        fields.append((t.SELF_TRADE_PREVENTION_MODE, terms.self_trade_prevention.value))
    return fields


def _limit(terms: OrderRequest) -> _Fields:
    if terms.cash_order_qty is not None:
        raise ValueError(f"cash_order_qty {terms.cash_order_qty}: only a market order takes a quote amount")
    if terms.order_qty is None:
        raise ValueError("order_qty is missing: a limit order needs one")
    if terms.price is None:
        raise ValueError("price is missing: a limit order needs one")
    tif = terms.time_in_force
    post_only = terms.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE
    if post_only and tif is not None:
        raise ValueError(f"time_in_force {tif.name}: a post-only order has none")
    if not post_only and tif is None:
        raise ValueError("time_in_force is missing: a limit order needs one unless it is post-only")
    order_qty, price = _positive("order_qty", terms.order_qty), _positive("price", terms.price)
    if terms.max_floor is not None:
        _positive("max_floor", terms.max_floor)
        if tif is not TimeInForce.GOOD_TILL_CANCEL:
            raise ValueError(
                f"max_floor {terms.max_floor}: an iceberg needs time_in_force GOOD_TILL_CANCEL, "
                f"this order has {'none' if tif is None else tif.name}"
            )
        if terms.max_floor > terms.order_qty:
            raise ValueError(
                f"max_floor {terms.max_floor}: the visible part must not exceed order_qty {terms.order_qty}"
            )
    fields = [(t.ORDER_QTY, order_qty), (t.ORD_TYPE, OrdType.LIMIT.value)]
    if terms.exec_inst is not None:
        fields.append((t.EXEC_INST, terms.exec_inst.value))
    fields.append((t.PRICE, price))
    return fields


def _market(terms: OrderRequest) -> _Fields:
    for name, value in (
        ("price", terms.price),
        ("time_in_force", terms.time_in_force and terms.time_in_force.name),
        ("exec_inst", terms.exec_inst and terms.exec_inst.name),
        ("max_floor", terms.max_floor),
    ):
        if value is not None:
            raise ValueError(f"{name} {value}: a market order has none")
    if terms.order_qty is not None and terms.cash_order_qty is not None:
        raise ValueError(
            f"order_qty {terms.order_qty} and cash_order_qty {terms.cash_order_qty}: "
            "a market order takes one of them, not both"
        )
    if terms.order_qty is not None:
        return [(t.ORDER_QTY, _positive("order_qty", terms.order_qty)), (t.ORD_TYPE, OrdType.MARKET.value)]
    if terms.cash_order_qty is not None:
        return [
            (t.CASH_ORDER_QTY, _positive("cash_order_qty", terms.cash_order_qty)),
            (t.ORD_TYPE, OrdType.MARKET.value),
        ]
    raise ValueError("order_qty is missing: a market order needs it or cash_order_qty")


def _book_ticker(req_id: str, symbols: tuple[str, ...]) -> _Fields:
    if not 1 <= len(symbols) <= MAX_SYMBOLS:
        raise ValueError(f"symbols: {len(symbols)} given, from 1 to {MAX_SYMBOLS} fit one connection")
    if len(set(symbols)) < len(symbols):
        twice = next(symbol for at, symbol in enumerate(symbols) if symbol in symbols[:at])
        raise ValueError(f"symbols: {twice} is given twice")
    return [
        (t.MD_REQ_ID, _client_id("req_id", req_id)),
        (t.SUBSCRIPTION_REQUEST_TYPE, _SUBSCRIBE),
        (t.MARKET_DEPTH, _BOOK_TICKER),
        (t.NO_RELATED_SYM, str(len(symbols))),
        *((t.SYMBOL, _symbol(symbol)) for symbol in symbols),
        (t.NO_MD_ENTRY_TYPES, "2"),
        (t.MD_ENTRY_TYPE, _BID),
        (t.MD_ENTRY_TYPE, _OFFER),
    ]


def _target(orig_cl_ord_id: str, order_id: str | None) -> tuple[int, str]:
    """Which order is meant. The OrderID alone when it is known: fastest at the venue, still right when an
    amend has renamed the order meanwhile, and the only way to reach orders whose ClOrdID came from REST
    and may hold a dot, colon or slash. "0" is an OrderID like any other."""
    if order_id is None:
        return (t.ORIG_CL_ORD_ID, _client_id("orig_cl_ord_id", orig_cl_ord_id))
    if _ORDER_ID.fullmatch(order_id) is None:
        raise ValueError(f"order_id {order_id!r}: must be a number")
    return (t.ORDER_ID, order_id)


def _recv_window(milliseconds: Decimal | None) -> _Fields:
    """A header field: whoever lists fields puts it first, before any body field (-1172 otherwise)."""
    return [] if milliseconds is None else [(t.RECV_WINDOW, plain(milliseconds))]


def _client_id(name: str, value: str) -> str:
    if _CLIENT_ID.fullmatch(value) is None:
        raise ValueError(f"{name} {value!r}: must be 1 to 36 letters, digits, - or _")
    return value


def _symbol(value: str) -> str:
    # Any script: the testnet lists a symbol in Chinese on purpose.
    if not value or not value.isprintable() or " " in value:
        raise ValueError(f"symbol {value!r}: must be printable text without spaces")
    return value


def _positive(name: str, value: Decimal) -> str:
    if not sane(value) or value <= 0:
        raise ValueError(f"{name} {value}: must be a positive number of at most 30 digits")
    return plain(value)

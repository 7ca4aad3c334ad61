"""Orders, order lists and held terms in the few letters a grid has room for. Pure; no widget, no clock."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from blotter.trading.decimals import plain
from blotter.trading.enums import ExecInst, OrdType, PegPriceType, Side, TimeInForce
from blotter.trading.filters import rises
from blotter.trading.order import Order, PendingRequest
from blotter.trading.order_list import ListState, OrderList
from blotter.trading.request import OrderRequest
from blotter.trading.until import until_words
from blotter.tui.format import DASH, State, state, trimmed
from blotter.tui.grid_paint import Cell
from blotter.tui.model import is_unknown

_TYPES: Final = {
    OrdType.MARKET: "MKT",
    OrdType.LIMIT: "LMT",
    OrdType.STOP: "STP",
    OrdType.STOP_LIMIT: "STL",
    OrdType.PEGGED: "PEG",
}
_TAKES: Final = {OrdType.STOP: "TP", OrdType.STOP_LIMIT: "TPL"}
_TIFS: Final = {
    TimeInForce.GOOD_TILL_CANCEL: "GTC",
    TimeInForce.IMMEDIATE_OR_CANCEL: "IOC",
    TimeInForce.FILL_OR_KILL: "FOK",
    TimeInForce.DAY: "DAY",
    TimeInForce.GOOD_TILL_DATE: "GTD",
}


def side_cell(side: Side) -> Cell:
    """BUY or SELL in its colour."""
    return Cell(side.name, "side-buy" if side is Side.BUY else "side-sell")


def side_style(side: Side | None) -> str:
    """The theme variable of a side."""
    return "" if side is None else "$side-buy" if side is Side.BUY else "$side-sell"


def type_word(request: OrderRequest) -> str:
    """`LMT`, `MKT`, `POST` (a limit order that may not take), `STP` and `STL` (stop loss), `TP` and `TPL` (take
    profit), `TRL` (its trigger follows the market), `PEG`."""
    if request.trailing_bips is not None:
        return "TRL"
    if request.peg_price_type is not None:
        return "PEG"
    if request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE:
        return "POST"
    if request.take_profit:
        return _TAKES.get(request.ord_type, "TP")
    return _TYPES[request.ord_type]


def order_type(order: Order) -> str:
    """The type of an order, as `type_word` has it."""
    return type_word(order.current.request)


def tif_word(request: OrderRequest) -> str:
    """`GTC`, `IOC`, `FOK`, `DAY`, `GTD` or a dash."""
    return DASH if request.time_in_force is None else _TIFS[request.time_in_force]


def time_in_force(order: Order) -> str:
    """As `tif_word`; with the end of one that has an end."""
    request = order.current.request
    end = "" if request.expire_time is None else f" {until_words(request.expire_time)}"
    return f"{tif_word(request)}{end}"


def quantity_words(request: OrderRequest, order_qty: Decimal | None, places: int) -> str:
    """`0.250`, or `500q` for an amount of quote asset."""
    if order_qty is None and request.cash_order_qty is not None:
        return f"{trimmed(request.cash_order_qty)}q"
    return trimmed(order_qty, places)


# --- triggers ------------------------------------------------------------------------------------------------


def trigger_words(request: OrderRequest, places: int) -> str:
    """`stop 59,000.00`, `take 62,000.00`, `trail 0.5 %`, `peg primary -2`; nothing for an order that waits for
    nothing."""
    if request.trailing_bips is not None:
        start = f" from {trimmed(request.trigger_price, places)}" if request.trigger_price is not None else ""
        return f"trail {percent(request.trailing_bips)}{start}"
    if request.peg_price_type is not None:
        return f"peg {_peg(request)}"
    if request.trigger_price is not None:
        return f"{'take' if request.take_profit else 'stop'} {trimmed(request.trigger_price, places)}"
    return ""


def percent(bips: int) -> str:
    """Basis points as people say them: `0.5 %`."""
    return f"{plain(Decimal(bips) / 100)} %"


def _peg(request: OrderRequest) -> str:
    """As the grammar says it: `primary`, `market -2` (levels deeper)."""
    word = "primary" if request.peg_price_type is PegPriceType.PRIMARY_PEG else "market"
    return f"{word} -{request.peg_offset}" if request.peg_offset else word


def short_trigger(request: OrderRequest, places: int) -> str:
    """As `trigger_words`, in ten cells: `≤59,000.00`, `≥62,000.00`, `~0.5 %`, `peg primary`."""
    if request.trailing_bips is not None:
        return f"~{percent(request.trailing_bips)}"
    if request.peg_price_type is not None:
        return f"peg {_peg(request)}"
    if request.trigger_price is None:
        return ""
    return f"{'≥' if rises(request) else '≤'}{trimmed(request.trigger_price, places)}"


# --- states --------------------------------------------------------------------------------------------------


def state_words(order: Order) -> str:
    """The state, the terms that are asked and not yet answered beside it, and why it ended."""
    asked = [words for request in order.pending if (words := _asked(order, request))]
    why = (
        [order.reason.text]
        if order.reason is not None and (order.state.terminal or is_unknown(order))
        else []
    )
    return " ".join([state(order).text, *_both_live(order), *asked, *why])


def _both_live(order: Order) -> list[str]:
    """What a replace that went in although its cancel failed may leave behind."""
    return ["‼ BOTH LIVE, old and new"] if order.doubled else []


def _asked(order: Order, request: PendingRequest) -> str:
    terms = []
    if request.order_qty is not None and request.order_qty != order.order_qty:
        terms.append(trimmed(request.order_qty))
    if request.price is not None and request.price != order.price:
        terms.append(f"@ {trimmed(request.price)}")
    trigger = None if request.terms is None else request.terms.trigger_price
    if trigger is not None and trigger != order.current.request.trigger_price:
        terms.append(f"trigger {trimmed(trigger)}")
    return " ".join(["→", *terms]) if terms else ""


def state_cell(order: Order) -> Cell:
    """The state in its colour."""
    return Cell(state_words(order), state(order).style)


_LIST_STATES: Final[Mapping[ListState, State]] = {
    ListState.PENDING_NEW: State("… PEND", "state-pending"),
    ListState.EXECUTING: State("", ""),
    ListState.ALL_DONE: State("done", "state-cancelled"),
    ListState.REJECTED: State("✗ REJECT", "state-rejected"),
    ListState.UNCONFIRMED: State("? UNKNOWN", "state-unknown"),
}


def list_state(order_list: OrderList) -> State:
    """Where a list stands; no words while it simply works."""
    if order_list.pending_cancel and not order_list.state.terminal:
        return State("… PEND CXL", "state-pending")
    return _LIST_STATES[order_list.state]


def list_cell(order_list: OrderList, legs: Mapping[str, Order], *, folded: bool) -> Cell:
    """`▾ 2 legs`, and what is to be said of the whole; folded, what the legs are up to."""
    said = list_state(order_list)
    words = [f"{'▸' if folded else '▾'} {len(order_list.legs)} legs", said.text]
    if folded or order_list.state is ListState.ALL_DONE:
        words.append(", ".join(f"{name} {state(order).text}" for name, order in legs.items()))
    if order_list.reason is not None and (order_list.state.terminal or said.style == "state-unknown"):
        words.append(order_list.reason.text)
    return Cell(" ".join(filter(None, words)), said.style)


def list_type(order_list: OrderList) -> str:
    """`OCO`, `OTOCO` ...; `LIST` where only the venue knows."""
    return order_list.kind.value if order_list.kind is not None else "LIST"


def leg_name(order: Order, place: int) -> str:
    """What a leg is there for: `in` (the one that releases the others), `out` (what it releases), `tp` and `sl` for two
    of those; its number, from 1, when nobody said."""
    request = order.current.request
    if order.leg == "working":
        return "in"
    if request.contingent:
        return "tp" if request.take_profit else "sl"
    return {"": str(place), "pending": "out"}.get(order.leg, "tp")

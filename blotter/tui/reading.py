"""A line and the market of this instant to a `Reading`: the order grammar and amends, with the rules applied.

Pure. It decides nothing about sending; `entry` does.
"""

from collections.abc import Mapping

from blotter.trading.decimals import plain
from blotter.trading.enums import ExecInst, OrdType
from blotter.trading.grammar import SIDES, STP_MODES, TIMES, Market, describe, parse_order
from blotter.trading.order import Order
from blotter.trading.request import OrderRequest
from blotter.trading.verbs import AmendOrder, Mistakes, parse_verb
from blotter.tui.entry import Reading
from blotter.tui.format import DASH, trimmed

AMEND = "amend"


def is_order_line(line: str) -> bool:
    """Whether a line is for the order entry rather than a verb of the screen."""
    first = line.split(maxsplit=1)[:1]
    return bool(first) and (first[0].lower() in SIDES or first[0].lower() == AMEND)


def read(line: str, market: Market, orders: Mapping[str, Order]) -> Reading:
    """What the line means now. Never raises."""
    if line.split(maxsplit=1)[:1] == [] or not is_order_line(line):
        return Reading(line=line)
    if line.split(maxsplit=1)[0].lower() == AMEND:
        return _read_amend(line, market, orders)
    draft = parse_order(line, market)
    request = draft.request
    side = SIDES[line.split(maxsplit=1)[0].lower()]
    return Reading(
        line=line,
        terms=request,
        side=side,
        symbol=request.symbol if request is not None else "",
        words=draft.expansion,
        mistakes=draft.mistakes,
        missing=draft.missing,
    )


def _read_amend(line: str, market: Market, orders: Mapping[str, Order]) -> Reading:
    verb = parse_verb(line, market, orders)
    if isinstance(verb, Mistakes):
        return Reading(line=line, mistakes=verb.mistakes, missing=verb.missing)
    if not isinstance(verb, AmendOrder):
        return Reading(line=line)
    order = orders[verb.order_id]
    price = verb.price if verb.price is not None else order.price
    qty = verb.order_qty if verb.order_qty is not None else order.order_qty
    terms = f"{trimmed(order.order_qty)} @ {trimmed(order.price)} → {trimmed(qty)} @ {trimmed(price)}"
    queue = "keeps queue" if keeps_queue(order, verb) else "loses queue"
    return Reading(
        line=line,
        terms=verb,
        side=order.side,
        symbol=order.symbol,
        words=f"AMEND {order.id} {order.side.name} {order.symbol}  {terms}  {queue}",
    )


def keeps_queue(order: Order, terms: AmendOrder) -> bool:
    """A smaller quantity at the same price stays where it is in the queue; anything else starts at its end."""
    same_price = terms.price is None or terms.price == order.price
    total = order.order_qty
    return same_price and terms.order_qty is not None and total is not None and terms.order_qty < total


# --- the other way: terms to a line --------------------------------------------------------------------------


def amend_line(order: Order) -> str:
    """The line that starts an amend from the accepted terms."""
    qty = DASH if order.order_qty is None else plain(order.order_qty)
    return f"{AMEND} {order.id} {qty} @ {DASH if order.price is None else plain(order.price)}"


def order_line(request: OrderRequest, quote_asset: str = "") -> str:
    """The line that parses to this request: what a clone starts from. `quote_asset` names a quote amount."""
    words = [request.side.name.lower()]
    if request.cash_order_qty is not None:
        words.append(f"{plain(request.cash_order_qty)}{quote_asset.lower()}")
    elif request.order_qty is not None:
        words.append(plain(request.order_qty))
    words.append(request.symbol)
    if request.ord_type is OrdType.MARKET:
        words.append("market")
    elif request.price is not None:
        words += ["@", plain(request.price)]
    if request.time_in_force is not None:
        words.append(_TIFS[request.time_in_force])
    if request.exec_inst is ExecInst.PARTICIPATE_DONT_INITIATE:
        words.append("post")
    if request.max_floor is not None:
        words += ["show", plain(request.max_floor)]
    if request.self_trade_prevention is not None:
        words += ["stp", _STPS[request.self_trade_prevention]]
    return " ".join(words)


_TIFS = {value: word for word, value in TIMES.items()}
_STPS = {value: word for word, value in STP_MODES.items()}

__all__ = ["Market", "amend_line", "describe", "is_order_line", "keeps_queue", "order_line", "read"]

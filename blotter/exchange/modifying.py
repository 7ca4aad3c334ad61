"""Other terms for a live order that stays the same order (OrderCancelReplaceRequest, G). Pure.

All is judged before anything changes: a refused change leaves the order, its money and its place as they were. The
place is kept only by an order that grows smaller at its price; a new price may trade at once.
"""

from decimal import Decimal
from typing import Final

import msgspec

from blotter.exchange import event as ev
from blotter.exchange import filters, placing
from blotter.exchange.account import round_up
from blotter.exchange.book import Order, Stage
from blotter.exchange.event import Outcome, Refusal
from blotter.exchange.listing import ZERO
from blotter.exchange.market import Market, live_status
from blotter.exchange.matching import crosses
from blotter.exchange.placing import Floor
from blotter.trading.enums import ExecType, Side
from blotter.trading.request import OrderRequest
from blotter.venues.binance.errors import ErrorCode, ErrorText

_REJECTED: Final = ErrorCode.ORDER_AMEND_REJECTED
UNKNOWN_ORDER: Final = Refusal(_REJECTED, ErrorText.UNKNOWN_ORDER)
DUPLICATE: Final = Refusal(_REJECTED, ErrorText.DUPLICATE_ORDER)
NO_CHANGE: Final = Refusal(_REJECTED, ErrorText.NO_CHANGE)
FILLED_SO_FAR: Final = Refusal(_REJECTED, "OrderQty must be above what is filled already.")
NOT_THIS_KIND: Final = Refusal(_REJECTED, "This order cannot be changed in place.")


def modify(
    floor: Floor, command: ev.Modify, order: Order | None, *, in_list: bool, out: list[Outcome]
) -> Refusal | None:
    """Change the order, or say why not. `order`: the live one that is meant; `in_list`: a leg of an order list."""
    market = floor.markets[command.symbol]
    if order is None:
        return UNKNOWN_ORDER
    if in_list or order.request.order_qty is None or order.stage not in (Stage.RESTING, Stage.ARMED):
        return NOT_THIS_KIND
    request = msgspec.structs.replace(
        order.request,
        order_qty=order.qty if command.order_qty is None else command.order_qty,
        price=order.request.price if command.price is None else command.price,
    )
    refusal = _why_not(market, order, command, request)
    if refusal is not None:
        return refusal
    if not floor.clearing.lock(market.listing, order, _need(order, request)):
        return placing.NO_FUNDS
    _change(floor, market, order, command, request, out)
    return None


def _why_not(market: Market, order: Order, command: ev.Modify, request: OrderRequest) -> Refusal | None:
    qty, price = request.order_qty or order.qty, request.price
    other = market.by_cl_ord_id.get((command.account, command.cl_ord_id))
    if other is not None and other is not order:
        return DUPLICATE
    if command.price is not None and order.request.price is None:
        return NOT_THIS_KIND
    if qty == order.qty and price == order.request.price:
        return NO_CHANGE
    if qty <= order.cum_qty + order.prevented_qty:
        return FILLED_SO_FAR
    refusal = filters.check(market.listing, request, market.state.last_price)
    if refusal is not None:
        return refusal
    best = market.book.against(order.side).best
    resting = order.stage is Stage.RESTING
    if resting and filters.post_only(request) and best is not None and crosses(order.side, price, best):
        return placing.WOULD_TAKE
    return None


def _need(order: Order, request: OrderRequest) -> Decimal:
    """What the changed order may have to pay."""
    leaves = (request.order_qty or order.qty) - order.cum_qty - order.prevented_qty
    price = request.price or order.lock_price or ZERO  # pegged, or at the market once triggered: as it was
    return leaves if order.side is Side.SELL else round_up(price * leaves)


def _change(
    floor: Floor,
    market: Market,
    order: Order,
    command: ev.Modify,
    request: OrderRequest,
    out: list[Outcome],
) -> None:
    """Its money is behind it already."""
    qty = request.order_qty or order.qty
    resting = order.stage is Stage.RESTING
    moves = request.price != order.request.price
    loses_place = resting and (moves or qty > order.qty)
    if loses_place:
        market.lift(order)
    order.qty, order.request = qty, request
    if moves:
        order.lock_price = request.price
    if moves and resting:
        order.price = request.price
    if order.max_floor is not None:
        order.max_floor = min(order.max_floor, qty)
    if resting and not loses_place:
        order.visible = min(order.visible, order.leaves)
    market.state.update_id += 1
    status = live_status(order)
    market.report(
        out, order, ExecType.REPLACED, status, command.at, answers=True, cl_ord_id=command.cl_ord_id
    )
    if command.cl_ord_id != order.cl_ord_id:
        market.rename(order, command.cl_ord_id)
    if loses_place:
        placing.trade(floor, order, command.at, out)

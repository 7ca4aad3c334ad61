"""Orders, fills, balances and products as Coinbase Exchange's REST interface tells them.

What decides what became of an order (status, side, type) and is unknown here is not guessed at. What only describes it
is left out where it is unknown.
"""

import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from blotter.trading.account import Balance, Balances
from blotter.trading.decimals import sane
from blotter.trading.enums import (
    ExecType,
    OrdStatus,
    OrdType,
    RejectCategory,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.event import ExecutionReport, Fee, Reason
from blotter.trading.instrument import Instrument
from blotter.venues.answers import LISTS, decoded, known, require_amounts
from blotter.venues.rest import Trade, UnreadableAnswer

log = logging.getLogger(__name__)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ZERO: Final = Decimal(0)
_SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
_TYPES: Final = {"limit": OrdType.LIMIT, "market": OrdType.MARKET, "stop": OrdType.STOP_LIMIT}
_LIVE: Final = frozenset({"open", "pending", "active", "received"})
_ENDINGS: Final = {
    "filled": (OrdStatus.FILLED, ExecType.NEW),
    "rejected": (OrdStatus.REJECTED, ExecType.REJECTED),
    "expired": (OrdStatus.EXPIRED, ExecType.EXPIRED),
}
_TIMES_IN_FORCE: Final = {
    "GTC": TimeInForce.GOOD_TILL_CANCEL,
    "GTT": TimeInForce.GOOD_TILL_DATE,
    "IOC": TimeInForce.IMMEDIATE_OR_CANCEL,
    "FOK": TimeInForce.FILL_OR_KILL,
}
_STOPS: Final = {"loss": TriggerPriceDirection.DOWN, "entry": TriggerPriceDirection.UP}
_TAKER: Final = {"T": True, "M": False, "O": True}  # in an auction everyone counts as taker


class _Order(msgspec.Struct, frozen=True):
    id: str
    product_id: str
    side: str
    type: str
    status: str
    filled_size: Decimal
    price: Decimal | None = None
    size: Decimal | None = None
    funds: Decimal | None = None
    specified_funds: Decimal | None = None
    client_oid: str | None = None
    time_in_force: str | None = None
    expire_time: str | None = None
    post_only: bool = False
    max_floor: Decimal | None = None
    executed_value: Decimal | None = None
    done_at: str | None = None
    done_reason: str | None = None
    reject_reason: str | None = None
    stop: str | None = None
    stop_price: Decimal | None = None


class _Fill(msgspec.Struct, frozen=True):
    trade_id: int
    product_id: str
    order_id: str
    price: Decimal
    size: Decimal
    fee: Decimal
    liquidity: str
    created_at: str


class _Account(msgspec.Struct, frozen=True):
    currency: str
    available: Decimal
    hold: Decimal


class _Product(msgspec.Struct, frozen=True):
    id: str
    base_currency: str
    quote_currency: str
    quote_increment: Decimal
    base_increment: Decimal
    min_market_funds: Decimal
    status: str
    limit_only: bool = False
    cancel_only: bool = False
    trading_disabled: bool = False


class _Time(msgspec.Struct, frozen=True):
    iso: str


_orders = msgspec.json.Decoder(_Order)
_fills = msgspec.json.Decoder(_Fill)
_accounts = msgspec.json.Decoder(list[_Account])
_products = msgspec.json.Decoder(_Product)
_times = msgspec.json.Decoder(_Time)


def read_clock(body: bytes) -> int:
    """See `RestDialect.read_clock`."""
    said = decoded(_times, body, "server time").iso
    found = _moment(said)
    if found is None:
        raise UnreadableAnswer(f"server time: {said!r} is no time")
    return found


def read_order(body: bytes, at: int) -> ExecutionReport:
    """See `RestDialect.read_order`."""
    order = decoded(_orders, body, "order")
    what = f"order {order.product_id} {order.id} ({order.client_oid or 'no client_oid'})"
    side = known(_SIDES, order.side, f"{what}: side")
    kind = known(_TYPES, order.type, f"{what}: type")
    direction = _STOPS.get(order.stop or "") if order.stop_price else None
    if direction is not None:
        kind = OrdType.STOP_LIMIT
    amounts = (order.price, order.size, order.executed_value, order.max_floor, order.stop_price)
    require_amounts(what, order.filled_size, *(amount for amount in amounts if amount is not None))
    ord_status, exec_type, reason = _standing(order, what)
    limited = kind in (OrdType.LIMIT, OrdType.STOP_LIMIT)
    time_in_force = None
    if limited and not order.post_only:
        time_in_force = _TIMES_IN_FORCE.get(order.time_in_force or "")
    return ExecutionReport(
        symbol=order.product_id,
        side=side,
        ord_type=kind,
        exec_type=exec_type,
        ord_status=ord_status,
        cum_qty=order.filled_size,
        at=at,
        cl_ord_id=order.client_oid,
        order_id=order.id,
        order_qty=order.size or None,
        cash_order_qty=None if order.size else order.specified_funds or order.funds or None,
        price=order.price or None if limited else None,
        time_in_force=time_in_force,
        expire_time=_moment(order.expire_time),
        post_only=order.post_only,
        max_floor=order.max_floor or None,
        cum_quote_qty=order.executed_value,
        transact_time=_moment(order.done_at),
        reason=reason,
        trigger_price=order.stop_price or None,
        trigger_direction=direction,
    )


def _standing(order: _Order, what: str) -> tuple[OrdStatus, ExecType, Reason | None]:
    """What is done rests no longer, whatever word stands for why; only a fill, a refusal and an expiry are other ends
    than a cancel."""
    if order.status in _LIVE:
        filled = OrdStatus.PARTIALLY_FILLED if order.filled_size else OrdStatus.NEW
        return filled, ExecType.NEW, None
    if order.status not in ("done", "rejected"):
        raise UnreadableAnswer(f"{what}: status {order.status!r} is unknown here")
    why = order.done_reason or order.status
    complete = order.size is not None and order.filled_size >= order.size > 0
    named = "filled" if complete else why
    ord_status, exec_type = _ENDINGS.get(named, (OrdStatus.CANCELED, ExecType.CANCELED))
    text = order.reject_reason or why
    reason = None if ord_status is OrdStatus.FILLED else Reason(category=RejectCategory.OTHER, text=text)
    return ord_status, exec_type, reason


def read_trade(body: bytes) -> Trade:
    """See `RestDialect.read_trade`."""
    fill = decoded(_fills, body, "fill")
    what = f"fill {fill.product_id} {fill.trade_id}"
    require_amounts(what, fill.price, fill.size)
    if not sane(fill.fee):  # below zero it is a rebate
        raise UnreadableAnswer(f"{what}: fee {fill.fee} is no plain number")
    time = _moment(fill.created_at)
    if time is None:
        raise UnreadableAnswer(f"{what}: {fill.created_at!r} is no time")
    quote = fill.product_id.rpartition("-")[2]  # in which the venue's examples charge
    return Trade(
        trade_id=str(fill.trade_id),
        order_id=fill.order_id,
        qty=fill.size,
        px=fill.price,
        quote_qty=fill.size * fill.price,
        transact_time=time,
        fees=(Fee(fill.fee, quote),) if fill.fee else (),
        aggressor=known(_TAKER, fill.liquidity, f"{what}: liquidity"),
    )


def read_balances(body: bytes, at: int) -> Balances:
    """See `RestDialect.read_balances`."""
    by_asset: dict[str, Balance] = {}
    for found in decoded(_accounts, body, "accounts"):
        if not (sane(found.available) and sane(found.hold)):
            raise UnreadableAnswer(f"account of {found.currency}: an amount is no plain number")
        if found.available or found.hold:
            by_asset[found.currency] = Balance(asset=found.currency, free=found.available, locked=found.hold)
    return Balances(at=at, by_asset=by_asset)


def read_listing(body: bytes) -> tuple[Instrument, ...]:
    """See `RestDialect.read_listing`."""
    instruments = []
    for raw in decoded(LISTS, body, "products"):
        try:
            instruments.append(_instrument(decoded(_products, raw, "product")))
        except UnreadableAnswer as error:
            log.warning("left out of the listing: %s", error)
    return tuple(instruments)


def _instrument(product: _Product) -> Instrument:
    steps = (product.quote_increment, product.base_increment, product.min_market_funds)
    require_amounts(f"product {product.id}", *steps)
    status = "TRADING" if product.status == "online" and not product.trading_disabled else "HALT"
    return Instrument(
        symbol=product.id,
        base=product.base_currency,
        quote=product.quote_currency,
        tick_size=product.quote_increment or None,
        step_size=product.base_increment or None,
        min_price=product.quote_increment or None,
        min_qty=product.base_increment or None,
        min_notional=product.min_market_funds or None,
        status="CANCEL_ONLY" if product.cancel_only else status,
        ord_types=frozenset({OrdType.LIMIT}) if product.limit_only else None,
    )


def _moment(text: str | None) -> int | None:
    """ISO 8601 as UTC ns; None where it is none."""
    try:
        found = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
    if found is None or found.tzinfo is None:
        return None
    return (found - _EPOCH) // timedelta(microseconds=1) * 1000

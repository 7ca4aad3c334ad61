"""Fills, balances and counts of an account as REST tells them (fact sheet section 11)."""

from decimal import Decimal

import msgspec

from blotter.trading.account import Balance, Balances
from blotter.trading.decimals import sane
from blotter.trading.event import ZERO, Fee
from blotter.venues.answers import decoded, known, require_amounts
from blotter.venues.base import Limit
from blotter.venues.binance.rest_json import nanoseconds
from blotter.venues.rest import Trade, UnreadableAnswer

_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86_400}
_LIMIT_KINDS = {"ORDERS": "orders"}


class _Execution(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    order_id: int
    price: Decimal
    qty: Decimal
    time: int
    is_maker: bool
    quote_qty: Decimal | None = None
    commission: Decimal = ZERO
    commission_asset: str = ""


class _Trade(_Execution, frozen=True, rename="camel", kw_only=True):
    id: int


class _Allocation(_Execution, frozen=True, rename="camel", kw_only=True):
    allocation_id: int


class _Balance(msgspec.Struct, frozen=True):
    asset: str
    free: Decimal
    locked: Decimal


class _Account(msgspec.Struct, frozen=True, rename="camel"):
    balances: list[_Balance]


class _Count(msgspec.Struct, frozen=True, rename="camel"):
    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int
    count: int


_trades = msgspec.json.Decoder(_Trade)
_allocations = msgspec.json.Decoder(_Allocation)
_accounts = msgspec.json.Decoder(_Account)
_counts = msgspec.json.Decoder(list[_Count])


def read_trade(body: bytes) -> Trade:
    """See `RestDialect.read_trade`."""
    trade = decoded(_trades, body, "trade")
    return _execution(trade, f"trade {trade.symbol}#{trade.id}", str(trade.id))


def read_allocation(body: bytes) -> Trade:
    """See `RestDialect.read_allocation`."""
    found = decoded(_allocations, body, "allocation")
    return _execution(found, f"allocation {found.symbol}#{found.allocation_id}", f"A{found.allocation_id}")


def _execution(found: _Execution, what: str, trade_id: str) -> Trade:
    quote_qty = found.quote_qty
    require_amounts(what, found.qty, found.price, ZERO if quote_qty is None else quote_qty)
    if found.qty == 0:
        raise UnreadableAnswer(f"{what}: its quantity is 0")
    if not sane(found.commission):  # below zero it is a rebate
        raise UnreadableAnswer(f"{what}: commission {found.commission} is no plain number")
    return Trade(
        trade_id=trade_id,
        order_id=str(found.order_id),
        qty=found.qty,
        px=found.price,
        quote_qty=found.qty * found.price if quote_qty is None else quote_qty,
        transact_time=nanoseconds(found.time, what),
        fees=(Fee(found.commission, found.commission_asset),) if found.commission else (),
        aggressor=not found.is_maker,
    )


def read_balances(body: bytes, at: int) -> Balances:
    """See `RestDialect.read_balances`."""
    by_asset: dict[str, Balance] = {}
    for found in decoded(_accounts, body, "account").balances:
        if not (sane(found.free) and sane(found.locked)):
            raise UnreadableAnswer(
                f"balance of {found.asset}: {found.free} and {found.locked} are no plain numbers"
            )
        by_asset[found.asset] = Balance(asset=found.asset, free=found.free, locked=found.locked)
    return Balances(at=at, by_asset=by_asset)


def read_order_counts(body: bytes) -> tuple[Limit, ...]:
    """See `RestDialect.read_order_counts`."""
    return tuple(
        Limit(
            _LIMIT_KINDS.get(found.rate_limit_type, found.rate_limit_type.lower()),
            found.count,
            found.limit,
            found.interval_num
            * known(_SECONDS, found.interval, f"limit of {found.rate_limit_type}: interval"),
        )
        for found in decoded(_counts, body, "order counts")
    )

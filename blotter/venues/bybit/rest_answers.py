"""Orders, executions, balances and instruments as Bybit's REST interface tells them (V5, spot).

Every answer is wrapped: a code, which is 0 where it is no refusal, and the result. Numbers and times are text, and ""
where there is none. What decides what became of an order (status, side, type) and is unknown here is not guessed at.
What only describes it is left out where it is unknown.
"""

import logging
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

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
from blotter.venues.answers import decoded, known, require_amounts
from blotter.venues.bybit.orders import TABLES
from blotter.venues.bybit.reports import CATEGORIES
from blotter.venues.rest import Trade, UnreadableAnswer

log = logging.getLogger(__name__)

OUT_OF_WINDOW: Final = 10002
"""The request time exceeds the time window range."""
_CATEGORIES: Final = {
    **CATEGORIES,
    **dict.fromkeys((110001,), RejectCategory.UNKNOWN_ORDER),
    **dict.fromkeys((170222,), RejectCategory.RATE),
    **dict.fromkeys(
        (10003, 10004, 10005, 10007, 10008, 10009, 10010, 10027, 10028, 33004, -2015),
        RejectCategory.PERMISSION,
    ),
    **dict.fromkeys((429, 10000, 10016, 170001, 170007, 170032), RejectCategory.UNKNOWN_OUTCOME),
}
_ZERO: Final = Decimal(0)
_MS: Final = 1_000_000
_NO_TIME: Final = 9 * 10**18
_SIDES: Final = {"Buy": Side.BUY, "Sell": Side.SELL}
_STATUSES: Final = {
    "New": (OrdStatus.NEW, ExecType.NEW),
    # Not TRADE: that would be one execution, and this is what all of them add up to.
    "PartiallyFilled": (OrdStatus.PARTIALLY_FILLED, ExecType.NEW),
    "Untriggered": (OrdStatus.NEW, ExecType.NEW),
    "Triggered": (OrdStatus.NEW, ExecType.NEW),
    "Filled": (OrdStatus.FILLED, ExecType.NEW),
    "Cancelled": (OrdStatus.CANCELED, ExecType.CANCELED),
    "PartiallyFilledCanceled": (OrdStatus.CANCELED, ExecType.CANCELED),
    "Deactivated": (OrdStatus.CANCELED, ExecType.CANCELED),
    "Rejected": (OrdStatus.REJECTED, ExecType.REJECTED),
}
_ENDED: Final = frozenset({OrdStatus.CANCELED, OrdStatus.REJECTED})
_TYPES: Final = {"Limit": OrdType.LIMIT, "Market": OrdType.MARKET}
_CONTINGENT: Final = {OrdType.LIMIT: OrdType.STOP_LIMIT, OrdType.MARKET: OrdType.STOP}
_TIMES_IN_FORCE: Final = {
    "GTC": TimeInForce.GOOD_TILL_CANCEL,
    "IOC": TimeInForce.IMMEDIATE_OR_CANCEL,
    "FOK": TimeInForce.FILL_OR_KILL,
}
_POST_ONLY: Final = frozenset({"PostOnly", "RPI"})
"""RPI adds liquidity too, and nothing else."""
_DIRECTIONS: Final = {"1": TriggerPriceDirection.UP, "2": TriggerPriceDirection.DOWN}
_SELF_TRADE: Final = (
    {word: mode for mode, word in TABLES.self_trade.values.items()} if TABLES.self_trade else {}
)
_NOTHING: Final = frozenset({"", "UNKNOWN", "EC_NoError", "EC_PerCancelRequest", "CancelByUser"})
"""Words for why an order ended that say no more than that it did, or that it was asked for."""
_TRADES: Final = frozenset({"Trade", "BlockTrade"})
_TRADING: Final = "Trading"


class Page(NamedTuple):
    """The elements of a list answer as they came, what asks for the next, and when it was told (UTC ms)."""

    elements: list[bytes]
    cursor: str
    told_at: int


class _Said(msgspec.Struct, frozen=True, rename="camel"):
    ret_code: int
    ret_msg: str = ""


class _Answer(msgspec.Struct, frozen=True):
    result: msgspec.Raw
    time: int = 0


class _List(msgspec.Struct, frozen=True, rename="camel"):
    list: list[msgspec.Raw]
    next_page_cursor: str = ""


class _Time(msgspec.Struct, frozen=True, rename="camel"):
    time_nano: str


class _Order(msgspec.Struct, frozen=True, rename="camel"):
    order_id: str
    symbol: str
    side: str
    order_status: str
    order_type: str
    qty: str
    cum_exec_qty: str
    order_link_id: str = ""
    price: str = ""
    cum_exec_value: str = ""
    time_in_force: str = ""
    market_unit: str = ""
    stop_order_type: str = ""
    trigger_price: str = ""
    # These describe only: whatever comes in them is no reason not to read the order.
    trigger_direction: Any = None
    smp_type: Any = None
    cancel_type: Any = None
    reject_reason: Any = None
    updated_time: Any = None


class _Execution(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    order_id: str
    exec_id: str
    exec_type: str
    exec_qty: str
    exec_price: str
    exec_value: str
    exec_time: str
    is_maker: bool
    exec_fee: str = ""
    fee_currency: str = ""


class _Coin(msgspec.Struct, frozen=True, rename="camel"):
    coin: str
    wallet_balance: str
    locked: str = ""
    spot_borrow: str = ""


class _Wallet(msgspec.Struct, frozen=True):
    coin: list[_Coin]


class _Wallets(msgspec.Struct, frozen=True):
    list: list[_Wallet]


class _Lots(msgspec.Struct, frozen=True, rename="camel"):
    base_precision: str
    min_order_amt: str = ""
    max_limit_order_qty: str = ""
    max_market_order_qty: str = ""
    post_only_max_limit_order_size: str = ""


class _Prices(msgspec.Struct, frozen=True, rename="camel"):
    tick_size: str


class _Instrument(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    base_coin: str
    quote_coin: str
    status: str
    lot_size_filter: _Lots
    price_filter: _Prices


_said = msgspec.json.Decoder(_Said)
_answers = msgspec.json.Decoder(_Answer)
_lists = msgspec.json.Decoder(_List)
_times = msgspec.json.Decoder(_Time)
_orders = msgspec.json.Decoder(_Order)
_executions = msgspec.json.Decoder(_Execution)
_wallets = msgspec.json.Decoder(_Wallets)
_instruments = msgspec.json.Decoder(_Instrument)


def read_refusal(body: bytes) -> Reason | None:
    """See `RestDialect.read_refusal`."""
    try:
        said = _said.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if said.ret_code == 0:
        return None
    category = _CATEGORIES.get(said.ret_code, RejectCategory.OTHER)
    return Reason(category=category, text=said.ret_msg or "refused without a reason", code=said.ret_code)


def read_page(body: bytes) -> Page:
    """A list answer. Raises `UnreadableAnswer`."""
    answer = decoded(_answers, body, "list")
    found = decoded(_lists, answer.result, "list")
    return Page([bytes(raw) for raw in found.list], found.next_page_cursor, answer.time)


def read_clock(body: bytes) -> int:
    """See `RestDialect.read_clock`."""
    said = decoded(_times, decoded(_answers, body, "server time").result, "server time").time_nano
    if (found := _whole(said)) is None:
        raise UnreadableAnswer(f"server time: {said!r} is no time")
    return found


def read_order(body: bytes, at: int) -> ExecutionReport:
    """See `RestDialect.read_order`."""
    order = decoded(_orders, body, "order")
    what = f"order {order.symbol}#{order.order_id} ({order.order_link_id or 'no orderLinkId'})"
    ord_status, exec_type = known(_STATUSES, order.order_status, f"{what}: status")
    side = known(_SIDES, order.side, f"{what}: side")
    kind = known(_TYPES, order.order_type, f"{what}: type")
    qty, filled = _number(order.qty, what), _number(order.cum_exec_qty, what)
    price, trigger = _number(order.price, what), _number(order.trigger_price, what)
    paid = _number(order.cum_exec_value, what)
    require_amounts(what, qty, filled, price, trigger, paid)
    limited, post_only = kind is OrdType.LIMIT, order.time_in_force in _POST_ONLY
    by_amount = not limited and _is_in_quote(order.market_unit, side)
    contingent = order.stop_order_type not in _NOTHING
    time_in_force = _TIMES_IN_FORCE.get(order.time_in_force) if limited and not post_only else None
    return ExecutionReport(
        symbol=order.symbol,
        side=side,
        ord_type=_CONTINGENT[kind] if contingent else kind,
        exec_type=exec_type,
        ord_status=ord_status,
        cum_qty=filled,
        at=at,
        cl_ord_id=order.order_link_id or None,
        order_id=order.order_id,
        order_qty=None if by_amount else qty or None,
        cash_order_qty=qty or None if by_amount else None,
        price=price or None if limited else None,
        time_in_force=time_in_force,
        post_only=post_only,
        cum_quote_qty=paid if order.cum_exec_value else None,
        working=False if order.order_status == "Untriggered" else None,
        transact_time=_moment(order.updated_time),
        reason=_ending(order) if ord_status in _ENDED else None,
        trigger_price=trigger or None if contingent else None,
        trigger_direction=_DIRECTIONS.get(str(order.trigger_direction)) if contingent else None,
        self_trade_prevention=_SELF_TRADE.get(order.smp_type) if isinstance(order.smp_type, str) else None,
    )


def _is_in_quote(unit: str, side: Side) -> bool:
    """What a market order counts its quantity in: a buy by value where nothing is said ("Place Order")."""
    return unit == "quoteCoin" or (unit != "baseCoin" and side is Side.BUY)


def _ending(order: _Order) -> Reason | None:
    """Why it ended, where it was not its own cancel."""
    words = (word for word in (order.reject_reason, order.cancel_type) if isinstance(word, str))
    said = next((word for word in words if word not in _NOTHING), None)
    return None if said is None else Reason(category=RejectCategory.OTHER, text=said)


def read_trade(body: bytes) -> Trade:
    """See `RestDialect.read_trade`. A fee without its currency is left out, and named in the log."""
    found = decoded(_executions, body, "execution")
    what = f"execution {found.symbol}#{found.exec_id}"
    if found.exec_type not in _TRADES:
        raise UnreadableAnswer(f"{what}: type {found.exec_type!r} is unknown here")
    qty, px, value = (_number(text, what) for text in (found.exec_qty, found.exec_price, found.exec_value))
    fee = _number(found.exec_fee, what)  # below zero it is a rebate
    require_amounts(what, qty, px, value)
    if qty == 0:
        raise UnreadableAnswer(f"{what}: its quantity is 0")
    time = _moment(found.exec_time)
    if time is None:
        raise UnreadableAnswer(f"{what}: {found.exec_time!r} is no time")
    if fee and not found.fee_currency:
        log.warning("%s: its fee %s has no currency, and is left out", what, fee)
    return Trade(
        trade_id=found.exec_id,
        order_id=found.order_id,
        qty=qty,
        px=px,
        quote_qty=value or qty * px,
        transact_time=time,
        fees=(Fee(fee, found.fee_currency),) if fee and found.fee_currency else (),
        aggressor=not found.is_maker,
    )


def read_balances(body: bytes, at: int) -> Balances:
    """See `RestDialect.read_balances`. What is borrowed is not counted: the wallet holds it, but it is owed."""
    by_asset: dict[str, Balance] = {}
    for wallet in decoded(_wallets, decoded(_answers, body, "wallets").result, "wallets").list:
        for coin in wallet.coin:
            what = f"balance of {coin.coin}"
            own = _number(coin.wallet_balance, what) - _number(coin.spot_borrow, what)
            locked = _number(coin.locked, what)
            by_asset[coin.coin] = Balance(asset=coin.coin, free=own - locked, locked=locked)
    return Balances(at=at, by_asset=by_asset)


def read_listing(body: bytes) -> tuple[Instrument, ...]:
    """See `RestDialect.read_listing`."""
    instruments = []
    for raw in read_page(body).elements:
        try:
            instruments.append(_instrument(decoded(_instruments, raw, "instrument")))
        except UnreadableAnswer as error:
            log.warning("left out of the listing: %s", error)
    return tuple(instruments)


def _instrument(found: _Instrument) -> Instrument:
    """The least quantity is not taken over: the venue says to go by the least amount."""
    what, lots = f"instrument {found.symbol}", found.lot_size_filter
    tick, step = _number(found.price_filter.tick_size, what), _number(lots.base_precision, what)
    least, most = _number(lots.min_order_amt, what), _number(lots.max_limit_order_qty, what)
    passive, market = (
        _number(lots.post_only_max_limit_order_size, what),
        _number(lots.max_market_order_qty, what),
    )
    require_amounts(what, tick, step, least, most, passive, market)
    return Instrument(
        symbol=found.symbol,
        base=found.base_coin,
        quote=found.quote_coin,
        tick_size=tick or None,
        step_size=step or None,
        min_notional=least or None,
        max_qty=max(most, passive) or None,  # post-only orders may be larger than others
        market_max_qty=market or None,
        status="TRADING" if found.status == _TRADING else "HALT",
    )


def _number(text: str, what: str) -> Decimal:
    """0 where the venue says nothing."""
    try:
        number = Decimal(text or 0)
    except InvalidOperation:
        number = Decimal("NaN")
    if not sane(number):
        raise UnreadableAnswer(f"{what}: {text!r} is no plain number")
    return number


def _whole(text: object) -> int | None:
    if not isinstance(text, str) or not (text.isascii() and text.isdecimal()) or len(text) > 19:
        return None
    number = int(text)
    return number if 0 < number < _NO_TIME else None


def _moment(text: object) -> int | None:
    """Milliseconds as UTC ns; None where it is no time."""
    number = _whole(text)
    return None if number is None or number * _MS >= _NO_TIME else number * _MS

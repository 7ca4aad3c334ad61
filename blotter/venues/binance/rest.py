"""Binance Spot's REST interface, its reading half: questions, signatures, answers as events (fact sheet section 11).

Never talks to anything. What decides what became of an order (status, side, type) and is unknown here is not guessed
at: `UnreadableAnswer` names the order and the value. Fields this does not know are no reason to refuse an answer.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar
from urllib.parse import quote

import msgspec

from blotter.trading.enums import ExecType, OrdStatus, OrdType, RejectCategory, Side, TimeInForce
from blotter.trading.event import ZERO, ExecutionReport, Fee, Reason
from blotter.venues.base import Credentials, Environment
from blotter.venues.binance import errors
from blotter.venues.binance.errors import ErrorCode
from blotter.venues.rest import Question, SignedRequest, Trade, UnreadableAnswer

RECV_WINDOW = 5000
"""Milliseconds after `timestamp` in which the venue still answers."""

_BASES = {
    Environment.LIVE: "https://api.binance.com",
    Environment.TESTNET: "https://testnet.binance.vision",
    Environment.DEMO: "https://demo-api.binance.com",
}
_USED_WEIGHT = "x-mbx-used-weight-1m"
_MS = 1_000_000  # ns
_NOT_MS = 10**14
"""From here on a time is in microseconds: as milliseconds it would lie beyond the year 5000."""

_STATUSES = {
    "NEW": (OrdStatus.NEW, ExecType.NEW),
    "PENDING_NEW": (OrdStatus.PENDING_NEW, ExecType.PENDING_NEW),
    # Not TRADE: that would be one execution, and this is what all of them add up to.
    "PARTIALLY_FILLED": (OrdStatus.PARTIALLY_FILLED, ExecType.NEW),
    "FILLED": (OrdStatus.FILLED, ExecType.NEW),
    "CANCELED": (OrdStatus.CANCELED, ExecType.CANCELED),
    "PENDING_CANCEL": (OrdStatus.PENDING_CANCEL, ExecType.NEW),
    "REJECTED": (OrdStatus.REJECTED, ExecType.REJECTED),
    "EXPIRED": (OrdStatus.EXPIRED, ExecType.EXPIRED),
    "EXPIRED_IN_MATCH": (OrdStatus.EXPIRED, ExecType.EXPIRED),
}
_TYPES = {
    "LIMIT": OrdType.LIMIT,
    "LIMIT_MAKER": OrdType.LIMIT,
    "MARKET": OrdType.MARKET,
    "STOP_LOSS": OrdType.STOP,
    "TAKE_PROFIT": OrdType.STOP,
    "STOP_LOSS_LIMIT": OrdType.STOP_LIMIT,
    "TAKE_PROFIT_LIMIT": OrdType.STOP_LIMIT,
}
_UNPRICED = frozenset({OrdType.MARKET, OrdType.STOP})
_SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
_TIMES_IN_FORCE = {
    "GTC": TimeInForce.GOOD_TILL_CANCEL,
    "IOC": TimeInForce.IMMEDIATE_OR_CANCEL,
    "FOK": TimeInForce.FILL_OR_KILL,
}
_ENDINGS = {
    "EXPIRED": "expired",
    "EXPIRED_IN_MATCH": "self-trade prevention",
    "REJECTED": "rejected by the venue after it was accepted",
}


class _Order(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    order_id: int
    client_order_id: str
    status: str
    type: str
    side: str
    orig_qty: Decimal
    executed_qty: Decimal
    cummulative_quote_qty: Decimal  # the venue's spelling
    price: Decimal = ZERO
    time_in_force: str = ""
    iceberg_qty: Decimal = ZERO
    orig_quote_order_qty: Decimal = ZERO
    prevented_quantity: Decimal = ZERO
    update_time: int | None = None
    is_working: bool | None = None
    peg_price_type: str | None = None


class _Trade(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    id: int
    order_id: int
    price: Decimal
    qty: Decimal
    time: int
    is_maker: bool
    quote_qty: Decimal | None = None
    commission: Decimal = ZERO
    commission_asset: str = ""


class _Refusal(msgspec.Struct, frozen=True):
    code: int
    msg: str


class _Time(msgspec.Struct, frozen=True, rename="camel"):
    server_time: int


_T = TypeVar("_T")
_orders = msgspec.json.Decoder(_Order)
_trades = msgspec.json.Decoder(_Trade)
_refusals = msgspec.json.Decoder(_Refusal)
_times = msgspec.json.Decoder(_Time)
_lists = msgspec.json.Decoder(list[msgspec.Raw])


class BinanceRest:
    """See `RestDialect`. Holds nothing."""

    weight_limit = 6000
    page = 1000

    def base(self, environment: Environment) -> str:
        return _BASES[environment]

    # --- questions -----------------------------------------------------------------------------------------

    def clock(self) -> Question:
        return Question("/api/v3/time", (), 1, signed=False)

    def open_orders(self) -> Question:
        return Question("/api/v3/openOrders", (), 80)

    def order(self, symbol: str, *, order_id: str | None = None, cl_ord_id: str | None = None) -> Question:
        if order_id is not None:
            which = ("orderId", order_id)  # never both: they would have to agree (-2039)
        elif cl_ord_id is not None:
            which = ("origClientOrderId", cl_ord_id)
        else:
            raise ValueError("order: order_id or cl_ord_id must be given")
        return Question("/api/v3/order", (("symbol", symbol), which), 4)

    def trades(
        self,
        symbol: str,
        *,
        order_id: str | None = None,
        since: int | None = None,
        from_id: str | None = None,
    ) -> Question:
        params = [("symbol", symbol), ("limit", str(self.page))]
        if order_id is not None:
            # Without `fromId` it would be the newest page, and the time filter does not go with an order.
            params += [("orderId", order_id), ("fromId", from_id or "0")]
        elif from_id is not None:
            params.append(("fromId", from_id))
        elif since is not None:
            params.append(("startTime", str(since // _MS)))
        return Question("/api/v3/myTrades", tuple(params), 20 if order_id is None else 5)

    def sign(self, question: Question, credentials: Credentials, at: int) -> SignedRequest:
        params = question.params
        if not question.signed:
            query = encoded(params)
            return SignedRequest(question.path + (f"?{query}" if query else ""), ())
        params = (*params, ("timestamp", str(at // _MS)), ("recvWindow", str(RECV_WINDOW)))
        query = encoded(params)
        signature = quote(credentials.signer.sign(query.encode("ascii")), safe="")
        return SignedRequest(
            f"{question.path}?{query}&signature={signature}", (("X-MBX-APIKEY", credentials.api_key),)
        )

    # --- answers -------------------------------------------------------------------------------------------

    def used_weight(self, headers: Mapping[str, str]) -> int | None:
        used = headers.get(_USED_WEIGHT, "")
        return int(used) if used.isascii() and used.isdecimal() else None

    def read_clock(self, body: bytes) -> int:
        return _nanoseconds(_decoded(_times, body, "server time").server_time)

    def read_refusal(self, body: bytes) -> Reason | None:
        try:
            refusal = _refusals.decode(body)
        except msgspec.MsgspecError:
            return None
        return errors.reason(refusal.code, refusal.msg)

    def clock_is_off(self, reason: Reason) -> bool:
        return reason.code == ErrorCode.INVALID_TIMESTAMP

    def split(self, body: bytes) -> list[bytes]:
        return [bytes(raw) for raw in _decoded(_lists, body, "list")]

    def read_order(self, body: bytes, at: int) -> ExecutionReport:
        order = _decoded(_orders, body, "order")
        what = f"order {order.symbol}#{order.order_id} ({order.client_order_id})"
        ord_status, exec_type = _known(_STATUSES, order.status, f"{what}: status")
        ord_type = _known(_TYPES, order.type, f"{what}: type")
        side = _known(_SIDES, order.side, f"{what}: side")
        amounts = (order.orig_qty, order.executed_qty, order.price, order.prevented_quantity)
        if not all(amount.is_finite() and amount >= 0 for amount in amounts):
            raise UnreadableAnswer(f"{what}: a quantity or price is no plain number")
        quote_qty = order.cummulative_quote_qty
        post_only = order.type == "LIMIT_MAKER"
        reason = None
        if order.status in _ENDINGS:
            reason = Reason(category=RejectCategory.OTHER, text=_ENDINGS[order.status])
        return ExecutionReport(
            symbol=order.symbol,
            side=side,
            ord_type=OrdType.PEGGED if order.peg_price_type else ord_type,
            exec_type=exec_type,
            ord_status=ord_status,
            cum_qty=order.executed_qty,
            at=at,
            cl_ord_id=order.client_order_id,
            order_id=str(order.order_id),
            order_qty=order.orig_qty or None,
            cash_order_qty=order.orig_quote_order_qty or None,
            price=None if ord_type in _UNPRICED else order.price or None,
            time_in_force=None
            if post_only or ord_type in _UNPRICED
            else _TIMES_IN_FORCE.get(order.time_in_force),
            post_only=post_only,
            max_floor=order.iceberg_qty or None,
            # Below zero where the venue no longer has it (orders of its early years).
            cum_quote_qty=quote_qty if quote_qty.is_finite() and quote_qty >= 0 else None,
            prevented_qty=order.prevented_quantity,
            working=order.is_working,
            transact_time=None if order.update_time is None else _nanoseconds(order.update_time),
            reason=reason,
        )

    def read_trade(self, body: bytes) -> Trade:
        trade = _decoded(_trades, body, "trade")
        amounts = (trade.qty, trade.price, trade.commission)
        if not all(amount.is_finite() for amount in amounts) or trade.qty <= 0:
            raise UnreadableAnswer(f"trade {trade.symbol}#{trade.id}: a quantity or price is no plain number")
        fees = (Fee(trade.commission, trade.commission_asset),) if trade.commission else ()
        return Trade(
            trade_id=str(trade.id),
            order_id=str(trade.order_id),
            qty=trade.qty,
            px=trade.price,
            quote_qty=trade.qty * trade.price if trade.quote_qty is None else trade.quote_qty,
            transact_time=_nanoseconds(trade.time),
            fees=fees,
            aggressor=not trade.is_maker,
        )


def encoded(params: tuple[tuple[str, str], ...]) -> str:
    """The query string, percent-encoded *before* it is signed (fact sheet section 11)."""
    return "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in params)


def _nanoseconds(time: int) -> int:
    return time * 1000 if time >= _NOT_MS else time * _MS


def _decoded(decoder: msgspec.json.Decoder[_T], body: bytes, what: str) -> _T:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableAnswer(f"{what} not readable: {error}: {body[:200]!r}") from None


def _known(table: Mapping[str, _T], value: str, what: str) -> _T:
    found = table.get(value)
    if found is None:
        raise UnreadableAnswer(f"{what} {value!r} is unknown here")
    return found

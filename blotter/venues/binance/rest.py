"""Binance Spot's REST interface: questions, cancels and signatures (fact sheet section 11).

Never talks to anything, and can make no request that would open a position. Answers are read in `rest_orders`,
`rest_account` and `rest_listing`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

import msgspec

from blotter.trading.account import Balances
from blotter.trading.event import ExecutionReport, ListReport, Reason
from blotter.trading.instrument import Instrument
from blotter.venues.answers import decoded, elements
from blotter.venues.base import Credentials, Environment, Limit
from blotter.venues.binance import errors, rest_account, rest_listing, rest_orders
from blotter.venues.binance.errors import ErrorCode
from blotter.venues.binance.rest_json import nanoseconds
from blotter.venues.rest import Cancels, OrderLists, Question, Routed, SignedRequest, Trade

RECV_WINDOW = 5000
"""Milliseconds after `timestamp` in which the venue still answers."""

_BASES = {
    Environment.LIVE: "https://api.binance.com",
    Environment.TESTNET: "https://testnet.binance.vision",
    Environment.DEMO: "https://demo-api.binance.com",
}
_USED_WEIGHT = "x-mbx-used-weight-1m"
_TRADES = "/api/v3/myTrades"
_MS = 1_000_000  # ns


class _Refusal(msgspec.Struct, frozen=True):
    code: int
    msg: str


class _Time(msgspec.Struct, frozen=True, rename="camel"):
    server_time: int


_refusals = msgspec.json.Decoder(_Refusal)
_times = msgspec.json.Decoder(_Time)


class BinanceRest:
    """See `RestDialect`. Holds nothing."""

    weight_limit = 6000
    weight_window = 60
    holds_off: Mapping[int, float] = MappingProxyType({429: 60.0, 418: 60.0})
    refuses_with_200 = False
    page = 1000

    @property
    def lists(self) -> OrderLists:
        return self

    @property
    def routed(self) -> Routed:
        return self

    @property
    def cancels(self) -> Cancels:
        return self

    forgets_unfilled = False

    def base(self, environment: Environment) -> str:
        return _BASES[environment]

    # --- questions -----------------------------------------------------------------------------------------

    def clock(self) -> Question:
        return Question("/api/v3/time", (), 1, signed=False)

    def open_orders(self) -> Question:
        return Question("/api/v3/openOrders", (), 80)

    def order(
        self,
        symbol: str,
        *,
        order_id: str | None = None,
        cl_ord_id: str | None = None,
        since: int | None = None,
    ) -> Question:
        return Question("/api/v3/order", (("symbol", symbol), _which_order(order_id, cl_ord_id)), 4)

    def trades(self, symbol: str, *, order_id: str | None = None, since: int | None = None) -> Question:
        params = [("symbol", symbol), ("limit", str(self.page))]
        if order_id is not None:
            # Without `fromId` it would be the newest page, and the time filter does not go with an order.
            params += [("orderId", order_id), ("fromId", "0")]
        elif since is not None:
            params.append(("startTime", str(since // _MS)))
        return Question(_TRADES, tuple(params), 20 if order_id is None else 5)

    def following(self, question: Question, body: bytes) -> Question | None:
        """Only trades come in pages: the next one is from the last id on, in place of a time."""
        if question.path != _TRADES or len(told := self.split(body)) < self.page:
            return None
        kept = tuple(param for param in question.params if param[0] not in ("fromId", "startTime"))
        return question._replace(params=(*kept, ("fromId", self.read_trade(told[-1]).trade_id)))

    def allocations(self, symbol: str, *, order_id: str) -> Question:
        params = (("symbol", symbol), ("limit", str(self.page)), ("orderId", order_id))
        return Question("/api/v3/myAllocations", params, 20)

    def account(self) -> Question:
        return Question("/api/v3/account", (("omitZeroBalances", "true"),), 20)

    def listing(self) -> Question:
        return Question("/api/v3/exchangeInfo", (), 20, signed=False)

    def order_counts(self) -> Question:
        return Question("/api/v3/rateLimit/order", (), 40)

    def open_lists(self) -> Question:
        return Question("/api/v3/openOrderList", (), 6)

    def order_list(self, *, list_id: str | None = None, cl_list_id: str | None = None) -> Question:
        which = _which("order_list", ("orderListId", list_id), ("origClientOrderId", cl_list_id))
        return Question("/api/v3/orderList", (which,), 4)

    # --- cancels -------------------------------------------------------------------------------------------

    def cancel_order(self, symbol: str, *, order_id: str | None, cl_ord_id: str | None) -> Question:
        which = _which_order(order_id, cl_ord_id)
        return Question("/api/v3/order", (("symbol", symbol), which), 1, method="DELETE")

    def cancel_symbol(self, symbol: str) -> Question:
        return Question("/api/v3/openOrders", (("symbol", symbol),), 1, method="DELETE")

    def cancel_list(self, symbol: str, *, list_id: str | None, cl_list_id: str | None) -> Question:
        which = _which("cancel_list", ("orderListId", list_id), ("listClientOrderId", cl_list_id))
        return Question("/api/v3/orderList", (("symbol", symbol), which), 1, method="DELETE")

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
        return nanoseconds(decoded(_times, body, "server time").server_time, "server time")

    def read_refusal(self, body: bytes) -> Reason | None:
        try:
            refusal = _refusals.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        return errors.reason(refusal.code, refusal.msg)

    def clock_is_off(self, reason: Reason) -> bool:
        return reason.code == ErrorCode.INVALID_TIMESTAMP

    def split(self, body: bytes) -> list[bytes]:
        return elements(body)

    def read_order(self, body: bytes, at: int) -> ExecutionReport:
        return rest_orders.read_order(body, at)

    def read_cancels(self, body: bytes, at: int) -> tuple[ExecutionReport, ...]:
        return rest_orders.read_cancels(body, at)

    def read_list(self, body: bytes, at: int) -> ListReport:
        return rest_orders.read_list(body, at)

    def read_trade(self, body: bytes) -> Trade:
        return rest_account.read_trade(body)

    def read_allocation(self, body: bytes) -> Trade:
        return rest_account.read_allocation(body)

    def read_balances(self, body: bytes, at: int) -> Balances:
        return rest_account.read_balances(body, at)

    def read_order_counts(self, body: bytes) -> tuple[Limit, ...]:
        return rest_account.read_order_counts(body)

    def read_listing(self, body: bytes) -> tuple[Instrument, ...]:
        return rest_listing.read_listing(body)


def encoded(params: tuple[tuple[str, str], ...]) -> str:
    """The query string, percent-encoded *before* it is signed (fact sheet section 11)."""
    return "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in params)


def _which_order(order_id: str | None, cl_ord_id: str | None) -> tuple[str, str]:
    return _which("order", ("orderId", order_id), ("origClientOrderId", cl_ord_id))


def _which(what: str, by_number: tuple[str, str | None], by_name: tuple[str, str | None]) -> tuple[str, str]:
    """One of two ids. The venue's own first, never both: they would have to agree (-2039)."""
    for param, value in (by_number, by_name):
        if value is not None:
            return param, value
    raise ValueError(f"{what}: {by_number[0]} or {by_name[0]} must be given")

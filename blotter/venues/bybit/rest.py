"""Bybit's REST interface (V5, spot): questions and signatures.

After the venue's pages "Integration Guidance", "Get Open & Closed Orders", "Get Order History", "Get Trade History",
"Get Wallet Balance", "Get Instruments Info", "Get Bybit Server Time", "Rate Limit Rules" and "Error Codes". Never talks
to anything, and changes nothing at the venue: its cancels are POST, which is not asked here. Answers are read in
`rest_answers`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote, urlencode

from blotter.trading.account import Balances
from blotter.trading.event import ExecutionReport, Reason
from blotter.trading.instrument import Instrument
from blotter.venues.base import Credentials, Environment
from blotter.venues.bybit import rest_answers
from blotter.venues.rest import Question, SignedRequest, Trade

RECV_WINDOW: Final = "5000"
"""Milliseconds after its timestamp in which a question is still answered."""
WEEK: Final = 7 * 24 * 3600 * 1000
"""Milliseconds: as much as the venue looks through from a time on."""
_SLACK: Final = 60_000
"""Milliseconds before an order was made, from which on it is looked for: clocks differ."""
_SHORT: Final = 50
"""Executions of one order fewer than the venue's own page are all: with an id it looks at no other parameter."""
_MS: Final = 1_000_000
_BASES: Final = {
    Environment.LIVE: "https://api.bybit.com",
    Environment.TESTNET: "https://api-testnet.bybit.com",
}
_ORDERS: Final = "/v5/order/realtime"
_OLD_ORDERS: Final = "/v5/order/history"
_TRADES: Final = "/v5/execution/list"
_SPOT: Final = ("category", "spot")
_TEN_MINUTES: Final = 600.0


class BybitRest:
    """See `RestDialect`. Holds nothing."""

    weight_limit = 50  # questions a second: what each of those asked here may be asked alone
    weight_window = 1
    holds_off: Mapping[int, float] = MappingProxyType({403: _TEN_MINUTES, 429: 1.0})
    refuses_with_200 = True
    lists = None
    routed = None
    cancels = None
    forgets_unfilled = (
        False  # after a day it does, but without a time to look from also what is older than a week
    )

    def base(self, environment: Environment) -> str:
        return _BASES[environment]

    # --- questions -----------------------------------------------------------------------------------------

    def clock(self) -> Question:
        return Question("/v5/market/time", signed=False)

    def open_orders(self) -> Question:
        return Question(_ORDERS, (_SPOT, ("openOnly", "0"), ("limit", "50")))

    def order(
        self,
        symbol: str,
        *,
        order_id: str | None = None,
        cl_ord_id: str | None = None,
        since: int | None = None,
    ) -> Question:
        """Among what is open and the last that closed; after a restart of the venue's only the history has those."""
        if order_id is None and cl_ord_id is None:
            raise ValueError("order: orderId or orderLinkId must be given")
        named = ("orderId", order_id) if order_id is not None else ("orderLinkId", cl_ord_id or "")
        start = () if since is None else (("startTime", str(since // _MS - _SLACK)),)
        return Question(_ORDERS, (_SPOT, named), then=Question(_OLD_ORDERS, (_SPOT, named, *start)))

    def trades(self, symbol: str, *, order_id: str | None = None, since: int | None = None) -> Question:
        if order_id is not None:
            return Question(_TRADES, (_SPOT, ("orderId", order_id), ("limit", "100")))
        start = () if since is None else (("startTime", str(since // _MS)),)
        return Question(_TRADES, (_SPOT, ("symbol", symbol), *start, ("limit", "100")))

    def following(self, question: Question, body: bytes) -> Question | None:
        """By the venue's cursor through what it looks at, and then on by a week as long as that is past."""
        page, params = rest_answers.read_page(body), dict(question.params)
        one = "orderId" in params or "orderLinkId" in params
        if page.cursor and page.elements and (not one or len(page.elements) >= _SHORT):
            params["cursor"] = unquote(page.cursor)  # it comes encoded, and is encoded again
        elif "startTime" in params and int(params["startTime"]) + WEEK < page.told_at:
            params["startTime"] = str(int(params["startTime"]) + WEEK)
            params.pop("cursor", None)
        else:
            return None
        return question._replace(params=tuple(params.items()))

    def account(self) -> Question:
        return Question("/v5/account/wallet-balance", (("accountType", "UNIFIED"),))

    def listing(self) -> Question:
        return Question("/v5/market/instruments-info", (_SPOT,), signed=False)

    def sign(self, question: Question, credentials: Credentials, at: int) -> SignedRequest:
        query = urlencode(question.params, quote_via=quote, safe="")
        target = f"{question.path}?{query}" if query else question.path
        if not question.signed:
            return SignedRequest(target, ())
        timestamp = str(at // _MS)
        signature = credentials.signer.sign(f"{timestamp}{credentials.api_key}{RECV_WINDOW}{query}".encode())
        return SignedRequest(
            target,
            (
                ("X-BAPI-API-KEY", credentials.api_key),
                ("X-BAPI-TIMESTAMP", timestamp),
                ("X-BAPI-SIGN", signature),
                ("X-BAPI-RECV-WINDOW", RECV_WINDOW),
            ),
        )

    # --- answers -------------------------------------------------------------------------------------------

    def used_weight(self, headers: Mapping[str, str]) -> int | None:
        return None  # what is told is of one path each

    def read_clock(self, body: bytes) -> int:
        return rest_answers.read_clock(body)

    def read_refusal(self, body: bytes) -> Reason | None:
        return rest_answers.read_refusal(body)

    def clock_is_off(self, reason: Reason) -> bool:
        return reason.code == rest_answers.OUT_OF_WINDOW

    def split(self, body: bytes) -> list[bytes]:
        """Oldest first: the venue tells the newest first."""
        return rest_answers.read_page(body).elements[::-1]

    def read_order(self, body: bytes, at: int) -> ExecutionReport:
        return rest_answers.read_order(body, at)

    def read_trade(self, body: bytes) -> Trade:
        return rest_answers.read_trade(body)

    def read_balances(self, body: bytes, at: int) -> Balances:
        return rest_answers.read_balances(body, at)

    def read_listing(self, body: bytes) -> tuple[Instrument, ...]:
        return rest_answers.read_listing(body)

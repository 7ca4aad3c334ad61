"""Coinbase Exchange's REST interface: questions, cancels and signatures.

After the venue's pages "REST API Authentication", "Get all orders", "Get single order", "Get all fills", "Cancel all
orders", "Get all known trading pairs", "REST API Rate Limits" and "Pagination", read in stored copies. Never talks to
anything, and can make no request that would open a position. Answers are read in `rest_answers`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from blotter.trading.account import Balances
from blotter.trading.enums import RejectCategory
from blotter.trading.event import ExecutionReport, Reason
from blotter.trading.instrument import Instrument
from blotter.venues.answers import elements
from blotter.venues.base import Credentials, Environment
from blotter.venues.coinbase import rest_answers
from blotter.venues.rest import Cancels, Question, SignedRequest, Trade, UnreadableAnswer

_BASES: Final = {
    Environment.LIVE: "https://api.exchange.coinbase.com",
    Environment.TESTNET: "https://api-public.sandbox.exchange.coinbase.com",
}
_FILLS: Final = "/fills"
_PAGED: Final = frozenset({"/orders", _FILLS})
_SECOND: Final = 1_000_000_000
_EXPIRED: Final = "timestamp expired"
_WORDS: Final = (
    ("not found", RejectCategory.UNKNOWN_ORDER),
    ("notfound", RejectCategory.UNKNOWN_ORDER),
    (_EXPIRED, RejectCategory.TIME),
    ("rate limit", RejectCategory.RATE),
    ("slow down", RejectCategory.RATE),
    ("invalid api key", RejectCategory.PERMISSION),
    ("invalid passphrase", RejectCategory.PERMISSION),
    ("invalid signature", RejectCategory.PERMISSION),
    ("unauthorized", RejectCategory.PERMISSION),
    ("forbidden", RejectCategory.PERMISSION),
)


class _Refusal(msgspec.Struct, frozen=True):
    message: str


_refusals = msgspec.json.Decoder(_Refusal)


class CoinbaseRest:
    """See `RestDialect`. Holds nothing."""

    weight_limit = 10  # questions a second: the least of the venue's limits, without its bursts
    weight_window = 1
    holds_off: Mapping[int, float] = MappingProxyType({429: 60.0})
    refuses_with_200 = False
    lists = None
    routed = None
    forgets_unfilled = True  # "Get single order": answered by 404
    page = 1000

    @property
    def cancels(self) -> Cancels:
        return self

    def base(self, environment: Environment) -> str:
        return _BASES[environment]

    # --- questions -----------------------------------------------------------------------------------------

    def clock(self) -> Question:
        return Question("/time", signed=False)

    def open_orders(self) -> Question:
        """Only open and unsettled orders, as the venue does when no status is asked for."""
        return Question("/orders", (("limit", str(self.page)),))

    def order(
        self,
        symbol: str,
        *,
        order_id: str | None = None,
        cl_ord_id: str | None = None,
        since: int | None = None,
    ) -> Question:
        return Question(_path(order_id, cl_ord_id))

    def trades(self, symbol: str, *, order_id: str | None = None, since: int | None = None) -> Question:
        params = [("product_id", symbol) if order_id is None else ("order_id", order_id)]
        if since is not None and order_id is None:
            params.append(("start_date", datetime.fromtimestamp(since // _SECOND, UTC).isoformat()))
        return Question(_FILLS, (*params, ("limit", str(self.page))))

    def following(self, question: Question, body: bytes) -> Question | None:
        """The page of older fills, by the last TradeID of this one. Orders have their cursor in a header, which nobody
        reads here: a full page may not be all."""
        if question.path not in _PAGED or len(told := self.split(body)) < self.page:
            return None
        if question.path != _FILLS:
            raise UnreadableAnswer(
                f"{question.path}: {len(told)} elements fill a page, and there may be more that were not told"
            )
        kept = (one for one in question.params if one[0] != "after")
        return Question(_FILLS, (*kept, ("after", self.read_trade(told[0]).trade_id)))

    def account(self) -> Question:
        return Question("/accounts")

    def listing(self) -> Question:
        return Question("/products", signed=False)

    def cancel_symbol(self, symbol: str) -> Question:
        return Question("/orders", (("product_id", symbol),), method="DELETE")

    def sign(self, question: Question, credentials: Credentials, at: int) -> SignedRequest:
        query = urlencode(question.params)
        target = f"{question.path}?{query}" if query else question.path
        if not question.signed:
            return SignedRequest(target, ())
        timestamp = f"{at // _SECOND}.{at % _SECOND // 1_000_000:03d}"
        # The page speaks of the path alone; the venue's own and other clients sign path and query as they are sent.
        signature = credentials.signer.sign(f"{timestamp}{question.method}{target}".encode("ascii"))
        return SignedRequest(
            target,
            (
                ("CB-ACCESS-KEY", credentials.api_key),
                ("CB-ACCESS-SIGN", signature),
                ("CB-ACCESS-TIMESTAMP", timestamp),
                ("CB-ACCESS-PASSPHRASE", credentials.passphrase),
            ),
        )

    # --- answers -------------------------------------------------------------------------------------------

    def used_weight(self, headers: Mapping[str, str]) -> int | None:
        return None

    def read_clock(self, body: bytes) -> int:
        return rest_answers.read_clock(body)

    def read_refusal(self, body: bytes) -> Reason | None:
        try:
            text = _refusals.decode(body).message
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        lowered = text.lower()
        category = next((found for words, found in _WORDS if words in lowered), RejectCategory.OTHER)
        return Reason(category=category, text=text)

    def clock_is_off(self, reason: Reason) -> bool:
        return _EXPIRED in reason.text.lower()

    def split(self, body: bytes) -> list[bytes]:
        """Oldest first: the venue tells the newest first."""
        return elements(body)[::-1]

    def read_order(self, body: bytes, at: int) -> ExecutionReport:
        return rest_answers.read_order(body, at)

    def read_cancels(self, body: bytes, at: int) -> tuple[ExecutionReport, ...]:
        """The venue answers with the OrderID alone: not how the order stood, and so not what it had filled."""
        text = bytes(body)[:60].decode("utf-8", "backslashreplace")
        raise UnreadableAnswer(f"{text} is named as cancelled, and not what it had filled: it is asked for")

    def read_trade(self, body: bytes) -> Trade:
        return rest_answers.read_trade(body)

    def read_balances(self, body: bytes, at: int) -> Balances:
        return rest_answers.read_balances(body, at)

    def read_listing(self, body: bytes) -> tuple[Instrument, ...]:
        return rest_answers.read_listing(body)


def _path(order_id: str | None, cl_ord_id: str | None) -> str:
    """By the venue's id where it is known, else by ClOrdID in its own namespace."""
    if order_id is None and cl_ord_id is None:
        raise ValueError("order: order_id or cl_ord_id must be given")
    name = order_id if order_id is not None else f"client:{cl_ord_id}"
    return f"/orders/{quote(name, safe=':')}"

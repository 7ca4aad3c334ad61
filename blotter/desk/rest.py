"""Asks a venue's REST interface: signs, sends, counts the weight, obeys when told to wait.

Only reading questions and cancels go out, so a lost answer is asked for again and no exposure can arise twice. (The
second DELETE of what the first one cancelled is refused as unknown: that proves nothing about the order.) What it never
does: send more than the venue allows, knock on a door that told it to wait, follow a redirect or use a proxy with the
key in hand, or put a key or a signature into a log, an error or a repr.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import anyio

from blotter.desk.clock import Clock
from blotter.desk.source import Refused, Unavailable
from blotter.desk.wire import tls_context
from blotter.trading.enums import RejectCategory
from blotter.venues.base import Credentials
from blotter.venues.rest import Question, RestDialect, SignedRequest, UnreadableAnswer

if TYPE_CHECKING:
    import httpx2

SECOND = 1_000_000_000
REQUEST_TIMEOUT = 5.0
"""Seconds for one answer, dialling included."""
BACK_OFF = (0.2, 0.5, 1.0)
"""Seconds before each next attempt after a 5xx or no answer."""
LEAVE_TIMEOUT = 0.5
"""Seconds that leaving waits for answers nobody needs any more."""
MOST_DIGITS = 7
"""Of a Retry-After in seconds; the longest ban is three days (fact sheet section 11)."""
RESERVE = 60
"""One part in so many of the weight is for cancels only: asking must never be what keeps one from going."""
WORTH_WAITING = 2
"""Seconds: where weight is counted over no more than that, what is used up is waited for and no failure."""
MOMENT = 0.05
"""Seconds between looks whether there is room, while answers are awaited."""
_TOLD = {429: "asks to wait", 418: "has banned this address"}
_PASSING = frozenset({RejectCategory.UNKNOWN_OUTCOME, RejectCategory.RATE})
"""Refusals that say nothing about what was asked, only that it could not be answered now."""


class RestSettings(NamedTuple):
    """Where to ask, and the times of reconciling, in seconds (see `blotter.desk.reconcile`)."""

    base: str  # "https://api.binance.com"
    ca_file: str | None = None
    patience: float = 3.0  # how far the source may lag the engine
    timeout: float = 20.0  # how long entry may be frozen, and one reconciliation take
    accepted_for: float = 5.0  # after sending, how long the venue may still accept a request (RecvWindow)


class RestRefused(Refused):
    """REST answered and said no."""


class RestUnavailable(Unavailable):
    """REST has no answer now."""


class Rest:
    """One venue's REST interface for one account. For one event loop."""

    def __init__(
        self,
        settings: RestSettings,
        dialect: RestDialect,
        credentials: Credentials,
        clock: Clock,
        transport: "httpx2.AsyncBaseTransport | None" = None,
    ) -> None:
        """`transport`: instead of the network, for tests."""
        self.settings = settings
        self.dialect = dialect
        self._credentials = credentials
        self._clock = clock
        self._transport = transport
        self._client: httpx2.AsyncClient | None = None
        self._opening = anyio.Lock()
        self._asking: set[asyncio.Task[httpx2.Response]] = set()
        self._clock_offset = 0  # ns, venue minus us
        self._used = 0  # weight the venue has counted, by its last answer
        self._on_its_way = 0  # weight of questions without an answer
        self._counted_at = 0  # mono ns of that answer
        self._closed_until = 0  # mono ns; the venue told us to stay away
        self._why_closed = ""
        self.told_to_wait: Callable[[int, str], None] = lambda until, why: None
        """Hears until when (UTC ns) the venue wants no questions, and why: a restart must not forget it, for who
        knocks on is banned."""
        self.trouble = ""  # why the last attempt had no answer; "" when it had one

    @property
    def _window(self) -> int:
        return self.dialect.weight_window * SECOND

    @property
    def weight(self) -> tuple[int, int]:
        """(used, limit) of this window."""
        expired = self._clock().mono - self._counted_at >= self._window
        return (0 if expired else self._used) + self._on_its_way, self.dialect.weight_limit

    async def prepare(self) -> None:
        """Load what asking needs, in another thread: it takes long enough to be missed by an order.

        Raises `RestUnavailable` when the CA file cannot be used.
        """
        async with self._opening:
            if self._client is None:
                try:
                    self._client = await anyio.to_thread.run_sync(self._open)
                except OSError as error:
                    raise RestUnavailable(f"REST cannot be used: {error}") from None

    def _open(self) -> "httpx2.AsyncClient":
        import httpx2

        for name in ("httpx2", "httpcore2"):  # they log addresses with signatures, and headers with the key
            logging.getLogger(name).setLevel(logging.WARNING)
        return httpx2.AsyncClient(
            verify=self._transport is not None or tls_context(self.settings.ca_file),
            transport=self._transport,
            timeout=REQUEST_TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": "blotter"},
        )

    async def close(self) -> None:
        """Give the connections back."""
        client, self._client = self._client, None
        if self._asking:
            _, hung = await asyncio.wait(self._asking, timeout=LEAVE_TIMEOUT)
            for task in hung:
                task.cancel()
        if client is not None:
            await client.aclose()

    async def ask(self, question: Question) -> bytes:
        """The body of the answer. Raises `RestRefused` and `RestUnavailable`."""
        try:
            return await self._ask(question)
        except RestRefused as refused:
            if not self.dialect.clock_is_off(refused.reason):
                raise
            await self._set_clock()
            return await self._ask(question)

    async def _set_clock(self) -> None:
        sent = self._clock().wall
        try:
            venue = self.dialect.read_clock(await self._ask(self.dialect.clock()))
        except UnreadableAnswer as error:
            raise RestUnavailable(f"the venue's time: {error}") from None
        self._clock_offset = venue - (sent + self._clock().wall) // 2

    async def _ask(self, question: Question) -> bytes:
        attempts = len(BACK_OFF) + 1
        for attempt in range(attempts):
            try:
                body = await self._once(question)
                self.trouble = ""
                return body
            except RestUnavailable as error:
                self.trouble = str(error)
                if error.retry_at or attempt == attempts - 1:
                    raise
            await anyio.sleep(BACK_OFF[attempt])
        raise AssertionError  # the last attempt returns or raises

    async def _once(self, question: Question) -> bytes:
        await self.prepare()
        await self._leave(question)
        now = self._clock()
        request = self.dialect.sign(question, self._credentials, now.wall + self._clock_offset)
        self._on_its_way += question.weight
        try:
            response = await self._send(question.method, request)
        finally:
            self._on_its_way -= question.weight
        self._count(question, response)
        return self._body(response)

    async def _leave(self, question: Question) -> None:
        while True:
            wait = self._wait_for_leave(question)
            if not wait:
                return
            await anyio.sleep(wait)

    def _wait_for_leave(self, question: Question) -> float:
        """Seconds until there may be room for it; 0: it may go. Raises `RestUnavailable`."""
        now = self._clock().mono
        if now < self._closed_until:
            wait = (self._closed_until - now) / SECOND
            raise RestUnavailable(f"{self._why_closed}, {wait:.0f} s left", self._closed_until)
        used, limit = self.weight
        if question.method == "GET":
            limit -= limit // RESERVE
        if used + question.weight <= limit:
            return 0.0
        if self.dialect.weight_window <= WORTH_WAITING:
            return max(MOMENT, (self._counted_at + self._window - now) / SECOND)
        retry_at = self._counted_at + self._window
        limit = self.dialect.weight_limit
        raise RestUnavailable(f"REST weight {used} of {limit} is used up for this minute", retry_at)

    async def _send(self, method: str, request: SignedRequest) -> "httpx2.Response":
        import httpx2  # loaded by `prepare`

        client = self._client
        if client is None:
            raise RestUnavailable("REST is closed")
        url = self.settings.base.rstrip("/") + request.target
        failure = ""
        try:
            # In a task of its own: cancelled in the middle of a TLS handshake, the library leaves the socket open.
            asking = asyncio.create_task(client.request(method, url, headers=dict(request.headers)))
            self._asking.add(asking)
            asking.add_done_callback(self._asked)
            with anyio.fail_after(REQUEST_TIMEOUT):
                return await asyncio.shield(asking)
        except (httpx2.TimeoutException, TimeoutError):
            failure = f"no answer within {REQUEST_TIMEOUT:g} s"
        except httpx2.RequestError as error:  # no connection, or an answer that cannot be unpacked
            failure = str(error) or type(error).__name__
        except httpx2.InvalidURL as error:
            failure = f"not an address: {error}"
        raise RestUnavailable(
            f"REST at {self.settings.base}: {failure}"
        )  # outside: the cause holds the request

    def _asked(self, task: "asyncio.Task[httpx2.Response]") -> None:
        self._asking.discard(task)
        if not task.cancelled():
            task.exception()  # nobody may be left who would take it

    def stay_away(self, seconds: float, why: str) -> None:
        """Ask nothing for so long."""
        now = self._clock()
        self._why_closed = why
        self._closed_until = max(self._closed_until, now.mono + int(seconds * SECOND))
        self.told_to_wait(now.wall + self._closed_until - now.mono, why)

    def _count(self, question: Question, response: "httpx2.Response") -> None:
        used, now = self.dialect.used_weight(response.headers), self._clock().mono
        if used is None:  # not told: count ourselves
            used = self.weight[0] - self._on_its_way + question.weight
        self._used, self._counted_at = used, now

    def _body(self, response: "httpx2.Response") -> bytes:
        status = response.status_code
        if status == 200 and not self.dialect.refuses_with_200:
            return response.content
        if (hold_off := self.dialect.holds_off.get(status)) is not None:
            told = response.headers.get("retry-after", "")
            readable = told.isascii() and told.isdecimal() and len(told) <= MOST_DIGITS
            wait = float(told) if readable else hold_off
            self.stay_away(wait, f"REST {_TOLD.get(status, 'refuses this address')} ({status})")
            raise RestUnavailable(f"{self._why_closed}, {wait:.0f} s left", self._closed_until)
        refusal = self.dialect.read_refusal(response.content) if status < 500 else None
        if refusal is not None and refusal.category not in _PASSING:
            raise RestRefused(refusal)
        if status == 200 and refusal is None:
            return response.content
        said = json.dumps(response.text[:120]) if response.content else "nothing"
        raise RestUnavailable(f"REST answered {status} and {said}")

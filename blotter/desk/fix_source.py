"""The FIX session as a source for reconciling: OrderMassStatusRequest (AF) and OrderStatusRequest (H).

Answers come as messages among all others, which are on the tape already; here they only find their question. Questions
leave half of the connection's messages to what a trader sends, and each has its time: one that stays silent is named.
Decides nothing about orders, and folds nothing.
"""

import itertools
from collections.abc import Callable
from typing import Protocol

import anyio
import msgspec

from blotter.desk.clock import Clock
from blotter.desk.lane import Outgoing
from blotter.desk.source import Found, Open, Refused, Source, Times, Unavailable, Wanted
from blotter.fix.session import Instant
from blotter.trading.enums import ExecType, RejectCategory, Side
from blotter.trading.event import ExecutionReport, Reason
from blotter.venues.base import AskOrder, AskOrders, Feature, OrderStatus, Venue
from blotter.venues.rest import UnreadableAnswer

SECOND = 1_000_000_000
AT_ONCE = 8
"""Questions on their way at the same time."""
ANSWER_WITHIN = 5.0
"""Seconds of silence after which a question counts as not answered."""
QUIET = 1.0
"""Seconds of silence that end an answer of many messages, where the venue does not say how many there are."""
TIMES = Times()
_ALL, _ONE = "AF", "H"
MOST_WAITS = 1_000
"""Times that a question waits for others to make room before it is given up."""
_NONE = Reason(category=RejectCategory.UNKNOWN_ORDER, text="the venue has no such order")


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Where on the tape an answer is."""

    session: str
    connection: int
    msg_seq_num: int


class Wire(Protocol):
    """What questions leave by."""

    name: str

    def send(self, outgoing: Outgoing) -> None: ...


class _Asked:
    """A question that waits for its answer, which may be many messages."""

    def __init__(self, what: str, at: Instant, wanted: Wanted | None) -> None:
        self.what = what
        self.at = at
        self.wanted = wanted
        self.found: list[Found] = []
        self.total: int | None = None
        self.refused: Reason | None = None
        self.failed = ""  # why it never left
        self.heard = anyio.Event()

    @property
    def complete(self) -> bool:
        if self.failed or self.refused is not None:
            return True
        if self.wanted is not None:
            return bool(self.found)
        return self.total is not None and len(self.found) >= self.total

    def told(self) -> None:
        """Something was heard."""
        heard, self.heard = self.heard, anyio.Event()
        heard.set()


class FixSource:
    """See `blotter.desk.source.Source`."""

    resolution = SECOND  # an event's time may be in seconds; that answers come in their turn orders the rest
    forgets_unfilled = False
    history = None
    weight = None

    def __init__(
        self,
        venue: Venue,
        wire: Wire,
        clock: Clock,
        wait: Callable[[int], int],
        times: Times = TIMES,
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        """`wait`: ns until a question may be written, at a moment (mono ns)."""
        self.name = wire.name
        self.times = times
        self.lists_open = Feature.MASS_STATUS in venue.features
        self.asks_singly = Feature.ORDER_STATUS in venue.features
        self.trouble = ""
        self._venue = venue
        self._wire = wire
        self._clock = clock
        self._wait = wait
        self._answer_within = answer_within
        self._asked: dict[str, _Asked] = {}  # by the question's id
        self._numbers = itertools.count(1)
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    async def prepare(self) -> None:
        """Nothing to be made ready."""

    async def close(self) -> None:
        """Nothing to be given back."""

    # --- asking --------------------------------------------------------------------------------------------

    async def open_orders(self) -> Open:
        asked = await self._ask("what is open (OrderMassStatusRequest)", lambda req_id: AskOrders(req_id))
        if asked.refused is not None and asked.refused.category is not RejectCategory.UNKNOWN_ORDER:
            raise Refused(asked.refused)
        told = len({one.report.order_id or one.report.cl_ord_id for one in asked.found})
        if asked.total is not None and told < asked.total:
            return Open(asked.found, [f"of {asked.total} open orders the venue told of {told}"])
        return Open(asked.found, [])

    async def order(self, wanted: Wanted) -> Found:
        name = wanted.cl_ord_id or ""
        what = f"{wanted.own_id or name} (OrderStatusRequest)"

        def question(req_id: str) -> AskOrder:
            return AskOrder(req_id, name, wanted.symbol, wanted.side or Side.BUY, wanted.order_id)

        asked = await self._ask(what, question, wanted)
        if asked.refused is not None:
            raise Refused(asked.refused)
        return asked.found[0]

    async def _ask(
        self, what: str, question: Callable[[str], AskOrder | AskOrders], wanted: Wanted | None = None
    ) -> _Asked:
        async with self._limiter:
            await self._leave()
            at = self._clock()
            req_id = f"q{at.wall // 1_000_000}-{next(self._numbers)}"  # never twice, over restarts too
            asked = self._asked[req_id] = _Asked(what, at, wanted)
            try:
                self._send(question(req_id), asked)
                await self._answered(asked)
            finally:
                del self._asked[req_id]
        if asked.failed:
            self.trouble = f"{what} could not be asked: {asked.failed}"
            raise Unavailable(self.trouble)
        self.trouble = ""
        return asked

    async def _leave(self) -> None:
        """Wait until the connection has room for a question."""
        for _ in range(MOST_WAITS):
            wait = self._wait(self._clock().mono)
            if not wait:
                return
            await anyio.sleep(wait / SECOND)
        self.trouble = "the connection's messages are used up by others"
        raise Unavailable(self.trouble)

    def _send(self, request: AskOrder | AskOrders, asked: _Asked) -> None:
        def written(cause: str) -> None:
            if cause:
                asked.failed = cause
                asked.told()

        try:
            draft = self._venue.encode(request, asked.at.wall)
        except ValueError as error:
            raise UnreadableAnswer(f"{asked.what} cannot be asked: {error}") from error
        self._wire.send(Outgoing(draft, written))

    async def _answered(self, asked: _Asked) -> None:
        """Until the answer is there. Raises `Unavailable` after a silence, unless silence is how it ends."""
        while not asked.complete:
            listing = asked.wanted is None and bool(asked.found)
            open_ended = listing and asked.total is None
            heard = asked.heard
            with anyio.move_on_after(min(QUIET, self._answer_within) if open_ended else self._answer_within):
                await heard.wait()
                continue
            if listing:
                return  # what is missing of it is told
            self.trouble = f"no answer within {self._answer_within:g} s about {asked.what}"
            raise Unavailable(self.trouble)

    # --- hearing -------------------------------------------------------------------------------------------

    def heard(self, status: OrderStatus, connection: int, msg_seq_num: int) -> None:
        """An answer. Nobody may be waiting any more: then it is on the tape, and that is all."""
        asked = self._asked.get(status.req_id)
        if asked is None and not status.req_id:
            asked = self._only(status)
        if asked is not None:
            self._take(asked, status, connection, msg_seq_num)

    def refused(self, msg_type: str | None, reason: Reason) -> bool:
        """A Reject (3) or BusinessMessageReject (j) of a message of that type; False where it is no question. It tells
        of no order: the oldest such question is given up, for refusals come in the order of what they refuse."""
        if msg_type not in (_ALL, _ONE):
            return False
        asked = next(
            (one for one in self._asked.values() if (one.wanted is None) == (msg_type == _ALL)), None
        )
        if asked is not None and not asked.complete:
            asked.refused = msgspec.structs.replace(reason, category=RejectCategory.OTHER)
            asked.told()
        return asked is not None

    def reported(self, report: ExecutionReport, connection: int, msg_seq_num: int) -> None:
        """A report, which the ledger has. Venues that do not repeat the question's id answer by one: how the order
        stands, without an ExecID."""
        if report.exec_type is not ExecType.ORDER_STATUS or report.exec_id is not None:
            return
        for asked in self._asked.values():
            if asked.wanted is not None and _about(report, asked.wanted):
                self._take(asked, OrderStatus("", report), connection, msg_seq_num)
                return

    def _only(self, status: OrderStatus) -> _Asked | None:
        """Whose refusal it is that names no question; None where it could be that of several."""
        fits = [one for one in self._asked.values() if not one.complete]
        return fits[0] if len(fits) == 1 and status.report is None else None

    def _take(self, asked: _Asked, status: OrderStatus, connection: int, msg_seq_num: int) -> None:
        if status.total is not None:
            asked.total = status.total
        if status.report is not None:
            where = Where(session=self.name, connection=connection, msg_seq_num=msg_seq_num)
            asked.found.append(Found(asked.what, asked.at, msgspec.json.encode(where), status.report))
        elif not asked.found:
            asked.refused = status.reason or _NONE
        asked.told()


def _about(report: ExecutionReport, wanted: Wanted) -> bool:
    if report.symbol != wanted.symbol:
        return False
    if wanted.order_id is not None and report.order_id is not None:
        return report.order_id == wanted.order_id
    return wanted.cl_ord_id in (report.cl_ord_id, report.orig_cl_ord_id)


def source(venue: Venue, wire: Wire, clock: Clock, wait: Callable[[int], int], times: Times) -> Source | None:
    """The session as a source; None where the venue answers no questions about orders."""
    if venue.features & {Feature.MASS_STATUS, Feature.ORDER_STATUS}:
        return FixSource(venue, wire, clock, wait, times)
    return None

"""The way of a request from the desk into the lane: its ids, its bytes, its fact, and the wait for its answer.

One fact on the tape per message, before the bytes. Ids never come twice on one tape. Decides nothing: who puts a
request here has judged it.
"""

import contextlib
from collections.abc import Callable, Iterator

from blotter.desk.change import Answer
from blotter.desk.clock import Clock
from blotter.desk.fold import Fold
from blotter.desk.gate import Gate
from blotter.desk.lane import Outgoing
from blotter.desk.link import Link
from blotter.desk.recorder import Recorder
from blotter.fix.session import Instant
from blotter.trading.event import OutcomeUnknown, OwnEvent
from blotter.trading.ledger import HELD_PREFIX, Ledger, format_order_id
from blotter.trading.ledger_lists import LIST_PREFIX
from blotter.trading.request import OrderRequest
from blotter.trading.risk_situation import Finding
from blotter.venues.base import ChangeOrder, NewOrder, NewOrderList, ReplaceOrder, Venue, VenueRequest

SECOND = 1_000_000_000


class Refusal(Exception):
    """A command cannot be carried out: the field at fault and the reason, for its Answer."""

    def __init__(self, text: str, field: str = "", *, warnings: tuple[Finding, ...] = ()) -> None:
        """With `warnings` it is refused only until they are confirmed."""
        super().__init__(text)
        self.field = field
        self.warnings = warnings


class Outbox:
    """One account's, at one venue."""

    def __init__(
        self,
        venue: Venue,
        link: Link,
        recorder: Recorder,
        clock: Clock,
        gate: Gate,
        answer: Callable[[Answer], None],
        *,
        tag: str,
        ack_timeout: float,
        power_durable: bool,
    ) -> None:
        """`tag` makes this tape's ClOrdIDs its own among all desks of the account."""
        self.venue = venue
        self.link = link
        self.recorder = recorder
        self.answer = answer
        self.ack_timeout = int(ack_timeout * SECOND)
        self.written_at: dict[str, int] = {}  # ClOrdID -> mono ns of the socket write, until the first answer
        self._clock = clock
        self._gate = gate
        self._tag = tag
        self._power_durable = power_durable
        self._next_order = self.ledger.next_order_number
        self._next_list = self.ledger.next_list_number
        self._next_request = recorder.fold.requests + 1
        self._leaving: set[str] = set()  # own ids with a request between command and socket
        self._waiting: dict[str, int] = {}  # ClOrdID -> mono ns at which its silence makes it unconfirmed

    @property
    def fold(self) -> Fold:
        return self.recorder.fold

    @property
    def ledger(self) -> Ledger:
        """All there is to know; only the tape's facts change it."""
        return self.recorder.fold.ledger

    @property
    def now(self) -> Instant:
        return self._clock()

    def require_link(self) -> None:
        """Raises Refusal while there is no session to send on."""
        if not self.link.live:
            raise Refusal(f"{self.down()}; nothing was sent")

    def down(self) -> str:
        """Why nothing can be sent; "" while the session is up."""
        link = self.link
        return "" if link.live else f"{link.name} is down" + (f": {link.reason}" if link.reason else "")

    # --- ids -----------------------------------------------------------------------------------------------

    def order_ids(self) -> tuple[str, str]:
        """Own id and ClOrdID of a new order."""
        number = self._next_order
        self._next_order += 1
        return format_order_id(number), self._cl_ord_id("", number)

    def list_ids(self) -> tuple[str, str]:
        """Own id and ClListID of a new order list."""
        number = self._next_list
        self._next_list += 1
        return format_order_id(number, LIST_PREFIX), self._cl_ord_id("l", number)

    def request_id(self) -> str:
        """ClOrdID of a request about what is there."""
        number = self._next_request
        self._next_request += 1
        return self._cl_ord_id("r", number)

    def _cl_ord_id(self, kind: str, number: int) -> str:
        return self.venue.cl_ord_id(self._tag, kind, number, self._clock().wall)

    def held_id(self) -> str:
        """Of terms about to be held; nothing else may be recorded before they are."""
        return format_order_id(self.ledger.next_held_number, HELD_PREFIX)

    # --- sending -------------------------------------------------------------------------------------------

    def send(
        self,
        command_id: str,
        request: VenueRequest,
        fact: OwnEvent,
        cl_ord_id: str,
        order_ids: tuple[str, ...],
        text: str,
        *,
        about: str = "",
        essential: bool = False,
    ) -> None:
        """`put`, and answer the command: `text` once it is written. Raises Refusal for what the venue cannot do."""

        def done(cause: str) -> None:
            self.answer(Answer(id=command_id, ok=not cause, text=cause or text, order_ids=order_ids))

        self.put(request, fact, cl_ord_id, done, about=about, essential=essential)

    def require_still(self, own_id: str) -> None:
        """The ledger hears of a request once it is committed; one that follows in the same breath would be judged as
        if there were none. Raises Refusal while one is on its way."""
        if own_id in self._leaving:
            raise Refusal(f"{own_id} has a change on its way already", "order_id")

    def put(
        self,
        request: VenueRequest,
        fact: OwnEvent,
        cl_ord_id: str,
        done: Callable[[str], None],
        *,
        about: str = "",
        essential: bool = False,
    ) -> None:
        """Into the lane; `done` gets "" once it is written, else why it never will be. `about`: own id of the order or
        held terms that no second request may touch until then. Raises Refusal for what the venue cannot do."""
        try:
            draft = self.venue.encode(request, self._clock().wall)
        except ValueError as error:
            raise Refusal(str(error)) from error
        placed = _placed(request)
        if placed:
            self._gate.noted(*placed)

        if about:
            self._leaving.add(about)

        def written(cause: str) -> None:
            self._leaving.discard(about)
            if not cause:
                now = self._clock().mono
                self._waiting[cl_ord_id] = now + self.ack_timeout
                self.written_at[cl_ord_id] = now
            else:
                self._gate.unsent(*(name for name, _ in placed))
            done(cause)

        self.link.send(
            Outgoing(
                draft,
                written,
                fact,
                cl_ord_id,
                power_durable=self._power_durable,
                essential=essential,
            )
        )

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What is put meanwhile leaves as one: one commit, one write."""
        lane = self.link.lane
        if lane is None:
            yield
            return
        with lane.together():
            yield

    # --- waiting -------------------------------------------------------------------------------------------

    def overdue(self) -> list[OutcomeUnknown]:
        """Requests that have waited too long for an answer; each is told once."""
        now = self._clock()
        events = []
        while self._waiting:  # oldest first: all wait equally long
            cl_ord_id, deadline = next(iter(self._waiting.items()))
            if deadline > now.mono:
                break
            del self._waiting[cl_ord_id]
            self.written_at.pop(cl_ord_id, None)
            if self.fold.waits(cl_ord_id):
                text = f"no answer within {self.ack_timeout / SECOND:g} s"
                events.append(OutcomeUnknown(cl_ord_id=cl_ord_id, text=text, at=now.wall))
        return events

    def connection_lost(self) -> None:
        """Nobody is waited for any more: the session gap has made them all unconfirmed."""
        self._waiting.clear()
        self.written_at.clear()


def _placed(request: VenueRequest) -> tuple[tuple[str, OrderRequest], ...]:
    """The orders a request would place, each under its ClOrdID. A change counts as one that comes on top until it is on
    the tape, which is soon."""
    match request:
        case NewOrder() | ReplaceOrder() | ChangeOrder():
            return ((request.cl_ord_id, request.request),)
        case NewOrderList():
            return tuple((leg.cl_ord_id, leg.request) for leg in request.legs)
        case _:
            return ()

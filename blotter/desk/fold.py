"""From tape entries to state: the one path, live and at restart.

`apply` must stay a pure function of the entries seen, or the screen after a restart would differ from the one before.
"""

import logging
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import get_args

import msgspec

from blotter.fix.codec import Message, decode
from blotter.fix.sequence import Numbering
from blotter.journal.tape import Entry, Kind
from blotter.trading.delta import NOTHING
from blotter.trading.encoding import copied, encoded
from blotter.trading.enums import ExecType
from blotter.trading.event import (
    AmendRejected,
    AmendRequested,
    CancelRejected,
    CancelRequested,
    EntryResumed,
    EntryStopped,
    ExecutionReport,
    LedgerEvent,
    ListCancelRequested,
    ListReport,
    MassCancelReport,
    MassCancelRequested,
    OwnEvent,
    ReplaceRequested,
    RequestRejected,
)
from blotter.trading.ledger import Delta, Ledger
from blotter.trading.order import OrderState
from blotter.venues.base import Decoded, SessionKind, SessionRejected, Several, Venue

log = logging.getLogger(__name__)

VERSION = 5
"""Of the snapshot's shape: a snapshot of another version is not used."""

OWN_EVENTS = frozenset(event.__name__ for event in get_args(OwnEvent))
CONNECTIONS = 4
"""Of so many sockets it is known what they carried: one that is handed over lives beside the next."""
RECENT = 200
"""Requests of a connection that may be without an answer: those before them have one, or never will."""
_COUNTED = (CancelRequested, ListCancelRequested, ReplaceRequested, AmendRequested, MassCancelRequested)
_REQUESTS = frozenset({"D", "F", "XCN", "XAK", "XAR", "q", "G", "E"})
_REQUESTS_GO = SessionKind.ORDER_ENTRY.value
NUMBERS = "numbers"
"""The note of a session whose next numbers are not found by counting."""
_EVIDENCE = (ExecutionReport, CancelRejected, AmendRejected, MassCancelReport, ListReport)


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the venue answered when it was asked (Kind.EVIDENCE), and what that means for the ledger."""

    asked: str
    answer: msgspec.Raw  # verbatim
    report: ExecutionReport | None = None  # a snapshot of an order, or one execution
    refusal: RequestRejected | None = None
    list_report: ListReport | None = None  # a snapshot of an order list

    @property
    def event(self) -> LedgerEvent | None:
        """What it comes to."""
        return self.report or self.list_report or self.refusal

    @property
    def kind(self) -> str:
        """How its row on the tape is called."""
        if self.list_report is not None:
            return "ListSnapshot"
        if self.report is None:
            return "Refusal"
        return "Execution" if self.report.exec_type is ExecType.TRADE else "Snapshot"


class _Renumbered(msgspec.Struct):
    """What the note of a session says that matters here."""

    back: bool


class _State(msgspec.Struct):
    ledger: msgspec.Raw
    requests: int
    in_flight: dict[int, dict[int, str]]
    stopped: EntryStopped | None


class Fold:
    """Holds the ledger, and which MsgSeqNum of each connection carried which request: a Reject (3) names only that
    (fact sheet 3.8)."""

    def __init__(self, venue: Venue, ledger: Ledger | None = None) -> None:
        self.venue = venue
        self.ledger = ledger or Ledger()
        self.requests = 0  # highest number given to a cancel, amend, replace or mass cancel
        self._in_flight: dict[int, dict[int, str]] = {}  # connection -> MsgSeqNum -> ClOrdID
        self.stopped: EntryStopped | None = None  # entry is off since then
        self._meant = ""  # the request that the last fact was about: its message follows
        self._decode_own = msgspec.json.Decoder(OwnEvent)
        self._decode_finding = msgspec.json.Decoder(Finding)
        self._decode_renumbered = msgspec.json.Decoder(_Renumbered)

    def sent(self, connection: int, msg_seq_num: int, cl_ord_id: str) -> None:
        """A request went out under this number."""
        carried = self._in_flight.get(connection)
        if carried is None:
            carried = self._in_flight[connection] = {}
            while len(self._in_flight) > CONNECTIONS:
                del self._in_flight[min(self._in_flight)]
        carried[msg_seq_num] = cl_ord_id

    def _carried(self, session: str, connection: int, msg_seq_num: int) -> str | None:
        """The request that went out under this number: on that connection, or, where numbers live over connections,
        on the one before that had it last. Each session counts for itself."""
        connections = [connection]
        if self.venue.numbering is Numbering.CONTINUOUS and session == _REQUESTS_GO:
            connections = sorted(self._in_flight, reverse=True)
        return next(
            (name for one in connections if (name := self._in_flight.get(one, {}).get(msg_seq_num))), None
        )

    def unanswered(self, connection: int) -> list[str]:
        """Requests that went out there lately and have no answer yet, newest first."""
        carried = self._in_flight.get(connection, {})
        return [name for name in islice(reversed(carried.values()), RECENT) if self.waits(name)]

    def waits(self, cl_ord_id: str) -> bool:
        """Whether this request is still without an answer, and not given up either."""
        ledger = self.ledger
        one = ledger.list_by_name(cl_ord_id)
        if one is not None:
            legs = [ledger.orders[leg] for leg in one.legs]
            if cl_ord_id == one.cl_list_id:
                return all(leg.state is OrderState.PENDING_NEW for leg in legs)
            return any(r.cl_ord_id == cl_ord_id and not r.unconfirmed for leg in legs for r in leg.pending)
        order = ledger.by_cl_ord_id(cl_ord_id)
        if order is None:
            return cl_ord_id in ledger.mass_cancels and not self._has_ended_some(cl_ord_id)
        if any(request.cl_ord_id == cl_ord_id and not request.unconfirmed for request in order.pending):
            return True
        return any(
            placement.cl_ord_id == cl_ord_id and placement.state is OrderState.PENDING_NEW
            for placement in order.placements
        )

    def _has_ended_some(self, mass_cancel: str) -> bool:
        """Orders that say so: at some venues there is no other answer."""
        orders = self.ledger.orders.values()
        return any(one.ended_by == mass_cancel for order in orders for one in order.placements)

    def own(self, event: OwnEvent) -> Delta:
        """Fold a fact of ours, and keep the highest request number: the next id goes on from there."""
        self._meant = getattr(event, "cl_ord_id", "")
        if isinstance(event, _COUNTED):
            self._count(event.cl_ord_id)
            if isinstance(event, ReplaceRequested):
                self._count(event.cancel_cl_ord_id)
        elif isinstance(event, EntryStopped):
            self.stopped = event
        elif isinstance(event, EntryResumed):
            self.stopped = None
        return self.ledger.apply(event)

    def _count(self, cl_ord_id: str) -> None:
        """Not every venue's ids show their number; then each counts as one."""
        self.requests = max(self.requests + 1, _request_number(cl_ord_id))

    def own_id(self, cl_ord_ids: Iterable[str | None]) -> str:
        """Our order or order list that one of these ids belongs to; "" when none does."""
        for name in cl_ord_ids:
            found = (self.ledger.by_cl_ord_id(name) or self.ledger.list_by_name(name)) if name else None
            if found is not None:
                return found.id
        return ""

    def event(self, decoded: Decoded, session: str, connection: int, at: int) -> LedgerEvent | None:
        """What a decoded inbound message means for the ledger; None when nothing."""
        if isinstance(decoded, _EVIDENCE):
            return decoded
        if isinstance(decoded, SessionRejected):
            return self._rejected(decoded, session, connection, at)
        return None

    def _rejected(
        self, rejected: SessionRejected, session: str, connection: int, at: int
    ) -> LedgerEvent | None:
        cl_ord_id, number = rejected.ref_id, rejected.ref_seq_num
        ours = cl_ord_id is not None and (self.own_id((cl_ord_id,)) or cl_ord_id in self.ledger.mass_cancels)
        if not ours and number is not None:
            cl_ord_id = self._carried(session, connection, number)
        if cl_ord_id is None:
            return None
        return RequestRejected(cl_ord_id=cl_ord_id, reason=rejected.reason, at=at)

    def apply(self, entry: Entry) -> Delta:
        """Fold one entry of the tape."""
        if entry.kind is Kind.ACT:
            if entry.msg_type not in OWN_EVENTS:
                return NOTHING
            return self.own(self._decode_own.decode(entry.payload))
        if entry.kind is Kind.OUT:
            if entry.msg_type in _REQUESTS:
                # Where the message bears no id of its own, the fact before it does.
                cl_ord_id = self.venue.request_id(_taped(entry)) or self._meant
                self._meant = ""
                if cl_ord_id:
                    self.sent(entry.connection, entry.seq, cl_ord_id)
            return NOTHING
        if entry.kind is Kind.IN and entry.session != "MD":
            delta = NOTHING
            for decoded in parts(self.venue.decode(_taped(entry), entry.at)):
                event = self.event(decoded, entry.session, entry.connection, entry.at)
                if event is not None:
                    delta = delta.then(self.ledger.apply(event))
            return delta
        if entry.kind is Kind.SESSION and entry.msg_type == NUMBERS and entry.session == _REQUESTS_GO:
            if self._decode_renumbered.decode(entry.payload).back:
                self._in_flight.clear()  # the same numbers mean other messages now
            return NOTHING
        if entry.kind is Kind.EVIDENCE:
            finding = self._decode_finding.decode(entry.payload)
            found = finding.event
            return self.ledger.apply(found) if found is not None else NOTHING
        return NOTHING

    def replay(self, entries: Iterable[Entry]) -> int:
        """Fold all of them; how many there were."""
        count = 0
        for entry in entries:
            try:
                self.apply(entry)
            except Exception:  # what was survived when it was lived must not stop a start
                log.exception(
                    "row of %s %s at %d could not be folded", entry.session, entry.msg_type, entry.at
                )
            count += 1
        return count

    def pieces(self) -> Iterator[bytes]:
        """Everything `load` needs to go on from here, as it is now, however late the pieces are taken. Joined they are
        it."""
        state = {
            "ledger": self.ledger.copied(),
            "requests": self.requests,
            "in_flight": copied(self._in_flight),
            "stopped": self.stopped,
        }
        return encoded(state)

    def dump(self) -> bytes:
        """All of `pieces` at once."""
        return b"".join(self.pieces())

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises `msgspec.MsgspecError` on data of another shape."""
        state = msgspec.msgpack.decode(data, type=_State)
        self.ledger = Ledger.load(state.ledger)
        self.requests = state.requests
        self._in_flight = state.in_flight
        self.stopped = state.stopped


def _request_number(cl_ord_id: str) -> int:
    _, _, number = cl_ord_id.rpartition("-r")
    return int(number) if number.isdecimal() else 0


def parts(decoded: Decoded) -> tuple[Decoded, ...]:
    """What a message says, one by one."""
    return decoded.parts if isinstance(decoded, Several) else (decoded,)


def _taped(entry: Entry) -> Message:
    """The message of a row. It was whole when it was recorded: the chain, not its CheckSum, vouches for it now."""
    return Message(entry.payload, entry.msg_type)


def whole(raw: bytes) -> Message | None:
    """A single taped message; None when it is not one."""
    try:
        return decode(raw)
    except ValueError:
        return None

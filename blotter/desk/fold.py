"""From tape entries to state: the one path, live and at restart.

`apply` must stay a pure function of the entries seen, or the screen after a restart would differ from the one before.
"""

import logging
from collections.abc import Iterable

import msgspec

from blotter.fix.codec import Message, decode
from blotter.journal.tape import Entry, Kind
from blotter.trading.enums import ExecType
from blotter.trading.event import (
    AmendRejected,
    AmendRequested,
    CancelRejected,
    CancelRequested,
    ExecutionReport,
    LedgerEvent,
    MassCancelReport,
    MassCancelRequested,
    OwnEvent,
    ReplaceRequested,
    RequestRejected,
)
from blotter.trading.ledger import Delta, Ledger
from blotter.venues.base import Decoded, SessionRejected, Venue

log = logging.getLogger(__name__)

VERSION = 2
"""Of the snapshot's shape: a snapshot of another version is not used."""

OWN_EVENTS = frozenset(
    {
        "OrderSubmitted",
        "CancelRequested",
        "ReplaceRequested",
        "AmendRequested",
        "MassCancelRequested",
        "NotSent",
        "OutcomeUnknown",
        "SessionGap",
    }
)
_COUNTED = (CancelRequested, ReplaceRequested, AmendRequested, MassCancelRequested)
_REQUESTS = frozenset({"D", "F", "XCN", "XAK", "q", "G", "E"})
_EVIDENCE = (ExecutionReport, CancelRejected, AmendRejected, MassCancelReport)
_NOTHING = Delta()


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the venue answered when it was asked (Kind.EVIDENCE), and what that means for the ledger."""

    asked: str
    answer: msgspec.Raw  # verbatim
    report: ExecutionReport | None = None  # a snapshot of an order, or one execution
    refusal: RequestRejected | None = None

    @property
    def kind(self) -> str:
        """How its row on the tape is called."""
        if self.report is None:
            return "Refusal"
        return "Execution" if self.report.exec_type is ExecType.TRADE else "Snapshot"


class _State(msgspec.Struct):
    ledger: bytes
    requests: int
    connection: int
    in_flight: dict[int, str]


class Fold:
    """Holds the ledger, and which MsgSeqNum of the current connection carried which request: a Reject (3) names only
    the number (fact sheet 3.8)."""

    def __init__(self, venue: Venue, ledger: Ledger | None = None) -> None:
        self.venue = venue
        self.ledger = ledger or Ledger()
        self.requests = 0  # highest number given to a cancel, amend, replace or mass cancel
        self._connection = 0
        self._in_flight: dict[int, str] = {}
        self._decode_own = msgspec.json.Decoder(OwnEvent)
        self._decode_finding = msgspec.json.Decoder(Finding)

    def sent(self, connection: int, msg_seq_num: int, cl_ord_id: str) -> None:
        """A request went out under this number."""
        if connection != self._connection:
            self._connection = connection
            self._in_flight = {}
        self._in_flight[msg_seq_num] = cl_ord_id

    def own(self, event: OwnEvent) -> Delta:
        """Fold a fact of ours, and keep the highest request number: the next id goes on from there."""
        if isinstance(event, _COUNTED):
            self.requests = max(self.requests, _request_number(event.cl_ord_id))
            if isinstance(event, ReplaceRequested):
                self.requests = max(self.requests, _request_number(event.cancel_cl_ord_id))
        return self.ledger.apply(event)

    def own_id(self, cl_ord_ids: Iterable[str | None]) -> str:
        """Our order that one of these ClOrdIDs belongs to; "" when none does."""
        for cl_ord_id in cl_ord_ids:
            order = self.ledger.by_cl_ord_id(cl_ord_id) if cl_ord_id else None
            if order is not None:
                return order.id
        return ""

    def event(self, decoded: Decoded, connection: int, at: int) -> LedgerEvent | None:
        """What a decoded inbound message means for the ledger; None when nothing."""
        if isinstance(decoded, _EVIDENCE):
            return decoded
        if isinstance(decoded, SessionRejected):
            return self._rejected(decoded, connection, at)
        return None

    def _rejected(self, rejected: SessionRejected, connection: int, at: int) -> LedgerEvent | None:
        if connection != self._connection or rejected.ref_seq_num is None:
            return None
        cl_ord_id = self._in_flight.get(rejected.ref_seq_num)
        if cl_ord_id is None:
            return None
        return RequestRejected(cl_ord_id=cl_ord_id, reason=rejected.reason, at=at)

    def apply(self, entry: Entry) -> Delta:
        """Fold one entry of the tape."""
        if entry.kind is Kind.ACT:
            if entry.msg_type not in OWN_EVENTS:
                return _NOTHING
            return self.own(self._decode_own.decode(entry.payload))
        if entry.kind is Kind.OUT:
            if entry.msg_type in _REQUESTS:
                cl_ord_id = self.venue.request_id(_taped(entry))
                if cl_ord_id is not None:
                    self.sent(entry.connection, entry.seq, cl_ord_id)
            return _NOTHING
        if entry.kind is Kind.IN and entry.session != "MD":
            decoded = self.venue.decode(_taped(entry), entry.at)
            event = self.event(decoded, entry.connection, entry.at)
            return self.ledger.apply(event) if event is not None else _NOTHING
        if entry.kind is Kind.EVIDENCE:
            finding = self._decode_finding.decode(entry.payload)
            found = finding.report or finding.refusal
            return self.ledger.apply(found) if found is not None else _NOTHING
        return _NOTHING

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

    def dump(self) -> bytes:
        """Everything `load` needs to go on from here."""
        return msgspec.msgpack.encode(
            _State(
                ledger=self.ledger.dump(),
                requests=self.requests,
                connection=self._connection,
                in_flight=self._in_flight,
            )
        )

    def load(self, data: bytes) -> None:
        """Take over a dumped state. Raises `msgspec.MsgspecError` on data of another shape."""
        state = msgspec.msgpack.decode(data, type=_State)
        self.ledger = Ledger.load(state.ledger)
        self.requests = state.requests
        self._connection = state.connection
        self._in_flight = state.in_flight


def request_id(tag: str, number: int) -> str:
    """ClOrdID of a cancel, amend or replace: numbered apart from the orders, never the same twice on one tape."""
    return f"{tag}-r{number:06d}"


def _request_number(cl_ord_id: str) -> int:
    _, _, number = cl_ord_id.rpartition("-r")
    return int(number) if number.isdecimal() else 0


def _taped(entry: Entry) -> Message:
    """The message of a row. It was whole when it was recorded: the chain, not its CheckSum, vouches for it now."""
    return Message(entry.payload, entry.msg_type)


def whole(raw: bytes) -> Message | None:
    """A single taped message; None when it is not one."""
    try:
        return decode(raw)
    except ValueError:
        return None

"""From tape entries to state: the one path, live and at restart.

`apply` must stay a pure function of the entries seen, or the screen after a restart would differ from the one before.
"""

from collections.abc import Iterable

import msgspec

from blotter.fix.codec import Message, decode
from blotter.journal.tape import Entry, Kind
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

VERSION = 1
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
_REQUESTS = frozenset({"D", "F", "XCN", "XAK", "q", "G", "E"})
_NOTHING = Delta()


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
        self.requests = 0  # cancels, amends, replaces and mass cancels ever made
        self._connection = 0
        self._in_flight: dict[int, str] = {}
        self._decode_own = msgspec.json.Decoder(OwnEvent)

    def sent(self, connection: int, msg_seq_num: int, cl_ord_id: str) -> None:
        """A request went out under this number."""
        if connection != self._connection:
            self._connection = connection
            self._in_flight = {}
        self._in_flight[msg_seq_num] = cl_ord_id

    def own(self, event: OwnEvent) -> Delta:
        """Fold a fact of ours, and count the requests: their ids are numbered by it."""
        if isinstance(event, CancelRequested | ReplaceRequested | AmendRequested | MassCancelRequested):
            self.requests += 1
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
        if isinstance(decoded, ExecutionReport | CancelRejected | AmendRejected | MassCancelReport):
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
        return _NOTHING

    def replay(self, entries: Iterable[Entry]) -> int:
        """Fold all of them; how many there were."""
        count = 0
        for entry in entries:
            self.apply(entry)
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


def _taped(entry: Entry) -> Message:
    """The message of a row. It was whole when it was recorded: the chain, not its CheckSum, vouches for it now."""
    return Message(entry.payload, entry.msg_type)


def whole(raw: bytes) -> Message | None:
    """A single taped message; None when it is not one."""
    try:
        return decode(raw)
    except ValueError:
        return None

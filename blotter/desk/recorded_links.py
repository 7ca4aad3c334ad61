"""Sessions as a tape tells of them: folded from its session rows and messages.

Only what the tape knows: round trips, clocks and hand-overs under way are not on it, and stay empty.
"""

import msgspec

from blotter.desk.change import LinkState, LinkView
from blotter.desk.recorder import SessionNote
from blotter.fix.codec import Message
from blotter.journal.reader import RowFilter, TapeReader
from blotter.journal.row import Entry, Kind

_STATES = {"dial": LinkState.DIALLING, "live": LinkState.LIVE, "end": LinkState.WAITING}


class RecordedLinks:
    """The sessions at one row of a tape. Times are UTC ns, in the place of monotonic ones too."""

    def __init__(self) -> None:
        self.views: dict[str, LinkView] = {}
        self._connections: dict[str, int] = {}  # the newest socket of each session
        self._decode = msgspec.json.Decoder(SessionNote)

    def restore(self, reader: TapeReader, row_id: int) -> None:
        """What folding every row up to this one comes to, without reading them all."""
        self.views, self._connections = {}, {}
        for row in reader.rows(RowFilter(up_to=row_id, kinds=frozenset({Kind.SESSION}))):
            self.apply(row.entry)
        logons = RowFilter(up_to=row_id, kinds=frozenset({Kind.IN}), msg_types=frozenset({"A"}), last=8)
        for row in reader.rows(logons):
            self._agreed(row.entry)
        for session, count, last in reader.counted(row_id):
            newest = reader.row(last)
            if session in self.views and newest is not None:
                self._passed(newest.entry, count)

    def apply(self, entry: Entry) -> LinkView | None:
        """Fold one row; the session it changed."""
        if entry.kind is Kind.SESSION:
            return self._noted(entry)
        if entry.kind not in (Kind.IN, Kind.OUT):
            return None
        if entry.session not in self.views:
            return None
        self._passed(entry, 1)
        if entry.msg_type == "A" and entry.kind is Kind.IN:
            self._agreed(entry)
        return self.views[entry.session]

    def _passed(self, entry: Entry, more: int) -> None:
        """So many messages more, of which this is the last. Numbers are those of the newest connection."""
        view = self.views[entry.session]
        current = entry.connection >= self._connections.get(entry.session, 0)
        if entry.kind is Kind.OUT:
            self.views[entry.session] = msgspec.structs.replace(
                view,
                messages_out=view.messages_out + more,
                next_out=entry.seq + 1 if current else view.next_out,
                last_out=max(entry.at, view.last_out or 0),
            )
        else:
            self.views[entry.session] = msgspec.structs.replace(
                view,
                messages_in=view.messages_in + more,
                next_in=entry.seq + 1 if current else view.next_in,
                last_in=max(entry.at, view.last_in or 0),
            )

    def _noted(self, entry: Entry) -> LinkView | None:
        state = _STATES.get(entry.msg_type)
        newest = self._connections.get(entry.session, 0)
        if state is None or not entry.connection or entry.connection < newest:
            return None  # of a connection that was handed over
        try:
            note = self._decode.decode(entry.payload)
        except msgspec.MsgspecError:
            return None
        before = self.views.get(entry.session)
        if entry.msg_type == "dial" and before is not None and before.state is LinkState.LIVE:
            return None  # the next one of a hand-over: the session lives on the one before until it is live itself
        view = before or LinkView(name=entry.session, state=state, since=entry.at)
        if entry.connection > newest:
            self._connections[entry.session] = entry.connection
            lost = before is not None and before.state is not LinkState.LIVE  # else it was handed over
            reconnects = view.reconnects + lost
            view = msgspec.structs.replace(view, reconnects=reconnects, next_in=1, next_out=1)
        view = msgspec.structs.replace(
            view,
            state=state,
            since=entry.at,
            reason="" if state is LinkState.LIVE else note.text,
            endpoint=note.endpoint or view.endpoint,
            comp_id=note.comp_id or view.comp_id,
        )
        self.views[entry.session] = view
        return view

    def _agreed(self, entry: Entry) -> None:
        """A Logon says how often both sides are to be heard (HeartBtInt, 108)."""
        view, interval = self.views.get(entry.session), Message(entry.payload, "A").text(108)
        if view is not None and interval is not None and interval.isdecimal():
            self.views[entry.session] = msgspec.structs.replace(view, heart_bt_int=int(interval))

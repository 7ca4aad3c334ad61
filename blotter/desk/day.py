"""The numbers of a day, read from a tape. Reads only."""

from blotter.desk.recording import Recording, lost_sessions
from blotter.journal.reader import TapeReader
from blotter.trading.day import Day, day
from blotter.venues.base import Venue

_REFUSALS = "kind = 'in' AND session != 'DC' AND msg_type IN ('3', '9', 'j', 'XAR') AND at >= ? AND at <= ?"
_EVER = (1 << 63) - 1


def read_day(reader: TapeReader, venue: Venue, since: int | None = None, until: int | None = None) -> Day:
    """What was done between two moments (UTC ns). Raises `TapeUnusable` where the file is damaged."""
    recording = Recording(reader, venue)
    for _ in recording.seek(recording.rows):
        pass
    first, last = since or 0, _EVER if until is None else until
    refused = reader.found(_REFUSALS, (first, last), limit=_EVER)
    ends = [row for row in lost_sessions(reader) if first <= row.entry.at <= last]
    return day(recording.fold.ledger, since, until, refused=len(refused), disconnects=len(ends))

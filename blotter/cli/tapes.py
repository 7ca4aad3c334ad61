"""Which tape, which of its rows, and rows as text: what the commands that read tapes share. Never writes to a tape."""

import csv
import functools
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TextIO

import click
import msgspec

from blotter.cli.decode import SECRET_TAGS, SOH, as_json, fields_of
from blotter.desk.change import ActSeen
from blotter.fix.codec import Message
from blotter.fix.dictionary import MASK
from blotter.journal.failure import TapeUnusable
from blotter.journal.reader import RowFilter, TapeReader
from blotter.journal.row import Kind, Row
from blotter.venues.base import Venue

TAPE = "tape.sqlite3"
SECOND = 1_000_000_000

# What says most in one line, in this order: ids, instrument, terms, outcome, reason.
_MAIN_TAGS = (11, 41, 37, 55, 54, 40, 38, 152, 44, 59, 150, 39, 32, 31, 14, 45, 371, 373, 148, 58, 25016, 112)
_ARROWS = {Kind.IN: "<", Kind.OUT: ">", Kind.ACT: "*", Kind.SESSION: "-", Kind.EVIDENCE: "="}
_UNITS = {"s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": 86_400 * SECOND}


class Place(Protocol):
    """What the root command knows: where the tapes are, and which one is meant."""

    @property
    def data_dir(self) -> Path:
        """One sub-directory a profile, each with a tape."""
        ...

    @property
    def profile(self) -> str | None:
        """The profile asked for."""
        ...


# --- times -------------------------------------------------------------------------------------------------


def iso(at: int, separator: str = "T") -> str:
    """UTC with nanoseconds."""
    seconds, rest = divmod(at, SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d{separator}%H:%M:%S}.{rest:09d}Z"


def when(text: str) -> int:
    """A time as UTC ns: ISO 8601 (UTC where no zone is given), or how long ago, as in 90s, 15m, 2h, 3d."""
    if ago := re.fullmatch(r"(\d{1,9})([smhd])", text):
        return time.time_ns() - int(ago[1]) * _UNITS[ago[2]]
    fraction = re.search(r"(?<=:\d\d)\.(\d{1,9})", text)  # of which `datetime` would keep six digits only
    try:
        moment = datetime.fromisoformat(text.replace(fraction[0], "", 1) if fraction else text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is neither a time (2026-11-22T09:30, UTC) nor an age (15m)"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * SECOND + (int(fraction[1].ljust(9, "0")) if fraction else 0)


# --- which tape, which rows --------------------------------------------------------------------------------


def known_tapes(place: Place) -> list[Path]:
    """The tapes of all profiles, or of the one asked for."""
    found = sorted(place.data_dir.glob(f"*/{TAPE}"))
    return [path for path in found if place.profile in (None, path.parent.name)]


def chosen_tape(place: Place, tape: Path | None) -> Path:
    """The tape that is meant. Raises `click.ClickException` where there is none, or several."""
    if tape is not None:
        return tape
    found = known_tapes(place)
    if len(found) == 1:
        return found[0]
    if not found:
        wanted = f" of {place.profile!r}" if place.profile else ""
        raise click.ClickException(f"no tape{wanted} in {place.data_dir}")
    names = ", ".join(path.parent.name for path in found)
    raise click.UsageError(f"several tapes ({names}): choose with the global --venue, or with --tape")


@contextmanager
def opened(path: Path) -> Iterator[TapeReader]:
    """A tape that cannot be read ends the command with the reason; so does, quietly, a closed pipe."""
    try:
        with TapeReader.open(path) as reader:
            yield reader
        sys.stdout.flush()
    except TapeUnusable as error:
        raise click.ClickException(str(error)) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the interpreter's own last flush


tape_option = click.option(
    "--tape",
    type=click.Path(path_type=Path, dir_okay=False),
    help="This tape instead of the data directory's.",
)

_FILTERS = (
    tape_option,
    click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N that fit."),
    click.option("--session", metavar="NAME", help="OE, MD or DC."),
    click.option("--kind", "kinds", type=click.Choice([kind.value for kind in Kind]), multiple=True),
    click.option(
        "--type", "types", metavar="TYPE", multiple=True, help="MsgType or its name; may be repeated."
    ),
    click.option("--contains", metavar="TEXT", help="Rows whose payload holds this, case matters."),
    click.option("--since", type=when, metavar="TIME", help="ISO time (UTC), or an age: 90s, 15m, 2h, 3d."),
    click.option("--until", type=when, metavar="TIME", help="As --since."),
)


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the filter options; the command gets the tape's path and a function that makes its `RowFilter`."""

    def with_filter(
        place: Place,
        /,
        tape: Path | None,
        last: int | None,
        session: str | None,
        kinds: tuple[str, ...],
        types: tuple[str, ...],
        contains: str | None,
        since: int | None,
        until: int | None,
        **others: Any,
    ) -> None:
        with opened(chosen_tape(place, tape)) as reader:
            venue = venue_of(reader)
            wanted = RowFilter(
                last=last,
                session=session,
                kinds=frozenset(map(Kind, kinds)),
                msg_types=_msg_types(reader, venue, types),
                text=contains,
                since=since,
                until=until,
            )
            command(reader, venue, wanted, **others)

    decorated = functools.update_wrapper(click.pass_obj(with_filter), command)
    for option in reversed(_FILTERS):
        decorated = option(decorated)
    return decorated


def venue_of(reader: TapeReader) -> Venue:
    """Whose names to use: the venue the tape says it is of, as it was configured."""
    from blotter.venues.base import VenueSettings
    from blotter.venues.fix44.profile import FIX_PROFILE, FixProfile
    from blotter.venues.registry import venue

    try:
        stored = reader.meta(FIX_PROFILE)
        profile = msgspec.json.decode(stored, type=FixProfile) if stored else None
        return venue(reader.meta("venue") or "binance", VenueSettings(fix=profile))
    except (ValueError, msgspec.MsgspecError) as error:
        raise click.ClickException(f"{reader.path}: {error}") from None


def _msg_types(reader: TapeReader, venue: Venue, wanted: Iterable[str]) -> frozenset[str]:
    """Types as the tape has them, for types or names as people type them."""
    if not wanted:
        return frozenset()
    named = {venue.dictionary.message_name(known).lower(): known for known in reader.msg_types()}
    named.pop("", None)
    known = set(reader.msg_types())
    chosen = {one if one in known else named.get(one.lower(), one) for one in wanted}
    if missing := sorted(chosen - known):
        there = ", ".join(f"{one} {venue.dictionary.message_name(one)}".strip() for one in sorted(known))
        raise click.UsageError(f"--type: no row of type {', '.join(missing)} on this tape; it has: {there}")
    return frozenset(chosen)


# --- rows as text ------------------------------------------------------------------------------------------


def _is_fix(row: Row) -> bool:
    return row.entry.kind in (Kind.IN, Kind.OUT)


def _printable(text: str) -> str:
    """Nothing a peer wrote may steer the terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _raw(row: Row, secret_tags: frozenset[int]) -> str:
    """The payload with | for SOH, fit for a terminal. Secrets were masked when it was taped; this makes sure."""
    payload = row.entry.payload
    if not _is_fix(row):
        return _printable(payload.decode("utf-8", "backslashreplace"))
    prefixes = tuple(b"%d=" % tag for tag in secret_tags | SECRET_TAGS)
    fields = [
        field[: field.index(b"=") + 1] + MASK.encode() if field.startswith(prefixes) else field
        for field in payload.split(SOH)
    ]
    return _printable(b"|".join(fields).decode("utf-8", "backslashreplace"))


def _gist(row: Row, venue: Venue) -> str:
    """The main fields by name."""
    if not _is_fix(row):
        return _raw(row, venue.secret_tags)
    message = Message(row.entry.payload, row.entry.msg_type)
    parts: list[str] = []
    for tag in _MAIN_TAGS:
        value = message.text(tag)
        if value is not None:
            meaning = venue.dictionary.meaning(tag, value)
            parts.append(f"{venue.dictionary.field_name(tag) or tag}={_printable(meaning or value)}")
    return " ".join(parts)


def as_line(row: Row, venue: Venue, raw: bool) -> str:
    """One line for people."""
    entry = row.entry
    name = venue.dictionary.message_name(entry.msg_type) if _is_fix(row) else ""
    where = f"{entry.session or 'desk'}#{entry.connection}" if entry.connection else entry.session or "desk"
    seq = str(entry.seq) if _is_fix(row) else ""
    what = _raw(row, venue.secret_tags) if raw else _gist(row, venue)
    return (
        f"{row.id:>8} {iso(entry.at, ' ')} {where:<6} {_ARROWS[entry.kind]} {seq:>6} "
        f"{name or _printable(entry.msg_type)}  {what}"
    ).rstrip()


def act_line(row_id: int, act: ActSeen) -> str:
    """One line for people: who did what, with which market."""
    market = f"({act.symbol} {act.bid or '-'} / {act.ask or '-'})" if act.bid or act.ask else act.symbol
    words = (
        act.what,
        " ".join(act.order_ids),
        act.text,
        market,
        f"REFUSED: {act.refused}" if act.refused else "",
    )
    at = iso(act.pressed_at or act.at, " ")
    return f"{row_id:>8} {at} {act.who:<16} {_printable('  '.join(filter(None, words)))}"


def as_record(row: Row, venue: Venue) -> dict[str, Any]:
    """For JSON."""
    entry = row.entry
    record: dict[str, Any] = {
        "id": row.id,
        "at": iso(entry.at),
        "kind": entry.kind.value,
        "session": entry.session,
        "connection": entry.connection,
        "seq": entry.seq,
        "msg_type": entry.msg_type,
        "digest": row.digest.hex(),
    }
    if _is_fix(row):
        record["name"] = venue.dictionary.message_name(entry.msg_type)
        message = Message(entry.payload, entry.msg_type)
        record["fields"] = as_json(fields_of(message, venue.dictionary, venue.secret_tags))
        return record
    try:
        record["data"] = json.loads(entry.payload)
    except ValueError:
        record["text"] = entry.payload.decode("utf-8", "backslashreplace")
    return record


def write_csv(rows: Iterable[Row], venue: Venue, out: TextIO) -> None:
    """With a line of titles."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ("id", "at", "kind", "session", "connection", "seq", "msg_type", "name", "payload", "digest")
    )
    for row in rows:
        entry = row.entry
        name = venue.dictionary.message_name(entry.msg_type) if _is_fix(row) else ""
        writer.writerow(
            (
                row.id,
                iso(entry.at),
                entry.kind.value,
                entry.session,
                entry.connection,
                entry.seq,
                entry.msg_type,
                name,
                _raw(row, venue.secret_tags),
                row.digest.hex(),
            )
        )


def write_json_lines(rows: Iterable[Row], venue: Venue, out: TextIO) -> None:
    """An object a row, fields with names."""
    for row in rows:
        out.write(json.dumps(as_record(row, venue), ensure_ascii=False) + "\n")

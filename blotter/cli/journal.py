"""`blotter journal`: the tapes for people and for other programs. Reads only, also while a blotter runs."""

import json
import os
import sys
from pathlib import Path

import click

from blotter.cli.context import say
from blotter.cli.tapes import (
    Place,
    act_line,
    as_line,
    as_record,
    chosen_tape,
    filtered,
    iso,
    known_tapes,
    opened,
    tape_option,
    venue_of,
    when,
    write_csv,
    write_json_lines,
)
from blotter.journal.failure import TapeUnusable
from blotter.journal.reader import RowFilter, TapeReader
from blotter.venues.base import Venue

# --- commands ----------------------------------------------------------------------------------------------


@click.group()
def journal() -> None:
    """Everything that was said and done: list, show, verify, export."""


@journal.command("list")
@click.pass_obj
def list_(place: Place) -> None:
    """The tapes there are, with their rows, time range and size."""
    found = known_tapes(place)
    if not found:
        raise click.ClickException(f"no tape in {place.data_dir}")
    width = max(len(path.parent.name) for path in found)
    say(f"{'tape':<{width}} {'rows':>10} {'MiB':>8}  first{' ' * 27}last")
    unreadable = 0
    for path in found:
        try:
            with TapeReader.open(path) as reader:
                summary = reader.summary()
        except TapeUnusable as error:
            unreadable += 1
            say(f"{path.parent.name:<{width}} {error}")
            continue
        log = path.with_name(path.name + "-wal")
        size = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
        times = [iso(at, " ") if at is not None else "-" for at in (summary.first_at, summary.last_at)]
        say(
            f"{path.parent.name:<{width}} {summary.rows:>10} {size / 1024 / 1024:>8.1f}  {times[0]:<30}  {times[1]}"
        )
    if unreadable:
        sys.exit(1)


@journal.command()
@click.option("--raw", is_flag=True, help="The messages as they were, | for SOH.")
@filtered
def show(reader: TapeReader, venue: Venue, wanted: RowFilter, raw: bool) -> None:
    """One line a row: id, time (UTC), session, direction, MsgSeqNum, name, main fields.

    < received, > sent, * done by us, - session event, = answer to a question (REST).
    """
    for row in reader.rows(wanted):
        sys.stdout.write(as_line(row, venue, raw) + "\n")


@journal.command()
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), required=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file (mode 0600) instead of standard output.",
)
@filtered
def export(reader: TapeReader, venue: Venue, wanted: RowFilter, form: str, output: Path | None) -> None:
    """Rows as JSON lines (fields with names) or CSV. Times are UTC with nanoseconds."""
    write = write_csv if form == "csv" else write_json_lines
    rows = reader.rows(wanted)
    if output is None:
        write(rows, venue, sys.stdout)
        return
    if output.exists() and output.samefile(reader.path):
        raise click.BadParameter("this is the tape itself", param_hint="--output")
    try:
        with open(
            os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as out:
            write(rows, venue, out)
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from None


@journal.command()
@click.option("--order", metavar="ID", help="About this order only: A-12 or 12.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines.")
@filtered
def acts(reader: TapeReader, venue: Venue, wanted: RowFilter, order: str | None, as_json: bool) -> None:
    """Who did what: time (UTC), who, act, orders, words, top of book at that moment, refusal.

    Drafts, reviews, questions and their answers at the screen, and every command: by a person at the screen ("you"), by
    one at another terminal, or by a rule of the desk.
    """
    import msgspec

    from blotter.desk.acts import seen

    for row in reader.rows(wanted):
        act = seen(row.entry)
        if act is None or (order is not None and not any(_is(order, own_id) for own_id in act.order_ids)):
            continue
        text = msgspec.json.encode(act).decode() if as_json else act_line(row.id, act)
        sys.stdout.write(text + "\n")


def _is(typed: str, own_id: str) -> bool:
    """Whether `a-12` or `12` is `A-000012`."""
    letter, _, number = own_id.rpartition("-")
    typed_letter, _, typed_number = typed.upper().rpartition("-")
    return typed_letter in ("", letter) and typed_number.lstrip("0") == number.lstrip("0")


@journal.command()
@tape_option
@click.pass_obj
def verify(place: Place, tape: Path | None) -> None:
    """Prove that no row was altered, removed or put in between. Exit code 1 when one was."""
    from blotter.journal.verify import verify as check

    path = chosen_tape(place, tape)
    try:
        verdict = check(path)
    except TapeUnusable as error:
        raise click.ClickException(str(error)) from None
    if verdict.bad_row is not None:
        say(f"{path}: row {verdict.bad_row} {verdict.reason}")
        say(f"the {verdict.rows} rows before it are sound")
        sys.exit(1)
    say(f"{path}: {verdict.rows} rows, all sound")
    say(f"head {verdict.head.hex()}")


@journal.command()
@click.argument("expression", metavar="EXPR")
@tape_option
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The newest N only.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines, fields with names.")
@click.option("--raw", is_flag=True, help="The messages as they were, | for SOH.")
@click.pass_obj
def find(
    place: Place, expression: str, tape: Path | None, limit: int | None, as_json: bool, raw: bool
) -> None:
    """Search the messages by their fields, newest first.

    EXPR in quotes: '55=BTCUSDT 150=F', '35=8 39=4|8', '11=A-12*', '44>60000', '!58', Symbol=BTCUSDT, words. All terms
    must hold. Exit code 1 when nothing was found.
    """
    from blotter.desk.searching import field_names
    from blotter.journal.search import SearchError, parse, search

    found = 0
    with opened(chosen_tape(place, tape)) as reader:
        venue = venue_of(reader)
        try:
            query = parse(expression, field_names(venue.dictionary))
        except SearchError as error:
            under = " " * error.start + "^" * max(1, error.end - error.start)
            raise click.BadParameter(f"{error}\n  {expression}\n  {under}", param_hint="EXPR") from None
        for row in (row for batch in search(reader, query) for row in batch.hits):
            text = (
                json.dumps(as_record(row, venue), ensure_ascii=False) if as_json else as_line(row, venue, raw)
            )
            sys.stdout.write(text + "\n")
            found += 1
            if found == limit:
                break
    if not found:
        sys.exit(1)


@journal.command()
@tape_option
@click.option("--since", type=when, metavar="TIME", help="ISO time (UTC), or an age: 90s, 15m, 2h, 3d.")
@click.option("--until", type=when, metavar="TIME", help="As --since.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object; decimals are text.")
@click.pass_obj
def summary(place: Place, tape: Path | None, since: int | None, until: int | None, as_json: bool) -> None:
    """What was done: orders, fills, volume, fees, realised P&L, refusals, disconnects, time to an answer.

    Of the whole tape, or of a part of it.
    """
    import msgspec

    from blotter.desk.day import read_day
    from blotter.trading.day import lines

    with opened(chosen_tape(place, tape)) as reader:
        day = read_day(reader, venue_of(reader), since, until)
    if as_json:
        say(msgspec.json.encode(day).decode())
        return
    for text in lines(day):
        say(text)

"""A view of the screen as a file: the rows that the filter shows, in the columns that are chosen.

What is written is what is read on the screen, made fit for programs: numbers without thousands separators, times in
full, ids whole, an empty cell where there is nothing. Text throughout, so that no digit is lost. Runs in a thread of
its own; knows no widget.
"""

import csv
import importlib
import io
import json
import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from blotter.tui.format import DASH, NS_PER_SECOND, printable
from blotter.tui.grid_paint import Column

FORMATS: Final = {".csv": "CSV", ".jsonl": "JSON lines", ".ndjson": "JSON lines", ".parquet": "Parquet"}
NO_PARQUET: Final = "Parquet needs pyarrow: pip install 'blotter[parquet]'; .csv and .jsonl need nothing"

_SIGN = re.compile(r"^[^\w\s.+-]+ ")  # the glyph before a state
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:,\d{3})*(?:\.\d+)?|[+-]?\d+(?:\.\d+)?")


class View(NamedTuple):
    """What is to be written: rows as they were at that moment. `now`: UTC ns, for ages."""

    columns: Sequence[Column[Any]]
    rows: Sequence[Any]
    now: int


class ExportFailed(Exception):
    """Why nothing was written, in words."""


def check(path: Path) -> None:
    """Raises `ExportFailed` for a name that says no format, or one that cannot be written here."""
    if path.suffix.lower() not in FORMATS:
        raise ExportFailed(f"{path.name}: the name ends in {', '.join(FORMATS)}")
    if path.suffix.lower() == ".parquet":
        _pyarrow()
    if path.is_dir():
        raise ExportFailed(f"{path}: a directory")
    if not path.parent.is_dir():
        raise ExportFailed(f"{path.parent}: no such directory")


def write(path: Path, view: View, *, replace: bool = False) -> int:
    """Write the file (mode 0600), whole or not at all; how many rows. Raises `FileExistsError` where there is one
    already and `replace` was not said, and `ExportFailed`."""
    if path.exists() and not replace:
        raise FileExistsError(path)
    names = [column.id for column in view.columns]
    records = [[_cell(column, row, view.now) for column in view.columns] for row in view.rows]
    part = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as out:
            _WRITERS[path.suffix.lower()](out, names, records)
        if replace:
            os.replace(part, path)
        else:
            os.link(part, path)  # fails where somebody else was quicker
            part.unlink()
    except OSError as error:
        part.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise
        raise ExportFailed(f"{path}: {error.strerror or error}") from None
    return len(records)


def _cell(column: Column[Any], row: Any, now: int) -> str:
    if column.datum is not None:
        datum = column.datum(row)
        return datum if isinstance(datum, str) else iso(datum)
    value = column.value(row, now)
    return plain(value if isinstance(value, str) else value.text)


def plain(text: str) -> str:
    """What a cell says, for a program."""
    text = _SIGN.sub("", printable(text).strip())
    if text == DASH:
        return ""
    return text.replace(",", "") if _NUMBER.fullmatch(text) else text


def iso(at: int) -> str:
    """UTC with nanoseconds."""
    seconds, rest = divmod(at, NS_PER_SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


# --- formats -----------------------------------------------------------------------------------------------


def _csv(out: Any, names: list[str], records: list[list[str]]) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(records)
    text.detach()


def _json_lines(out: Any, names: list[str], records: list[list[str]]) -> None:
    for record in records:
        line = json.dumps(dict(zip(names, record, strict=True)), ensure_ascii=False)
        out.write(line.encode() + b"\n")


def _parquet(out: Any, names: list[str], records: list[list[str]]) -> None:
    pyarrow, parquet = _pyarrow()
    columns = list(zip(*records, strict=True)) if records else [() for _ in names]
    table = pyarrow.table(
        {name: pyarrow.array(values, pyarrow.string()) for name, values in zip(names, columns, strict=True)}
    )
    parquet.write_table(table, out)


def _pyarrow() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise ExportFailed(NO_PARQUET) from None


_WRITERS: Final[dict[str, Callable[[Any, list[str], list[list[str]]], None]]] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}

"""The file of saved views, `views.toml` beside the config: read without ever stopping the start, written whole or not.

It may be written by hand; what stands in it beside the view that is saved or dropped (comments, order, other views) is
left as it is. A file that cannot be read is never written over.

    [orders.btc]
    filter = "symbol:BTC is:open"
    sort = "price"
    descending = true
    group = "symbol"
    columns = ["id", "side", "qty:12", "price", "state"]
"""

import contextlib
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from blotter.tui.views import NAME, PANES, SavedView, Views, is_name

_HEADER: Final = re.compile(r"^\s*\[")


class ViewsFileError(Exception):
    """Why the file was not written, in words."""


class Found(NamedTuple):
    """What is in the file, and what is wrong with it, each naming file and key."""

    views: Views
    problems: tuple[str, ...] = ()


def read_views(path: Path) -> Found:
    """All views that are well-formed; whether a list can show them is not known here. No file is no problem."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Found({})
    except (OSError, UnicodeDecodeError) as error:
        return Found({}, (f"{path}: cannot be read: {error}",))
    return parse_views(text, path)


def parse_views(text: str, path: Path) -> Found:
    """As `read_views`, of a file's text."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Found({}, (f"{path}: not valid TOML: {error}",))
    views: Views = {}
    problems = []
    for pane, named in tables.items():
        if pane not in PANES or not isinstance(named, dict):
            problems.append(f"{path}: [{pane}]: a view is a table [{'|'.join(PANES)}.NAME]")
            continue
        for name, table in named.items():
            where = f"{path}: {pane}.{name}"
            if not is_name(name):
                problems.append(f"{where}: a name has only {NAME}")
                continue
            try:
                view = msgspec.convert(table, SavedView)
            except msgspec.ValidationError as error:
                problems.append(f"{where}: {error}")
            else:
                views.setdefault(pane, {})[name] = view
    return Found(views, tuple(problems))


def write_view(path: Path, pane: str, name: str, view: SavedView | None) -> None:
    """Put one view into the file, or take it out (None). Raises `ViewsFileError`; the file is then what it was."""
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        wanted = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ViewsFileError(f"{path}: left as it is, for it cannot be read: {error}") from None
    after = _replaced(text, pane, name, "" if view is None else _table(pane, name, view))
    if not _is_as_wanted(after, wanted, pane, name, view):
        raise ViewsFileError(f"{path}: {pane}.{name} is written there in a way that only a hand can change")
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(after, encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise ViewsFileError(f"{path}: not written: {error.strerror or error}") from None


def _is_as_wanted(text: str, wanted: dict[str, Any], pane: str, name: str, view: SavedView | None) -> bool:
    """Whether the text says what the file said (`wanted`) with nothing but the one view changed."""
    named = wanted.setdefault(pane, {})
    if not isinstance(named, dict):
        return False
    if view is None:
        named.pop(name, None)
    else:
        named[name] = _plain(view)
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return {key: value for key, value in said.items() if value} == {
        key: value for key, value in wanted.items() if value
    }


def _plain(view: SavedView) -> dict[str, Any]:
    """As TOML reads it: only what is not the default."""
    return dict(json.loads(msgspec.json.encode(view)))


def _table(pane: str, name: str, view: SavedView) -> str:
    lines = [f"[{pane}.{name}]"]
    for key, value in _plain(view).items():
        lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")  # the same in TOML for these types
    return "\n".join(lines) + "\n"


def _replaced(text: str, pane: str, name: str, table: str) -> str:
    """The text with the table in the place of the one of that name, else at the end."""
    lines = text.splitlines(keepends=True)
    own = re.compile(rf"^\s*\[\s*{re.escape(pane)}\s*\.\s*[\"']?{re.escape(name)}[\"']?\s*\]")
    start = next((number for number, line in enumerate(lines) if own.match(line)), None)
    if start is None:
        if not table:
            return text
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}{table}"
    stop = next((n for n in range(start + 1, len(lines)) if _HEADER.match(lines[n])), len(lines))
    while stop > start + 1 and (not lines[stop - 1].strip() or lines[stop - 1].lstrip().startswith("#")):
        stop -= 1  # what stands above the next table belongs to that
    return "".join([*lines[:start], table, *lines[stop:]])

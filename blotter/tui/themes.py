"""Themes: TOML files into Textual themes, with signal colours of their own.

A signal colour (side, state, environment, danger) is a variable apart from a theme's pretty colours, and every
one has a default, so that a theme can change what things look like but not leave a meaning without a colour. In the
place of a colour a signal may have a way of writing (`emphasis`): `danger = "bold reverse"`.
What is wrong with a file is collected in words that name file and key: a broken theme must never stop the start.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from textual.color import Color, ColorParseError
from textual.theme import Theme

import blotter
from blotter.tui.emphasis import Emphasis, is_marker, is_words, marker

DEFAULT: Final = "desk-dark"
COLOURLESS: Final = "mono"
"""The one that `NO_COLOR` asks for."""

SIGNALS: Final[Mapping[str, str]] = {
    "side-buy": "#4aa3ff",
    "side-sell": "#ff9e3b",
    "state-working": "#5fd7a7",
    "state-partial": "#e8c14c",
    "state-filled": "#9be28a",
    "state-cancelled": "#9aa7b5",
    "state-rejected": "#ff8a82",
    "state-pending": "#c7a6ff",
    "state-unknown": "#ffd75f",
    "state-expired": "#9aa7b5",
    "env-embedded": "#7fd1c7",
    "env-testnet": "#e8c14c",
    "env-demo": "#c7a6ff",
    "env-live": "#ff7b72",
    "ok": "#7fd88f",
    "warn": "#ffb454",
    "danger": "#ff8a82",
    "stale": "#c9a882",
    "dim": "#94a1af",
}
"""Colours of words, with the values of the default theme."""

GROUNDS: Final[Mapping[str, str]] = {
    "cursor-ground": "#1d3654",
    "cursor-ground-blurred": "#1c2836",
    "selected-ground": "#2c2748",
    "new-ground": "#14301f",
    "changed-ground": "#2b2712",
}
"""Colours behind rows, on which every signal must still read."""


@dataclass(frozen=True, slots=True)
class Themes:
    """What was found: themes by name, and what is wrong with the files that gave none."""

    themes: Mapping[str, Theme]
    problems: tuple[str, ...] = ()


def variable_defaults() -> dict[str, str]:
    """What `App.get_theme_variable_defaults` returns: a variable in TCSS without a default stops the start."""
    return {**SIGNALS, **GROUNDS}


def shipped_folder() -> Path:
    """Where the themes of this version are: in the installed package, or at the top of a source checkout."""
    packaged = Path(str(files(blotter))) / "themes"
    return packaged if packaged.is_dir() else packaged.parent.parent / "themes"


def load_themes(user_folder: Path | None = None) -> Themes:
    """The shipped themes and the user's. A user's theme may not take a shipped name."""
    themes: dict[str, Theme] = {}
    problems: list[str] = []
    paths = _toml_files(shipped_folder(), problems)
    if not paths:
        problems.append(f"{shipped_folder()}: no themes here, the installation is incomplete")
    if user_folder is not None and user_folder.is_dir():
        paths += _toml_files(user_folder, problems)
    for path in paths:
        theme, wrong = read_theme(path)
        if theme is not None and themes.setdefault(theme.name, theme) is not theme:
            wrong = [f"name: {theme.name!r} is taken by another theme"]
        problems += [f"{path}: {what}" for what in wrong]
    return Themes(themes, tuple(problems))


def _toml_files(folder: Path, problems: list[str]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        problems.append(f"{folder}: cannot be read: {error.strerror}")
        return []


def read_theme(path: Path) -> tuple[Theme | None, list[str]]:
    """One file: the theme, or None and what is wrong with it, each starting with the key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return None, [f"cannot be read: {error.strerror}"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, [f"not TOML: {error}"]
    if problems := list(_check(data)):
        return None, problems
    signals = variable_defaults()
    written = {
        key: marker(value) if key in signals and is_words(value) else value
        for key, value in data.get("variables", {}).items()
    }
    return Theme(**{**data, "variables": written}), []


def emphasis(theme: Theme) -> Emphasis | None:
    """What draws the theme's ways of writing; None where it has colours only."""
    colours = [value for name in _COLOURS if (value := getattr(theme, name, None)) is not None]
    signals = [theme.variables[name] for name in variable_defaults() if name in theme.variables]
    if not any(map(is_marker, signals)):
        return None
    plain = all(colour == "ansi_default" for colour in colours)
    return Emphasis(colourless=plain and all(is_marker(value) for value in signals))


_COLOURS: Final = frozenset(
    {"primary", "secondary", "warning", "error", "success", "accent", "foreground", "background", "surface"}
    | {"panel", "boost"}
)
_TEXT_STYLES: Final = frozenset({"none", "bold", "dim", "italic", "underline", "reverse", "strike", "not"})


def _check(data: Mapping[str, Any]) -> Iterator[str]:
    known = {field.name for field in fields(Theme)}
    for key in ("name", "primary"):
        if key not in data:
            yield f"{key}: missing"
    for key, value in data.items():
        if key not in known:
            yield f"{key}: unknown key"
        elif key == "variables":
            yield from _check_variables(value)
        elif key in _COLOURS:
            if not _opaque(value):
                yield f"{key}: {value!r} is not an opaque colour such as '#4aa3ff'"
        elif key == "name":
            if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][a-z0-9-]*", value):
                yield f"{key}: {value!r} is not a name of lower-case letters, digits and hyphens"
        elif key in ("dark", "ansi"):
            if not isinstance(value, bool):
                yield f"{key}: {value!r} is neither true nor false"
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            yield f"{key}: {value!r} is not a number from 0 to 1"


def _check_variables(variables: object) -> Iterator[str]:
    if not isinstance(variables, dict):
        yield "variables: not a table"
        return
    ours = variable_defaults()
    for key, value in variables.items():
        if key in ours:
            if not (isinstance(value, str) and is_words(value)) and not _opaque(value):
                yield f"variables.{key}: {value!r} is not an opaque colour such as '#4aa3ff', nor a way of writing"
        elif key not in _textual_variables():
            yield f"variables.{key}: unknown variable"
        elif not isinstance(value, str) or not (
            set(value.split()) <= _TEXT_STYLES if key.endswith("-style") else _blended(value)
        ):
            yield f"variables.{key}: {value!r} is not what this variable holds"


def _opaque(value: object) -> bool:
    """Signals are laid over one another as they are: alpha would be lost."""
    colour = _colour(value)
    return colour is not None and colour.a == 1


def _blended(value: str) -> bool:
    """A colour, or `auto`, with a percentage or without: `#81a1c1 35%`."""
    name, _, share = value.partition(" ")
    shared = not share or re.fullmatch(r"\d{1,3}%", share) is not None
    return shared and (name == "auto" or _colour(name) is not None)


def _colour(value: object) -> Color | None:
    try:
        return Color.parse(value) if isinstance(value, str) else None
    except ColorParseError:
        return None


@cache
def _textual_variables() -> frozenset[str]:
    """The variables Textual itself makes of a theme, which a theme may set."""
    return frozenset(Theme("any", primary="#000000").to_color_system().generate())

"""The screen as an SVG file: `:picture`, and the README's pictures.

An own writer because the exported screenshots of Textual are four times as large, and viewers that fold spaces shift
their columns. Must never show anything that the app itself has not drawn, nor write over a file.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

CELL, LINE, SIZE, MARGIN = 10, 20, 16.6, 10  # pixels of a cell, a line, the letters (0.6 wide), the frame
FADED: Final = 0.6  # opacity of dim letters


class Shot(NamedTuple):
    """A screen at one moment: columns and rows, its lines, and the colours of what has none of its own."""

    size: tuple[int, int]
    lines: list[list[Segment]]
    ink: str = "#d7dde5"
    paper: str = "#0d1117"


class PictureFailed(Exception):
    """Why nothing was written, in words."""


def check(path: Path) -> None:
    """Raises `PictureFailed` for a file that cannot be a new picture."""
    if path.suffix.lower() != ".svg":
        raise PictureFailed(f"{path.name}: the name ends in .svg")
    if path.exists():
        raise PictureFailed(f"{path} exists already, and is left as it is")
    if not path.parent.is_dir():
        raise PictureFailed(f"{path.parent}: no such directory")


def write(path: Path, shot: Shot) -> None:
    """Write a new file (mode 0600). Raises `PictureFailed`."""
    check(path)
    try:
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(svg(shot))
    except OSError as error:
        raise PictureFailed(f"{path}: {error.strerror}") from None


def svg(shot: Shot) -> str:
    """The picture. Every word group has its own place, so that no viewer can shift it."""
    classes: dict[str, str] = {}
    grounds: list[str] = []
    texts: list[str] = []
    for row, line in enumerate(shot.lines):
        x, top = 0, row * LINE
        for segment in Segment.simplify(line):
            width = cell_len(segment.text)
            ink, ground, rules = _look(segment.style or Style.null(), shot)
            if ground != shot.paper:
                place = f'x="{x * CELL}" y="{top}" width="{width * CELL}" height="{LINE}"'
                grounds.append(f'<rect {place} fill="{ground}"/>')
            name = classes.setdefault(f"fill:{ink}{rules}", f"s{len(classes)}")
            for start, words in _groups(segment.text):
                place = f'x="{(x + start) * CELL}" y="{top + 15}" textLength="{cell_len(words) * CELL}"'
                texts.append(f'<text class="{name}" {place}>{escape(words)}</text>')
            x += width
    width, height = shot.size[0] * CELL, shot.size[1] * LINE
    frame = f"{-MARGIN} {-MARGIN} {width + 2 * MARGIN} {height + 2 * MARGIN}"
    look = [
        f"text{{font:{SIZE}px 'DejaVu Sans Mono','Menlo','Consolas',monospace;white-space:pre}}",
        *(f".{name}{{{rules}}}" for rules, name in classes.items()),
    ]
    paper = f'<rect x="{-MARGIN}" y="{-MARGIN}" width="100%" height="100%" rx="8" fill="{shot.paper}"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{frame}">'
    return "\n".join([head, "<style>", *look, "</style>", paper, *grounds, *texts, "</svg>", ""])


def _look(style: Style, shot: Shot) -> tuple[str, str, str]:
    """Colour of the letters, of the ground, and further CSS."""
    ink, ground = _hex(style.color, shot.ink), _hex(style.bgcolor, shot.paper)
    if style.reverse:
        ink, ground = ground, ink
    rules = ";font-weight:bold" if style.bold else ""
    rules += ";font-style:italic" if style.italic else ""
    rules += f";opacity:{FADED}" if style.dim else ""
    lines = [name for name, on in (("underline", style.underline), ("line-through", style.strike)) if on]
    return ink, ground, rules + (f";text-decoration:{' '.join(lines)}" if lines else "")


def _hex(colour: Color | None, otherwise: str) -> str:
    return otherwise if colour is None or colour.is_default else colour.get_truecolor().hex


def _groups(text: str) -> Iterator[tuple[int, str]]:
    """Words with single spaces between them, and the cell where each group starts."""
    at = 0
    for part in text.split("  "):
        words = part.strip(" ")
        if words:
            yield at + cell_len(part) - cell_len(part.lstrip(" ")), words
        at += cell_len(part) + 2

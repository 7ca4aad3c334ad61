"""The README's pictures: the real screen on the scripted desk, in which time stands still.

    python tests/pictures.py            draw them anew
    python tests/pictures.py --check    exit code 1 when they show another screen than today's

An own SVG writer because the exported screenshots of Textual are four times as large, and viewers that fold spaces
shift their columns. Must never show anything that the app itself has not drawn.
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parent / "tui"))

from fake_desk import FakeDesk, busy
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from blotter.desk.change import ExplainedField
from blotter.fix.message import Message
from blotter.tui.app import BlotterApp
from blotter.tui.options import ScreenOptions
from blotter.venues import registry

FOLDER = Path(__file__).parents[1] / ".github" / "pictures"
CELL, LINE, SIZE, MARGIN = 10, 20, 16.6, 10  # pixels of a cell, a line, the letters (0.6 wide), the frame
INK, PAPER = "#d7dde5", "#0d1117"


class Picture(NamedTuple):
    """`typed` is what the trader has on the command line; with `review`, Enter was pressed after it."""

    name: str
    size: tuple[int, int]
    typed: str
    review: bool


PICTURES = (
    Picture("wide", (200, 50), "buy 0.25 btc @bid gtc post", True),
    Picture("narrow", (80, 24), "buy 0.25 btc @bid gtc post", False),
)


class NamingDesk(FakeDesk):
    """The scripted desk, with the venue's own field names."""

    def explain(self, raw: bytes) -> list[ExplainedField]:
        dictionary = registry.venue("binance").dictionary
        return [ExplainedField(*field) for field in dictionary.explain(Message(raw, ""))]


async def draw(picture: Picture) -> str:
    """The screen as SVG."""
    desk = NamingDesk()
    busy(desk)
    app = BlotterApp(desk, options=ScreenOptions(survive=False))
    async with app.run_test(size=picture.size) as pilot:
        await pilot.press("colon", *("space" if c == " " else c for c in picture.typed))
        if picture.review:
            await pilot.press("enter")
        await pilot.pause()
        return svg(picture.size, [list(strip) for strip in app.screen._compositor.render_strips()])


def svg(size: tuple[int, int], lines: Iterable[Iterable[Segment]]) -> str:
    """Lines of styled text as SVG. Every word group has its own place, so that no viewer can shift it."""
    classes: dict[str, str] = {}
    grounds: list[str] = []
    texts: list[str] = []
    for row, line in enumerate(lines):
        x, top = 0, row * LINE
        for segment in Segment.simplify(line):
            width = cell_len(segment.text)
            ink, ground, rules = _look(segment.style or Style.null())
            if ground != PAPER:
                place = f'x="{x * CELL}" y="{top}" width="{width * CELL}" height="{LINE}"'
                grounds.append(f'<rect {place} fill="{ground}"/>')
            name = classes.setdefault(f"fill:{ink}{rules}", f"s{len(classes)}")
            for start, words in _groups(segment.text):
                place = f'x="{(x + start) * CELL}" y="{top + 15}" textLength="{cell_len(words) * CELL}"'
                texts.append(f'<text class="{name}" {place}>{escape(words)}</text>')
            x += width
    width, height = size[0] * CELL, size[1] * LINE
    frame = f"{-MARGIN} {-MARGIN} {width + 2 * MARGIN} {height + 2 * MARGIN}"
    look = [
        f"text{{font:{SIZE}px 'DejaVu Sans Mono','Menlo','Consolas',monospace;white-space:pre}}",
        *(f".{name}{{{rules}}}" for rules, name in classes.items()),
    ]
    paper = f'<rect x="{-MARGIN}" y="{-MARGIN}" width="100%" height="100%" rx="8" fill="{PAPER}"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{frame}">'
    return "\n".join([head, "<style>", *look, "</style>", paper, *grounds, *texts, "</svg>", ""])


def _look(style: Style) -> tuple[str, str, str]:
    """Colour of the letters, of the ground, and further CSS."""
    ink = style.color.get_truecolor().hex if style.color else INK
    ground = style.bgcolor.get_truecolor().hex if style.bgcolor else PAPER
    if style.reverse:
        ink, ground = ground, ink
    rules = ";font-weight:bold" if style.bold else ""
    rules += ";font-style:italic" if style.italic else ""
    lines = [name for name, on in (("underline", style.underline), ("line-through", style.strike)) if on]
    return ink, ground, rules + (f";text-decoration:{' '.join(lines)}" if lines else "")


def _groups(text: str) -> Iterator[tuple[int, str]]:
    """Words with single spaces between them, and the cell where each group starts."""
    at = 0
    for part in text.split("  "):
        words = part.strip(" ")
        if words:
            yield at + cell_len(part) - cell_len(part.lstrip(" ")), words
        at += cell_len(part) + 2


def main() -> int:
    """Draw or compare; the exit code."""
    check = sys.argv[1:] == ["--check"]
    stale = []
    for picture in PICTURES:
        path = FOLDER / f"{picture.name}.svg"
        drawn = asyncio.run(draw(picture))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(drawn, encoding="utf-8")
            print(f"{path}  {len(drawn.encode()) // 1024} KiB")
        elif not path.exists() or path.read_text(encoding="utf-8") != drawn:
            stale.append(path.name)
    if stale:
        print(f"{', '.join(stale)}: not today's screen; run `python tests/pictures.py`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

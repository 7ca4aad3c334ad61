"""The README's pictures: the real screen on the scripted desk, in which time stands still.

    python tests/pictures.py            draw them anew
    python tests/pictures.py --check    exit code 1 when they show another screen than today's

Must never show anything that the app itself has not drawn.
"""

import asyncio
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent / "tui"))

from fake_desk import FakeDesk, busy

from blotter.desk.change import ExplainedField
from blotter.fix.message import Message
from blotter.tui.app import BlotterApp
from blotter.tui.options import ScreenOptions
from blotter.tui.picture import svg
from blotter.venues import registry

FOLDER = Path(__file__).parents[1] / ".github" / "pictures"


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

    def explain(self, raw: bytes, session: str = "") -> list[ExplainedField]:
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
        return svg(app.shot())


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

"""Which panes the desk shows and how large they are, as a person wants it; kept across starts in a file of its own.

Pure but for `load` and `store`. Sizes are cells; they hold for one layout (`wide`, `medium`) each, and the screen gives
less where a terminal is too small for them. The orders are always shown.
"""

import os
from pathlib import Path
from typing import Final, Literal

import msgspec

Way = Literal["narrower", "wider", "shorter", "taller"]

STEP: Final = {"narrower": -4, "wider": 4, "shorter": -2, "taller": 2}
LEAST_WIDTH, LEAST_HEIGHT = 24, 5
MOST: Final = 400
KEPT: Final = ("orders",)
"""What nobody can hide."""


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Panes by layout and name (`wide.ticket`), as `hidden` and `heights` have them; `widths` by `wide.left`,
    `wide.right`, `medium.side`."""

    hidden: tuple[str, ...] = ()
    widths: dict[str, int] = {}
    heights: dict[str, int] = {}

    def hides(self, layout: str) -> set[str]:
        """The panes that are hidden in one layout; the orders never are."""
        mine = {name.removeprefix(f"{layout}.") for name in self.hidden if name.startswith(f"{layout}.")}
        return mine - {*KEPT}

    def hide(self, layout: str, pane: str) -> "Layout":
        """Without a pane."""
        return msgspec.structs.replace(self.show(layout, pane), hidden=(*self.hidden, f"{layout}.{pane}"))

    def show(self, layout: str, pane: str) -> "Layout":
        """With it again."""
        left = tuple(name for name in self.hidden if name != f"{layout}.{pane}")
        return msgspec.structs.replace(self, hidden=left)

    def widen(self, place: str, now: int, by: int, most: int) -> "Layout":
        """A column that is `now` cells wide, and has room for `most`, gets wider or narrower."""
        size = _resized(self.widths.get(place), now, by, LEAST_WIDTH, most)
        return msgspec.structs.replace(self, widths={**self.widths, place: size})

    def heighten(self, place: str, now: int, by: int, most: int) -> "Layout":
        """A pane that is `now` lines high, and has room for `most`, gets taller or shorter."""
        size = _resized(self.heights.get(place), now, by, LEAST_HEIGHT, most)
        return msgspec.structs.replace(self, heights={**self.heights, place: size})

    def heights_of(self, layout: str, panes: list[str]) -> dict[str, int | None]:
        """The height of each pane of a column, None for its share of what is left; one of them always fills it up."""
        found = {pane: self.heights.get(f"{layout}.{pane}") for pane in panes}
        if panes and all(height is not None for height in found.values()):
            found["orders" if "orders" in found else panes[-1]] = None
        return found


def _resized(chosen: int | None, now: int, by: int, least: int, most: int) -> int:
    """What was chosen counts while there is room for it: of a burst of keys the screen has drawn the first only."""
    start = chosen if chosen is not None and chosen <= most else now
    return max(least, min(start + by, max(least, most)))


def load(path: Path) -> tuple[Layout, str]:
    """What was kept, and what is wrong with it; then the layout is the plain one."""
    try:
        layout = msgspec.json.decode(path.read_bytes(), type=Layout)
    except FileNotFoundError:
        return Layout(), ""
    except (OSError, msgspec.MsgspecError) as error:
        return Layout(), f"{path}: the kept layout is not used: {error}"
    for table, sizes in (("widths", layout.widths), ("heights", layout.heights)):
        for place, size in sizes.items():
            if not 1 <= size <= MOST:
                return (
                    Layout(),
                    f"{path}: the kept layout is not used: {table}.{place} = {size} is not 1 to {MOST}",
                )
    return layout, ""


def store(path: Path, layout: Layout) -> None:
    """Write it, whole or not at all. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(layout), indent=1) + b"\n")
    os.replace(temporary, path)

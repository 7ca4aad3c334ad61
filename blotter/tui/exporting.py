"""`:export FILE`: the view in front of the trader into a file, and `:picture`: the screen. Never over another file
without having asked."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from blotter.desk.change import Severity
from blotter.tui import export, picture
from blotter.tui.asking import Asking
from blotter.tui.command_words import LISTS
from blotter.tui.deck import Deck
from blotter.tui.format import NS_PER_SECOND
from blotter.tui.grid import Grid
from blotter.tui.line import content
from blotter.tui.shown_keys import key


class Exporting:
    """`work` runs a function in a thread and hands its outcome to another in the app's."""

    def __init__(
        self, deck: Deck, asking: Asking, work: Callable[[Callable[[], str], Callable[[str], None]], None]
    ) -> None:
        self._deck = deck
        self._asking = asking
        self._work = work

    def run(self, words: list[str]) -> str:
        """`[VIEW] FILE`; what is wrong with it, "" where nothing is."""
        name = words[0].lower() if len(words) > 1 else self._deck.view.active
        name = {"fills": "executions"}.get(name, name)
        grid = self._deck.view.target(name) if name in LISTS else None
        if not isinstance(grid, Grid):
            return f"{name} is no list: {', '.join(LISTS)}"
        path = Path(words[-1]).expanduser().absolute()
        try:
            export.check(path)
        except export.ExportFailed as error:
            return str(error)
        view = export.View(
            grid.columns, [grid.row(key) for key in grid.visible_keys()], self._deck.desk.wall()
        )
        if path.exists():
            self._asking.ask_yes(
                content(("REPLACE? ", "bold"), f"{path} exists already."),
                content(
                    (f" {key('confirm.yes')} ", "bold reverse $danger"),
                    f" writes {len(view.rows):,} rows of {name} over it    ", (key("confirm.no"), "bold"),
                    " leaves it as it is",
                ),
                then=lambda: self._start(path, view, name, replace=True),
            )  # fmt: skip
        else:
            self._start(path, view, name, replace=False)
        return ""

    def picture(self, name: str, shoot: Callable[[], picture.Shot]) -> str:
        """`[FILE.svg]`; what is wrong with it. `shoot` is called when the line that asked is off the screen."""
        now = datetime.fromtimestamp(self._deck.desk.wall() / NS_PER_SECOND, UTC)
        path = Path(name or f"blotter-{now:%Y%m%d-%H%M%S}.svg").expanduser().absolute()
        try:
            picture.check(path)
        except picture.PictureFailed as error:
            return str(error)

        def begin() -> None:
            shot = shoot()

            def write() -> str:
                try:
                    picture.write(path, shot)
                except picture.PictureFailed as error:
                    return f"not drawn: {error}"
                return f"the screen is drawn in {path}"

            self._work(write, self._told)

        self._deck.view.call_after_refresh(begin)
        return ""

    def _start(self, path: Path, view: export.View, name: str, *, replace: bool) -> None:
        def write() -> str:
            try:
                rows = export.write(path, view, replace=replace)
            except FileExistsError:
                return f"not exported: {path} came up meanwhile, and was left as it is"
            except export.ExportFailed as error:
                return f"not exported: {error}"
            return f"{rows:,} rows of {name} written to {path}"

        self._work(write, self._told)

    def _told(self, text: str) -> None:
        self._deck.say(text, Severity.WARNING if text.startswith("not ") else Severity.INFO)

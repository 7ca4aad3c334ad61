"""A strip of text of fixed height: the status bar, the inside market, hints, notices and the footer are these.

`show` costs nothing when nothing changed and never asks for a layout.
"""

from textual.content import Content
from textual.widgets import Static

from blotter.tui.format import printable
from blotter.tui.guard import Guarded

Piece = str | tuple[str, str]
"""Text, or text and a style in the words of TCSS: `("BUY", "bold $side-buy")`."""


def content(*pieces: Piece) -> Content:
    """Pieces joined. Text is text: what a venue sends is neither read as markup nor steers the terminal."""
    return Content.assemble(
        *(printable(piece) if isinstance(piece, str) else (printable(piece[0]), piece[1]) for piece in pieces)
    )


class Line(Guarded, Static):
    """Shows `Content`. One line high unless its TCSS says otherwise."""

    DEFAULT_CSS = """
    Line { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__("", id=id, classes=classes, markup=False)
        self._shown = Content("")

    def show(self, *lines: Content) -> None:
        """Put these lines up; repaint only if they differ from what is there."""
        new = lines[0] if len(lines) == 1 else Content("\n").join(lines)
        if new.plain != self._shown.plain or new.spans != self._shown.spans:
            self._shown = new
            self.update(new, layout=False)

    @property
    def plain(self) -> str:
        """What it says, without colours."""
        return self._shown.plain

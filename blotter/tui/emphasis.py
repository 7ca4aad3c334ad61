"""Ways of writing in the place of colours: a theme may say `danger = "bold reverse"` where another names a colour.

Textual's variables hold colours only, so the words travel through its styles as a marker, a colour that no theme uses,
and `Emphasis` turns markers back into attributes where lines are drawn. Drawn for a theme without any colour it takes
all colour away besides, and what had a ground of another colour is reversed.

This module must never decide what a signal looks like: themes do.
"""

from functools import lru_cache
from typing import Final

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

WORDS: Final = ("bold", "dim", "italic", "underline", "reverse", "strike")
NONE: Final = "none"
"""What a signal says that is written like everything else."""

_MARK: Final = (254, 1)  # red and green of every marker; blue has a bit for each word
_DEFAULT: Final = RichColor.parse("default")


def is_words(text: str) -> bool:
    """Whether it is made of the words above, or says `none`."""
    return text == NONE or (bool(text.split()) and set(text.split()) <= set(WORDS))


def marker(words: str) -> str:
    """The colour that stands for these words in a style."""
    bits = sum(1 << WORDS.index(word) for word in set(words.split()) - {NONE})
    red, green = _MARK
    return f"#{red:02x}{green:02x}{bits:02x}"


def is_marker(colour: str) -> bool:
    """Whether a theme's value stands for words."""
    red, green = _MARK
    return colour.startswith(f"#{red:02x}{green:02x}")


def _bits(colour: RichColor | None) -> int | None:
    """The words a colour stands for; None where it is a colour."""
    if colour is None or colour.triplet is None or (colour.triplet.red, colour.triplet.green) != _MARK:
        return None
    return colour.triplet.blue


class Emphasis(LineFilter):
    """Writes markers as attributes. `colourless`: no colour is left at all."""

    def __init__(self, *, colourless: bool) -> None:
        super().__init__()
        self.colourless = colourless
        self._written = lru_cache(1024)(self.written)

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments as the terminal shall draw them."""
        return [
            Segment(text, None if style is None else self._written(style), control)
            for text, style, control in segments
        ]

    def written(self, style: Style) -> Style:
        """One style without markers."""
        ink, ground = style.color, style.bgcolor
        ink_bits, ground_bits = _bits(ink), _bits(ground)
        bits = (ink_bits or 0) | (ground_bits or 0)
        if self.colourless and ground is not None and ground_bits is None and not ground.is_default:
            bits |= 1 << WORDS.index("reverse")
        words = [word for at, word in enumerate(WORDS) if bits & 1 << at]
        drop_ink = ink is not None and (self.colourless or ink_bits is not None)
        drop_ground = ground is not None and (self.colourless or ground_bits is not None)
        if not (words or drop_ink or drop_ground):
            return style
        plain = Style(color=_DEFAULT if drop_ink else None, bgcolor=_DEFAULT if drop_ground else None)
        return style + plain + Style.parse(" ".join(words))

"""Questions that are answered by typing a word: what would interrupt a session, or change what it counts by.

One key answers a question about orders; here a key is too near. The word says which session is meant, so the hand has
to know it. What is typed is collected key by key: what was pasted is no key and answers nothing. A wrong word does
nothing, and says so.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec
from textual.content import Content

from blotter.tui.line import content
from blotter.tui.shown_keys import key

LONGEST: Final = 40


class Typed(msgspec.Struct, frozen=True):
    """What has been typed of `word` so far."""

    word: str
    text: str = ""
    wrong: bool = False  # Enter was pressed on another text

    @property
    def right(self) -> bool:
        """Letter for letter, whatever the case."""
        return bool(self.word) and self.text.strip().casefold() == self.word.casefold()

    def key(self, key: str, character: str | None) -> "Typed":
        """After this key (Textual's name, and what it types)."""
        match key:
            case "backspace":
                return Typed(self.word, self.text[:-1])
            case "ctrl+u":
                return Typed(self.word)
            case "enter":
                return Typed(self.word, "", wrong=True)
        if character and character.isprintable():
            return Typed(self.word, (self.text + character)[:LONGEST])
        return self

    def takes(self, key: str, character: str | None) -> bool:
        """Whether this key is typing: it must then mean nothing else."""
        return key in ("backspace", "ctrl+u", "enter") or bool(character and character.isprintable())

    def line(self) -> Content:
        """The last line of the question."""
        so_far = "not the word, nothing was done; " if self.wrong else ""
        return content(
            (so_far, "$danger"), "type ", (self.word, "bold"), " and Enter: ",
            (self.text, "bold $ok" if self.right else "bold"), ("▏", "$primary"),
            (f"    {key('confirm.no')}", "bold"), " does nothing",
        )  # fmt: skip


class Asker(Protocol):
    """Who puts a question up."""

    def ask_typed(self, word: str, *lines: Content, then: Callable[[], None]) -> None:
        """`then` runs once `word` was typed, and never else."""


def ask_for_session(
    asker: Asker, verb: str, session: str, risk: str, stakes: Sequence[str] = (), *, then: Callable[[], None]
) -> None:
    """A verb about a session, confirmed by typing the session's name. `verb`: "LOG OUT", "SET NEXT OUT OF";
    `risk`: what it puts at stake, in one line; `stakes`: what becomes of open orders, a line each."""
    asker.ask_typed(
        session,
        content((f"{verb} ", "bold $danger"), (session, "bold")),
        content((risk, "$warn")),
        *(content((line, "bold $danger")) for line in stakes),
        then=then,
    )

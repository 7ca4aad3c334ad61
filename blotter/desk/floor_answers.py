"""Answers to what several desks were asked at once: one answer when all have spoken, or when some have had their time.

A desk that says nothing never keeps the others' words back. What it says later is passed on. Reads no clock.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from blotter.desk.change import Answer

PATIENCE: Final = 5_000_000_000
"""ns that a desk has to answer."""
SILENT: Final = "no answer: what became of it there is not known"


class Asked(msgspec.Struct):
    """What several desks were asked. Times mono ns."""

    until: int
    venues: tuple[str, ...]  # in the order they are shown
    answers: dict[str, Answer] = {}
    told: bool = False  # without the rest


class Answers:
    """By command id."""

    def __init__(self) -> None:
        self._asked: dict[str, Asked] = {}

    def ask(self, command_id: str, venues: Iterable[str], now: int, patience: int = PATIENCE) -> None:
        """These were asked: their answers are waited for together."""
        self._asked[command_id] = Asked(now + patience, tuple(venues))

    def take(self, venue: str, answer: Answer) -> Answer | None:
        """An answer of a desk; what is told of it now, if anything. It is qualified already."""
        asked = self._asked.get(answer.id)
        if asked is None or venue not in asked.venues:
            return answer
        if asked.told:
            self._forget(answer.id, venue)
            return answer
        asked.answers[venue] = answer
        if len(asked.answers) < len(asked.venues):
            return None
        del self._asked[answer.id]
        return together(answer.id, asked)

    def late(self, now: int) -> list[Answer]:
        """What is told because time is up: each once, without those who have not answered."""
        due = [(id, asked) for id, asked in self._asked.items() if not asked.told and now >= asked.until]
        for _, asked in due:
            asked.told = True
        answers = [together(id, asked) for id, asked in due]
        for id, asked in due:
            for venue in tuple(asked.answers):
                self._forget(id, venue)
        return answers

    def _forget(self, command_id: str, venue: str) -> None:
        asked = self._asked[command_id]
        asked.venues = tuple(one for one in asked.venues if one != venue)
        if not asked.venues:
            del self._asked[command_id]


def _done(told: Mapping[str, str]) -> str:
    """What each says that did it; once, where all say the same."""
    bare = {text.removeprefix(f"{venue}: ") for venue, text in told.items()}
    if len(told) > 1 and len(bare) == 1:
        (same,) = bare
        return f"all {len(told)}: {same}" if same else ""
    return "; ".join(text for text in told.values() if text)


def together(command_id: str, asked: Asked) -> Answer:
    """One answer of all: refused where any was, and only what was refused is told then."""
    each = {
        venue: asked.answers.get(venue) or Answer(id=command_id, ok=False, text=f"{venue}: {SILENT}")
        for venue in asked.venues
    }
    refused = [answer for answer in each.values() if not answer.ok]
    return Answer(
        id=command_id,
        ok=not refused,
        text="; ".join(answer.text for answer in refused if answer.text)
        if refused
        else _done({venue: answer.text for venue, answer in each.items()}),
        field=next((answer.field for answer in refused if answer.field), ""),
        warning=bool(refused) and all(answer.warning for answer in refused),
        warnings=tuple(text for answer in refused for text in answer.warnings),
        warning_rules=tuple(dict.fromkeys(rule for answer in refused for rule in answer.warning_rules)),
        order_ids=tuple(id for answer in each.values() for id in answer.order_ids),
    )

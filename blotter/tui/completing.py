"""What Tab completes on the command line beside orders: the screen's verbs and what they take.

A verb's usage is its grammar: `:copy [fix|json|plain]` offers the three words, `:theme THEME|reload` the themes and the
word, `:view VIEW | save VIEW` is two forms of one verb. A word in capitals names a source (`SOURCES`); what names none
cannot be completed. Never raises.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from blotter.tui.command_words import SCREEN, Verb

LIMIT: Final = 50
SOURCES: Final = ("SYMBOL", "ID", "THEME", "VIEW", "SESSION", "PANE", "LIST", "ACTION")
"""Words of usages that stand for something that is known while the screen runs."""

Sources = Mapping[str, Callable[[], Iterable[str]]]

_WORD: Final = re.compile(r"[a-z][a-z-]*")


def complete_verb(line: str, cursor: int, sources: Sources, verbs: Sequence[Verb] = SCREEN) -> list[str]:
    """Whole words that may replace the one that ends at `cursor`, best first. `line` has no colon before it."""
    head = line[: max(0, cursor)]
    words = head.split()
    typed = words.pop() if words and not head.endswith(" ") else ""
    low = typed.lower()
    fitting = (each for each in _candidates(words, typed, sources, verbs) if each.lower().startswith(low))
    found: dict[str, None] = {}
    for each in fitting:
        found[each] = None
        if len(found) == LIMIT:
            break
    return list(found)


def _candidates(words: Sequence[str], typed: str, sources: Sources, verbs: Sequence[Verb]) -> Iterator[str]:
    if not words:
        yield from (verb.word for verb in verbs)
        if "." in typed and "ACTION" in sources:
            yield from sources["ACTION"]()
        return
    for verb in verbs:
        if verb.word == words[0].lower():
            yield from _argument(verb, words[1:], sources)


def _argument(verb: Verb, said: Sequence[str], sources: Sources) -> Iterator[str]:
    """What may stand after the verb and what was said after it. A usage has one form, or several: `X | save X`."""
    for form in verb.usage.partition(" ")[2].split(" | "):
        takes = [token.strip("[]").split("|") for token in form.split()]
        if len(takes) > len(said) and all(map(_fits, takes, said)):
            for part in takes[len(said)]:
                if part in SOURCES:
                    yield from sources.get(part, tuple)()
                elif _WORD.fullmatch(part):
                    yield part


def _fits(parts: Sequence[str], word: str) -> bool:
    """Whether a word may stand where the usage says so: any word, unless all it names are words themselves."""
    return not all(map(_WORD.fullmatch, parts)) or word.lower() in parts

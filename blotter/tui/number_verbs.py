"""`:numbers`: a session's sequence numbers by hand. Each asks a person first, who types the session's name; what
cannot be done now the desk says, with its reason."""

from typing import Final

from blotter.desk.command import AnyCommand, AskResend, FillGap, ResetNumbers, SetNumbers
from blotter.tui.asking import Asking
from blotter.tui.command_words import NUMBERS as USAGE
from blotter.tui.deck import Deck
from blotter.tui.typed import ask_for_session

_RISKS: Final = {
    SetNumbers: "A wrong number loses messages or ends the next Logon. The session must be logged out.",
    ResetNumbers: "Both sides start at 1: what is missing now is lost for good.",
    AskResend: "What has come already comes again; it counts once.",
    FillGap: "The numbers skipped can never be sent.",
}
_WORDS: Final = {
    SetNumbers: "SET NUMBERS OF",
    ResetNumbers: "RESET NUMBERS OF",
    AskResend: "ASK AGAIN FOR MESSAGES OF",
    FillGap: "SKIP NUMBERS OF",
}


def read(id: str, session: str, words: list[str]) -> AnyCommand | str:
    """The command in the words behind a session's name; else what is wrong with them."""
    match words:
        case ["reset"]:
            return ResetNumbers(id=id, session=session)
        case ["resend", first, *rest] if len(rest) < 2:
            numbers = _numbers(first, *rest)
            if isinstance(numbers, str):
                return numbers
            return AskResend(id=id, session=session, begin=numbers[0], end=numbers[1] if rest else 0)
        case ["fill", to]:
            numbers = _numbers(to)
            return (
                numbers
                if isinstance(numbers, str)
                else FillGap(id=id, session=session, new_seq_no=numbers[0])
            )
    said: dict[str, int] = {}
    for word in words:
        name, _, value = word.partition("=")
        numbers = _numbers(value)
        if name not in ("out", "in") or name in said or isinstance(numbers, str):
            return f"{word}: {USAGE}"
        said[name] = numbers[0]
    if not said:
        return USAGE
    return SetNumbers(id=id, session=session, next_out=said.get("out"), next_in=said.get("in"))


def _numbers(*words: str) -> list[int] | str:
    for word in words:
        if not (word.isascii() and word.isdecimal() and len(word) <= 10):
            return f"{word or 'nothing'} is no MsgSeqNum: {USAGE}"
    return [int(word) for word in words]


class NumberVerbs:
    """Asks, and posts."""

    def __init__(self, deck: Deck, asking: Asking) -> None:
        self._deck = deck
        self._asking = asking

    def run(self, words: list[str]) -> str:
        """What is wrong, "" where nothing is. A session's name may be of two words ("kraken OE")."""
        links = self._deck.model.links
        found, rest = _session(list(links), words)
        if not found:
            return f"{words[0]}: there is no such session; there are {', '.join(links) or 'none'}"
        if not links[found].lasting:
            return f"{found} begins at 1 with each connection: there is nothing to set"
        command = read(self._deck.new_id(), found, rest)
        if isinstance(command, str):
            return command
        kind, what = type(command), " ".join(rest)
        ask_for_session(
            self._asking,
            _WORDS[kind],
            found,
            f"{what}. {_RISKS[kind]}",
            then=lambda: self._asking.send(command, f"numbers of {found}: {what}"),
        )
        return ""


def _session(names: list[str], words: list[str]) -> tuple[str, list[str]]:
    """The session that the first words name, and the words behind it."""
    for length in (2, 1):
        said = " ".join(words[:length]).casefold()
        for name in names:
            if name.casefold() == said:
                return name, words[length:]
    return "", words

"""A FIX message in one line for the message pane. Reads standard tags only; a venue's own stay in the inspector."""

from collections.abc import Callable, Iterable

from blotter.desk.change import MessageSeen
from blotter.desk.feed import RawMessage
from blotter.desk.fold import whole
from blotter.fix.codec import Message, masked
from blotter.fix.dictionary import Dictionary

_TERMS = frozenset({"D", "8", "XCN", "G"})


class Summary:
    """Turns taped messages into lines. `own_id`: from ClOrdIDs to our order id, safe to call from any thread."""

    def __init__(
        self,
        dictionary: Dictionary,
        secret_tags: frozenset[int],
        own_id: Callable[[Iterable[str | None]], str],
    ) -> None:
        self._dictionary = dictionary
        self._secret_tags = secret_tags
        self._own_id = own_id

    def of(self, seen: RawMessage) -> MessageSeen | None:
        """The line for one message; None for bytes that are no message."""
        message = whole(seen.raw)
        if message is None:
            return None
        order_id = self._own_id((message.text(11), message.text(41)))
        return MessageSeen(
            row=seen.row,
            at=seen.at,
            session=seen.session,
            outbound=seen.outbound,
            seq=seen.seq,
            msg_type=message.msg_type,
            name=self._dictionary.message_name(message.msg_type),
            summary=summarise(message, self._dictionary, order_id),
            order_id=order_id,
            raw=masked(seen.raw, self._secret_tags),
        )


def summarise(message: Message, dictionary: Dictionary, own_id: str) -> str:
    """What a person needs to recognise the message: what happened, to which order, on which terms, and why."""
    msg_type = message.msg_type
    parts: list[str] = []
    if msg_type == "8":
        parts.append(dictionary.meaning(150, message.text(150) or "").replace("_", " ").capitalize())
        if message.get(150) == b"F":  # before the terms, which may be cut
            parts[0] += f" {_short(message.text(32))} @ {_short(message.text(31))}"
    if own_id:
        parts.append(own_id)
    if msg_type in _TERMS:
        parts.append(_terms(message, dictionary))
    elif msg_type in ("E", "N"):
        parts += _list(message, dictionary)
    elif symbol := message.text(55):
        parts.append(symbol)
    if msg_type == "XAK":
        parts.append(f"qty {_short(message.text(38))}")
    elif msg_type in ("A", "5", "0", "1") and (test := message.text(112)):
        parts.append(test)
    elif msg_type == "3":
        parts.append(f"refused our {message.text(45) or '?'} ({message.text(372) or '?'})")
    for tag in (148, 58):
        if text := message.text(tag):
            parts.append(text)
    return "  ".join(part for part in parts if part)


def _list(message: Message, dictionary: Dictionary) -> list[str]:
    """An order list or its status: how it stands, and its legs."""
    status = dictionary.meaning(431, message.text(431) or "").replace("_", " ").capitalize()
    kind = dictionary.meaning(1385, message.text(1385) or "").replace("_", " ").lower()
    legs = message.groups(73)
    if message.msg_type == "N":
        return [status, kind, message.text(55) or (legs[0].text(55) or "" if legs else "")]
    return [kind, " | ".join(_terms(leg, dictionary) for leg in legs)]


def _terms(message: Message, dictionary: Dictionary) -> str:
    side = dictionary.meaning(54, message.text(54) or "").replace("_", " ")
    qty = _short(message.text(38) or message.text(152))
    price = message.text(44)
    words = [side, qty, message.text(55) or ""]
    if price is not None:
        words.append(f"@ {_short(price)}")
    if (trigger := message.text(1102)) is not None:
        words.append(f"trigger {_short(trigger)}")
    return " ".join(word for word in words if word)


def _short(number: str | None) -> str:
    """As it came, without the zeros a venue pads with."""
    return number.rstrip("0").rstrip(".") if number and "." in number else number or ""

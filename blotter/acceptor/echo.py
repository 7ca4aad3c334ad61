"""The application of the plain acceptor: what it answers to a message. Pure.

NewOrderSingle and SecurityDefinition go back to who sent them, with the same body; a possible resend (PossResend) of a
ClOrdID that was seen before is swallowed; everything else is not supported, and says so.
"""

from collections.abc import Set
from typing import Final

from blotter.fix.codec import Message
from blotter.fix.effects import Draft, way_back

ECHOED: Final = frozenset({"D", "d"})
UNSUPPORTED_MESSAGE_TYPE: Final = "3"
"""BusinessRejectReason (380), FIX 4.4 volume 2."""

_NOT_BODY: Final = frozenset(
    {8, 9, 10, 34, 35, 43, 49, 52, 56, 89, 93, 97, 115, 116, 122, 128, 129, 144, 145, 369, 1128, 1129, 1156}
)
"""Of the header and the trailer: the answer has its own."""


def order_id(message: Message) -> str:
    """ClOrdID (11) of a NewOrderSingle, "" for what has none."""
    return message.text(11) or "" if message.msg_type == "D" else ""


def answer(message: Message, seen: Set[str]) -> Draft | None:
    """What goes back; None for nothing. `seen` are the ClOrdIDs of this session so far."""
    if message.msg_type not in ECHOED:
        text = f"Unsupported Message Type: {message.msg_type[:20]}"
        fields = ((45, str(message.msg_seq_num)), (372, message.msg_type), (380, UNSUPPORTED_MESSAGE_TYPE))
        return Draft("j", (*way_back(message), *fields, (58, text)))
    again = message.get(97) == b"Y"
    if again and order_id(message) in seen:
        return None
    body = [(int(tag), value) for tag, value in message.pairs if int(tag) not in _NOT_BODY]
    return Draft(message.msg_type, (*way_back(message), *([(97, "Y")] if again else []), *body))

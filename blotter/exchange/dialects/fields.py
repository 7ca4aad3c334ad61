"""Field values as a venue's front end reads and writes them, for dialects that check each message by a table of their
own. What is not as it must be is answered with Reject (3)."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from blotter.exchange.dialect import RefusedError
from blotter.fix.codec import Message
from blotter.fix.effects import SessionRejectReason, reject
from blotter.fix.values import parse_utc_timestamp

_NUMBER: Final = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")


class Form(NamedTuple):
    """What a message must have, and which of its fields take only certain values."""

    required: frozenset[int]
    values: Mapping[int, frozenset[str]]


def check(message: Message, form: Form) -> None:
    """Raises `RefusedError` for the first field that is missing or has a value the venue does not list."""
    for tag in sorted(form.required):
        required(message, tag)
    for tag, known in form.values.items():
        value = message.text(tag)
        if value is not None and value not in known:
            raise wrong(message, tag)


def required(message: Message, tag: int) -> str:
    """Text that must be there."""
    value = message.text(tag)
    if value is None:
        reason = SessionRejectReason.REQUIRED_TAG_MISSING
        raise RefusedError(reject(message, reason, f"Missing mandatory field ({tag})", tag=tag))
    return value


def number(message: Message, tag: int) -> Decimal | None:
    """A price or quantity above zero; None when absent."""
    value = message.text(tag)
    if value is None:
        return None
    if _NUMBER.fullmatch(value) is None or not Decimal(value):
        raise wrong(message, tag)
    return Decimal(value)


def moment(message: Message, tag: int) -> int | None:
    """A time as UTC ns; None when absent."""
    value = message.text(tag)
    try:
        return None if value is None else parse_utc_timestamp(value)
    except ValueError:
        raise wrong(message, tag) from None


def wrong(message: Message, tag: int) -> RefusedError:
    """Its value is none for this field."""
    text = f"Invalid value of field ({tag}): {message.text(tag)}"
    return RefusedError(reject(message, SessionRejectReason.VALUE_IS_INCORRECT, text, tag=tag))


def plain(value: Decimal) -> str:
    """Without an exponent, and without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def present(fields: Iterable[tuple[int, str | Decimal | None]]) -> list[tuple[int, str]]:
    """Those that have a value, as text."""
    return [
        (tag, plain(value) if isinstance(value, Decimal) else value)
        for tag, value in fields
        if value is not None
    ]

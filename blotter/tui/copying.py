"""A message as text for the clipboard: as FIX with | for SOH, as JSON, or in words; and the keys for it."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from textual.message import Message
from textual.message_pump import MessagePump

from blotter.desk.change import ExplainedField
from blotter.tui.format import printable

FORMS: Final = {"fix": "FIX", "json": "JSON", "plain": "plain text"}


class Copied(Message):
    """Put this message on the clipboard, in this form."""

    def __init__(self, form: str, raw: bytes) -> None:
        super().__init__()
        self.form = form
        self.raw = raw


class CopyKeys(MessagePump):
    """Mixin for what shows messages; the registry of actions names these methods."""

    @property
    def message_bytes(self) -> bytes:
        """The message that is meant, secrets masked; empty for none."""
        raise NotImplementedError

    def action_copy(self) -> None:
        """As FIX."""
        self._copy("fix")

    def action_copy_json(self) -> None:
        """As JSON."""
        self._copy("json")

    def action_copy_plain(self) -> None:
        """In words."""
        self._copy("plain")

    def _copy(self, form: str) -> None:
        if raw := self.message_bytes:
            self.post_message(Copied(form, raw))


def as_text(form: str, raw: bytes, fields: Sequence[ExplainedField]) -> str:
    """The message in one of `FORMS`. `fields`: it explained, secrets masked."""
    if form == "json":
        return json.dumps([_record(field) for field in fields], ensure_ascii=False)
    if form == "plain":
        return "\n".join(map(_line, fields))
    return printable(raw.decode("utf-8", "replace").replace("\x01", "|"))


def _record(field: ExplainedField) -> dict[str, str | int]:
    record: dict[str, str | int] = {"tag": field.tag, "name": field.name, "value": field.value}
    if field.meaning:
        record["meaning"] = field.meaning
    if field.depth:
        record["depth"] = field.depth
    return record


def _line(field: ExplainedField) -> str:
    meaning = f" ({field.meaning})" if field.meaning else ""
    return f"{'  ' * field.depth}{field.name or 'tag'} {field.tag} = {field.value}{meaning}"


def no_clipboard(environment: Mapping[str, str]) -> str:
    """Why this terminal is known to take nothing for its clipboard (OSC 52); "" when it may."""
    if environment.get("TERM_PROGRAM") == "Apple_Terminal":
        return "Terminal of macOS takes nothing for the clipboard (OSC 52)"
    term = environment.get("TERM", "")
    if term in ("linux", "dumb", "vt100", "vt220"):
        return f"a {term} terminal has no clipboard (OSC 52)"
    return ""


def hint(environment: Mapping[str, str]) -> str:
    """What it may take for the text to arrive."""
    return "; tmux needs set-clipboard on" if environment.get("TMUX") else ""

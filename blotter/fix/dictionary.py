"""Tag and enum names for people, FIX 4.4 below, a venue's on top. It names; it never decides, checks or
refuses."""

from collections.abc import Mapping
from typing import NamedTuple

from blotter.fix.codec import Message

MASK = "***"


class Explained(NamedTuple):
    """One field for the inspector."""

    tag: int  # 0 for a piece that is no tag=value
    name: str  # "" when unknown
    value: str  # fit for a terminal: what cannot be printed is backslash-escaped
    meaning: str  # enum meaning, or ""
    depth: int  # 0 top level, 1.. inside groups


class Dictionary:
    """Names by tag. Immutable; `extended` makes a venue's own on top of another."""

    __slots__ = ("_enums", "_fields", "_messages", "groups", "name")

    name: str
    groups: Mapping[int, frozenset[int]]
    """Count tag -> every tag an entry may hold, those of nested groups included (as `Message.groups` takes
    it)."""

    def __init__(
        self,
        name: str,
        *,
        fields: Mapping[int, str],
        enums: Mapping[int, Mapping[str, str]],
        messages: Mapping[str, str],
        groups: Mapping[int, frozenset[int]],
    ) -> None:
        self.name = name
        self.groups = groups
        self._fields = fields
        self._enums = enums
        self._messages = messages

    def extended(
        self,
        name: str,
        *,
        fields: Mapping[int, str] | None = None,
        enums: Mapping[int, Mapping[str, str]] | None = None,
        messages: Mapping[str, str] | None = None,
        groups: Mapping[int, frozenset[int]] | None = None,
    ) -> "Dictionary":
        """This dictionary with more on top. Values are added to an enumeration; a group is replaced whole, so
        that a venue's members bound its entries exactly."""
        own = enums or {}
        return Dictionary(
            name,
            fields={**self._fields, **(fields or {})},
            enums={**self._enums, **{tag: {**self._enums.get(tag, {}), **own[tag]} for tag in own}},
            messages={**self._messages, **(messages or {})},
            groups={**self.groups, **(groups or {})},
        )

    def replaced(
        self, name: str, *, fields: Mapping[int, str], enums: Mapping[int, Mapping[str, str]]
    ) -> "Dictionary":
        """Another version: these names and whole enumerations instead of those here."""
        return Dictionary(
            name,
            fields={**self._fields, **fields},
            enums={**self._enums, **enums},
            messages=self._messages,
            groups=self.groups,
        )

    @property
    def enums(self) -> Mapping[int, Mapping[str, str]]:
        """Meaning by tag and value."""
        return self._enums

    def field_name(self, tag: int) -> str:
        """E.g. `ClOrdID` for 11; "" when unknown."""
        return self._fields.get(tag, "")

    def meaning(self, tag: int, value: str) -> str:
        """E.g. `PARTIALLY_FILLED` for 39=1, `ExecutionReport` for 35=8; "" when unknown. Values that are
        lists (ExecInst and kin, separated by spaces) are explained one by one."""
        known = self._messages if tag == 35 else self._enums.get(tag, {})
        if value in known or " " not in value:
            return known.get(value, "")
        return " ".join(known.get(one, one) for one in value.split(" ")) if known else ""

    def message_name(self, msg_type: str) -> str:
        """E.g. `NewOrderSingle` for D; "" when unknown."""
        return self._messages.get(msg_type, "")

    def explain(self, message: Message, *, mask: frozenset[int] = frozenset()) -> list[Explained]:
        """Every field in arrival order, with names, enum meanings and depth; values of `mask` become ***."""
        explained: list[Explained] = []
        inside: list[frozenset[int]] = []  # members of the groups that are open here
        for name, content in message.pairs:
            tag = int(name) if name.isdigit() and len(name) <= 10 else 0
            while inside and tag not in inside[-1]:
                inside.pop()
            value = MASK if tag in mask else _printable(content if tag else name + b"=" + content)
            explained.append(
                Explained(tag, self.field_name(tag), value, self.meaning(tag, value), len(inside))
            )
            if tag in self.groups and content.strip(b"0"):
                inside.append(self.groups[tag])
        return explained


def _printable(value: bytes) -> str:
    text = value.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )

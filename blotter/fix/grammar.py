"""What a message may and must hold: a dictionary that validates (FIX 4.4 volume 2, "Message processing rules").

Pure, immutable, compiled a message type at a time when the first one arrives. It judges form and never meaning: a
message that passes may still be nonsense to who gets it. Names come from `Dictionary`, which judges nothing.

A table of text defines it, in the notation of the modules that hold one:

    header: 8! 9! 35! 49! ...          fields in order; `!` is required
    Instrument= 55! 65 454(455 456)    a block; `454(...)` is a group: its count, then what an entry holds, the first
                                       of it beginning each entry
    D: 11! @Parties @Instrument! 54!   a message; `@` inserts a block, whose required fields are required when the
                                       block is, and in a group always
"""

import re
from collections.abc import Iterator, Mapping, Set
from typing import Final, NamedTuple

from blotter.fix.check import Fault, shown
from blotter.fix.codec import Message
from blotter.fix.data_types import BOOLEAN, LISTS, PATTERNS
from blotter.fix.dictionary import Dictionary
from blotter.fix.effects import SessionRejectReason

HEADER: Final = "header"
TRAILER: Final = "trailer"
FIRST_USER_DEFINED: Final = 5000
"""Tags from here on belong to who agrees on them (FIX 4.4 volume 1, "User defined fields")."""

_TOKEN: Final = re.compile(r"(\))|(?:@(\w+)|(\d+))(!)?(\()?")
_ROW: Final = re.compile(r"(\w+)([:=])(.*)", re.DOTALL)
_NUMBER: Final = re.compile(rb"[1-9][0-9]{0,8}|0")

_WORDS: Final = {
    SessionRejectReason.INVALID_TAG_NUMBER: "Invalid tag number",
    SessionRejectReason.REQUIRED_TAG_MISSING: "Required tag missing",
    SessionRejectReason.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE: "Tag not defined for this message type",
    SessionRejectReason.TAG_SPECIFIED_WITHOUT_A_VALUE: "Tag specified without a value",
    SessionRejectReason.VALUE_IS_INCORRECT: "Value is incorrect (out of range) for this tag",
    SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE: "Incorrect data format for value",
    SessionRejectReason.INVALID_MSG_TYPE: "Invalid MsgType",
    SessionRejectReason.TAG_APPEARS_MORE_THAN_ONCE: "Tag appears more than once",
    SessionRejectReason.TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER: "Tag specified out of required order",
    SessionRejectReason.REPEATING_GROUP_FIELDS_OUT_OF_ORDER: "Repeating group fields out of order",
    SessionRejectReason.INCORRECT_NUM_IN_GROUP_COUNT: "Incorrect NumInGroup count for repeating group",
}
"""The standard's own words for SessionRejectReason (373)."""


class GrammarError(ValueError):
    """A definition that cannot be used; says where."""


class Shape(NamedTuple):
    """What a message, or an entry of a group, holds."""

    members: dict[
        bytes, "Shape | None"
    ]  # tag to what an entry of the group it counts holds; None: a plain field
    required: tuple[bytes, ...]
    order: dict[bytes, int]  # place of each member

    @property
    def first(self) -> bytes:
        """The tag that begins an entry."""
        return next(iter(self.members))


class _Node(NamedTuple):
    name: str  # a tag, or @Block
    required: bool
    entry: "tuple[_Node, ...] | None"


class Grammar:
    """One version of FIX, or a venue's. `check` judges an inbound message."""

    def __init__(
        self,
        names: Dictionary,
        table: str,
        types: Mapping[int, str],
        values: Mapping[int, frozenset[str]],
        *,
        user_defined: bool = True,
    ) -> None:
        """`types` by tag, all that are defined; `values` by tag, where only those are allowed. `user_defined`: tags
        from 5000 on that are defined nowhere are let pass. `GrammarError` for a table that does not fit together."""
        self.names = names
        self.types = types
        self.values = values
        self.user_defined = user_defined
        self._rows = _rows(table)
        self._messages = frozenset(name for name, (kind, _) in self._rows.items() if kind == ":")
        self._messages -= {HEADER, TRAILER}
        self._shapes: dict[str, Shape] = {}
        self._header = self.shape(HEADER)
        self._trailer = self.shape(TRAILER)
        self._patterns = {b"%d" % tag: PATTERNS[kind] for tag, kind in types.items()}
        self._lists = frozenset(b"%d" % tag for tag, kind in types.items() if kind in LISTS)
        self._values = {
            b"%d" % tag: frozenset(value.encode() for value in allowed) for tag, allowed in values.items()
        }

    @property
    def messages(self) -> frozenset[str]:
        """The MsgTypes it knows."""
        return self._messages

    def shape(self, name: str) -> Shape:
        """Of a MsgType, of the header or the trailer. `KeyError` for none, `GrammarError` for a bad one."""
        shape = self._shapes.get(name)
        if shape is None:
            shape = self._shapes[name] = self._compiled(name, self._rows[name][1])
        return shape

    def group_members(self) -> dict[int, frozenset[int]]:
        """Count tag to every tag an entry may hold in any message, those of nested groups included."""
        found: dict[int, set[int]] = {}

        def collect(shape: Shape) -> set[int]:
            inside = {int(tag) for tag in shape.members}
            for tag, entry in shape.members.items():
                if entry is not None:
                    below = collect(entry)
                    found.setdefault(int(tag), set()).update(below)
                    inside |= below
            return inside

        for name in (HEADER, *self._messages):
            collect(self.shape(name))
        return {tag: frozenset(members) for tag, members in found.items()}

    def extended(
        self,
        names: Dictionary,
        table: str = "",
        *,
        types: Mapping[int, str] | None = None,
        values: Mapping[int, frozenset[str]] | None = None,
        user_defined: bool | None = None,
    ) -> "Grammar":
        """This grammar with a venue's on top: rows of messages and blocks that are here gain fields (with `!` where one
        becomes required), others are new; values are added to those allowed."""
        more = values or {}
        grown = Grammar.__new__(Grammar)
        merged = dict(self._rows)
        for name, (kind, nodes) in _rows(table).items():
            merged[name] = (kind, (*merged[name][1], *nodes) if name in merged else nodes)
        text = "\n".join(f"{name}{kind} {_written(nodes)}" for name, (kind, nodes) in merged.items())
        grown.__init__(  # type: ignore[misc]
            names,
            text,
            {**self.types, **(types or {})},
            {**self.values, **{tag: self.values.get(tag, frozenset()) | more[tag] for tag in more}},
            user_defined=self.user_defined if user_defined is None else user_defined,
        )
        return grown

    # --- compiling -----------------------------------------------------------------------------------------

    def _compiled(self, where: str, nodes: tuple[_Node, ...], inside: tuple[str, ...] = ()) -> Shape:
        """`inside`: the blocks that this stands in."""
        members: dict[bytes, Shape | None] = {}
        required: list[bytes] = []
        for tag, needed, entry, blocks in self._flat(where, nodes, True, inside):
            number = int(tag)
            if number not in self.types:
                raise GrammarError(f"{where}: field {tag} has no type")
            wire = b"%d" % number
            members[wire] = None if entry is None else self._compiled(f"{where}, group {tag}", entry, blocks)
            if needed and wire not in required:
                required.append(wire)
        if not members and ", group" in where:
            raise GrammarError(f"{where}: an entry holds nothing")
        return Shape(members, tuple(required), {tag: place for place, tag in enumerate(members)})

    def _flat(
        self, where: str, nodes: tuple[_Node, ...], needed: bool, inside: tuple[str, ...]
    ) -> Iterator[tuple[str, bool, tuple[_Node, ...] | None, tuple[str, ...]]]:
        """Fields and groups, blocks opened: name, whether it is required, entry, the blocks it stands in."""
        for name, required, entry in nodes:
            if not name.startswith("@"):
                yield name, required and needed, entry, inside
                continue
            block = name[1:]
            if block in inside:
                raise GrammarError(f"{where}: block {block} contains itself")
            if block not in self._rows:
                raise GrammarError(f"{where}: there is no block {block}")
            yield from self._flat(where, self._rows[block][1], required and needed, (*inside, block))

    # --- judging -------------------------------------------------------------------------------------------

    def check(self, message: Message) -> Fault | None:
        """The first thing that is wrong with it; None when nothing is."""
        if message.msg_type not in self._messages:
            return self._fault(SessionRejectReason.INVALID_MSG_TYPE, None, shown(message.msg_type))
        body = self.shape(message.msg_type)
        header, trailer = self._header, self._trailer
        fields = message.pairs
        seen: set[bytes] = set()
        part = header  # what the last field belonged to
        at, size = 0, len(fields)
        while at < size:
            tag, value = fields[at]
            at += 1
            if tag in part.members:
                shape = part
            elif tag in body.members and part is not trailer:
                shape = part = body
            elif tag in trailer.members:
                shape = part = trailer
            elif tag in header.members or tag in body.members:
                return self._fault(SessionRejectReason.TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER, tag)
            else:
                fault = self._unknown(tag, value)
                if fault is not None:
                    return fault
                if part is header:
                    part = body
                continue
            fault = self._value_fault(tag, value)
            if fault is not None:
                return fault
            if tag in seen:
                return self._fault(SessionRejectReason.TAG_APPEARS_MORE_THAN_ONCE, tag)
            seen.add(tag)
            entry = shape.members[tag]
            if entry is not None:
                fault, at = self._group(tag, int(value), entry, fields, at)
                if fault is not None:
                    return fault
        for shape in (header, body, trailer):
            for tag in shape.required:
                if tag not in seen:
                    return self._fault(SessionRejectReason.REQUIRED_TAG_MISSING, tag)
        return None

    def _group(
        self, count_tag: bytes, count: int, entry: Shape, fields: list[tuple[bytes, bytes]], at: int
    ) -> tuple[Fault | None, int]:
        """Its entries, from `at` on. Also returns where the group ends."""
        members, order, first = entry.members, entry.order, entry.first
        entries, seen, place = 0, set[bytes](), 0
        while at < len(fields) and fields[at][0] in members:
            tag, value = fields[at]
            if tag == first:
                fault = self._incomplete(entry, seen) if entries else None
                if fault is not None:
                    return fault, at
                entries, seen, place = entries + 1, set(), 0
            elif not entries or tag in seen or order[tag] < place:
                return self._fault(SessionRejectReason.REPEATING_GROUP_FIELDS_OUT_OF_ORDER, tag), at
            fault = self._value_fault(tag, value)
            if fault is not None:
                return fault, at
            seen.add(tag)
            place = order[tag]
            at += 1
            inner = members[tag]
            if inner is not None:
                fault, at = self._group(tag, int(value), inner, fields, at)
                if fault is not None:
                    return fault, at
        if entries != count:
            text = f"{count} stated, {entries} there"
            return self._fault(SessionRejectReason.INCORRECT_NUM_IN_GROUP_COUNT, count_tag, text), at
        return (self._incomplete(entry, seen) if entries else None), at

    def _incomplete(self, entry: Shape, seen: set[bytes]) -> Fault | None:
        for tag in entry.required:
            if tag not in seen:
                return self._fault(SessionRejectReason.REQUIRED_TAG_MISSING, tag)
        return None

    def _unknown(self, tag: bytes, value: bytes) -> Fault | None:
        """A field that this message does not have."""
        if not _NUMBER.fullmatch(tag) or tag == b"0":
            return self._fault(SessionRejectReason.INVALID_TAG_NUMBER, tag)
        if not value:
            return self._fault(SessionRejectReason.TAG_SPECIFIED_WITHOUT_A_VALUE, tag)
        if tag in self._patterns:
            return self._fault(SessionRejectReason.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE, tag)
        if self.user_defined and int(tag) >= FIRST_USER_DEFINED:
            return None
        return self._fault(SessionRejectReason.INVALID_TAG_NUMBER, tag)

    def _value_fault(self, tag: bytes, value: bytes) -> Fault | None:
        if not value:
            return self._fault(SessionRejectReason.TAG_SPECIFIED_WITHOUT_A_VALUE, tag)
        pattern = self._patterns[tag]
        if pattern is not None and pattern.fullmatch(value) is None:
            return self._fault(SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE, tag, _quoted(value))
        allowed = self._values.get(tag)
        if allowed is None or value in allowed or pattern is BOOLEAN:
            return None
        if tag in self._lists and all(one in allowed for one in value.split(b" ")):
            return None
        return self._fault(SessionRejectReason.VALUE_IS_INCORRECT, tag, _quoted(value))

    def _fault(self, reason: SessionRejectReason, tag: bytes | None, detail: str = "") -> Fault:
        number = None
        words = _WORDS[reason]
        if tag is not None:
            plain = tag.removeprefix(b"-")
            number = int(tag) if plain.isdigit() and len(plain) <= 9 else None
            name = self.names.field_name(number) if number is not None and number > 0 else ""
            field = f"{name} ({number})" if name else f"field {_quoted(tag)}"
            detail = f"{field} is {detail}" if detail else field
        return Fault(f"{words}: {detail}", reason, number, fatal=False)


def types_of(text: str) -> dict[int, str]:
    """Type by tag, from rows of `TYPE: tags`."""
    rows = (row.partition(":") for row in _lines(text))
    return {int(tag): kind for kind, _, tags in rows for tag in tags.split()}


def codes_of(text: str) -> dict[int, dict[str, str]]:
    """Meanings by tag and value, from rows of `tag: value=MEANING`."""
    rows = (row.partition(":") for row in _lines(text))
    return {int(tag): dict(word.split("=", 1) for word in words.split()) for tag, _, words in rows}


def values_of(names: Dictionary, open_ended: Set[int]) -> dict[int, frozenset[str]]:
    """The values that are allowed: those that have a meaning, but for fields where others are too."""
    return {tag: frozenset(known) for tag, known in names.enums.items() if tag not in open_ended}


def _lines(text: str) -> list[str]:
    """Rows; indented lines go on with the one before."""
    return [line for line in re.sub(r"\n[ \t]+", " ", text).splitlines() if line]


def _quoted(value: bytes) -> str:
    return shown(value.decode("utf-8", "backslashreplace"))


def _rows(table: str) -> dict[str, tuple[str, tuple[_Node, ...]]]:
    """Rows by name: ":" for a message, "=" for a block, and what they hold. Indented lines go on."""
    rows: dict[str, tuple[str, tuple[_Node, ...]]] = {}
    for line in _lines(table):
        row = _ROW.fullmatch(line)
        if row is None:
            raise GrammarError(f"no row: {line[:40]!r}")
        name, kind, words = row.groups()
        rows[name] = (kind, _nodes(name, words))
    return rows


def _nodes(where: str, words: str) -> tuple[_Node, ...]:
    """What stands in a row, nested as its groups are."""
    open_groups: list[tuple[str, bool, list[_Node]]] = []
    nodes: list[_Node] = []
    at = 0
    while at < len(words):
        if words[at] == " ":
            at += 1
            continue
        token = _TOKEN.match(words, at)
        if token is None or (token[1] and not open_groups):
            raise GrammarError(f"{where}: cannot read {words[at : at + 20]!r}")
        at = token.end()
        closes, block, tag, required, opens = token.groups()
        if closes:
            name, needed, outer = open_groups.pop()
            outer.append(_Node(name, needed, tuple(nodes)))
            nodes = outer
        elif opens and tag:
            open_groups.append((tag, bool(required), nodes))
            nodes = []
        elif opens:
            raise GrammarError(f"{where}: block {block} cannot count entries")
        else:
            nodes.append(_Node(f"@{block}" if block else tag, bool(required), None))
    if open_groups:
        raise GrammarError(f"{where}: group {open_groups[-1][0]} is not closed")
    return tuple(nodes)


def _written(nodes: tuple[_Node, ...]) -> str:
    """The row again."""
    return " ".join(
        f"{name}{'!' if required else ''}{'' if entry is None else f'({_written(entry)})'}"
        for name, required, entry in nodes
    )

"""Dictionaries in QuickFIX's XML form as an input, so that a desk can bring its broker's file.

Strict about what it does not understand: an element it does not know, a name that stands nowhere, a block that holds
itself are refused, with the file, the line, the element and the rule. No document types, no entities.
"""

import re
from pathlib import Path
from typing import Final, NamedTuple, NoReturn
from xml.parsers import expat

from blotter.fix.data_types import PATTERNS, SYNONYMS
from blotter.fix.dictionary import Dictionary
from blotter.fix.grammar import HEADER, TRAILER, Grammar, GrammarError

_MAX_SIZE: Final = 32 * 1024 * 1024
_DEEPEST: Final = 32
_OPEN: Final = "allowOtherValues"
_CHILDREN: Final = {
    "fix": {"header", "messages", "trailer", "components", "fields"},
    "header": {"field", "group", "component"},
    "trailer": {"field", "group", "component"},
    "messages": {"message"},
    "message": {"field", "group", "component"},
    "components": {"component"},
    "component": {"field", "group", "component"},
    "group": {"field", "group", "component"},
    "fields": {"field"},
    "field": {"value", "values"},
    "values": {"value"},
    "value": set[str](),
}


class DictionaryFileError(GrammarError):
    """A file that cannot be used: file, line, element, rule."""


class _Element(NamedTuple):
    name: str
    attributes: dict[str, str]
    line: int
    children: "list[_Element]"


class _Field(NamedTuple):
    tag: int
    kind: str
    meanings: dict[str, str]
    closed: bool


def load(path: Path) -> Grammar:
    """The dictionary in this file: what it names and what it demands. `DictionaryFileError`; `OSError`. The one place
    of this package that reads a file, once, at the start."""
    with path.open("rb") as file:
        return parse(file.read(_MAX_SIZE + 1), path.name)


def parse(data: bytes, file: str) -> Grammar:
    """The same from bytes. `file` is for the errors."""
    if len(data) > _MAX_SIZE:
        raise DictionaryFileError(f"{file}: longer than {_MAX_SIZE} bytes")
    return _File(file).grammar(data)


class _File:
    def __init__(self, file: str) -> None:
        self._file = file
        self._fields: dict[str, _Field] = {}
        self._blocks: dict[str, _Element] = {}

    def grammar(self, data: bytes) -> Grammar:
        root = self._tree(data)
        if root.name != "fix":
            self._fail(root, "must be <fix>")
        parts = {child.name: child for child in root.children}
        for needed in ("header", "messages", "fields"):
            if needed not in parts:
                self._fail(root, f"must have <{needed}>")
        self._read_fields(parts["fields"])
        messages = parts["messages"].children
        components = parts["components"].children if "components" in parts else []
        self._blocks = {self._name(block): block for block in components}
        rows = [f"{HEADER}: {self._row(parts['header'])}"]
        trailer = self._row(parts["trailer"]) if "trailer" in parts else "10!"
        rows.append(f"{TRAILER}: {trailer}")
        rows += [f"{_word(name)}= {self._row(block)}" for name, block in self._blocks.items()]
        names: dict[str, str] = {}
        for message in messages:
            msg_type = self._attribute(message, "msgtype")
            if not re.fullmatch(r"\w{1,32}", msg_type) or msg_type in names:
                self._fail(message, f"msgtype {msg_type!r} must be letters and digits, and stand once")
            names[msg_type] = self._name(message)
            rows.append(f"{msg_type}: {self._row(message)}")
        return self._compile(names, rows, self._title(root))

    def _compile(self, messages: dict[str, str], rows: list[str], title: str) -> Grammar:
        fields = {field.tag: name for name, field in self._fields.items()}
        meanings = {field.tag: field.meanings for field in self._fields.values() if field.meanings}
        values = {field.tag: frozenset(field.meanings) for field in self._fields.values() if field.closed}
        names = Dictionary(title, fields=fields, enums=meanings, messages=messages, groups={})
        try:
            grammar = Grammar(names, "\n".join(rows), self._types(), values)
            for msg_type in messages:  # here, and not when the first message arrives
                grammar.shape(msg_type)
            members = grammar.group_members()
        except GrammarError as error:
            raise DictionaryFileError(f"{self._file}: {error}") from None
        return grammar.extended(names.extended(title, groups=members))

    def _types(self) -> dict[int, str]:
        return {field.tag: field.kind for field in self._fields.values()}

    def _title(self, root: _Element) -> str:
        kind, major, minor, pack = (
            root.attributes.get(name, "") for name in ("type", "major", "minor", "servicepack")
        )
        return f"{kind or 'FIX'}.{major}.{minor}" + (f"SP{pack}" if pack not in ("", "0") else "")

    def _read_fields(self, fields: _Element) -> None:
        tags: dict[int, str] = {}
        for element in fields.children:
            name, number = self._name(element), self._attribute(element, "number")
            if not re.fullmatch(r"[1-9][0-9]{0,8}", number):
                self._fail(element, f"number {number!r} must be a positive number")
            tag = int(number)
            if tag in tags or name in self._fields:
                self._fail(element, f"number {tag} and name {name!r} must stand once")
            kind = self._attribute(element, "type").upper()
            kind = SYNONYMS.get(kind, kind)
            if kind not in PATTERNS:
                self._fail(element, f"type {kind!r} is no data type of FIX")
            listed = [
                one
                for child in element.children
                for one in (child.children if child.name == "values" else [child])
            ]
            meanings = {self._attribute(one, "enum"): one.attributes.get("description", "") for one in listed}
            closed = bool(meanings) and element.attributes.get(_OPEN, "N").upper() not in ("Y", "TRUE")
            tags[tag] = name
            self._fields[name] = _Field(tag, kind, {k: v or k for k, v in meanings.items()}, closed)

    def _row(self, element: _Element) -> str:
        """What stands in a message, block or group, in the notation of `grammar`."""
        words = []
        for child in element.children:
            name = self._name(child)
            required = child.attributes.get("required", "N").upper()
            if required not in ("Y", "N"):
                self._fail(child, f"required {required!r} must be Y or N")
            mark = "!" if required == "Y" else ""
            if child.name == "component":
                if name not in self._blocks:
                    self._fail(child, f"there is no component {name!r}")
                words.append(f"@{_word(name)}{mark}")
                continue
            if name not in self._fields:
                self._fail(child, f"there is no field {name!r}")
            entry = f"({self._row(child)})" if child.name == "group" else ""
            if child.name == "group" and not child.children:
                self._fail(child, "a group must hold a field")
            words.append(f"{self._fields[name].tag}{mark}{entry}")
        return " ".join(words)

    def _name(self, element: _Element) -> str:
        return self._attribute(element, "name")

    def _attribute(self, element: _Element, name: str) -> str:
        value = element.attributes.get(name, "")
        if not value:
            self._fail(element, f"must have {name}")
        return value

    def _fail(self, element: _Element, rule: str) -> NoReturn:
        said = " ".join(f"{key}='{value[:40]}'" for key, value in list(element.attributes.items())[:2])
        raise DictionaryFileError(f"{self._file}, line {element.line}: <{element.name} {said}>: {rule}")

    def _tree(self, data: bytes) -> _Element:
        parser = expat.ParserCreate()
        top = _Element("", {}, 0, [])
        stack = [top]

        def start(name: str, attributes: dict[str, str]) -> None:
            element = _Element(name, attributes, parser.CurrentLineNumber, [])
            above = stack[-1]
            if above.name and name not in _CHILDREN.get(above.name, ()):
                self._fail(element, f"cannot stand in <{above.name}>")
            if len(stack) > _DEEPEST:
                self._fail(element, f"must not be nested more than {_DEEPEST} deep")
            above.children.append(element)
            stack.append(element)

        def end(name: str) -> None:
            stack.pop()

        def doctype(name: str, system: str | None, public: str | None, internal: bool) -> None:
            raise DictionaryFileError(
                f"{self._file}, line {parser.CurrentLineNumber}: <!DOCTYPE {name}>: not allowed"
            )

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.StartDoctypeDeclHandler = doctype
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise DictionaryFileError(f"{self._file}, line {error.lineno}: no XML: {error}") from None
        return top.children[0]


def _word(name: str) -> str:
    return re.sub(r"\W", "_", name)

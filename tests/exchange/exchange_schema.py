"""The venue's official schemas as a judge of what the exchange sends. Without the files everything passes; the test
that says so is skipped visibly."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from blotter.fix.codec import Message

FOLDER = Path(__file__).parents[3] / "shared" / "venues" / "schemas"
AVAILABLE = (FOLDER / "spot-fix-oe.xml").exists() and (FOLDER / "spot-fix-md.xml").exists()

_TYPES = {
    "INT": r"-?\d+",
    "LENGTH": r"\d+",
    "SEQNUM": r"\d+",
    "NUMINGROUP": r"\d+",
    "QTY": r"\d+(\.\d+)?",
    "PRICE": r"\d+(\.\d+)?",
    "BOOLEAN": r"[YN]",
    "CHAR": r".",
    "UTCTIMESTAMP": r"\d{8}-\d\d:\d\d:\d\d\.\d{6}",
}


class _Field(NamedTuple):
    name: str
    type: str
    values: frozenset[str]


class _Shape(NamedTuple):
    fields: dict[int, bool]
    groups: dict[int, "_Shape"]


class _Schema(NamedTuple):
    fields: dict[int, _Field]
    header: _Shape
    messages: dict[str, _Shape]


@cache
def _load(name: str) -> _Schema:
    root = ElementTree.parse(FOLDER / name).getroot()
    fields = {
        int(f.attrib["number"]): _Field(
            f.attrib["name"], f.attrib["type"], frozenset(v.attrib["enum"] for v in f.findall("value"))
        )
        for f in root.findall("fields/field")
    }
    numbers = {field.name: number for number, field in fields.items()}
    components = {c.attrib["name"]: c for c in root.findall("components/component")}

    def shape(node: ElementTree.Element) -> _Shape:
        found = _Shape({}, {})
        for child in node:
            required = child.attrib["required"] == "Y"
            if child.tag == "component":
                inner = shape(components[child.attrib["name"]])
                found.fields.update({tag: required and need for tag, need in inner.fields.items()})
                found.groups.update(inner.groups)
            else:
                number = numbers[child.attrib["name"]]
                found.fields[number] = required
                if child.tag == "group":
                    found.groups[number] = shape(child)
        return found

    header = root.find("header")
    assert header is not None
    messages = {m.attrib["msgtype"]: shape(m) for m in root.findall("messages/message")}
    return _Schema(fields, shape(header), messages)


def validate(message: Message, *, market_data: bool = False) -> None:
    """Assert that the schema allows the message: fields, types, enumerations, groups, what is required."""
    if not AVAILABLE:
        return
    schema = _load("spot-fix-md.xml" if market_data else "spot-fix-oe.xml")
    pairs = [(int(tag), value.decode()) for tag, value in message.pairs]
    assert [tag for tag, _ in pairs[:3]] == [8, 9, 35]
    assert pairs[-1][0] == 10
    assert message.msg_type in schema.messages, message.raw
    shape = schema.messages[message.msg_type]
    body = [pair for pair in pairs[:-1] if pair[0] not in schema.header.fields]
    for tag, required in schema.header.fields.items():
        assert not required or any(tag == other for other, _ in pairs), (tag, message.raw)
    end = _check(body, 0, shape, schema, message)
    assert end == len(body), (body[end], message.raw)


def _check(
    pairs: list[tuple[int, str]],
    at: int,
    shape: _Shape,
    schema: _Schema,
    message: Message,
    entry: bool = False,
) -> int:
    seen: set[int] = set()
    start = at
    while at < len(pairs):
        tag, value = pairs[at]
        if tag not in shape.fields or (entry and at > start and tag == pairs[start][0]):
            break
        assert tag not in seen, (tag, message.raw)
        seen.add(tag)
        field = schema.fields[tag]
        assert re.fullmatch(_TYPES.get(field.type, ".+"), value), (field, value, message.raw)
        assert not field.values or value in field.values, (field.name, value, message.raw)
        at += 1
        if tag in shape.groups:
            for _ in range(int(value)):
                at = _check(pairs, at, shape.groups[tag], schema, message, entry=True)
    missing = [tag for tag, required in shape.fields.items() if required and tag not in seen]
    assert not missing, (missing, message.raw)
    return at

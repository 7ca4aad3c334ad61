"""A small, strict validator of Binance's QuickFIX schema files, for messages a client sends.

The files are the venue's and are no part of this project: where they are absent the tests that need them are
skipped, visibly.
"""

import re
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "venues" / "schemas"

_TYPES = {
    "INT": r"-?[0-9]{1,19}",
    "LENGTH": r"[0-9]{1,19}",
    "NUMINGROUP": r"[0-9]{1,19}",
    "SEQNUM": r"[0-9]{1,10}",
    "FLOAT": r"-?[0-9]+(\.[0-9]+)?",
    "PRICE": r"[0-9]+(\.[0-9]+)?",
    "QTY": r"[0-9]+(\.[0-9]+)?",
    "CHAR": r"[!-~]",
    "BOOLEAN": r"[YN]",
    "UTCTIMESTAMP": r"\d{8}-\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?",
    "STRING": r".+",
    "DATA": r"(?s).+",
}
UTF8 = {55}


class Member(NamedTuple):
    required: bool
    group: "dict[int, Member] | None"


class Schema:
    def __init__(self, path: Path) -> None:
        root = ET.parse(path).getroot()
        self.names: dict[int, str] = {}
        self.types: dict[int, str] = {}
        self.enums: dict[int, dict[str, str]] = {}
        numbers: dict[str, int] = {}
        for field in root.iterfind("fields/field"):
            tag = int(field.attrib["number"])
            numbers[field.attrib["name"]] = tag
            self.names[tag] = field.attrib["name"]
            self.types[tag] = field.attrib["type"]
            values = {value.attrib["enum"]: value.attrib["description"] for value in field.iterfind("value")}
            if values:
                self.enums[tag] = values
        components = {node.attrib["name"]: node for node in root.iterfind("components/component")}

        def members(node: ET.Element) -> dict[int, Member]:
            found: dict[int, Member] = {}
            for child in node:
                name, required = child.attrib["name"], child.attrib["required"] == "Y"
                if child.tag == "component":
                    inner = members(components[name])
                    found |= {
                        tag: Member(member.required and required, member.group)
                        for tag, member in inner.items()
                    }
                else:
                    group = members(child) if child.tag == "group" else None
                    found[numbers[name]] = Member(required, group)
            return found

        header = root.find("header")
        assert header is not None
        self.header = members(header)
        self.messages = {node.attrib["msgtype"]: members(node) for node in root.iterfind("messages/message")}
        self.message_names = {
            node.attrib["msgtype"]: node.attrib["name"] for node in root.iterfind("messages/message")
        }

    def problems(self, raw: bytes) -> list[str]:
        """What is wrong with a message; empty when nothing is."""
        fields = [
            (int(tag), value.decode())
            for tag, _, value in (piece.partition(b"=") for piece in raw.split(b"\x01")[:-1])
        ]
        faults = [fault for tag, value in fields for fault in self._value(tag, value)]
        if [tag for tag, _ in fields[:3]] != [8, 9, 35] or fields[-1][0] != 10:
            faults.append("8, 9, 35 must come first and 10 last")
        if int(fields[1][1]) != len(raw) - raw.index(b"35=") - len(b"10=000\x01"):
            faults.append("BodyLength is wrong")
        if int(fields[-1][1]) != sum(raw[: raw.rindex(b"10=")]) % 256:
            faults.append("CheckSum is wrong")
        size = next((at for at, (tag, _) in enumerate(fields) if tag not in self.header), len(fields))
        members = self.messages.get(fields[2][1])
        if members is None:
            return [*faults, f"MsgType {fields[2][1]} is not in the schema"]
        rest = self._members(fields[:size], self.header, faults)
        rest += self._members(fields[size:-1], members, faults)
        return faults + [f"tag {tag} is not allowed here" for tag, _ in rest]

    def _members(
        self, fields: list[tuple[int, str]], members: dict[int, Member], faults: list[str]
    ) -> list[tuple[int, str]]:
        """Read members off the front; what is left is returned."""
        seen: set[int] = set()
        while fields and fields[0][0] in members:
            tag, value = fields[0]
            if tag in seen:
                faults.append(f"tag {tag} appears twice")
            seen.add(tag)
            fields = fields[1:]
            group = members[tag].group
            if group is None:
                continue
            delimiter = next(iter(group))
            for number in range(int(value)):
                if not fields or fields[0][0] != delimiter:
                    faults.append(f"entry {number} of group {tag} does not start with {delimiter}")
                    break
                end = next((at for at in range(1, len(fields)) if fields[at][0] == delimiter), len(fields))
                left = self._members(fields[:end], group, faults)
                fields = left + fields[end:]
        faults += [
            f"required tag {tag} is missing"
            for tag, member in members.items()
            if member.required and tag not in seen
        ]
        return fields

    def _value(self, tag: int, value: str) -> list[str]:
        kind = self.types.get(tag)
        if kind is None:
            return [f"tag {tag} is not in the schema"]
        if re.fullmatch(_TYPES[kind], value) is None:
            return [f"{tag}={value!r} is no {kind}"]
        if tag in self.enums and value not in self.enums[tag]:
            return [f"{tag}={value!r} is not among the schema's values"]
        if tag not in UTF8 and not (value.isascii() and value.isprintable()):
            return [f"{tag}={value!r} is not printable ASCII"]
        return []


@cache
def _load(name: str) -> Schema:
    return Schema(FOLDER / name)


def _schema(name: str) -> Schema:
    if not (FOLDER / name).is_file():
        pytest.skip(f"official schema {name} is not at hand")
    return _load(name)


def order_entry_schema() -> Schema:
    return _schema("spot-fix-oe.xml")


def market_data_schema() -> Schema:
    return _schema("spot-fix-md.xml")

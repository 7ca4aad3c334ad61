"""`blotter decode`: FIX messages out of a file, a log or a pipe, made readable.

Reading is forgiving: what is wrong with a message is said beside its content. Never shows a secret, and never
quotes bytes it could not read, for they may hold one.
"""

import json
import re
import sys
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import click

from blotter.cli.context import say
from blotter.fix.codec import Message, checksum
from blotter.fix.dictionary import MASK, Dictionary, Explained

SECRET_TAGS = frozenset({96, 553, 554})  # RawData, Username, Password: masked whatever the venue
SOH = b"\x01"

# SOH itself, or what logs, editors and mail write for it. A separator shows itself behind the BeginString.
_START = re.compile(rb"(?<![0-9])8=FIX[T.0-9]{0,12}(\x01|\||\^A|<SOH>|\\x01|\\u0001)9=")
_BROKEN_START = re.compile(rb"(?<![0-9])8=FIX|(?:^|[\x01|])35=[0-9A-Za-z]{1,4}(?:[\x01|]|$)", re.MULTILINE)
_LENGTH = re.compile(rb"8=[^\x01]*\x019=([0-9]{1,9})\x01")
_TRAILER = re.compile(rb"\x0110=([0-9]{1,3})(?![0-9])\x01?")
_TYPE = re.compile(rb"\x0135=([^\x01]{1,32})")


class Reading(NamedTuple):
    """A message found in the input, or a place that looks like one and cannot be read (`message` is None)."""

    line: int  # from 1
    offset: int  # bytes, from 0
    message: Message | None
    problems: tuple[str, ...]


def readings(data: bytes) -> Iterator[Reading]:
    """Everything in `data` that is or should be a message, in order. Anything between (log prefixes) is
    passed over."""
    line, counted = 1, 0
    for start, reading in _found(data):
        line += data.count(b"\n", counted, start)
        counted = start
        yield reading._replace(line=line, offset=start)


def _found(data: bytes) -> Iterator[tuple[int, Reading]]:
    at = 0
    while True:
        start = _START.search(data, at)
        upto = len(data) if start is None else start.start()
        broken = _BROKEN_START.search(data, at, upto)
        while broken is not None:  # one report a line will do
            yield (
                broken.start(),
                _unreadable("looks like FIX, but BeginString (8) and BodyLength (9) do not lead"),
            )
            newline = data.find(b"\n", broken.end(), upto)
            broken = None if newline < 0 else _BROKEN_START.search(data, newline, upto)
        if start is None:
            return
        raw, size = _cut(data, start)
        yield start.start(), _read(raw)
        at = start.start() + size


def _cut(data: bytes, start: re.Match[bytes]) -> tuple[bytes, int]:
    """The message that starts here, SOH-separated, and how many bytes of input it took."""
    begin, separator = start.start(), start[1]
    following = _START.search(data, start.end())
    limit = len(data) if following is None else following.start()
    if separator != SOH:
        newline = data.find(b"\n", begin, limit)
        text = data[begin : limit if newline < 0 else newline].rstrip(b"\r")
        converted = text.replace(separator, SOH)
        trailer = _TRAILER.search(converted)
        return (converted if trailer is None else converted[: trailer.end()]), len(text)
    stated = _LENGTH.match(data, begin)
    if stated is not None:  # data fields may hold anything, even another message: trust a length that fits
        trailer = _TRAILER.match(data, stated.end() + int(stated[1]) - 1)
        if trailer is not None:
            return data[begin : trailer.end()], trailer.end() - begin
    trailer = _TRAILER.search(data, begin, limit)
    end = limit if trailer is None else trailer.end()
    return data[begin:end].rstrip(b"\r\n"), end - begin


def _read(raw: bytes) -> Reading:
    if not raw.endswith(SOH):
        raw += SOH
    msg_type = _TYPE.search(raw)
    if msg_type is None:
        return _unreadable("a message without MsgType (35)")
    problems: list[str] = []
    stated, trailer = _LENGTH.match(raw), _TRAILER.search(raw, max(0, len(raw) - len("|10=000|")))
    if trailer is None:
        problems.append("no CheckSum (10): cut short")
    if stated is None:
        problems.append("BodyLength (9) is no number")
    elif trailer is not None:
        actual = trailer.start() + 1 - stated.end()
        if int(stated[1]) != actual:
            problems.append(f"BodyLength (9) is {int(stated[1])}, the body has {actual} bytes")
    if trailer is not None:
        total = b"%03d" % checksum(raw[: trailer.start() + 1])
        if trailer[1] != total:
            problems.append(f"CheckSum (10) is {trailer[1].decode()}, the bytes give {total.decode()}")
    return Reading(0, 0, Message(raw, msg_type[1].decode("ascii", "backslashreplace")), tuple(problems))


def _unreadable(problem: str) -> Reading:
    return Reading(0, 0, None, (problem,))


def fields_of(message: Message, dictionary: Dictionary, secret_tags: frozenset[int]) -> list[Explained]:
    """The fields with names, secrets masked; also what a SOH inside a secret has cut off from it."""
    shown: list[Explained] = []
    for field in dictionary.explain(message, mask=secret_tags | SECRET_TAGS):
        severed = not field.tag and shown and shown[-1].value == MASK
        shown.append(field._replace(value=MASK) if severed else field)
    return shown


def as_json(fields: list[Explained]) -> list[dict[str, str | int]]:
    """Fields for a JSON object; `meaning` and `depth` only where there is one."""
    return [
        {
            "tag": field.tag,
            "name": field.name,
            "value": field.value,
            **({"meaning": field.meaning} if field.meaning else {}),
            **({"depth": field.depth} if field.depth else {}),
        }
        for field in fields
    ]


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--json", "json_lines", is_flag=True, help="One JSON object a message.")
@click.option(
    "--venue", "venue_name", default="binance", show_default=True, help="Whose field and enum names to use."
)
def decode(file: BinaryIO, json_lines: bool, venue_name: str) -> None:
    """Decode FIX messages from FILE or standard input: SOH or | separated, log lines welcome.

    Exit code 1 when something could not be read or is not as it should be.
    """
    from blotter.venues.registry import venue

    try:
        dialect = venue(venue_name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--venue") from None
    found = faulty = 0
    for reading in readings(file.read()):
        found += 1
        where = f"line {reading.line}, offset {reading.offset}"
        faulty += bool(reading.problems)
        if reading.message is None:
            click.echo(f"{where}: {'; '.join(reading.problems)}", err=True)
            continue
        fields = fields_of(reading.message, dialect.dictionary, dialect.secret_tags)
        msg_type = reading.message.msg_type
        name = dialect.dictionary.message_name(msg_type)
        if json_lines:
            record = {
                "line": reading.line,
                "offset": reading.offset,
                "msg_type": msg_type,
                "name": name,
                "fields": as_json(fields),
                "problems": reading.problems,
            }
            say(json.dumps(record, ensure_ascii=False))
        else:
            say("\n".join([f"{name or 'unknown message'} ({msg_type})  {where}", *_lines(fields)]))
            for problem in reading.problems:
                say(f"  ! {problem}")
            say("")
    if not found:
        click.echo("no FIX message found", err=True)
    if faulty or not found:
        sys.exit(1)


def _lines(fields: list[Explained]) -> Iterator[str]:
    width = max((len(field.name) + 2 * field.depth for field in fields), default=0)
    for field in fields:
        name = "  " * field.depth + (field.name or "?")
        yield f"  {field.tag or '':>6} {name:<{width}}  {field.value}  {field.meaning}".rstrip()

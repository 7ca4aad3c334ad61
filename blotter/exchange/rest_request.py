"""A REST request and all that can be wrong with it before anything is looked up (fact sheet section 11). Pure.

Parameters come in the query string. A signed request proves itself by the key's header, a time that is near the
server's, and an Ed25519 signature over the query string exactly as it was sent, `signature` left out.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature

from blotter.exchange.credentials import Keys
from blotter.exchange.grammar import AHEAD, MAX_RECV_WINDOW
from blotter.exchange.logon import DEFAULT_RECV_WINDOW
from blotter.venues.binance.errors import ErrorCode, ErrorText

UNREAD_PARAMETERS: Final = -1104
SECURITY: Final = frozenset({"timestamp", "recvWindow", "signature"})
_MILLISECOND: Final = 1_000_000
_MICROSECOND: Final = 1_000
_MICROSECONDS_FROM: Final = 10**14  # a time this large is not in milliseconds
_INTEGER: Final = re.compile(r"[0-9]{1,18}")
_WINDOW: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")
_API_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_UNAUTHORIZED: Final = frozenset({ErrorCode.BAD_API_KEY_FMT, ErrorCode.REJECTED_MBX_KEY})


class RefusedError(Exception):
    """Why a request is not answered, as the venue's error JSON says it."""

    def __init__(self, code: int, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.code = int(code)
        self.text = text
        self.status = status or (401 if code in _UNAUTHORIZED else 400)


@dataclass(frozen=True, slots=True)
class Request:
    """What came over HTTP. Header names are in lower case. `repr` shows neither key nor signature."""

    method: str
    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def time_unit(self) -> int:
        """Nanoseconds in the unit that times are wanted in."""
        return (
            _MICROSECOND if self.headers.get("x-mbx-time-unit", "").upper() == "MICROSECOND" else _MILLISECOND
        )


class Params:
    """The parameters of a request. Reading one that is wrong raises `RefusedError`, naming it."""

    def __init__(self, query: str) -> None:
        try:
            pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=50)
        except ValueError:
            raise RefusedError(ErrorCode.ILLEGAL_CHARS, "Illegal characters found in a parameter.") from None
        self._values = dict(pairs)
        if len(self._values) != len(pairs):
            raise RefusedError(ErrorCode.TOO_MANY_PARAMETERS, "Duplicate values for a parameter detected.")

    def expect(self, known: Collection[str]) -> None:
        """Refuse what this endpoint does not know: it would have no effect, and the client should learn that."""
        read = sum(name in known for name in self._values)
        if read != len(self._values):
            text = f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{len(self._values)}'."
            raise RefusedError(UNREAD_PARAMETERS, text)

    def text(self, name: str) -> str | None:
        """None when it was not sent."""
        value = self._values.get(name)
        if value == "":
            raise _malformed(name)
        return value

    def required(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise _malformed(name)
        return value

    def integer(self, name: str) -> int | None:
        """A number, zero or more: order and trade ids begin at 0."""
        value = self.text(name)
        if value is None:
            return None
        if _INTEGER.fullmatch(value) is None:
            text = ErrorText.ILLEGAL_CHARS.format(name, "^[0-9]{1,20}$")
            raise RefusedError(ErrorCode.ILLEGAL_CHARS, text)
        return int(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean, `default` when it was not sent."""
        value = self.text(name)
        if value not in (None, "true", "false"):
            raise invalid(name)
        return default if value is None else value == "true"

    def time(self, name: str) -> int | None:
        """UTC ns, from milliseconds or microseconds."""
        value = self.integer(name)
        if value is None:
            return None
        return value * (_MICROSECOND if value >= _MICROSECONDS_FROM else _MILLISECOND)


def _malformed(name: str) -> RefusedError:
    return RefusedError(ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED, ErrorText.MALFORMED.format(name))


def invalid(name: str) -> RefusedError:
    """A value that cannot be."""
    return RefusedError(ErrorCode.INVALID_PARAMETER, ErrorText.INVALID_PARAMETER.format(name))


def authenticate(request: Request, params: Params, key: Keys, now: int) -> None:
    """Is this our client, now? Raises `RefusedError`. `now`: UTC ns."""
    api_key = request.headers.get("x-mbx-apikey", "")
    if _API_KEY.fullmatch(api_key) is None:
        raise RefusedError(ErrorCode.BAD_API_KEY_FMT, ErrorText.BAD_API_KEY_FMT)
    if not hmac.compare_digest(api_key, key.api_key):
        raise RefusedError(ErrorCode.REJECTED_MBX_KEY, ErrorText.REJECTED_KEY)
    params.required("timestamp")
    signature = params.required("signature")
    sent = params.time("timestamp") or 0
    if sent >= now + AHEAD:
        raise RefusedError(ErrorCode.INVALID_TIMESTAMP, ErrorText.AHEAD_OF_SERVER)
    if now - sent > _recv_window(params):
        raise RefusedError(ErrorCode.INVALID_TIMESTAMP, ErrorText.OUTSIDE_RECV_WINDOW)
    parts = request.query.split("&")
    payload = "&".join(part for part in parts if not part.startswith("signature="))
    try:
        key.ed25519.verify(base64.b64decode(signature, validate=True), payload.encode())
    except (InvalidSignature, binascii.Error, ValueError):
        raise RefusedError(ErrorCode.INVALID_SIGNATURE, ErrorText.INVALID_SIGNATURE) from None


def _recv_window(params: Params) -> int:
    """In ns."""
    value = params.text("recvWindow")
    if value is None:
        return int(DEFAULT_RECV_WINDOW * _MILLISECOND)
    if _WINDOW.fullmatch(value) is None:
        raise _malformed("recvWindow")
    if float(value) > MAX_RECV_WINDOW:
        text = f"'recvWindow' contains unexpected value. Cannot be greater than {MAX_RECV_WINDOW}."
        raise RefusedError(ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED, text)
    return int(float(value) * _MILLISECOND)

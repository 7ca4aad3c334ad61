"""The Logon of a broker: its fields and the text that is signed, from templates of the profile.

A template is text with names in braces. They are filled in when number and time of the Logon are known, so that what is
signed is what is sent:

    {msg_type} {msg_seq_num} {sender_comp_id} {target_comp_id} {sending_time}   of the header, as sent
    {epoch_ms}            SendingTime in milliseconds since 1970
    {heart_bt_int}        seconds
    {key} {passphrase}    from the files `api_key_file` and `passphrase_file`
    {SOH}                 the byte 1, in the signed text only
    {signature}           of the signed text, in fields only; {password} with `signer = "password"`
"""

import re
from collections.abc import Iterator, Mapping

from blotter.fix.message import DATA_FIELDS
from blotter.fix.session import LogonHeader
from blotter.fix.values import parse_utc_timestamp
from blotter.venues.base import Credentials, Need, Secrets, Signer
from blotter.venues.fix44.profile import FixProfile, LogonProfile
from blotter.venues.signing import HmacSigner, NoSigner, PasswordSigner, decoded_secret, ed25519, rsa
from blotter.venues.writing import Fields

_NAME = re.compile(r"\{([^{}]*)\}")
_HEADER = frozenset(
    {"msg_type", "msg_seq_num", "sender_comp_id", "target_comp_id", "sending_time", "epoch_ms"}
)
_BOTH = _HEADER | {"heart_bt_int", "key", "passphrase"}
_OURS = frozenset({8, 9, 10, 34, 35, 49, 52, 56})
"""Fields that the session writes."""
_LENGTH_OF = {data: length for length, data in DATA_FIELDS.items()}
_USERNAME, _PASSWORD, _NEW_PASSWORD, _RAW_DATA, _RESET = 553, 554, 925, 96, 141
_PASSWORDS = frozenset({_PASSWORD, _NEW_PASSWORD, _RAW_DATA})
_MILLISECOND = 1_000_000


def check(logon: LogonProfile) -> None:
    """Raises `ValueError` naming key, value and rule."""
    signing = logon.signer not in ("none", "password")
    _require_known("signed", logon.signed, _BOTH | {"SOH"})
    answer = "password" if logon.signer == "password" else "signature" if signing else ""
    for tag, template in logon.fields.items():
        _require_known(f"fields.{tag}", template, _BOTH | {answer})
        if int(tag) in _OURS:
            raise ValueError(f"fix.logon.fields.{tag}: the session writes this field itself")
        if int(tag) in _PASSWORDS and _NAME.search(template) is None:
            raise ValueError(
                f"fix.logon.fields.{tag}: no secret belongs into the config, {{password}} is one's name"
            )
        if int(tag) in DATA_FIELDS:
            raise ValueError(f"fix.logon.fields.{tag}: a length is put before its data by itself")
    if signing != bool(logon.signed):
        rule = f'signer = "{logon.signer}" needs the text that is signed' if signing else "there is no signer"
        raise ValueError(f'fix.logon.signed = "{logon.signed}": {rule}')
    if answer and answer not in set(_names(logon)):
        raise ValueError(f"fix.logon.fields: none of them holds {{{answer}}}, so that nobody could check it")
    if not logon.signer.startswith("hmac"):
        for key, default in (("secret", "text"), ("signature", "base64")):
            if getattr(logon, key) != default:
                raise ValueError(f'fix.logon.{key} = "{getattr(logon, key)}": only with an hmac signer')


def needs(logon: LogonProfile) -> frozenset[Need]:
    """Which files it takes."""
    found = set()
    names = set(_names(logon))
    if "key" in names:
        found.add(Need.API_KEY)
    if "passphrase" in names:
        found.add(Need.PASSPHRASE)
    if logon.signer in ("ed25519", "rsa"):
        found.add(Need.PRIVATE_KEY)
    elif logon.signer != "none":
        found.add(Need.SECRET)
    return frozenset(found)


def secret_tags(logon: LogonProfile) -> frozenset[int]:
    """Fields that are masked before anything is stored or shown."""
    telling = ("{key}", "{passphrase}", "{signature}", "{password}")
    named = {int(tag) for tag, text in logon.fields.items() if any(name in text for name in telling)}
    return frozenset({_USERNAME, _PASSWORD, _NEW_PASSWORD, _RAW_DATA} | named)


def credentials(logon: LogonProfile, secrets: Secrets) -> Credentials:
    """Raises `ValueError` naming the config key and the rule."""
    return Credentials(secrets.api_key, _signer(logon, secrets), secrets.passphrase)


def _signer(logon: LogonProfile, secrets: Secrets) -> Signer:
    match logon.signer:
        case "none":
            return NoSigner()
        case "password":
            return PasswordSigner(secrets.secret)
        case "ed25519":
            return ed25519(secrets.private_key, Need.PRIVATE_KEY.value)
        case "rsa":
            return rsa(secrets.private_key, Need.PRIVATE_KEY.value)
        case _:
            raw = logon.secret == "text"  # noqa: S105 - how it is issued
            key = secrets.secret.encode() if raw else decoded_secret(secrets.secret, Need.SECRET.value)
            return HmacSigner(key, "sha512" if logon.signer == "hmac-sha512" else "sha256", logon.signature)


def logon_fields(
    profile: FixProfile, credentials: Credentials, heart_bt_int: int, header: LogonHeader
) -> Fields:
    """The body of the Logon."""
    logon = profile.logon
    values = {
        "msg_type": header.msg_type,
        "msg_seq_num": str(header.msg_seq_num),
        "sender_comp_id": header.sender_comp_id,
        "target_comp_id": header.target_comp_id,
        "sending_time": header.sending_time,
        "epoch_ms": str(parse_utc_timestamp(header.sending_time) // _MILLISECOND),
        "heart_bt_int": str(heart_bt_int),
        "key": credentials.api_key,
        "passphrase": credentials.passphrase,
    }
    signature = credentials.signer.sign(_filled(logon.signed, values | {"SOH": "\x01"}).encode())
    values |= {"signature": signature, "password": signature}
    fields: Fields = []
    for text, template in logon.fields.items():
        tag, value = int(text), _filled(template, values)
        if tag in _LENGTH_OF:
            fields.append((_LENGTH_OF[tag], str(len(value.encode()))))
        fields.append((tag, value))
    if profile.numbers == "per connection" and str(_RESET) not in logon.fields:
        fields.append((_RESET, "Y"))
    return fields


def _names(logon: LogonProfile) -> Iterator[str]:
    for template in (logon.signed, *logon.fields.values()):
        yield from _NAME.findall(template)


def _require_known(key: str, template: str, known: frozenset[str]) -> None:
    for name in _NAME.findall(template):
        if name not in known:
            listed = ", ".join(f"{{{one}}}" for one in sorted(known) if one)
            raise ValueError(f"fix.logon.{key} has {{{name}}}, which is none of {listed}")
    if "{" in _NAME.sub("", template) or "}" in _NAME.sub("", template):
        raise ValueError(f"fix.logon.{key}: a brace stands alone")


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda name: values[name[1]], template)

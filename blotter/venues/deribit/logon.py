"""Logon (A) at Deribit: a plain SHA-256 over timestamp, nonce and secret (other-venues sheet 4.1).

Never shows the secret; what is hashed is made anew for each Logon, and its timestamp only ever grows.
"""

import base64
from collections.abc import Callable
from typing import Final

from blotter.fix.session import Fields, LogonHeader
from blotter.fix.values import parse_utc_timestamp
from blotter.venues.base import Credentials, Secrets
from blotter.venues.signing import HashSigner

TARGET_COMP_ID: Final = "DERIBITSERVER"
HEART_BT_INT, RAW_DATA_LENGTH, RAW_DATA, USERNAME, PASSWORD = 108, 95, 96, 553, 554
CANCEL_ON_DISCONNECT: Final = 9001
DONT_CANCEL_ON_DISCONNECT: Final = 9003
REPORT_FILLS_AS_EXEC_REPORTS: Final = 9015
NONCE_SIZE: Final = 32
_MS: Final = 1_000_000


def credentials(secrets: Secrets) -> Credentials:
    return Credentials(secrets.api_key, HashSigner(secrets.secret.encode(), "base64"))


class Stamps:
    """Milliseconds since the epoch, strictly increasing however the clock is set."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, at: int) -> int:
        """`at`: UTC ns."""
        self._last = max(at // _MS, self._last + 1)
        return self._last


def logon_fields(
    credentials: Credentials,
    heart_bt_int: int,
    cancel_on_disconnect: bool | None,
    stamps: Stamps,
    random_bytes: Callable[[int], bytes],
    header: LogonHeader,
) -> Fields:
    """The body. Fills come as reports of their own (9015=Y): then each has its own id. `cancel_on_disconnect` None:
    what the account says."""
    stamp = stamps.next(parse_utc_timestamp(header.sending_time))
    raw = f"{stamp}.{base64.b64encode(random_bytes(NONCE_SIZE)).decode('ascii')}"
    fields = [
        (HEART_BT_INT, str(heart_bt_int)),
        (RAW_DATA_LENGTH, str(len(raw))),  # optional here, but without it nobody can frame the message
        (RAW_DATA, raw),
        (USERNAME, credentials.api_key),
        (PASSWORD, credentials.signer.sign(raw.encode("ascii"))),
        (REPORT_FILLS_AS_EXEC_REPORTS, "Y"),
    ]
    if cancel_on_disconnect is not None:
        fields.append((CANCEL_ON_DISCONNECT, "Y" if cancel_on_disconnect else "N"))
    return fields

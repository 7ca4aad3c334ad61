"""Logon (A) at Bybit: an RSA signature over a time at which it expires (other-venues sheet 2).

Never shows the key; the signature is made anew for each Logon.
"""

from typing import Final

from blotter.fix.session import Fields, LogonHeader
from blotter.fix.values import parse_utc_timestamp
from blotter.venues.base import Credentials, Need, Secrets
from blotter.venues.bybit.tags import EXPIRES, RESPONSE_MODE
from blotter.venues.signing import rsa

TARGET_COMP_ID: Final = "BYBIT_FIX_SERVER"
HEART_BT_INT: Final = 10
"""Seconds, whatever is asked."""
VALID_FOR: Final = 5_000
"""Milliseconds."""
_EVERYTHING: Final = "1"
"""In the other mode fills never arrive."""
_MS: Final = 1_000_000


def credentials(secrets: Secrets) -> Credentials:
    """Raises `ValueError` for what is no RSA key."""
    return Credentials(secrets.api_key, rsa(secrets.private_key, Need.PRIVATE_KEY.value))


def signed_text(expires: int) -> bytes:
    """`expires`: ms since the epoch."""
    return f"GET/realtime{expires}".encode("ascii")


def logon_fields(credentials: Credentials, header: LogonHeader) -> Fields:
    """The body. 141=Y, for numbers begin at 1 with every connection and nothing is sent again."""
    expires = parse_utc_timestamp(header.sending_time) // _MS + VALID_FOR
    signature = credentials.signer.sign(signed_text(expires))
    return [
        (98, "0"),
        (108, str(HEART_BT_INT)),
        (141, "Y"),
        (553, credentials.api_key),
        (95, str(len(signature))),
        (96, signature),
        (RESPONSE_MODE, _EVERYTHING),
        (EXPIRES, str(expires)),
    ]

"""Logon (A) at Kraken: what is signed, the nonce, and what becomes of open orders (other-venues sheet 6.1).

Never shows the key or the secret; the signature is made anew for each Logon, for it covers MsgSeqNum and the nonce.
"""

import hashlib

from blotter.fix.session import Fields, LogonHeader
from blotter.fix.values import parse_utc_timestamp
from blotter.venues.base import Credentials, Secrets
from blotter.venues.signing import HmacSigner, decoded_secret

TARGET_COMP_ID = "KRAKEN-TRD"
NONCE = 5025
CANCEL_ORDERS_ON_DISCONNECT = 8674
"""0 cancels the session's open orders, which is what happens when nothing is said; 1 keeps them."""
USERNAME, PASSWORD = 553, 554
_SOH = "\x01"


def credentials(secrets: Secrets) -> Credentials:
    """Raises `ValueError` naming the config key."""
    return Credentials(
        secrets.api_key, HmacSigner(decoded_secret(secrets.secret, "secret_file"), "sha512", "base64")
    )


def signed_text(header: LogonHeader, api_key: str, nonce: int) -> str:
    """What a Password (554) covers: five fields as they stand, each with its SOH behind, then the nonce's digits."""
    fields = (
        (35, header.msg_type),
        (34, header.msg_seq_num),
        (49, header.sender_comp_id),
        (56, header.target_comp_id),
        (USERNAME, api_key),
    )
    return "".join(f"{tag}={value}{_SOH}" for tag, value in fields) + str(nonce)


class Nonces:
    """Milliseconds since the epoch, strictly increasing: two Logons within one do not share a nonce."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, sending_time: str) -> int:
        """By the clock of the Logon itself, so that it is as exact as its SendingTime: Kraken allows 5 s."""
        self._last = max(parse_utc_timestamp(sending_time) // 1_000_000, self._last + 1)
        return self._last


def logon_fields(
    credentials: Credentials,
    heart_bt_int: int,
    cancel_on_disconnect: bool,
    nonces: Nonces,
    header: LogonHeader,
) -> Fields:
    """The body. ResetSeqNumFlag (141) is the session's affair; ForceResetClOrdID (5030), which would let old ids come
    again, is for emergencies by the venue's own word and never sent."""
    nonce = nonces.next(header.sending_time)
    digest = hashlib.sha256(signed_text(header, credentials.api_key, nonce).encode()).digest()
    return [
        (98, "0"),
        (108, str(heart_bt_int)),
        (USERNAME, credentials.api_key),
        (PASSWORD, credentials.signer.sign(digest)),
        (NONCE, str(nonce)),
        (CANCEL_ORDERS_ON_DISCONNECT, "0" if cancel_on_disconnect else "1"),
    ]

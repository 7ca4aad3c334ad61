"""Logon (A) at Coinbase Exchange: what is signed, and what becomes of open orders (other-venues sheet 5.1).

Never shows key, secret or passphrase; the signature is made anew for each Logon, for it covers SendingTime.
"""

from blotter.fix.session import Fields, LogonHeader
from blotter.venues.base import Credentials, Secrets
from blotter.venues.signing import HmacSigner, decoded_secret

TARGET_COMP_ID = "Coinbase"
APPL_VER_ID = "9"  # FIX 5.0 SP2
MAX_HEART_BT_INT = 30
"""Seconds; the venue tests at 1.5 times the interval and hangs up at twice."""
CANCEL_ORDERS_ON_DISCONNECT = 8013
"""S cancels the session's orders, Y those of the whole profile; absent, nothing is cancelled."""
OF_THE_SESSION = "S"


def credentials(secrets: Secrets) -> Credentials:
    """Raises `ValueError` naming the config key."""
    signer = HmacSigner(decoded_secret(secrets.secret, "secret_file"), "sha256", "base64")
    return Credentials(secrets.api_key, signer, secrets.passphrase)


def signed_text(header: LogonHeader, passphrase: str) -> str:
    """What RawData (96) covers: six values joined by SOH, none at the end."""
    return "\x01".join(
        (
            header.sending_time,
            header.msg_type,
            str(header.msg_seq_num),
            header.sender_comp_id,
            header.target_comp_id,
            passphrase,
        )
    )


def logon_fields(
    credentials: Credentials, heart_bt_int: int, cancel_on_disconnect: bool, header: LogonHeader
) -> Fields:
    """The body. 141=Y: the venue's numbers start at 1 as ours always do. Its documents contradict each other on whether
    it sends again what was missed (one page has the recipe, another of the same site says it is not supported), so
    nothing here depends on it: what was missed is asked for by other means."""
    signature = credentials.signer.sign(signed_text(header, credentials.passphrase).encode())
    fields = [
        (98, "0"),
        (108, str(heart_bt_int)),
        (141, "Y"),
        (553, credentials.api_key),
        (554, credentials.passphrase),
        (95, str(len(signature))),
        (96, signature),
    ]
    if cancel_on_disconnect:
        fields.append((CANCEL_ORDERS_ON_DISCONNECT, OF_THE_SESSION))
    return fields

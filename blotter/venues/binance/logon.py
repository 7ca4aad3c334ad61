"""Logon (A): what is signed, and what the message carries on each kind of session (fact sheet section 3)."""

from enum import Enum

from blotter.fix.session import Fields, LogonHeader
from blotter.venues.base import Credentials, SessionKind
from blotter.venues.binance import tags as t

TARGET_COMP_ID = "SPOT"
HEART_BT_INTS = range(5, 61)
"""Legal HeartBtInt (108), seconds."""


class MessageHandling(Enum):
    """MessageHandling (25035): whether the venue may reorder our messages before the matching engine."""

    UNORDERED = "1"
    SEQUENTIAL = "2"


class ResponseMode(Enum):
    """ResponseMode (25036). ONLY_ACKS hides fills: never use it without a drop copy beside it."""

    EVERYTHING = "1"
    ONLY_ACKS = "2"


def signature_payload(header: LogonHeader) -> bytes:
    """The bytes a Logon signature covers: five header values joined by SOH, none at the end."""
    return "\x01".join(
        (
            header.msg_type,
            header.sender_comp_id,
            header.target_comp_id,
            str(header.msg_seq_num),
            header.sending_time,
        )
    ).encode("ascii")


def logon_fields(
    kind: SessionKind, credentials: Credentials, heart_bt_int: int, header: LogonHeader
) -> Fields:
    """The body of a client's Logon. SEQUENTIAL, so that a cancel never overtakes its order; EVERYTHING,
    so that no fill is missed. The market-data schema has neither ResponseMode nor DropCopyFlag."""
    signature = credentials.signer.sign(signature_payload(header))
    fields = [
        (t.RAW_DATA_LENGTH, str(len(signature))),
        (t.RAW_DATA, signature),
        (t.ENCRYPT_METHOD, "0"),
        (t.HEART_BT_INT, str(heart_bt_int)),
        (t.RESET_SEQ_NUM_FLAG, "Y"),
        (t.USERNAME, credentials.api_key),
        (t.MESSAGE_HANDLING, MessageHandling.SEQUENTIAL.value),
    ]
    if kind is not SessionKind.MARKET_DATA:
        fields.append((t.RESPONSE_MODE, ResponseMode.EVERYTHING.value))
    if kind is SessionKind.DROP_COPY:
        fields.append((t.DROP_COPY_FLAG, "Y"))
    return fields

"""Is this Logon good? Everything about it but its form (fact sheet sections 3.1 to 3.3). Pure.

The key is checked against the one client this exchange knows. Nothing of a Logon's secrets is kept or shown.
"""

import base64
import binascii
import hmac
import re
from typing import Final

from cryptography.exceptions import InvalidSignature

from blotter.exchange.credentials import Keys
from blotter.exchange.grammar import Fault, check_time
from blotter.fix.codec import Message
from blotter.fix.effects import SessionRejectReason
from blotter.fix.message import SOH
from blotter.venues.base import SessionKind
from blotter.venues.binance import tags as t
from blotter.venues.binance.errors import ErrorCode, ErrorText
from blotter.venues.binance.messages import COMP_ID_PATTERN

SERVER_COMP_ID: Final = "SPOT"
MIN_HEART_BT_INT: Final = 5
MAX_HEART_BT_INT: Final = 60
DEFAULT_RECV_WINDOW: Final = 5_000.0  # milliseconds
_COMP_ID: Final = re.compile(COMP_ID_PATTERN)
_SIGNED: Final = (t.MSG_TYPE, t.SENDER_COMP_ID, t.TARGET_COMP_ID, t.MSG_SEQ_NUM, t.SENDING_TIME)


def wrong_door(message: Message, kind: SessionKind) -> Fault | None:
    """A Logon that wants order entry where drop copies are made, or the other way round."""
    wanted = message.get(t.DROP_COPY_FLAG) == b"Y"
    if kind is SessionKind.DROP_COPY and not wanted:
        text = ErrorText.DROP_COPY_REQUIRED
        return Fault(ErrorCode.DROP_COPY_SESSION_REQUIRED, text, tag=t.DROP_COPY_FLAG)
    if kind is SessionKind.ORDER_ENTRY and wanted:
        text = ErrorText.DROP_COPY_NOT_ALLOWED
        return Fault(ErrorCode.DROP_COPY_SESSION_NOT_ALLOWED, text, tag=t.DROP_COPY_FLAG)
    return None


def check_logon(message: Message, key: Keys, now: int) -> Fault | None:
    """The first thing wrong with a Logon whose form is legal. `now`: UTC ns."""
    if _COMP_ID.fullmatch(message.text(t.SENDER_COMP_ID) or "") is None:
        text = ErrorText.ILLEGAL_CHARS.format("SenderCompID", f"^{COMP_ID_PATTERN}$")
        return Fault(ErrorCode.ILLEGAL_CHARS, text, tag=t.SENDER_COMP_ID)
    if message.text(t.TARGET_COMP_ID) != SERVER_COMP_ID:
        text = ErrorText.INVALID_PARAMETER.format("TargetCompID")
        return Fault(ErrorCode.INVALID_PARAMETER, text, tag=t.TARGET_COMP_ID)
    if message.get(t.RESET_SEQ_NUM_FLAG) != b"Y":
        return Fault(ErrorCode.RESET_SEQ_NUM_SUPPORT, ErrorText.RESET_SEQ_NUM, tag=t.RESET_SEQ_NUM_FLAG)
    heart_bt_int = int(message.text(t.HEART_BT_INT) or "")
    if heart_bt_int > MAX_HEART_BT_INT:
        text = f"'HeartBtInt' contains unexpected value. Cannot be greater than {MAX_HEART_BT_INT}."
        return Fault(ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED, text, tag=t.HEART_BT_INT)
    if heart_bt_int < MIN_HEART_BT_INT:
        text = ErrorText.INVALID_PARAMETER.format("HeartBtInt")
        return Fault(ErrorCode.INVALID_PARAMETER, text, tag=t.HEART_BT_INT)
    if not hmac.compare_digest(message.get(t.USERNAME) or b"", key.api_key.encode()):
        return Fault(ErrorCode.REJECTED_MBX_KEY, ErrorText.REJECTED_KEY, tag=t.USERNAME)
    fault = check_time(message, now, DEFAULT_RECV_WINDOW)
    if fault is None and not _signature_holds(message, key):
        reason = SessionRejectReason.SIGNATURE_PROBLEM
        return Fault(ErrorCode.INVALID_SIGNATURE, ErrorText.INVALID_SIGNATURE, reason, t.RAW_DATA)
    return fault


def _signature_holds(message: Message, keys: Keys) -> bool:
    signature = message.get(t.RAW_DATA) or b""
    payload = SOH.join(message.get(tag) or b"" for tag in _SIGNED)
    if message.get(t.RAW_DATA_LENGTH) != b"%d" % len(signature):
        return False
    try:
        keys.ed25519.verify(base64.b64decode(signature, validate=True), payload)
    except (InvalidSignature, binascii.Error):
        return False
    return True

"""Which fields each client message may and must carry, per session kind (fact sheet section 6, Appendix A).

The dialect never sends anything else; the embedded exchange refuses anything else. Where prose and schema
differ the prose wins (section 15): the Logon fields the schema calls optional are required of a client.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from blotter.venues.base import SessionKind
from blotter.venues.binance import tags as t
from blotter.venues.binance.tags import MsgType


class Shape(NamedTuple):
    """A message or group entry: `fields` maps tag to "required", `groups` maps count tag to the entry's
    shape.

    Count tags stand in `fields` too. Order is the schema's; only a group's first field is bound to its
    place.
    """

    fields: Mapping[int, bool]
    groups: Mapping[int, "Shape"] = MappingProxyType({})


def _shape(
    required: Iterable[int] = (), optional: Iterable[int] = (), groups: Mapping[int, Shape] | None = None
) -> Shape:
    return Shape(
        MappingProxyType(dict.fromkeys(required, True) | dict.fromkeys(optional, False)),
        MappingProxyType(dict(groups or {})),
    )


HEADER = (
    t.BEGIN_STRING,
    t.BODY_LENGTH,
    t.MSG_TYPE,
    t.SENDER_COMP_ID,
    t.TARGET_COMP_ID,
    t.MSG_SEQ_NUM,
    t.SENDING_TIME,
    t.RECV_WINDOW,
)
"""Header tags; all must stand before the first body tag (-1172 otherwise). Only RecvWindow is optional."""

CLIENT_ID_TAGS = frozenset(
    {t.CL_ORD_ID, t.ORIG_CL_ORD_ID, t.MD_REQ_ID, t.CL_LIST_ID, t.ORIG_CL_LIST_ID, t.CANCEL_CL_ORD_ID}
)
CLIENT_ID_PATTERN = r"[a-zA-Z0-9-_]{1,36}"
"""What every field in `CLIENT_ID_TAGS` must match in full (fact sheet section 2)."""

COMP_ID_PATTERN = r"[a-zA-Z0-9-_]{1,8}"
"""What SenderCompID must match in full."""

UTF8_TAGS = frozenset({t.CURRENCY, t.SYMBOL, t.MISC_FEE_CURR, t.COUNTER_SYMBOL, 107, 25019})
"""Fields that may hold UTF-8; all others are printable ASCII (fact sheet section 2)."""

_NEW_ORDER_REQUIRED = (t.CL_ORD_ID, t.ORD_TYPE, t.SIDE, t.SYMBOL)
_NEW_ORDER_OPTIONAL = (
    t.ORDER_QTY,
    t.EXEC_INST,
    t.PRICE,
    t.TRIGGER_TYPE,
    t.TRIGGER_ACTION,
    t.TRIGGER_PRICE,
    t.TRIGGER_PRICE_TYPE,
    t.TRIGGER_PRICE_DIRECTION,
    t.TRIGGER_TRAILING_DELTA_BIPS,
    t.PEG_OFFSET_VALUE,
    t.PEG_PRICE_TYPE,
    t.PEG_MOVE_TYPE,
    t.PEG_OFFSET_TYPE,
    t.TIME_IN_FORCE,
    t.MAX_FLOOR,
    t.CASH_ORDER_QTY,
    t.TARGET_STRATEGY,
    t.STRATEGY_ID,
    t.SELF_TRADE_PREVENTION_MODE,
)
_TRIGGERING = _shape((t.LIST_TRIGGER_TYPE, t.LIST_TRIGGER_TRIGGER_INDEX, t.LIST_TRIGGER_ACTION))
_LIST_LEG = _shape(
    _NEW_ORDER_REQUIRED,
    (*_NEW_ORDER_OPTIONAL, t.NO_LIST_TRIGGERING_INSTRUCTIONS),
    {t.NO_LIST_TRIGGERING_INSTRUCTIONS: _TRIGGERING},
)
_LOGON = (
    t.ENCRYPT_METHOD,
    t.HEART_BT_INT,
    t.RAW_DATA_LENGTH,
    t.RAW_DATA,
    t.RESET_SEQ_NUM_FLAG,
    t.USERNAME,
    t.MESSAGE_HANDLING,
)

_COMMON = {
    MsgType.HEARTBEAT: _shape(optional=(t.TEST_REQ_ID,)),
    MsgType.TEST_REQUEST: _shape((t.TEST_REQ_ID,)),
    MsgType.REJECT: _shape(
        optional=(
            t.REF_SEQ_NUM,
            t.REF_TAG_ID,
            t.REF_MSG_TYPE,
            t.SESSION_REJECT_REASON,
            t.ERROR_CODE,
            t.TEXT,
        )
    ),
    MsgType.LOGOUT: _shape(optional=(t.TEXT,)),
    MsgType.LIMIT_QUERY: _shape((t.REQ_ID,)),
}

CLIENT_MESSAGES: Mapping[SessionKind, Mapping[str, Shape]] = MappingProxyType(
    {
        SessionKind.ORDER_ENTRY: MappingProxyType(
            _COMMON
            | {
                MsgType.LOGON: _shape(_LOGON, (t.RESPONSE_MODE, t.DROP_COPY_FLAG, t.EXECUTION_REPORT_TYPE)),
                MsgType.NEW_ORDER_SINGLE: _shape(_NEW_ORDER_REQUIRED, (*_NEW_ORDER_OPTIONAL, t.SOR)),
                MsgType.NEW_ORDER_LIST: _shape(
                    (t.CL_LIST_ID, t.CONTINGENCY_TYPE, t.NO_ORDERS), (t.OPO,), {t.NO_ORDERS: _LIST_LEG}
                ),
                MsgType.ORDER_CANCEL_REQUEST: _shape(
                    (t.CL_ORD_ID, t.SYMBOL),
                    (t.ORIG_CL_ORD_ID, t.ORDER_ID, t.ORIG_CL_LIST_ID, t.LIST_ID, t.CANCEL_RESTRICTIONS),
                ),
                MsgType.ORDER_CANCEL_REQUEST_AND_NEW_ORDER_SINGLE: _shape(
                    (t.CANCEL_AND_NEW_MODE, *_NEW_ORDER_REQUIRED),
                    (
                        t.ORDER_RATE_LIMIT_EXCEEDED_MODE,
                        t.ORDER_ID,
                        t.CANCEL_CL_ORD_ID,
                        t.ORIG_CL_ORD_ID,
                        t.CANCEL_RESTRICTIONS,
                        *_NEW_ORDER_OPTIONAL,
                    ),
                ),
                MsgType.ORDER_AMEND_KEEP_PRIORITY_REQUEST: _shape(
                    (t.CL_ORD_ID, t.SYMBOL, t.ORDER_QTY), (t.ORIG_CL_ORD_ID, t.ORDER_ID)
                ),
                MsgType.ORDER_MASS_CANCEL_REQUEST: _shape(
                    (t.SYMBOL, t.CL_ORD_ID, t.MASS_CANCEL_REQUEST_TYPE)
                ),
            }
        ),
        SessionKind.DROP_COPY: MappingProxyType(
            _COMMON
            | {
                MsgType.LOGON: _shape(
                    (*_LOGON, t.DROP_COPY_FLAG), (t.RESPONSE_MODE, t.EXECUTION_REPORT_TYPE)
                ),
            }
        ),
        SessionKind.MARKET_DATA: MappingProxyType(
            _COMMON
            | {
                MsgType.LOGON: _shape(_LOGON),
                MsgType.INSTRUMENT_LIST_REQUEST: _shape(
                    (t.INSTRUMENT_REQ_ID, t.INSTRUMENT_LIST_REQUEST_TYPE), (t.SYMBOL,)
                ),
                MsgType.MARKET_DATA_REQUEST: _shape(
                    (t.MD_REQ_ID, t.SUBSCRIPTION_REQUEST_TYPE),
                    (t.MARKET_DEPTH, t.NO_RELATED_SYM, t.NO_MD_ENTRY_TYPES, t.AGGREGATED_BOOK),
                    {
                        t.NO_RELATED_SYM: _shape((t.SYMBOL,)),
                        t.NO_MD_ENTRY_TYPES: _shape((t.MD_ENTRY_TYPE,)),
                    },
                ),
            }
        ),
    }
)
"""Everything a client may say on a text session (port 9000).

A message type of another kind of session is refused: -1183 on drop copy, -1186 on order entry, -1187 on
market data.
"""

"""Bybit spot as its documents have it (other-venues sheet 2): numbers from 1 with every connection and nothing sent
again, an RSA signature with an expiry, two answers to every request, and fills in a group.

Left out: conditional orders, TP/SL, margin, RPI and slippage limits; what needs them is refused.
"""

import base64
import binascii
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from blotter.exchange import event as ev
from blotter.exchange.cause import Cause, cause
from blotter.exchange.credentials import Keys
from blotter.exchange.dialect import (
    Admitted,
    Caller,
    Dialect,
    Drafts,
    RefusedError,
    order_id_text,
    read_order_id,
)
from blotter.exchange.dialects.fields import number, plain, present, required
from blotter.exchange.event import AnyCommand, Refusal, Report
from blotter.exchange.history import own_id
from blotter.exchange.listing import Listing, listing
from blotter.fix.codec import Message
from blotter.fix.effects import Draft
from blotter.fix.sequence import Numbering
from blotter.fix.session import Role, SessionConfig
from blotter.fix.values import utc_timestamp
from blotter.trading.enums import (
    ExecInst,
    ExecType,
    OrdStatus,
    OrdType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
)
from blotter.trading.request import OrderRequest
from blotter.venues.base import Need, SessionKind

COMP_ID: Final = "BYBIT_FIX_SERVER"
HEART_BT_INT: Final = 10
_MS: Final = 1_000_000
_LATEST: Final = 1_000  # ms that the client's clock may be ahead
_PER_SECOND: Final = {"D": 20, "F": 20, "XAR": 10}
_TIMES: Final = {
    "1": TimeInForce.GOOD_TILL_CANCEL,
    "3": TimeInForce.IMMEDIATE_OR_CANCEL,
    "4": TimeInForce.FILL_OR_KILL,
}
_POST_ONLY: Final = "P"
_SELF_MATCH: Final = {
    None: None,
    "None": SelfTradePreventionMode.NONE,
    "CancelTaker": SelfTradePreventionMode.EXPIRE_TAKER,
    "CancelMaker": SelfTradePreventionMode.EXPIRE_MAKER,
    "CancelBoth": SelfTradePreventionMode.EXPIRE_BOTH,
}
_NOT_PLAYED: Final = (99, 30014, 30019, 30022, 30024, 30026, 30027)
_CODES: Final = {
    Cause.UNKNOWN_ORDER: ("170213", "Order does not exist."),
    Cause.FUNDS: ("170131", "Insufficient balance."),
    Cause.DUPLICATE: ("170141", "Duplicate clientOrderId."),
    Cause.WOULD_TAKE: ("170218", "The LIMIT-MAKER order is rejected due to invalid price."),
    Cause.QUANTITY: ("170137", "Order quantity is out of range."),
    Cause.PRICE: ("170134", "Order price is out of range."),
    Cause.VALUE: ("170140", "Order value exceeded lower limit."),
}
_OTHER: Final = "170001"


def _listing(base: str, *, tick: str, step: str, opening: str, usual: str) -> Listing:
    return listing(
        f"{base}USDT", base, "USDT", tick=tick, step=step, opening=opening, usual=usual, min_notional="5"
    )


class Bybit(Dialect):
    """Order entry of one account. Remembers the ReqId of each request, for the answers that bear it."""

    name: ClassVar[str] = "bybit"
    doors: ClassVar[Mapping[SessionKind, frozenset[SessionKind]]] = {
        SessionKind.ORDER_ENTRY: frozenset({SessionKind.ORDER_ENTRY})
    }
    listings: ClassVar[tuple[Listing, ...]] = (
        _listing("BTC", tick="0.01", step="0.000001", opening="60000", usual="0.05"),
        _listing("ETH", tick="0.01", step="0.00001", opening="3000", usual="1"),
    )
    balances: ClassVar[Mapping[str, Decimal]] = {
        "USDT": Decimal(1_000_000),
        "BTC": Decimal(10),
        "ETH": Decimal(200),
    }
    needs: ClassVar[frozenset[Need]] = frozenset({Need.API_KEY, Need.PRIVATE_KEY})
    rsa: ClassVar[bool] = True
    keeps_numbers: ClassVar[bool] = False
    all_sessions_hear: ClassVar[bool] = True
    blocked_for: ClassVar[float] = 3.0

    def __init__(self) -> None:
        self._req_ids: dict[str, str] = {}  # by the ClOrdID of the command, until it is answered
        self._second = 0
        self._used: dict[str, int] = {}

    # --- the session -----------------------------------------------------------------------------------

    def session(self, kind: SessionKind, logon: Message, keys: Keys) -> SessionConfig:
        theirs = logon.text(49) or ""
        if logon.text(8) != "FIX.4.4" or logon.text(56) != COMP_ID or not 1 <= len(theirs) <= 16:
            raise RefusedError
        return SessionConfig(
            COMP_ID, theirs, Role.ACCEPTOR, numbering=Numbering.PER_CONNECTION, time_precision=3
        )

    def admit(self, logon: Message, kind: SessionKind, keys: Keys, now: int) -> Admitted:
        expires = logon.text(30023) or ""
        why = ""
        if logon.text(553) != keys.api_key:
            why = "access denied"
        elif not expires.isdecimal() or int(expires) < now // _MS:
            why = "expired"
        elif logon.text(25036) not in (None, "1", "2"):
            why = "ResponseMode (25036) must be 1 or 2"
        elif not _signed(logon, expires, keys):
            why = "invalid signature"
        if why:
            raise RefusedError(Draft("5", ((58, why),)))
        return Admitted(only_acks=logon.text(25036) == "2", heart_bt_int=HEART_BT_INT)

    def turn_away(self, logon: Message, refusal: Refusal) -> Drafts:
        return (Draft("5", ((58, cause(refusal).value),)),)

    # --- requests --------------------------------------------------------------------------------------

    def read(self, message: Message, caller: Caller) -> AnyCommand | Drafts:
        if message.msg_type not in ("D", "F", "XAR"):
            fields = ((45, str(message.msg_seq_num)), (372, message.msg_type), (380, "3"))
            raise RefusedError(Draft("j", (*fields, (58, "unsupported message type"))))
        self._count(message, caller)
        if message.text(30010) != "spot":
            raise self._refused(message, "10001", "category is not supported")
        if required(message, 55) not in caller.markets:
            raise self._refused(message, "170121", "Invalid symbol.")
        if message.msg_type == "F":
            return self._cancel(message, caller)
        sent, window = message.text(30002), message.text(30001) or "5000"
        if sent is not None:
            server = caller.at // _MS
            if not server - int(window) <= int(sent) < server + _LATEST:
                raise self._refused(message, "10002", "The request time exceeds the time window range.")
        return self._place(message, caller) if message.msg_type == "D" else self._amend(message, caller)

    def _count(self, message: Message, caller: Caller) -> None:
        second = caller.at // 1_000_000_000
        if second != self._second:
            self._second, self._used = second, {}
        used = self._used[message.msg_type] = self._used.get(message.msg_type, 0) + 1
        if used > _PER_SECOND[message.msg_type]:
            raise self._refused(message, "10006", "Too many visits!")

    def _place(self, message: Message, caller: Caller) -> ev.Place:
        kind, tif, unit = message.text(40), message.text(59) or "1", message.text(30013)
        for tag in _NOT_PLAYED:
            if message.text(tag) not in (None, "N", "Order"):
                raise self._refused(message, _OTHER, f"field {tag} is not played here")
        side, qty = Side(required(message, 54)), number(message, 38)
        if kind not in ("1", "2") or qty is None or (kind == "2" and number(message, 44) is None):
            raise self._refused(message, _OTHER, "Params error.")
        if kind == "2" and tif not in (*_TIMES, _POST_ONLY):
            raise self._refused(message, _OTHER, "Invalid timeInForce.")
        by_amount = kind == "1" and (unit or ("quoteCoin" if side is Side.BUY else "baseCoin")) == "quoteCoin"
        cl_ord_id = message.text(11) or f"none-{message.msg_seq_num}-{caller.at}"
        self._remember(message, cl_ord_id)
        return ev.Place(
            at=caller.at,
            account=caller.account,
            cl_ord_id=cl_ord_id,
            session=caller.session,
            request=OrderRequest(
                symbol=required(message, 55),
                side=side,
                ord_type=OrdType(kind),
                order_qty=None if by_amount else qty,
                cash_order_qty=qty if by_amount else None,
                price=number(message, 44) if kind == "2" else None,
                time_in_force=_TIMES.get(tif) if kind == "2" else None,
                exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE if tif == _POST_ONLY else None,
                self_trade_prevention=_SELF_MATCH.get(message.text(30018)),
            ),
        )

    def _cancel(self, message: Message, caller: Caller) -> ev.Cancel:
        order_id, name = self._which(message)
        cl_ord_id = message.text(30006) or f"cancel-{message.msg_seq_num}-{caller.at}"
        self._remember(message, cl_ord_id)
        return ev.Cancel(
            at=caller.at,
            account=caller.account,
            cl_ord_id=cl_ord_id,
            symbol=required(message, 55),
            order_id=order_id,
            orig_cl_ord_id=name,
        )

    def _amend(self, message: Message, caller: Caller) -> ev.Modify:
        order_id, name = self._which(message)
        found = caller.order(required(message, 55), order_id, name)
        if found is None:
            raise self._refused(message, *_CODES[Cause.UNKNOWN_ORDER])
        own = own_id(found)  # which stays
        self._remember(message, own)
        return ev.Modify(
            at=caller.at,
            account=caller.account,
            cl_ord_id=own,
            symbol=required(message, 55),
            order_qty=number(message, 38),
            price=number(message, 44),
            order_id=order_id,
            orig_cl_ord_id=None if order_id is not None else name,
        )

    def _which(self, message: Message) -> tuple[int | None, str | None]:
        """OrderID wins where both are given."""
        order_id, name = message.text(37), message.text(11)
        if order_id is not None:
            named = read_order_id(order_id)
            if named is None or named[0] != message.text(55):
                raise self._refused(message, *_CODES[Cause.UNKNOWN_ORDER])
            return named[1], None
        if name is None:
            raise self._refused(message, "10001", "orderId or orderLinkId is required")
        return None, name

    def _remember(self, message: Message, cl_ord_id: str) -> None:
        req_id = message.text(30006)
        if req_id is not None:
            self._req_ids[cl_ord_id] = req_id

    def refuse(self, message: Message, refusal: Refusal) -> Drafts:
        return self._refused(message, *_words(refusal)).drafts

    def _refused(self, message: Message, code: str, text: str) -> RefusedError:
        kind = {"D": "8", "F": "XCA", "XAR": "XAA"}[message.msg_type]
        return RefusedError(self._refusal(kind, message.text(30006), code, text))

    def _refusal(self, kind: str, req_id: str | None, code: str, text: str) -> Draft:
        """An order's has its state and neither of its ids; a cancel's or change's not even that."""
        state = [(150, "8"), (39, "8")] if kind == "8" else []
        return Draft(kind, (*self._head(kind, req_id), *state, (58, text), (103, code)))

    def _head(self, kind: str, req_id: str | None) -> list[tuple[int, str]]:
        """What every synchronous answer begins with: ReqId, and what is left of this second."""
        request = {"8": "D", "XCA": "F", "XAA": "XAR"}[kind]
        limit, used = _PER_SECOND[request], self._used.get(request, 0)
        limits = [
            (30007, str(limit)),
            (30008, str(max(0, limit - used))),
            (30009, str(self._second * 1000 + 1000)),
        ]
        return [*present([(30006, req_id)]), *limits]

    # --- answers ---------------------------------------------------------------------------------------

    def report(self, report: Report) -> Drafts:
        req_id = self._req_ids.pop(report.cl_ord_id, None) if report.answers else None
        if report.refusal is not None:
            return (self._refusal("8", req_id, *_words(report.refusal)),)
        push = Draft("8", tuple(_state(report)))
        if not report.answers:
            return (push,)
        kind, state = {
            ExecType.CANCELED: ("XCA", "6"),
            ExecType.REPLACED: ("XAA", "E"),
        }.get(report.exec_type, ("8", "A"))
        ids = present([(11, own_id(report)), (37, _order_id(report))])
        return (Draft(kind, (*self._head(kind, req_id), *ids, (150, state), (39, state))), push)

    def answer(self, answer: ev.Answer, caller: Caller) -> Drafts:
        match answer:
            case ev.CancelRefused(cancel=ev.Cancel() as cancel):
                req_id = self._req_ids.pop(cancel.cl_ord_id, None)
                return (self._refusal("XCA", req_id, *_words(answer.refusal)),)
            case ev.ModifyRefused(modify=modify):
                req_id = self._req_ids.pop(modify.cl_ord_id, None)
                return (self._refusal("XAA", req_id, *_words(answer.refusal)),)
            case _:  # nothing in this dialect asks for it
                return ()


def _signed(logon: Message, expires: str, keys: Keys) -> bool:
    try:
        signature = base64.b64decode(logon.get(96) or b"", validate=True)
        text = b"GET/realtime" + expires.encode()
        keys.rsa.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _words(refusal: Refusal) -> tuple[str, str]:
    return _CODES.get(cause(refusal), (_OTHER, cause(refusal).value))


def _order_id(report: Report) -> str | None:
    return None if report.order_id is None else order_id_text(report.symbol, report.order_id)


def _state(report: Report) -> list[tuple[int, str]]:
    """The push: the order as it stands, and its fill."""
    status = report.ord_status.value
    if report.ord_status in (OrdStatus.CANCELED, OrdStatus.EXPIRED):
        status = "F" if report.cum_qty else OrdStatus.CANCELED.value
    exec_type = ExecType.CANCELED if report.exec_type is ExecType.EXPIRED else report.exec_type
    tif = next((value for value, time in _TIMES.items() if time is report.time_in_force), None)
    by_amount = report.cash_order_qty is not None
    fields = present(
        [
            (11, own_id(report)),
            (37, _order_id(report)),
            (150, exec_type.value),
            (39, status),
            (30010, "spot"),
            (55, report.symbol),
            (54, report.side.value),
            (40, report.ord_type.value),
            (38, report.cash_order_qty if by_amount else report.order_qty),
            (44, report.price),
            (59, _POST_ONLY if report.post_only else tif or "3"),
            (30013, "quoteCoin" if by_amount else "baseCoin"),
            (151, report.leaves_qty or Decimal(0)),
            (14, report.cum_qty),
            (6, report.cum_quote_qty / report.cum_qty if report.cum_qty else Decimal(0)),
            (30038, report.cum_quote_qty),
            (60, utc_timestamp(report.at, 3)),
        ]
    )
    if exec_type is ExecType.CANCELED:
        by_user = report.orig_cl_ord_id is not None
        fields += [(30040, "CancelByUser" if by_user else "UNKNOWN"), (103, "EC_PerCancelRequest")]
    if report.exec_type is ExecType.TRADE and report.last_px is not None:
        fields += [
            (30050, "1"),
            (30051, f"{report.symbol}-{report.exec_id}"),
            (30052, plain(report.last_qty)),
            (30053, plain(report.last_px)),
            (30054, utc_timestamp(report.at, 3)),
            *present([(30055, report.fee or None), (30056, report.fee_asset if report.fee else None)]),
            (30058, "N" if report.aggressor else "Y"),
        ]
    return fields


DIALECT: Final = Bybit

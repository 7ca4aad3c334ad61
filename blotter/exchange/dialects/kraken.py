"""Kraken spot as its documents have it: numbers that go on and start anew at 22:00 UTC, resend, a nonce in each Logon,
orders that belong to their session and are cancelled with it.

Other-venues sheet 6.1, and the field tables of the venue's pages. Left out: derivatives, market data, margin, trailing
stops, good-till-date and quantity in quote currency; what they need is refused (j).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import ClassVar, Final

from blotter.exchange import event as ev
from blotter.exchange.cause import Cause, cause
from blotter.exchange.credentials import Keys
from blotter.exchange.dialect import (
    Admitted,
    Caller,
    Dialect,
    Drafts,
    RefusedError,
    Scope,
    read_order_id,
)
from blotter.exchange.dialects import kraken_writing as writing
from blotter.exchange.dialects.fields import Form, check, moment, number, plain, present, required, wrong
from blotter.exchange.event import AnyCommand, Refusal, Report
from blotter.exchange.history import own_id
from blotter.exchange.listing import DOLLAR_BALANCES, Listing, dollar_listings
from blotter.fix.codec import Message
from blotter.fix.effects import Draft
from blotter.fix.schedule import Schedule
from blotter.fix.sequence import Numbering
from blotter.fix.session import Role, SessionConfig
from blotter.fix.values import SECOND
from blotter.trading.enums import (
    ExecInst,
    ExecType,
    OrdStatus,
    OrdType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import OrderRequest
from blotter.venues.base import Need, SessionKind

COMP_ID: Final = "KRAKEN-TRD"
ISSUED: Final = "BLOTTER"
"""The SenderCompID this exchange has given out."""
_CLOCK_DRIFT: Final = 5_000  # milliseconds between nonce and server
_DEADLINE: Final = (2 * SECOND, 60 * SECOND)  # ValidUntilTime (62) from now

_SIDES: Final = frozenset("12")
_TYPES: Final = frozenset("1234RTUV")
_TIMES: Final = frozenset("1346")
_TERMS: Final = frozenset({11, 38, 40, 54, 55, 59, 60})
_FORMS: Final = {
    "D": Form(_TERMS, {40: _TYPES, 54: _SIDES, 59: _TIMES, 388: frozenset("15"), 7928: frozenset("012")}),
    "F": Form(frozenset({11, 54, 55, 60}), {54: _SIDES}),
    "G": Form(_TERMS | {37, 41}, {40: _TYPES, 54: _SIDES, 59: _TIMES}),
    "H": Form(frozenset({11, 37, 55}), {}),
    "q": Form(frozenset({11, 60, 530}), {530: frozenset("167")}),
}
_PLAYED: Final = {
    "1": OrdType.MARKET,
    "2": OrdType.LIMIT,
    "3": OrdType.STOP,
    "4": OrdType.STOP_LIMIT,
    "R": OrdType.STOP,
    "T": OrdType.STOP_LIMIT,
}
_PRICED, _TRIGGERED, _TAKE_PROFIT = "24T", "34RT", "RT"
_SELF_TRADE: Final = {
    "0": SelfTradePreventionMode.EXPIRE_BOTH,
    "1": SelfTradePreventionMode.EXPIRE_TAKER,
    "2": SelfTradePreventionMode.EXPIRE_MAKER,
}


class Kraken(Dialect):
    """Order entry of one account. Remembers nonces, the highest ClOrdID of each session, and what orders have cost."""

    name: ClassVar[str] = "kraken"
    doors: ClassVar[Mapping[SessionKind, frozenset[SessionKind]]] = {
        SessionKind.ORDER_ENTRY: frozenset({SessionKind.ORDER_ENTRY})
    }
    listings: ClassVar[tuple[Listing, ...]] = dollar_listings("/")
    balances: ClassVar[Mapping[str, Decimal]] = DOLLAR_BALANCES
    needs: ClassVar[frozenset[Need]] = frozenset({Need.API_KEY, Need.SECRET})
    sender_comp_id: ClassVar[str] = ISSUED
    roll: ClassVar[Schedule | None] = Schedule(time(22, 0), time(22, 0))

    def __init__(self) -> None:
        self._nonce = 0
        self._highest: dict[str, int] = {}
        self._costs: dict[tuple[str, int], dict[str, Decimal]] = {}

    # --- the session -----------------------------------------------------------------------------------

    def session(self, kind: SessionKind, logon: Message, keys: Keys) -> SessionConfig:
        if (logon.text(8), logon.text(49), logon.text(56)) != ("FIX.4.4", ISSUED, COMP_ID):
            raise RefusedError  # a silent close, as the venue's page has it
        return SessionConfig(COMP_ID, ISSUED, Role.ACCEPTOR, numbering=Numbering.CONTINUOUS, time_precision=3)

    def admit(self, logon: Message, kind: SessionKind, keys: Keys, now: int) -> Admitted:
        text = self._why_not(logon, keys, now)
        if text:
            raise RefusedError(Draft("5", ((58, text),)))
        self._nonce = int(logon.text(5025) or 0)
        if logon.text(5030) == "Y":
            self._highest.pop(ISSUED, None)
        scope = Scope.NOTHING if logon.text(8674) == "1" else Scope.SESSION
        return Admitted((), scope, scope)

    def _why_not(self, logon: Message, keys: Keys, now: int) -> str:
        nonce = logon.text(5025) or ""
        if logon.text(98) != "0" or logon.text(8674) not in (None, "0", "1"):
            return "EncryptMethod (98) must be 0, CancelOrdersOnDisconnect (8674) 0 or 1"
        if not (nonce.isascii() and nonce.isdigit()):
            return "Nonce (5025) must be milliseconds since the epoch"
        signed = "".join(f"{tag}={logon.text(tag)}\x01" for tag in (35, 34, 49, 56, 553)) + nonce
        digest = hashlib.sha256(signed.encode()).digest()
        expected = base64.b64encode(hmac.new(base64.b64decode(keys.secret), digest, hashlib.sha512).digest())
        known = hmac.compare_digest(logon.get(553) or b"", keys.api_key.encode())
        if not hmac.compare_digest(logon.get(554) or b"", expected) or not known:
            return "EAPI:Invalid signature"
        if int(nonce) <= self._nonce or abs(int(nonce) - now // 1_000_000) > _CLOCK_DRIFT:
            return "EAPI:Invalid nonce"
        return ""

    def turn_away(self, logon: Message, refusal: Refusal) -> Drafts:
        return (Draft("5", ((58, cause(refusal).value),)),)

    def news(self, headline: str) -> Drafts:
        return ()

    # --- requests --------------------------------------------------------------------------------------

    def read(self, message: Message, caller: Caller) -> AnyCommand | Drafts:
        form = _FORMS.get(message.msg_type)
        if form is None:
            text = f"MsgType (35) {message.msg_type} is not supported"
            raise writing.business(
                message.msg_type, message.text(11), writing.UNSUPPORTED, text, message.msg_seq_num
            )
        check(message, form)
        moment(message, 60)
        if message.msg_type == "H":
            return self._status(message, caller)
        self._count(message, caller)
        self._deadline(message, caller.at)
        symbol = message.text(55)
        if symbol is not None and symbol not in caller.markets:
            raise writing.breach(message, "Unknown instrument", writing.UNKNOWN_INSTRUMENT)
        match message.msg_type:
            case "D":
                return ev.Place(
                    at=caller.at,
                    account=caller.account,
                    cl_ord_id=required(message, 11),
                    session=caller.session,
                    request=_terms(message),
                )
            case "F":
                order_id, name = _named(message)
                return ev.Cancel(
                    at=caller.at,
                    account=caller.account,
                    cl_ord_id=required(message, 11),
                    symbol=required(message, 55),
                    order_id=order_id,
                    orig_cl_ord_id=name,
                    session=caller.session,
                )
            case "G":
                terms, (order_id, name) = _terms(message), _named(message)
                return ev.Modify(
                    at=caller.at,
                    account=caller.account,
                    cl_ord_id=required(message, 11),
                    symbol=terms.symbol,
                    order_qty=terms.order_qty,
                    price=terms.price,
                    order_id=order_id,
                    orig_cl_ord_id=name,
                    session=caller.session,
                )
            case _:
                by_symbol = message.text(530) == "1"
                return ev.MassCancel(
                    at=caller.at,
                    account=caller.account,
                    cl_ord_id=required(message, 11),
                    symbol=required(message, 55) if by_symbol else "",
                    session=caller.session,  # 7, all of the SenderCompID, is the same: it has this session only
                )

    def _count(self, message: Message, caller: Caller) -> None:
        """ClOrdIDs never fall; a UUID that begins with the time is its other form."""
        name = required(message, 11)
        if "-" in name:
            return
        if not (name.isascii() and name.isdigit() and int(name) > 0 and len(name) <= 18):
            raise wrong(message, 11)
        if int(name) <= self._highest.get(caller.session, 0):
            raise writing.breach(message, "ClOrdID must be greater than all before it")
        self._highest[caller.session] = int(name)

    def _deadline(self, message: Message, at: int) -> None:
        until = moment(message, 62)
        if until is not None and not _DEADLINE[0] <= until - at <= _DEADLINE[1]:
            raise writing.breach(message, "ValidUntilTime must be 2 to 60 seconds ahead")

    def _status(self, message: Message, caller: Caller) -> Drafts:
        """By OrderID: the page's own example sends a ClOrdID in 11 that is not the order's."""
        named = read_order_id(required(message, 37))
        symbol = required(message, 55)
        found = caller.order(symbol, named[1], None) if named is not None and named[0] == symbol else None
        if found is None:
            raise writing.breach(message, writing.WORDS[Cause.UNKNOWN_ORDER], writing.UNKNOWN_ORDER)
        fields = [(tag, value) for tag, value in writing.order(found) if tag not in (11, 41)]
        head = [(11, own_id(found)), (17, f"STATUS:{caller.at}"), (150, "I"), (39, found.ord_status.value)]
        return (Draft("8", (*head, *fields)),)

    def refuse(self, message: Message, refusal: Refusal) -> Drafts:
        return writing.breach(message, cause(refusal).value, writing.NOT_AVAILABLE).drafts

    # --- answers ---------------------------------------------------------------------------------------

    def report(self, report: Report) -> Drafts:
        if report.exec_type is ExecType.REJECTED and report.refusal is not None:
            return writing.refused("D", report.cl_ord_id, report.refusal).drafts
        kind, status = report.exec_type.value, report.ord_status.value
        if report.exec_type is ExecType.REPLACED:
            status = "5"
        exec_id = f"{report.symbol}:{report.exec_id}"
        fields = [(17, exec_id), (150, kind), (39, status), *writing.order(report), *self._fill(report)]
        drafts = [Draft("8", ((11, report.cl_ord_id), *fields))]
        if report.exec_type is ExecType.NEW and report.ord_status is OrdStatus.NEW:
            # Received and validated comes first, as in the page's example.
            pending = [(17, f"{exec_id}:A"), (150, "A"), (39, "A"), *writing.order(report)]
            drafts.insert(0, Draft("8", ((11, report.cl_ord_id), *pending)))
        if not report.leaves_qty:
            self._costs.pop((report.symbol, report.order_id or 0), None)
        return tuple(drafts)

    def _fill(self, report: Report) -> list[tuple[int, str]]:
        """What belongs to a trade. The fee is that of all the order's trades so far."""
        if report.exec_type is not ExecType.TRADE or report.last_px is None:
            return []
        order = self._costs.setdefault((report.symbol, report.order_id or 0), {})
        if report.fee:
            order[report.fee_asset] = order.get(report.fee_asset, Decimal(0)) + report.fee
        fields = present(
            (
                (31, report.last_px),
                (32, report.last_qty),
                (118, report.last_px * report.last_qty),
                (527, str(report.trade_id)),
                (1003, f"T{report.symbol}{report.trade_id}"),
                (5050, "1" if report.aggressor else "0"),
            )
        )
        for asset, amount in order.items():
            fields += [(136, "1"), (137, plain(amount)), (138, asset), (139, "4"), (891, "2")]
        return fields

    def answer(self, answer: ev.Answer, caller: Caller) -> Drafts:
        match answer:
            case ev.CancelRefused(cancel=request):
                return writing.refused("F", request.cl_ord_id, answer.refusal).drafts
            case ev.ModifyRefused(modify=request):
                return writing.refused("G", request.cl_ord_id, answer.refusal).drafts
            case _:  # a mass cancel is answered by the cancels themselves
                return ()


# --- reading -----------------------------------------------------------------------------------------------


def _terms(message: Message) -> OrderRequest:
    kind, qty = required(message, 40), number(message, 38)
    ord_type = _PLAYED.get(kind)
    instructions = (message.text(18) or "").split()
    if ord_type is None or message.text(59) == TimeInForce.GOOD_TILL_DATE.value or message.text(168):
        raise writing.breach(message, "EOrder:not played here: trailing stops, good till date, EffectiveTime")
    if set(instructions) - {"P"}:
        raise writing.breach(message, f"EOrder:ExecInst (18) {message.text(18)} is not played here")
    price, stop, shown = number(message, 44), number(message, 99), number(message, 1138)
    if (price is not None) != (kind in _PRICED) or (stop is not None) != (kind in _TRIGGERED):
        raise writing.breach(message, "EGeneral:Invalid arguments:price", "5")
    if shown is not None and (kind != "2" or qty is None or shown * 15 < qty):
        raise writing.breach(message, "EGeneral:Invalid arguments:displayvol")
    post_only = "P" in instructions
    if post_only and kind != "2":
        raise writing.breach(message, "EGeneral:Invalid arguments:post only")
    side = Side(required(message, 54))
    rises = (side is Side.BUY) != (kind in _TAKE_PROFIT)
    rests = kind in _PRICED and not post_only
    return OrderRequest(
        symbol=required(message, 55),
        side=side,
        ord_type=ord_type,
        order_qty=qty,
        price=price,
        time_in_force=TimeInForce(required(message, 59)) if rests else None,
        exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE if post_only else None,
        max_floor=shown,
        self_trade_prevention=_SELF_TRADE[message.text(7928) or "1"],
        trigger_price=stop,
        trigger_direction=None
        if stop is None
        else (TriggerPriceDirection.UP if rises else TriggerPriceDirection.DOWN),
    )


def _named(message: Message) -> tuple[int | None, str | None]:
    """The order that F or G is about: with both ids only OrderID counts."""
    order_id, name = message.text(37), message.text(41)
    if order_id is None:
        if name is None:
            required(message, 37)
        return None, name
    named = read_order_id(order_id)
    if named is None or named[0] != message.text(55):
        raise writing.breach(message, writing.WORDS[Cause.UNKNOWN_ORDER], writing.UNKNOWN_ORDER)
    return named[1], None


DIALECT: Final = Kraken

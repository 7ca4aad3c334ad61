"""Coinbase Exchange as its documents have it: FIXT.1.1, the client's numbers from 1 on every connection, the venue's
own from 1 as well or, with 141=N, on by a gap fill.

Other-venues sheet 5.1, and the field tables of the venue's page. Left out: order status (no document has its fields),
batches, take-profit-stop-loss, good-till-date, limit orders by amount, quotes; what they need is refused. A missed
message can be asked for again, which one of the venue's pages describes and another denies.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import ClassVar, Final

from blotter.exchange import event as ev
from blotter.exchange.cause import cause
from blotter.exchange.credentials import Keys
from blotter.exchange.dialect import Admitted, Caller, Dialect, Drafts, Opening, RefusedError, Scope
from blotter.exchange.dialects import coinbase_writing as writing
from blotter.exchange.dialects.fields import Form, check, number, present, required, wrong
from blotter.exchange.event import AnyCommand, Refusal, Report
from blotter.exchange.history import own_id
from blotter.exchange.listing import DOLLAR_BALANCES, Listing, dollar_listings
from blotter.fix.codec import Message
from blotter.fix.effects import Draft, SessionRejectReason, reject
from blotter.fix.schedule import Schedule
from blotter.fix.sequence import FROM_ONE, Numbering, Numbers
from blotter.fix.session import Role, SessionConfig
from blotter.trading.enums import (
    ExecInst,
    ExecType,
    OrdType,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import OrderRequest
from blotter.venues.base import Need, SessionKind

COMP_ID: Final = "Coinbase"
_MAX_HEART_BT_INT: Final = 30
_SENDING_TIME: Final = re.compile(r"\d{8}-\d\d:\d\d:\d\d\.\d{3}")
_UUID4: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_FORMS: Final = {
    "D": Form(
        frozenset({11, 40, 54, 55, 59}),
        {
            18: frozenset("A"),
            40: frozenset("124O"),
            54: frozenset("12"),
            59: frozenset("1346"),
            1109: frozenset("UD"),
            7928: frozenset("DONB"),
        },
    ),
    "F": Form(frozenset({11, 55}), {}),
    "G": Form(frozenset({11, 37, 41, 38, 44, 55, 40}), {40: frozenset("2")}),
    "q": Form(frozenset({11, 530, 60}), {530: frozenset("6")}),
}
_SCOPES: Final = {"S": Scope.SESSION, "Y": Scope.ACCOUNT}
_PARTIAL_DECLINE: Final = "5"  # ExecRestatementReason (378): self-trade prevention took a part


class Coinbase(Dialect):
    """Order entry of one account. Holds nothing."""

    name: ClassVar[str] = "coinbase"
    doors: ClassVar[Mapping[SessionKind, frozenset[SessionKind]]] = {
        SessionKind.ORDER_ENTRY: frozenset({SessionKind.ORDER_ENTRY})
    }
    listings: ClassVar[tuple[Listing, ...]] = dollar_listings("-")
    balances: ClassVar[Mapping[str, Decimal]] = DOLLAR_BALANCES
    needs: ClassVar[frozenset[Need]] = frozenset({Need.API_KEY, Need.SECRET, Need.PASSPHRASE})
    roll: ClassVar[Schedule | None] = Schedule(time(13), time(13), "America/New_York", frozenset({5}), 5)

    # --- the session -----------------------------------------------------------------------------------

    def session(self, kind: SessionKind, logon: Message, keys: Keys) -> SessionConfig:
        key = logon.text(49) or ""
        if logon.text(8) != "FIXT.1.1" or logon.text(56) != COMP_ID:
            raise RefusedError
        return SessionConfig(
            COMP_ID,
            key,
            Role.ACCEPTOR,
            begin_string="FIXT.1.1",
            default_appl_ver_id="9",
            numbering=Numbering.CONTINUOUS,
            time_precision=3,
        )

    def opening(self, logon: Message, stored: Numbers) -> Opening:
        """The client begins at 1 always. The venue goes on where it was with 141=N, after it has said 1 once."""
        if logon.text(141) == "N" and stored.next_out > 1:
            return Opening(FROM_ONE, fill_to=stored.next_out)
        return Opening(FROM_ONE, anew=True)

    def admit(self, logon: Message, kind: SessionKind, keys: Keys, now: int) -> Admitted:
        for tag in (95, 96, 553, 554, 1137):
            required(logon, tag)
        if (
            logon.text(98) not in (None, "0")
            or logon.text(1137) != "9"
            or int(logon.text(108) or 0) > _MAX_HEART_BT_INT
        ):
            text = "EncryptMethod must be 0, DefaultApplVerID 9, HeartBtInt at most 30"
            raise RefusedError(reject(logon, SessionRejectReason.VALUE_IS_INCORRECT, text))
        if not _signature_holds(logon, keys):
            text = "Invalid signature"
            raise RefusedError(reject(logon, SessionRejectReason.SIGNATURE_PROBLEM, text, tag=96))
        asked = logon.text(8013)
        if asked is not None and asked not in _SCOPES:
            raise wrong(logon, 8013)
        scope = Scope.NOTHING if asked is None else _SCOPES[asked]
        return Admitted((), scope, scope)

    def turn_away(self, logon: Message, refusal: Refusal) -> Drafts:
        return (Draft("5", ((58, cause(refusal).value),)),)

    def news(self, headline: str) -> Drafts:
        return ()

    # --- requests --------------------------------------------------------------------------------------

    def read(self, message: Message, caller: Caller) -> AnyCommand | Drafts:
        form = _FORMS.get(message.msg_type)
        if form is None:
            raise writing.business(
                message, writing.UNSUPPORTED, f"MsgType {message.msg_type} is not supported here"
            )
        check(message, form)
        cl_ord_id = required(message, 11)
        if _UUID4.fullmatch(cl_ord_id) is None:
            raise wrong(message, 11)
        match message.msg_type:
            case "D":
                return ev.Place(
                    at=caller.at,
                    account=caller.account,
                    cl_ord_id=cl_ord_id,
                    session=caller.session,
                    request=_terms(message, caller),
                )
            case "F":
                symbol, order_id = _which(message, caller, "1")
                return ev.Cancel(
                    at=caller.at,
                    account=caller.account,
                    cl_ord_id=cl_ord_id,
                    symbol=symbol,
                    order_id=order_id,
                    orig_cl_ord_id=message.text(41),
                )
            case "G":
                symbol, order_id = _which(message, caller, "2")
                order = caller.order(symbol, order_id, message.text(41))
                if order is not None and order.ord_type is not OrdType.LIMIT:
                    raise writing.cancel_reject(message, "2", "2", "only limit orders can be modified")
                return ev.Modify(
                    at=caller.at,
                    account=caller.account,
                    cl_ord_id=cl_ord_id,
                    symbol=symbol,
                    order_qty=number(message, 38),
                    price=number(message, 44),
                    order_id=order_id,
                    orig_cl_ord_id=message.text(41),
                    session=caller.session,
                )
            case _:
                return ev.MassCancel(
                    at=caller.at,
                    account=caller.account,
                    cl_ord_id=cl_ord_id,
                    symbol="",
                    session=caller.session,
                )

    def refuse(self, message: Message, refusal: Refusal) -> Drafts:
        return writing.business(message, writing.OTHER, cause(refusal).value).drafts

    # --- answers ---------------------------------------------------------------------------------------

    def report(self, report: Report) -> Drafts:
        kind, status = report.exec_type.value, report.ord_status.value
        more: list[tuple[int, str]] = []
        if report.exec_type is ExecType.REPLACED:
            status = "5"
            more = present(((41, report.orig_cl_ord_id),))
        elif report.prevented is not None and report.leaves_qty:
            kind, more = "D", [(378, _PARTIAL_DECLINE)]
        elif report.refusal is not None:
            more = writing.refused(report.refusal)
        name = report.cl_ord_id if report.exec_type is ExecType.REPLACED else own_id(report)
        head = [(11, name), (17, writing.exec_id(report)), (150, kind), (39, status)]
        return (Draft("8", (*head, *writing.order(report), *writing.execution(report), *more)),)

    def answer(self, answer: ev.Answer, caller: Caller) -> Drafts:
        match answer:
            case ev.CancelRefused(cancel=ev.Cancel() as request):
                return (writing.cancel_refused(request, answer.refusal, "1"),)
            case ev.ModifyRefused(modify=request):
                return (writing.cancel_refused(request, answer.refusal, "2"),)
            case ev.MassCanceled(request=request):
                return (Draft("r", ((11, request.cl_ord_id), (530, "6"), (531, "6"))),)
            case _:
                return ()


# --- reading -----------------------------------------------------------------------------------------------


def _signature_holds(logon: Message, keys: Keys) -> bool:
    """Six values joined by SOH, by the decoded secret; 52 with exactly three decimals, 34 without leading zeros."""
    if _SENDING_TIME.fullmatch(logon.text(52) or "") is None or logon.text(34) != "1":
        return False
    signed = "\x01".join(logon.text(tag) or "" for tag in (52, 35, 34, 49, 56, 554))
    digest = hmac.new(base64.b64decode(keys.secret), signed.encode(), hashlib.sha256).digest()
    pairs = (
        (96, base64.b64encode(digest)),
        (95, str(len(base64.b64encode(digest))).encode()),
        (49, keys.api_key.encode()),
        (553, keys.api_key.encode()),
        (554, keys.passphrase.encode()),
    )
    return all(hmac.compare_digest(logon.get(tag) or b"", expected) for tag, expected in pairs)


def _terms(message: Message, caller: Caller) -> OrderRequest:
    symbol, kind, tif = required(message, 55), required(message, 40), required(message, 59)
    if symbol not in caller.markets:
        raise writing.refused_order(message, caller, writing.UNKNOWN_SYMBOL, "Unknown symbol")
    if kind == "O" or tif == "6":
        raise writing.refused_order(
            message, caller, writing.BROKER, "not played here: OrdType O, TimeInForce 6"
        )
    price, stop, qty, cash = (number(message, tag) for tag in (44, 99, 38, 152))
    shown, side, post_only = number(message, 1138), Side(required(message, 54)), message.text(18) == "A"
    fit = (
        (price is not None) == (kind in "24")
        and (stop is not None) == (kind == "4")
        and (qty is None) != (cash is None)
        and (cash is None or kind == "1")
        and (not post_only or (kind == "2" and tif == "1"))
        and (shown is None or (kind == "2" and qty is not None and shown * 10 > qty))
    )
    if not fit:
        raise writing.refused_order(
            message, caller, writing.BROKER, "Price, StopPx, OrderQty, CashOrderQty or DisplayQty do not fit"
        )
    return OrderRequest(
        symbol=symbol,
        side=side,
        ord_type={"1": OrdType.MARKET, "2": OrdType.LIMIT, "4": OrdType.STOP_LIMIT}[kind],
        order_qty=qty,
        cash_order_qty=cash,
        price=price,
        time_in_force=None if kind == "1" or post_only else TimeInForce(tif),
        exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE if post_only else None,
        max_floor=shown,
        self_trade_prevention=writing.SELF_TRADE[message.text(7928) or "D"],
        trigger_price=stop,
        trigger_direction=None if stop is None else _direction(message, stop, caller, symbol),
    )


def _direction(message: Message, stop: Decimal, caller: Caller, symbol: str) -> TriggerPriceDirection:
    """As 1109 says; without it, up where the stop is above the market."""
    said = message.text(1109)
    if said is not None:
        return TriggerPriceDirection(said)
    last = caller.markets[symbol].state.last_price
    return TriggerPriceDirection.UP if stop > last else TriggerPriceDirection.DOWN


def _which(message: Message, caller: Caller, to: str) -> tuple[str, int | None]:
    """Symbol and number of the order a request names."""
    symbol, order_id = required(message, 55), message.text(37)
    if order_id is None and message.text(41) is None:
        required(message, 37)
    named = None if order_id is None else writing.read_order_id(order_id)
    if symbol not in caller.markets or (order_id is not None and (named is None or named[0] != symbol)):
        raise writing.cancel_reject(message, to, "1", "Unknown order")
    return symbol, None if named is None else named[1]


DIALECT: Final = Coinbase

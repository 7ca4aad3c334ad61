"""Plain FIX 4.4 as a broker speaks it: numbers that go on over connections, a strict dictionary, G, H, AF and q.

After FIX 4.4 volumes 2 and 4. Who names credentials (553 and 554; with a signature the key in either) must have the
right ones; who names none is known by comp id alone, as at a broker on a private line. The exchange answers to any
TargetCompID.
"""

import hmac
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Final

from blotter.exchange import event as ev
from blotter.exchange.cause import cause
from blotter.exchange.credentials import Keys
from blotter.exchange.dialect import (
    Admitted,
    Caller,
    Dialect,
    Drafts,
    RefusedError,
    read_order_id,
)
from blotter.exchange.dialects.fix44_reports import (
    NO_ORDER,
    NO_SYMBOL,
    UNKNOWN_ID,
    cancel_reject,
    execution_report,
    no_order,
    snapshot,
)
from blotter.exchange.event import AnyCommand, Refusal, Report
from blotter.exchange.listing import DOLLAR_BALANCES, Listing, dollar_listings
from blotter.fix.codec import Message
from blotter.fix.effects import Draft, SessionRejectReason, reject
from blotter.fix.fix44_grammar import fix44
from blotter.fix.sequence import Numbering
from blotter.fix.session import Role, SessionConfig
from blotter.fix.values import parse_utc_timestamp, utc_timestamp
from blotter.trading.enums import (
    ExecInst,
    ExecType,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import OrderRequest
from blotter.venues.base import Need, SessionKind

_UNSUPPORTED: Final = "3"  # BusinessRejectReason (380)
_APPLICATION_NOT_AVAILABLE: Final = "4"
_ALL_ORDERS, _OF_SYMBOL = "7", "1"  # MassStatusReqType (585), MassCancelRequestType (530)

_TIMES_IN_FORCE: Final = frozenset(
    {
        TimeInForce.DAY,
        TimeInForce.GOOD_TILL_CANCEL,
        TimeInForce.IMMEDIATE_OR_CANCEL,
        TimeInForce.FILL_OR_KILL,
        TimeInForce.GOOD_TILL_DATE,
    }
)


class Fix44(Dialect):
    """Order entry of one account."""

    name: ClassVar[str] = "fix44"
    doors: ClassVar[Mapping[SessionKind, frozenset[SessionKind]]] = {
        SessionKind.ORDER_ENTRY: frozenset({SessionKind.ORDER_ENTRY})
    }
    listings: ClassVar[tuple[Listing, ...]] = dollar_listings("-")
    balances: ClassVar[Mapping[str, Decimal]] = DOLLAR_BALANCES
    needs: ClassVar[frozenset[Need]] = frozenset({Need.API_KEY, Need.SECRET})

    def __init__(self) -> None:
        grammar = fix44()
        self._check = grammar.extended(grammar.names, user_defined=False).check

    # --- the session -----------------------------------------------------------------------------------

    def session(self, kind: SessionKind, logon: Message, keys: Keys) -> SessionConfig:
        ours = logon.text(56)
        if not ours or logon.text(8) != "FIX.4.4":
            raise RefusedError
        return SessionConfig(
            ours,
            logon.text(49) or "",
            Role.ACCEPTOR,
            numbering=Numbering.CONTINUOUS,
            time_precision=3,
            next_expected=logon.get(789) is not None,
            validate=self._check,
        )

    def admit(self, logon: Message, kind: SessionKind, keys: Keys, now: int) -> Admitted:
        user, password = logon.get(553) or b"", logon.get(554) or b""
        key, secret = keys.api_key.encode(), keys.secret.encode()
        if (
            logon.get(96) is not None
        ):  # which text is signed a broker agrees with each client: not checked here
            known = hmac.compare_digest(user or password, key)
        else:
            known = hmac.compare_digest(user, key) and hmac.compare_digest(password, secret)
        if (user or password) and not known:
            raise RefusedError(Draft("5", ((58, "Username (553) or Password (554) is not known here"),)))
        return Admitted()

    def turn_away(self, logon: Message, refusal: Refusal) -> Drafts:
        return (Draft("5", ((58, cause(refusal).value),)),)

    # --- requests --------------------------------------------------------------------------------------

    def read(self, message: Message, caller: Caller) -> AnyCommand | Drafts:
        match message.msg_type:
            case "D":
                return _place(message, caller)
            case "F":
                symbol, order_id = _which(message, caller)
                return ev.Cancel(
                    at=caller.at,
                    account=caller.account,
                    cl_ord_id=_text(message, 11),
                    symbol=symbol,
                    order_id=order_id,
                    orig_cl_ord_id=_text(message, 41),
                )
            case "G":
                return _modify(message, caller)
            case "q":
                return _mass_cancel(message, caller)
            case "H":
                return _status(message, caller)
            case "AF":
                return _mass_status(message, caller)
            case _:
                raise _not_done(message, _UNSUPPORTED, f"MsgType (35) {message.msg_type} is not supported")

    def refuse(self, message: Message, refusal: Refusal) -> Drafts:
        return _not_done(message, _APPLICATION_NOT_AVAILABLE, cause(refusal).value).drafts

    # --- answers ---------------------------------------------------------------------------------------

    def report(self, report: Report) -> Drafts:
        return (execution_report(report),)

    def answer(self, answer: ev.Answer, caller: Caller) -> Drafts:
        match answer:
            case ev.CancelRefused(cancel=ev.Cancel() as cancel):
                return cancel_reject(cancel, answer.refusal, "1", caller)
            case ev.ModifyRefused(modify=modify):
                return cancel_reject(modify, answer.refusal, "2", caller)
            case ev.MassCanceled(request=request):
                kind = _OF_SYMBOL if request.symbol else _ALL_ORDERS
                fields = [(11, request.cl_ord_id), (37, request.cl_ord_id), (530, kind), (531, kind)]
                fields.append((533, str(answer.affected)))
                if request.symbol:
                    fields.append((55, request.symbol))
                return (Draft("r", tuple(fields)),)
            case _:  # nothing in this dialect asks for it
                return ()


# --- reading -----------------------------------------------------------------------------------------------


def _place(message: Message, caller: Caller) -> ev.Place:
    ord_type = message.text(40)
    if ord_type not in ("1", "2", "3", "4"):
        raise _refused_order(message, caller, f"OrdType (40) {ord_type} is not supported", "11")
    price, stop = _number(message, 44), _number(message, 99)
    for tag, value, wanted in ((44, price, ord_type in "24"), (99, stop, ord_type in "34")):
        if (value is not None) != wanted:
            verb = "is missing" if wanted else "must be left out"
            raise _refused_order(message, caller, f"field {tag} {verb} with OrdType (40) {ord_type}")
    tif = message.text(59) or TimeInForce.DAY.value
    if tif not in {each.value for each in _TIMES_IN_FORCE}:
        raise _refused_order(message, caller, f"TimeInForce (59) {tif} is not supported", "11")
    until = message.text(126)
    if (until is not None) != (tif == TimeInForce.GOOD_TILL_DATE.value):
        raise _refused_order(message, caller, "ExpireTime (126) goes with TimeInForce (59) 6 and no other")
    inst = message.text(18)
    if inst not in (None, ExecInst.PARTICIPATE_DONT_INITIATE.value):
        raise _refused_order(message, caller, f"ExecInst (18) {inst} is not supported", "11")
    side = _side(message)
    qty = _number(message, 38)
    if side is None or qty is None:
        raise _refused_order(message, caller, "Side (54) must be 1 or 2, and OrderQty (38) must be there")
    if message.text(55) not in caller.markets:
        raise _refused_order(message, caller, f"Symbol (55) {message.text(55)} is not listed", "1")
    if caller.order(None, None, _text(message, 11)) is not None:  # unique for ever, the ended ones' too
        raise _refused_order(message, caller, f"ClOrdID (11) {message.text(11)} was used before", "6")
    rising = TriggerPriceDirection.UP if side is Side.BUY else TriggerPriceDirection.DOWN
    return ev.Place(
        at=caller.at,
        account=caller.account,
        cl_ord_id=_text(message, 11),
        session=caller.session,
        request=OrderRequest(
            symbol=_text(message, 55),
            side=side,
            ord_type=OrdType(ord_type),
            order_qty=qty,
            price=price,
            time_in_force=TimeInForce(tif),
            expire_time=None if until is None else parse_utc_timestamp(until),
            exec_inst=None if inst is None else ExecInst(inst),
            max_floor=_number(message, 111),
            trigger_price=stop,
            trigger_direction=None if stop is None else rising,
        ),
    )


def _modify(message: Message, caller: Caller) -> ev.Modify:
    symbol, order_id = _which(message, caller)
    modify = ev.Modify(
        at=caller.at,
        account=caller.account,
        cl_ord_id=_text(message, 11),
        symbol=symbol,
        order_qty=_number(message, 38),
        price=_number(message, 44),
        order_id=order_id,
        orig_cl_ord_id=_text(message, 41),
    )
    order = caller.order(symbol, order_id, _text(message, 41))
    if order is not None and (_side(message), message.text(40)) != (order.side, order.ord_type.value):
        text = "Side (54) and OrdType (40) of an order cannot change"
        raise RefusedError(*cancel_reject(modify, Refusal(0, text), "2", caller))
    return modify


def _mass_cancel(message: Message, caller: Caller) -> ev.MassCancel:
    kind, symbol = message.text(530), message.text(55) or ""
    cl_ord_id = _text(message, 11)
    if kind not in (_OF_SYMBOL, _ALL_ORDERS) or (kind == _OF_SYMBOL and symbol not in caller.markets):
        reason = "1" if kind == _OF_SYMBOL else "0"  # MassCancelRejectReason (532)
        fields = [(11, cl_ord_id), (37, cl_ord_id), (530, kind or ""), (531, "0"), (532, reason)]
        raise RefusedError(
            Draft("r", (*fields, (58, "only by Symbol (55) or all: MassCancelRequestType (530) 1 or 7")))
        )
    return ev.MassCancel(
        at=caller.at,
        account=caller.account,
        cl_ord_id=cl_ord_id,
        symbol=symbol if kind == _OF_SYMBOL else "",
    )


def _which(message: Message, caller: Caller) -> tuple[str, int | None]:
    """Symbol and OrderID of the order a request names. A symbol that is not listed has no orders."""
    symbol, order_id = _text(message, 55), message.text(37)
    named = None if order_id is None else read_order_id(order_id)
    if symbol not in caller.markets or (order_id is not None and (named is None or named[0] != symbol)):
        to = "2" if message.msg_type == "G" else "1"
        fields = ((37, NO_ORDER), (11, _text(message, 11)), (41, _text(message, 41)), (39, "8"), (434, to))
        raise RefusedError(Draft("9", (*fields, (102, UNKNOWN_ID), (58, "unknown order"))))
    return symbol, None if named is None else named[1]


def _status(message: Message, caller: Caller) -> Drafts:
    """OrderStatusRequest (H): the order as it stands, or that there is none."""
    symbol, cl_ord_id, order_id = _text(message, 55), _text(message, 11), message.text(37)
    named = None if order_id is None else read_order_id(order_id)
    found = caller.order(symbol, None if named is None else named[1], cl_ord_id)
    asked = tuple((790, req_id) for req_id in (message.text(790),) if req_id is not None)
    if found is not None and (order_id is None or named is not None):
        return (Draft("8", (*asked, *snapshot(found, caller))),)
    fields = (*asked, *no_order(caller, symbol, message.text(54) or "1"), (11, cl_ord_id))
    return (Draft("8", fields),)


def _mass_status(message: Message, caller: Caller) -> Drafts:
    """OrderMassStatusRequest (AF): a report for each open order, numbered; one that says so when there is none."""
    kind, req_id, symbol = message.text(585), _text(message, 584), message.text(55)
    if kind not in (_ALL_ORDERS, _OF_SYMBOL):
        raise _not_done(message, _APPLICATION_NOT_AVAILABLE, "only MassStatusReqType (585) 1 and 7 are known")
    found = caller.open_orders(symbol if kind == _OF_SYMBOL else None)
    if not found:
        fields = no_order(caller, symbol or NO_SYMBOL, "1")
        return (Draft("8", ((584, req_id), (911, "0"), (912, "Y"), *fields)),)
    last = len(found) - 1
    return tuple(
        Draft(
            "8",
            (
                (584, req_id),
                (911, str(len(found))),
                (912, "Y" if number == last else "N"),
                *snapshot(report, caller),
            ),
        )
        for number, report in enumerate(found)
    )


# --- refusing -------------------------------------------------------------------------------------------


def _refused_order(message: Message, caller: Caller, text: str, reason: str = "99") -> RefusedError:
    """A new order whose terms make no sense here: told in a report, as a refusal of the matching engine is."""
    price = () if message.text(44) is None else ((44, _text(message, 44)),)
    return RefusedError(
        Draft(
            "8",
            (
                (37, NO_ORDER),
                (11, _text(message, 11)),
                (17, f"{_text(message, 11)}-rejected"),
                (150, ExecType.REJECTED.value),
                (39, OrdStatus.REJECTED.value),
                (103, reason),
                (55, _text(message, 55)),
                (54, _text(message, 54)),
                *(((38, _text(message, 38)),) if message.text(38) is not None else ()),
                (40, _text(message, 40)),
                *price,
                (151, "0"),
                (14, "0"),
                (6, "0"),
                (60, utc_timestamp(caller.at, 3)),
                (58, text),
            ),
        )
    )


def _not_done(message: Message, reason: str, text: str) -> RefusedError:
    """BusinessMessageReject (j)."""
    fields: list[tuple[int, str | bytes]] = [(45, str(message.msg_seq_num)), (372, message.msg_type)]
    request_id = message.text(11) or message.text(584)
    if request_id is not None:
        fields.append((379, request_id))
    return RefusedError(Draft("j", (*fields, (380, reason), (58, text))))


# --- fields ------------------------------------------------------------------------------------------------


def _text(message: Message, tag: int) -> str:
    """A field that the message must have. The dictionary has seen to most of them; Symbol it lets be absent."""
    value = message.text(tag)
    if value is None:
        reason = SessionRejectReason.REQUIRED_TAG_MISSING
        raise RefusedError(reject(message, reason, f"Required tag missing ({tag})", tag=tag))
    return value


def _number(message: Message, tag: int) -> Decimal | None:
    value = message.text(tag)
    return None if value is None else Decimal(value)


def _side(message: Message) -> Side | None:
    return {"1": Side.BUY, "2": Side.SELL}.get(message.text(54) or "")


DIALECT: Final = Fix44

"""Deribit as its documents have it (other-venues sheet 4.1): a plain hash for a password, ids turned round in every
report, a status that is mirrored (150=I), and a count in front of the open orders that are asked for.

Only spot pairs are played, one contract being one unit of the base currency, and only with fills one by one (9015=Y).
Left out: stops, labels, mass quotes, positions and market data; what needs them is refused (3). Each connection begins
at 1 and nothing is sent again, for the documents describe no more.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
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
    order_id_text,
    read_order_id,
)
from blotter.exchange.dialects.fields import Form, check, number, plain, present, required, wrong
from blotter.exchange.event import AnyCommand, Refusal, Report
from blotter.exchange.history import own_id
from blotter.exchange.listing import Listing, listing
from blotter.fix.codec import Message
from blotter.fix.effects import Draft, SessionRejectReason, reject
from blotter.fix.sequence import Numbering
from blotter.fix.session import Role, SessionConfig
from blotter.fix.values import utc_timestamp
from blotter.trading.enums import ExecInst, ExecType, OrdStatus, OrdType, Side, TimeInForce
from blotter.trading.request import OrderRequest
from blotter.venues.base import Need, SessionKind

COMP_ID: Final = "DERIBITSERVER"
_SIDES: Final = frozenset("12")
_FORMS: Final = {
    "D": Form(
        frozenset({11, 38, 54, 55}),
        {40: frozenset("12"), 54: _SIDES, 59: frozenset("0134"), 854: frozenset("1")},
    ),
    "F": Form(frozenset(), {}),
    "G": Form(frozenset({38, 54, 55}), {40: frozenset("2"), 54: _SIDES, 854: frozenset("1")}),
    "q": Form(frozenset({11, 530}), {530: frozenset("17")}),
    "AF": Form(frozenset({584, 585}), {585: frozenset("17")}),
    "x": Form(frozenset({320, 559}), {559: frozenset("04")}),
}
_POST_ONLY: Final = "6A"
_ORD_REJ_REASONS: Final = {
    Cause.UNKNOWN_ORDER: "5",
    Cause.DUPLICATE: "6",
    Cause.FUNDS: "3",
    Cause.VALUE: "3",
    Cause.QUANTITY: "3",
}


def _pair(base: str, *, tick: str, step: str, opening: str, usual: str) -> Listing:
    return listing(
        f"{base}_USDC", base, "USDC", tick=tick, step=step, opening=opening, usual=usual, min_notional="1"
    )


class Deribit(Dialect):
    """Order entry of one account. Remembers the last timestamp of a Logon."""

    name: ClassVar[str] = "deribit"
    doors: ClassVar[Mapping[SessionKind, frozenset[SessionKind]]] = {
        SessionKind.ORDER_ENTRY: frozenset({SessionKind.ORDER_ENTRY})
    }
    listings: ClassVar[tuple[Listing, ...]] = (
        _pair("BTC", tick="1", step="0.0001", opening="60000", usual="0.05"),
        _pair("ETH", tick="0.1", step="0.001", opening="3000", usual="1"),
    )
    balances: ClassVar[Mapping[str, Decimal]] = {
        "USDC": Decimal(1_000_000),
        "BTC": Decimal(10),
        "ETH": Decimal(200),
    }
    needs: ClassVar[frozenset[Need]] = frozenset({Need.API_KEY, Need.SECRET})
    keeps_numbers: ClassVar[bool] = False
    all_sessions_hear: ClassVar[bool] = True

    def __init__(self) -> None:
        self._stamp = 0

    # --- the session -----------------------------------------------------------------------------------

    def session(self, kind: SessionKind, logon: Message, keys: Keys) -> SessionConfig:
        if logon.text(8) != "FIX.4.4" or logon.text(56) != COMP_ID or not logon.text(49):
            raise RefusedError
        return SessionConfig(
            COMP_ID,
            logon.text(49) or "",
            Role.ACCEPTOR,
            numbering=Numbering.PER_CONNECTION,
            time_precision=3,
            max_time_skew=None,
        )

    def admit(self, logon: Message, kind: SessionKind, keys: Keys, now: int) -> Admitted:
        raw = logon.text(96) or ""
        stamp, _, nonce = raw.partition(".")
        expected = base64.b64encode(hashlib.sha256(raw.encode() + keys.secret.encode()).digest())
        known = hmac.compare_digest(logon.get(553) or b"", keys.api_key.encode())
        why = ""
        if not known or not hmac.compare_digest(logon.get(554) or b"", expected):
            why = "invalid_credentials"
        elif not stamp.isdecimal() or int(stamp) <= self._stamp or not nonce:
            why = "RawData (96): the timestamp must increase, and a nonce must follow"
        elif logon.text(9015) != "Y":
            why = "only with ReportFillsAsExecReports (9015=Y)"
        if why:
            raise RefusedError(Draft("5", ((58, why),)))
        self._stamp = int(stamp)
        scope = Scope.ACCOUNT if logon.text(9001) == "Y" else Scope.NOTHING
        return Admitted(((553, keys.api_key), (9015, "Y")), scope, scope)

    def leaving(self, logout: Message, admitted: Admitted) -> Scope:
        return Scope.NOTHING if logout.text(9003) == "Y" else admitted.on_logout

    def turn_away(self, logon: Message, refusal: Refusal) -> Drafts:
        return (Draft("5", ((58, cause(refusal).value),)),)

    # --- requests --------------------------------------------------------------------------------------

    def read(self, message: Message, caller: Caller) -> AnyCommand | Drafts:
        form = _FORMS.get(message.msg_type)
        if form is None:
            raise RefusedError(reject(message, SessionRejectReason.INVALID_MSG_TYPE, "invalid message type"))
        check(message, form)
        match message.msg_type:
            case "D":
                return _place(message, caller)
            case "F":
                return _cancel(message, caller)
            case "G":
                return _modify(message, caller)
            case "q":
                return _mass_cancel(message, caller)
            case "AF":
                return _status(message, caller)
            case _:
                return (_security_list(message, caller),)

    def refuse(self, message: Message, refusal: Refusal) -> Drafts:
        return (reject(message, SessionRejectReason.OTHER, cause(refusal).value),)

    # --- answers ---------------------------------------------------------------------------------------

    def report(self, report: Report) -> Drafts:
        if report.refusal is not None:
            return (_refused(report),)
        if report.exec_type is ExecType.CANCELED and report.answers:
            return (_brief(report), Draft("8", (*_state(report, "I"), (58, "notification"))))
        trade = report.exec_type is ExecType.TRADE
        fields = _state(report, "F" if trade else "I")
        if trade and report.last_px is not None:
            fields += [
                (31, plain(report.last_px)),
                (32, plain(report.last_qty)),
                (880, f"{report.symbol}#{report.exec_id}"),
            ]
        if not report.answers:
            fields.append((58, "notification"))
        return (Draft("8", tuple(fields)),)

    def answer(self, answer: ev.Answer, caller: Caller) -> Drafts:
        match answer:
            case ev.CancelRefused(cancel=ev.Cancel() as request) | ev.ModifyRefused(modify=request):
                return (_cancel_reject(request, answer.refusal, caller),)
            case ev.MassCanceled(request=request):
                fields = [
                    (11, request.cl_ord_id),
                    (530, "1" if request.symbol else "7"),
                    (531, "1" if request.symbol else "7"),
                    (58, "success"),
                    (533, str(answer.affected)),
                    (55, request.symbol or None),
                ]
                return (Draft("r", tuple(present(fields))),)
            case _:  # nothing in this dialect asks for it
                return ()


def _place(message: Message, caller: Caller) -> ev.Place:
    kind, inst = message.text(40) or "2", message.text(18)
    if required(message, 55) not in caller.markets:
        raise wrong(message, 55)
    if inst not in (None, _POST_ONLY):
        raise wrong(message, 18)
    if kind == "2" and number(message, 44) is None:
        required(message, 44)
    return ev.Place(
        at=caller.at,
        account=caller.account,
        cl_ord_id=required(message, 11),
        session=caller.session,
        request=OrderRequest(
            symbol=required(message, 55),
            side=Side(required(message, 54)),
            ord_type=OrdType(kind),
            order_qty=number(message, 38),
            price=number(message, 44) if kind == "2" else None,
            time_in_force=TimeInForce(message.text(59) or "1") if kind == "2" else None,
            exec_inst=None if inst is None else ExecInst.PARTICIPATE_DONT_INITIATE,
            max_floor=number(message, 1138) if message.text(1138) not in (None, "0") else None,
        ),
    )


def _named(message: Message, caller: Caller) -> tuple[str, int | None, str | None]:
    """Symbol, and the order by the server's id (41) or by the client's (11)."""
    server, ours = message.text(41), message.text(11)
    if server is not None:
        named = read_order_id(server)
        if named is None or named[0] not in caller.markets:
            raise RefusedError(Draft("9", ((58, "unknown order"), (41, ours or server), (39, "8"))))
        return named[0], named[1], None
    if ours is None:
        raise RefusedError(reject(message, SessionRejectReason.OTHER, "OrigClOrdId or ClOrdID is needed"))
    if required(message, 55) not in caller.markets:
        raise wrong(message, 55)
    return required(message, 55), None, ours


def _cancel(message: Message, caller: Caller) -> ev.Cancel:
    symbol, order_id, name = _named(message, caller)
    return ev.Cancel(
        at=caller.at,
        account=caller.account,
        cl_ord_id=f"cancel-{caller.session}-{message.msg_seq_num}-{caller.at}",
        symbol=symbol,
        order_id=order_id,
        orig_cl_ord_id=name,
    )


def _modify(message: Message, caller: Caller) -> ev.Modify:
    symbol, order_id, name = _named(message, caller)
    found = caller.order(symbol, order_id, name)
    if found is None:
        raise RefusedError(
            Draft(
                "9", tuple(present([(58, "order_not_found"), (41, name), (11, message.text(41)), (39, "8")]))
            )
        )
    return ev.Modify(
        at=caller.at,
        account=caller.account,
        cl_ord_id=own_id(found),  # both ids stay
        symbol=symbol,
        order_qty=number(message, 38),
        price=number(message, 44),
        order_id=order_id,
        orig_cl_ord_id=name,
    )


def _mass_cancel(message: Message, caller: Caller) -> ev.MassCancel:
    symbol = message.text(55) or ""
    by_symbol = message.text(530) == "1"
    if by_symbol and symbol not in caller.markets:
        fields = ((11, required(message, 11)), (530, "1"), (532, "1"), (58, "unknown security"))
        raise RefusedError(Draft("r", fields))
    return ev.MassCancel(
        at=caller.at,
        account=caller.account,
        cl_ord_id=required(message, 11),
        symbol=symbol if by_symbol else "",
    )


def _status(message: Message, caller: Caller) -> Drafts:
    """Everything open with a count in front, or one order by the server's id, ended ones too."""
    if message.text(585) == "1":
        named = read_order_id(required(message, 584))
        found = None if named is None else caller.order(named[0], named[1], None)
        if found is None:
            return (reject(message, SessionRejectReason.OTHER, "order_not_found"),)
        return (Draft("8", tuple(_state(found, "I"))),)
    found_open = caller.open_orders()
    head = Draft("8", ((584, required(message, 584)), (585, "7"), (911, str(len(found_open)))))
    return (head, *(Draft("8", tuple(_state(report, "I"))) for report in found_open))


def _security_list(message: Message, caller: Caller) -> Draft:
    fields: list[tuple[int, str]] = [
        (320, required(message, 320)),
        (322, f"list-{caller.at}"),
        (560, "0"),
        (146, str(len(caller.markets))),
    ]
    for symbol, market in caller.markets.items():
        listed = market.listing
        fields += [
            (55, symbol),
            (107, "spot"),
            (167, "FXSPOT"),
            (15, listed.base),
            (1524, listed.quote),
            (969, plain(listed.tick_size)),
            (562, plain(listed.step_size)),
            (231, "1"),
        ]
    return Draft("y", tuple(fields))


# --- writing -----------------------------------------------------------------------------------------------


def _server_id(report: Report) -> str | None:
    return None if report.order_id is None else order_id_text(report.symbol, report.order_id)


def _state(report: Report, exec_type: str) -> list[tuple[int, str]]:
    """The order as it stands; 11 is the server's id and 41 the client's."""
    ended = report.ord_status in (OrdStatus.CANCELED, OrdStatus.EXPIRED)
    status = OrdStatus.CANCELED if ended else report.ord_status
    return present(
        [
            (37, _server_id(report)),
            (11, _server_id(report)),
            (41, own_id(report)),
            (39, status.value),
            (54, report.side.value),
            (60, utc_timestamp(report.at, 3)),
            (12, "0"),
            (151, report.leaves_qty or Decimal(0)),
            (14, report.cum_qty),
            (38, report.order_qty),
            (40, report.ord_type.value),
            (44, report.price),
            (150, exec_type),
            (18, _POST_ONLY if report.post_only else None),
            (59, None if report.time_in_force is None else report.time_in_force.value),
            (103, "0"),
            (207, "Deribit"),
            (55, report.symbol),
            (854, "1"),
            (231, "1"),
            (6, report.cum_quote_qty / report.cum_qty if report.cum_qty else Decimal(0)),
            (1138, report.max_floor),
        ]
    )


def _brief(report: Report) -> Draft:
    """The first word of a cancel: it comes faster than the order's last state."""
    fields = [(11, _server_id(report)), (41, own_id(report)), (150, "4"), (39, "4"), (58, "success")]
    return Draft("8", tuple(present(fields)))


def _refused(report: Report) -> Draft:
    refusal = report.refusal or Refusal(0, "")
    why = cause(refusal)
    text = refusal.text if why is Cause.OTHER else why.value
    fields = [field for field in _state(report, "8") if field[0] not in (39, 103)]
    return Draft("8", (*fields, (39, "8"), (103, _ORD_REJ_REASONS.get(why, "99")), (58, text)))


def _cancel_reject(request: ev.Cancel | ev.Modify, refusal: Refusal, caller: Caller) -> Draft:
    order = caller.order(request.symbol, request.order_id, request.orig_cl_ord_id)
    fields = [
        (39, "8" if order is None else order.ord_status.value),
        (58, cause(refusal).value),
        (41, request.orig_cl_ord_id if order is None else own_id(order)),
        (11, None if order is None else _server_id(order)),
        (55, request.symbol),
    ]
    return Draft("9", tuple(present(fields)))


DIALECT: Final = Deribit

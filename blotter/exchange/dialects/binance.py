"""Binance Spot: how its orders are read and its reports written (`order_entry`). Its sessions follow rules of their own
and are judged in `binance_connection`, which asks this dialect for the orders alone."""

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Final

from blotter.exchange import event as ev
from blotter.exchange import order_entry
from blotter.exchange.credentials import Keys
from blotter.exchange.dialect import Admitted, Caller, Dialect, Drafts, RefusedError
from blotter.exchange.event import AnyCommand, Refusal, Report
from blotter.exchange.grammar import Fault, IllegalMessageError
from blotter.exchange.listing import LISTINGS, OPENING_BALANCES, Listing
from blotter.exchange.logon import SERVER_COMP_ID
from blotter.fix.codec import Message
from blotter.fix.effects import Draft, SessionRejectReason
from blotter.fix.session import Role, SessionConfig
from blotter.venues.base import Need, SessionKind
from blotter.venues.binance import tags as t
from blotter.venues.binance.tags import MsgType


class Binance(Dialect):
    """Fact sheet sections 6 and 7."""

    name: ClassVar[str] = "binance"
    doors: ClassVar[Mapping[SessionKind, frozenset[SessionKind]]] = {
        kind: frozenset({kind})
        for kind in (SessionKind.ORDER_ENTRY, SessionKind.MARKET_DATA, SessionKind.DROP_COPY)
    }
    listings: ClassVar[tuple[Listing, ...]] = LISTINGS
    balances: ClassVar[Mapping[str, Decimal]] = OPENING_BALANCES
    needs: ClassVar[frozenset[Need]] = frozenset({Need.API_KEY, Need.PRIVATE_KEY})
    rest: ClassVar[bool] = True
    keeps_numbers: ClassVar[bool] = False
    all_sessions_hear: ClassVar[bool] = True

    def session(self, kind: SessionKind, logon: Message, keys: Keys) -> SessionConfig:
        return SessionConfig(SERVER_COMP_ID, logon.text(t.SENDER_COMP_ID) or "?", role=Role.ACCEPTOR)

    def admit(self, logon: Message, kind: SessionKind, keys: Keys, now: int) -> Admitted:
        return Admitted()

    def turn_away(self, logon: Message, refusal: Refusal) -> Drafts:
        return self.refuse(logon, refusal)

    def news(self, headline: str) -> Drafts:
        return (Draft(MsgType.NEWS, ((t.HEADLINE, headline),)),)

    def read(self, message: Message, caller: Caller) -> AnyCommand | Drafts:
        try:
            return order_entry.read(message, caller.account, caller.at, caller.markets)
        except IllegalMessageError as error:
            raise RefusedError(error.fault.draft(message)) from error

    def refuse(self, message: Message, refusal: Refusal) -> Drafts:
        return (Fault(refusal.code, refusal.text, SessionRejectReason.OTHER).draft(message),)

    def report(self, report: Report) -> Drafts:
        return (order_entry.execution_report(report),)

    def answer(self, answer: ev.Answer, caller: Caller) -> Drafts:
        if isinstance(answer, ev.ModifyRefused):  # nothing in this dialect asks for it
            return ()
        return (order_entry.answer(answer),)

    def list_status(self, status: ev.ListStatus) -> Drafts:
        return (order_entry.list_status(status),)


DIALECT: Final = Binance

"""A client's connection in the dialects that go by FIX: the session judges form and numbers, the dialect the rest.

What a message leads to is committed before a byte of it is written, where numbers outlive the connection. A client is
told what it missed when it asks; who is not meant is not spoken to.
"""

from dataclasses import replace
from typing import Final

from blotter.exchange.away import session_name
from blotter.exchange.connection import Connection
from blotter.exchange.dialect import Opening, RefusedError, Scope
from blotter.exchange.event import Refusal
from blotter.exchange.hub import Hub
from blotter.fix.codec import Message, Skipped
from blotter.fix.effects import (
    Deliver,
    Disconnect,
    Draft,
    Effect,
    LogonReceived,
    News,
    NumbersChanged,
    Phase,
    ResendAsked,
    Send,
)
from blotter.fix.recovery import ADMIN
from blotter.fix.sequence import FROM_ONE, Numbering
from blotter.fix.session import Session
from blotter.fix.values import SECOND
from blotter.journal.sessions import KeptSession, Party
from blotter.venues.base import SessionKind

_NO_OPENING: Final = Opening(FROM_ONE)


class SessionConnection(Connection):
    """One client."""

    def __init__(self, hub: Hub, kind: SessionKind) -> None:
        super().__init__(hub, kind)
        self._kept: KeptSession | None = None  # numbers that outlive the connection
        self._opening = _NO_OPENING
        self._unsaid: list[Draft] = []  # reports that came too late for this connection
        self._logout: Message | None = None  # the client's
        self._inside = False  # from a good Logon to the end
        self._counts = True  # what is said now uses up numbers of the run that lives on

    @property
    def _name(self) -> str:
        return session_name(self.kind, self.comp_id)

    # --- inbound ---------------------------------------------------------------------------------------

    def _garbled(self, skipped: Skipped) -> None:
        """FIX 4.4: ignored. Its number is missing then, and will be asked for."""
        if self.session is None:
            self.drop()

    def _received(self, message: Message) -> None:
        session = self.session or self._begin(message)
        if session is not None:
            if message.msg_type == "5":
                self._logout = message
            self._carry_out(session.receive(message, self._hub.now()))

    def _read_all(self) -> None:
        if self._kept is not None and self._hub.away.is_here(self._kept.name):
            self._kept.save()

    def _begin(self, message: Message) -> Session | None:
        """The session that the first message asks for; None, and the socket closed, when it is none of ours."""
        hub, now = self._hub, self._hub.now()
        self.comp_id = message.text(49) or ""
        try:
            if message.msg_type != "A" or not self.comp_id or hub.lobby.is_shut(self._name, now.mono):
                raise RefusedError
            config = self._dialect.session(self.kind, message, hub.key)
            config = replace(
                config, logon_timeout=hub.config.logon_timeout, logout_timeout=hub.config.logout_timeout
            )
        except RefusedError:
            self._close(clean=False)
            return None
        continuous = config.numbering is Numbering.CONTINUOUS
        if continuous:
            if hub.away.run_over(now.wall):
                hub.roll_now()
            stored = hub.away.store.numbers(self._name)
            self._opening = self._dialect.opening(message, stored)
            self._counts = self._opening.numbers == stored  # else only once the Logon is known to be good
        self.session = session = Session(config, self._opening.numbers)
        if continuous:
            self._kept = KeptSession(hub.away.store, self._name, session)
        session.connected(now)
        return session

    def _admit(self, session: Session, logon: Message) -> None:
        hub, now = self._hub, self._hub.now()
        try:
            if hub.lobby.is_shut(self._name, now.mono):  # another has come in since
                raise RefusedError
            refusal = hub.faults.logon_refusal(self.kind)
            if refusal is not None:
                raise RefusedError(*self._dialect.turn_away(logon, Refusal(*refusal)))
            self.admitted = self._dialect.admit(logon, self.kind, hub.key, now.wall)
        except RefusedError as error:
            *words, last = error.drafts or (None,)
            for draft in words:
                if draft is not None:
                    self._write(draft)
            self._carry_out(session.refuse(last, now))
            return
        if self.admitted.heart_bt_int is not None:
            session.heart_bt_int = self.admitted.heart_bt_int
        self._inside = self._counts = True
        hub.lobby.enter(self._name)
        if SessionKind.MARKET_DATA in self._dialect.doors[self.kind]:
            self._feed = self._dialect.feed(hub.engine.markets, hub.ticker)
        if self._kept is not None:
            self._remember(self._kept, session)
        self._carry_out(session.accept(self.admitted.fields, now))
        fill_to = self._opening.fill_to
        if fill_to is not None and fill_to > session.next_out:
            self._carry_out(session.fill_gap(fill_to, now))
        if self._live:
            self._logged_on()

    def _remember(self, kept: KeptSession, session: Session) -> None:
        config = session.config
        if self._opening.anew:
            kept.anew()
        party = Party(
            config.begin_string,
            session.sender_comp_id,
            session.target_comp_id,
            config.time_precision,
            self._hub.now().wall,
        )
        self._hub.away.here(kept, party)

    def _deliver(self, message: Message) -> None:
        if message.msg_type == "V" and self._feed is not None:
            self._watch(message)
        else:
            self._ask(message)

    def _carry_out(self, effects: list[Effect]) -> None:
        session = self.session
        if session is None:
            return
        for effect in effects:
            match effect:
                case Send(draft):
                    self._write(draft)
                case LogonReceived(message):
                    self._admit(session, message)
                case Deliver(message) | News(_, message):
                    self._deliver(message)
                case ResendAsked() if self._kept is not None:
                    for again in self._kept.again(effect, self._hub.now()):
                        self._put(again.data)
                case NumbersChanged(1, 1, _) if self._kept is not None:
                    self._kept.anew()
                case Disconnect(_, clean):
                    self._close(clean=clean)
                case _:
                    pass

    # --- outbound --------------------------------------------------------------------------------------

    def send(self, draft: Draft) -> None:
        """An application message. What cannot be said any more is kept for the next time, if there is one."""
        if self._kept is not None and not self._hub.away.is_here(self._kept.name):
            self._hub.away.tell(self.kind, self.comp_id, (draft,), self._hub.now())
        else:
            super().send(draft)

    def _encode(self, draft: Draft) -> bytes | None:
        session = self.session
        if session is None or (not self._inside and self._hub.away.is_here(self._name)):
            return None  # the numbers are another connection's meanwhile
        now = self._hub.now()
        if draft.msg_type not in ADMIN and session.phase is not Phase.LIVE:
            self._unsaid.append(draft)
            return None
        if self._kept is None or not self._counts:
            stamped = session.stamp(draft, now)
            session.wrote(stamped, now)
            return stamped.data
        data = self._kept.number(draft, now)
        self._kept.save()
        return data

    # --- the end ---------------------------------------------------------------------------------------

    def _leave(self, *, clean: bool) -> None:
        hub, session = self._hub, self.session
        hub.logged_off(self)
        if session is None or not self._inside:
            return
        self._inside = False
        now = hub.now()
        blocked = 0 if clean else int(self._dialect.blocked_for * session.heart_bt_int * SECOND)
        hub.lobby.leave(self._name, now.mono + int(blocked * hub.config.block_scale))
        if self._kept is not None:
            late = (draft for _, draft in self._late)
            unsaid = (*self._unsaid, *(self._held or ()), *late)
            hub.away.gone(self._kept, tuple(d for d in unsaid if d.msg_type not in ADMIN), now)
        scope = self.admitted.on_disconnect
        if clean:
            logout = self._logout
            scope = Scope.NOTHING if logout is None else self._dialect.leaving(logout, self.admitted)
        hub.abandoned(self, scope)

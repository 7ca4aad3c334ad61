"""Who hears what: each event of an order to the sessions it concerns, to drop copies, and to those who are away.

As often as the faults let it: a report may get lost on its way, or be told twice.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from blotter.exchange import event as ev
from blotter.exchange.away import Away
from blotter.exchange.dialect import Dialect, Drafts
from blotter.exchange.drop_copy import DropCopy
from blotter.exchange.faults import FaultKind
from blotter.exchange.market_data_depth import DepthUpdate
from blotter.exchange.settings import ExchangeConfig
from blotter.exchange.standing import Standing
from blotter.exchange.tops import Top
from blotter.fix.effects import Draft, Instant
from blotter.fix.values import SECOND
from blotter.trading.enums import ExecType, ListStatusType
from blotter.venues.base import SessionKind


class Client(Protocol):
    """A connection, as the hub sees it."""

    kind: SessionKind
    comp_id: str

    @property
    def only_acks(self) -> bool: ...

    def send(self, draft: Draft) -> None: ...

    def market_moved(self, symbol: str, before: Top, after: Top) -> None: ...

    def hears_depth(self, symbol: str) -> bool: ...

    def depth_moved(self, updates: Sequence[DepthUpdate]) -> None: ...

    def traded(self, trade: ev.Traded) -> None: ...

    def log_out(self, text: str) -> None: ...

    def drop(self, *, flushed: bool = False) -> None: ...

    def stall(self) -> None: ...

    def resume(self) -> None: ...


class Sessions(Protocol):
    """What is to be known of the exchange to be heard."""

    config: ExchangeConfig
    dialect: Dialect
    faults: Standing
    away: Away
    traders: set[Client]
    copiers: set[Client]

    def now(self) -> Instant: ...


class Voice:
    """Use inside the running event loop."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._copies = DropCopy()
        self._timer: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Nothing more is copied."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def forget(self) -> None:
        """What is on its way to drop copy is gone."""
        self._copies.clear()

    def tell(self, notice: ev.Notice, origin: Client | None, *, told: bool) -> None:
        """To every session of the account, or to the one that owns the order, as the dialect has it; a refusal only to
        the one that asked, `origin` (fact sheet 3.1). Not `told`: order entry hears nothing.

        Drop copies are complete, whatever befalls the order-entry sessions' reports (section 8).
        """
        dialect = self._sessions.dialect
        if isinstance(notice, ev.Report):
            drafts, private = dialect.report(notice), notice.exec_type is ExecType.REJECTED
            acknowledges = notice.exec_type is ExecType.NEW and notice.answers
            owner = "" if dialect.all_sessions_hear else notice.session
        else:
            drafts, private = dialect.list_status(notice), notice.list_id is None
            acknowledges = notice.status_type is ListStatusType.EXEC_STARTED
            owner = ""
        if not private:
            self._copy(drafts)
        if told:
            copies = self._sessions.faults.copies(acknowledges=acknowledges)
            self._say(drafts * copies, origin if notice.answers else None, owner, private=private)

    def _say(self, drafts: Drafts, asked: Client | None, owner: str, *, private: bool) -> None:
        """To order entry. `owner`: the comp id it concerns ("": all); `private`: only the session that asked."""
        sessions = self._sessions
        for client in tuple(sessions.traders):
            if client is asked or (not private and not client.only_acks and owner in ("", client.comp_id)):
                for draft in drafts:
                    client.send(draft)
        if private and asked is not None:
            owner = asked.comp_id
        if not private or asked is not None:
            sessions.away.tell(SessionKind.ORDER_ENTRY, owner, drafts, sessions.now())

    def _copy(self, drafts: Drafts) -> None:
        """Into the drop-copy feed, unless a fault keeps it out."""
        sessions = self._sessions
        if not drafts or sessions.faults.stands(FaultKind.DC_SILENT):
            return
        if not sessions.faults.strikes(FaultKind.DC_MISSING):
            late = sessions.config.drop_copy_delay + sessions.faults.seconds(FaultKind.DC_LAG)
            for draft in drafts:
                self._copies.note(draft, sessions.now().mono + int(late * SECOND))
            self._arm()

    def _arm(self) -> None:
        """Wake up when the next copy is due."""
        deadline = self._copies.deadline
        if self._timer is None and deadline is not None:
            wait = max(0, deadline - self._sessions.now().mono) / SECOND
            self._timer = asyncio.get_running_loop().call_later(wait, self._send_copies)

    def _send_copies(self) -> None:
        self._timer = None
        for draft in self._copies.due(self._sessions.now().mono):
            for client in tuple(self._sessions.copiers):
                client.send(draft)
        self._arm()

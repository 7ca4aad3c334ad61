"""The middle of the exchange: commands go through here into engine and log, and what they cause goes out to sessions.

One thread, one event loop; no command waits for anything. A command is executed, noted in the log, and only
then reported, so that nothing acknowledged can be lost by killing the process.
"""

import asyncio
import heapq
import uuid
from collections.abc import Callable, Sequence
from random import Random
from typing import Final, Protocol

from blotter.exchange import event as ev
from blotter.exchange.account import Account
from blotter.exchange.door import Door
from blotter.exchange.drop_copy import DropCopy
from blotter.exchange.engine import Engine
from blotter.exchange.faults import FaultKind, FaultSpec
from blotter.exchange.flow import Flow
from blotter.exchange.grammar import Fault, IllegalMessageError
from blotter.exchange.listing import OPENING_BALANCES
from blotter.exchange.logon import Key
from blotter.exchange.market_data import Top
from blotter.exchange.market_data_depth import DepthUpdate
from blotter.exchange.mirror import Mirror
from blotter.exchange.order_entry import answer, execution_report, list_status
from blotter.exchange.refusing import NewOrder, Refusing, refusing
from blotter.exchange.settings import ExchangeConfig
from blotter.exchange.standing import Standing
from blotter.exchange.store import Store
from blotter.exchange.ticker import Ticker
from blotter.exchange.weights import Weights
from blotter.fix.effects import Draft, Instant, SessionRejectReason
from blotter.fix.values import SECOND
from blotter.trading.enums import ExecType, ListStatusType
from blotter.venues.base import SessionKind

ACCOUNT: Final = "trader"


class Client(Protocol):
    """A connection, as the hub sees it."""

    kind: SessionKind
    only_acks: bool  # ResponseMode 2: nothing but answers to its own requests

    def send(self, draft: Draft) -> None: ...

    def market_moved(self, symbol: str, before: Top, after: Top) -> None: ...

    def hears_depth(self, symbol: str) -> bool: ...

    def depth_moved(self, updates: Sequence[DepthUpdate]) -> None: ...

    def traded(self, trade: ev.Traded) -> None: ...

    def log_out(self, text: str) -> None: ...

    def drop(self, *, flushed: bool = False) -> None: ...

    def stall(self) -> None: ...

    def resume(self) -> None: ...


class Visitor(Protocol):
    """A REST connection, as the hub sees it."""

    def drop(self) -> None: ...


class Hub:
    """Everything the sessions share."""

    def __init__(self, config: ExchangeConfig, engine: Engine, store: Store, key: Key) -> None:
        self.config = config
        self.engine = engine
        self.key = key
        self.door = Door(config.session_limits(), config.block_scale)
        self.weights = Weights(config.rest_weight)
        self.mirror: Mirror  # what REST knows of the account
        self.faults = Standing(Random(f"{config.seed}/faults"))  # noqa: S311 (a simulation, not a secret)
        self.uuid = str(uuid.uuid4())  # of this run of the server, as support would ask for it
        self.connections: set[Client] = set()  # every FIX socket; see `joined` and `left`
        self.visitors: set[Visitor] = set()  # every REST socket; they come and go by themselves
        self.traders: set[Client] = set()  # logged on for order entry
        self.copiers: set[Client] = set()  # logged on for drop copy
        self.watchers: set[Client] = set()  # logged on for market data
        self.ticker = Ticker(self.watchers, config.depth_interval, self.faults.loses_depth)
        self.on_logon: Callable[[], None] = lambda: None
        self._empty = asyncio.Event()
        self._empty.set()
        self._store = store
        self._flow: Flow | None = None
        self._due: list[tuple[int, str]] = []  # when (mono ns) the house acts next, by symbol
        self._copies = DropCopy()
        self._copy_timer: asyncio.TimerHandle | None = None

    def now(self) -> Instant:
        """The exchange's clocks. The one that tells the time may be off, by a fault."""
        now = self.config.clock()
        return Instant(now.wall + int(self.faults.seconds(FaultKind.CLOCK_SKEW) * SECOND), now.mono)

    def open(self) -> None:
        """The client's account on the first start, and the house."""
        self._furnish(self.now())
        self._store.flush()

    def close(self) -> None:
        """Nothing more is copied or told."""
        self.ticker.close()
        if self._copy_timer is not None:
            self._copy_timer.cancel()

    def wipe(self) -> None:
        """As the test venue does about monthly: all that was is gone, ids start anew, every socket is cut."""
        now = self.now()
        self._execute(ev.Wipe(at=now.wall, account=ACCOUNT))
        self._due.clear()
        self._copies.clear()
        self._furnish(now)
        self._store.flush()
        self.drop()

    def _furnish(self, now: Instant) -> None:
        """What an exchange has when it opens."""
        if ACCOUNT not in self.engine.clearing.accounts:
            self._execute(
                ev.OpenAccount(
                    at=now.wall,
                    account=ACCOUNT,
                    balances=dict(self.config.balances or OPENING_BALANCES),
                    fee_rate=self.config.fee_rate,
                    order_limits=self.config.order_limits,
                )
            )
        self.mirror = Mirror(self.engine.histories[ACCOUNT], self.account)
        if self.config.rate is not None:
            self._flow = Flow(self.engine, self.config.seed)
            for command in self._flow.open(now.wall):
                self._execute(command)
            if self.config.rate:
                for symbol in self.engine.markets:
                    self._schedule(self._flow, symbol, now.mono)
        self.ticker.open(self.engine.markets)

    @property
    def account(self) -> Account:
        """The client's."""
        return self.engine.clearing.accounts[ACCOUNT]

    @property
    def sessions(self) -> tuple[Client, ...]:
        """Everyone who is logged on."""
        return (*self.traders, *self.copiers, *self.watchers)

    @property
    def rest_lag(self) -> int:
        """How far REST is behind, in ns."""
        return int(self.faults.seconds(FaultKind.REST_LAG) * SECOND)

    def submit(self, command: ev.AnyCommand, origin: Client | None = None) -> list[ev.Outcome]:
        """Execute a client's command and report. `origin` gets the answers that only concern it.

        Returns what came of it, for those who have no session. Raises `IllegalMessageError` where a fault wants the
        message of a session rejected.
        """
        if not isinstance(command, NewOrder):
            return self._carry_out(command, origin)
        if origin is not None and (cut := self.faults.once(FaultKind.DROP_BEFORE_ORDER)) is not None:
            self.drop(cut.session)
            return []
        against = refusing(self.faults, command, told=origin is not None)
        if against is not None:
            return self._refuse(command, against, origin)
        outcomes = self._carry_out(command, origin, cut=self.faults.once(FaultKind.DROP_AFTER_ORDER))
        if origin is not None and (cut := self.faults.once(FaultKind.DROP_AFTER_ACK)) is not None:
            self.drop(cut.session, flushed=True)
        return outcomes

    def _carry_out(
        self,
        command: ev.AnyCommand,
        origin: Client | None,
        *,
        cut: FaultSpec | None = None,
        told: bool = True,
    ) -> list[ev.Outcome]:
        """Execute and report. `cut`: sockets go before anything is reported; not `told`: order entry hears nothing."""
        outcomes = self._execute(command)
        self._store.flush()
        if cut is not None:
            self.drop(cut.session)
        self._report(outcomes, origin, told=told)
        self._publish(ev.symbol_of(command), outcomes)
        return outcomes

    def _refuse(self, command: NewOrder, against: Refusing, origin: Client | None) -> list[ev.Outcome]:
        """A new order or list that is not tried, or of which nothing is told."""
        if not against.reported:
            if against.unknown and self.faults.is_done():
                self._carry_out(command, None, told=False)
            code, text = against.refusal.code, against.refusal.text
            raise IllegalMessageError(Fault(code, text, SessionRejectReason.OTHER))
        outcomes: list[ev.Outcome] = []
        if isinstance(command, ev.Replace):
            if against.after_cancel:
                outcomes = self._carry_out(command.cancel, origin)
            if command.stop_on_failure and any(isinstance(each, ev.CancelRefused) for each in outcomes):
                return outcomes
            command = command.place
        if isinstance(command, ev.PlaceList):
            refused = self.engine.refuse_list(command, against.refusal)
        else:
            refused = [self.engine.refuse(command, against.refusal)]
        self._report(refused, origin)
        return outcomes + refused

    def drop(self, session: str | None = None, *, flushed: bool = False) -> None:
        """Cut every socket, as a venue's crash would, or those of one kind ("oe", "dc", "md", "rest").

        `flushed`: what was written before still arrives.
        """
        for client in tuple(self.connections):
            if session in (None, client.kind.value.lower()):
                client.drop(flushed=flushed)
        if session in (None, "rest"):
            for visitor in tuple(self.visitors):
                visitor.drop()

    def joined(self, client: Client) -> None:
        """A socket is open."""
        self.connections.add(client)
        self._empty.clear()

    def left(self, client: Client) -> None:
        """A socket is gone."""
        self.connections.discard(client)
        if not self.connections:
            self._empty.set()

    def logged_on(self, client: Client, kind: SessionKind) -> None:
        """A session begins."""
        match kind:
            case SessionKind.ORDER_ENTRY:
                self.traders.add(client)
            case SessionKind.DROP_COPY:
                self.copiers.add(client)
            case SessionKind.MARKET_DATA:
                self.watchers.add(client)
        self.on_logon()

    def logged_off(self, client: Client) -> bool:
        """A session is over. False when it was before, or never began."""
        known = client in self.sessions
        for kind in (self.traders, self.copiers, self.watchers):
            kind.discard(client)
        return known

    async def everyone_gone(self) -> None:
        """Wait until no socket is open."""
        await self._empty.wait()

    # --- the house -------------------------------------------------------------------------------------

    def run_house(self) -> float:
        """Let the house do what is due; seconds until it wants to act again."""
        now = self.now().mono
        while self._flow is not None and self._due and self._due[0][0] <= now:
            due, symbol = heapq.heappop(self._due)
            self._schedule(self._flow, symbol, max(due, now - SECOND))  # after a long sleep: no flood
            self.house_step(symbol)
        self._store.flush()
        if self._store.full:
            self._store.snapshot(self.engine)
        return max(0.0, (self._due[0][0] - now) / SECOND) if self._due else 1.0

    def house_step(self, symbol: str) -> None:
        """One event of the house in a symbol. It does not act where nothing may be traded."""
        if self._flow is None or self.faults.halted(symbol):
            return
        everything: list[ev.Outcome] = []
        for command in self._flow.step(symbol, self.now().wall):
            outcomes = self._execute(command)
            if any(isinstance(outcome, ev.Report) for outcome in outcomes):
                self._store.flush()
            self._report(outcomes, None)
            everything += outcomes
        self._publish(symbol, everything)

    def _schedule(self, flow: Flow, symbol: str, after: int) -> None:
        if self.config.rate:
            heapq.heappush(self._due, (after + int(flow.wait(self.config.rate) * SECOND), symbol))

    # --- out -------------------------------------------------------------------------------------------

    def _execute(self, command: ev.AnyCommand) -> list[ev.Outcome]:
        outcomes = self.engine.submit(command)
        self._store.append(command)
        if outcomes:
            self.mirror.note(outcomes, self.account, self.now().mono, self.rest_lag)
        return outcomes

    def _report(self, outcomes: list[ev.Outcome], origin: Client | None, *, told: bool = True) -> None:
        for outcome in outcomes:
            match outcome:
                case ev.Report() if told:
                    self._send_report(outcome, origin)
                case ev.Report():
                    self._copy(execution_report(outcome), private=outcome.exec_type is ExecType.REJECTED)
                case ev.ListStatus():
                    self._send_list_status(outcome, origin, told=told)
                case ev.Traded():
                    self.ticker.traded(outcome)
                case refused:
                    if origin is not None:
                        origin.send(answer(refused))

    def _send_report(self, report: ev.Report, origin: Client | None) -> None:
        """To every session of the account; a refusal only to the one that asked (fact sheet 3.1).

        Drop copies are complete, whatever befalls the order-entry sessions' reports (section 8).
        """
        draft = execution_report(report)
        private = report.exec_type is ExecType.REJECTED
        self._copy(draft, private=private)
        acknowledges = report.exec_type is ExecType.NEW and report.answers
        self._tell(draft, origin if report.answers else None, private=private, acknowledges=acknowledges)

    def _send_list_status(self, status: ev.ListStatus, origin: Client | None, *, told: bool) -> None:
        """As a report: to every session of the account, a refusal only to the one that asked."""
        draft, private = list_status(status), status.list_id is None
        self._copy(draft, private=private)
        if told:
            started = status.status_type is ListStatusType.EXEC_STARTED
            self._tell(draft, origin if status.answers else None, private=private, acknowledges=started)

    def _tell(self, draft: Draft, asked: Client | None, *, private: bool, acknowledges: bool) -> None:
        """Order entry is told, as often as the faults let it. `private`: only the session that asked."""
        copies = self.faults.copies(acknowledges=acknowledges)
        for client in tuple(self.traders):
            if client is asked or not (private or client.only_acks):
                for _ in range(copies):
                    client.send(draft)

    def _copy(self, draft: Draft, *, private: bool) -> None:
        """Into the drop-copy feed, unless a fault keeps it out."""
        if private or self.faults.stands(FaultKind.DC_SILENT):
            return
        if not self.faults.strikes(FaultKind.DC_MISSING):
            late = self.config.drop_copy_delay + self.faults.seconds(FaultKind.DC_LAG)
            self._copies.note(draft, self.now().mono + int(late * SECOND))
            self._arm()

    def _arm(self) -> None:
        """Wake up when the next copy is due."""
        deadline = self._copies.deadline
        if self._copy_timer is None and deadline is not None:
            wait = max(0, deadline - self.now().mono) / SECOND
            self._copy_timer = asyncio.get_running_loop().call_later(wait, self._send_copies)

    def _send_copies(self) -> None:
        self._copy_timer = None
        for draft in self._copies.due(self.now().mono):
            for client in tuple(self.copiers):
                client.send(draft)
        self._arm()

    def _publish(self, symbol: str | None, outcomes: list[ev.Outcome]) -> None:
        """Tell who watches when the top of a book has changed: the command's, and where else it traded."""
        symbols = [] if symbol is None else [symbol]
        symbols += [outcome.symbol for outcome in outcomes if isinstance(outcome, ev.Traded)]
        for name in dict.fromkeys(symbols):
            self.ticker.publish(name)

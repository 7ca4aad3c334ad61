"""The middle of the exchange: commands go through here into engine and log, and what they cause goes out to sessions.

One thread, one event loop; no command waits for anything. A command is executed, noted in the log, and only
then reported, so that nothing acknowledged can be lost by killing the process.
"""

import asyncio
import heapq
import uuid
from collections.abc import Callable
from random import Random
from typing import Final, Protocol

from blotter.exchange import event as ev
from blotter.exchange.account import Account
from blotter.exchange.away import Away
from blotter.exchange.credentials import Keys
from blotter.exchange.dialect import Caller, Dialect, Scope
from blotter.exchange.door import Door, Lobby
from blotter.exchange.engine import Engine
from blotter.exchange.faults import FaultKind, FaultSpec
from blotter.exchange.flow import Flow
from blotter.exchange.mirror import Mirror
from blotter.exchange.refusing import NewOrder, Refusing, refusing
from blotter.exchange.settings import ExchangeConfig
from blotter.exchange.standing import Standing
from blotter.exchange.store import Store
from blotter.exchange.ticker import Ticker
from blotter.exchange.voice import Client, Voice
from blotter.exchange.weights import Weights
from blotter.fix.effects import Instant
from blotter.fix.values import SECOND
from blotter.venues.base import SessionKind

ACCOUNT: Final = "trader"


class Visitor(Protocol):
    """A REST connection, as the hub sees it."""

    def drop(self) -> None: ...


class UnreportedError(Exception):
    """A new order was not taken, or nobody says whether it was: its message is refused, and there is no report."""

    def __init__(self, refusal: ev.Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


class Hub:
    """Everything the sessions share."""

    def __init__(
        self,
        config: ExchangeConfig,
        dialect: Dialect,
        engine: Engine,
        store: Store,
        away: Away,
        keys: Keys,
    ) -> None:
        self.config = config
        self.dialect = dialect
        self.engine = engine
        self.key = keys
        self.away = away  # clients that will hear later what they miss
        self.door = Door(config.session_limits(), config.block_scale)
        self.lobby = Lobby()
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
        self._voice = Voice(self)
        self._roll_timer: asyncio.TimerHandle | None = None
        self._rolls_at = self._next_roll()  # UTC ns

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
        self._voice.close()
        if self._roll_timer is not None:
            self._roll_timer.cancel()

    def wipe(self) -> None:
        """As the test venue does about monthly: all that was is gone, ids start anew, every socket is cut."""
        now = self.now()
        self._execute(ev.Wipe(at=now.wall, account=ACCOUNT))
        self._due.clear()
        self._voice.forget()
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
                    balances=dict(self.config.balances or self.dialect.balances),
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

    def caller(self, client: Client) -> Caller:
        """Who asks, for the dialect."""
        engine = self.engine
        history = engine.histories[ACCOUNT]
        return Caller(ACCOUNT, client.comp_id, self.now().wall, engine.markets, history, self.account)

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

        Returns what came of it, for those who have no session. Raises `UnreportedError` where a fault wants the
        message of a session refused.
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
        self._tell(outcomes, origin, told=told)
        self._publish(ev.symbol_of(command), outcomes)
        return outcomes

    def _refuse(self, command: NewOrder, against: Refusing, origin: Client | None) -> list[ev.Outcome]:
        """A new order or list that is not tried, or of which nothing is told."""
        if not against.reported:
            if against.unknown and self.faults.is_done():
                self._carry_out(command, None, told=False)
            raise UnreportedError(against.refusal)
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
        self._tell(refused, origin)
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

    def logged_on(self, client: Client, kinds: frozenset[SessionKind]) -> None:
        """A session begins, of these kinds."""
        for kind, those in (
            (SessionKind.ORDER_ENTRY, self.traders),
            (SessionKind.DROP_COPY, self.copiers),
            (SessionKind.MARKET_DATA, self.watchers),
        ):
            if kind in kinds:
                those.add(client)
        self.on_logon()

    def logged_off(self, client: Client) -> bool:
        """A session is over. False when it was before, or never began."""
        known = client in self.sessions
        for kind in (self.traders, self.copiers, self.watchers):
            kind.discard(client)
        return known

    def roll(self) -> None:
        """The numbers of all sessions that keep theirs start at 1 again: everyone is logged out, and nobody comes in
        before it is done."""
        self.lobby.closed = True
        for client in self.sessions:
            client.log_out("Sequence numbers are being reset.")
        if self._roll_timer is None:
            wait = self.config.logout_timeout
            self._roll_timer = asyncio.get_running_loop().call_later(wait, self.roll_now)

    def roll_now(self) -> None:
        """The same without a word."""
        if self._roll_timer is not None:
            self._roll_timer.cancel()
            self._roll_timer = None
        for client in self.sessions:
            client.drop()
        self.away.start_anew(self.now().wall)
        self.lobby.closed = False

    def _next_roll(self) -> int | None:
        """When the window closes that numbers live for, UTC ns; None where they live for ever."""
        roll = self.dialect.roll
        return None if roll is None else roll.next_window(self.now().wall).closes

    def abandoned(self, client: Client, scope: Scope) -> None:
        """A session went, and wants its orders gone as well. They go next: what was being done when the socket broke
        is told first."""
        if scope is not Scope.NOTHING:
            session = client.comp_id if scope is Scope.SESSION else ""
            asyncio.get_running_loop().call_soon(self._cancel_all, session)

    def _cancel_all(self, session: str) -> None:
        at = self.now().wall
        command = ev.MassCancel(at=at, account=ACCOUNT, cl_ord_id="", symbol="", session=session)
        self._carry_out(command, None)

    async def everyone_gone(self) -> None:
        """Wait until no socket is open."""
        await self._empty.wait()

    # --- the house -------------------------------------------------------------------------------------

    def run_house(self) -> float:
        """Let the house do what is due; seconds until it wants to act again."""
        wall, now = self.now().wall, self.now().mono
        self._expire(wall)
        if self._rolls_at is not None and wall >= self._rolls_at:
            self._rolls_at = self._next_roll()
            self.roll()
        while self._flow is not None and self._due and self._due[0][0] <= now:
            due, symbol = heapq.heappop(self._due)
            self._schedule(self._flow, symbol, max(due, now - SECOND))  # after a long sleep: no flood
            self.house_step(symbol)
        self._store.flush()
        if self._store.full:
            self._store.snapshot(self.engine)
        return max(0.0, (self._due[0][0] - now) / SECOND) if self._due else 1.0

    def _expire(self, wall: int) -> None:
        """What was good till a time that has come."""
        due = [
            ev.Expire(at=wall, account=ACCOUNT, symbol=symbol, order_id=order.order_id)
            for symbol, market in self.engine.markets.items()
            for order in market.owned(ACCOUNT)
            if order.request.expire_time is not None and order.request.expire_time <= wall
        ]
        for command in due:
            self._carry_out(command, None)

    def house_step(self, symbol: str) -> None:
        """One event of the house in a symbol. It does not act where nothing may be traded."""
        if self._flow is None or self.faults.halted(symbol):
            return
        everything: list[ev.Outcome] = []
        for command in self._flow.step(symbol, self.now().wall):
            outcomes = self._execute(command)
            if any(isinstance(outcome, ev.Report) for outcome in outcomes):
                self._store.flush()
            self._tell(outcomes, None)
            everything += outcomes
        self._publish(symbol, everything)

    def _schedule(self, flow: Flow, symbol: str, after: int) -> None:
        if self.config.rate:
            heapq.heappush(self._due, (after + int(flow.wait(self.config.rate) * SECOND), symbol))

    # --- out -------------------------------------------------------------------------------------------

    def _tell(self, outcomes: list[ev.Outcome], origin: Client | None, *, told: bool = True) -> None:
        """Everyone whom it concerns. Not `told`: order entry hears nothing of it."""
        for outcome in outcomes:
            match outcome:
                case ev.Traded():
                    self.ticker.traded(outcome)
                case ev.Report() | ev.ListStatus():
                    self._voice.tell(outcome, origin, told=told)
                case refused:
                    if origin is not None:
                        for draft in self.dialect.answer(refused, self.caller(origin)):
                            origin.send(draft)

    def _execute(self, command: ev.AnyCommand) -> list[ev.Outcome]:
        outcomes = self.engine.submit(command)
        self._store.append(command)
        if outcomes:
            self.mirror.note(outcomes, self.account, self.now().mono, self.rest_lag)
        return outcomes

    def _publish(self, symbol: str | None, outcomes: list[ev.Outcome]) -> None:
        """Tell who watches when the top of a book has changed: the command's, and where else it traded."""
        symbols = [] if symbol is None else [symbol]
        symbols += [outcome.symbol for outcome in outcomes if isinstance(outcome, ev.Traded | ev.Report)]
        for name in dict.fromkeys(symbols):
            self.ticker.publish(name)

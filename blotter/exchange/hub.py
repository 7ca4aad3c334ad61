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
from blotter.exchange.door import Door
from blotter.exchange.engine import Engine
from blotter.exchange.faults import Faults
from blotter.exchange.flow import Flow
from blotter.exchange.history import History, Mirror
from blotter.exchange.listing import OPENING_BALANCES
from blotter.exchange.logon import Key
from blotter.exchange.market_data import Top, top_of
from blotter.exchange.order_entry import answer, execution_report
from blotter.exchange.settings import ExchangeConfig
from blotter.exchange.store import Store
from blotter.exchange.weights import Weights
from blotter.fix.effects import Draft, Instant
from blotter.fix.values import SECOND
from blotter.trading.enums import ExecType
from blotter.venues.base import SessionKind

ACCOUNT: Final = "trader"


class Client(Protocol):
    """A connection, as the hub sees it."""

    only_acks: bool  # ResponseMode 2: nothing but answers to its own requests

    def send(self, draft: Draft, *, late: float = 0.0) -> None: ...

    def market_moved(self, symbol: str, before: Top, after: Top) -> None: ...

    def traded(self, trade: ev.Traded) -> None: ...

    def log_out(self, text: str) -> None: ...

    def drop(self) -> None: ...

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
        self.mirror = Mirror(engine.histories.get(ACCOUNT) or History())  # what REST knows of the account
        self.faults = Faults(Random(f"{config.seed}/faults"))  # noqa: S311 (a simulation, not a secret)
        self.uuid = str(uuid.uuid4())  # of this run of the server, as support would ask for it
        self.connections: set[Client] = set()  # every FIX socket; see `joined` and `left`
        self.visitors: set[Visitor] = set()  # every REST socket; they come and go by themselves
        self.traders: set[Client] = set()  # logged on for order entry
        self.watchers: set[Client] = set()  # logged on for market data
        self.copies: set[Client] = set()  # logged on for drop copy
        self.on_logon: Callable[[], None] = lambda: None
        self._empty = asyncio.Event()
        self._empty.set()
        self._store = store
        self._tops = {symbol: top_of(market) for symbol, market in engine.markets.items()}
        self._flow = None if config.rate is None else Flow(engine, config.seed)
        self._due: list[tuple[int, str]] = []  # when (mono ns) the house acts next, by symbol

    def now(self) -> Instant:
        return self.config.clock()

    def open(self) -> None:
        """The client's account on the first start, and the house."""
        now = self.now()
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
        if self._flow is not None:
            for command in self._flow.open(now.wall):
                self._execute(command)
            if self.config.rate:
                for symbol in self.engine.markets:
                    self._schedule(self._flow, symbol, now.mono)
        self._store.flush()

    @property
    def sessions(self) -> tuple[Client, ...]:
        """Everyone who is logged on."""
        return (*self.traders, *self.copies, *self.watchers)

    @property
    def rest_lag(self) -> int:
        """How far REST is behind, in ns."""
        return int(self.faults.rest_lag * SECOND)

    def submit(self, command: ev.AnyCommand, origin: Client | None = None) -> list[ev.Outcome]:
        """Execute a client's command and report. `origin` gets the answers that only concern it.

        Returns what came of it, for those who have no session.
        """
        outcomes = self._execute(command)
        self._store.flush()
        if self.faults.drop_after_order and isinstance(command, ev.Place | ev.Replace):
            self.faults.drop_after_order = False
            self.drop()
        else:
            self._report(outcomes, origin)
            self._publish(ev.symbol_of(command))
        return outcomes

    def drop(self) -> None:
        """Cut every socket, as a venue's crash would."""
        for client in (*self.connections, *self.visitors):
            client.drop()

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
                self.copies.add(client)
            case SessionKind.MARKET_DATA:
                self.watchers.add(client)
        self.on_logon()

    def logged_off(self, client: Client) -> bool:
        """A session is over. False when it was before, or never began."""
        known = client in self.sessions
        for kind in (self.traders, self.copies, self.watchers):
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
        """One event of the house in a symbol."""
        if self._flow is None:
            return
        for command in self._flow.step(symbol, self.now().wall):
            outcomes = self._execute(command)
            if any(isinstance(outcome, ev.Report) for outcome in outcomes):
                self._store.flush()
            self._report(outcomes, None)
        self._publish(symbol)

    def _schedule(self, flow: Flow, symbol: str, after: int) -> None:
        if self.config.rate:
            heapq.heappush(self._due, (after + int(flow.wait(self.config.rate) * SECOND), symbol))

    # --- out -------------------------------------------------------------------------------------------

    def _execute(self, command: ev.AnyCommand) -> list[ev.Outcome]:
        outcomes = self.engine.submit(command)
        self._store.append(command)
        now, lag = self.now().mono, self.rest_lag
        for outcome in outcomes:
            if isinstance(outcome, ev.Report) and outcome.account == ACCOUNT:
                self.mirror.note(outcome, now, lag)
        return outcomes

    def _report(self, outcomes: list[ev.Outcome], origin: Client | None) -> None:
        for outcome in outcomes:
            match outcome:
                case ev.Report():
                    self._send_report(outcome, origin)
                case ev.Traded():
                    for watcher in tuple(self.watchers):
                        watcher.traded(outcome)
                case refused:
                    if origin is not None:
                        origin.send(answer(refused))

    def _send_report(self, report: ev.Report, origin: Client | None) -> None:
        """To every session of the account; a refusal only to the one that asked (fact sheet 3.1).

        Drop copies are late and complete, whatever befalls the order-entry sessions' reports (section 8).
        """
        draft = execution_report(report)
        private = report.exec_type is ExecType.REJECTED
        if not private:
            for client in tuple(self.copies):
                client.send(draft, late=self.config.drop_copy_delay)
        copies = self.faults.copies(report)
        for client in tuple(self.traders):
            if (client is origin and report.answers) or not (private or client.only_acks):
                for _ in range(copies):
                    client.send(draft)

    def _publish(self, symbol: str | None) -> None:
        """Tell who watches when the top of a book has changed."""
        if symbol is None:
            return
        before, after = self._tops[symbol], top_of(self.engine.markets[symbol])
        if before != after:
            self._tops[symbol] = after
            for watcher in tuple(self.watchers):
                watcher.market_moved(symbol, before, after)

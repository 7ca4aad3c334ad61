"""The desk: one account's sessions, its orders, and the feed that tells the screen.

Everything here runs in one event loop, in one thread; commands come in by `post`, changes go out by the feed. The desk
needs no screen and outlives it. An unexpected error in a command or a message is recorded, shown and survived.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import anyio

from blotter.config import LeavePolicy
from blotter.desk.accounting import Accounting
from blotter.desk.acts import TRIGGER
from blotter.desk.change import Answer, DeskView, LinkView, Notice, Severity, StopView
from blotter.desk.clock import Clock
from blotter.desk.command import (
    Acknowledge,
    Acted,
    AnyCommand,
    Arm,
    Disarm,
    QueryLimits,
    Reconcile,
    Refresh,
    Resume,
    Stop,
    Unwatch,
    Watch,
)
from blotter.desk.commanding import Commanding
from blotter.desk.dead_man import DeadMan
from blotter.desk.departure import Departure
from blotter.desk.drop_copy import DropCopy
from blotter.desk.feed import Feed, RawMessage
from blotter.desk.fix_source import source as fix_source
from blotter.desk.fold import Fold, parts
from blotter.desk.gate import Gate, Market
from blotter.desk.lane import COMMIT_DEADLINE, Outgoing
from blotter.desk.link import Link, LinkSettings
from blotter.desk.market import MarketData
from blotter.desk.memory import Memory
from blotter.desk.number_commands import NumberCommands
from blotter.desk.order_commands import TAPED, OrderCommands
from blotter.desk.orders import amending
from blotter.desk.outbox import Outbox
from blotter.desk.publishing import Publishing
from blotter.desk.rates import Budget, Rates
from blotter.desk.reconcile import Reconciler
from blotter.desk.recorder import LEAVING, Recorder
from blotter.desk.rest import Rest
from blotter.desk.rest_cancels import RestCancels
from blotter.desk.rest_source import RestSource
from blotter.desk.session_commands import SessionCommands
from blotter.desk.source import Times
from blotter.desk.summary import Summary
from blotter.desk.tape_watch import TapeWatch
from blotter.desk.telling import notices
from blotter.desk.triggers import Triggers
from blotter.desk.waiting import Waiters
from blotter.desk.wakening import Wakening
from blotter.fix.codec import Message
from blotter.fix.session import Instant
from blotter.journal.tape import Tape
from blotter.trading.event import ExecutionReport, OutcomeUnknown, OwnEvent, SessionGap
from blotter.trading.instrument import Instrument
from blotter.trading.ledger import Delta, Fill
from blotter.trading.order import Order
from blotter.trading.order_list import Held, OrderList
from blotter.trading.risk_levels import RiskLimits
from blotter.venues.base import (
    Credentials,
    Decoded,
    Environment,
    Feature,
    InstrumentsListed,
    LimitReport,
    ListInstruments,
    OrderStatus,
    SessionKind,
    SessionRejected,
    Unhandled,
    Venue,
)
from blotter.venues.base import QueryLimits as AskLimits
from blotter.venues.instruments import lists_its_own

log = logging.getLogger(__name__)

PULSE = 0.05
"""Seconds between looks at timers and views."""
SECOND = 1_000_000_000


class DeskSettings(NamedTuple):
    """What a desk runs on."""

    environment: Environment
    links: tuple[LinkSettings, ...]
    symbols: tuple[str, ...] = ()
    account: str = ""
    ack_timeout: float = 10.0
    dead_man: float | None = None  # seconds
    power_durable: bool = True
    unit: str = "USDT"  # the asset in which worth is told
    risk: RiskLimits = RiskLimits()
    on_ui_loss: LeavePolicy = LeavePolicy.LEAVE
    ui_hung_after: float = 60.0
    instruments: tuple[Instrument, ...] = ()  # as the user states them, where the venue lists none
    asking: Times = Times()  # where the session itself is asked what is true after a loss


class Desk:
    """See the module."""

    def __init__(
        self,
        settings: DeskSettings,
        venue: Venue,
        credentials: Credentials,
        tape: Tape,
        clock: Clock,
        rng: random.Random,
        rest: Rest | None = None,
    ) -> None:
        """`rest`: where to ask what is true after a loss; without it nobody does."""
        self.settings = settings
        self.venue = venue
        self.tape = tape
        self.clock = clock
        self.instruments: dict[str, Instrument] = {}
        self._fold = Fold(venue)
        summary = Summary(venue.dictionary, venue.secret_tags, self._fold.own_id)
        self.feed = Feed(lambda: clock().mono, summary.of)
        self._memory = Memory(tape, self._fold)
        self._memory.restore()
        self._recorder = Recorder(tape, self._fold, clock, venue.secret_tags)
        self.rates = Rates(venue)
        self._links = [
            Link(one, venue, credentials, self, self._recorder, clock, rng) for one in settings.links
        ]
        entry = next(link for link in self._links if link.settings.kind is SessionKind.ORDER_ENTRY)
        prices = next((one for one in self._links if one.settings.kind is SessionKind.MARKET_DATA), None)
        self.market = MarketData(
            prices, venue, settings.symbols, self.instruments, clock, self.feed, self.notice
        )
        self.quotes = self.market.quotes
        self._commanding = Commanding(self._recorder, clock, self.feed, self.quotes, self.unexpected)
        answer = self._commanding.answer
        self._session_commands = SessionCommands(self._links, answer)
        self._number_commands = NumberCommands(self._links, self._fold, answer)
        market = Market(
            self.instruments,
            self.quotes,
            lambda: self._fold.ledger,
            lambda: self.accounting.prices(),
            lambda: self.accounting.profits,
            lambda: self.accounting.balances,
            self.market.heard,
            blind=prices is None,
        )
        self.gate = Gate(settings.risk, market, self.rates, clock)
        outbox = Outbox(
            venue,
            entry,
            self._recorder,
            clock,
            self.gate,
            answer,
            tag=self._memory.tag(venue.name, rng),
            ack_timeout=settings.ack_timeout,
            power_durable=settings.power_durable,
        )
        cancels = rest.dialect.cancels if rest is not None else None
        rest_cancels = (
            RestCancels(rest, cancels, self._recorder, clock, self)
            if rest is not None and cancels is not None
            else None
        )
        self._orders = OrderCommands(
            outbox,
            self.gate,
            self.instruments,
            self.quotes,
            self,
            self.feed,
            rest_cancels,
            frozen=lambda: self._reconciler.frozen,
            lists=lists_its_own(venue, by_rest=rest is not None),
        )
        self._entry = entry
        copy = next((one for one in self._links if one.settings.kind is SessionKind.DROP_COPY), None)
        self.drop_copy = DropCopy(
            self._recorder, clock, self.feed, self.notice, (lambda: copy.reason) if copy is not None else None
        )
        last = self._memory.last_entry_at()
        heard_until = None if last is None else last - self._deafness()
        session = fix_source(venue, entry, clock, self.rates.question, settings.asking)
        source = RestSource(rest, clock) if rest is not None else session
        self._reconciler = Reconciler(
            source, self._recorder, clock, self, answer, settings.symbols, heard_until
        )
        self.accounting = Accounting(
            rest,
            self._recorder,
            clock,
            self.feed,
            self.notice,
            self.unexpected,
            self.instruments,
            self.quotes,
            unit=settings.unit,
            source=f"{venue.name} {settings.environment.value}",
            directory=tape.path.parent,
            stated=settings.instruments,
            amending=amending(venue.features),
        )
        copy_is_up = (lambda: copy.live) if copy is not None else None
        self._triggers = Triggers(
            settings.risk.stop, self.gate, market, copy_is_up, self._pull_stop, self.notice
        )
        self._dead_man = DeadMan(
            settings.dead_man,
            lambda: entry.live,
            lambda: bool(self._orders.open_orders()),
            self._pull_stop,
            self.notice,
            on_purpose=lambda: entry.suspended,
            # A comp id whose process died stays taken for up to two heartbeat intervals (fact sheet 3.6).
            patience_at_start=None
            if self._memory.left_on_purpose(entry.name)
            else 2 * entry.settings.heart_bt_int,
        )
        self._wakening = Wakening(self._links, self.notice)
        self._order_to_ack: int | None = None
        self._requests = 0
        self._tape_watch = TapeWatch(self._recorder, self.notice)
        self._waiters = Waiters()
        self._stopping = asyncio.Event()
        self._publishing = Publishing(self._links, clock, self.feed, self.view)
        self._departure = Departure(
            settings.on_ui_loss,
            settings.ui_hung_after,
            lambda: self.feed.drained_at,
            self._orders,
            self._links,
            self.notice,
        )
        self._show_history()
        if settings.dead_man is not None and rest_cancels is None:
            why = (
                "there is no REST address" if rest is None else f"{venue.title} cancels nothing by REST here"
            )
            self.notice(Severity.WARNING, f"dead_man is set, but nothing can be cancelled then: {why}")
        if prices is None:
            text = f"{venue.title}: no market data here, so nothing judges how far an order's price is from the market"
            self.notice(Severity.WARNING, text)
        for warning in tape.warnings:
            self.notice(Severity.WARNING, warning)
        self._gap("Blotter was not running")
        self._orders.restore()
        if self._fold.stopped is not None and self._fold.stopped.cancel:
            self._triggers.stopped()

    # --- start and end -------------------------------------------------------------------------------------

    def _deafness(self) -> int:
        """ns that may go by before a dead session is noticed."""
        return max(link.heart_bt_int for link in self.settings.links) * 3 * SECOND

    def _show_history(self) -> None:
        ledger = self._fold.ledger
        held = tuple(ledger.held.items())
        lists = tuple(ledger.lists.values())
        self.feed.delta(Delta(tuple(ledger.orders.values()), tuple(ledger.fills), lists=lists, held=held))
        for position in ledger.positions.values():
            self.feed.delta(Delta(position=position))
        for message in self._memory.last_messages():
            self.feed.message(message)
        for act in self._memory.last_acts():
            self.feed.act(act)

    async def run(self) -> None:
        """Run until `stop`. Leaves nothing behind but the tape."""
        async with anyio.create_task_group() as group:
            for link in self._links:
                group.start_soon(self._run_link, link)
            group.start_soon(self._pulse)
            group.start_soon(self._reconciler.run)
            group.start_soon(self.accounting.run)
            group.start_soon(self._orders.stopping.run)
            await self._stopping.wait()
            self.accounting.stop()
            self._orders.stopping.stop()
            self._reconciler.stop()
            for link in self._links:
                link.stop(LEAVING)
        self._publish_views()
        await self.until(lambda: self.tape.settled() is not None, 1)
        self._memory.snapshot(self._recorder.commits)

    async def _run_link(self, link: Link) -> None:
        while not self._stopping.is_set():
            try:
                await link.run()
            except Exception as error:
                # A link must never take the desk down: say so, drop the connection, start it anew.
                self.unexpected(f"{link.name} failed", error)
                link.cut(f"internal error: {error}")
                await anyio.sleep(1)

    def stop(self) -> None:
        """Log out everywhere and let `run` return."""
        self._stopping.set()

    async def leave(self, *, cancel: bool, timeout: float) -> list[Order]:
        """Cancel what is open (when asked), wait for the answers, log out. What is open still is returned."""
        if cancel:
            self._departure.cancel_everything(LEAVING)
            await self.until(lambda: not self._orders.open_orders(), timeout)
        self.stop()
        return self._orders.open_orders()

    # --- commands ------------------------------------------------------------------------------------------

    def handle(self, command: AnyCommand, answered: Callable[[Answer], None] | None = None) -> None:
        """Carry a command out; its Answer goes to the feed, and to `answered`."""
        self._commanding.handle(command, self._dispatch, answered)

    def _dispatch(self, command: AnyCommand) -> None:
        answer = self._commanding.answer
        if self._orders.handle(command):
            if isinstance(command, Resume):
                self._triggers.resumed(self.clock())
            elif isinstance(command, Stop):
                self.gate.disarm()
                if command.cancel:
                    self._triggers.stopped()
            if not isinstance(command, TAPED):
                self._publish_views()
            return
        if self._session_commands.handle(command) or self._number_commands.handle(command):
            self._publish_views()
            return
        match command:
            case Acted():
                return  # it is on the tape
            case Reconcile():
                self._reconciler.ask(command.id)
            case Acknowledge():
                seen = command.difference_id
                known = self.accounting.acknowledge(seen) or self.drop_copy.acknowledge(seen)
                text = f"{seen} is seen" if known else f"{seen}: no such difference"
                answer(Answer(id=command.id, ok=known, text=text))
            case Watch() | Unwatch():
                refused = self.market.carry_out(command)
                answer(Answer(id=command.id, ok=not refused, text=refused, field="symbol" if refused else ""))
            case QueryLimits():
                self._query_limits()
                answer(Answer(id=command.id, ok=True, text="limits asked for"))
            case Refresh():
                self.accounting.refresh()
                self._query_limits()
                answer(Answer(id=command.id, ok=True, text="balances, filters and limits asked for"))
            case Arm():
                answer(Answer(id=command.id, ok=True, text=self.gate.arm(command.seconds)))
            case Disarm():
                self.gate.disarm()
                answer(Answer(id=command.id, ok=True, text="disarmed"))
        self._publish_views()

    # --- what the links tell -------------------------------------------------------------------------------

    def arrived(self, link: Link, connection: int, message: Message, now: Instant) -> None:
        """An application message or a Reject."""
        for decoded in parts(self.venue.decode(message, now.wall)):
            try:
                self._take_part(link, connection, message, decoded, now)
            except Exception as error:  # the other parts of the message are taken all the same
                self.unexpected(f"{link.name}: message {message.msg_seq_num} could not be handled", error)

    def _take_part(
        self, link: Link, connection: int, message: Message, decoded: Decoded, now: Instant
    ) -> None:
        if isinstance(decoded, SessionRejected):
            link.failed(f"refused: {decoded.reason.text or 'no reason given'}")
        if self.market.take(decoded, now, connection):
            self._waiters.poke()
            return
        match decoded:
            case InstrumentsListed():
                self.accounting.listed(decoded.instruments)
                if strangers := self.gate.unlisted():
                    text = f"risk rules name symbols the venue does not list: {', '.join(strangers)}"
                    self.notice(Severity.ERROR, text)
            case LimitReport():
                self.rates.answered(decoded, now.mono)
            case OrderStatus():
                self._reconciler.heard(decoded, connection, message.msg_seq_num)
            case Unhandled():
                # It may hold a fill: as loud as anything can be.
                link.failed(f"{decoded.msg_type} not understood: {decoded.text}")
                self.notice(Severity.ERROR, f"{link.name}: {decoded.msg_type} not understood: {decoded.text}")
            case _:
                self._take_order_event(link, connection, message, decoded, now)
        self._waiters.poke()

    def _take_order_event(
        self, link: Link, connection: int, message: Message, decoded: Decoded, now: Instant
    ) -> None:
        event = self._fold.event(decoded, link.name, connection, now.wall)
        if event is None:
            if isinstance(decoded, SessionRejected) and not self._reconciler.refused(
                decoded.ref_msg_type, decoded.reason
            ):
                code, text = decoded.reason.code, decoded.reason.text or "no reason given"
                self.notice(
                    Severity.ERROR, f"{link.name} refused: {text} {'' if code is None else code}".rstrip()
                )
            return
        delta = self._fold.ledger.apply(event)
        if isinstance(event, ExecutionReport):
            self._reconciler.reported(event, connection, message.msg_seq_num)
        if isinstance(event, ExecutionReport) and self.drop_copy.heard(link.settings.kind, event, delta, now):
            return  # that is what a drop copy is for
        if delta.repeated and link.echoes:
            return  # two connections bring every report
        self.changed(delta)

    def changed(self, delta: Delta) -> None:
        """Tell the screen and whoever waits."""
        self.feed.delta(delta)
        self._orders.changed(delta)
        now = self.clock()
        for order in delta.orders:
            written = (
                self._orders.outbox.written_at.pop(order.current.cl_ord_id, None) if order.acked_at else None
            )
            if written is not None:
                self._order_to_ack = now.mono - written
        if delta.fills:
            self.accounting.filled()
        for notice in notices(delta, now.wall):
            self.feed.notice(notice)
        self._waiters.poke()

    def seen(self, link: Link, outbound: bool, seq: int, raw: bytes, at: int) -> None:
        """A taped message, for the message pane. It is read when the screen asks, not on the order path."""
        self.feed.message(RawMessage(link.name, outbound, seq, raw, at))

    def up(self, link: Link) -> None:
        """Logged on."""
        self.notice(Severity.INFO, f"{link.name} is live")
        self.drop_copy.up(link.settings.kind)
        if link.settings.kind is SessionKind.ORDER_ENTRY:
            self._reconciler.begin()
            self.accounting.begin()
            self._query_limits()
            if Feature.LISTING in self.venue.features:
                asked = ListInstruments(self._request_id("instruments"))
                link.send(Outgoing(self.venue.encode(asked, self.clock().wall)))
        elif link.settings.kind is SessionKind.MARKET_DATA:
            self.market.up()
        link.test_request()

    def down(self, link: Link, reason: str) -> None:
        """A session that had been live has ended."""
        self.notice(Severity.ERROR, f"{link.name} is down: {reason}")
        self.drop_copy.down(link.settings.kind)
        if link is self._entry:
            self._orders.outbox.connection_lost()
            self.rates.lost()
            self._gap(reason)
            self._reconciler.lost(self.clock().wall - self._deafness())
        elif link.settings.kind is SessionKind.MARKET_DATA:
            self.market.down(reason)
        self._publish_views()

    def _gap(self, reason: str) -> None:
        if self._orders.open_orders() or self._fold.ledger.mass_cancels:
            self._record([SessionGap(text=reason, at=self.clock().wall)])

    def switched(self, link: Link) -> None:
        """Another connection of this session is in use."""
        self.notice(Severity.WARNING, f"{link.name} is handed over to {link.view().comp_id}")
        if link is self._entry:
            self._query_limits()
        elif link.settings.kind is SessionKind.MARKET_DATA:
            self.market.switched()
        link.test_request()
        self._publish_views()

    def handed_over(self, link: Link, *, complete: bool) -> None:
        """The connection before is gone."""
        if not complete:  # what it did not say cannot be compared
            self.drop_copy.down(link.settings.kind)
            self.drop_copy.up(link.settings.kind)
        if complete or link is not self._entry:
            self.notice(Severity.INFO, f"{link.name}: the session before is logged out")
            return
        self.notice(
            Severity.WARNING, f"{link.name}: the session before broke off, its last words are asked for"
        )
        self._reconciler.inquire(self.clock().wall - self._deafness())

    def withheld(self, link: Link, messages: list[Message]) -> None:
        """The venue asked for requests again that could add to what is open: they are not sent twice, and whether it
        had them is not known."""
        self.notice(
            Severity.WARNING, f"{link.name}: {len(messages)} requests were asked for again and not resent"
        )
        text, at = (
            "the venue asked for it again, and what could add to what is open is not sent twice",
            self.clock().wall,
        )
        names = [name for message in messages if (name := self.venue.request_id(message)) is not None]
        doubted = [
            OutcomeUnknown(cl_ord_id=name, text=text, at=at) for name in names if self._fold.waits(name)
        ]
        if doubted:
            self._record(list(doubted))
            self._reconciler.inquire()

    def warn(self, link: Link, text: str) -> None:
        self.notice(Severity.WARNING, f"{link.name}: {text}")

    def _record(self, events: list[OwnEvent]) -> None:
        for delta in self._recorder.record(events):
            self.changed(delta)

    def _query_limits(self) -> None:
        now, req_id = self.clock(), self._request_id("limits")
        try:
            draft = self.venue.encode(AskLimits(req_id), now.wall)
        except ValueError:
            return  # not every venue tells its counts
        self.rates.asked(req_id, now.mono)
        self._entry.send(Outgoing(draft))

    def budget(self, link: Link) -> Budget:
        """What a new connection of this link may send."""
        return self.rates.connection(link.settings.kind)

    def _request_id(self, what: str) -> str:
        self._requests += 1
        return f"{what}-{self._requests}"

    # --- pulse ---------------------------------------------------------------------------------------------

    async def _pulse(self) -> None:
        while not self._stopping.is_set():
            try:
                self._beat()
            except Exception as error:
                self.unexpected("the desk's pulse stumbled", error)
            with anyio.move_on_after(PULSE):
                await self._stopping.wait()

    def _beat(self) -> None:
        self._wakening.look(self.clock().mono)
        overdue = self._orders.outbox.overdue()
        if overdue:
            self._record(list(overdue))
            self._reconciler.inquire()
        self._tape_watch.look(self.clock().mono)
        self._orders.stopping.look()
        self.drop_copy.look(self.clock().mono)
        self._dead_man.look(self.clock().mono)
        if self._entry.live and self.rates.due(self.clock().mono):
            self._query_limits()
        self._departure.look(self.clock().mono)
        self._triggers.look(self.clock())
        self.market.look()
        self._memory.look(self._recorder.commits)
        self._publish_views()

    def _pull_stop(self, cause: str) -> None:
        self.notice(Severity.ERROR, f"stopped by itself: {cause}")
        self.handle(Stop(id=TRIGGER, cancel=True, cause=cause))

    def _publish_views(self) -> None:
        if self._publishing.due():
            self.accounting.beat()
        self._publishing.publish((self._orders.stopped, self._orders.entry_blocked()))

    def view(self) -> DeskView:
        """The desk as a whole, now."""
        lane, now = self._entry.lane, self.clock().mono
        return DeskView(
            venue=self.venue.title,
            environment=self.settings.environment.value,
            account=self.settings.account,
            pulse=now,
            stopped=self._orders.stopped,
            entry_blocked=self._orders.entry_blocked(),
            order_to_ack=self._order_to_ack,
            tape_lag=lane.commit_ns if lane is not None else None,
            tape_rows=self.tape.last_id,
            listing_at=self.accounting.listing_at,
            drop_copy=self.drop_copy.trouble,
            dead_man=self._dead_man.seconds,
            dead_man_at=self._dead_man.at,
            when_disconnected=self.venue.when_disconnected,
            features=frozenset(feature.name for feature in self.venue.features),
            limits=self.rates.gauges(now, self._reconciler.weight),
            armed_until=self.gate.armed_until,
            woke_at=self._wakening.woke_at,
        )

    @property
    def reconciling(self) -> bool:
        """New orders wait for what is being found out."""
        return bool(self._reconciler.frozen)

    def entry_changed(self) -> None:
        """Say at once whether new orders may go."""
        self._publish_views()
        self._waiters.poke()

    async def quiet(self) -> None:
        """Wait until all that is on the tape is folded."""
        await self.until(lambda: self._entry.idle, COMMIT_DEADLINE + 1)

    @property
    def stop_view(self) -> StopView | None:
        """The stop that is on, or was last; None when there was none."""
        return self._orders.stopping.view

    def links(self) -> dict[str, LinkView]:
        return {link.name: link.view() for link in self._links}

    def market_known(self) -> bool:
        """The venue has listed its instruments and quoted every symbol that was asked for."""
        return self.market.known()

    def own_id(self, cl_ord_ids: Iterable[str | None]) -> str:
        """Our order or order list of one of these ClOrdIDs; "" when none is. From any thread."""
        return self._fold.own_id(cl_ord_ids)

    def orders(self) -> dict[str, Order]:
        return self._fold.ledger.orders

    def lists(self) -> Mapping[str, OrderList]:
        return self._fold.ledger.lists

    def held(self) -> Mapping[str, Held]:
        return self._fold.ledger.held

    def fills_of(self, order_id: str) -> list[Fill]:
        return [fill for fill in self._fold.ledger.fills if fill.order_id == order_id]

    # --- telling -------------------------------------------------------------------------------------------

    def notice(self, severity: Severity, text: str, order_id: str = "") -> None:
        """A line for people."""
        self.feed.notice(Notice(at=self.clock().wall, severity=severity, text=text, order_id=order_id))

    def unexpected(self, what: str, error: Exception) -> None:
        """An error nobody foresaw: shown, logged with its traceback, survived."""
        log.error("%s", what, exc_info=error)
        self.notice(Severity.ERROR, f"{what}: {error!r}")

    async def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until the condition holds; it is looked at after every change. False when time ran out."""
        return await self._waiters.until(condition, timeout)

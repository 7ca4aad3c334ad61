"""The desk: one account's sessions, its orders, and the feed that tells the screen.

Everything here runs in one event loop, in one thread; commands come in by `post`, changes go out by the feed. The desk
needs no screen and outlives it. An unexpected error in a command or a message is recorded, shown and survived.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import NamedTuple

import anyio
import msgspec

from blotter.config import LeavePolicy
from blotter.desk.change import Answer, DeskView, Gauge, LinkView, Notice, Severity
from blotter.desk.clock import Clock
from blotter.desk.command import (
    Amend,
    AnyCommand,
    Cancel,
    CancelAll,
    MassCancelSymbol,
    QueryLimits,
    Reconcile,
    Reconnect,
    Resume,
    Stop,
    Submit,
    TestLink,
)
from blotter.desk.departure import Departure
from blotter.desk.feed import Feed, RawMessage
from blotter.desk.fold import Fold
from blotter.desk.lane import COMMIT_DEADLINE, Outgoing
from blotter.desk.link import Link, LinkSettings
from blotter.desk.memory import Memory
from blotter.desk.orders import Orders, Refusal
from blotter.desk.reconcile import Reconciler
from blotter.desk.recorder import Recorder
from blotter.desk.rest import Rest
from blotter.desk.summary import Summary
from blotter.fix.codec import Message
from blotter.fix.session import Instant
from blotter.journal.tape import Entry, Kind, Tape
from blotter.trading.decimals import plain
from blotter.trading.event import OwnEvent, SessionGap
from blotter.trading.instrument import Instrument, Quote
from blotter.trading.ledger import Delta, Fill
from blotter.trading.order import Order, OrderState
from blotter.venues.base import (
    Credentials,
    Decoded,
    Environment,
    InstrumentsListed,
    LimitReport,
    ListInstruments,
    MarketDataRejected,
    QuotesUpdated,
    SessionKind,
    SubscribeQuotes,
    Unhandled,
    Venue,
)
from blotter.venues.base import QueryLimits as AskLimits

log = logging.getLogger(__name__)

PULSE = 0.05
"""Seconds between looks at timers and views."""
FIGURES_EVERY = 200_000_000
"""Nanoseconds between two publications of what merely counts or ages."""
SECOND = 1_000_000_000


class DeskSettings(NamedTuple):
    """What a desk runs on."""

    environment: Environment
    links: tuple[LinkSettings, ...]
    symbols: tuple[str, ...] = ()
    account: str = ""
    ack_timeout: float = 10.0
    power_durable: bool = True
    on_ui_loss: LeavePolicy = LeavePolicy.LEAVE
    ui_hung_after: float = 60.0


class TopOfBook(msgspec.Struct, frozen=True):
    """The market at the moment of an act."""

    symbol: str
    bid: str | None
    ask: str | None


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """A person's (or script's) act as the tape stores it."""

    command: AnyCommand
    market: TopOfBook | None = None
    refused: str = ""


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
        self.quotes: dict[str, Quote] = {}
        self._fold = Fold(venue)
        summary = Summary(venue.dictionary, venue.secret_tags, self._fold.own_id)
        self.feed = Feed(lambda: clock().mono, summary.of)
        self._memory = Memory(tape, self._fold)
        self._memory.restore()
        self._recorder = Recorder(tape, self._fold, clock, venue.secret_tags)
        self._links = [
            Link(one, venue, credentials, self, self._recorder, clock, rng) for one in settings.links
        ]
        entry = next(link for link in self._links if link.settings.kind is SessionKind.ORDER_ENTRY)
        self._orders = Orders(
            venue,
            entry,
            self._recorder,
            clock,
            self._answer,
            tag=self._memory.tag(venue.name, rng),
            ack_timeout=settings.ack_timeout,
            power_durable=settings.power_durable,
            frozen=lambda: self._reconciler.frozen,
        )
        self._entry = entry
        last = self._memory.last_entry_at()
        heard_until = None if last is None else last - self._deafness()
        self._reconciler = Reconciler(
            rest, self._recorder, clock, self, self._answer, settings.symbols, heard_until
        )
        self._limits: tuple[Gauge, ...] = ()
        self.limit_reports = 0  # answers to limit queries so far
        self._order_to_ack: int | None = None
        self._requests = 0
        self._retry_tape_at = 0  # mono ns; 0 while the tape is well
        self._watchers: list[asyncio.Event] = []
        self._stopping = asyncio.Event()
        self._views: dict[str, LinkView] = {}
        self._shown_entry = (False, "")
        self._figures_at = 0  # mono ns
        self._answers: dict[str, Callable[[Answer], None]] = {}
        self._departure = Departure(
            settings.on_ui_loss,
            settings.ui_hung_after,
            lambda: self.feed.drained_at,
            self._orders,
            self._links,
            lambda: self.handle(CancelAll(id="policy")),
            self.notice,
        )
        self._show_history()
        for warning in tape.warnings:
            self.notice(Severity.WARNING, warning)
        self._gap("Blotter was not running")

    # --- start and end -------------------------------------------------------------------------------------

    def _deafness(self) -> int:
        """ns that may go by before a dead session is noticed."""
        return max(link.heart_bt_int for link in self.settings.links) * 3 * SECOND

    def _show_history(self) -> None:
        ledger = self._fold.ledger
        self.feed.delta(Delta(tuple(ledger.orders.values()), tuple(ledger.fills)))
        for position in ledger.positions.values():
            self.feed.delta(Delta(position=position))
        for message in self._memory.last_messages():
            self.feed.message(message)

    async def run(self) -> None:
        """Run until `stop`. Leaves nothing behind but the tape."""
        async with anyio.create_task_group() as group:
            for link in self._links:
                group.start_soon(self._run_link, link)
            group.start_soon(self._pulse)
            group.start_soon(self._reconciler.run)
            await self._stopping.wait()
            self._reconciler.stop()
            for link in self._links:
                link.stop("Blotter is leaving")
        self._publish_views()
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
            self._departure.cancel_everything("Blotter is leaving")
            await self.until(lambda: not self._orders.open_orders(), timeout)
        self.stop()
        return self._orders.open_orders()

    # --- commands ------------------------------------------------------------------------------------------

    def handle(self, command: AnyCommand, answered: Callable[[Answer], None] | None = None) -> None:
        """Carry a command out; its Answer goes to the feed, and to `answered`."""
        if answered is not None:
            self._answers[command.id] = answered
        if not isinstance(command, Submit):
            self._record_act(command)  # a Submit that goes out is an OrderSubmitted on the tape already
        try:
            self._dispatch(command)
        except Refusal as refusal:
            if isinstance(command, Submit):
                self._record_act(command, str(refusal))
            self._answer(
                Answer(
                    id=command.id, ok=False, text=str(refusal), field=refusal.field, warning=refusal.warning
                )
            )
        except Exception as error:
            self.unexpected(f"{type(command).__name__} failed", error)
            self._answer(Answer(id=command.id, ok=False, text=f"internal error: {error!r}; see the log"))
        self._recorder.flush()

    def _dispatch(self, command: AnyCommand) -> None:
        orders = self._orders
        match command:
            case Submit():
                orders.submit(command, self.instruments, self.quotes)
            case Cancel():
                orders.cancel(command)
            case CancelAll():
                orders.cancel_all(command)
            case Amend():
                orders.amend(command, self.instruments, self.quotes)
            case MassCancelSymbol():
                orders.mass_cancel(command)
            case Stop():
                orders.stopped = True
                self._entry.revoke("entry was stopped before it left")
                if command.cancel and orders.open_orders():
                    orders.cancel_all(CancelAll(id=command.id))
                else:
                    self._answer(Answer(id=command.id, ok=True, text="entry is stopped"))
            case Resume():
                orders.stopped = False
                self._answer(Answer(id=command.id, ok=True, text="entry is on"))
            case TestLink():
                for link in self._links:
                    link.test_request()
                self._answer(Answer(id=command.id, ok=True, text="TestRequest sent"))
            case Reconnect():
                for link in self._links:
                    link.reconnect()
                self._answer(Answer(id=command.id, ok=True, text="reconnecting"))
            case Reconcile():
                self._reconciler.ask(command.id)
            case QueryLimits():
                self._query_limits()
                self._answer(Answer(id=command.id, ok=True, text="limits asked for"))
        if not isinstance(command, Submit):
            self._publish_views()

    def _record_act(self, command: AnyCommand, refused: str = "") -> None:
        symbol = getattr(getattr(command, "request", command), "symbol", None)
        quote = self.quotes.get(symbol) if symbol else None
        market = None
        if quote is not None:
            market = TopOfBook(
                quote.symbol,
                None if quote.bid is None else str(quote.bid),
                None if quote.ask is None else str(quote.ask),
            )
        payload = msgspec.json.encode(Act(command=command, market=market, refused=refused))
        self._recorder.hold([Entry(self.clock().wall, Kind.ACT, "", 0, 0, type(command).__name__, payload)])

    def _answer(self, answer: Answer) -> None:
        self.feed.answer(answer)
        answered = self._answers.pop(answer.id, None)
        if answered is not None:
            answered(answer)

    # --- what the links tell -------------------------------------------------------------------------------

    def arrived(self, link: Link, message: Message, now: Instant) -> None:
        """An application message or a Reject."""
        try:
            self._take(link, message, now)
        except Exception as error:
            self.unexpected(f"{link.name}: message {message.msg_seq_num} could not be handled", error)

    def _take(self, link: Link, message: Message, now: Instant) -> None:
        decoded = self.venue.decode(message, now.wall)
        match decoded:
            case QuotesUpdated():
                for quote in decoded.quotes:
                    self.quotes[quote.symbol] = quote
                self.feed.quotes(decoded.quotes)
            case InstrumentsListed():
                for instrument in decoded.instruments:
                    self.instruments[instrument.symbol] = instrument
                self.feed.instruments(decoded.instruments)
            case LimitReport():
                self.limit_reports += 1
                self._limits = tuple(
                    Gauge(
                        name=f"{limit.kind}/{limit.interval}s" if limit.interval else limit.kind,
                        used=limit.used,
                        maximum=limit.maximum,
                        at=now.mono,
                        interval=limit.interval,
                    )
                    for limit in decoded.limits
                )
            case MarketDataRejected():
                self.notice(Severity.WARNING, f"{link.name}: {decoded.reason.text}")
            case Unhandled():
                # It may hold a fill: as loud as anything can be.
                self.notice(Severity.ERROR, f"{link.name}: {decoded.msg_type} not understood: {decoded.text}")
            case _:
                self._take_order_event(link, message, decoded, now)
        self._poke()

    def _take_order_event(self, link: Link, message: Message, decoded: Decoded, now: Instant) -> None:
        event = self._fold.event(decoded, link.connection, now.wall)
        if event is None:
            if message.msg_type == "3":
                code, text = message.text(25016) or "", message.text(58) or "no reason given"
                self.notice(Severity.ERROR, f"{link.name} refused: {text} {code}".rstrip())
            return
        self.changed(self._fold.ledger.apply(event))

    def changed(self, delta: Delta) -> None:
        """Tell the screen and whoever waits."""
        self.feed.delta(delta)
        now = self.clock()
        for order in delta.orders:
            written = self._orders.written_at.pop(order.current.cl_ord_id, None) if order.acked_at else None
            if written is not None:
                self._order_to_ack = now.mono - written
            if order.state is OrderState.REJECTED and order.updated_at == order.acked_at and order.reason:
                self.notice(Severity.WARNING, f"{order.id} rejected: {order.reason.text}", order.id)
            elif order.state is OrderState.UNCONFIRMED:
                self.notice(
                    Severity.ERROR, f"{order.id} is unconfirmed: nobody knows what became of it", order.id
                )
        for fill in delta.fills:
            self.notice(Severity.INFO, _fill(fill), fill.order_id)
        if delta.note:
            self.notice(Severity.WARNING, delta.note)
        self._poke()

    def seen(self, link: Link, outbound: bool, seq: int, raw: bytes, at: int) -> None:
        """A taped message, for the message pane. It is read when the screen asks, not on the order path."""
        self.feed.message(RawMessage(link.name, outbound, seq, raw, at))

    def up(self, link: Link) -> None:
        """Logged on."""
        self.notice(Severity.INFO, f"{link.name} is live")
        if link.settings.kind is SessionKind.ORDER_ENTRY:
            self._reconciler.begin()
            self._query_limits()
        elif link.settings.kind is SessionKind.MARKET_DATA:
            self.quotes.clear()
            link.send(Outgoing(self.venue.encode(ListInstruments(self._request_id("list")))))
            if self.settings.symbols:
                request = SubscribeQuotes(self._request_id("quotes"), self.settings.symbols)
                link.send(Outgoing(self.venue.encode(request)))
        link.test_request()

    def down(self, link: Link, reason: str) -> None:
        """A session that had been live has ended."""
        self.notice(Severity.ERROR, f"{link.name} is down: {reason}")
        if link is self._entry:
            self._orders.connection_lost()
            self._limits = ()
            self._gap(reason)
            self._reconciler.lost(self.clock().wall - self._deafness())
        else:
            self.venue.connection_lost(link.settings.kind)
            self.quotes.clear()  # nobody may take an old price for the market
        self._publish_views()

    def _gap(self, reason: str) -> None:
        if self._orders.open_orders() or self._fold.ledger.mass_cancels:
            self._record([SessionGap(text=reason, at=self.clock().wall)])

    def warn(self, link: Link, text: str) -> None:
        self.notice(Severity.WARNING, f"{link.name}: {text}")

    def _record(self, events: list[OwnEvent]) -> None:
        for delta in self._recorder.record(events):
            self.changed(delta)

    def _query_limits(self) -> None:
        self._entry.send(Outgoing(self.venue.encode(AskLimits(self._request_id("limits")))))

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
        overdue = self._orders.overdue()
        if overdue:
            self._record(list(overdue))
            self._reconciler.inquire()
        self._watch_tape()
        self._departure.look(self.clock().mono)
        if self._memory.snapshot_due:
            self._memory.snapshot(self._recorder.commits)
        self._publish_views()

    def _watch_tape(self) -> None:
        """Say once that nothing can be recorded, try again every second, say when it can."""
        now = self.clock().mono
        trouble = self._recorder.trouble
        if trouble and now >= self._retry_tape_at:
            if not self._retry_tape_at:
                self.notice(Severity.ERROR, f"nothing can be recorded, entry is closed: {trouble}")
            self._retry_tape_at = now + SECOND
            self.tape.retry(0)
        elif not trouble and self._retry_tape_at:
            self._retry_tape_at = 0
            self.notice(Severity.INFO, "the tape is written again")

    def _publish_views(self) -> None:
        """State at once, figures at reading speed: each publication costs the screen a look at its bar."""
        now = self.clock().mono
        due = now >= self._figures_at
        if due:
            self._figures_at = now + FIGURES_EVERY
        for link in self._links:
            view, shown = link.view(), self._views.get(link.name)
            if view != shown and (due or shown is None or view.state is not shown.state):
                self._views[link.name] = view
                self.feed.link(view)
        entry = (self._orders.stopped, self._orders.entry_blocked())
        if due or entry != self._shown_entry:
            self._shown_entry = entry
            self.feed.desk(self.view())

    def view(self) -> DeskView:
        """The desk as a whole, now."""
        lane, weight = self._entry.lane, self._reconciler.weight
        return DeskView(
            venue=self.venue.title,
            environment=self.settings.environment.value,
            account=self.settings.account,
            pulse=self.clock().mono,
            stopped=self._orders.stopped,
            entry_blocked=self._orders.entry_blocked(),
            order_to_ack=self._order_to_ack,
            tape_lag=lane.commit_ns if lane is not None else None,
            tape_rows=self.tape.last_id,
            limits=self._limits if weight is None else (*self._limits, self._weighed(*weight)),
        )

    def _weighed(self, used: int, maximum: int) -> Gauge:
        return Gauge(name="REST weight/60s", used=used, maximum=maximum, at=self.clock().mono, interval=60)

    @property
    def reconciling(self) -> bool:
        """New orders wait for what is being found out."""
        return bool(self._reconciler.frozen)

    def entry_changed(self) -> None:
        """Say at once whether new orders may go."""
        self._publish_views()
        self._poke()

    async def quiet(self) -> None:
        """Wait until all that is on the tape is folded."""
        lane = self._entry.lane
        await self.until(lambda: lane is None or lane.idle, COMMIT_DEADLINE + 1)

    def links(self) -> dict[str, LinkView]:
        return {link.name: link.view() for link in self._links}

    def market_known(self) -> bool:
        """The venue has listed its instruments and quoted every symbol that was asked for."""
        return bool(self.instruments) and all(symbol in self.quotes for symbol in self.settings.symbols)

    def orders(self) -> dict[str, Order]:
        return self._fold.ledger.orders

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

    def _poke(self) -> None:
        for event in self._watchers:
            event.set()

    async def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until the condition holds; it is looked at after every change. False when time ran out."""
        changed = asyncio.Event()
        self._watchers.append(changed)
        try:
            with anyio.move_on_after(timeout):
                while not condition():
                    changed.clear()
                    with anyio.move_on_after(PULSE):
                        await changed.wait()
                return True
            return condition()
        finally:
            self._watchers.remove(changed)


def _fill(fill: Fill) -> str:
    side = "bought" if fill.side.sign > 0 else "sold"
    return f"{fill.order_id} {side} {plain(fill.last_qty)} {fill.symbol} @ {plain(fill.last_px)}"

"""Looks into what the venue has, as often as it takes, and folds what is proven. One reconciliation's work.

A look asks for everything open, then singly for what should be there and is not, then for the executions that are
missing, as far as the source (`blotter.desk.source`) knows them. What an answer is worth depends on when it was asked
for and on what has been heard meanwhile; the rules are at the head of `blotter.desk.reconcile`. State is read and
folded with no wait in between.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Protocol

import anyio
import anyio.lowlevel
import msgspec

from blotter.desk.change import Severity
from blotter.desk.clock import Clock
from blotter.desk.fold import Finding
from blotter.desk.recorder import Recorder
from blotter.desk.source import Found, History, Refused, Source, Unavailable, Wanted
from blotter.fix.session import Instant
from blotter.trading.decimals import plain
from blotter.trading.enums import ExecType, OrdStatus, RejectCategory
from blotter.trading.event import ZERO, ExecutionReport, Reason, RequestRejected
from blotter.trading.ledger import Delta
from blotter.trading.order import Order, OrderState, Placement
from blotter.venues.rest import UnreadableAnswer

SECOND = 1_000_000_000
LOOK_EVERY = 1.0
"""Seconds between looks at most often."""
MAX_SYMBOLS = 20
"""In so many symbols fills of orders from elsewhere are looked for: each costs much weight."""
AT_A_TURN = 1_000
"""Fills or orders looked through before others get their turn: some 1 ms."""

_ENDED = frozenset({OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED})


class Owner(Protocol):
    """Who is told."""

    def changed(self, delta: Delta) -> None: ...
    def notice(self, severity: Severity, text: str, order_id: str = "") -> None: ...
    def unexpected(self, what: str, error: Exception) -> None: ...
    def entry_changed(self) -> None:
        """New orders may go again, or may not."""
        ...

    async def quiet(self) -> None:
        """Wait until nothing lies between tape and ledger: what is folded then stands on the tape in that order."""
        ...


class Case:
    """What one reconciliation has to find out, and how far it got."""

    def __init__(
        self, start: Instant, orders: Iterable[Order], symbols: tuple[str, ...], since: int | None
    ) -> None:
        """`symbols`: where others of the account may trade. `since`: UTC ns from which on that was not heard."""
        self.start = start
        self.suspects = {order.id for order in orders}
        self.symbols = symbols
        self.since = since
        self.confirmed: set[str] = set()
        self.absent: set[str] = set()  # never reached the venue
        self.adopted: set[str] = set()
        self.gone: dict[str, str] = {}  # own id -> what the venue's answer leaves open
        self.recovered = 0  # fills
        self.unscanned = 0  # symbols
        self.strays: set[str] = (
            set()
        )  # orders from elsewhere that have traded and that the venue does not have
        self.unlisted = ""  # why the venue does not tell of everything open, though it should
        self.troubles: list[str] = []  # of the last look: what could not be asked or read
        self.lagging = False  # the last look heard what may not be the last word
        self.retry_at = 0  # mono ns


class Inquiry:
    """See the module."""

    def __init__(
        self,
        source: Source,
        recorder: Recorder,
        clock: Clock,
        owner: Owner,
        case: Case,
        thaw: Callable[[], None],
    ) -> None:
        """`thaw` is called as soon as no order's fate is unknown."""
        self._source = source
        self._recorder = recorder
        self._ledger = recorder.fold.ledger
        self._clock = clock
        self._owner = owner
        self._case = case
        self._thaw = thaw
        self._patience = int(source.times.patience * SECOND)
        self._accepted_for = int(source.times.accepted_for * SECOND)
        self._counted = 0  # of the ledger's fills, which only ever grow
        self._filled: dict[str, Decimal] = {}  # own id -> what those add up to
        self._known: set[tuple[str, str]] = set()  # (own id, TradeID)
        self._listed_at = case.start
        self._untold: set[str] = set()  # own ids of orders with fills that nobody can be asked for
        self._scanned = case.since is None or source.history is None
        self._hopeless = False

    async def run(self) -> None:
        """Until everything is told, or nothing more can be learned by asking again."""
        case, times = self._case, self._source.times
        proof_at = case.start.mono + self._patience
        give_up_at = case.start.mono + int(times.timeout * SECOND)
        pause = max(0.05, min(LOOK_EVERY, times.patience))
        while True:
            case.troubles, case.lagging, case.retry_at = [], False, 0
            case.gone.clear()
            await self._look()
            orders = self._ledger.orders
            for own_id in self._untold:
                if (missing := self._missing(orders[own_id])) > 0:
                    case.gone[own_id] = f"{plain(missing)} filled that no report told of"
            if not any(unconfirmed(orders[own_id]) for own_id in case.suspects):
                self._thaw()
            if self._hopeless or not (case.troubles or case.lagging) or case.retry_at > give_up_at:
                return
            now = self._clock().mono
            await anyio.sleep(max(pause, (proof_at - now) / SECOND, (case.retry_at - now) / SECOND))

    # --- asking --------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        source, history = self._source, self._source.history
        with self._troubles():
            found = await self._listed()
            await self._add_up()
            if history is not None:
                await self._suspect_the_short()
            wanted = self._not_among(found)
            if history is not None and not self._scanned:
                wanted |= await self._traded_unseen(history)
            async with anyio.create_task_group() as group:
                for one in found:
                    group.start_soon(self._settle, one)
                for single in sorted(wanted, key=self._in_doubt_first):
                    if source.asks_singly:
                        group.start_soon(self._ask_singly, single)
                    elif not self._case.troubles:  # else it may be among what was not told
                        self._not_listed(single)
            if history is not None and any(one.report.list_id is not None for one in found):
                await self._name_lists(history)

    async def _listed(self) -> list[Found]:
        """Everything open, as far as the source tells. A session that refuses the list is asked order by order."""
        source, case = self._source, self._case
        if not source.lists_open or case.unlisted:
            return []
        self._listed_at = self._clock()
        try:
            opened = await source.open_orders()
        except Refused as refused:
            if source.history is not None or not source.asks_singly:
                raise
            case.unlisted = str(refused)
            return []
        case.troubles += opened.troubles
        return opened.found

    def _in_doubt_first(self, wanted: Wanted) -> tuple[bool, str, str]:
        """Where time or messages run out before all is asked, the next attempt goes on with the others."""
        order = self._ledger.orders.get(wanted.own_id)
        return order is not None and not doubt(order), wanted.own_id, wanted.order_id or ""

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        """What keeps one question from being answered is kept for the notice; the others go on."""
        try:
            yield
        except (Unavailable, UnreadableAnswer) as error:
            self._case.troubles.append(str(error))
            if isinstance(error, Unavailable):
                self._case.retry_at = max(self._case.retry_at, error.retry_at)
        except Refused as refused:
            self._case.troubles.append(f"{self._source.name} refused: {refused}")
            self._hopeless = True

    async def _add_up(self) -> None:
        """What our fills come to. A long day's are looked through in many small turns, here and below: nobody's order
        and no heartbeat waits for that."""
        while self._count_fills(AT_A_TURN):
            await anyio.lowlevel.checkpoint()

    async def _suspect_the_short(self) -> None:
        """An order that has filled more than our fills of it add up to is a suspect too."""
        orders = list(self._ledger.orders)
        for at in range(0, len(orders), AT_A_TURN):
            some = map(self._ledger.orders.__getitem__, orders[at : at + AT_A_TURN])
            self._case.suspects |= {order.id for order in some if self._missing(order) > 0}
            await anyio.lowlevel.checkpoint()

    def _count_fills(self, most: int | None = None) -> bool:
        """Add up the fills that have come since the last count, whoever told of them. Whether there are more."""
        fills = self._ledger.fills
        end = len(fills) if most is None else min(len(fills), self._counted + most)
        for fill in fills[self._counted : end]:
            self._filled[fill.order_id] = self._filled.get(fill.order_id, ZERO) + fill.last_qty
            if fill.trade_id is not None:
                self._known.add((fill.order_id, fill.trade_id))
        self._counted = end
        return end < len(fills)

    def _missing(self, order: Order) -> Decimal:
        """How much of what it filled is in no fill of ours."""
        if self._counted < len(self._ledger.fills):
            self._count_fills()
        return order.cum_qty - self._filled.get(order.id, ZERO)

    def _not_among(self, found: list[Found]) -> set[Wanted]:
        """Which placements must be asked for singly: they may live, or lack fills, and are not in the list."""
        ids = {(one.report.symbol, one.report.order_id) for one in found}
        names = {(one.report.symbol, one.report.cl_ord_id) for one in found}
        wanted = set()
        for order in map(self._ledger.orders.__getitem__, self._case.suspects):
            # Where nobody knows what was traded, asking again brings nothing about fills.
            short = self._source.history is not None and self._missing(order) > 0
            told = order.id in self._case.confirmed and not doubt(order)
            for placement in order.placements:
                may_live = not told and (placement.state.live or placement.state is OrderState.UNCONFIRMED)
                listed = (order.symbol, placement.order_id) in ids or any(
                    (order.symbol, name) in names for name in placement.cl_ord_ids
                )
                doubted = bool(_doubted(order, placement))
                if not listed and (may_live or doubted or (short and placement.cum_qty > 0)):
                    wanted.add(_wanted(order, placement))
        return wanted

    async def _traded_unseen(self, history: History) -> set[Wanted]:
        """Orders with executions that no fill of ours tells of: also those from elsewhere that came and went."""
        ledger, case = self._ledger, self._case
        if self._clock().mono < case.start.mono + self._patience:
            case.lagging = True
            return set()
        open_in = (ledger.orders[own_id].symbol for own_id in case.suspects)
        symbols = list(dict.fromkeys((*open_in, *case.symbols, *ledger.positions)))
        case.unscanned = len(symbols[MAX_SYMBOLS:])
        wanted, troubles = set(), len(case.troubles)
        for symbol in symbols[:MAX_SYMBOLS]:
            with self._troubles():
                try:
                    trades = await history.trades(symbol, since=case.since)
                except Refused:  # a symbol the venue no longer lists
                    case.unscanned += 1
                    continue
                for _, trade in trades:
                    order = ledger.by_venue_id(symbol, trade.order_id)
                    own_id = "" if order is None else order.id
                    if (own_id, trade.trade_id) not in self._known:
                        wanted.add(Wanted(own_id, symbol, order_id=trade.order_id, since=_made_at(order)))
        case.suspects |= {one.own_id for one in wanted if one.own_id}
        self._scanned = len(case.troubles) == troubles
        return wanted

    async def _name_lists(self, history: History) -> None:
        """What hangs together in lists that we have not heard the venue speak of: an order names its list by number
        only. What becomes of a list, its legs tell."""
        with self._troubles():
            reports = await history.open_lists()
            await self._owner.quiet()
            known = {(one.symbol, one.list_id): one for one in self._ledger.lists.values()}
            self._fold(
                [
                    Finding(asked=asked, answer=msgspec.Raw(raw), list_report=report)
                    for asked, raw, report in reports
                    if (one := known.get((report.symbol, report.list_id))) is None or one.said is None
                ]
            )

    async def _ask_singly(self, wanted: Wanted) -> None:
        asked_at = self._clock()
        with self._troubles():
            missing: Refused | None = None
            for name in (wanted.cl_ord_id, *wanted.also):
                try:
                    found = await self._source.order(wanted._replace(cl_ord_id=name))
                except Refused as refused:
                    if refused.reason.category is not RejectCategory.UNKNOWN_ORDER:
                        raise
                    missing = missing or refused
                    continue
                await self._settle(found)
                return
            if missing is not None:
                await self._not_there(wanted, asked_at, missing)

    # --- what an answer is worth ---------------------------------------------------------------------------

    async def _settle(self, found: Found) -> None:
        """Take an order's snapshot, with the executions it proves missing, for what it is worth."""
        report = found.report
        if not self._believed(found):
            return
        trades: list[Finding] = []
        with self._troubles():
            trades = await self._missing_trades(found)
        await self._owner.quiet()
        if not self._believed(found):  # meanwhile something newer may have been heard
            return
        case, before = self._case, self._order_of(report)
        lacked = ZERO if before is None else self._missing(before)
        finding = Finding(asked=found.asked, answer=msgspec.Raw(found.raw), report=report)
        self._fold([*trades, finding])
        order = self._order_of(report)
        if order is None:
            return
        if before is None:
            case.adopted.add(order.id)
        else:
            case.confirmed.add(order.id)
        if (missing := self._missing(order)) > 0:
            case.lagging |= not self._late_enough(found.asked_at)
            if self._source.history is not None:
                case.gone[order.id] = f"{plain(missing)} of its fills not found"
            elif missing > lacked or not order.foreign:  # of one from elsewhere it is told once
                self._untold.add(order.id)

    def _believed(self, found: Found) -> bool:
        """Whether a snapshot may be folded. An ending always; that it lives, by the rules."""
        report = found.report
        order = self._order_of(report)
        if order is not None and order.id not in self._case.suspects:
            return False  # placed since: its reports are coming live
        if report.ord_status in _ENDED:
            return True
        if self._late_enough(found.asked_at, order) and not (
            order is not None and _knows_more(order, report, self._source.resolution)
        ):
            return True
        self._case.lagging = True
        return False

    def _late_enough(
        self, asked_at: Instant, order: Order | None = None, *, to_be_absent: bool = False
    ) -> bool:
        """Whether a question of that time shows everything up to the logon, and what became of requests lost then."""
        if asked_at.mono < self._case.start.mono + self._patience:
            return False
        if order is None:
            return True
        sent = [request.at for request in order.pending if request.unconfirmed]
        if to_be_absent:
            sent.append(order.created_at)
        return all(asked_at.wall >= at + self._accepted_for + self._patience for at in sent)

    async def _not_there(self, wanted: Wanted, asked_at: Instant, refused: Refused) -> None:
        """The venue does not have it. The end of a request to place; of an order that it had, a riddle."""
        await self._owner.quiet()
        case, order = self._case, self._ledger.orders.get(wanted.own_id)
        if order is None:  # from elsewhere: a trade told of it
            case.strays.add(f"{wanted.symbol} {wanted.order_id}")
            return
        placement = next((p for p in order.placements if wanted.cl_ord_id in p.cl_ord_ids), None)
        if placement is None:
            return
        refused_ids = _doubted(order, placement)  # they had nothing to act on
        if placement.state is OrderState.UNCONFIRMED:
            refused_ids.insert(0, placement.cl_ord_ids[0])
        if not self._late_enough(asked_at, order, to_be_absent=True):
            case.lagging = True
            return
        reason, at = refused.reason, self._clock().wall
        answer = msgspec.Raw(msgspec.json.encode({"code": reason.code, "msg": reason.text}))
        asked = f"{wanted.symbol} {wanted.order_id or wanted.cl_ord_id}"
        if placement.state.live and self._source.forgets_unfilled and not placement.cum_qty:
            self._fold([Finding(asked=asked, answer=answer, report=_forgotten(order, placement, reason, at))])
            case.confirmed.add(order.id)
        elif placement.order_id is not None and (placement.state.live or refused_ids):
            case.gone[order.id] = f"the venue had it, and says: {refused}"
        elif refused_ids:
            refusals = [RequestRejected(cl_ord_id=name, reason=reason, at=at) for name in refused_ids]
            self._fold([Finding(asked=asked, answer=answer, refusal=one) for one in refusals])
            (case.absent if len(order.placements) == 1 else case.confirmed).add(order.id)

    def _not_listed(self, wanted: Wanted) -> None:
        """It is not among what is open, and there is no asking what became of it."""
        case, order = self._case, self._ledger.orders.get(wanted.own_id)
        if order is None:
            return
        if self._late_enough(self._listed_at, order, to_be_absent=True):
            case.gone[order.id] = "not among the open orders at the venue: how it ended is not known"
        else:
            case.lagging = True

    async def _missing_trades(self, found: Found) -> list[Finding]:
        """The order's executions that are no fills of ours, as reports of their own, oldest first.

        Each carries what the order had filled by then, so that they fit in before the snapshot that has it all.
        """
        report, order, history = found.report, self._order_of(found.report), self._source.history
        if history is None or not report.cum_qty or report.order_id is None:
            return []
        if order is not None:
            told = sum((p.cum_qty for p in order.placements if p.has_order_id(report.order_id)), ZERO)
            if self._missing(order) + max(ZERO, report.cum_qty - told) <= 0:
                return []
        findings, cum_qty, cum_quote_qty = [], ZERO, ZERO
        for raw, trade in await history.executions(report, report.order_id):
            cum_qty += trade.qty
            cum_quote_qty += trade.quote_qty
            if order is not None and (order.id, trade.trade_id) in self._known:
                continue
            execution = msgspec.structs.replace(
                report,
                exec_type=ExecType.TRADE,
                ord_status=OrdStatus.PARTIALLY_FILLED,  # how it ended is the snapshot's to say
                cum_qty=cum_qty,
                cum_quote_qty=cum_quote_qty,
                last_px=trade.px,
                last_qty=trade.qty,
                trade_id=trade.trade_id,
                aggressor=trade.aggressor,
                fees=trade.fees,
                transact_time=trade.transact_time,
                working=None,
                reason=None,
            )
            findings.append(Finding(asked=found.asked, answer=msgspec.Raw(raw), report=execution))
        return findings

    def _order_of(self, report: ExecutionReport) -> Order | None:
        return self._ledger.of_report(report)

    # --- onto the tape, and from there into the ledger -----------------------------------------------------

    def _fold(self, findings: list[Finding]) -> None:
        for delta in self._recorder.found(findings, self._source.name):
            self._case.recovered += len(delta.fills)
            self._owner.changed(delta)


def _wanted(order: Order, placement: Placement) -> Wanted:
    names = placement.cl_ord_ids
    changed = tuple(p.cl_ord_id for p in order.pending if p.terms is not None and p.target in names)
    name = placement.cl_ord_id
    return Wanted(order.id, order.symbol, order.side, placement.order_id, name, changed, _made_at(order))


def _made_at(order: Order | None) -> int | None:
    """UTC ns before which it was not there; None of one from elsewhere, which is only seen from some time on."""
    return None if order is None or order.foreign else order.created_at


def _forgotten(order: Order, placement: Placement, said: Reason, at: int) -> ExecutionReport:
    """How an order stands that the venue had and of which it keeps nothing: it never filled."""
    return ExecutionReport(
        symbol=order.symbol,
        side=placement.request.side,
        ord_type=placement.request.ord_type,
        exec_type=ExecType.CANCELED,
        ord_status=OrdStatus.CANCELED,
        cum_qty=ZERO,
        at=at,
        cl_ord_id=placement.cl_ord_id,
        order_id=placement.order_id,
        reason=Reason(category=said.category, text=f"canceled without a fill: the venue says {said.text}"),
    )


def _doubted(order: Order, placement: Placement) -> list[str]:
    """The unconfirmed requests about a placement, by their ClOrdIDs."""
    names = placement.cl_ord_ids
    return [one.cl_ord_id for one in order.pending if one.unconfirmed and one.target in names]


def _knows_more(order: Order, report: ExecutionReport, resolution: int) -> bool:
    """Whether what we heard of a placement is newer than this snapshot of it, whose times are that coarse (ns)."""
    placement = next(
        (p for p in order.placements if p.has_order_id(report.order_id) or report.cl_ord_id in p.cl_ord_ids),
        None,
    )
    if placement is None:
        return False
    if placement.state.terminal and placement.state not in (OrderState.REJECTED, OrderState.RESOLVED):
        return True
    if placement.cum_qty > report.cum_qty:
        return True
    heard, said = placement.terms_at, report.transact_time
    return heard is not None and said is not None and said // resolution < heard // resolution


def unconfirmed(order: Order) -> bool:
    """Nobody knows what became of it, or of a request about it."""
    return order.state is OrderState.UNCONFIRMED or any(request.unconfirmed for request in order.pending)


def doubt(order: Order) -> str:
    """What is not known of it, in a word; "" when all is."""
    if unconfirmed(order):
        return "unconfirmed"
    return "unverified" if order.unverified_since is not None else ""

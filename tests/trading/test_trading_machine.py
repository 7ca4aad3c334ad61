"""Any interleaving of what traders, the venue and the network can do, against a model venue that knows the truth.

The model venue answers at once, but its answers lie in a mailbox: they are delivered in any order, some twice, some
only after the session was lost. Whatever happens, the ledger's invariants hold after every step, and once the mailbox
is empty every order equals the venue's truth.
"""

from dataclasses import dataclass, field

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from trading_facts import GONE, SYMBOL, D, reason, request

from blotter.trading.enums import ExecType, OrdStatus, OrdType, RejectCategory, Side
from blotter.trading.event import (
    ZERO,
    AmendRejected,
    AmendRequested,
    CancelRejected,
    CancelRequested,
    ExecutionReport,
    Fee,
    NotSent,
    OrderSubmitted,
    OutcomeUnknown,
    ReplaceRequested,
    RequestRejected,
    SessionGap,
)
from blotter.trading.ledger import Ledger, format_order_id
from blotter.trading.order import Order, OrderState

STATE = {
    OrdStatus.NEW: OrderState.NEW,
    OrdStatus.PARTIALLY_FILLED: OrderState.PARTIALLY_FILLED,
    OrdStatus.FILLED: OrderState.FILLED,
    OrdStatus.CANCELED: OrderState.CANCELED,
    OrdStatus.EXPIRED: OrderState.EXPIRED,
}
CANNOT = reason("Order amend (quantity increase) is not supported.", -2038, category=RejectCategory.RULE)
PRICES = (D(99), D(100), D("101.5"))
pick = st.integers(0, 99)


@dataclass
class Resting:
    """One order at the venue: the truth."""

    name: str
    order_id: str
    side: Side
    qty: D
    status: OrdStatus = OrdStatus.NEW
    cum: D = ZERO
    quote: D = ZERO
    names: list[str] = field(default_factory=list)

    @property
    def live(self) -> bool:
        return self.status in (OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED)


class Trading(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.ledger = Ledger()
        self.history = []
        self.mailbox = []
        self.delivered = []
        self.trades = []
        self.book: dict[str, Resting] = {}  # by OrderID
        self.never: set[str] = set()  # names that certainly never became an order
        self.numbers = 0
        self.now = 0
        self.seen: dict[str, Order] = {}

    # --- plumbing

    def tick(self) -> int:
        self.now += 1
        return self.now

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def fold(self, event) -> None:
        self.history.append(event)
        before = dict(self.ledger.orders)
        delta = self.ledger.apply(event)
        changed = {o.id: o for o in delta.orders}
        for own_id, order in self.ledger.orders.items():
            assert order is before.get(own_id) or order is changed.get(own_id), "changed without saying so"

    def say(self, order: Resting, exec_type: ExecType, *, last=ZERO, px=None, **ids) -> None:
        self.mailbox.append(
            ExecutionReport(
                symbol=SYMBOL,
                side=order.side,
                ord_type=OrdType.LIMIT,
                exec_type=exec_type,
                ord_status=order.status,
                cum_qty=order.cum,
                cum_quote_qty=order.quote,
                order_qty=order.qty,
                order_id=order.order_id,
                exec_id=str(self.number()),
                trade_id=str(self.numbers) if last else None,
                last_qty=last,
                last_px=px,
                fees=(Fee(last / 1000, "BNB"),) if last else (),
                transact_time=self.tick(),
                at=0,
                **{"cl_ord_id": order.name, **ids},
            )
        )

    def refuse(self, name: str) -> None:
        self.never.add(name)
        self.mailbox.append(
            ExecutionReport(
                symbol=SYMBOL,
                side=Side.BUY,
                ord_type=OrdType.LIMIT,
                exec_type=ExecType.REJECTED,
                ord_status=OrdStatus.REJECTED,
                cum_qty=ZERO,
                cl_ord_id=name,
                reason=reason(),
                at=0,
            )
        )

    def place(self, name: str, side: Side, qty: D) -> None:
        order = Resting(name, str(self.number()), side, qty, names=[name])
        self.book[order.order_id] = order
        self.say(order, ExecType.NEW)

    def at_venue(self, name: str) -> Resting | None:
        return next((o for o in self.book.values() if o.live and o.name == name), None)

    def resting(self) -> list[Resting]:
        return [o for o in self.book.values() if o.live]

    def idle(self) -> list[Order]:
        return [o for o in self.ledger.orders.values() if o.open and not o.pending]

    # --- the trader

    @rule(
        side=st.sampled_from(Side),
        qty=st.integers(1, 20),
        fate=st.sampled_from(["ok"] * 4 + ["8", "3", "unsent", "lost"]),
    )
    def submit(self, side, qty, fate):
        own_id = format_order_id(self.ledger.next_order_number)
        terms = request(qty, 100, side)
        self.fold(OrderSubmitted(order_id=own_id, cl_ord_id=own_id, request=terms, at=self.tick()))
        if fate == "ok":
            self.place(own_id, side, D(qty))
        elif fate == "8":
            self.refuse(own_id)
        else:
            self.never.add(own_id)
        if fate == "3":
            self.mailbox.append(RequestRejected(cl_ord_id=own_id, reason=reason(), at=0))
        elif fate == "unsent":
            self.fold(NotSent(cl_ord_id=own_id, text="no session", at=self.tick()))

    @precondition(lambda self: self.idle())
    @rule(n=pick)
    def cancel(self, n):
        order = self.idle()[n % len(self.idle())]
        name = f"C-{self.number()}"
        target = order.current.cl_ord_id
        self.fold(CancelRequested(order_id=order.id, cl_ord_id=name, at=self.tick()))
        there = self.at_venue(target)
        if there is None:
            self.mailbox.append(
                CancelRejected(cl_ord_id=name, symbol=SYMBOL, orig_cl_ord_id=target, reason=GONE, at=0)
            )
            return
        there.status = OrdStatus.CANCELED
        self.say(there, ExecType.CANCELED, cl_ord_id=name, orig_cl_ord_id=there.name)

    @precondition(lambda self: self.idle())
    @rule(n=pick, qty=st.integers(1, 20))
    def amend(self, n, qty):
        order = self.idle()[n % len(self.idle())]
        name, target = f"M-{self.number()}", order.current.cl_ord_id
        self.fold(
            AmendRequested(
                order_id=order.id, cl_ord_id=name, orig_cl_ord_id=target, order_qty=D(qty), at=self.tick()
            )
        )
        there = self.at_venue(target)
        if there is None or not there.cum < qty < there.qty:
            self.mailbox.append(AmendRejected(cl_ord_id=name, symbol=SYMBOL, reason=CANNOT, at=0))
            return
        there.qty, there.name = D(qty), name
        there.names.append(name)
        self.say(there, ExecType.REPLACED, orig_cl_ord_id=target)

    @precondition(lambda self: self.idle())
    @rule(n=pick, qty=st.integers(1, 20), refused=st.booleans())
    def replace(self, n, qty, refused):
        order = self.idle()[n % len(self.idle())]
        name, target = f"R-{self.number()}", order.current.cl_ord_id
        self.fold(
            ReplaceRequested(
                order_id=order.id,
                cl_ord_id=name,
                cancel_cl_ord_id=f"{name}x",
                orig_cl_ord_id=target,
                request=request(qty, 100, order.side),
                at=self.tick(),
            )
        )
        there = self.at_venue(target)
        if there is None:
            self.never.add(name)
            said = name if refused else f"{name}x"  # which id it carries is not written anywhere
            self.mailbox.append(CancelRejected(cl_ord_id=said, symbol=SYMBOL, reason=GONE, at=0))
            return
        there.status = OrdStatus.CANCELED
        self.say(there, ExecType.CANCELED, cl_ord_id=f"{name}x", orig_cl_ord_id=there.name)
        if refused:
            self.refuse(name)
        else:
            self.place(name, order.side, D(qty))

    # --- the venue

    @precondition(lambda self: self.resting())
    @rule(n=pick, qty=st.integers(1, 20), px=st.sampled_from(PRICES))
    def trade(self, n, qty, px):
        order = self.resting()[n % len(self.resting())]
        last = min(D(qty), order.qty - order.cum)
        order.cum += last
        order.quote += last * px
        order.status = OrdStatus.FILLED if order.cum == order.qty else OrdStatus.PARTIALLY_FILLED
        self.say(order, ExecType.TRADE, last=last, px=px)
        self.trades.append(self.mailbox[-1])

    @precondition(lambda self: self.resting())
    @rule(n=pick)
    def expire(self, n):
        order = self.resting()[n % len(self.resting())]
        order.status = OrdStatus.EXPIRED
        self.say(order, ExecType.EXPIRED)

    @rule(side=st.sampled_from(Side), qty=st.integers(1, 20))
    def somebody_else_places(self, side, qty):
        self.place(f"web_{self.number()}", side, D(qty))

    # --- what the venue says when asked

    @precondition(lambda self: self.book)
    @rule(n=pick)
    def an_order_is_asked_about(self, n):
        order = list(self.book.values())[n % len(self.book)]
        self.say(order, ExecType.NEW)
        self.deliver(msgspec.structs.replace(self.mailbox.pop(), exec_id=None))

    @precondition(lambda self: self.trades)
    @rule(n=pick)
    def a_trade_is_asked_about(self, n):
        self.deliver(msgspec.structs.replace(self.trades[n % len(self.trades)], exec_id=None))

    # --- the network

    def deliver(self, event) -> None:
        event = msgspec.structs.replace(event, at=self.tick())
        self.delivered.append(event)
        self.fold(event)

    @precondition(lambda self: self.mailbox)
    @rule(n=pick)
    def one_arrives(self, n):
        self.deliver(self.mailbox.pop(n % len(self.mailbox)))

    @precondition(lambda self: self.mailbox)
    @rule()
    def all_arrive_in_order(self):
        while self.mailbox:
            self.deliver(self.mailbox.pop(0))

    @precondition(lambda self: self.delivered)
    @rule(n=pick)
    def one_arrives_again(self, n):
        event = self.delivered[n % len(self.delivered)]
        if isinstance(event, ExecutionReport) and event.exec_id is not None:
            before = self.ledger.dump()
            self.fold(msgspec.structs.replace(event, at=self.tick()))
            assert self.ledger.dump() == before

    @rule()
    def session_is_lost(self):
        self.fold(SessionGap(text="connection reset", at=self.tick()))
        for order in self.ledger.orders.values():
            assert all(p.unconfirmed for p in order.pending)
            assert not any(p.state is OrderState.PENDING_NEW for p in order.placements)

    @precondition(lambda self: any(o.pending for o in self.ledger.orders.values()))
    @rule(n=pick)
    def a_request_times_out(self, n):
        waiting = [p for o in self.ledger.orders.values() for p in o.pending]
        late = waiting[n % len(waiting)]
        self.fold(OutcomeUnknown(cl_ord_id=late.cl_ord_id, text="no answer", at=self.tick()))
        order = self.ledger.by_cl_ord_id(late.cl_ord_id)
        assert next(p for p in order.pending if p.cl_ord_id == late.cl_ord_id).unconfirmed
        assert order.state is OrderState.UNCONFIRMED or late.cancel_cl_ord_id is None

    @rule()
    def restart(self):
        self.ledger = Ledger.load(self.ledger.dump())

    # --- what always holds

    @invariant()
    def quantities_only_grow(self):
        for own_id, order in self.ledger.orders.items():
            old = self.seen.get(own_id)
            if old is None:
                continue
            assert order.cum_qty >= old.cum_qty
            assert len(order.placements) >= len(old.placements)
            assert set(old.cl_ord_id_chain) <= set(order.cl_ord_id_chain)
            if old.state is OrderState.FILLED:
                assert order.state is OrderState.FILLED
            elif old.state.terminal:
                assert order.state.terminal, (old.state, order.state)
        assert self.seen.keys() <= self.ledger.orders.keys()
        self.seen = dict(self.ledger.orders)

    @invariant()
    def no_more_is_filled_than_the_venue_says(self):
        truth = {o.order_id: o for o in self.book.values()}
        for order in self.ledger.orders.values():
            for placement in order.placements:
                if placement.order_id is not None:
                    assert placement.cum_qty <= truth[placement.order_id].cum
                else:
                    assert placement.cum_qty == 0

    @invariant()
    def position_is_the_sum_of_what_is_filled(self):
        net = sum((o.side.sign * o.cum_qty for o in self.ledger.orders.values()), ZERO)
        position = self.ledger.positions.get(SYMBOL)
        assert (position.net_qty if position else ZERO) == net

    @invariant()
    def fills_never_exceed_what_is_cumulated(self):
        for own_id in self.ledger.orders:
            assert self.ledger.unreported_qty(own_id) >= 0
        assert len({(f.symbol, f.exec_id) for f in self.ledger.fills}) == len(self.ledger.fills)

    @invariant()
    def a_replace_waits_as_long_as_its_placement(self):
        for order in self.ledger.orders.values():
            asked = {p.cl_ord_id for p in order.pending}
            assert all(p.cl_ord_ids[0] in asked for p in order.placements[1:] if p.state.unanswered)
            for pending in order.pending:
                if pending.cancel_cl_ord_id is not None:
                    new = next(p for p in order.placements if p.cl_ord_ids[0] == pending.cl_ord_id)
                    assert new.state.unanswered

    # --- and at the end

    def teardown(self):
        while self.mailbox:
            self.deliver(self.mailbox.pop())
        for order in list(self.ledger.orders.values()):
            for placement in order.placements:  # asked about singly, the venue does not know them
                if placement.state.unanswered and placement.cl_ord_ids[0] in self.never:
                    said = RequestRejected(cl_ord_id=placement.cl_ord_ids[0], reason=GONE, at=self.tick())
                    self.fold(said)
        self.equals_the_truth()
        again = Ledger()
        for event in self.history:
            again.apply(event)
        assert again.dump() == self.ledger.dump()
        reloaded = Ledger.load(self.ledger.dump())
        assert reloaded.orders == self.ledger.orders
        assert reloaded.fills == self.ledger.fills
        assert reloaded.positions == self.ledger.positions

    def equals_the_truth(self):
        placements = {p.order_id: (o, p) for o in self.ledger.orders.values() for p in o.placements}
        for order_id, truth in self.book.items():
            order, placement = placements[order_id]
            assert placement.state is STATE[truth.status]
            assert (placement.cum_qty, placement.cum_quote_qty) == (truth.cum, truth.quote)
            assert (placement.order_qty, placement.cl_ord_id) == (truth.qty, truth.name)
            assert set(placement.cl_ord_ids) == set(truth.names)
            assert self.ledger.unreported_qty(order.id) == 0
        for order in self.ledger.orders.values():
            assert order.pending == (), order.pending
            assert order.state is not OrderState.UNCONFIRMED
            live = [self.book[p.order_id] for p in order.placements if p.state.live]
            assert order.leaves_qty == sum((t.qty - t.cum for t in live), ZERO)
            assert order.open == bool(live)
            for placement in order.placements:
                if placement.order_id is None:
                    assert placement.state is OrderState.REJECTED
                    assert placement.cl_ord_ids[0] in self.never
                    assert placement.reason is not None


TestTrading = Trading.TestCase
TestTrading.settings = settings(
    max_examples=120,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)

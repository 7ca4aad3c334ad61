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

from blotter.trading.enums import (
    ExecType,
    ListOrderStatus,
    ListStatusType,
    OrdStatus,
    OrdType,
    RejectCategory,
    ReplaceMode,
    Side,
)
from blotter.trading.event import (
    ZERO,
    AmendRejected,
    AmendRequested,
    CancelRejected,
    CancelRequested,
    ExecutionReport,
    Fee,
    HeldEnded,
    ListCancelRequested,
    ListLeg,
    ListMember,
    ListReport,
    NotSent,
    OrderHeld,
    OrderListSubmitted,
    OrderResolved,
    OrderSubmitted,
    OutcomeUnknown,
    ReplaceRequested,
    RequestRejected,
    SessionGap,
)
from blotter.trading.ledger import Ledger, format_order_id
from blotter.trading.order import Order, OrderState, Standing
from blotter.trading.request import ListKind

STATE = {
    OrdStatus.PENDING_NEW: OrderState.NEW,
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
    price: D = PRICES[1]
    status: OrdStatus = OrdStatus.NEW
    cum: D = ZERO
    quote: D = ZERO
    names: list[str] = field(default_factory=list)
    former: list[str] = field(default_factory=list)  # OrderIDs it had before changes
    list_id: str | None = None

    @property
    def live(self) -> bool:
        return self.status in (OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.PENDING_NEW)

    @property
    def waiting(self) -> bool:
        return self.status is OrdStatus.PENDING_NEW


@dataclass
class Chain:
    """One order list at the venue."""

    list_id: str
    name: str
    kind: ListKind
    legs: list[Resting]


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
        self.chains: dict[str, Chain] = {}  # by ListID
        self.resolved: set[str] = set()  # own ids of orders a person took out of doubt
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
                price=order.price,
                order_id=order.order_id,
                exec_id=str(self.number()),
                trade_id=str(self.numbers) if last else None,
                last_qty=last,
                last_px=px,
                working=True if order.live and not order.waiting else None,
                list_id=order.list_id,
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

    def place_list(self, name: str, kind: ListKind, legs: list[tuple[str, Side, D]]) -> None:
        chain = Chain(str(self.number()), name, kind, [])
        self.chains[chain.list_id] = chain
        for leg, side, qty in legs:
            order = Resting(leg, str(self.number()), side, qty, names=[leg], list_id=chain.list_id)
            if kind is ListKind.OTO and chain.legs:
                order.status = OrdStatus.PENDING_NEW
            chain.legs.append(order)
            self.book[order.order_id] = order
        self.tell(chain, ListStatusType.EXEC_STARTED, ListOrderStatus.EXECUTING)
        for order in chain.legs:
            self.say(order, ExecType.NEW)

    def tell(self, chain: Chain, kind: ListStatusType, status: ListOrderStatus) -> None:
        members = tuple(
            ListMember(symbol=SYMBOL, cl_ord_id=leg.name, order_id=leg.order_id) for leg in chain.legs
        )
        self.mailbox.append(
            ListReport(
                list_id=chain.list_id,
                cl_list_id=chain.name,
                status_type=kind,
                order_status=status,
                symbol=SYMBOL,
                members=members,
                at=0,
            )
        )

    def end(self, order: Resting, status: OrdStatus, exec_type: ExecType, cancel: str = "") -> None:
        """It ends, and a leg takes its list along."""
        chain = self.chains.get(order.list_id or "")
        for one in chain.legs if chain else [order]:
            if not one.live:
                continue
            one.status = status
            ids = {"cl_ord_id": cancel, "orig_cl_ord_id": one.name} if cancel else {}
            self.say(one, exec_type, **ids)
        if chain:
            self.tell(chain, ListStatusType.ALL_DONE, ListOrderStatus.ALL_DONE)

    def at_venue(self, name: str) -> Resting | None:
        return next((o for o in self.book.values() if o.live and o.name == name), None)

    def resting(self) -> list[Resting]:
        return [o for o in self.book.values() if o.live]

    def idle(self) -> list[Order]:
        return [o for o in self.ledger.orders.values() if o.open and not o.pending]

    # --- the trader

    @rule(
        kind=st.sampled_from([ListKind.OTO, ListKind.OCO]),
        qty=st.integers(1, 20),
        fate=st.sampled_from(["ok"] * 4 + ["N", "8", "3", "unsent", "lost"]),
    )
    def submit_list(self, kind, qty, fate):
        first = self.ledger.next_order_number
        names = [format_order_id(first), format_order_id(first + 1)]
        sides = [Side.SELL if kind is ListKind.OCO else Side.BUY, Side.SELL]
        legs = tuple(
            ListLeg(order_id=name, cl_ord_id=name, request=request(qty, 100, side))
            for name, side in zip(names, sides, strict=True)
        )
        own_id = f"L-{self.ledger.next_list_number:06d}"
        self.fold(OrderListSubmitted(list_id=own_id, cl_list_id=own_id, kind=kind, legs=legs, at=self.tick()))
        if fate == "ok":
            placed = [(name, side, D(qty)) for name, side in zip(names, sides, strict=True)]
            self.place_list(own_id, kind, placed)
            return
        self.never.update(names)
        if fate == "N":
            self.mailbox.append(
                ListReport(
                    list_id=None,
                    cl_list_id=own_id,
                    status_type=ListStatusType.RESPONSE,
                    order_status=ListOrderStatus.REJECT,
                    reason=reason(),
                    at=0,
                )
            )
        elif fate == "8":
            for name in names:
                self.refuse(name)
        elif fate == "3":
            self.mailbox.append(RequestRejected(cl_ord_id=own_id, reason=reason(), at=0))
        elif fate == "unsent":
            self.fold(NotSent(cl_ord_id=own_id, text="no session", at=self.tick()))

    def idle_lists(self):
        orders = self.ledger.orders
        return [
            one
            for one in self.ledger.lists.values()
            if one.open and one.legs and not any(orders[leg].pending for leg in one.legs)
        ]

    @precondition(lambda self: self.idle_lists())
    @rule(n=pick)
    def cancel_list(self, n):
        one = self.idle_lists()[n % len(self.idle_lists())]
        name = f"CL-{self.number()}"
        self.fold(ListCancelRequested(list_id=one.id, cl_ord_id=name, at=self.tick()))
        chain = self.chains.get(one.list_id or "") or next(
            (chain for chain in self.chains.values() if chain.name == one.cl_list_id), None
        )
        live = [leg for leg in chain.legs if leg.live] if chain else []
        if live:
            self.end(live[0], OrdStatus.CANCELED, ExecType.CANCELED, name)
        else:
            self.mailbox.append(
                CancelRejected(cl_ord_id=name, symbol=SYMBOL, cl_list_id=one.cl_list_id, reason=GONE, at=0)
            )

    @rule(qty=st.integers(1, 20))
    def hold(self, qty):
        own_id = f"H-{self.ledger.next_held_number:06d}"
        self.fold(OrderHeld(held_id=own_id, at=self.tick(), request=request(qty)))

    @precondition(lambda self: self.ledger.held)
    @rule(n=pick, submitted=st.booleans())
    def release_or_drop(self, n, submitted):
        held = list(self.ledger.held.values())[n % len(self.ledger.held)]
        if not submitted:
            self.fold(HeldEnded(held_id=held.id, at=self.tick()))
        else:
            own_id = format_order_id(self.ledger.next_order_number)
            terms = held.request
            self.fold(
                OrderSubmitted(
                    order_id=own_id, cl_ord_id=own_id, request=terms, at=self.tick(), held_id=held.id
                )
            )
            self.place(own_id, terms.side, terms.order_qty)
        assert held.id not in self.ledger.held

    @precondition(lambda self: self.doubtful())
    @rule(n=pick)
    def a_person_resolves_a_doubt(self, n):
        order = self.doubtful()[n % len(self.doubtful())]
        self.fold(OrderResolved(order_id=order.id, note="the web site says so", at=self.tick()))
        self.resolved.add(order.id)
        now = self.ledger.orders[order.id]
        assert not now.in_doubt
        assert not now.open
        assert not now.pending

    def doubtful(self):
        """A person does not vouch for what has just got another OrderID: no name would tell that it is the same."""
        fresh = {name for one in self.book.values() if one.former for name in one.names}
        return [
            o
            for o in self.ledger.orders.values()
            if o.in_doubt and not any(p.cl_ord_id in fresh or p.target in fresh for p in o.pending)
        ]

    @precondition(lambda self: self.idle())
    @rule(n=pick)
    def hold_a_working_order(self, n):
        order = self.idle()[n % len(self.idle())]
        self.cancel_order(order, hold=True)

    @precondition(lambda self: any(o.to_hold for o in self.ledger.orders.values()))
    @rule()
    def what_is_gone_is_held(self):
        order = next(o for o in self.ledger.orders.values() if o.to_hold)
        there = self.book.get(order.current.order_id or "")
        assert there is None or not there.live, "held while the venue still has it"
        own_id = f"H-{self.ledger.next_held_number:06d}"
        left = request(order.to_hold, 100, order.side)
        self.fold(OrderHeld(held_id=own_id, at=self.tick(), request=left, from_order_id=order.id))
        assert self.ledger.orders[order.id].to_hold is None

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
        self.cancel_order(self.idle()[n % len(self.idle())])

    def cancel_order(self, order, *, hold=False):
        name = f"C-{self.number()}"
        target = order.current.cl_ord_id
        self.fold(CancelRequested(order_id=order.id, cl_ord_id=name, at=self.tick(), hold=hold))
        there = self.at_venue(target)
        if there is None:
            self.mailbox.append(
                CancelRejected(cl_ord_id=name, symbol=SYMBOL, orig_cl_ord_id=target, reason=GONE, at=0)
            )
            return
        self.end(there, OrdStatus.CANCELED, ExecType.CANCELED, name)

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
        if there is None or there.waiting or not there.cum < qty < there.qty:
            self.mailbox.append(AmendRejected(cl_ord_id=name, symbol=SYMBOL, reason=CANNOT, at=0))
            return
        there.qty, there.name = D(qty), name
        there.names.append(name)
        self.say(there, ExecType.REPLACED, orig_cl_ord_id=target)

    def changeable(self):
        """The desk changes what the venue has acknowledged."""
        return [o for o in self.replaceable() if o.state.live]

    @precondition(lambda self: self.changeable())
    @rule(
        n=pick,
        qty=st.integers(1, 20),
        price=st.sampled_from(PRICES),
        how=st.sampled_from(["made", "made", "keeps its name", "gets another OrderID", "9", "8", "3"]),
        slow=st.booleans(),
    )
    def change(self, n, qty, price, how, slow):
        order = self.changeable()[n % len(self.changeable())]
        name, target = f"G-{self.number()}", order.current.cl_ord_id
        self.fold(
            AmendRequested(
                order_id=order.id,
                cl_ord_id=name,
                orig_cl_ord_id=target,
                order_qty=D(qty),
                request=request(qty, price, order.side),
                at=self.tick(),
            )
        )
        there = self.at_venue(target)
        if there is not None and slow:
            asked = {"cl_ord_id": name, "orig_cl_ord_id": target}
            self.say(there, ExecType.PENDING_REPLACE, **asked)
        if there is None or how in ("9", "8", "3") or qty <= there.cum:
            self.refuse_change(name, target, there, how)
            return
        there.qty, there.price = D(qty), price
        if how == "keeps its name":
            self.say(there, ExecType.REPLACED)
            return
        there.name = name
        there.names.append(name)
        if how == "gets another OrderID":
            there.former.append(there.order_id)
            del self.book[there.order_id]
            there.order_id = str(self.number())
            self.book[there.order_id] = there
        self.say(there, ExecType.REPLACED, orig_cl_ord_id=target)

    def refuse_change(self, name, target, there, how) -> None:
        if how == "8" and there is not None:
            before, there.status = there.status, OrdStatus.REJECTED
            self.say(there, ExecType.REJECTED, cl_ord_id=name, orig_cl_ord_id=target)
            there.status = before
        elif how == "3":
            self.mailbox.append(RequestRejected(cl_ord_id=name, reason=CANNOT, at=0))
        else:
            self.mailbox.append(AmendRejected(cl_ord_id=name, symbol=SYMBOL, reason=CANNOT, at=0))

    @precondition(lambda self: self.replaceable())
    @rule(
        n=pick,
        qty=st.integers(1, 20),
        refused=st.booleans(),
        mode=st.sampled_from(ReplaceMode),
        kept=st.booleans(),
    )
    def replace(self, n, qty, refused, mode, kept):
        """`kept`: the venue refuses to cancel the old one, though it lives (cancel restrictions)."""
        order = self.replaceable()[n % len(self.replaceable())]
        name, target = f"R-{self.number()}", order.current.cl_ord_id
        self.fold(
            ReplaceRequested(
                order_id=order.id,
                cl_ord_id=name,
                cancel_cl_ord_id=f"{name}x",
                orig_cl_ord_id=target,
                request=request(qty, 100, order.side),
                at=self.tick(),
                mode=mode,
            )
        )
        there = self.at_venue(target)
        if there is None or kept:
            said = name if refused else f"{name}x"  # which id it carries is not written anywhere
            self.mailbox.append(CancelRejected(cl_ord_id=said, symbol=SYMBOL, reason=GONE, at=0))
            if mode is ReplaceMode.STOP_ON_FAILURE:
                self.never.add(name)
                return
        else:
            self.end(there, OrdStatus.CANCELED, ExecType.CANCELED, f"{name}x")
        if refused:
            self.refuse(name)
        else:
            self.place(name, order.side, D(qty))

    def replaceable(self):
        """The desk replaces neither legs of lists nor what is there twice."""
        return [o for o in self.idle() if not o.list_id and not o.doubled]

    # --- the venue

    def on_book(self):
        return [o for o in self.resting() if not o.waiting]

    @precondition(lambda self: self.on_book())
    @rule(n=pick, qty=st.integers(1, 20), px=st.sampled_from(PRICES))
    def trade(self, n, qty, px):
        order = self.on_book()[n % len(self.on_book())]
        last = min(D(qty), order.qty - order.cum)
        order.cum += last
        order.quote += last * px
        order.status = OrdStatus.FILLED if order.cum == order.qty else OrdStatus.PARTIALLY_FILLED
        self.say(order, ExecType.TRADE, last=last, px=px)
        self.trades.append(self.mailbox[-1])
        chain = self.chains.get(order.list_id or "")
        if chain is None:
            return
        for other in chain.legs:
            if chain.kind is ListKind.OCO and other is not order and other.live:
                other.status = OrdStatus.EXPIRED
                self.say(other, ExecType.EXPIRED)
            elif chain.kind is ListKind.OTO and other.waiting and order.status is OrdStatus.FILLED:
                other.status = OrdStatus.NEW
                self.say(other, ExecType.NEW)
        if not any(leg.live for leg in chain.legs):
            self.tell(chain, ListStatusType.ALL_DONE, ListOrderStatus.ALL_DONE)

    @precondition(lambda self: self.resting())
    @rule(n=pick)
    def expire(self, n):
        order = self.resting()[n % len(self.resting())]
        self.end(order, OrdStatus.EXPIRED, ExecType.EXPIRED)

    @rule(side=st.sampled_from(Side), qty=st.integers(1, 20))
    def somebody_else_places(self, side, qty):
        self.place(f"web_{self.number()}", side, D(qty))

    @rule(kind=st.sampled_from([ListKind.OTO, ListKind.OCO]), qty=st.integers(1, 20))
    def somebody_else_places_a_list(self, kind, qty):
        name = f"web_{self.number()}"
        legs = [(f"{name}_{n}", Side.SELL, D(qty)) for n in (1, 2)]
        self.place_list(name, kind, legs)

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
        asked = [
            (o, p) for o in self.ledger.orders.values() for p in o.pending if p.cl_ord_id == late.cl_ord_id
        ]
        assert asked
        assert all(waiting.unconfirmed for _, waiting in asked)
        for order, waiting in asked:
            placed = waiting.cancel_cl_ord_id is not None and not waiting.halves
            assert order.state is OrderState.UNCONFIRMED or not placed

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
            elif old.state.terminal and OrderState.RESOLVED not in (p.state for p in old.placements):
                assert order.state.terminal, (old.state, order.state)
        assert self.seen.keys() <= self.ledger.orders.keys()
        self.seen = dict(self.ledger.orders)

    @invariant()
    def no_more_is_filled_than_the_venue_says(self):
        truth = {number: o for o in self.book.values() for number in (o.order_id, *o.former)}
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
                if pending.cancel_cl_ord_id is not None and not pending.halves:
                    new = next(p for p in order.placements if p.cl_ord_ids[0] == pending.cl_ord_id)
                    assert new.state.unanswered

    # --- and at the end

    def teardown(self):
        while self.mailbox:
            self.deliver(self.mailbox.pop())
        for there in self.book.values():  # what a person took for gone is asked about once more
            order = self.ledger.by_venue_id(SYMBOL, there.order_id)
            if any(p.state is OrderState.RESOLVED for p in order.placements if p.order_id == there.order_id):
                self.say(there, ExecType.NEW)
                self.deliver(msgspec.structs.replace(self.mailbox.pop(), exec_id=None))
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
        assert reloaded.lists == self.ledger.lists
        assert reloaded.held == self.ledger.held

    def equals_the_truth(self):
        placements = {p.order_id: (o, p) for o in self.ledger.orders.values() for p in o.placements}
        for order_id, truth in self.book.items():
            order, placement = placements[order_id]
            assert placement.state is STATE[truth.status]
            assert (placement.cum_qty, placement.cum_quote_qty) == (truth.cum, truth.quote)
            assert (placement.order_qty, placement.cl_ord_id) == (truth.qty, truth.name)
            assert placement.price == truth.price
            assert set(truth.former) <= set(placement.former_order_ids)
            assert set(placement.cl_ord_ids) >= set(truth.names)
            if order.id not in self.resolved:  # else it may have had names that only it knew
                assert set(placement.cl_ord_ids) == set(truth.names)
            assert self.ledger.unreported_qty(order.id) == 0
            if truth.live:
                assert placement.standing is (Standing.PENDING if truth.waiting else Standing.WORKING)
            if truth.list_id is not None:
                one = self.ledger.lists[order.list_id]
                assert one.list_id == truth.list_id
                assert one.open == any(leg.live for leg in self.chains[truth.list_id].legs), one
                assert len(one.legs) == 2
        for one in self.ledger.lists.values():
            assert one.pending_cancel == ""
        for order in self.ledger.orders.values():
            assert order.pending == (), order.pending
            assert order.state is not OrderState.UNCONFIRMED
            live = [self.book[p.order_id] for p in order.placements if p.state.live]
            assert order.leaves_qty == sum((t.qty - t.cum for t in live), ZERO)
            assert order.open == bool(live)
            for placement in order.placements:
                if placement.order_id is None:
                    assert placement.state in (OrderState.REJECTED, OrderState.RESOLVED)
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

"""Order lists at the exchange: what one leg's fate means for the others (fact sheet 6.6, 7.1, 7.3).

Two shapes, and their combination: a pair whose legs cancel each other (OCO), and a working leg whose complete fill
releases those that wait for it, one (OTO, OPO) or a pair (OTOCO, OPOCO). Losing any leg ends the list.

Pending legs are paid for at entry, like all that waits; only in an OPO they are paid by what the working leg receives,
which is set behind them as it comes. The legs of a pair share one lock, held by the leg that may trade without notice:
the one that rests on the book, if there is one.
"""

from decimal import Decimal
from typing import Final

import msgspec

from blotter.exchange import event as ev
from blotter.exchange import filters, placing, triggers
from blotter.exchange.book import Order, Stage
from blotter.exchange.event import Instruction, ListStatus, Member, Outcome, Refusal
from blotter.exchange.listing import ZERO
from blotter.exchange.market import Event, Happening
from blotter.exchange.placing import Floor
from blotter.trading.enums import (
    ContingencyType,
    ExpiryReason,
    ListOrderStatus,
    ListStatusType,
)
from blotter.trading.request import OrderRequest
from blotter.venues.binance.errors import ErrorCode, ErrorText

BAD_PRICES: Final = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.PRICE_RELATION)
NO_AMEND: Final = Refusal(ErrorCode.ORDER_AMEND_REJECTED, ErrorText.AMEND_PENDING_OPO)


class OrderList(msgspec.Struct, kw_only=True):
    """An open list. Its legs are in the venue's order; those that ended are in it too."""

    list_id: int
    account: str
    symbol: str
    cl_list_id: str
    contingency: ContingencyType
    opo: bool
    order_ids: list[int]
    cl_ord_ids: list[str]
    instructions: list[tuple[Instruction, ...]]
    created_at: int

    @property
    def waits(self) -> bool:
        """It has a working leg, the first, and the others wait for it."""
        return self.contingency is ContingencyType.ONE_TRIGGERS_THE_OTHER


class ListsState(msgspec.Struct, kw_only=True):
    """What of the lists outlives the process."""

    next_list_id: int = 0
    open: list[OrderList] = []


class Lists:
    """All open lists. ListID is one count for all symbols."""

    def __init__(self, floor: Floor, house: set[str], state: ListsState) -> None:
        self._floor = floor
        self._house = house
        self._next_list_id = state.next_list_id
        self._open = {order_list.list_id: order_list for order_list in state.open}

    def dump(self) -> ListsState:
        return ListsState(next_list_id=self._next_list_id, open=list(self._open.values()))

    def of(self, order: Order) -> OrderList | None:
        """The open list an order is a leg of."""
        return None if order.list_id is None else self._open.get(order.list_id)

    def find(
        self, account: str, symbol: str, list_id: int | None, cl_list_id: str | None
    ) -> OrderList | None:
        """An open list by either id; with both given they must agree."""
        for found in self.owned(account, symbol):
            if list_id in (None, found.list_id) and cl_list_id in (None, found.cl_list_id):
                return found
        return None

    def owned(self, account: str, symbol: str | None = None) -> list[OrderList]:
        """An account's open lists, oldest first."""
        return [
            found
            for found in self._open.values()
            if found.account == account and symbol in (None, found.symbol)
        ]

    def live(self, order_list: OrderList) -> list[Order]:
        """The legs that are still open."""
        market = self._floor.markets[order_list.symbol]
        found = (market.open.get((order_list.account, order_id)) for order_id in order_list.order_ids)
        return [order for order in found if order is not None]

    # --- placing ---------------------------------------------------------------------------------------

    def place(self, command: ev.PlaceList, out: list[Outcome]) -> tuple[Refusal, int] | None:
        """Accept a list, or say why not and which leg is at fault. Nothing of a refused list is placed."""
        floor, at, account = self._floor, command.at, command.account
        fault = self._judge(command)
        if fault is not None:
            return fault
        floor.clearing.accounts[account].count(len(command.legs), at)
        orders = [placing.new_order(floor, account, leg.cl_ord_id, leg.request, at) for leg in command.legs]
        fault = self._check(command, orders) or self._fund(command, orders)
        if fault is not None:
            for order in orders:
                floor.clearing.release(floor.market(order).listing, order)
            return fault
        self._tell(self._begin(command, orders), ListStatusType.EXEC_STARTED, at, out, answers=True)
        waits = command.contingency is ContingencyType.ONE_TRIGGERS_THE_OTHER
        for order in orders:
            if waits and order is not orders[0]:
                order.stage = Stage.PENDING
            elif triggers.contingent(order.request):
                placing.arm(floor, order, at)
            else:
                floor.market(order).take(order, at)
            placing.announce(floor, order, at, out, answers=True)
        for order in orders:
            if order.stage is Stage.TAKING:
                placing.trade(floor, order, at, out)
        return None

    def _judge(self, command: ev.PlaceList) -> tuple[Refusal, int] | None:
        """What is judged before the engine: the filters of each leg and of all of them, and the order count."""
        floor, account, count = self._floor, command.account, len(command.legs)
        algos = sum(triggers.contingent(leg.request) for leg in command.legs)
        for index, leg in enumerate(command.legs):
            refusal = placing.judge(floor, account, leg.request, count, algos)
            if refusal is not None:
                return refusal, index
        most = floor.markets[command.symbol].listing.max_num_order_lists
        if len(self.owned(account, command.symbol)) >= most:
            return filters.failure("MAX_NUM_ORDER_LISTS"), 0
        refusal = placing.too_many(floor, account, command.at, count)
        return None if refusal is None else (refusal, 0)

    def _check(self, command: ev.PlaceList, orders: list[Order]) -> tuple[Refusal, int] | None:
        """Ids, and where the prices of a pair stand: one below the other and, if they work at once, on either side
        of the last price."""
        if any(found.cl_list_id == command.cl_list_id for found in self.owned(command.account)):
            return placing.DUPLICATE_ORDER, 0
        for index, order in enumerate(orders):
            refusal = placing.malformed(self._floor, order)
            if refusal is not None:
                return refusal, index
        pair = _pair(command, orders)
        if not pair:
            return None
        below, above = (_landmark(order.request) for order in pair)
        last_price = self._floor.market(pair[0]).state.last_price
        at_once = len(pair) == len(orders)
        if below is not None and (
            (above is not None and below >= above) or (at_once and below >= last_price)
        ):
            return BAD_PRICES, len(orders) - 2
        if above is not None and at_once and above <= last_price:
            return BAD_PRICES, len(orders) - 1
        return None

    def _fund(self, command: ev.PlaceList, orders: list[Order]) -> tuple[Refusal, int] | None:
        """Price and pay for what enters at once and, in an OPO not yet, for what waits."""
        floor, pair = self._floor, _pair(command, orders)
        waits = command.contingency is ContingencyType.ONE_TRIGGERS_THE_OTHER
        if waits:
            refusal = placing.prepare(floor, orders[0])
            if refusal is not None or command.opo:
                return None if refusal is None else (refusal, 0)
        later = orders[1:] if waits else orders
        for order in later:
            placing.reckon(floor, order)
        payer = _payer(later)
        if pair:
            prices = [order.lock_price for order in pair if order.lock_price is not None]
            payer.lock_floor = max(prices)
        enters = not waits and not triggers.contingent(payer.request)
        refusal = placing.prepare(floor, payer) if enters else placing.lock(floor, payer)
        return None if refusal is None else (refusal, orders.index(payer))

    def _begin(self, command: ev.PlaceList, orders: list[Order]) -> OrderList:
        list_id = self._next_list_id
        self._next_list_id += 1
        for order in orders:
            order.list_id = list_id
            placing.register(self._floor, order)
        order_list = self._open[list_id] = OrderList(
            list_id=list_id,
            account=command.account,
            symbol=command.symbol,
            cl_list_id=command.cl_list_id,
            contingency=command.contingency,
            opo=command.opo,
            order_ids=[order.order_id for order in orders],
            cl_ord_ids=[order.cl_ord_id for order in orders],
            instructions=[leg.instructions for leg in command.legs],
            created_at=command.at,
        )
        return order_list

    # --- what befalls a leg ----------------------------------------------------------------------------

    def alone(self, order: Order, at: int, out: list[Outcome]) -> None:
        """A leg is let go or filled: its partner gives way, and with it the lock they shared."""
        partner = self.partner(order)
        if partner is not None:
            placing.end(self._floor, partner, ExpiryReason.OCO_TRIGGER, at, out)
        order.lock_floor = ZERO

    def happened(self, event: Event, at: int, out: list[Outcome]) -> None:
        """A leg was filled or lost."""
        floor, market, order = self._floor, event.market, event.order
        order_list = self.of(order)
        if order_list is None:
            return
        works = order_list.waits and order.order_id == order_list.order_ids[0]
        if event.what is Happening.LOST:
            reason = ExpiryReason.OTO_WORKING_EXPIRED if works else ExpiryReason.EXCHANGE_CANCELED
            for other in self.live(order_list):
                placing.end(floor, other, reason, at, out)
        elif works:
            waiting = [leg for leg in self.live(order_list) if leg is not order]
            if order_list.opo:
                floor.clearing.lock(market.listing, _payer(waiting), order.received)
            if event.what is Happening.DONE:
                self._release(order_list, waiting, at, out)
        else:
            self.alone(order, at, out)
            if market.is_open(order):
                floor.clearing.relock(market.listing, order)
        self._close(order_list, at, out)

    def _release(self, order_list: OrderList, waiting: list[Order], at: int, out: list[Outcome]) -> None:
        """What waited for the working leg enters, or waits for its trigger from now on."""
        entering: list[Order] = []
        for order in waiting:
            refusal = self._size(order, waiting) if order_list.opo else None
            refusal = refusal or self._admit(order, at)
            if refusal is not None:  # its partner goes with it, once this is heard of
                placing.expire(self._floor, order, ExpiryReason.REJECTED_AT_TRIGGER, at, out)
                break
            placing.announce(self._floor, order, at, out)
            if order.stage is Stage.TAKING:
                entering.append(order)
        for order in entering:
            placing.trade(self._floor, order, at, out)

    def _size(self, order: Order, waiting: list[Order]) -> Refusal | None:
        """A leg of an OPO learns its quantity: what was received, in whole lots. The filters judge it only now."""
        market, payer = self._floor.market(order), _payer(waiting)
        listing, request = market.listing, order.request
        if order is waiting[0]:
            received = payer.locked
            qty = min(filters.whole_lots(listing, leg.request, received) for leg in waiting)
            for leg in waiting:
                leg.qty = qty
            self._floor.clearing.lock(listing, payer, qty)
        price = market.state.last_price if request.price is None else request.price
        refusal = filters.check_quantity(listing, request, order.qty)
        return refusal or filters.check_notional(listing, order.qty * price)

    def _admit(self, order: Order, at: int) -> Refusal | None:
        market = self._floor.market(order)
        market.state.update_id += 1
        if triggers.contingent(order.request):
            if triggers.would_trigger(order.request, market.state.last_price):
                return placing.WOULD_TRIGGER
            placing.arm(self._floor, order, at)
            return None
        refusal = placing.prepare(self._floor, order)
        if refusal is None:
            market.take(order, at)
        return refusal

    def partner(self, order: Order) -> Order | None:
        """The open leg that an order of a pair cancels, and is cancelled by."""
        order_list = self.of(order)
        if order_list is None:
            return None
        pair = order_list.order_ids[1:] if order_list.waits else order_list.order_ids
        if order.order_id not in pair:
            return None
        return next((leg for leg in self.live(order_list) if leg.order_id in pair and leg is not order), None)

    def _close(self, order_list: OrderList, at: int, out: list[Outcome], *, answers: bool = False) -> None:
        """A list without open legs is done."""
        if not self.live(order_list):
            del self._open[order_list.list_id]
            self._tell(order_list, ListStatusType.ALL_DONE, at, out, answers=answers)

    # --- requests --------------------------------------------------------------------------------------

    def cancel(self, order_list: OrderList, cl_ord_id: str, at: int, out: list[Outcome]) -> int:
        """End a list on request. How many orders that were."""
        legs = self.live(order_list)
        for order in legs:
            placing.cancel(self._floor, order, cl_ord_id, at, out)
        self._close(order_list, at, out, answers=True)
        return len(legs)

    def why_not_amend(self, order: Order) -> Refusal | None:
        """A leg of an OPO has no quantity to amend before it is released."""
        order_list = self.of(order)
        if order_list is not None and order_list.opo and order.stage is Stage.PENDING:
            return NO_AMEND
        return None

    def renamed(self, order: Order, at: int, out: list[Outcome]) -> None:
        """An amendment has given a leg another ClOrdID."""
        order_list = self.of(order)
        if order_list is not None:
            order_list.cl_ord_ids[order_list.order_ids.index(order.order_id)] = order.cl_ord_id
            self._tell(order_list, ListStatusType.UPDATED, at, out, answers=True)

    # --- telling ---------------------------------------------------------------------------------------

    def _tell(
        self,
        order_list: OrderList,
        status_type: ListStatusType,
        at: int,
        out: list[Outcome],
        *,
        answers: bool,
    ) -> None:
        """Tell the account how its list stands. The house is not told."""
        if order_list.account in self._house:
            return
        done = status_type is ListStatusType.ALL_DONE
        legs = zip(order_list.cl_ord_ids, order_list.order_ids, order_list.instructions, strict=True)
        out.append(
            ListStatus(
                account=order_list.account,
                symbol=order_list.symbol,
                cl_list_id=order_list.cl_list_id,
                contingency=order_list.contingency,
                status_type=status_type,
                order_status=ListOrderStatus.ALL_DONE if done else ListOrderStatus.EXECUTING,
                members=tuple(
                    Member(cl_ord_id=cl_ord_id, order_id=order_id, instructions=given)
                    for cl_ord_id, order_id, given in legs
                ),
                at=at,
                answers=answers,
                list_id=order_list.list_id,
                created_at=order_list.created_at,
            )
        )


def rejected(command: ev.PlaceList, refusal: Refusal, index: int) -> ListStatus:
    """The answer to a list that was refused for its leg `index`."""
    return ListStatus(
        account=command.account,
        symbol=command.symbol,
        cl_list_id=command.cl_list_id,
        contingency=command.contingency,
        status_type=ListStatusType.RESPONSE,
        order_status=ListOrderStatus.REJECT,
        members=tuple(
            Member(
                cl_ord_id=leg.cl_ord_id,
                instructions=leg.instructions,
                refusal=refusal if number == index else None,
            )
            for number, leg in enumerate(command.legs)
        ),
        at=command.at,
        answers=True,
    )


def _pair(command: ev.PlaceList, orders: list[Order]) -> list[Order]:
    """The two that cancel each other, below and above; none in an OTO or OPO."""
    waits = command.contingency is ContingencyType.ONE_TRIGGERS_THE_OTHER
    pair = orders[1:] if waits else orders
    return pair if len(pair) == 2 else []


def _landmark(request: OrderRequest) -> Decimal | None:
    """The price at which a leg of a pair comes to life. None when only the market can say."""
    return request.trigger_price if triggers.contingent(request) else request.price


def _payer(legs: list[Order]) -> Order:
    """The leg that holds the lock: the one that rests on the book and may be filled at any time, else the first."""
    return next((leg for leg in legs if not triggers.contingent(leg.request)), legs[0])

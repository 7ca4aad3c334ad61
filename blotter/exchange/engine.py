"""The exchange's rules of trade, pure and deterministic: commands in, outcomes out.

Time is in each command and there is no randomness: the same commands in the same order give the same state and
the same outcomes, which is what lets a log of commands be the exchange's memory. The texts and codes are the
venue's (fact sheet section 12).

How an order enters and leaves is in `placing`, what the legs of a list mean for each other in `lists`. What a trade
sets off (triggers, legs filled or lost) is queued while it happens and worked off here, in order, before the command
is over.
"""

from collections import deque

import msgspec

from blotter.exchange import event as ev
from blotter.exchange import filters, lists, modifying, placing
from blotter.exchange.account import Account, OrderLimit
from blotter.exchange.book import Order, Stage
from blotter.exchange.clearing import Clearing
from blotter.exchange.event import Outcome, Refusal, Report
from blotter.exchange.history import History, HistoryState
from blotter.exchange.listing import ZERO, Listing
from blotter.exchange.lists import Lists, ListsState
from blotter.exchange.market import Event, Happening, Market, MarketState, live_status
from blotter.exchange.placing import Floor
from blotter.trading.enums import CancelRestrictions, ExecType, OrdStatus
from blotter.venues.binance.errors import ErrorCode, ErrorText

UNKNOWN_ORDER = Refusal(ErrorCode.CANCEL_REJECTED, ErrorText.UNKNOWN_ORDER)
UNKNOWN_ORDER_TO_AMEND = Refusal(ErrorCode.ORDER_AMEND_REJECTED, ErrorText.UNKNOWN_ORDER)
RESTRICTED = Refusal(ErrorCode.CANCEL_REJECTED, ErrorText.CANCEL_RESTRICTED)
NO_CHANGE = Refusal(ErrorCode.ORDER_AMEND_REJECTED, ErrorText.NO_CHANGE)
AMEND_UP = Refusal(ErrorCode.ORDER_AMEND_REJECTED, ErrorText.AMEND_INCREASE)
TOO_MANY_AMENDS = Refusal(
    ErrorCode.ORDER_AMEND_REJECTED, ErrorText.FILTER_FAILURE.format("MAX_NUM_ORDER_AMENDS")
)
AMEND_DUPLICATE = Refusal(ErrorCode.ORDER_AMEND_REJECTED, ErrorText.DUPLICATE_ORDER)


class EngineState(msgspec.Struct, kw_only=True):
    """Everything, as a snapshot keeps it. `commands`: how many made it."""

    commands: int
    clearing: Clearing
    markets: list[MarketState]
    lists: ListsState
    histories: dict[str, HistoryState]


class Engine:
    """All markets and accounts."""

    def __init__(self, listings: tuple[Listing, ...], state: EngineState | None = None) -> None:
        self._listings = listings
        self._restore(state or _blank(commands=0))

    def _restore(self, state: EngineState) -> None:
        known = {m.symbol: m for m in state.markets}
        self.commands = state.commands
        self.clearing = state.clearing
        self.histories = {name: History(history) for name, history in state.histories.items()}
        self._house = {name for name, account in self.clearing.accounts.items() if account.house}
        self._happened: deque[Event] = deque()
        self.markets = {
            listing.symbol: Market(listing, self._house, known.get(listing.symbol), self._happened)
            for listing in self._listings
        }
        self._floor = Floor(self.markets, self.clearing)
        self.lists = Lists(self._floor, self._house, state.lists)

    def dump(self) -> EngineState:
        """A picture of now; it shares what is mutable, so encode it before the next command."""
        return EngineState(
            commands=self.commands,
            clearing=self.clearing,
            markets=[market.dump() for market in self.markets.values()],
            lists=self.lists.dump(),
            histories={name: history.dump() for name, history in self.histories.items()},
        )

    def submit(self, command: ev.AnyCommand) -> list[Outcome]:
        """Do what is asked. Raises `KeyError` for an account or symbol that does not exist."""
        self.commands += 1
        out: list[Outcome] = []
        match command:
            case ev.Place():
                self._place(command, out)
            case ev.PlaceList():
                self._place_list(command, out)
            case ev.Cancel():
                self._cancel(command, out)
            case ev.CancelList():
                self._cancel_list(command, out)
            case ev.Replace():
                self._replace(command, out)
            case ev.Amend():
                self._amend(command, out)
            case ev.Modify():
                self._modify(command, out)
            case ev.MassCancel():
                self._mass_cancel(command, out)
            case ev.Expire():
                self._expire(command, out)
            case ev.OpenAccount():
                self._open_account(command)
            case ev.Wipe():
                self._restore(_blank(self.commands))
        self._work_off(command.at, out)
        for outcome in out:
            if isinstance(outcome, ev.Notice):
                self.histories[outcome.account].note(outcome)
        return out

    def refuse(self, command: ev.Place, refusal: Refusal) -> Report:
        """What its owner is told of a new order that is not even tried. Changes nothing."""
        request = command.request
        listing = self.markets[request.symbol].listing
        return placing.rejected(command.account, command.cl_ord_id, request, refusal, listing, command.at)

    def refuse_list(self, command: ev.PlaceList, refusal: Refusal, leg: int = 0) -> list[Outcome]:
        """The same of a list. The venue may say it of the list or of its orders (fact sheet 6.6); here it is both."""
        listing = self.markets[command.symbol].listing
        return [
            lists.rejected(command, refusal, leg),
            *(
                placing.rejected(
                    command.account, order.cl_ord_id, order.request, refusal, listing, command.at
                )
                for order in command.legs
            ),
        ]

    def _work_off(self, at: int, out: list[Outcome]) -> None:
        """What trades have set off, until nothing is left of it."""
        while self._happened:
            event = self._happened.popleft()
            if event.what is not Happening.TRIGGERED:
                self.lists.happened(event, at, out)
            elif event.order.stage is Stage.ARMED and event.market.is_open(event.order):
                self.lists.alone(event.order, at, out)
                placing.activate(self._floor, event.order, at, out)

    def _open_account(self, command: ev.OpenAccount) -> None:
        self.clearing.accounts[command.account] = Account(
            name=command.account,
            free=dict(command.balances),
            fee_rate=command.fee_rate,
            house=command.house,
            limits=[OrderLimit(seconds=s, maximum=n) for s, n in command.order_limits],
        )
        self.histories[command.account] = History()
        if command.house:
            self._house.add(command.account)

    # --- new orders ------------------------------------------------------------------------------------

    def _place(self, command: ev.Place, out: list[Outcome]) -> None:
        refusal = self._before_the_engine(command) or placing.too_many(
            self._floor, command.account, command.at
        )
        if refusal is None:
            self.clearing.accounts[command.account].count(1, command.at)
            refusal = self._enter(command, out)
        if refusal is not None:
            out.append(self.refuse(command, refusal))

    def _before_the_engine(self, command: ev.Place) -> Refusal | None:
        return placing.judge(self._floor, command.account, command.request)

    def _enter(self, command: ev.Place, out: list[Outcome]) -> Refusal | None:
        order = placing.new_order(
            self._floor, command.account, command.cl_ord_id, command.request, command.at, command.session
        )
        return placing.enter(self._floor, order, command.at, out)

    def _place_list(self, command: ev.PlaceList, out: list[Outcome]) -> None:
        fault = self.lists.place(command, out)
        if fault is not None:
            out += self.refuse_list(command, *fault)

    # --- cancels and changes ---------------------------------------------------------------------------

    def _cancel(self, command: ev.Cancel, out: list[Outcome]) -> bool:
        """True when the order is gone. A leg takes its whole list with it."""
        market = self.markets[command.symbol]
        order = _within(
            command.session, market.find(command.account, command.order_id, command.orig_cl_ord_id)
        )
        if order is None:
            refusal = UNKNOWN_ORDER
        elif _restricts(command.restrictions, order):
            refusal = RESTRICTED
        else:
            self._end(order, command.cl_ord_id, command.at, out)
            return True
        out.append(ev.CancelRefused(account=command.account, cancel=command, refusal=refusal))
        return False

    def _cancel_list(self, command: ev.CancelList, out: list[Outcome]) -> None:
        found = self.lists.find(command.account, command.symbol, command.list_id, command.orig_cl_list_id)
        if found is None:
            refusal = UNKNOWN_ORDER
        elif any(_restricts(command.restrictions, leg) for leg in self.lists.live(found)):
            refusal = RESTRICTED
        else:
            self.lists.cancel(found, command.cl_ord_id, command.at, out)
            return
        out.append(ev.CancelRefused(account=command.account, cancel=command, refusal=refusal))

    def _end(self, order: Order, cl_ord_id: str, at: int, out: list[Outcome]) -> int:
        """Cancel an order, or the list it is of. How many orders that were."""
        order_list = self.lists.of(order)
        if order_list is not None:
            return self.lists.cancel(order_list, cl_ord_id, at, out)
        placing.cancel(self._floor, order, cl_ord_id, at, out)
        return 1

    def _replace(self, command: ev.Replace, out: list[Outcome]) -> None:
        """Filters and the order count are judged before either part; the new order counts even if it is not tried
        (fact sheet 6.3).

        Where the venue does not say which messages follow, these do: over the order count and told to do nothing, the
        new order alone is refused (`8`, -1015); a new order that is not tried since the cancel failed is not reported.
        """
        place = command.place
        refusal = self._before_the_engine(place)
        if refusal is None:
            refusal = placing.too_many(self._floor, place.account, command.at)
            if refusal is not None and command.cancel_even_over_limit:
                self._cancel(command.cancel, out)
        if refusal is None:
            self.clearing.accounts[command.account].count(1, command.at)
            if self._cancel(command.cancel, out) or not command.stop_on_failure:
                refusal = self._enter(place, out)
        if refusal is not None:
            out.append(self.refuse(place, refusal))

    def _amend(self, command: ev.Amend, out: list[Outcome]) -> None:
        market = self.markets[command.symbol]
        order = market.find(command.account, command.order_id, command.orig_cl_ord_id)
        refusal = self._why_not_amend(market, order, command)
        if refusal is not None or order is None:
            refusal = refusal or UNKNOWN_ORDER_TO_AMEND
            out.append(ev.AmendRefused(account=command.account, amend=command, refusal=refusal))
            return
        market.state.update_id += 1
        order.amends += 1
        if not self._shrink(market, order, command, out):
            return
        partner = self.lists.partner(order)
        if partner is not None:  # the legs of a pair have one quantity
            self._shrink(market, partner, command, out, named=partner.cl_ord_id)
        if command.cl_ord_id != order.cl_ord_id:
            market.rename(order, command.cl_ord_id)
            self.lists.renamed(order, command.at, out)

    def _shrink(
        self,
        market: Market,
        order: Order,
        command: ev.Amend,
        out: list[Outcome],
        *,
        named: str | None = None,
    ) -> bool:
        """Take an order's quantity down to what is asked. False when nothing is left of it to work."""
        order.qty = command.order_qty
        if order.max_floor is not None:
            order.max_floor = min(order.max_floor, order.qty)
        gone = order.leaves <= ZERO
        if gone:
            # Already filled as far as the new total goes (fact sheet 6.4).
            order.qty = order.cum_qty + order.prevented_qty
            market.remove(order)
            self.clearing.release(market.listing, order)
            exec_type, status = ExecType.EXPIRED, OrdStatus.EXPIRED
        else:
            if order.stage is Stage.RESTING:
                order.visible = order.leaves if order.max_floor is None else min(order.visible, order.leaves)
            self.clearing.relock(market.listing, order)
            exec_type, status = ExecType.REPLACED, live_status(order)
        market.report(
            out, order, exec_type, status, command.at, answers=True, cl_ord_id=named or command.cl_ord_id
        )
        if gone:
            market.note(Happening.LOST, order)
        return not gone

    def _why_not_amend(self, market: Market, order: Order | None, command: ev.Amend) -> Refusal | None:
        if order is None:
            return UNKNOWN_ORDER_TO_AMEND
        other = market.by_cl_ord_id.get((command.account, command.cl_ord_id))
        if other is not None and other is not order:
            return AMEND_DUPLICATE
        refusal = self.lists.why_not_amend(order) or filters.check_qty(market.listing, command.order_qty)
        if refusal is not None:
            return refusal
        if command.order_qty == order.qty:
            return NO_CHANGE
        if command.order_qty > order.qty:
            return AMEND_UP
        if order.amends >= market.listing.max_num_order_amends:
            return TOO_MANY_AMENDS
        return None

    def _modify(self, command: ev.Modify, out: list[Outcome]) -> None:
        market = self.markets[command.symbol]
        order = _within(
            command.session, market.find(command.account, command.order_id, command.orig_cl_ord_id)
        )
        in_list = order is not None and self.lists.of(order) is not None
        refusal = modifying.modify(self._floor, command, order, in_list=in_list, out=out)
        if refusal is not None:
            out.append(ev.ModifyRefused(account=command.account, modify=command, refusal=refusal))

    def _expire(self, command: ev.Expire, out: list[Outcome]) -> None:
        order = self.markets[command.symbol].find(command.account, command.order_id, None)
        if order is not None:
            placing.expire(self._floor, order, None, command.at, out)

    def _mass_cancel(self, command: ev.MassCancel, out: list[Outcome]) -> None:
        markets = [self.markets[command.symbol]] if command.symbol else self.markets.values()
        affected = 0
        for market in markets:
            for order in market.owned(command.account):
                # A list goes with its first leg.
                if market.is_open(order) and _within(command.session, order) is not None:
                    affected += self._end(order, command.cl_ord_id, command.at, out)
        if not command.cl_ord_id:
            return
        out.append(
            ev.MassCanceled(
                account=command.account,
                request=command,
                affected=affected,
                refusal=None if affected else UNKNOWN_ORDER,
            )
        )


def _blank(commands: int) -> EngineState:
    """The state before anything happened, after so many commands."""
    return EngineState(commands=commands, clearing=Clearing(), markets=[], lists=ListsState(), histories={})


def _within(session: str, order: Order | None) -> Order | None:
    """The order, if a session that may only reach its own can reach it ("": it may reach all)."""
    return order if order is None or session in ("", order.session) else None


def _restricts(restrictions: CancelRestrictions | None, order: Order) -> bool:
    """Whether a cancel was asked for only of an order that stands otherwise."""
    return restrictions is not None and ((restrictions is CancelRestrictions.ONLY_NEW) != (not order.cum_qty))

"""The exchange's rules of trade, pure and deterministic: commands in, outcomes out.

Time is in each command and there is no randomness: the same commands in the same order give the same state and
the same outcomes, which is what lets a log of commands be the exchange's memory. The texts and codes are the
venue's (fact sheet section 12).
"""

import msgspec

from blotter.exchange import event as ev
from blotter.exchange import filters
from blotter.exchange.account import Account, OrderLimit
from blotter.exchange.book import Order
from blotter.exchange.clearing import Clearing, requirement
from blotter.exchange.event import ExpiryReason, Outcome, Refusal, Report
from blotter.exchange.history import History, HistoryState
from blotter.exchange.listing import ZERO, Listing
from blotter.exchange.market import Market, MarketState, live_status
from blotter.exchange.matching import Plan, crosses, match, plan
from blotter.trading.enums import ExecType, OrdStatus, OrdType, TimeInForce
from blotter.venues.binance.errors import ErrorCode, ErrorText

UNKNOWN_ORDER = Refusal(ErrorCode.CANCEL_REJECTED, ErrorText.UNKNOWN_ORDER)
UNKNOWN_ORDER_TO_AMEND = Refusal(ErrorCode.ORDER_AMEND_REJECTED, ErrorText.UNKNOWN_ORDER)
DUPLICATE_ORDER = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.DUPLICATE_ORDER)
NO_FUNDS = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.INSUFFICIENT_BALANCE)
WOULD_TAKE = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.WOULD_TAKE)
ICEBERG_TOO_BIG = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.ICEBERG_EXCEEDS_QTY)
NO_LIQUIDITY = Refusal(ErrorCode.NEW_ORDER_REJECTED, ErrorText.NO_LIQUIDITY)
RESTRICTED = Refusal(ErrorCode.CANCEL_REJECTED, ErrorText.CANCEL_RESTRICTED)
NO_CHANGE = Refusal(ErrorCode.ORDER_AMEND_REJECTED, ErrorText.NO_CHANGE)
AMEND_UP = Refusal(ErrorCode.ORDER_AMEND_REJECTED, ErrorText.AMEND_INCREASE)
AMEND_DUPLICATE = Refusal(ErrorCode.ORDER_AMEND_REJECTED, ErrorText.DUPLICATE_ORDER)
UNSUPPORTED = Refusal(ErrorCode.UNSUPPORTED_OPERATION, "This operation is not supported.")


class EngineState(msgspec.Struct, kw_only=True):
    """Everything, as a snapshot keeps it. `commands`: how many made it."""

    commands: int
    clearing: Clearing
    markets: list[MarketState]
    histories: dict[str, HistoryState]


class Engine:
    """All markets and accounts."""

    def __init__(self, listings: tuple[Listing, ...], state: EngineState | None = None) -> None:
        known = {m.symbol: m for m in state.markets} if state is not None else {}
        self.commands = state.commands if state is not None else 0
        self.clearing = state.clearing if state is not None else Clearing()
        histories = state.histories if state is not None else {}
        self.histories = {name: History(history) for name, history in histories.items()}
        self._house = {name for name, account in self.clearing.accounts.items() if account.house}
        self.markets = {
            listing.symbol: Market(listing, self._house, known.get(listing.symbol)) for listing in listings
        }

    def dump(self) -> EngineState:
        """A picture of now; it shares what is mutable, so encode it before the next command."""
        return EngineState(
            commands=self.commands,
            clearing=self.clearing,
            markets=[market.dump() for market in self.markets.values()],
            histories={name: history.dump() for name, history in self.histories.items()},
        )

    def submit(self, command: ev.AnyCommand) -> list[Outcome]:
        """Do what is asked. Raises `KeyError` for an account or symbol that does not exist."""
        self.commands += 1
        out: list[Outcome] = []
        match command:
            case ev.Place():
                self._place(command, out)
            case ev.Cancel():
                self._cancel(command, out)
            case ev.Replace():
                self._replace(command, out)
            case ev.Amend():
                self._amend(command, out)
            case ev.MassCancel():
                self._mass_cancel(command, out)
            case ev.OpenAccount():
                self._open_account(command)
        for outcome in out:
            if isinstance(outcome, Report):
                self.histories[outcome.account].note(outcome)
        return out

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
        refusal = self._before_the_engine(command) or self._too_many(command)
        if refusal is None:
            self.clearing.accounts[command.account].count(1, command.at)
            refusal = self._execute(command, out)
        if refusal is not None:
            out.append(_rejected(command, refusal, self.markets[command.request.symbol].listing))

    def _before_the_engine(self, command: ev.Place) -> Refusal | None:
        """What is judged before anything happens: order type and filters."""
        market, request = self.markets[command.request.symbol], command.request
        if request.ord_type not in (OrdType.MARKET, OrdType.LIMIT):
            return UNSUPPORTED
        refusal = filters.check(market.listing, request, market.state.last_price)
        open_orders = market.open_count.get(command.account, 0)
        if refusal is None and open_orders >= market.listing.max_num_orders:
            return filters.failure("MAX_NUM_ORDERS")
        return refusal

    def _too_many(self, command: ev.Command) -> Refusal | None:
        limit = self.clearing.accounts[command.account].exceeded(command.at)
        if limit is None:
            return None
        span = "DAY" if limit.seconds == 86_400 else f"{limit.seconds} SECONDS"
        return Refusal(ErrorCode.TOO_MANY_ORDERS, ErrorText.TOO_MANY_ORDERS.format(limit.maximum, span))

    def _execute(self, command: ev.Place, out: list[Outcome]) -> Refusal | None:
        """Judge by books and balances, then match and rest. Returns the refusal when nothing was done."""
        market, request, account = self.markets[command.request.symbol], command.request, command.account
        listing = market.listing
        stp = request.self_trade_prevention or listing.default_stp
        if (account, command.cl_ord_id) in market.by_cl_ord_id:
            return DUPLICATE_ORDER
        max_floor = request.max_floor or None
        if max_floor is not None and request.order_qty is not None and max_floor > request.order_qty:
            return ICEBERG_TOO_BIG
        best = market.book.against(request.side).best
        if filters.post_only(request) and best is not None and crosses(request.side, request.price, best):
            return WOULD_TAKE
        outlook: Plan | None = None
        if request.price is None or request.time_in_force is TimeInForce.FILL_OR_KILL:
            outlook = plan(market, account, request, stp)
        qty = request.order_qty
        if qty is None:
            if outlook is None or not outlook.qty:
                return NO_LIQUIDITY
            qty = outlook.qty
        order = Order(
            account=account,
            order_id=-1,
            cl_ord_id=command.cl_ord_id,
            request=request,
            qty=qty,
            max_floor=max_floor,
            stp=stp,
            created_at=command.at,
            target_strategy=command.target_strategy,
            strategy_id=command.strategy_id,
        )
        cost = requirement(request.side, request.price, qty)
        if cost is None:
            cost = max(outlook.quote_qty if outlook is not None else ZERO, request.cash_order_qty or ZERO)
        if not self.clearing.lock(listing, order, cost):
            return NO_FUNDS
        order.order_id = market.new_order_id(account)
        market.state.update_id += 1
        market.report(out, order, ExecType.NEW, OrdStatus.NEW, command.at, answers=True)
        self._match(market, order, outlook, command.at, out)
        return None

    def _match(self, market: Market, order: Order, outlook: Plan | None, at: int, out: list[Outcome]) -> None:
        fok = order.request.time_in_force is TimeInForce.FILL_OR_KILL
        if fok and outlook is not None and not outlook.complete:
            self._expire(market, order, ExpiryReason.UNFILLED_FOK_ORDER, at, out)
            return
        if not match(market, self.clearing, order, at, out):
            return  # ended by self-trade prevention
        unserved_cash = outlook is not None and order.request.order_qty is None and not outlook.complete
        if not order.leaves and not unserved_cash:
            self.clearing.release(market.listing, order)
        elif filters.rests(order.request):
            order.show()
            market.rest(order)
        else:
            ioc = order.request.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL
            reason = ExpiryReason.UNFILLED_IOC_QUANTITY if ioc else ExpiryReason.INSUFFICIENT_LIQUIDITY
            self._expire(market, order, reason, at, out)

    def _expire(
        self, market: Market, order: Order, reason: ExpiryReason, at: int, out: list[Outcome]
    ) -> None:
        self.clearing.release(market.listing, order)
        market.report(out, order, ExecType.EXPIRED, OrdStatus.EXPIRED, at, expiry_reason=reason)

    # --- cancels and changes ---------------------------------------------------------------------------

    def _cancel(self, command: ev.Cancel, out: list[Outcome]) -> bool:
        """True when the order is gone."""
        market = self.markets[command.symbol]
        order = market.find(command.account, command.order_id, command.orig_cl_ord_id)
        if order is None:
            refusal = UNKNOWN_ORDER
        elif command.restrictions is not None and (
            (command.restrictions is ev.CancelRestrictions.ONLY_NEW) != (not order.cum_qty)
        ):
            refusal = RESTRICTED
        else:
            self._end(market, order, command.cl_ord_id, command.at, out)
            return True
        out.append(ev.CancelRefused(account=command.account, cancel=command, refusal=refusal))
        return False

    def _end(self, market: Market, order: Order, cl_ord_id: str, at: int, out: list[Outcome]) -> None:
        market.remove(order)
        market.state.update_id += 1
        self.clearing.release(market.listing, order)
        market.report(
            out, order, ExecType.CANCELED, OrdStatus.CANCELED, at, answers=True, cl_ord_id=cl_ord_id
        )

    def _replace(self, command: ev.Replace, out: list[Outcome]) -> None:
        """Filters and the order count are judged before either part (fact sheet 6.3)."""
        place = command.place
        listing = self.markets[place.request.symbol].listing
        refusal = self._before_the_engine(place)
        if refusal is None:
            refusal = self._too_many(place)
            if refusal is not None and command.cancel_even_over_limit:
                self._cancel(command.cancel, out)
        if refusal is None:
            self.clearing.accounts[command.account].count(1, command.at)
            if self._cancel(command.cancel, out) or not command.stop_on_failure:
                refusal = self._execute(place, out)
        if refusal is not None:
            out.append(_rejected(place, refusal, listing))

    def _amend(self, command: ev.Amend, out: list[Outcome]) -> None:
        market = self.markets[command.symbol]
        order = market.find(command.account, command.order_id, command.orig_cl_ord_id)
        refusal = self._why_not_amend(market, order, command)
        if refusal is not None or order is None:
            refusal = refusal or UNKNOWN_ORDER_TO_AMEND
            out.append(ev.AmendRefused(account=command.account, amend=command, refusal=refusal))
            return
        order.qty = command.order_qty
        order.amends += 1
        market.state.update_id += 1
        if order.max_floor is not None:
            order.max_floor = min(order.max_floor, order.qty)
        order.visible = min(order.visible, order.leaves) if order.max_floor is not None else order.leaves
        if order.leaves > ZERO:
            self.clearing.relock(market.listing, order)
            exec_type, status = ExecType.REPLACED, live_status(order)
        else:
            # Already filled as far as the new total goes: nothing is left to work (fact sheet 6.4).
            order.qty = order.cum_qty + order.prevented_qty
            market.remove(order)
            self.clearing.release(market.listing, order)
            exec_type, status = ExecType.EXPIRED, OrdStatus.EXPIRED
        market.report(out, order, exec_type, status, command.at, answers=True, cl_ord_id=command.cl_ord_id)
        if status is not OrdStatus.EXPIRED:
            market.rename(order, command.cl_ord_id)

    def _why_not_amend(self, market: Market, order: Order | None, command: ev.Amend) -> Refusal | None:
        if order is None:
            return UNKNOWN_ORDER_TO_AMEND
        other = market.by_cl_ord_id.get((command.account, command.cl_ord_id))
        if other is not None and other is not order:
            return AMEND_DUPLICATE
        refusal = filters.check_qty(market.listing, command.order_qty)
        if refusal is not None:
            return refusal
        if command.order_qty == order.qty:
            return NO_CHANGE
        if command.order_qty > order.qty:
            return AMEND_UP
        if order.amends >= market.listing.max_num_order_amends:
            return filters.failure("MAX_NUM_ORDER_AMENDS")
        return None

    def _mass_cancel(self, command: ev.MassCancel, out: list[Outcome]) -> None:
        market = self.markets[command.symbol]
        orders = market.owned(command.account)
        for order in orders:
            self._end(market, order, command.cl_ord_id, command.at, out)
        out.append(
            ev.MassCanceled(
                account=command.account,
                request=command,
                affected=len(orders),
                refusal=None if orders else UNKNOWN_ORDER,
            )
        )


def _rejected(command: ev.Place, refusal: Refusal, listing: Listing) -> Report:
    """The report of an order that was refused: it never got an OrderID or an ExecID."""
    request = command.request
    return Report(
        account=command.account,
        symbol=request.symbol,
        side=request.side,
        ord_type=request.ord_type,
        exec_type=ExecType.REJECTED,
        ord_status=OrdStatus.REJECTED,
        at=command.at,
        cl_ord_id=command.cl_ord_id,
        cum_qty=ZERO,
        cum_quote_qty=ZERO,
        stp=request.self_trade_prevention or listing.default_stp,
        answers=True,
        order_qty=request.order_qty,
        cash_order_qty=request.cash_order_qty,
        price=request.price,
        time_in_force=request.time_in_force,
        post_only=filters.post_only(request),
        max_floor=request.max_floor,
        target_strategy=command.target_strategy,
        strategy_id=command.strategy_id,
        leaves_qty=ZERO,
        refusal=refusal,
    )

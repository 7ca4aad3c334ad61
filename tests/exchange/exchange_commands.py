"""Engine tests' vocabulary: short ways to say a command, and invariants every state must satisfy."""

from decimal import Decimal

import msgspec
from exchange_client import request

from blotter.exchange.account import round_up
from blotter.exchange.book import Order, Stage
from blotter.exchange.engine import Engine
from blotter.exchange.event import (
    Amend,
    AnyCommand,
    Cancel,
    CancelList,
    Leg,
    ListStatus,
    MassCancel,
    Modify,
    OpenAccount,
    Outcome,
    Place,
    PlaceList,
    Replace,
    Report,
    Traded,
)
from blotter.exchange.listing import LISTINGS, OPENING_BALANCES, Listing
from blotter.trading.enums import (
    ContingencyType,
    OrdType,
    SelfTradePreventionMode,
    Side,
    TimeInForce,
    TriggerPriceDirection,
)
from blotter.trading.request import ListKind, OrderRequest

ACCOUNTS = ("ann", "bob")
LIMITS = ((10, 50), (86_400, 5_000))
UP, DOWN = TriggerPriceDirection.UP, TriggerPriceDirection.DOWN
_UNSIZED = (ListKind.OPO, ListKind.OPOCO)


def stop(
    side: Side, qty: str | None, trigger: str | None, price: str | None = None, **more: object
) -> OrderRequest:
    """A stop-loss, at the market or with a limit price good till cancelled; `more` overrides."""
    terms: dict[str, object] = {
        "symbol": "BTCUSDT",
        "side": side,
        "ord_type": OrdType.STOP if price is None else OrdType.STOP_LIMIT,
        "order_qty": None if qty is None else Decimal(qty),
        "price": None if price is None else Decimal(price),
        "time_in_force": None if price is None else TimeInForce.GOOD_TILL_CANCEL,
        "trigger_price": None if trigger is None else Decimal(trigger),
        "trigger_direction": UP if side is Side.BUY else DOWN,
    }
    return OrderRequest(**{**terms, **more})  # type: ignore[arg-type]


def take_profit(
    side: Side, qty: str | None, trigger: str | None, price: str | None = None, **more: object
) -> OrderRequest:
    """The same the other way."""
    return stop(side, qty, trigger, price, **{"trigger_direction": DOWN if side is Side.BUY else UP, **more})


class Desk:
    """An engine with two accounts and a clock that ticks once a command."""

    def __init__(self, *, fee_rate: str = "0.001", listings: tuple[Listing, ...] = LISTINGS) -> None:
        self.engine = Engine(listings)
        self.log: list[AnyCommand] = []
        self.at = 0
        for account in ACCOUNTS:
            self.do(
                OpenAccount(
                    at=0,
                    account=account,
                    balances=OPENING_BALANCES,
                    fee_rate=Decimal(fee_rate),
                    order_limits=LIMITS,
                )
            )
        self.do(OpenAccount(at=0, account="cat", balances=OPENING_BALANCES, house=True))
        self.totals = {asset: self.engine.clearing.total(asset) for asset in OPENING_BALANCES}

    def do(self, command: AnyCommand) -> list[Outcome]:
        self.log.append(command)
        return self.engine.submit(command)

    def _now(self) -> int:
        self.at += 1_000_000
        return self.at

    def place(
        self, account: str, cl_ord_id: str, side: Side, qty: str, price: str | None, **more: object
    ) -> list[Outcome]:
        terms = request(side, qty, price, **more)  # type: ignore[arg-type]
        return self.do(Place(at=self._now(), account=account, cl_ord_id=cl_ord_id, request=terms))

    def order(self, account: str, cl_ord_id: str, terms: OrderRequest) -> list[Outcome]:
        return self.do(Place(at=self._now(), account=account, cl_ord_id=cl_ord_id, request=terms))

    def last(self, price: str, symbol: str = "BTCUSDT") -> list[Outcome]:
        """A trade of others at this price; what it sets off. The book has no better prices."""
        for side in (Side.BUY, Side.SELL):
            found = self.place(
                "cat", f"cat{side.value}", side, "0.1", price, symbol=symbol,
                self_trade_prevention=SelfTradePreventionMode.NONE,
            )  # fmt: skip
        return found

    def group(self, account: str, name: str, kind: ListKind, *legs: OrderRequest) -> list[Outcome]:
        """A list whose legs are called after it, by their place."""
        oco = kind is ListKind.OCO
        return self.do(
            PlaceList(
                at=self._now(),
                account=account,
                cl_list_id=name,
                contingency=ContingencyType("1" if oco else "2"),
                legs=tuple(Leg(cl_ord_id=f"{name}{n}", request=leg) for n, leg in enumerate(legs)),
                opo=kind in _UNSIZED,
            )
        )

    def cancel_list(self, account: str, name: str) -> list[Outcome]:
        return self.do(
            CancelList(at=self._now(), account=account, cl_ord_id="c", symbol="BTCUSDT", orig_cl_list_id=name)
        )

    def cancel(self, account: str, orig: str, symbol: str = "BTCUSDT") -> list[Outcome]:
        return self.do(
            Cancel(at=self._now(), account=account, cl_ord_id="c", symbol=symbol, orig_cl_ord_id=orig)
        )

    def amend(self, account: str, cl_ord_id: str, orig: str, qty: str) -> list[Outcome]:
        return self.do(
            Amend(
                at=self._now(),
                account=account,
                cl_ord_id=cl_ord_id,
                symbol="BTCUSDT",
                order_qty=Decimal(qty),
                orig_cl_ord_id=orig,
            )
        )

    def modify(
        self, account: str, cl_ord_id: str, orig: str, qty: str | None, price: str | None, **more: object
    ) -> list[Outcome]:
        return self.do(
            Modify(
                at=self._now(),
                account=account,
                cl_ord_id=cl_ord_id,
                symbol="BTCUSDT",
                order_qty=None if qty is None else Decimal(qty),
                price=None if price is None else Decimal(price),
                orig_cl_ord_id=orig,
                **more,  # type: ignore[arg-type]
            )
        )

    def replace(
        self, account: str, cl_ord_id: str, orig: str, side: Side, qty: str, price: str
    ) -> list[Outcome]:
        at = self._now()
        return self.do(
            Replace(
                at=at,
                account=account,
                cancel=Cancel(at=at, account=account, cl_ord_id="c", symbol="BTCUSDT", orig_cl_ord_id=orig),
                place=Place(at=at, account=account, cl_ord_id=cl_ord_id, request=request(side, qty, price)),
                stop_on_failure=False,
            )
        )

    def mass_cancel(self, account: str) -> list[Outcome]:
        return self.do(MassCancel(at=self._now(), account=account, cl_ord_id="all", symbol="BTCUSDT"))


def reports(outcomes: list[Outcome], account: str | None = None) -> list[Report]:
    return [o for o in outcomes if isinstance(o, Report) and account in (None, o.account)]


def lifecycle(outcomes: list[Outcome], account: str | None = None) -> list[str]:
    """150/39 of each report."""
    return [f"{r.exec_type.value}/{r.ord_status.value}" for r in reports(outcomes, account)]


def story(outcomes: list[Outcome], account: str | None = None) -> list[str]:
    """Reports by order and 150/39, with the reason of an expiry; lists by 429/431."""
    told = []
    for o in outcomes:
        if isinstance(o, Report) and account in (None, o.account):
            name = o.cl_ord_id if o.orig_cl_ord_id is None else o.orig_cl_ord_id
            reason = "" if o.expiry_reason is None else f" {o.expiry_reason.value}"
            told.append(f"{name} {o.exec_type.value}/{o.ord_status.value}{reason}")
        elif isinstance(o, ListStatus) and account in (None, o.account):
            told.append(f"{o.cl_list_id} {o.status_type.value}/{o.order_status.value}")
    return told


def refusal(outcomes: list[Outcome]) -> tuple[int, str]:
    """Code and text of the one thing refused."""
    (found,) = {o.refusal for o in outcomes if isinstance(o, Report) and o.refusal is not None}
    assert found is not None
    return int(found.code), found.text


def trades(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    """Price and quantity of each trade."""
    return [(str(o.price), str(o.qty)) for o in outcomes if isinstance(o, Traded)]


def check_invariants(desk: Desk) -> None:
    """What no sequence of commands may break."""
    clearing = desk.engine.clearing
    for asset, total in desk.totals.items():
        assert clearing.total(asset) == total, asset
    assert sum(clearing.swapped.values()) == 0
    for account in clearing.accounts.values():
        assert all(amount >= 0 for amount in (*account.free.values(), *account.locked.values()))
    for name, account in clearing.accounts.items():
        behind: dict[str, Decimal] = {}
        for market in desk.engine.markets.values():
            for order in market.owned(name):
                asset = market.listing.quote if order.side is Side.BUY else market.listing.base
                behind[asset] = behind.get(asset, Decimal(0)) + order.locked
        assert {a: v for a, v in account.locked.items() if v} == {a: v for a, v in behind.items() if v}
    for market in desk.engine.markets.values():
        bid, ask = market.book.bids.best, market.book.asks.best
        assert bid is None or ask is None or bid < ask
        resting = [*market.book.bids.orders(), *market.book.asks.orders()]
        for order in resting:
            assert order.stage is Stage.RESTING
            assert 0 < order.visible <= order.leaves
            assert order.max_floor is None or order.visible <= order.max_floor
        assert len(market.open) == len(market.by_cl_ord_id) == sum(market.open_count.values())
        stages = [order.stage for order in market.open.values()]
        assert Stage.TAKING not in stages
        assert stages.count(Stage.RESTING) == len(resting)
        for order in market.open.values():
            assert order.locked == _needed(desk, order), order
    check_lists(desk)


def _needed(desk: Desk, order: Order) -> Decimal:
    """What must stand behind an open order: all it may have to pay. Of a pair one leg holds it all."""
    lists = desk.engine.lists
    found, partner = lists.of(order), lists.partner(order)
    contingent = order.request.trigger_price is not None or order.request.trailing_bips is not None
    if found is not None and partner is not None:
        waits = order.stage is not Stage.RESTING and partner.stage is not Stage.RESTING
        first = order.order_id < partner.order_id
        both = partner.request.trigger_price is not None or partner.request.trailing_bips is not None
        holds = (not contingent) or (both and first and waits)
        if not holds:
            return Decimal(0)
    if found is not None and found.opo and order.stage is Stage.PENDING:
        return lists.live(found)[0].received
    if order.side is Side.SELL:
        return order.leaves
    prices = [order.lock_price, order.lock_floor if partner is not None else None]
    return round_up(max(price for price in prices if price is not None) * order.leaves)


def check_lists(desk: Desk) -> None:
    """A leg is open only while its list is; a list is open only while a leg is; a pair holds one lock."""
    lists, open_ids = desk.engine.lists, set()
    for account in ACCOUNTS:
        for found in lists.owned(account):
            open_ids.add(found.list_id)
            legs = lists.live(found)
            assert legs
            waiting = [leg.stage is Stage.PENDING for leg in legs]
            if found.waits and legs[0].order_id == found.order_ids[0]:
                assert waiting == [False] + [True] * (len(legs) - 1)
            else:
                assert not any(waiting)
            pair = [leg for leg in legs if lists.partner(leg) is not None]
            assert len([leg for leg in pair if leg.locked]) <= 1
    for market in desk.engine.markets.values():
        for order in market.open.values():
            assert order.list_id is None or order.list_id in open_ids


def state(engine: Engine) -> bytes:
    return msgspec.msgpack.encode(engine.dump(), order="sorted")

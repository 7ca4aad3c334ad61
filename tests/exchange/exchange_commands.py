"""Engine tests' vocabulary: short ways to say a command, and invariants every state must satisfy."""

from decimal import Decimal

import msgspec
from exchange_client import request

from blotter.exchange.engine import Engine
from blotter.exchange.event import (
    Amend,
    AnyCommand,
    Cancel,
    MassCancel,
    OpenAccount,
    Outcome,
    Place,
    Replace,
    Report,
    Traded,
)
from blotter.exchange.listing import LISTINGS, OPENING_BALANCES
from blotter.trading.enums import Side

ACCOUNTS = ("ann", "bob")
LIMITS = ((10, 50), (86_400, 5_000))


class Desk:
    """An engine with two accounts and a clock that ticks once a command."""

    def __init__(self, *, fee_rate: str = "0.001") -> None:
        self.engine = Engine(LISTINGS)
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

    def cancel(self, account: str, orig: str) -> list[Outcome]:
        return self.do(
            Cancel(at=self._now(), account=account, cl_ord_id="c", symbol="BTCUSDT", orig_cl_ord_id=orig)
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


def trades(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    """Price and quantity of each trade."""
    return [(str(o.price), str(o.qty)) for o in outcomes if isinstance(o, Traded)]


def check_invariants(desk: Desk) -> None:
    """What no sequence of commands may break."""
    clearing = desk.engine.clearing
    for asset, total in desk.totals.items():
        assert clearing.total(asset) == total, asset
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
        for half in (market.book.bids, market.book.asks):
            for order in half.orders():
                assert 0 < order.visible <= order.leaves
                assert order.max_floor is None or order.visible <= order.max_floor
        assert len(market.open) == len(market.by_cl_ord_id) == sum(market.open_count.values())


def state(engine: Engine) -> bytes:
    return msgspec.msgpack.encode(engine.dump(), order="sorted")

"""The embedded exchange in a process of its own, busy: twenty books move, and the account's orders are reported on.

    python busy_exchange.py DIRECTORY UPDATES REPORTS

UPDATES book updates a second in all, REPORTS execution reports a second once somebody is logged on for order entry:
nine in ten say that an order was made smaller, one that it was filled a little. Prints where it is as one line of JSON.
"""

import asyncio
import json
import math
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from pathlib import Path

import msgspec

from blotter.exchange import event as ev
from blotter.exchange.flow import HOUSE
from blotter.exchange.hub import ACCOUNT, Hub
from blotter.exchange.listing import listing
from blotter.exchange.server import serve
from blotter.exchange.settings import ExchangeConfig
from blotter.trading.enums import ExecType, OrdType, SelfTradePreventionMode, Side, TimeInForce
from blotter.trading.request import OrderRequest

MOVING = tuple(f"M{number:02}USDT" for number in range(20))
STILL = tuple(f"S{number:02}USDT" for number in range(5))
"""Symbols in which the house stays where it is, so that it is known who trades."""
ORDERS = 200
FILLS = 10  # every tenth report is one
BEAT = 0.005  # seconds
UPDATES_A_STEP = 2.0  # book updates that come of one event of the house, about
LEFT = Decimal(50_000)
STEP = Decimal("0.0001")


async def at_rate(rate: float, act: Callable[[], object]) -> None:
    """What cannot be done in time is left out: whoever measures sees that it was less."""
    started, done = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - started) * rate)
        for _ in range(min(due - done, math.ceil(rate * BEAT * 4))):
            act()
        done = due
        await asyncio.sleep(BEAT)


def limit(symbol: str, side: Side, qty: Decimal, price: Decimal, time_in_force: TimeInForce) -> OrderRequest:
    return OrderRequest(
        symbol=symbol,
        side=side,
        ord_type=OrdType.LIMIT,
        order_qty=qty,
        price=price,
        time_in_force=time_in_force,
        self_trade_prevention=SelfTradePreventionMode.NONE,
    )


class Load:
    """What is done to the exchange."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.moves, self.reports = count(), count()
        self.left: dict[str, Decimal] = {}
        offers = {symbol: hub.engine.markets[symbol].book.asks.best for symbol in STILL}
        self.touch = {symbol: offer - Decimal("0.01") for symbol, offer in offers.items()}

    @property
    def at(self) -> int:
        return self.hub.now().wall

    def submit(self, command: ev.AnyCommand) -> None:
        for outcome in self.hub.submit(command):
            assert isinstance(outcome, ev.Report | ev.Traded), outcome
            assert not isinstance(outcome, ev.Report) or outcome.exec_type is not ExecType.REJECTED, outcome

    def move(self) -> None:
        self.hub.house_step(MOVING[next(self.moves) % len(MOVING)])

    def place(self) -> None:
        """In each symbol one order at the touch, the others behind it."""
        for number in range(ORDERS):
            id, symbol = f"other-{number}", STILL[number % 5]
            price = self.touch[symbol] - (number >= 5)
            request = limit(symbol, Side.BUY, LEFT, price, TimeInForce.GOOD_TILL_CANCEL)
            self.submit(ev.Place(at=self.at, account=ACCOUNT, cl_ord_id=id, request=request))
            self.left[id] = LEFT

    def report(self) -> None:
        if not self.hub.traders:
            return
        if not self.left:
            self.place()
        number = next(self.reports)
        if number % FILLS == 0:
            symbol = STILL[number // FILLS % 5]
            request = limit(symbol, Side.SELL, STEP, self.touch[symbol], TimeInForce.IMMEDIATE_OR_CANCEL)
            self.submit(ev.Place(at=self.at, account=HOUSE, cl_ord_id=f"house-{number}", request=request))
            return
        id = f"other-{5 + number % (ORDERS - 5)}"
        self.left[id] -= STEP
        symbol = STILL[int(id.removeprefix("other-")) % 5]
        self.submit(
            ev.Amend(
                at=self.at,
                account=ACCOUNT,
                cl_ord_id=id,
                symbol=symbol,
                order_qty=self.left[id],
                orig_cl_ord_id=id,
            )
        )


async def main(directory: Path, updates: float, reports: float) -> None:
    listings = tuple(
        msgspec.structs.replace(
            listing(
                symbol,
                symbol[:3],
                "USDT",
                tick="0.01",
                step="0.0001",
                opening="3000",
                usual="1",
                min_notional="0",
            ),
            max_num_order_amends=1_000_000_000,
            max_notional=Decimal(10) ** 12,
        )
        for symbol in (*MOVING, *STILL)
    )
    config = ExchangeConfig(
        data_dir=directory,
        rate=0,
        listings=listings,
        balances={"USDT": Decimal(10) ** 15},
        order_limits=((86_400, 200_000),),
    )
    async with serve(config) as exchange, asyncio.TaskGroup() as group:
        load = Load(exchange.hub)
        where = {
            "order_entry": exchange.order_entry,
            "market_data": exchange.market_data,
            "ca_file": str(exchange.credentials.ca_file),
            "api_key": exchange.credentials.api_key,
            "private_key_file": str(exchange.credentials.private_key_file),
            "symbols": MOVING,
        }
        print(json.dumps(where), flush=True)
        group.create_task(at_rate(updates / UPDATES_A_STEP, load.move))
        group.create_task(at_rate(reports, load.report))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))

"""Desks of several venues, each with an exchange of its own: one is killed and comes back, the others trade."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from exchange_running import resting

from blotter.cli.leaving import Leaving
from blotter.config import Config, LeavePolicy, VenueConfig
from blotter.desk.change import Answer, Frame, LinkState, StopResult
from blotter.desk.command import AnyCommand, Stop, Submit
from blotter.desk.floor import Floor
from blotter.desk.floor_search import FloorSearch
from blotter.desk.runtime import DeskThread
from blotter.desk.setup import Announced, account, desk_builder
from blotter.exchange.server import RunningExchange, serve
from blotter.exchange.settings import ExchangeConfig
from blotter.trading.enums import OrdType, Side
from blotter.trading.order import Order, OrderState
from blotter.trading.qualified import symbol_at
from blotter.trading.request import OrderRequest

pytestmark = pytest.mark.timeout(60)


class Exchange:
    """An exchange that can be killed and started again where it was."""

    def __init__(self, portal: BlockingPortal, directory: Path) -> None:
        self._portal = portal
        self._config = ExchangeConfig(data_dir=directory, rate=0, drop_copy_delay=0.05, block_scale=0)
        self._scope: Any = None
        directory.mkdir(parents=True)

    def start(self) -> RunningExchange:
        self._scope = self._portal.wrap_async_context_manager(serve(self._config))
        running: RunningExchange = self._scope.__enter__()
        ports = [running.order_entry[1], running.market_data[1], running.drop_copy[1]]
        self._config = ExchangeConfig(
            data_dir=self._config.data_dir, rate=0, drop_copy_delay=0.05, block_scale=0,
            port=ports[0], md_port=ports[1], dc_port=ports[2], rest_port=int(running.rest.rpartition(":")[2]),
            control_port=running.control[1],
        )  # fmt: skip
        return running

    def stop(self) -> None:
        scope, self._scope = self._scope, None
        if scope is not None:
            scope.__exit__(None, None, None)


class Seen:
    """What a screen would know by now."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.orders: dict[str, Order] = {}
        self.answers: dict[str, Answer] = {}
        self.last = Frame()
        self.links: dict[str, LinkState] = {}
        self._numbers = 0

    def look(self) -> None:
        frame = self.floor.drain()
        self.orders |= frame.orders
        self.answers |= {answer.id: answer for answer in frame.answers}
        self.links |= {name: link.state for name, link in frame.links.items()}
        self.last.desk = frame.desk or self.last.desk
        self.last.stop = frame.stop or self.last.stop
        self.last.instruments |= frame.instruments

    def until(self, true: Callable[[], bool], seconds: float = 20) -> None:
        tick, deadline = threading.Event(), time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, (self.links, self.answers, self.last.desk, self.orders)
            tick.wait(0.01)
            self.look()

    def post(self, make: Callable[[str], AnyCommand]) -> Answer:
        self._numbers += 1
        command = make(f"ui-{self._numbers}")
        self.floor.post(command)
        self.until(lambda: command.id in self.answers)
        return self.answers[command.id]

    def buy(self, venue: str, *, market: bool = False) -> Answer:
        terms = resting("BTCUSDT")
        request = OrderRequest(
            symbol=symbol_at("BTCUSDT", venue), side=Side.BUY,
            ord_type=OrdType.MARKET if market else terms.ord_type, order_qty=terms.order_qty,
            price=None if market else terms.price, time_in_force=None if market else terms.time_in_force,
        )  # fmt: skip
        return self.post(lambda id: Submit(id=id, request=request, accept_warnings=True))


@pytest.fixture
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


class Running:
    def __init__(self, exchanges: dict[str, Exchange], desks: dict[str, DeskThread]) -> None:
        self.exchanges = exchanges
        self.desks = desks
        self.seen = Seen(Floor(desks))


@contextlib.contextmanager
def running(portal: BlockingPortal, directory: Path, names: tuple[str, ...]) -> Iterator[Running]:
    with contextlib.ExitStack() as stack:
        exchanges, desks = {}, {}
        for name in names:
            exchanges[name] = Exchange(portal, directory / name / "exchange")
            found = exchanges[name].start()
            stack.callback(exchanges[name].stop)
            announced = Announced(
                fix={"oe": "{}:{}".format(*found.order_entry), "md": "{}:{}".format(*found.market_data),
                     "dc": "{}:{}".format(*found.drop_copy)},
                ca_file=str(found.credentials.ca_file), api_key=found.credentials.api_key,
                private_key_file=str(found.credentials.private_key_file), symbols=("BTCUSDT",), rest=found.rest,
            )  # fmt: skip
            chosen = account(name, VenueConfig(heart_bt_int=5), announced)
            desks[name] = stack.enter_context(DeskThread(desk_builder(Config(), chosen, directory / name)))
        floor = Running(exchanges, desks)
        seen = floor.seen
        seen.until(lambda: len(seen.links) == 3 * len(names) and set(seen.links.values()) == {LinkState.LIVE})
        seen.until(lambda: seen.last.desk is not None and not seen.last.desk.entry_blocked)
        seen.until(lambda: {f"BTCUSDT.{name}" for name in names} <= set(seen.last.instruments))
        yield floor


def test_one_venue_is_killed_and_comes_back_while_the_other_trades(
    portal: BlockingPortal, tmp_path: Path
) -> None:
    with running(portal, tmp_path, ("alpha", "beta")) as floor:
        seen = floor.seen
        assert seen.buy("alpha").ok
        assert seen.buy("beta").ok
        first = ("alpha:A-000001", "beta:A-000001")
        seen.until(lambda: all(id in seen.orders and seen.orders[id].state is OrderState.NEW for id in first))

        floor.exchanges["beta"].stop()
        seen.until(lambda: seen.links["beta OE"] is not LinkState.LIVE)
        assert seen.buy("alpha", market=True).ok
        seen.until(lambda: seen.orders["alpha:A-000002"].state is OrderState.FILLED)
        refused = seen.buy("beta")
        assert not refused.ok
        assert refused.text.startswith("beta: ")
        assert seen.links["alpha OE"] is LinkState.LIVE
        assert seen.last.desk is not None
        assert seen.last.desk.entry_blocked.startswith("beta: ")

        floor.exchanges["beta"].start()
        seen.until(lambda: seen.links["beta OE"] is LinkState.LIVE)
        seen.until(lambda: seen.last.desk is not None and not seen.last.desk.entry_blocked)
        assert seen.orders["beta:A-000001"].state is OrderState.NEW
        assert seen.buy("beta").ok
        seen.until(lambda: seen.orders["beta:A-000002"].state is OrderState.NEW)

        answer = seen.post(lambda id: Stop(id=id, cancel=True))
        assert answer.ok, answer.text
        seen.until(lambda: seen.last.stop is not None and seen.last.stop.done)
        assert seen.last.stop is not None
        assert {one.order_id: one.result for one in seen.last.stop.outcomes} == dict.fromkeys(
            (*first, "beta:A-000002"), StopResult.CANCELED
        )
        searches = {name: desk.search() for name, desk in floor.desks.items()}
        with contextlib.closing(FloorSearch(searches)) as search:
            assert search.find("35=D") == ""
            hits: list[str] = []

            def found() -> bool:
                view = search.poll()
                hits.extend(hit.session for hit in view.hits if hit.outbound) if view is not None else None
                return view is not None and view.done

            seen.until(found)
            assert sorted(hits) == ["alpha OE", "alpha OE", "beta OE", "beta OE"]


def test_five_venues_trade_and_are_left_together(portal: BlockingPortal, tmp_path: Path) -> None:
    names = ("one", "two", "three", "four", "five")
    with running(portal, tmp_path, names) as floor:
        seen = floor.seen
        for name in names:
            assert seen.buy(name).ok
        ids = [f"{name}:A-000001" for name in names]
        seen.until(lambda: all(id in seen.orders and seen.orders[id].state is OrderState.NEW for id in ids))
        leaving = Leaving(floor.desks, 5)
        leaving.follow(LeavePolicy.CANCEL)
        assert leaving.left == []
        assert leaving.finished()
        seen.look()
        assert {seen.orders[id].state for id in ids} == {OrderState.CANCELED}


def test_a_venue_that_does_not_answer_is_named_and_the_others_are_left(
    portal: BlockingPortal, tmp_path: Path
) -> None:
    with running(portal, tmp_path, ("alpha", "beta")) as floor:
        seen = floor.seen
        assert seen.buy("alpha").ok
        assert seen.buy("beta").ok
        floor.exchanges["beta"].stop()
        seen.until(lambda: seen.links["beta OE"] is not LinkState.LIVE)
        leaving = Leaving(floor.desks, 0.5)
        leaving.follow(LeavePolicy.CANCEL)
        assert leaving.left == ["1 order is still open at beta: A-000001"]
        seen.look()
        assert seen.orders["alpha:A-000001"].state is OrderState.CANCELED

"""Bad days at random, with real processes: orders of every kind, every fault there is, kill -9 of either side.

The exchange's own books are the truth. In between, what was not known must have said so; at the end both sides agree on
every order, fill, fee and balance, and nothing was sent twice. `BLOTTER_REHEARSAL_STEPS=5000` makes the day longer than
the one that runs with every change.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from blotter.desk import control
from blotter.desk.fold import Fold
from blotter.desk.inquiry import unconfirmed
from blotter.desk.setup import TAPE, Announced
from blotter.exchange.hub import ACCOUNT
from blotter.exchange.listing import LISTINGS
from blotter.exchange.store import Store
from blotter.fix.codec import decode
from blotter.journal.row import Kind
from blotter.journal.tape import Tape
from blotter.trading.enums import OrdStatus
from blotter.trading.event import ZERO
from blotter.trading.instrument import Instrument
from blotter.trading.ledger import Ledger
from blotter.trading.order import Order, OrderState
from blotter.trading.valuation import flows
from blotter.venues.binance import BinanceSpot

CHILD = Path(__file__).with_name("rehearsal_child.py")
STEPS = int(os.environ.get("BLOTTER_REHEARSAL_STEPS", "60"))
DAYS = int(os.environ.get("BLOTTER_REHEARSAL_DAYS", "2"))
ENDED = {
    OrdStatus.FILLED: OrderState.FILLED,
    OrdStatus.CANCELED: OrderState.CANCELED,
    OrdStatus.EXPIRED: OrderState.EXPIRED,
}

# --- what may happen ----------------------------------------------------------------------------------------

quantities = st.integers(1, 200).map(lambda n: f"{n / 1000:.3f}")
sides = st.sampled_from(["buy", "sell"])
symbols = st.sampled_from(["BTCUSDT", "ETHUSDT"])
TERMS = {
    "buy": (
        *["@ask", "@bid", "@bid-500", "@bid+1 ioc", "@ask+5 fok", "market", "@bid-300 post", "@bid-100 show 0.001"],
        *["stop @ask+300", "stop @ask+300 limit @ask+400", "take @bid-300", "take @bid-300 limit @bid-200"],
        *["trail 100bp", "peg primary", "@bid-200 then sell take @ask+800 stop @bid-900"],
    ),
    "sell": (
        *["@bid", "@ask", "@ask+500", "@ask-1 ioc", "@bid-5 fok", "market", "@ask+300 post", "@ask+100 show 0.001"],
        *["stop @bid-300", "stop @bid-300 limit @bid-400", "take @ask+300", "take @ask+300 limit @ask+200"],
        *["trail 100bp", "peg primary", "@ask+200 then buy take @bid-800 stop @ask+900"],
    ),
}  # fmt: skip


def line(side: str, quantity: str, symbol: str, terms: str) -> tuple[str, ...]:
    return "order", f"{side} {quantity} {symbol} {terms}"


orders = sides.flatmap(
    lambda side: st.builds(line, st.just(side), quantities, symbols, st.sampled_from(TERMS[side]))
)
brackets = st.builds(
    lambda side, quantity, symbol: (
        "order",
        f"oco {side} {quantity} {symbol} "
        + ("take @ask+600 stop @bid-600" if side == "sell" else "take @bid-600 stop @ask+600"),
    ),
    sides,
    quantities,
    symbols,
)
which = st.integers(0, 1_000).map(str)
changes = st.sampled_from(["smaller", "nearer", "farther"])
FAULTS = (
    *["drop", "drop:oe", "drop:dc", "drop-before-order", "drop-after-order", "drop-after-ack", "stall:150ms"],
    *[
        "lost-ack:0.3",
        "oe-missing:0.2",
        "dc-missing:0.3",
        "dc-lag:2s",
        "duplicate:0.4",
        "delay:60ms",
        "garble:0.05",
    ],
    *["refuse-order:-1007:0.3", "refuse-order:-2010:0.3", "halt:BTCUSDT:300ms", "maintenance:1s"],
    *["rest-lag:300ms", "rest-5xx:0.4", "rest-down", "rest-429:1s"],
)
RARE = [("cancel all", ""), ("reconcile", ""), ("kill desk", ""), ("kill exchange", ""), *[("pause", "")] * 4]
steps = st.one_of(
    orders, orders, orders, brackets,
    st.tuples(st.just("cancel"), which), st.tuples(st.just("cancel"), which),
    st.tuples(st.just("amend"), which, changes), st.tuples(st.just("amend"), which, changes),
    st.tuples(st.just("fault"), st.sampled_from(FAULTS)),
    st.tuples(st.just("clear"), st.just("")), st.tuples(st.just("clear"), st.just("")),
    st.tuples(st.just("pause"), st.just("")), st.tuples(st.just("pause"), st.just("")),
    st.sampled_from(RARE),
)  # fmt: skip


# --- the two sides ------------------------------------------------------------------------------------------


class Process:
    """A child that may be killed."""

    def __init__(self, log: Path, *words: str) -> None:
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, str(CHILD), *words],
                stdout=subprocess.PIPE,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        self.first_line = self._process.stdout.readline()
        assert self.first_line, log.read_text()[-3000:]

    def end(self, number: int) -> None:
        """Send the signal and wait."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        self._process.wait(timeout=20)
        assert self._process.stdout is not None
        self._process.stdout.close()


class Day:
    """One bad day."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.home = directory / "desk"
        self.home.mkdir()
        self.log = directory / "log"
        self.asking = ThreadPoolExecutor(16)
        self.asked: list[tuple[str, Future[dict[str, Any]]]] = []
        self.ports = "0,0,0,0"
        self.announced: Announced
        self.start_exchange(rate=30)
        self.initial = self.control(ask="balances")["balances"]
        self.start_desk()

    def close(self) -> None:
        self.asking.shutdown(wait=True, cancel_futures=True)
        for process in (self.desk, self.exchange):
            process.end(signal.SIGKILL)

    def start_exchange(self, rate: float) -> None:
        books = str(self.directory / "exchange")
        self.exchange = Process(self.log, "exchange", books, str(rate), self.ports)
        self.announced = msgspec.json.decode(self.exchange.first_line, type=Announced)
        fix = self.announced.fix
        where = [*(fix[name] for name in ("oe", "md", "dc")), self.announced.rest]
        self.ports = ",".join(address.rpartition(":")[2] for address in where)
        (self.directory / "announced.json").write_bytes(self.exchange.first_line)

    def start_desk(self) -> None:
        self.desk = Process(self.log, "desk", str(self.home), str(self.directory / "announced.json"))

    def control(self, **request: str) -> dict[str, Any]:
        host, _, port = self.announced.control.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer: dict[str, Any] = json.loads(lines.readline())
        assert answer["ok"], answer
        return answer

    def ask(self, timeout: float = 40.0, **request: Any) -> dict[str, Any]:
        """The desk's answer; nothing when it died meanwhile, as it may."""
        with contextlib.suppress(control.NoDesk, OSError, ValueError):
            return control.ask(self.home, request, timeout)
        return {}

    def later(self, **request: Any) -> None:
        """Asked for without waiting, as several hands would."""
        self.asked.append((str(request), self.asking.submit(self.ask, **request)))

    def open_orders(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask(verb="orders", open_only=True).get("orders", [])
        return found

    # --- steps ----------------------------------------------------------------------------------------------

    def step(self, what: str, *details: str) -> None:
        time.sleep(0.02)  # a hand's pace: what is asked for in the instant of a kill was never asked
        match what:
            case "order":
                self.later(verb="order", line=details[0], accept_warnings=True)
            case "cancel" | "amend":
                self.change(what, *details)
            case "cancel all":
                self.later(verb="cancel", targets=["all"], wait=0)
            case "reconcile":
                self.later(verb="reconcile")
            case "fault":
                self.control(fault=details[0])
            case "clear":
                self.control(fault="clear")
            case "pause":
                time.sleep(0.3)
            case "kill desk":
                self.desk.end(signal.SIGKILL)
                self.start_desk()
            case "kill exchange":
                self.kill_exchange()

    def change(self, what: str, number: str, how: str = "") -> None:
        found = self.open_orders()
        if not found:
            return
        order = found[int(number) % len(found)]
        if what == "cancel":
            self.later(verb="cancel", targets=[order["id"]], wait=0)
            return
        price, quantity = order["price"], order["order_qty"]
        if how == "smaller" and quantity:
            terms = f"qty {Decimal(quantity) / 2:.4f}"
        elif price:
            nearer = (how == "nearer") == (order["side"] == "BUY")
            terms = f"price {Decimal(price) * Decimal('1.0005' if nearer else '0.9995'):.2f}"
        else:
            return
        self.later(verb="line", line=f"amend {order['id']} {terms}", wait=0, accept_warnings=True)

    def kill_exchange(self) -> None:
        self.exchange.end(signal.SIGKILL)
        deadline = time.monotonic() + 5
        while self.ask(verb="status").get("sessions", {}).get("OE", {}).get("state") in ("live", "stale"):
            assert time.monotonic() < deadline, "the desk takes a dead session for a live one"
            time.sleep(0.02)
        for order in self.open_orders():
            assert order["unverified"] or order["state"] == "unconfirmed" or order["pending"], (
                f"nobody can know this while the exchange is dead: {order}"
            )
        self.start_exchange(rate=30)

    # --- the end --------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Both sides alive, the market still, everything asked for answered, and the truth found out."""
        self.control(fault="clear")
        self.exchange.end(signal.SIGKILL)
        self.start_exchange(rate=0)
        for request, answer in self.asked:
            assert answer.exception(timeout=60) is None, request
        deadline = time.monotonic() + 90  # REST may have told us to wait for a minute
        while True:
            answer = self.ask(verb="reconcile")
            left = [order for order in self.open_orders() if order["unverified"] or order["pending"]]
            if answer.get("ok") and not left:
                return
            assert time.monotonic() < deadline, (answer, left)
            time.sleep(0.2)

    def reckon(self) -> Ledger:
        """Both sides put down, their books compared."""
        self.desk.end(signal.SIGTERM)
        self.exchange.end(signal.SIGTERM)
        copy = self.directory / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.directory / "exchange", copy)
        with Store(copy) as store:
            engine = store.load(LISTINGS)
        tape = Tape.open(self.home / TAPE)
        fold, sent = Fold(BinanceSpot()), Counter[str]()
        for row in tape.rows(0):
            fold.apply(row.entry)
            if row.entry.kind is Kind.OUT and row.entry.msg_type in ("D", "E", "XCN"):
                message = decode(row.entry.payload)
                sent[message.text(25014) or message.text(11) or ""] += 1
        tape.close()
        assert max(sent.values(), default=1) == 1, f"sent twice: {sent.most_common(3)}"
        compare(fold.ledger, engine, {a: Decimal(n) for a, n in self.initial_totals().items()})
        return fold.ledger

    def initial_totals(self) -> dict[str, Any]:
        return {asset: amount["free"] for asset, amount in self.initial.items()}


def compare(ledger: Ledger, engine: Any, initial: dict[str, Decimal]) -> None:
    """Every order, fill, fee and balance."""
    history, account = engine.histories[ACCOUNT], engine.clearing.accounts[ACCOUNT]
    theirs = {(report.symbol, str(report.order_id)): report for report in history.orders()}
    ours = {
        (order.symbol, placement.order_id): (order, placement)
        for order in ledger.orders.values()
        for placement in order.placements
        if placement.order_id is not None
    }
    assert theirs.keys() == ours.keys(), (theirs.keys() ^ ours.keys(), "known to one side only")
    for key, report in theirs.items():
        order, placement = ours[key]
        assert not unconfirmed(order), (order, report)
        assert (placement.cum_qty, placement.cum_quote_qty) == (report.cum_qty, report.cum_quote_qty), (
            order,
            report,
        )
        ended = ENDED.get(report.ord_status)
        if ended is None:
            assert placement.state.live, (order, report)
            assert placement.order_qty == report.order_qty, (order, report)
        else:
            assert placement.state is ended, (order, report)
    for order in ledger.orders.values():
        assert not unconfirmed(order), order
        for placement in order.placements:
            assert placement.order_id is not None or placement.state is OrderState.REJECTED, order
    fills = {
        (report.symbol, str(report.trade_id)): (report.last_qty, report.last_px, report.fee, report.fee_asset)
        for report in history.fills
    }
    shown = Counter((fill.symbol, fill.trade_id) for fill in ledger.fills)
    assert shown.keys() == fills.keys()
    assert max(shown.values(), default=1) == 1, "a fill is shown twice"
    for fill in ledger.fills:
        qty, px, fee, asset = fills[fill.symbol, fill.trade_id or ""]
        assert (fill.last_qty, fill.last_px) == (qty, px)
        assert [(one.amount, one.asset) for one in fill.fees] == ([(fee, asset)] if fee else []), fill
    listed = {one.symbol: Instrument(symbol=one.symbol, base=one.base, quote=one.quote) for one in LISTINGS}
    moved = flows(ledger.positions.values(), listed)
    for asset in {*account.free, *account.locked, *initial}:
        held = account.free.get(asset, ZERO) + account.locked.get(asset, ZERO)
        expected = initial.get(asset, ZERO) + moved.get(asset, ZERO)
        assert abs(held - expected) < Decimal("1e-15"), f"{asset}: exchange {held}, by our fills {expected}"


@contextlib.contextmanager
def a_day(directory: Path) -> Iterator[Day]:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    day = Day(directory)
    try:
        yield day
    finally:
        day.close()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def somewhere() -> Iterator[Path]:
    """Short, because a Unix socket lives below it."""
    import tempfile

    directory = Path(tempfile.mkdtemp(prefix="reh-", dir="/tmp"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


def varied(plan: list[tuple[str, ...]]) -> bool:
    """The simplest of all plans is one order sixty times: no bad day."""
    return len(set(plan)) > len(plan) // 2


@settings(
    max_examples=DAYS,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),  # a day of real processes cannot be lived again exactly, so none is shrunk
    suppress_health_check=list(HealthCheck),
)
@given(plan=st.lists(steps, min_size=STEPS, max_size=STEPS).filter(varied))
def test_after_a_bad_day_both_sides_agree(somewhere: Path, plan: list[tuple[str, ...]]) -> None:
    with a_day(somewhere / "day") as day:
        for step in plan:
            day.step(*step)
        day.settle()
        if (
            len(placed(day.reckon())) <= len(plan) // 10
        ):  # on a slow machine a bad day leaves little time to trade
            for step in plan:
                if step[0] == "order":
                    day.step(*step)
            day.settle()
            day.reckon()
        day.start_exchange(rate=0)
        day.start_desk()
        stopped = day.ask(verb="stop", wait=10)
        assert stopped["ok"], stopped
        ledger = day.reckon()
    assert all(order.state.terminal for order in ledger.orders.values()), "stop left something working"
    there = len(placed(ledger))
    print(
        f"{len(plan)} steps, {len(ledger.orders)} orders, {there} at the exchange, {len(ledger.fills)} fills"
    )
    assert there > len(plan) // 10, "hardly anything was traded"


def placed(ledger: Ledger) -> list[Order]:
    """Orders that reached the exchange."""
    return [order for order in ledger.orders.values() if any(p.order_id for p in order.placements)]

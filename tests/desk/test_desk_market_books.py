"""Through losses, repeats, restarts and hand-overs a book is the exchange's at every number it names."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from market_session import Bench, Floor

from blotter.desk.command import Watch
from blotter.exchange.engine import Engine
from blotter.exchange.event import OpenAccount, Place
from blotter.exchange.listing import LISTINGS, OPENING_BALANCES
from blotter.trading.book import BookState
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.request import OrderRequest

D = Decimal
SYMBOLS = ("BTCUSDT", "ETHUSDT")
LISTED = tuple(listing for listing in LISTINGS if listing.symbol in SYMBOLS)
LEVELS = 9_999

PLACED = st.tuples(
    st.sampled_from(SYMBOLS), st.sampled_from(list(Side)), st.integers(1, 4), st.integers(90, 110)
)
STEP = st.one_of(
    st.tuples(st.just("trade"), st.lists(PLACED, min_size=1, max_size=6), st.booleans()),
    st.tuples(st.just("hear"), st.integers(1, 6)),
    st.tuples(st.sampled_from(["lose", "repeat", "swap"]), st.integers(0, 3)),
    st.tuples(st.sampled_from(["restart", "hand over"])),
    st.tuples(st.just("wait"), st.sampled_from([0.2, 1.5, 6.0, 40.0])),
)


class World:
    """A desk and an exchange with a wire between that does what the steps say."""

    def __init__(self, depth: int) -> None:
        self.engine = Engine(LISTED)
        for account in "ab":
            self.engine.submit(OpenAccount(at=0, account=account, balances=OPENING_BALANCES, house=True))
        self.orders = 0
        for price in (*range(80, 100), *range(101, 121)):
            for symbol in SYMBOLS:
                self.order(symbol, Side.BUY if price < 100 else Side.SELL, 1, price)
        self.floor = Floor(self.engine)
        self.bench = Bench(symbols=SYMBOLS[:1])
        self.connection = self.floor.connect()
        self.bench.session.answer = self.connection.answer
        self.old = None
        self.bench.market.up()
        for symbol in SYMBOLS:
            assert self.bench.market.carry_out(Watch(id="w", symbol=symbol, depth=depth, levels=LEVELS)) == ""
        self.do("hear", 99)

    def order(self, symbol: str, side: Side, qty: int, price: int) -> None:
        self.orders += 1
        request = OrderRequest(
            symbol=symbol,
            side=side,
            ord_type=OrdType.LIMIT,
            order_qty=D(qty),
            price=D(price),
            time_in_force=TimeInForce.GOOD_TILL_CANCEL,
        )
        account = "ab"[self.orders % 2]
        self.engine.submit(
            Place(at=self.orders, account=account, cl_ord_id=f"o{self.orders}", request=request)
        )

    def do(self, what: str, *how) -> None:
        wire = self.connection.wire
        match what:
            case "trade":
                orders, told_together = how
                for order in orders:
                    self.order(*order)
                    if not told_together:
                        self.floor.tell()
                self.floor.tell()
            case "hear":
                for _ in range(how[0]):
                    if self.old is not None and self.old.wire:
                        self.bench.hear(self.old.wire.popleft())
                    if wire:
                        self.bench.hear(wire.popleft())
            case "lose" | "repeat" | "swap":
                self.spoil(what, how[0])
            case "restart":
                self.floor.connections.remove(self.connection)
                self.bench.market.down("the socket is gone")
                self.connect()
                self.bench.market.up()
            case "hand over":
                self.hang_up()
                self.old = self.connection
                self.connect()
                self.bench.market.switched()
            case "wait":
                if how[0] > 2:
                    self.hang_up()
                self.bench.wait(how[0])

    def spoil(self, what: str, which: int) -> None:
        """Only what a venue or a bug could do to depth: that a message is missing the session itself would notice."""
        wire = self.connection.wire
        found = [at for at, draft in enumerate(wire) if dict(draft.fields).get(262, "").startswith("book")]
        if which >= len(found):
            return
        at = found[which]
        if what == "lose" and wire[at].msg_type == "X":
            del wire[at]
        elif what == "repeat" and wire[at].msg_type == "X":
            wire.append(wire[at])
        elif what == "swap" and which + 1 < len(found):
            other = found[which + 1]
            wire[at], wire[other] = wire[other], wire[at]

    def connect(self) -> None:
        self.old = None if self.old is None or self.old not in self.floor.connections else self.old
        self.connection = self.floor.connect()
        self.bench.session.answer = self.connection.answer

    def hang_up(self) -> None:
        """The connection before is gone; what was on its way came."""
        if self.old is not None:
            for draft in self.old.wire:
                self.bench.hear(draft)
            self.floor.connections.remove(self.old)
            self.old = None

    def check(self) -> None:
        for symbol in SYMBOLS:
            view = self.bench.market.book(symbol)
            assert view is not None
            if view.state is not BookState.LIVE:
                assert view.reason
                continue
            bids, asks = self.floor.history[symbol, view.update_id]
            low, high = view.bids_known_to, view.asks_known_to
            depth = len(view.bids)
            known = sorted(((p, s) for p, s in bids.items() if low is None or p >= low), reverse=True)
            assert list(view.bids) == known[:depth]
            assert depth == min(len(known), self.depth)
            known = sorted((p, s) for p, s in asks.items() if high is None or p <= high)
            assert list(view.asks) == known[: self.depth]
            quote = self.bench.market.quotes.get(symbol)
            assert quote is None or quote.bid is None or quote.ask is None or quote.bid < quote.ask

    depth = 0


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([3, 8, 5000]), st.lists(STEP, max_size=60))
def test_a_live_book_is_the_exchanges_at_the_number_it_names_and_in_the_end_it_is_live(
    depth: int, steps
) -> None:
    world = World(depth)
    world.depth = depth
    for step in steps:
        world.do(*step)
        world.check()
    world.hang_up()
    for _ in range(60):  # no more accidents: whatever happened, it is mended within the longest back-off
        world.floor.tell()
        while world.connection.wire:
            world.bench.hear(world.connection.wire.popleft())
            world.check()
        views = [world.bench.market.book(symbol) for symbol in SYMBOLS]
        at_the_end = [
            view is not None
            and view.state is BookState.LIVE
            and view.update_id == world.floor.depth_told.told(view.symbol).update_id
            for view in views
        ]
        if all(at_the_end):
            break
        for symbol in SYMBOLS:  # a lost last update shows with the next one
            world.order(symbol, Side.BUY, 1, 50)
        world.bench.wait(1)
    assert all(at_the_end), (views, world.bench.told)
    quote = world.bench.market.quotes["BTCUSDT"]
    assert (quote.doubt, quote.bid) == ("", views[0].bid)

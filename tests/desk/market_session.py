"""Market data without sockets, for tests: a desk's `MarketData` on a session that a script or an exchange answers."""

from collections import deque
from decimal import Decimal

from blotter.desk.change import LinkState, LinkView
from blotter.desk.feed import Feed
from blotter.desk.market import MarketData
from blotter.exchange.grammar import IllegalMessageError
from blotter.exchange.market_data import Subscriptions
from blotter.exchange.market_data_depth import Depth
from blotter.exchange.tops import top_of
from blotter.fix.codec import decode, encode
from blotter.fix.session import Instant
from blotter.trading.instrument import Instrument
from blotter.venues.binance import BinanceSpot

SECOND = 1_000_000_000
D = Decimal


def message(draft):
    """A draft as it arrives."""
    return decode(
        encode(
            "FIX.4.4",
            draft.msg_type,
            [(49, "X"), (56, "Y"), (34, "1"), (52, "20260301-10:00:00")],
            draft.fields,
        )
    )


class Session:
    """Writes at once, numbered from 1; `sent` are the drafts, `answer` hears of each."""

    name = "MD"

    def __init__(self) -> None:
        self.live = True
        self.state = LinkState.LIVE
        self.sent = []
        self.held = None  # drafts that wait for the venue's limit, with who is to be told
        self.answer = lambda draft: None

    def send(self, outgoing) -> None:
        if not self.live:
            if outgoing.done is not None:
                outgoing.done("MD is down")
            return
        if self.held is not None:
            self.held.append(outgoing)
            return
        self.sent.append(outgoing.draft)
        if outgoing.numbered is not None:
            outgoing.numbered(1, len(self.sent))
        if outgoing.done is not None:
            outgoing.done("")
        self.answer(outgoing.draft)

    def release(self) -> None:
        held, self.held = self.held, None
        for outgoing in held:
            self.send(outgoing)

    def view(self) -> LinkView:
        return LinkView(name="MD", state=self.state, since=0, last_in=1)


class Bench:
    """`market` on a scripted session; `told` are notices, time passes by `wait`."""

    def __init__(self, symbols=("BTCUSDT",), listed=("BTCUSDT", "ETHUSDT", "SOLUSDT")) -> None:
        self.now = Instant(1_000 * SECOND, 1_000 * SECOND)
        self.session = Session()
        self.venue = BinanceSpot()
        self.feed = Feed(lambda: self.now.mono, lambda raw: None)
        self.told = []
        instruments = {name: Instrument(symbol=name, base=name[:3], quote=name[3:]) for name in listed}
        self.market = MarketData(
            self.session,
            self.venue,
            symbols,
            instruments,
            lambda: self.now,
            self.feed,
            lambda severity, text: self.told.append(text),
        )

    def wait(self, seconds: float) -> None:
        ns = int(seconds * SECOND)
        self.now = Instant(self.now.wall + ns, self.now.mono + ns)
        self.market.look()

    def hear(self, draft) -> None:
        self.market.take(self.venue.decode(message(draft), self.now.wall), self.now, 1)

    def asked(self, since: int = 0) -> list[str]:
        """What was sent, in short: `+book-3 BTCUSDT`, `-book-3`."""
        found = []
        for draft in self.session.sent[since:]:
            fields = dict(draft.fields)
            if 262 in fields:
                begins = fields[263] == "1"
                symbols = [value for tag, value in draft.fields if tag == 55]
                found.append(" ".join([("+" if begins else "-") + fields[262], *symbols]))
        return found


class Floor:
    """An exchange's market data of some engine: what it tells goes into `wire`, message by message."""

    def __init__(self, engine) -> None:
        self.engine = engine
        self.depth_told = Depth()
        self.depth_told.open(engine.markets)
        self.tops = {symbol: top_of(market) for symbol, market in engine.markets.items()}
        self.top_update_ids = {symbol: market.state.update_id for symbol, market in engine.markets.items()}
        self.history = {}  # (symbol, update id) -> the book then
        for symbol in engine.markets:
            self._note(symbol)
        self.connections = []

    # as `Told`
    def top(self, symbol):
        return self.tops[symbol]

    def top_update_id(self, symbol):
        return self.top_update_ids[symbol]

    def depth(self, symbol):
        return self.depth_told.told(symbol)

    def _note(self, symbol) -> None:
        picture = self.depth_told.told(symbol)
        self.history[symbol, picture.update_id] = (dict(picture.bids), dict(picture.asks))

    def connect(self):
        connection = Connection(self)
        self.connections.append(connection)
        return connection

    def tell(self) -> None:
        updates = []
        for symbol, market in self.engine.markets.items():
            before, after = self.tops[symbol], top_of(market)
            self.top_update_ids[symbol] = market.state.update_id
            if before != after:
                self.tops[symbol] = after
                for connection in self.connections:
                    connection.put(connection.subscriptions.moved(symbol, before, after))
            update = self.depth_told.advance(market)
            if update is not None:
                self._note(symbol)
                updates.append(update)
        for connection in self.connections:
            for draft in connection.subscriptions.depth_moved(updates):
                connection.put(draft)


class Connection:
    def __init__(self, floor: Floor) -> None:
        self.subscriptions = Subscriptions(floor.engine.markets, floor, 1_000)
        self.wire = deque()

    def put(self, draft) -> None:
        if draft is not None:
            self.wire.append(draft)

    def answer(self, draft) -> None:
        if draft.msg_type == "V":
            try:
                self.wire.extend(self.subscriptions.request(message(draft)))
            except IllegalMessageError as error:
                raise AssertionError(error.fault) from error

"""A venue's REST interface as a source for reconciling: which questions, and how many pages of answers.

Asking, weight and waiting are `blotter.desk.rest`'s; what an answer is worth is judged elsewhere.
"""

import anyio
import msgspec

from blotter.desk.clock import Clock
from blotter.desk.rest import Rest
from blotter.desk.source import Found, History, Open, Times, Wanted
from blotter.trading.event import ExecutionReport, ListReport
from blotter.venues.rest import Question, Trade, UnreadableAnswer

AT_ONCE = 8
"""Questions on their way at the same time."""
MAX_PAGES = 5
MS = 1_000_000


class RestSource:
    """See `blotter.desk.source.Source` and its `History`."""

    name = "REST"
    resolution = MS
    lists_open = True
    asks_singly = True

    def __init__(self, rest: Rest, clock: Clock) -> None:
        self.times = Times(rest.settings.patience, rest.settings.timeout, rest.settings.accepted_for)
        self._rest = rest
        self._dialect = rest.dialect
        self.forgets_unfilled = rest.dialect.forgets_unfilled
        self._clock = clock
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    @property
    def history(self) -> History:
        return self

    @property
    def trouble(self) -> str:
        return self._rest.trouble

    @property
    def weight(self) -> tuple[int, int]:
        return self._rest.weight

    async def prepare(self) -> None:
        await self._rest.prepare()

    async def close(self) -> None:
        await self._rest.close()

    async def open_orders(self) -> Open:
        question, asked_at = self._dialect.open_orders(), self._clock()
        opened = Open([], [])
        for raw in self._dialect.split(await self._ask(question)):
            try:
                opened.found.append(Found(str(question), asked_at, raw, self._read(raw)))
            except UnreadableAnswer as error:
                opened.troubles.append(str(error))
        return opened

    async def order(self, wanted: Wanted) -> Found:
        question = self._dialect.order(wanted.symbol, order_id=wanted.order_id, cl_ord_id=wanted.cl_ord_id)
        asked_at = self._clock()
        raw = await self._ask(question)
        report = self._read(raw)
        if wanted.order_id is None and report.cl_ord_id != wanted.cl_ord_id:
            # It answers to that name, whatever request it has been renamed by.
            report = msgspec.structs.replace(report, orig_cl_ord_id=wanted.cl_ord_id)
        return Found(str(question), asked_at, raw, report)

    async def trades(
        self, symbol: str, *, order_id: str | None = None, since: int | None = None
    ) -> list[tuple[bytes, Trade]]:
        trades: dict[str, tuple[bytes, Trade]] = {}
        from_id = None
        for _ in range(MAX_PAGES):
            question = self._dialect.trades(symbol, order_id=order_id, since=since, from_id=from_id)
            page = self._dialect.split(await self._ask(question))
            for raw in page:
                trade = self._dialect.read_trade(raw)
                trades[trade.trade_id] = raw, trade
                from_id = trade.trade_id
            if len(page) < self._dialect.page:
                return list(trades.values())
        raise UnreadableAnswer(f"{symbol}: more than {len(trades)} trades, not all of them were fetched")

    async def executions(self, report: ExecutionReport, order_id: str) -> list[tuple[bytes, Trade]]:
        """Smart order routing fills by allocation, apart from trades."""
        trades = await self.trades(report.symbol, order_id=order_id)
        if report.smart_routing:
            body = await self._ask(self._dialect.allocations(report.symbol, order_id=order_id))
            trades += [(raw, self._dialect.read_allocation(raw)) for raw in self._dialect.split(body)]
            trades.sort(key=lambda one: one[1].transact_time)
        return trades

    async def open_lists(self) -> list[tuple[str, bytes, ListReport]]:
        question = self._dialect.open_lists()
        raws = self._dialect.split(await self._ask(question))
        return [(str(question), raw, self._dialect.read_list(raw, self._clock().wall)) for raw in raws]

    def _read(self, raw: bytes) -> ExecutionReport:
        return self._dialect.read_order(raw, self._clock().wall)

    async def _ask(self, question: Question) -> bytes:
        async with self._limiter:
            return await self._rest.ask(question)

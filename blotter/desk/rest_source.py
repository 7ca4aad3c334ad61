"""A venue's REST interface as a source for reconciling: which questions, and how many pages of answers.

Asking, weight and waiting are `blotter.desk.rest`'s; what an answer is worth is judged elsewhere.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import anyio
import msgspec

from blotter.desk.clock import Clock
from blotter.desk.rest import WORTH_WAITING, Rest, RestRefused
from blotter.desk.source import Found, History, Open, Times, Wanted
from blotter.trading.enums import RejectCategory
from blotter.trading.event import ExecutionReport, ListReport, Reason
from blotter.venues.rest import Question, Trade, UnreadableAnswer

AT_ONCE = 8
"""Questions on their way at the same time."""
MAX_TOLD = 5_000
"""Orders or trades that are fetched for one thing."""
MAX_QUESTIONS = 110
"""For one thing, those that were answered with nothing included: a venue may want to be asked week by week, and two
years is as far back as any goes."""
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
    def weight(self) -> tuple[int, int] | None:
        """What is counted by the second is over before anybody could look."""
        return self._rest.weight if self._dialect.weight_window > WORTH_WAITING else None

    async def prepare(self) -> None:
        await self._rest.prepare()

    async def close(self) -> None:
        await self._rest.close()

    async def open_orders(self) -> Open:
        asked_at, opened = self._clock(), Open([], [])
        async with aclosing(self._pages(self._dialect.open_orders())) as pages:
            async for question, page in pages:
                for raw in page:
                    try:
                        opened.found.append(Found(str(question), asked_at, raw, self._read(raw)))
                    except UnreadableAnswer as error:
                        opened.troubles.append(str(error))
        return opened

    async def order(self, wanted: Wanted) -> Found:
        asked_at = self._clock()
        first = self._dialect.order(
            wanted.symbol, order_id=wanted.order_id, cl_ord_id=wanted.cl_ord_id, since=wanted.since
        )
        searched = first.then is not None
        question, raw = await self._one(first)
        report = self._read(raw)
        another = wanted.order_id is not None and report.order_id != wanted.order_id
        if another or (wanted.order_id is None and searched and report.cl_ord_id != wanted.cl_ord_id):
            raise UnreadableAnswer(
                f"{question}: told of another order, {report.order_id} ({report.cl_ord_id})"
            )
        if wanted.order_id is None and report.cl_ord_id != wanted.cl_ord_id:
            # It answers to that name, whatever request it has been renamed by.
            report = msgspec.structs.replace(report, orig_cl_ord_id=wanted.cl_ord_id)
        return Found(str(question), asked_at, raw, report)

    async def _one(self, first: Question) -> tuple[Question, bytes]:
        """The first thing told, wherever the venue keeps it. Raises `RestRefused` when it is nowhere: only a venue that
        is searched says so by an answer with nothing in it."""
        place: Question | None = first
        while place is not None:
            async with aclosing(self._pages(place)) as pages:
                async for question, page in pages:
                    if page:
                        return question, page[0]
            place = place.then
        if first.then is None:
            raise UnreadableAnswer(f"{first}: answered with nothing")
        raise RestRefused(Reason(category=RejectCategory.UNKNOWN_ORDER, text="the venue has no such order"))

    async def trades(
        self, symbol: str, *, order_id: str | None = None, since: int | None = None
    ) -> list[tuple[bytes, Trade]]:
        trades: dict[str, tuple[bytes, Trade]] = {}
        async with aclosing(
            self._pages(self._dialect.trades(symbol, order_id=order_id, since=since))
        ) as pages:
            async for _, page in pages:
                for raw in page:
                    trade = self._dialect.read_trade(raw)
                    trades[trade.trade_id] = raw, trade
        return sorted(trades.values(), key=lambda one: one[1].transact_time)

    async def _pages(self, question: Question) -> AsyncGenerator[tuple[Question, list[bytes]], None]:
        """What is told, question by question. Raises `UnreadableAnswer` when that takes too many."""
        told = 0
        for _ in range(MAX_QUESTIONS):
            body = await self._ask(question)
            page = self._dialect.split(body)
            following = self._dialect.following(question, body)
            told += len(page)
            yield question, page
            if following is None:
                return
            if told >= MAX_TOLD:
                break
            question = following
        raise UnreadableAnswer(f"{question.path}: more than {told} told, not all of them were fetched")

    async def executions(self, report: ExecutionReport, order_id: str) -> list[tuple[bytes, Trade]]:
        """Smart order routing fills by allocation, apart from trades."""
        trades = await self.trades(report.symbol, order_id=order_id)
        routed = self._dialect.routed
        if routed is not None and report.smart_routing:
            body = await self._ask(routed.allocations(report.symbol, order_id=order_id))
            trades += [(raw, routed.read_allocation(raw)) for raw in self._dialect.split(body)]
            trades.sort(key=lambda one: one[1].transact_time)
        return trades

    async def open_lists(self) -> list[tuple[str, bytes, ListReport]]:
        lists = self._dialect.lists
        if lists is None:
            return []
        question = lists.open_lists()
        raws = self._dialect.split(await self._ask(question))
        return [(str(question), raw, lists.read_list(raw, self._clock().wall)) for raw in raws]

    def _read(self, raw: bytes) -> ExecutionReport:
        return self._dialect.read_order(raw, self._clock().wall)

    async def _ask(self, question: Question) -> bytes:
        async with self._limiter:
            return await self._rest.ask(question)

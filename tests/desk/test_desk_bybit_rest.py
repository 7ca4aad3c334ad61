"""What became of orders at Bybit while the session was away, learned from its REST interface."""

import random
from decimal import Decimal

import httpx2
import msgspec
import pytest
from venue_on_exchange import trading_at

from blotter.desk.clock import system_clock
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.fold import Fold
from blotter.desk.link import LinkSettings
from blotter.desk.rest import Rest, RestRefused, RestSettings, RestUnavailable
from blotter.desk.rest_source import RestSource
from blotter.desk.source import Refused, Wanted
from blotter.fix.session import Instant
from blotter.journal.reader import TapeReader
from blotter.journal.tape import Tape
from blotter.trading.enums import RejectCategory
from blotter.trading.order import OrderState
from blotter.venues import registry
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind
from blotter.venues.bybit.rest import BybitRest
from blotter.venues.rest import UnreadableAnswer

pytestmark = pytest.mark.anyio

SECOND = 1_000_000_000
SYMBOL = "BTCUSDT"
INSTRUMENT = {
    "symbol": SYMBOL,
    "baseCoin": "BTC",
    "quoteCoin": "USDT",
    "status": "Trading",
    "lotSizeFilter": {"basePrecision": "0.000001", "minOrderAmt": "5"},
    "priceFilter": {"tickSize": "0.1"},
}


class Signer:
    def sign(self, payload: bytes) -> str:
        return "SIGNATURE"


class Clock:
    def __init__(self) -> None:
        self.mono, self.wall = 1000 * SECOND, 1_684_765_770_483_000_000

    def __call__(self) -> Instant:
        return Instant(mono=self.mono, wall=self.wall)


class Bybit:
    """Its REST interface, as far as a test says what is there."""

    def __init__(self) -> None:
        self.open: list[dict[str, object]] = []
        self.history: list[dict[str, object]] = []
        self.executions: list[dict[str, object]] = []
        self.asked: list[str] = []
        self.refusals: list[httpx2.Response] = []
        self.page = 50

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.path)
        if self.refusals:
            return self.refusals.pop(0)
        params = dict(request.url.params)
        match request.url.path:
            case "/v5/order/realtime":
                return self.told(_named(self.open, params), params)
            case "/v5/order/history":
                return self.told(_named(self.history, params), params)
            case "/v5/execution/list":
                return self.told(_named(self.executions, params), params)
            case "/v5/market/instruments-info":
                return self.told([INSTRUMENT], params)
            case "/v5/account/wallet-balance":
                return answer(
                    {"list": [{"coin": [{"coin": "USDT", "walletBalance": "1000", "locked": "0"}]}]}
                )
        return httpx2.Response(404)

    def told(self, elements: list[dict[str, object]], params: dict[str, str]) -> httpx2.Response:
        at = int(params.get("cursor") or 0)
        end = at + self.page
        cursor = str(end) if end < len(elements) else ""
        return answer({"list": elements[at:end], "nextPageCursor": cursor})

    def rest(self, credentials: Credentials, clock=system_clock) -> Rest:
        settings = RestSettings("https://venue.test", patience=0.3, timeout=4.0, accepted_for=0.2)
        return Rest(settings, BybitRest(), credentials, clock, httpx2.MockTransport(self))


def answer(result: object, code: int = 0, text: str = "OK") -> httpx2.Response:
    body = {"retCode": code, "retMsg": text, "result": result, "time": system_clock().wall // 1_000_000}
    return httpx2.Response(200, content=msgspec.json.encode(body))


def _named(elements: list[dict[str, object]], params: dict[str, str]) -> list[dict[str, object]]:
    asked = [(key, params[key]) for key in ("orderId", "orderLinkId") if key in params]
    return [one for one in elements if all(one[key] == value for key, value in asked)]


def at_venue(order, **changes: object) -> dict[str, object]:
    now = str(system_clock().wall // 1_000_000)
    told = {
        "orderId": order.current.order_id,
        "orderLinkId": order.current.cl_ord_id,
        "symbol": SYMBOL,
        "price": str(order.price),
        "qty": str(order.order_qty),
        "side": "Buy",
        "orderStatus": "New",
        "orderType": "Limit",
        "timeInForce": "GTC",
        "cumExecQty": "0",
        "cumExecValue": "0",
        "stopOrderType": "",
        "updatedTime": now,
    }
    return {**told, **changes}


def execution(order, qty: str, exec_id: str) -> dict[str, object]:
    return {
        "symbol": SYMBOL,
        "orderId": order.current.order_id,
        "orderLinkId": order.current.cl_ord_id,
        "execId": exec_id,
        "execType": "Trade",
        "execQty": qty,
        "execPrice": "50000",
        "execValue": str(Decimal(qty) * 50_000),
        "execTime": str(system_clock().wall // 1_000_000),
        "execFee": "0.00001",
        "feeCurrency": "BTC",
        "isMaker": True,
    }


async def test_what_filled_ended_and_stayed_while_the_session_was_away(tmp_path):
    bybit = Bybit()
    async with trading_at("bybit", tmp_path, SYMBOL, rest_transport=httpx2.MockTransport(bybit)) as trading:
        kept, filled, gone = [await trading.submit() for _ in range(3)]
        for order_id in (kept, filled, gone):
            await trading.reaches(order_id, OrderState.NEW)
        bybit.open = [at_venue(trading.order(kept))]
        done = {"orderStatus": "Filled", "cumExecQty": "0.02", "cumExecValue": "1000"}
        bybit.history = [
            at_venue(trading.order(filled), **done),
            at_venue(trading.order(gone), orderStatus="Cancelled", cancelType="CancelBySmp"),
        ]
        bybit.executions = [
            execution(trading.order(filled), "0.015", "x2"),
            execution(trading.order(filled), "0.005", "x1"),
        ]
        trading.exchange.hub.drop()
        await trading.reaches(filled, OrderState.FILLED, within=15)
        order = await trading.reaches(gone, OrderState.CANCELED)
        assert order.reason.text == "CancelBySmp"
        desk = trading.desk
        assert await desk.until(lambda: trading.order(kept).unverified_since is None, 10)
        assert trading.order(kept).state is OrderState.NEW
        fills = desk.fills_of(filled)
        assert [(fill.trade_id, fill.last_qty) for fill in fills] == [
            ("x1", Decimal("0.005")),
            ("x2", Decimal("0.015")),
        ]
        assert (fills[0].fees[0].asset, fills[0].last_px) == ("BTC", Decimal(50_000))
        assert await desk.until(lambda: SYMBOL in desk.instruments, 5)
        assert desk.instruments[SYMBOL].tick_size == Decimal("0.1")
        assert desk.view().entry_blocked == ""
        assert await desk.until(lambda: desk.tape.settled() is not None, 5)
        again = Fold(registry.venue("bybit"))
        with TapeReader.open(tmp_path / "tape.sqlite3") as reader:
            again.replay(row.entry for row in reader.rows())
        assert again.dump() == desk._fold.dump()


# --- the source --------------------------------------------------------------------------------------------


@pytest.fixture
def bybit():
    return Bybit()


@pytest.fixture
async def source(bybit, monkeypatch, anyio_backend):
    monkeypatch.setattr("blotter.desk.rest.BACK_OFF", (0.0,))
    clock = Clock()
    rest = bybit.rest(Credentials("KEY", Signer()), clock)
    source = RestSource(rest, clock)
    source.asked_of, source.clock = rest, clock
    yield source
    await source.close()


def order(number: int, **changes: object) -> dict[str, object]:
    told = {"orderId": f"v{number}", "orderLinkId": f"n{number}", "symbol": SYMBOL, "side": "Buy"}
    kind = {"orderStatus": "New", "orderType": "Limit", "qty": "1", "price": "9", "cumExecQty": "0"}
    return {**told, **kind, **changes}


async def test_what_is_open_is_told_over_all_pages(bybit, source):
    bybit.open = [order(number) for number in range(120)]
    opened = await source.open_orders()
    assert {one.report.order_id for one in opened.found} == {f"v{number}" for number in range(120)}
    assert opened.troubles == []
    assert bybit.asked == ["/v5/order/realtime"] * 3


async def test_an_order_is_looked_for_where_it_rests_and_then_in_the_history(bybit, source):
    bybit.open, bybit.history = [order(1)], [order(2, orderStatus="Cancelled")]
    found = await source.order(Wanted("", SYMBOL, cl_ord_id="n1"))
    assert (found.report.order_id, bybit.asked) == ("v1", ["/v5/order/realtime"])
    found = await source.order(Wanted("", SYMBOL, cl_ord_id="n2"))
    assert found.asked == "/v5/order/history?category=spot&orderLinkId=n2"
    with pytest.raises(Refused) as refused:
        await source.order(Wanted("", SYMBOL, cl_ord_id="n3"))
    assert refused.value.reason.category is RejectCategory.UNKNOWN_ORDER


async def test_another_order_than_was_asked_for_is_not_believed(bybit, source, monkeypatch):
    bybit.open = [order(1)]
    monkeypatch.setattr("test_desk_bybit_rest._named", lambda elements, params: elements)
    for wanted in (Wanted("", SYMBOL, cl_ord_id="n2"), Wanted("", SYMBOL, order_id="v2")):
        with pytest.raises(UnreadableAnswer, match="told of another order"):
            await source.order(wanted)


async def test_a_refusal_comes_with_a_good_status_and_is_one(bybit, source):
    bybit.refusals = [answer({}, 10005, "Permission denied, please check your API key permissions.")]
    with pytest.raises(RestRefused, match=r"Permission denied.* \(10005\)"):
        await source.open_orders()
    assert len(bybit.asked) == 1


async def test_too_many_visits_are_asked_again_and_no_answer_for_good(bybit, source):
    bybit.refusals = [answer({}, 10006, "Too many visits!")]
    assert (await source.open_orders()).found == []
    bybit.refusals = [answer({}, 10006, "Too many visits!")] * 2
    with pytest.raises(RestUnavailable, match="Too many visits"):
        await source.open_orders()


async def test_an_address_that_is_refused_stays_away_for_ten_minutes(bybit, source):
    bybit.refusals = [httpx2.Response(403)]
    with pytest.raises(RestUnavailable, match=r"REST refuses this address \(403\), 600 s left") as caught:
        await source.open_orders()
    assert caught.value.retry_at == source.clock.mono + 600 * SECOND
    with pytest.raises(RestUnavailable):
        await source.open_orders()
    assert len(bybit.asked) == 1


async def test_no_more_questions_in_a_second_than_are_allowed(bybit, source):
    rest, question = source.asked_of, BybitRest().open_orders()
    for _ in range(BybitRest.weight_limit):
        assert rest._wait_for_leave(question) == 0
        await rest.ask(question)
    assert rest._wait_for_leave(question) == 1.0
    source.clock.mono += SECOND
    assert rest._wait_for_leave(question) == 0
    assert source.weight is None, "it is over before anybody could look"


async def test_a_fill_of_an_order_that_is_not_to_be_found_is_no_secret(tmp_path):
    bybit = Bybit()
    async with trading_at("bybit", tmp_path, SYMBOL, rest_transport=httpx2.MockTransport(bybit)) as trading:
        order_id = await trading.submit()
        await trading.reaches(order_id, OrderState.NEW)
        bybit.open = [at_venue(trading.order(order_id))]
        lost = execution(trading.order(order_id), "0.5", "x9")
        bybit.executions = [{**lost, "orderId": "of-old", "orderLinkId": ""}]
        told: list[str] = []
        notice = trading.desk.notice
        trading.desk.notice = lambda severity, text, order_id="": (told.append(text), notice(severity, text))
        trading.exchange.hub.drop()
        expected = "; has traded, but the venue has no such order: BTCUSDT of-old"
        assert await trading.desk.until(lambda: any(expected in text for text in told), 3), (
            told,
            bybit.asked,
        )


async def test_a_dead_man_that_cannot_cancel_is_said(tmp_path, bybit):
    venue, credentials = registry.venue("bybit"), Credentials("KEY", Signer())
    tape = Tape.open(tmp_path / "tape.sqlite3")
    link = LinkSettings(SessionKind.ORDER_ENTRY, Endpoint("127.0.0.1", 1), "TST", 10)
    settings = DeskSettings(environment=Environment.TESTNET, links=(link,), dead_man=30)
    desk = Desk(settings, venue, credentials, tape, system_clock, random.Random(1), bybit.rest(credentials))
    texts = [notice.text for notice in desk.feed.drain().notices]
    tape.close()
    assert "dead_man is set, but nothing can be cancelled then: Bybit cancels nothing by REST here" in texts
    assert sum("no market data here" in text for text in texts) == 1

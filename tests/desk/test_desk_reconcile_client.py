"""The REST client: what it sends, when it stays away, and that no secret shows."""

import logging

import httpx2
import pytest

from blotter.desk.clock import system_clock
from blotter.desk.rest import Rest, RestRefused, RestSettings, RestUnavailable
from blotter.desk.rest_source import RestSource
from blotter.desk.source import Wanted
from blotter.fix.session import Instant
from blotter.venues.base import Credentials
from blotter.venues.binance.rest import BinanceRest
from blotter.venues.rest import Question, UnreadableAnswer

pytestmark = pytest.mark.anyio

SECOND = 1_000_000_000


class Signer:
    def sign(self, payload: bytes) -> str:
        return "SIGN+TURE/=="


class Clock:
    def __init__(self) -> None:
        self.mono = 1000 * SECOND
        self.wall = 1_668_481_559_918_000_000

    def __call__(self) -> Instant:
        return Instant(mono=self.mono, wall=self.wall)


def rest_on(answer, clock=system_clock, monkeypatch=None) -> Rest:
    settings = RestSettings("https://venue.test")
    return Rest(
        settings, BinanceRest(), Credentials("THE-KEY", Signer()), clock, httpx2.MockTransport(answer)
    )


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    monkeypatch.setattr("blotter.desk.rest.BACK_OFF", (0.0, 0.0, 0.0))


async def test_the_bytes_on_the_wire_are_the_bytes_that_were_signed():
    seen = []

    def answer(request):
        seen.append(request)
        return httpx2.Response(200, content=b"[]")

    rest = rest_on(answer, Clock())
    assert await rest.ask(rest.dialect.order("币安", cl_ord_id="a b+c")) == b"[]"
    (request,) = seen
    assert request.url.query == (
        b"symbol=%E5%B8%81%E5%AE%89&origClientOrderId=a%20b%2Bc"
        b"&timestamp=1668481559918&recvWindow=5000&signature=SIGN%2BTURE%2F%3D%3D"
    )
    assert request.headers["x-mbx-apikey"] == "THE-KEY"
    await rest.close()


async def test_a_5xx_is_asked_again_and_then_means_that_nothing_is_known():
    statuses = [503, 502, 200]
    rest = rest_on(lambda request: httpx2.Response(statuses.pop(0), content=b"[]"))
    assert await rest.ask(rest.dialect.open_orders()) == b"[]"
    count = 0

    def always(request):
        nonlocal count
        count += 1
        return httpx2.Response(500, content=b'{"code":-1001,"msg":"Internal error"}')

    rest = rest_on(always)
    with pytest.raises(RestUnavailable, match="500"):
        await rest.ask(rest.dialect.open_orders())
    assert count == 4


async def test_an_answer_that_cannot_be_unpacked_is_none():
    torn = httpx2.ByteStream(b"no gzip at all")
    rest = rest_on(lambda request: httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=torn))
    with pytest.raises(RestUnavailable) as caught:
        await rest.ask(rest.dialect.account())
    assert "TURE" not in str(caught.value)
    await rest.close()


async def test_a_senseless_time_to_wait_is_a_minute():
    clock = Clock()
    rest = rest_on(lambda request: httpx2.Response(429, headers={"retry-after": "9" * 400}), clock)
    with pytest.raises(RestUnavailable) as caught:
        await rest.ask(rest.dialect.account())
    assert caught.value.retry_at == clock.mono + 60 * SECOND
    await rest.close()


async def test_a_refusal_is_told_with_code_and_text_and_not_repeated():
    count = 0

    def answer(request):
        nonlocal count
        count += 1
        return httpx2.Response(400, content=b'{"code":-2013,"msg":"Order does not exist."}')

    rest = rest_on(answer)
    with pytest.raises(RestRefused, match=r"Order does not exist. \(-2013\)") as caught:
        await rest.ask(rest.dialect.order("BTCUSDT", order_id="1"))
    assert caught.value.reason.code == -2013
    assert count == 1


@pytest.mark.parametrize(("status", "said"), [(429, "asks to wait"), (418, "banned")])
async def test_told_to_wait_it_stays_away_for_as_long_as_it_was_told(status, said):
    clock, count = Clock(), 0

    def answer(request):
        nonlocal count
        count += 1
        if count == 1:
            return httpx2.Response(status, headers={"Retry-After": "30"}, content=b"{}")
        return httpx2.Response(200, content=b"[]")

    rest = rest_on(answer, clock)
    with pytest.raises(RestUnavailable, match=said) as caught:
        await rest.ask(rest.dialect.open_orders())
    assert caught.value.retry_at == clock.mono + 30 * SECOND
    clock.mono += 29 * SECOND
    with pytest.raises(RestUnavailable, match="1 s left"):
        await rest.ask(rest.dialect.open_orders())
    assert count == 1, "nothing was sent meanwhile"
    clock.mono += 1 * SECOND
    assert await rest.ask(rest.dialect.open_orders()) == b"[]"


async def test_a_429_without_a_time_is_obeyed_for_a_minute():
    clock = Clock()
    rest = rest_on(lambda request: httpx2.Response(429), clock)
    with pytest.raises(RestUnavailable) as caught:
        await rest.ask(rest.dialect.open_orders())
    assert caught.value.retry_at == clock.mono + 60 * SECOND


async def test_weight_is_shown_and_never_exceeded():
    clock, count = Clock(), 0

    def answer(request):
        nonlocal count
        count += 1
        return httpx2.Response(200, headers={"X-MBX-USED-WEIGHT-1M": "5850"}, content=b"[]")

    rest = rest_on(answer, clock)
    assert rest.weight == (0, 6000)
    await rest.ask(rest.dialect.open_orders())
    assert rest.weight == (5850, 6000)
    with pytest.raises(RestUnavailable, match="5850 of 6000"):
        await rest.ask(rest.dialect.open_orders())
    assert count == 1
    await rest.ask(rest.dialect.order("BTCUSDT", order_id="1"))  # still fits
    clock.mono += 60 * SECOND
    assert rest.weight == (0, 6000)
    await rest.ask(rest.dialect.open_orders())
    assert count == 3


async def test_the_last_weight_is_kept_for_cancels():
    methods = []

    def answer(request):
        methods.append(request.method)
        return httpx2.Response(200, headers={"X-MBX-USED-WEIGHT-1M": "5950"}, content=b"[]")

    rest = rest_on(answer, Clock())
    await rest.ask(rest.dialect.clock())
    with pytest.raises(RestUnavailable, match="5950 of 6000"):
        await rest.ask(rest.dialect.clock())
    await rest.ask(Question("/api/v3/openOrders", (("symbol", "BTCUSDT"),), method="DELETE"))
    assert methods == ["GET", "DELETE"]


async def test_a_clock_that_is_off_is_corrected_by_the_venues():
    clock, stamps = Clock(), []
    ahead = 90_000

    def answer(request):
        if request.url.path == "/api/v3/time":
            return httpx2.Response(200, json={"serverTime": clock.wall // 1_000_000 + ahead})
        stamp = int(request.url.params["timestamp"])
        stamps.append(stamp - clock.wall // 1_000_000)
        if stamps[-1] < ahead - 1000:
            return httpx2.Response(400, json={"code": -1021, "msg": "outside of the recvWindow."})
        return httpx2.Response(200, content=b"[]")

    rest = rest_on(answer, clock)
    assert await rest.ask(rest.dialect.open_orders()) == b"[]"
    assert stamps == [0, ahead]


@pytest.mark.parametrize("error", [httpx2.ConnectError("no such host"), httpx2.ReadTimeout("slow")])
async def test_no_secret_shows_in_errors_logs_or_reprs(error, caplog):
    def answer(request):
        raise error

    caplog.set_level(logging.DEBUG)
    rest = rest_on(answer)
    with pytest.raises(RestUnavailable) as caught:
        await rest.ask(rest.dialect.open_orders())
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None, "what it came from holds the request"
    await rest_on(lambda request: httpx2.Response(200, content=b"[]")).ask(rest.dialect.open_orders())
    shown = caplog.text + repr(rest.__dict__) + str(caught.value)
    assert "THE-KEY" not in shown
    assert "SIGN" not in shown


async def test_an_answer_with_nothing_in_it_is_no_proof_that_an_order_is_not_there():
    rest = rest_on(lambda request: httpx2.Response(200, content=b"[]"))
    with pytest.raises(UnreadableAnswer, match="answered with nothing"):
        await RestSource(rest, system_clock).order(Wanted("", "BTCUSDT", cl_ord_id="A-1"))
    await rest.close()


async def test_more_than_is_fetched_is_said_and_not_left_out():
    trade = {"symbol": "BTCUSDT", "orderId": 1, "price": "1", "qty": "1", "time": 1, "isMaker": True}

    def answer(request):
        first = int(request.url.params["fromId"])
        return httpx2.Response(200, json=[{**trade, "id": first + number} for number in range(1000)])

    rest = rest_on(answer)
    with pytest.raises(UnreadableAnswer, match="more than 5000 told, not all of them were fetched"):
        await RestSource(rest, system_clock).trades("BTCUSDT", order_id="1")
    await rest.close()

"""REST: what is refused, with which code and status, and what each use of it costs."""

import asyncio
import ssl
from pathlib import Path
from random import Random
from urllib.parse import unquote

import pytest
from exchange_client import Venue, venue
from exchange_rest import Rest

from blotter.exchange.rest import RestConnection
from blotter.exchange.rest_api import RestApi
from blotter.exchange.rest_request import Request
from blotter.exchange.settings import system_clock
from blotter.exchange.weights import FIRST_BAN, LONGEST_BAN, MINUTE, TOLERATED, Excess, Weights
from blotter.fix.values import SECOND

pytestmark = pytest.mark.anyio


@pytest.fixture
def rest(quiet: Venue) -> Rest:
    return quiet.rest()


def milliseconds(ahead: int = 0) -> int:
    return system_clock().wall // 1_000_000 + ahead


async def test_a_key_must_be_sent_and_known(rest: Rest) -> None:
    query = rest.signed({})
    missing = await rest.raw("GET", "account", query, api_key=None)
    assert (missing.status, missing.body) == (401, {"code": -2014, "msg": "API-key format invalid."})
    assert (await rest.raw("GET", "account", query, api_key="a b")).error == (401, -2014)
    other = await rest.raw("GET", "account", query, api_key="a" * 64)
    assert (other.status, other.body) == (
        401,
        {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."},
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda query: query.replace("symbol=BTCUSDT", "symbol=ETHUSDT"),
        lambda query: "recvWindow=5000&" + query,
        lambda query: query[:-6] + "AA%3D%3D",
        lambda query: query.partition("&signature=")[0] + "&signature=nonsense!",
    ],
)
async def test_a_signature_holds_for_the_query_as_it_was_sent(rest: Rest, change: object) -> None:
    query = rest.signed({"symbol": "BTCUSDT"})
    assert (await rest.raw("GET", "openOrders", query)).status == 200
    answer = await rest.raw("GET", "openOrders", change(query))  # type: ignore[operator]
    assert (answer.status, answer.body) == (
        400,
        {"code": -1022, "msg": "Signature for this request is not valid."},
    )


async def test_a_signature_that_was_not_percent_encoded_is_wrong(rest: Rest) -> None:
    for n in range(200):  # until the base64 has a plus, which means a space
        query = rest.signed({"recvWindow": 5_000 + n})
        if "+" in unquote(query):
            break
    assert (await rest.raw("GET", "account", query)).status == 200
    assert (await rest.raw("GET", "account", unquote(query))).error == (400, -1022)


@pytest.mark.parametrize(
    ("params", "code", "text"),
    [
        ({"timestamp": None}, -1102, "Mandatory parameter 'timestamp' was not sent"),
        ({"timestamp": ""}, -1102, "Mandatory parameter 'timestamp' was not sent"),
        ({"timestamp": "now"}, -1100, "Illegal characters found in parameter 'timestamp'"),
        ({"recvWindow": "60001"}, -1102, "Cannot be greater than 60000"),
        ({"recvWindow": "x"}, -1102, "Mandatory parameter 'recvWindow'"),
    ],
)
async def test_times_that_say_nothing(rest: Rest, params: dict[str, object], code: int, text: str) -> None:
    answer = await rest.get("account", **params)
    assert answer.error == (400, code)
    assert text in answer.body["msg"]


async def test_the_time_must_be_near_the_servers(rest: Rest) -> None:
    late = await rest.get("account", timestamp=milliseconds(-5_100))
    assert (late.status, late.body) == (
        400,
        {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."},
    )
    early = await rest.get("account", timestamp=milliseconds(1_900))
    assert (early.status, early.body) == (
        400,
        {"code": -1021, "msg": "Timestamp for this request was 1000ms ahead of the server's time."},
    )
    assert (await rest.get("account", timestamp=milliseconds(-9_000), recvWindow="10000.5")).status == 200
    assert (await rest.get("account", timestamp=milliseconds() * 1_000)).status == 200


async def test_a_signed_request_without_signature(rest: Rest) -> None:
    answer = await rest.raw("GET", "account", f"timestamp={milliseconds()}")
    assert answer.error == (400, -1102)
    assert "'signature'" in answer.body["msg"]


@pytest.mark.parametrize(
    ("method", "path", "params", "code"),
    [
        ("GET", "order", {}, -1102),
        ("GET", "order", {"symbol": "BTCUSDT"}, -1102),
        ("GET", "order", {"symbol": ""}, -1102),
        ("GET", "order", {"symbol": "NOPE", "orderId": 1}, -1121),
        ("GET", "order", {"symbol": "BTCUSDT", "orderId": "x"}, -1100),
        ("GET", "order", {"symbol": "BTCUSDT", "orderId": "-1"}, -1100),
        ("GET", "openOrders", {"symbol": "btcusdt"}, -1121),
        ("GET", "openOrders", {"colour": "red"}, -1104),
        ("GET", "allOrders", {}, -1102),
        ("GET", "allOrders", {"symbol": "BTCUSDT", "limit": 1001}, -1130),
        ("GET", "allOrders", {"symbol": "BTCUSDT", "limit": 0}, -1130),
        ("GET", "allOrders", {"symbol": "BTCUSDT", "startTime": 0, "endTime": 86_400_001}, -1127),
        ("GET", "myTrades", {}, -1102),
        ("GET", "myTrades", {"symbol": "BTCUSDT", "fromId": 1, "startTime": 1}, -1128),
        ("GET", "myTrades", {"symbol": "BTCUSDT", "orderId": 1, "endTime": 1}, -1128),
        ("GET", "account", {"omitZeroBalances": "maybe"}, -1130),
        ("DELETE", "order", {"symbol": "BTCUSDT"}, -1102),
        ("DELETE", "order", {"symbol": "NOPE", "orderId": 1}, -1121),
        ("DELETE", "openOrders", {}, -1102),
    ],
)
async def test_parameters_that_cannot_be(
    rest: Rest, method: str, path: str, params: dict[str, object], code: int
) -> None:
    answer = await rest.raw(method, path, rest.signed(params))
    assert answer.error == (400, code)
    assert answer.body["msg"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("symbol=NOPE", -1121),
        ("symbols=%5B%22NOPE%22%5D", -1121),
        ("symbols=BTCUSDT", -1130),
        ("symbol=BTCUSDT&symbols=%5B%5D", -1128),
        ("symbol=BTCUSDT&symbol=ETHUSDT", -1101),
        ("symbol=%FF", -1100),
        ("timestamp=1", -1104),
    ],
)
async def test_public_parameters_that_cannot_be(rest: Rest, query: str, code: int) -> None:
    assert (await rest.raw("GET", "exchangeInfo", query)).error == (400, code)


@pytest.mark.parametrize(("method", "path"), [("POST", "order"), ("GET", "nothing"), ("PUT", "account")])
async def test_there_is_nothing_else_and_no_order_is_placed_here(rest: Rest, method: str, path: str) -> None:
    assert (await rest.raw(method, path, rest.signed({}))).error == (404, -1020)


async def test_what_is_not_http_is_told_so_and_cut(quiet: Venue) -> None:
    context = ssl.create_default_context(cafile=quiet.running.credentials.ca_file)
    host, _, port = quiet.running.rest.removeprefix("https://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
    writer.write(b"8=FIX.4.4\x019=5\x01\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()
    await writer.wait_closed()
    assert (await quiet.rest().public("ping")).status == 200


class Wire(asyncio.Transport):
    """What is written to it, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True


async def test_no_bytes_break_the_service(quiet: Venue) -> None:
    api, random = RestApi(quiet.running.hub), Random(1)
    seeds = [
        b"GET /api/v3/ping HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v3/order?%s HTTP/1.1\r\nHost: x\r\n\r\n"
        % quiet.rest().signed({"symbol": "BTCUSDT"}).encode(),
        b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nabcde",
        b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"X" * 20_000,
    ]
    for _ in range(400):
        connection, wire = RestConnection(api), Wire()
        connection.connection_made(wire)
        data = bytearray(b"".join(random.choices(seeds, k=random.randint(1, 3))))
        for _ in range(random.randint(0, 3)):
            data[random.randrange(len(data))] = random.randrange(256)
        cuts = sorted(random.sample(range(len(data)), 2))
        for part in (data[: cuts[0]], data[cuts[0] : cuts[1]], data[cuts[1] :]):
            if not wire.closed:
                connection.data_received(bytes(part))
        if not wire.closed:
            connection.eof_received()
        connection.connection_lost(None)
        assert wire.closed
        assert wire.written.startswith(b"HTTP/1.1 ") or not wire.written
    assert not quiet.running.hub.visitors


async def test_a_head_has_no_body_and_the_connection_goes_on(rest: Rest) -> None:
    assert (await rest.raw("HEAD", "ping")).status == 404
    assert (await rest.public("ping")).status == 200


def test_neither_key_nor_signature_shows() -> None:
    request = Request("GET", "/api/v3/account", "signature=hidden", {"x-mbx-apikey": "hidden"})
    assert "hidden" not in repr(request)


# --- weights -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "params", "weight"),
    [
        ("GET", "ping", None, 1),
        ("GET", "time", None, 1),
        ("GET", "exchangeInfo", None, 20),
        ("GET", "openOrders", {"symbol": "BTCUSDT"}, 6),
        ("GET", "openOrders", {}, 80),
        ("GET", "order", {"symbol": "BTCUSDT", "orderId": 1}, 4),
        ("GET", "allOrders", {"symbol": "BTCUSDT"}, 20),
        ("GET", "myTrades", {"symbol": "BTCUSDT"}, 20),
        ("GET", "myTrades", {"symbol": "BTCUSDT", "orderId": 1}, 5),
        ("GET", "account", {}, 20),
        ("GET", "rateLimit/order", {}, 40),
        ("DELETE", "order", {"symbol": "BTCUSDT", "orderId": 1}, 1),  # refused: a success costs nothing
        ("DELETE", "openOrders", {"symbol": "BTCUSDT"}, 1),
    ],
)
async def test_every_answer_says_the_weight_used(
    rest: Rest, method: str, path: str, params: dict[str, object] | None, weight: int
) -> None:
    answer = await rest.raw(method, path, "" if params is None else rest.signed(params))
    assert answer.used == weight


async def test_a_cancel_that_succeeds_costs_nothing(quiet: Venue, rest: Rest) -> None:
    trader = await quiet.client()
    await trader.order("mine", "1", "1", "100")
    await trader.report("0")
    answer = await rest.delete("order", symbol="BTCUSDT", orderId=0)
    assert (answer.status, answer.used) == (200, 0)


async def test_beyond_the_limit_429_and_for_those_who_go_on_418(tmp_path: Path) -> None:
    async with venue(tmp_path, rest_weight=30) as running:
        rest = running.rest()
        running.running.hub.weights.exhaust(system_clock().wall, 20)
        answer = await rest.public("ping")
        assert answer.error == (429, -1003)
        assert answer.body["msg"].startswith(
            "Too much request weight used; current limit is 30 request weight per 1 MINUTE."
        )
        assert 15 <= int(answer.headers["Retry-After"]) <= 20
        for _ in range(TOLERATED):
            answer = await rest.public("ping")
        assert answer.error == (418, -1003)
        assert answer.body["msg"].startswith("Way too much request weight used; IP banned until ")
        assert 115 <= int(answer.headers["Retry-After"]) <= 120
        assert "X-MBX-USED-WEIGHT-1M" in answer.headers
        running.running.inject("clear")
        assert (await rest.public("ping")).status == 200


def test_weights_are_counted_by_the_minute() -> None:
    weights, start = Weights(100), 7 * MINUTE
    assert weights.spend(100, start + 10 * SECOND) is None
    refused = weights.spend(1, start + 20 * SECOND)
    assert refused == Excess(start + MINUTE, banned=False)
    assert weights.used == 101
    assert weights.spend(1, start + MINUTE) is None
    assert weights.used == 1


def test_a_ban_outlasts_the_minute_and_the_next_one_is_longer() -> None:
    weights, now = Weights(10), 7 * MINUTE
    for ban in (FIRST_BAN, 2 * FIRST_BAN):
        answers = [weights.spend(11, now) for _ in range(TOLERATED + 2)]
        assert [a and a.banned for a in answers] == [False] * (TOLERATED + 1) + [True]
        assert answers[-1] == Excess(now + ban, banned=True)
        now += ban
        assert weights.spend(0, now - 1) == Excess(now, banned=True)
        assert weights.spend(1, now + MINUTE) is None
        now += 2 * MINUTE
    for _ in range(20):
        while (excess := weights.spend(11, now)) is None or not excess.banned:
            pass
        now = excess.until
    assert excess.until - now <= LONGEST_BAN


def test_those_who_wait_after_a_429_are_not_banned() -> None:
    weights, now = Weights(10), 7 * MINUTE
    for _ in range(50):
        refused = weights.spend(11, now)
        assert refused is not None
        assert not refused.banned
        now = refused.until

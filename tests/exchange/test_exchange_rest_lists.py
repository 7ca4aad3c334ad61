"""REST: order lists, contingent, pegged and routed orders, told and cancelled as the venue does."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from exchange_client import Client, Venue, request, venue
from exchange_rest import Rest

from blotter.exchange.listing import LISTINGS
from blotter.exchange.settings import system_clock
from blotter.trading.enums import Side
from blotter.venues.binance.rest import BinanceRest

pytestmark = pytest.mark.anyio

Fields = list[tuple[int, object]]
TRIGGER: Fields = [(1100, "4"), (1101, "1"), (1107, "2")]


@pytest.fixture
def rest(quiet: Venue) -> Rest:
    return quiet.rest()


@pytest.fixture
async def trader(quiet: Venue) -> Client:
    return await quiet.client()


def instruction(*what: int) -> Fields:
    return [(25010, 1), *zip((25011, 25012, 25013), what, strict=True)]


async def oco(trader: Client, name: str = "oco", symbol: str = "BTCUSDT") -> None:
    """Sell 1: stop at 50,000 below the market, a limit at 70,000 above it; of ETHUSDT at a twentieth of that."""
    stop, limit = (50_000, 70_000) if symbol == "BTCUSDT" else (2_500, 3_500)
    below = [
        (11, f"{name}-b"),
        (38, 1),
        (40, 3),
        *TRIGGER,
        (1102, stop),
        (1109, "D"),
        (54, 2),
        (55, symbol),
    ]
    above = [(11, f"{name}-a"), (38, 1), (40, 2), (18, 6), (44, limit), (54, 2), (55, symbol)]
    legs = [*below, *instruction(2, 1, 2), *above, *instruction(1, 0, 2)]
    await trader.say("E", [(73, 2), *legs, (1385, 1), (25014, name)])
    assert (await trader.hear("N")).text(429) == "4"
    for _ in "ab":
        await trader.report("0")


async def oto(trader: Client, name: str = "oto") -> None:
    """Buy 1 at 100; once that is filled, sell 1 at 70,000."""
    works = [(11, f"{name}-w"), (38, 1), (40, 2), (44, 100), (54, 1), (55, "BTCUSDT"), (59, 1)]
    waits = [(11, f"{name}-p"), (38, 1), (40, 2), (44, 70_000), (54, 2), (55, "BTCUSDT"), (59, 1)]
    await trader.say("E", [(73, 2), *works, *waits, *instruction(3, 0, 1), (1385, 2), (25014, name)])
    assert (await trader.hear("N")).text(429) == "4"


async def test_an_open_list_and_its_legs(rest: Rest, trader: Client) -> None:
    await oco(trader)
    (found,) = (await rest.get("openOrderList")).body
    assert abs(found.pop("transactionTime") - system_clock().wall // 1_000_000) < 5_000
    assert found == {
        "orderListId": 0,
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED",
        "listOrderStatus": "EXECUTING",
        "listClientOrderId": "oco",
        "symbol": "BTCUSDT",
        "orders": [
            {"symbol": "BTCUSDT", "orderId": 0, "clientOrderId": "oco-b"},
            {"symbol": "BTCUSDT", "orderId": 1, "clientOrderId": "oco-a"},
        ],
    }
    below, above = (await rest.get("openOrders", symbol="BTCUSDT")).body
    assert (below["type"], below["stopPrice"], below["isWorking"], below["workingTime"]) == (
        "STOP_LOSS",
        "50000.00000000",
        False,
        -1,
    )
    assert (above["type"], above["price"], above["isWorking"]) == ("LIMIT_MAKER", "70000.00000000", True)
    assert above["workingTime"] == above["time"]
    assert (below["orderListId"], above["orderListId"]) == (0, 0)


async def test_one_list_by_either_id_and_both_must_agree(rest: Rest, trader: Client) -> None:
    await oco(trader)
    await oto(trader)
    assert (await rest.get("orderList", orderListId=0)).body["listClientOrderId"] == "oco"
    by_name = (await rest.get("orderList", origClientOrderId="oto")).body
    assert (by_name["orderListId"], by_name["contingencyType"]) == (1, "OTO")
    assert (await rest.get("orderList", orderListId=1, origClientOrderId="oto")).status == 200
    assert (await rest.get("orderList", orderListId=0, origClientOrderId="oto")).error == (400, -2039)
    for unknown in ({"orderListId": 7}, {"origClientOrderId": "none"}):
        assert (await rest.get("orderList", **unknown)).error == (400, -2013)
    assert (await rest.get("orderList")).error == (400, -1102)


async def test_all_lists_by_cursor_and_by_time(rest: Rest, trader: Client) -> None:
    await oco(trader)
    await oto(trader)
    await trader.cancel("c", "oco-a")
    assert (await trader.hear("N")).text(429) == "5"

    async def names(**params: object) -> list[tuple[str, str]]:
        lists = (await rest.get("allOrderList", **params)).body
        return [(each["listClientOrderId"], each["listOrderStatus"]) for each in lists]

    assert await names() == [("oco", "ALL_DONE"), ("oto", "EXECUTING")]
    assert await names(fromId=1) == [("oto", "EXECUTING")]
    assert await names(limit=1) == [("oto", "EXECUTING")]
    now = system_clock().wall // 1_000_000
    assert len(await names(startTime=now - 60_000, endTime=now + 1_000)) == 2
    assert await names(endTime=now - 60_000) == []
    assert (await rest.get("allOrderList", fromId=0, startTime=now)).error == (400, -1128)
    assert [each["listClientOrderId"] for each in (await rest.get("openOrderList")).body] == ["oto"]


@pytest.mark.parametrize("by", ["list", "name", "oco-b", "oco-a"])
async def test_a_list_is_cancelled_whole_and_told_to_every_session(
    quiet: Venue, rest: Rest, trader: Client, by: str
) -> None:
    other = await quiet.client("OTHER")
    await oco(trader)
    await other.report("0")
    await other.report("0")
    if by == "list":
        answer = await rest.delete("orderList", symbol="BTCUSDT", orderListId=0, newClientOrderId="kill")
    elif by == "name":
        answer = await rest.delete(
            "orderList", symbol="BTCUSDT", listClientOrderId="oco", newClientOrderId="kill"
        )
    else:
        answer = await rest.delete("order", symbol="BTCUSDT", origClientOrderId=by, newClientOrderId="kill")
    assert answer.status == 200
    assert (answer.body["listOrderStatus"], answer.body["listStatusType"]) == ("ALL_DONE", "ALL_DONE")
    assert [
        (report["origClientOrderId"], report["clientOrderId"], report["status"], report["orderListId"])
        for report in answer.body["orderReports"]
    ] == [("oco-b", "kill", "CANCELED", 0), ("oco-a", "kill", "CANCELED", 0)]
    assert answer.body["orderReports"][0]["stopPrice"] == "50000.00000000"
    assert "stopPrice" not in answer.body["orderReports"][1]
    for client in (trader, other):
        heard = [await client.hear("8", "N") for _ in "abc"]
        assert sorted((m.msg_type, m.text(11 if m.msg_type == "8" else 429)) for m in heard) == [
            ("8", "kill"),
            ("8", "kill"),
            ("N", "5"),
        ]
    again = await rest.delete("orderList", symbol="BTCUSDT", orderListId=0)
    assert (again.status, again.body) == (400, {"code": -2011, "msg": "Unknown order sent."})


async def test_everything_of_a_symbol_is_cancelled_lists_included(rest: Rest, trader: Client) -> None:
    await oco(trader)
    await trader.order("plain", "1", "1", "100")
    await oto(trader)
    await oco(trader, "stays", "ETHUSDT")
    answer = await rest.delete("openOrders", symbol="BTCUSDT")
    plain, first, second = answer.body
    assert plain["origClientOrderId"] == "plain"
    assert [each["listClientOrderId"] for each in (first, second)] == ["oco", "oto"]
    assert [report["origClientOrderId"] for report in second["orderReports"]] == ["oto-w", "oto-p"]
    left = (await rest.get("openOrders")).body
    assert [order["clientOrderId"] for order in left] == ["stays-b", "stays-a"]


async def test_a_pending_leg_waits_and_then_works(quiet: Venue, rest: Rest, trader: Client) -> None:
    await oto(trader)
    statuses = {o["clientOrderId"]: o["status"] for o in (await rest.get("openOrders")).body}
    assert statuses == {"oto-w": "NEW", "oto-p": "PENDING_NEW"}
    quiet.other(request(Side.SELL, "1", "100"))
    (left,) = (await rest.get("openOrders")).body
    assert (left["clientOrderId"], left["status"], left["isWorking"]) == ("oto-p", "NEW", True)
    (trade,) = (await rest.get("myTrades", symbol="BTCUSDT")).body
    assert trade["orderListId"] == 0


async def test_lists_lag_like_the_rest_and_outlive_a_restart(tmp_path: Path) -> None:
    async with venue(tmp_path) as running:
        rest, trader = running.rest(), await running.client()
        running.running.inject("rest-lag:1m")
        await oco(trader)
        assert (await rest.get("openOrderList")).body == []
        assert (await rest.get("orderList", orderListId=0)).error == (400, -2013)
        assert (await rest.delete("orderList", symbol="BTCUSDT", orderListId=0)).status == 200
        assert (await trader.hear("N")).text(429) == "5"
        running.running.inject("clear")
        await oco(trader, "next")
        known = (await rest.get("allOrderList")).body
        assert [each["listOrderStatus"] for each in known] == ["ALL_DONE", "EXECUTING"]
    async with venue(tmp_path) as running:
        assert (await running.rest().get("allOrderList")).body == known


@pytest.mark.parametrize(
    ("side", "direction", "ord_type", "price", "name"),
    [
        ("1", "U", "3", None, "STOP_LOSS"),
        ("1", "D", "3", None, "TAKE_PROFIT"),
        ("2", "D", "4", "100", "STOP_LOSS_LIMIT"),
        ("2", "U", "4", "70000", "TAKE_PROFIT_LIMIT"),
    ],
)
async def test_contingent_orders_have_the_venues_names(
    rest: Rest, trader: Client, side: str, direction: str, ord_type: str, price: str | None, name: str
) -> None:
    trigger = 70_000 if direction == "U" else 100
    await trader.order("mine", side, "1", price, (40, ord_type), *TRIGGER, (1102, trigger), (1109, direction))
    await trader.report("0")
    (order,) = (await rest.get("openOrders")).body
    assert (order["type"], order["stopPrice"]) == (name, f"{trigger}.00000000")
    assert order["price"] == ("0.00000000" if price is None else f"{price}.00000000")
    assert "trailingDelta" not in order


async def test_a_trailing_order_says_its_distance_and_since_when_it_follows(
    rest: Rest, trader: Client
) -> None:
    follows = [*TRIGGER, (25009, 100)]
    await trader.order("waits", "2", "1", None, (40, "3"), *follows, (1102, 70_000), (1109, "U"))
    await trader.order("follows", "2", "1", None, (40, "3"), *follows)
    for _ in "ab":
        await trader.report("0")
    waits, now = (await rest.get("openOrders")).body
    assert (waits["type"], waits["trailingDelta"], waits["trailingTime"]) == ("TAKE_PROFIT", 100, -1)
    assert (now["type"], now["trailingDelta"]) == ("TAKE_PROFIT", 100)
    assert now["trailingTime"] == now["time"]


async def test_a_pegged_order_says_where(quiet: Venue, rest: Rest, trader: Client) -> None:
    for n, price in enumerate(("59990", "59980")):
        quiet.other(request(Side.BUY, "1", price), f"b{n}")
    peg = [(40, "P"), (835, "1"), (1094, "5"), (836, "3"), (211, "1")]
    await trader.order("mine", "1", "1", None, *peg, (59, "1"))
    await trader.report("0")
    (order,) = (await rest.get("openOrders")).body
    assert (order["type"], order["pegPriceType"], order["pegOffsetType"], order["pegOffsetValue"]) == (
        "LIMIT",
        "PRIMARY_PEG",
        "PRICE_LEVEL",
        1,
    )
    assert order["peggedPrice"] == "59980.00000000"


async def test_allocations_are_not_among_the_trades(tmp_path: Path) -> None:
    """Smart order routing (fact sheet section 10): the sibling's book has the better price."""
    btc = LISTINGS[0]
    listings = tuple(
        msgspec.structs.replace(btc, symbol=f"BTC{quote}", quote=quote, sor_group="usd")
        for quote in ("USDT", "USDC")
    )
    balances = {"USDT": Decimal(1_000_000), "USDC": Decimal(0), "BTC": Decimal(0)}
    async with venue(tmp_path, listings=listings, balances=balances) as running:
        rest, trader = running.rest(), await running.client()
        watcher = await running.client("MD", market_data=True)
        sibling = [
            (262, "t"),
            (263, "1"),
            (264, "1"),
            (146, 1),
            (55, "BTCUSDC"),
            (267, 2),
            (269, 0),
            (269, 1),
        ]
        await watcher.say("V", sibling)
        await watcher.hear("W")
        info = (await rest.public("exchangeInfo")).body
        assert info["sors"] == [{"baseAsset": "BTC", "symbols": ["BTCUSDT", "BTCUSDC"]}]
        running.other(request(Side.SELL, "1", "60010"), "here")
        running.other(request(Side.SELL, "1", "60000", symbol="BTCUSDC"), "there")
        await watcher.hear("X")
        await trader.order("mine", "1", "2", "60010", (25032, "Y"))
        await trader.report("0")
        (routed,) = (await rest.get("myAllocations", symbol="BTCUSDT")).body
        assert abs(routed.pop("time") - system_clock().wall // 1_000_000) < 5_000
        assert routed == {
            "symbol": "BTCUSDT",
            "allocationId": 0,
            "allocationType": "SOR",
            "orderId": 0,
            "orderListId": -1,
            "price": "60000.00000000",
            "qty": "1.00000000",
            "quoteQty": "60000.00000000",
            "commission": "0.00100000",
            "commissionAsset": "BTC",
            "isBuyer": True,
            "isMaker": False,
            "isAllocator": False,
        }
        (trade,) = (await rest.get("myTrades", symbol="BTCUSDT")).body
        assert trade["price"] == "60010.00000000"
        order = (await rest.get("order", symbol="BTCUSDT", orderId=0)).body
        assert (order["usedSor"], order["workingFloor"], order["status"]) == (True, "EXCHANGE", "FILLED")
        assert (await watcher.hear("X")).groups(268)[0].text(279) == "2"  # the sibling's offer is gone

        async def ids(**params: object) -> list[int]:
            found = (await rest.get("myAllocations", symbol="BTCUSDT", **params)).body
            return [each["allocationId"] for each in found]

        assert await ids(orderId=0) == [0]
        assert await ids(orderId=1) == []
        assert await ids(fromAllocationId=1) == []
        now = system_clock().wall // 1_000_000
        assert await ids(startTime=now - 60_000) == await ids(endTime=now + 1_000) == [0]
        assert (await rest.get("myAllocations", symbol="BTCUSDT", orderId=0, startTime=now)).error == (
            400,
            -1128,
        )


@pytest.mark.parametrize(
    ("path", "weight"), [("openOrderList", 6), ("allOrderList", 20), ("myAllocations?symbol=BTCUSDT", 20)]
)
async def test_weights(rest: Rest, path: str, weight: int) -> None:
    before = (await rest.public("ping")).used
    name, _, query = path.partition("?")
    assert (await rest.get(name, **dict([query.split("=")] if query else []))).used == before + weight


async def test_a_list_is_refused_as_its_orders_are(quiet: Venue, trader: Client) -> None:
    quiet.running.inject("halt:BTCUSDT")
    below = [(11, "w"), (38, 1), (40, 2), (44, 100), (54, 1), (55, "BTCUSDT"), (59, 1)]
    waits = [(11, "p"), (38, 1), (40, 2), (44, 70_000), (54, 2), (55, "BTCUSDT"), (59, 1)]
    body = [(73, 2), *below, *waits, *instruction(3, 0, 1), (1385, 2), (25014, "list")]
    await trader.say("E", body)
    heard = [await trader.hear() for _ in "abc"]
    assert sorted(message.msg_type for message in heard) == ["8", "8", "N"]
    (status,) = [message for message in heard if message.msg_type == "N"]
    assert (status.text(429), status.text(431)) == ("2", "7")
    assert b"Market is closed." in status.raw
    quiet.running.inject("clear,refuse-order:-1008")
    await trader.say("E", body)
    await trader.refused(-1008)
    quiet.running.inject("clear,drop-before-order")
    await trader.say("E", body)
    assert await trader.closed() == []
    assert list(quiet.running.engine.histories["trader"].orders()) == []


async def test_a_lost_ack_of_a_list_loses_its_status_and_its_orders(quiet: Venue, trader: Client) -> None:
    quiet.running.inject("lost-ack:1")
    works = [(11, "w"), (38, 1), (40, 2), (44, 100), (54, 1), (55, "BTCUSDT"), (59, 1)]
    waits = [(11, "p"), (38, 1), (40, 2), (44, 70_000), (54, 2), (55, "BTCUSDT"), (59, 1)]
    await trader.say("E", [(73, 2), *works, *waits, *instruction(3, 0, 1), (1385, 2), (25014, "list")])
    await trader.silence()
    assert len((await quiet.rest().get("openOrderList")).body) == 1


async def test_the_dialect_reads_every_answer(rest: Rest, trader: Client) -> None:
    """The other end of the wire: what the venue's dialect makes of it."""
    await oco(trader)
    await oto(trader)
    await trader.order("peg", "1", "1", "90", (40, "P"), (835, "1"), (1094, "5"))
    dialect = BinanceRest()

    async def told(path: str, **params: object) -> bytes:
        return msgspec.json.encode((await rest.get(path, **params)).body)

    orders = [dialect.read_order(one, 1) for one in dialect.split(await told("openOrders"))]
    assert [(order.cl_ord_id, order.list_id) for order in orders[:3]] == [
        ("oco-b", "0"),
        ("oco-a", "0"),
        ("oto-w", "1"),
    ]
    lists = [dialect.read_list(one, 1) for one in dialect.split(await told("openOrderList"))]
    assert [(one.cl_list_id, len(one.members)) for one in lists] == [("oco", 2), ("oto", 2)]
    assert dialect.read_list(await told("orderList", orderListId=1), 1).list_id == "1"
    held = dialect.read_balances(await told("account", omitZeroBalances="true"), 1)
    assert held.by_asset["BTC"].locked > 0
    listed = dialect.read_listing(msgspec.json.encode((await rest.public("exchangeInfo")).body))
    assert [instrument.symbol for instrument in listed] == [listing.symbol for listing in LISTINGS]
    assert (listed[0].lists, listed[0].trailing, listed[0].peggable, listed[0].max_lists) == (
        True,
        True,
        True,
        20,
    )
    counts = dialect.read_order_counts(await told("rateLimit/order"))
    assert [(limit.used, limit.interval) for limit in counts] == [(5, 10), (5, 86_400)]

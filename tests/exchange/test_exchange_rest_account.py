"""REST: amendments, prevented matches, an account's filters, and that they outlive a restart."""

from pathlib import Path

import pytest
from exchange_client import Client, Venue, venue
from exchange_rest import Rest

from blotter.exchange.settings import system_clock

pytestmark = pytest.mark.anyio


@pytest.fixture
def rest(quiet: Venue) -> Rest:
    return quiet.rest()


@pytest.fixture
async def trader(quiet: Venue) -> Client:
    return await quiet.client()


async def amend(trader: Client, orig: str, cl_ord_id: str, qty: str) -> None:
    await trader.say("XAK", [(11, cl_ord_id), (41, orig), (55, "BTCUSDT"), (38, qty)])
    assert (await trader.report("5")).text(11) == cl_ord_id


async def test_amendments_tell_each_step(rest: Rest, trader: Client) -> None:
    await trader.order("a", "1", "3", "100")
    await amend(trader, "a", "b", "2")
    await amend(trader, "b", "b", "1")
    answer = await rest.get("order/amendments", symbol="BTCUSDT", orderId=0)
    for made in answer.body:
        assert abs(made.pop("time") - system_clock().wall // 1_000_000) < 5_000
    first, second = answer.body
    assert first == {
        "symbol": "BTCUSDT",
        "orderId": 0,
        "executionId": 1,
        "origClientOrderId": "a",
        "newClientOrderId": "b",
        "origQty": "3.00000000",
        "newQty": "2.00000000",
    }
    assert (second["origClientOrderId"], second["origQty"], second["newQty"]) == (
        "b",
        "2.00000000",
        "1.00000000",
    )

    async def ids(**params: object) -> list[int]:
        answer = await rest.get("order/amendments", symbol="BTCUSDT", **params)
        return [made["executionId"] for made in answer.body]

    assert await ids(orderId=0, fromExecutionId=2) == [2]
    assert await ids(orderId=0, limit=1) == [1]
    assert await ids(orderId=1) == []
    assert (await rest.get("order/amendments", symbol="BTCUSDT")).error == (400, -1102)


async def test_prevented_matches_by_id_and_by_order(rest: Rest, trader: Client) -> None:
    await trader.order("maker", "1", "1.3", "100")
    await trader.order("taker", "2", "1", "100")  # EXPIRE_MAKER, the default
    await trader.order("maker2", "1", "1", "100", (25001, "2"))  # meets the taker, and is stopped
    await trader.order("both", "1", "0.5", "100", (25001, "4"))
    assert (await trader.report("C")).text(11) == "maker"
    answer = await rest.get("myPreventedMatches", symbol="BTCUSDT", preventedMatchId=0)
    (match,) = answer.body
    assert abs(match.pop("transactTime") - system_clock().wall // 1_000_000) < 5_000
    assert match == {
        "symbol": "BTCUSDT",
        "preventedMatchId": 0,
        "takerOrderId": 1,
        "makerSymbol": "BTCUSDT",
        "makerOrderId": 0,
        "tradeGroupId": -1,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "price": "100.00000000",
        "makerPreventedQuantity": "1.30000000",
    }
    matches = (await rest.get("myPreventedMatches", symbol="BTCUSDT", orderId=1)).body
    assert [
        (
            each["preventedMatchId"],
            each["takerOrderId"],
            each["makerOrderId"],
            each["selfTradePreventionMode"],
            each.get("takerPreventedQuantity"),
            each.get("makerPreventedQuantity"),
        )
        for each in matches
    ] == [
        (0, 1, 0, "EXPIRE_MAKER", None, "1.30000000"),
        (1, 2, 1, "EXPIRE_TAKER", "1.00000000", None),
        (2, 3, 1, "EXPIRE_BOTH", "0.50000000", "1.00000000"),
    ]
    later = await rest.get("myPreventedMatches", symbol="BTCUSDT", orderId=1, fromPreventedMatchId=1, limit=1)
    assert [each["preventedMatchId"] for each in later.body] == [1]
    for params in ({}, {"orderId": 1, "preventedMatchId": 1}):
        assert (await rest.get("myPreventedMatches", symbol="BTCUSDT", **params)).error == (400, -1128)


async def test_they_outlive_a_restart_and_lag_like_the_rest(tmp_path: Path) -> None:
    async with venue(tmp_path) as running:
        rest, trader = running.rest(), await running.client()
        running.running.inject("rest-lag:1m")
        await trader.order("a", "1", "3", "100")
        await amend(trader, "a", "b", "2")
        assert (await rest.get("order/amendments", symbol="BTCUSDT", orderId=0)).body == []
        running.running.inject("clear")
        known = (await rest.get("order/amendments", symbol="BTCUSDT", orderId=0)).body
        assert len(known) == 1
    async with venue(tmp_path) as running:
        rest = running.rest()
        assert (await rest.get("order/amendments", symbol="BTCUSDT", orderId=0)).body == known


async def test_the_filters_of_an_account_are_those_of_the_symbol(rest: Rest) -> None:
    mine = (await rest.get("myFilters", symbol="ETHBTC")).body
    (symbol,) = (await rest.public("exchangeInfo", symbol="ETHBTC")).body["symbols"]
    assert mine == {"exchangeFilters": [], "symbolFilters": symbol["filters"], "assetFilters": []}
    assert (await rest.get("myFilters", symbol="X")).error == (400, -1121)


async def test_exchange_info_by_status_and_without_permissions(rest: Rest) -> None:
    everything = (await rest.public("exchangeInfo", symbolStatus="TRADING")).body["symbols"]
    assert len(everything) == 7
    assert everything[0]["permissionSets"] == [["SPOT"]]
    short = (await rest.public("exchangeInfo", showPermissionSets="false")).body["symbols"]
    assert short[0]["permissionSets"] == []
    assert (await rest.public("exchangeInfo", symbolStatus="HALT", symbol="BTCUSDT")).error == (400, -1128)
    assert (await rest.public("exchangeInfo", symbolStatus="OPEN")).error == (400, -1130)


@pytest.mark.parametrize(
    ("path", "params", "weight"),
    [
        ("order/amendments", {"symbol": "BTCUSDT", "orderId": 0}, 4),
        ("myPreventedMatches", {"symbol": "BTCUSDT", "preventedMatchId": 0}, 2),
        ("myPreventedMatches", {"symbol": "BTCUSDT", "orderId": 0}, 20),
        ("myFilters", {"symbol": "BTCUSDT"}, 40),
        ("rateLimit/order", {}, 40),
        ("account", {}, 20),
    ],
)
async def test_weights(rest: Rest, path: str, params: dict[str, object], weight: int) -> None:
    before = (await rest.public("ping")).used
    assert (await rest.get(path, **params)).used == before + weight

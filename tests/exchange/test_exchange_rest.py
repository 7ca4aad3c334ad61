"""REST: what each endpoint answers, and that it is the truth."""

from decimal import Decimal
from pathlib import Path

import pytest
from exchange_client import Client, Venue, request, venue
from exchange_rest import Rest

from blotter.exchange.settings import system_clock
from blotter.trading.enums import SelfTradePreventionMode, Side

pytestmark = pytest.mark.anyio


@pytest.fixture
def rest(quiet: Venue) -> Rest:
    return quiet.rest()


@pytest.fixture
async def trader(quiet: Venue) -> Client:
    return await quiet.client()


async def place(
    trader: Client, cl_ord_id: str, side: str = "1", qty: str = "1", price: str | None = "100", *more: object
) -> None:
    """An order and the answer to it."""
    await trader.order(cl_ord_id, side, qty, price, *more)  # type: ignore[arg-type]
    assert (await trader.report("0")).text(11) == cl_ord_id


async def test_ping_and_time_need_no_key(rest: Rest) -> None:
    assert (await rest.public("ping")).body == {}
    answer = await rest.public("time")
    assert abs(answer.body["serverTime"] - system_clock().wall // 1_000_000) < 5_000
    micro = await rest.raw("GET", "time", X_MBX_TIME_UNIT="MICROSECOND")
    assert abs(micro.body["serverTime"] - system_clock().wall // 1_000) < 5_000_000


async def test_one_connection_serves_many_requests(rest: Rest) -> None:
    await rest.public("ping")
    socket = rest.connection.sock
    for _ in "ab":
        await rest.public("ping")
    assert rest.connection.sock is socket


async def test_exchange_info_says_the_rules_of_each_symbol(quiet: Venue, rest: Rest) -> None:
    everything = (await rest.public("exchangeInfo")).body
    assert [symbol["symbol"] for symbol in everything["symbols"]] == list(quiet.running.engine.markets)
    kinds = [(limit["rateLimitType"], limit["interval"]) for limit in everything["rateLimits"]]
    assert kinds == [
        ("REQUEST_WEIGHT", "MINUTE"),
        ("RAW_REQUESTS", "MINUTE"),
        ("ORDERS", "SECOND"),
        ("ORDERS", "DAY"),
    ]
    (one,) = (await rest.public("exchangeInfo", symbol="ETHBTC")).body["symbols"]
    assert (one["baseAsset"], one["quoteAsset"], one["status"]) == ("ETH", "BTC", "TRADING")
    assert one["orderTypes"] == [
        "LIMIT",
        "LIMIT_MAKER",
        "MARKET",
        "STOP_LOSS",
        "STOP_LOSS_LIMIT",
        "TAKE_PROFIT",
        "TAKE_PROFIT_LIMIT",
    ]
    assert {name for name, value in one.items() if value is True} == {
        "icebergAllowed",
        "ocoAllowed",
        "otoAllowed",
        "opoAllowed",
        "quoteOrderQtyMarketAllowed",
        "allowTrailingStop",
        "cancelReplaceAllowed",
        "amendAllowed",
        "pegInstructionsAllowed",
        "isSpotTradingAllowed",
    }
    assert "TRANSFER" not in one["allowedSelfTradePreventionModes"]
    assert one["defaultSelfTradePreventionMode"] == "EXPIRE_MAKER"
    filters = {each.pop("filterType"): each for each in one["filters"]}
    assert filters["PRICE_FILTER"] == {
        "minPrice": "0.00001000",
        "maxPrice": "1000.00000000",
        "tickSize": "0.00001000",
    }
    assert filters["LOT_SIZE"]["stepSize"] == "0.00010000"
    assert filters["MARKET_LOT_SIZE"]["maxQty"] == "1000.00000000"
    assert filters["NOTIONAL"]["minNotional"] == "0.00010000"
    assert filters["MAX_NUM_ORDERS"] == {"maxNumOrders": 200}
    assert filters["ICEBERG_PARTS"] == {"limit": 100}
    assert filters["MAX_NUM_ALGO_ORDERS"] == {"maxNumAlgoOrders": 5}
    assert filters["MAX_NUM_ORDER_LISTS"] == {"maxNumOrderLists": 20}
    assert filters["MAX_NUM_ORDER_AMENDS"] == {"maxNumOrderAmends": 10}
    assert filters["TRAILING_DELTA"] == {
        "minTrailingAboveDelta": 10,
        "maxTrailingAboveDelta": 2000,
        "minTrailingBelowDelta": 10,
        "maxTrailingBelowDelta": 2000,
    }
    assert "PERCENT_PRICE_BY_SIDE" not in filters  # a rule that is off
    assert everything["sors"] == [{"baseAsset": "BTC", "symbols": ["BTCUSDT", "BTCUSDC"]}]
    two = (await rest.public("exchangeInfo", symbols='["BTCUSDT","这是测试币456"]')).body["symbols"]
    assert [symbol["symbol"] for symbol in two] == ["BTCUSDT", "这是测试币456"]


async def test_an_open_order_says_what_its_reports_said(rest: Rest, trader: Client) -> None:
    await trader.order("mine", "1", "1", "100", (111, "0.5"), (7940, "5"), (847, "1000001"))
    report = await trader.report("0")
    (order,) = (await rest.get("openOrders", symbol="BTCUSDT")).body
    created = order.pop("time")
    assert abs(created - system_clock().wall // 1_000_000) < 5_000
    assert order == {
        "symbol": "BTCUSDT",
        "orderId": 0,
        "orderListId": -1,
        "clientOrderId": "mine",
        "price": "100.00000000",
        "origQty": "1.00000000",
        "executedQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "NEW",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "stopPrice": "0.00000000",
        "icebergQty": "0.50000000",
        "updateTime": created,
        "isWorking": True,
        "workingTime": created,
        "origQuoteOrderQty": "0.00000000",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "strategyId": 5,
        "strategyType": 1_000_001,
    }
    assert (order["orderId"], order["origQty"]) == (int(report.text(37) or ""), report.text(38))


async def test_open_orders_of_one_symbol_or_of_all(rest: Rest, trader: Client) -> None:
    await place(trader, "btc")
    await place(trader, "coin", "2", "10", "2", (55, "这是测试币456"))
    await place(trader, "gone", "1", "1", "100", (59, "3"))
    assert [o["clientOrderId"] for o in (await rest.get("openOrders")).body] == ["btc", "coin"]
    assert [o["clientOrderId"] for o in (await rest.get("openOrders", symbol="这是测试币456")).body] == [
        "coin"
    ]
    assert (await rest.get("openOrders", symbol="ETHBTC")).body == []


async def test_one_order_by_either_id_and_both_must_agree(rest: Rest, trader: Client) -> None:
    await place(trader, "a")
    await place(trader, "b")
    by_id = await rest.get("order", symbol="BTCUSDT", orderId=0)
    assert by_id.body["clientOrderId"] == "a"
    assert (await rest.get("order", symbol="BTCUSDT", origClientOrderId="b")).body["orderId"] == 1
    both = await rest.get("order", symbol="BTCUSDT", orderId=1, origClientOrderId="b")
    assert both.body["orderId"] == 1
    mixed = await rest.get("order", symbol="BTCUSDT", orderId=0, origClientOrderId="b")
    assert mixed.error == (400, -2039)
    for unknown in ({"orderId": 7}, {"origClientOrderId": "c"}):
        answer = await rest.get("order", symbol="BTCUSDT", **unknown)
        assert answer.status == 400
        assert answer.body == {"code": -2013, "msg": "Order does not exist."}
    assert (await rest.get("order", symbol="ETHBTC", orderId=0)).error == (400, -2013)


async def test_a_refused_order_does_not_exist(rest: Rest, trader: Client) -> None:
    await trader.order("bad", "1", "1", "0.001")
    assert (await trader.hear()).msg_type in ("3", "8")
    assert (await rest.get("order", symbol="BTCUSDT", origClientOrderId="bad")).error == (400, -2013)


async def test_ended_orders_say_how_they_ended(quiet: Venue, rest: Rest, trader: Client) -> None:
    await place(trader, "cancelled")
    await trader.cancel("c", "cancelled")
    await place(trader, "fok", "1", "1", "100", (59, "4"))
    await place(trader, "filled")
    quiet.other(request(Side.SELL, "1", "100"))
    await place(trader, "rests", "2", "1", "200")
    await place(trader, "stopped", "1", "1", "200", (25001, SelfTradePreventionMode.EXPIRE_TAKER.value))
    found = {}
    for name in ("cancelled", "fok", "filled", "stopped"):
        order = (await rest.get("order", symbol="BTCUSDT", origClientOrderId=name)).body
        found[name] = (order["status"], order.get("expiryReason"), order["executedQty"])
    assert found == {
        "cancelled": ("CANCELED", None, "0.00000000"),
        "fok": ("EXPIRED", "UNFILLED_FOK_ORDER_EXPIRED", "0.00000000"),
        "filled": ("FILLED", None, "1.00000000"),
        "stopped": ("EXPIRED_IN_MATCH", None, "0.00000000"),
    }
    assert [o["clientOrderId"] for o in (await rest.get("openOrders")).body] == ["rests"]


async def test_an_amended_order_has_its_new_name_and_quantity(rest: Rest, trader: Client) -> None:
    await place(trader, "first", "1", "2")
    await trader.say("XAK", [(11, "second"), (41, "first"), (55, "BTCUSDT"), (38, "1")])
    assert (await trader.report()).text(150) == "5"
    order = (await rest.get("order", symbol="BTCUSDT", origClientOrderId="second")).body
    assert (order["orderId"], order["origQty"]) == (0, "1.00000000")
    assert (await rest.get("order", symbol="BTCUSDT", origClientOrderId="first")).error == (400, -2013)


async def test_of_two_orders_of_one_name_the_newest_is_found_but_an_open_one_first(
    rest: Rest, trader: Client
) -> None:
    await place(trader, "name")
    await trader.cancel("c", "name")
    await trader.report("4")
    await place(trader, "name", "1", "2")
    order = (await rest.get("order", symbol="BTCUSDT", origClientOrderId="name")).body
    assert (order["orderId"], order["status"]) == (1, "NEW")
    await trader.cancel("c2", "name")
    await trader.report("4")
    assert (await rest.get("order", symbol="BTCUSDT", origClientOrderId="name")).body["orderId"] == 1


async def test_all_orders_by_page_by_cursor_and_by_time(rest: Rest, trader: Client) -> None:
    for name in "abcd":
        await place(trader, name)
    await trader.cancel("x", "a")
    await trader.report("4")

    async def names(**params: object) -> list[str]:
        answer = await rest.get("allOrders", symbol="BTCUSDT", **params)
        return [order["clientOrderId"] for order in answer.body]

    assert await names() == ["a", "b", "c", "d"]
    assert await names(limit=2) == ["c", "d"]
    assert await names(orderId=1, limit=2) == ["b", "c"]
    now = system_clock().wall // 1_000_000
    assert await names(startTime=now - 60_000, limit=3) == ["a", "b", "c"]
    assert await names(startTime=(now - 60_000) * 1_000, endTime=now + 1_000) == ["a", "b", "c", "d"]
    assert await names(endTime=now - 60_000) == []


async def test_my_trades_have_the_fees_and_ids_of_the_reports(
    quiet: Venue, rest: Rest, trader: Client
) -> None:
    await place(trader, "maker", "1", "2", "100")
    quiet.other(request(Side.SELL, "0.5", "100"))
    first = await trader.report("F")
    quiet.other(request(Side.SELL, "1", "101"), "above")
    await place(trader, "taker", "1", "1", None)
    trades = (await rest.get("myTrades", symbol="BTCUSDT")).body
    time = trades[0].pop("time")
    assert abs(time - system_clock().wall // 1_000_000) < 5_000
    assert trades[0] == {
        "symbol": "BTCUSDT",
        "id": 0,
        "orderId": 0,
        "orderListId": -1,
        "price": "100.00000000",
        "qty": "0.50000000",
        "quoteQty": "50.00000000",
        "commission": "0.00050000",
        "commissionAsset": "BTC",
        "isBuyer": True,
        "isMaker": True,
        "isBestMatch": True,
    }
    assert [first.text(tag) for tag in (1003, 37, 31, 32, 137)] == [
        "0",
        "0",
        "100.00000000",
        "0.50000000",
        "0.00050000",
    ]
    assert [(trade["id"], trade["orderId"], trade["isMaker"]) for trade in trades] == [
        (0, 0, True),
        (1, 1, False),
    ]

    async def ids(**params: object) -> list[int]:
        return [trade["id"] for trade in (await rest.get("myTrades", symbol="BTCUSDT", **params)).body]

    assert await ids(orderId=0) == [0]
    assert await ids(fromId=1) == [1]
    assert await ids(orderId=0, fromId=1) == []
    assert await ids(limit=1) == [1]
    assert await ids(fromId=0, limit=1) == [0]
    assert await ids(startTime=time - 1_000) == [0, 1]
    assert await ids(endTime=time - 1_000) == []


async def test_balances_are_free_and_locked(tmp_path: Path) -> None:
    balances = {"USDT": Decimal(1_000), "BTC": Decimal(0)}
    async with venue(tmp_path, balances=balances) as running:
        rest, trader = running.rest(), await running.client()
        await place(trader, "mine", "1", "1", "100")
        account = (await rest.get("account")).body
        assert account["balances"] == [
            {"asset": "USDT", "free": "900.00000000", "locked": "100.00000000"},
            {"asset": "BTC", "free": "0.00000000", "locked": "0.00000000"},
        ]
        assert account["commissionRates"]["maker"] == "0.00100000"
        held = (await rest.get("account", omitZeroBalances="true")).body["balances"]
        assert [balance["asset"] for balance in held] == ["USDT"]


async def test_unfilled_orders_are_counted(rest: Rest, trader: Client) -> None:
    await place(trader, "mine")
    counts = (await rest.get("rateLimit/order")).body
    assert [(c["interval"], c["intervalNum"], c["limit"], c["count"]) for c in counts] == [
        ("SECOND", 10, 200, 1),
        ("DAY", 1, 200_000, 1),
    ]


async def test_a_cancel_by_rest_is_reported_to_every_session(
    quiet: Venue, rest: Rest, trader: Client
) -> None:
    other = await quiet.client("OTHER")
    await place(trader, "mine")
    await other.report("0")
    answer = await rest.delete("order", symbol="BTCUSDT", origClientOrderId="mine", newClientOrderId="kill")
    assert answer.status == 200
    assert abs(answer.body.pop("transactTime") - system_clock().wall // 1_000_000) < 5_000
    assert answer.body == {
        "symbol": "BTCUSDT",
        "origClientOrderId": "mine",
        "orderId": 0,
        "orderListId": -1,
        "clientOrderId": "kill",
        "price": "100.00000000",
        "origQty": "1.00000000",
        "executedQty": "0.00000000",
        "cummulativeQuoteQty": "0.00000000",
        "status": "CANCELED",
        "timeInForce": "GTC",
        "type": "LIMIT",
        "side": "BUY",
        "origQuoteOrderQty": "0.00000000",
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    for client in (trader, other):
        report = await client.report()
        assert [report.text(tag) for tag in (150, 39, 11, 41, 37)] == ["4", "4", "kill", "mine", "0"]


async def test_a_cancel_that_is_refused_says_why(quiet: Venue, rest: Rest, trader: Client) -> None:
    await place(trader, "mine", "1", "2")
    quiet.other(request(Side.SELL, "1", "100"))
    await trader.report("F")
    refusals = [
        ({"origClientOrderId": "nothing"}, -2011, "Unknown order sent."),
        ({"orderId": 0, "origClientOrderId": "other"}, -2011, "Unknown order sent."),
        (
            {"orderId": 0, "cancelRestrictions": "ONLY_NEW"},
            -2011,
            "Order was not canceled due to cancel restrictions.",
        ),
    ]
    for params, code, text in refusals:
        answer = await rest.delete("order", symbol="BTCUSDT", **params)
        assert (answer.status, answer.body) == (400, {"code": code, "msg": text})
    assert (await rest.delete("order", symbol="BTCUSDT", orderId=0, cancelRestrictions="x")).body[
        "code"
    ] == -1145
    assert (await rest.delete("order", symbol="BTCUSDT", orderId=0, newClientOrderId="a b")).body[
        "code"
    ] == -1100
    await trader.silence()
    done = await rest.delete("order", symbol="BTCUSDT", orderId=0, cancelRestrictions="ONLY_PARTIALLY_FILLED")
    assert (done.body["status"], done.body["executedQty"]) == ("CANCELED", "1.00000000")


async def test_all_orders_of_a_symbol_are_cancelled_and_reported(rest: Rest, trader: Client) -> None:
    for name in "ab":
        await place(trader, name)
    await place(trader, "stays", "1", "1", "10", (55, "ETHUSDT"))
    answer = await rest.delete("openOrders", symbol="BTCUSDT")
    assert [order["origClientOrderId"] for order in answer.body] == ["a", "b"]
    assert len({order["clientOrderId"] for order in answer.body}) == 1
    assert [(await trader.report("4")).text(41) for _ in "ab"] == ["a", "b"]
    await trader.silence()
    assert [o["clientOrderId"] for o in (await rest.get("openOrders")).body] == ["stays"]
    again = await rest.delete("openOrders", symbol="BTCUSDT")
    assert (again.status, again.body) == (400, {"code": -2011, "msg": "Unknown order sent."})


async def test_ended_orders_and_trades_survive_a_restart(tmp_path: Path) -> None:
    async with venue(tmp_path) as running:
        rest, trader = running.rest(), await running.client()
        await place(trader, "gone")
        await trader.cancel("c", "gone")
        await place(trader, "filled")
        running.other(request(Side.SELL, "1", "100"))
        await trader.report("F")
        await place(trader, "open", "1", "3")
        orders = (await rest.get("allOrders", symbol="BTCUSDT")).body
        trades = (await rest.get("myTrades", symbol="BTCUSDT")).body
        assert [order["status"] for order in orders] == ["CANCELED", "FILLED", "NEW"]
        assert len(trades) == 1
    async with venue(tmp_path) as running:
        rest = running.rest()
        assert (await rest.get("allOrders", symbol="BTCUSDT")).body == orders
        assert (await rest.get("myTrades", symbol="BTCUSDT")).body == trades
        assert (await rest.get("order", symbol="BTCUSDT", origClientOrderId="gone")).body == orders[0]
        assert (await rest.get("openOrders")).body == [orders[2]]
    async with venue(tmp_path, fresh=True) as running:
        assert (await running.rest().get("allOrders", symbol="BTCUSDT")).body == []

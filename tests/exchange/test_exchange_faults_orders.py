"""Bad days of single orders: the socket goes before, between or after, they are refused, or nobody says what became."""

import pytest
from exchange_client import Client, Venue, request

from blotter.trading.enums import Side

pytestmark = pytest.mark.anyio


def placed(venue: Venue) -> list[str]:
    """ClOrdIDs of the orders that exist."""
    return [report.cl_ord_id for report in venue.running.engine.histories["trader"].orders()]


async def test_drop_before_order_does_not_look_at_it(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("drop-before-order")
    await client.order("mine", "1", "1", "100")
    assert await client.closed() == []
    assert placed(quiet) == []
    again = await quiet.client("AGAIN")
    await again.order("next", "1", "1", "100")
    assert (await again.report()).text(11) == "next"


async def test_drop_after_order_of_order_entry_leaves_the_copy(quiet: Venue) -> None:
    client, copier = await quiet.client(), await quiet.copier()
    quiet.running.inject("drop-after-order:oe")
    await client.order("mine", "1", "1", "100")
    assert await client.closed() == []
    assert (await copier.report("0")).text(11) == "mine"


async def test_drop_after_ack_lets_the_report_arrive(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("drop-after-ack")
    await client.order("mine", "1", "1", "100")
    assert [(message.msg_type, message.text(11)) for message in await client.closed()] == [("8", "mine")]
    assert placed(quiet) == ["mine"]
    again = await quiet.client("AGAIN")
    await again.order("next", "1", "1", "100")
    await again.report("0")


async def test_orders_of_others_spend_no_fault(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("drop-before-order,refuse-order")
    quiet.other(request(Side.SELL, "1", "200"))
    await client.order("mine", "1", "1", "100")
    assert await client.closed() == []


async def test_an_order_refused_by_the_engine_is_reported_to_its_session(quiet: Venue) -> None:
    client, other, copier = await quiet.client(), await quiet.client("OTHER"), await quiet.copier()
    for code, text in {
        -2010: "Account has insufficient balance for requested action.",
        -1013: "Filter failure: PERCENT_PRICE_BY_SIDE",
        -1015: "Too many new orders; current limit is 200 orders per 10 SECONDS.",
        -1010: "This action is disabled on this account.",
    }.items():
        quiet.running.inject(f"refuse-order:{code}")
        await client.order(f"mine{code}", "1", "1", "100")
        report = await client.hear()
        assert [report.text(tag) for tag in (35, 150, 39, 11)] == ["8", "8", "8", f"mine{code}"]
        assert (report.text(25016), report.text(58)) == (str(code), text)
        assert placed(quiet) == []
        quiet.running.inject("clear")
    await other.silence()
    await copier.silence(1.2)
    await client.order("next", "1", "1", "100")
    assert (await client.report()).text(39) == "0"


@pytest.mark.parametrize("code", [-1008, -1021, -1003])
async def test_an_order_that_did_not_reach_the_engine_is_rejected_as_a_message(
    quiet: Venue, code: int
) -> None:
    client = await quiet.client()
    quiet.running.inject(f"refuse-order:{code}")
    await client.order("mine", "1", "1", "100")
    reject = await client.refused(code)
    assert (reject.text(45), reject.text(372)) == ("2", "D")
    assert placed(quiet) == []


@pytest.mark.parametrize("code", [-1006, -1007])
async def test_of_orders_whose_outcome_is_unknown_half_are_there(quiet: Venue, code: int) -> None:
    client, copier, rest = await quiet.client(), await quiet.copier(), quiet.rest()
    quiet.running.inject(f"refuse-order:{code}")
    names = [f"o{n}" for n in range(16)]
    for name in names:
        await client.order(name, "1", "1", "100")
        assert "unknown" in ((await client.refused(code)).text(58) or "")
    there = placed(quiet)
    assert 0 < len(there) < 16
    assert [(await copier.report("0")).text(11) for _ in there] == there
    assert [order["clientOrderId"] for order in (await rest.get("openOrders")).body] == there
    quiet.other(request(Side.SELL, "1", "100"))
    assert (await client.report()).text(11) == there[0]  # what befalls them later is told


async def test_one_order_in_three_is_refused(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("refuse-order:-2010:0.3")
    refused = 0
    for n in range(40):
        await client.order(f"o{n}", "1", "1", "100")
        refused += (await client.report()).text(39) == "8"
    assert 4 < refused < 24


async def replace(client: Client, mode: str = "1", orig: str = "old") -> None:
    fields = [(25033, mode), (41, orig), (25034, "cancel"), (11, "new"), (38, "1"), (40, "2"), (44, "99")]
    await client.say("XCN", [*fields, (54, "1"), (55, "BTCUSDT"), (59, "1")])


async def test_a_replacement_refused_by_the_engine_leaves_you_flat(quiet: Venue) -> None:
    """Fact sheet 6.3: the old one is gone, the new one absent. A filter is judged before either."""
    client = await quiet.client()
    await client.order("old", "1", "1", "100")
    await client.report("0")
    quiet.running.inject("refuse-order:-1013")
    await replace(client)
    assert [(await client.report()).text(tag) for tag in (11,)] == ["new"]
    assert quiet.running.engine.markets["BTCUSDT"].find("trader", None, "old") is not None
    quiet.running.inject("refuse-order:-2010")
    await replace(client)
    assert [((r := await client.report()).text(150), r.text(11)) for _ in "ab"] == [
        ("4", "cancel"),
        ("8", "new"),
    ]
    assert quiet.running.engine.markets["BTCUSDT"].owned("trader") == []
    await replace(client)
    assert (await client.hear()).msg_type == "9"
    await client.silence()
    await replace(client, mode="2")
    assert [(await client.hear()).msg_type for _ in "ab"] == ["9", "8"]


async def test_a_halted_symbol_refuses_new_orders_and_takes_cancels(quiet: Venue) -> None:
    client, rest = await quiet.client(), quiet.rest()
    for symbol in ("BTCUSDT", "ETHUSDT"):
        await client.order(symbol, "1", "1", "100", (55, symbol))
        await client.report("0")
    quiet.running.inject("halt:BTCUSDT")
    await client.order("no", "1", "1", "100")
    report = await client.report()
    assert [report.text(tag) for tag in (150, 25016, 58)] == ["8", "-2010", "Market is closed."]
    await client.order("yes", "1", "1", "100", (55, "ETHUSDT"))
    assert (await client.report()).text(150) == "0"
    await client.cancel("c", "BTCUSDT")
    assert (await client.report()).text(150) == "4"
    symbols = (await rest.public("exchangeInfo")).body["symbols"]
    assert {s["symbol"] for s in symbols if s["status"] == "HALT"} == {"BTCUSDT"}
    assert [
        s["symbol"] for s in (await rest.public("exchangeInfo", symbolStatus="HALT")).body["symbols"]
    ] == ["BTCUSDT"]
    quiet.running.inject("clear")
    await client.order("again", "1", "1", "100")
    assert (await client.report()).text(150) == "0"
    assert (await rest.public("exchangeInfo", symbolStatus="HALT")).body["symbols"] == []


async def test_the_house_rests_where_a_symbol_is_halted(quiet: Venue) -> None:
    from blotter.exchange.flow import Flow

    hub = quiet.running.hub
    hub._flow = Flow(hub.engine, 1)
    for command in hub._flow.open(hub.now().wall):
        hub.submit(command)
    quiet.running.inject("halt:BTCUSDT")
    before = hub.engine.commands
    for _ in range(5):
        hub.house_step("BTCUSDT")
    assert hub.engine.commands == before
    hub.house_step("ETHUSDT")
    assert hub.engine.commands > before

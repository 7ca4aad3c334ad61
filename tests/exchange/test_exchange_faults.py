"""Bad days on request: each fault does what it says and nothing else."""

import asyncio
import re
import time
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from exchange_client import Client, Venue, request, venue
from hypothesis import given
from hypothesis import strategies as st

from blotter.cli.main import cli
from blotter.exchange.faults import FAULTS, FaultKind, FaultSpec, FaultSpecError, parse_faults
from blotter.exchange.standing import Standing
from blotter.fix.values import SECOND, parse_utc_timestamp
from blotter.trading.enums import Side


def spec(text: str) -> FaultSpec:
    (only,) = parse_faults(text)
    return only


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        ("drop", "drop", {}),
        ("drop:30s", "drop", {"time": 30.0}),
        ("drop:oe:30s", "drop", {"session": "oe", "time": 30.0}),
        ("drop:30s:rest", "drop", {"session": "rest", "time": 30.0}),
        ("drop-after-order:oe", "drop-after-order", {"session": "oe"}),
        ("delay:200ms", "delay", {"time": 0.2}),
        ("lost-ack:0.1", "lost-ack", {"chance": 0.1}),
        ("lost-ack:1:2m", "lost-ack", {"chance": 1.0, "time": 120.0}),
        ("refuse-logon", "refuse-logon", {"code": -2015}),
        ("refuse-logon:-1008:dc", "refuse-logon", {"code": -1008, "session": "dc"}),
        ("refuse-order", "refuse-order", {"code": -2010}),
        ("refuse-order:0.3:-1015", "refuse-order", {"code": -1015, "chance": 0.3}),
        ("halt:这是测试币456:30s", "halt", {"symbol": "这是测试币456", "time": 30.0}),
        ("clock-skew:-2s", "clock-skew", {"time": -2.0}),
        ("maintenance", "maintenance", {}),
        ("rest-429", "rest-429", {}),
        ("rest-418:5m", "rest-418", {"time": 300.0}),
    ],
)
def test_specs(text: str, kind: str, fields: dict[str, object]) -> None:
    assert spec(text) == FaultSpec(kind=FaultKind(kind), text=text, **fields)  # type: ignore[arg-type]


def test_several_are_joined_by_commas() -> None:
    assert [each.text for each in parse_faults("stall:5s, lost-ack:0.1,")] == ["stall:5s", "lost-ack:0.1"]
    assert parse_faults("") == ()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("explode", "fault 'explode' is unknown; there are: drop, drop-before-order, "),
        ("stall", "fault 'stall': needs a time above 0, as in 5s, 200ms or 2m: stall:5s"),
        ("stall:5", "fault 'stall:5': stall takes a time above 0, as in 5s, 200ms or 2m, not '5'"),
        ("stall:0s", "fault 'stall:0s': stall takes a time above 0, as in 5s, 200ms or 2m, not '0s'"),
        ("stall:1s:2s", "fault 'stall:1s:2s': stall takes no more than that, not '2s'"),
        ("delay:-1s", "delay takes a time above 0"),
        ("lost-ack", "fault 'lost-ack': needs a probability from 0 to 1, as in 0.1: lost-ack:0.1"),
        (
            "lost-ack:2",
            "takes a probability from 0 to 1, as in 0.1 or a time above 0, as in 5s, 200ms or 2m, not '2'",
        ),
        ("lost-ack:5s", "fault 'lost-ack:5s': needs a probability"),
        ("rest-5xx:x", "takes a probability"),
        ("rest-lag", "fault 'rest-lag': needs a time"),
        ("refuse-logon:x", "takes an error code, as in -2015 or one of oe, dc, md or a time"),
        ("drop:xx", "takes one of oe, dc, md, rest or a time"),
        ("halt", "fault 'halt': needs a symbol, as in BTCUSDT: halt:BTCUSDT:30s"),
        ("rest-down:0.5", "fault 'rest-down:0.5': rest-down takes a time above 0"),
        ("clear:1", "fault 'clear:1': clear takes no value, not '1'"),
    ],
)
def test_bad_specs_name_the_part_and_the_rule(text: str, error: str) -> None:
    with pytest.raises(FaultSpecError) as caught:
        parse_faults(text)
    assert error in str(caught.value)


PARTS = st.sampled_from(
    [*(kind.value for kind in FaultKind), "5s", "-2s", "0.5", "2", "-2015", "oe", "rest", "BTC", ""]
)


@given(st.lists(st.lists(PARTS, max_size=4).map(":".join), max_size=3).map(",".join) | st.text(max_size=12))
def test_whatever_is_typed_is_understood_as_written_or_refused(text: str) -> None:
    try:
        found = parse_faults(text)
    except FaultSpecError:
        return
    assert [each.text for each in found] == [part.strip() for part in text.split(",") if part.strip()]
    assert all(parse_faults(each.text) == (each,) for each in found)


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_kind_has_an_example_of_its_own_and_a_meaning(kind: FaultKind) -> None:
    fault = FAULTS[kind]
    assert spec(fault.example).kind is kind
    assert 10 < len(fault.text) < 120


def test_garbling_flips_one_byte_and_leaves_the_framing() -> None:
    faults = Standing(Random(1))
    faults.begin(spec("garble:1"))
    data = b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01"
    for _ in range(50):
        garbled = faults.on_the_wire(data)
        assert sum(a != b for a, b in zip(data, garbled, strict=True)) == 1
        assert garbled.count(b"\x01") == data.count(b"\x01")


async def numbers(client: Client) -> list[int]:
    return [message.msg_seq_num for message in client.received]


@pytest.mark.anyio
async def test_drop_cuts_without_a_word(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("drop")
    assert await client.closed() == []


@pytest.mark.anyio
async def test_drop_comes_back_every_so_often(tmp_path: Path) -> None:
    async with venue(tmp_path, faults=parse_faults("drop:200ms")) as running:
        for name in "AB":
            client = await running.client(name)
            assert await client.closed() == []


@pytest.mark.anyio
async def test_a_fault_asked_for_at_the_start_waits_for_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blotter.exchange.rehearsal.SETTLING", 0.1)
    async with venue(tmp_path, faults=parse_faults("drop,duplicate:1")) as running:
        client = await running.client()
        await client.order("mine", "1", "1", "100")
        assert [(await client.hear()).text(17) for _ in "ab"] == ["0", "0"]
        assert await client.closed() == []
        await running.client("AGAIN")


@pytest.mark.anyio
async def test_drop_after_order_accepts_it_all_the_same(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("drop-after-order")
    await client.order("mine", "1", "1", "100")
    assert await client.closed() == []
    again = await quiet.client("AGAIN")
    await again.cancel("c", "mine")
    assert (await again.hear()).text(39) == "4"


@pytest.mark.anyio
async def test_a_lost_ack_leaves_no_hole_in_the_numbers(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("lost-ack:1")
    await client.order("mine", "1", "1", "100")
    await client.silence()
    quiet.other(request(Side.SELL, "1", "100"))
    assert (await client.hear()).text(39) == "2"
    assert await numbers(client) == [1, 2]


@pytest.mark.anyio
async def test_a_duplicate_has_the_same_exec_id_and_its_own_number(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("duplicate:1")
    await client.order("mine", "1", "1", "100")
    first, second = await client.hear(), await client.hear()
    assert first.text(17) == second.text(17) == "0"
    assert (first.msg_seq_num, second.msg_seq_num) == (2, 3)


@pytest.mark.anyio
async def test_delay_keeps_the_order_and_lets_heartbeats_pass(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("delay:150ms")
    for name in "ab":
        await client.order(name, "1", "1", "100")
    await client.say("1", [(112, "ping")])
    assert [(await client.hear()).msg_type for _ in "123"] == ["0", "8", "8"]
    assert [m.text(11) for m in client.received[-2:]] == ["a", "b"]
    assert await numbers(client) == [1, 2, 3, 4]
    quiet.running.inject("clear")
    await client.order("c", "1", "1", "100")
    async with asyncio.timeout(0.1):
        assert (await client.hear()).text(11) == "c"


@pytest.mark.anyio
async def test_stall_holds_everything_and_loses_nothing(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("stall:300ms")
    await client.order("mine", "1", "1", "100")
    await client.silence(0.2)
    assert (await client.hear()).text(11) == "mine"
    assert await numbers(client) == [1, 2]


@pytest.mark.anyio
async def test_garbled_messages_are_skipped_by_a_careful_reader(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("garble:1")
    await client.order("mine", "1", "1", "100")
    await client.silence()
    assert "CheckSum" in client.skipped[0].reason
    quiet.running.inject("clear")
    await client.order("next", "1", "1", "100")
    assert (await client.hear()).msg_seq_num == 3  # the client can see that 2 is missing


@pytest.mark.anyio
async def test_refused_logons(quiet: Venue) -> None:
    quiet.running.inject("refuse-logon:-1008")
    client = await quiet.connect()
    await client.send_logon()
    await client.refused(-1008)
    quiet.running.inject("clear")
    await quiet.client("AGAIN")


@pytest.mark.anyio
async def test_refused_logons_of_one_kind(quiet: Venue) -> None:
    quiet.running.inject("refuse-logon:-2015:dc")
    await quiet.client()
    copier = await quiet.connect("COPY", copies=True)
    await copier.send_logon(drop_copy="Y")
    await copier.refused(-2015)


@pytest.mark.anyio
async def test_drop_of_one_kind_leaves_the_others_alone(quiet: Venue) -> None:
    trader, copier = await quiet.client(), await quiet.copier()
    watcher = await quiet.client("MD", market_data=True)
    for kind, cut, others in (
        ("md", watcher, (trader, copier)),
        ("dc", copier, (trader,)),
        ("oe", trader, ()),
    ):
        quiet.running.inject(f"drop:{kind}")
        assert await cut.closed() == []
        for other in others:
            await other.say("1", [(112, kind)])
            assert (await other.hear()).text(112) == kind


@pytest.mark.anyio
async def test_a_fault_with_a_time_ends_by_itself(quiet: Venue) -> None:
    client = await quiet.client()
    quiet.running.inject("duplicate:1:100ms,delay:10ms")
    assert [(each.fault, each.left is None) for each in quiet.running.rehearsal.standing] == [
        ("duplicate:1:100ms", False),
        ("delay:10ms", True),
    ]
    await asyncio.sleep(0.12)
    assert [each.fault for each in quiet.running.rehearsal.standing] == ["delay:10ms"]
    await client.order("mine", "1", "1", "100")
    await client.report("0")
    await client.silence()


@pytest.mark.anyio
async def test_a_fault_asked_for_again_does_not_end_with_the_first(quiet: Venue) -> None:
    quiet.running.inject("rest-down:50ms")
    quiet.running.inject("rest-down")
    await asyncio.sleep(0.1)
    assert [each.fault for each in quiet.running.rehearsal.standing] == ["rest-down"]


@pytest.mark.anyio
async def test_an_unknown_symbol_is_told_and_nothing_happens(quiet: Venue) -> None:
    with pytest.raises(FaultSpecError, match="fault 'halt:BTCX': BTCX is not listed here"):
        quiet.running.inject("rest-down,halt:BTCX")
    assert quiet.running.rehearsal.standing == ()


@pytest.mark.anyio
@pytest.mark.parametrize("seconds", [-3, 3])
async def test_clock_skew_shows_in_every_time_and_in_what_is_refused(quiet: Venue, seconds: int) -> None:
    client, rest = await quiet.client(), quiet.rest()
    quiet.running.inject(f"clock-skew:{seconds}s")
    await client.order("mine", "1", "1", "100")
    if seconds < 0:  # our clock seems to be ahead
        await client.refused(-1021, 52)
        assert (await rest.get("account")).error == (400, -1021)
    else:
        report = await client.report("0")
        for tag in (52, 60):
            assert (
                seconds - 1
                < (parse_utc_timestamp(report.text(tag) or "") or 0) / SECOND - time.time()
                < seconds + 1
            )
    served = (await rest.public("time")).body["serverTime"] / 1_000
    assert seconds - 1 < served - time.time() < seconds + 1


@pytest.mark.parametrize("text", ["duplicate:0.3", "garble:0.3", "lost-ack:0.3"])
def test_the_dice_are_seeded(text: str) -> None:
    def throws(seed: int) -> list[bool]:
        faults = Standing(Random(seed))
        faults.begin(spec(text))
        return [faults.strikes(spec(text).kind) for _ in range(200)]

    assert throws(1) == throws(1) != throws(2)
    assert 30 < sum(throws(1)) < 90


def test_the_readme_has_every_fault_as_it_is_told_everywhere() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    rows = readme.split("<!-- faults:start -->\n")[1].split("<!-- faults:end -->")[0].splitlines()[2:]
    assert rows == [f"| `{fault.example}` | {fault.text} |" for fault in FAULTS.values()]


def test_the_help_of_the_command_has_every_fault() -> None:
    output = CliRunner().invoke(cli, ["exchange", "--help"], terminal_width=200).output
    for fault in FAULTS.values():
        assert re.search(rf"^  {re.escape(fault.example)} +{re.escape(fault.text)}$", output, re.MULTILINE)

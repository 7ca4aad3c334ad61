"""`blotter replay`, `journal find` and `journal summary`: what they take, and what they say."""

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from click.testing import CliRunner, Result

from blotter.cli.main import cli
from blotter.cli.replay import ends_on_signals
from blotter.desk.recorder import LEAVING, SessionNote
from blotter.fix.codec import encode
from blotter.journal.tape import Entry, Kind, Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.event import OrderSubmitted
from blotter.trading.request import OrderRequest

SECOND = 1_000_000_000
NOON = 1_795_348_800 * SECOND  # 2026-11-22T12:00:00Z
DAY = 86_400 * SECOND
BUY = OrderRequest(
    symbol="BTCUSDT",
    side=Side.BUY,
    ord_type=OrdType.LIMIT,
    order_qty="0.5",
    price="60000",
    time_in_force=TimeInForce.GOOD_TILL_CANCEL,
)


def message(at: int, seq: int, msg_type: str, *body: tuple[int, str], out: bool = False) -> Entry:
    head = [(49, "A"), (56, "B"), (34, str(seq)), (52, "20261122-12:00:00")]
    raw = encode("FIX.4.4", msg_type, head, body)
    return Entry(at, Kind.OUT if out else Kind.IN, "OE", 1, seq, msg_type, raw)


def note(at: int, event: str, text: str = "", connection: int = 1) -> Entry:
    payload = msgspec.json.encode(SessionNote(event=event, text=text))
    return Entry(at, Kind.SESSION, "OE", connection, 0, event, payload)


def submitted(at: int, number: int, request: OrderRequest = BUY) -> Entry:
    order = OrderSubmitted(order_id=f"A-{number:06d}", cl_ord_id=f"t-{number}", request=request, at=at)
    return Entry(at, Kind.ACT, "", 0, 0, "OrderSubmitted", msgspec.json.encode(order))


def report(at: int, seq: int, number: int, exec_type: str, status: str, *more: tuple[int, str]) -> Entry:
    body = [
        (17, str(seq)), (11, f"t-{number}"), (37, str(number)), (38, "0.5"), (40, "2"), (54, "1"), (55, "BTCUSDT"),
        (59, "1"), (44, "60000"), (60, "20261122-12:00:00.000000"), (150, exec_type), (39, status), *more,
    ]  # fmt: skip
    return message(at, seq, "8", *body)


FILL = (
    (32, "0.5"),
    (31, "60000"),
    (14, "0.5"),
    (151, "0"),
    (136, "1"),
    (137, "0.0005"),
    (138, "BTC"),
    (139, "4"),
)
TAPE = [
    note(NOON, "dial"),
    note(NOON + 1, "live"),
    submitted(NOON + SECOND, 1),
    message(NOON + SECOND, 2, "D", (11, "t-1"), (55, "BTCUSDT"), (54, "1"), (44, "60000"), out=True),
    report(NOON + SECOND + 3_000_000, 2, 1, "0", "0", (14, "0"), (151, "0.5")),
    report(NOON + 2 * SECOND, 3, 1, "F", "2", *FILL),
    submitted(NOON + 3 * SECOND, 2),
    report(
        NOON + 3 * SECOND + 9_000_000, 4, 2, "8", "8", (14, "0"), (151, "0"), (103, "99"), (58, "Not enough")
    ),
    message(
        NOON + 4 * SECOND, 5, "9", (11, "t-r1"), (41, "t-1"), (39, "8"), (102, "1"), (58, "Unknown order")
    ),
    note(NOON + 5 * SECOND, "end", "the peer closed the connection"),
    note(NOON + DAY, "dial", connection=2),
    note(NOON + DAY + 1, "live", connection=2),
    note(NOON + DAY + 2, "end", LEAVING, connection=2),
]


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "embedded" / "tape.sqlite3"
    with_tape(path, TAPE)
    return path


def with_tape(path: Path, entries: list[Entry]) -> None:
    tape = Tape.open(path)
    tape.write(entries)
    tape.set_meta("venue", "binance")
    tape.close()


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    return lambda *args: CliRunner().invoke(cli, ["--data-dir", str(tmp_path / "data"), *args])


# --- replay --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("journal", ["", "embedded", "data/embedded", "data/embedded/tape.sqlite3"])
def test_a_tape_is_found_by_path_directory_profile_or_as_the_only_one(
    run, tape, tmp_path, monkeypatch, journal
):
    monkeypatch.chdir(tmp_path)
    result = run("replay", *([journal] if journal else []), "--at", "12:00:03", "--speed", "10")
    assert "a replay needs a terminal" in result.output  # all else was in order


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nothing"], "nothing: neither a tape, nor a directory with a tape.sqlite3, nor a profile in"),
        (["--at", "11:00", "embedded"], None),
        (
            ["--at", "2026-11-25T00:00:00", "embedded"],
            "is not on this tape: it goes from 2026-11-22 12:00:00 to",
        ),
        (["--at", "soon", "embedded"], "'soon' is no time"),
        (["--speed", "0", "embedded"], "speed 0: from 0.1 to 1000"),
        (["--speed", "fast", "embedded"], "is not a number"),
    ],
)
def test_what_cannot_be_replayed_is_said(run, tape, args, said):
    result = run("replay", *args)
    assert result.exit_code != 0
    assert (said or "a replay needs a terminal") in " ".join(result.output.split())


def test_an_empty_tape_and_a_file_that_is_none_are_said(run, tmp_path):
    with_tape(tmp_path / "data" / "new" / "tape.sqlite3", [])
    assert "nothing is recorded on it yet" in run("replay", "new").output
    (tmp_path / "note.txt").write_text("no tape at all, but long enough to be looked at by SQLite")
    assert "not readable as a tape" in run("replay", str(tmp_path / "note.txt")).output


# --- find ----------------------------------------------------------------------------------------------------


def test_find_prints_newest_first(run, tape):
    result = run("journal", "find", "35=8 symbol=BTCUSDT")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == ["8", "6", "5"]
    assert len(run("journal", "find", "35=8", "--limit", "2").output.splitlines()) == 2


def test_find_as_json_and_raw(run, tape):
    (line,) = run("journal", "find", "150=F", "--json").output.splitlines()
    record = json.loads(line)
    assert (record["id"], record["name"]) == (6, "ExecutionReport")
    assert "|150=F|" in run("journal", "find", "150=F", "--raw").output


def test_find_points_at_what_is_wrong(run, tape):
    result = run("journal", "find", "35=8 44>abc")
    assert result.exit_code == 2
    *_, shown, under = result.output.rstrip().splitlines()
    assert shown.index("44>abc") == under.index("^")
    assert under.count("^") == len("44>abc")


def test_find_of_nothing_fails_quietly(run, tape):
    result = run("journal", "find", "55=DOGEUSDT")
    assert (result.exit_code, result.output) == (1, "")


# --- summary -------------------------------------------------------------------------------------------------


def test_summary_for_people(run, tape):
    result = run("journal", "summary")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "orders     2: 1 filled, 1 rejected",
        "fills      1",
        "  BTCUSDT    bought 0.5  sold 0  volume 30,000  realised 0",
        "fees       0.0005 BTC",
        "refusals   1 orders, 1 requests    disconnects  1",
        "answers    median 6.000 ms, worst 9.000 ms (A-000002), of 2",
    ]


def test_summary_of_a_part_and_as_json(run, tape):
    part = json.loads(run("journal", "summary", "--json", "--since", "2026-11-22T12:00:02.5").output)
    assert (part["orders"], part["fills"], part["rejected"], part["refused"], part["disconnects"]) == (
        1,
        0,
        1,
        1,
        1,
    )
    later = json.loads(run("journal", "summary", "--json", "--since", "2026-11-23").output)
    assert (later["orders"], later["disconnects"]) == (0, 0), "to leave is no disconnect"


def test_profit_is_that_of_the_span_with_what_was_held_before_it(run, tmp_path):
    """Bought 0.5 at 60,000 and sold 0.2 at 61,000 on one day, the rest at 59,000 on the next."""
    sell = msgspec.structs.replace(BUY, side=Side.SELL)

    def sold(at: int, number: int, qty: str, price: str) -> list[Entry]:
        fill = ((32, qty), (31, price), (14, qty), (151, "0"))
        filled = report(at + 1, 10 + number, number, "F", "2", *fill)
        raw = filled.payload.replace(b"\x0154=1\x01", b"\x0154=2\x01")
        return [
            submitted(at, number, msgspec.structs.replace(sell, order_qty=qty)),
            filled._replace(payload=raw),
        ]

    bought = TAPE[2:6]
    entries = [*bought, *sold(NOON + 9 * SECOND, 7, "0.2", "61000"), *sold(NOON + DAY, 8, "0.3", "59000")]
    with_tape(tmp_path / "data" / "embedded" / "tape.sqlite3", entries)

    def realised(*args: str) -> dict[str, str]:
        day = json.loads(run("journal", "summary", "--json", *args).output)
        assert all(one["exact"] for one in day["symbols"])
        return {one["symbol"]: one["realised"].rstrip("0").rstrip(".") for one in day["symbols"]}

    assert realised() == {"BTCUSDT": "-100"}
    assert realised("--until", "2026-11-23T00:00") == {"BTCUSDT": "200"}
    assert realised("--since", "2026-11-23T00:00") == {"BTCUSDT": "-300"}


@pytest.mark.parametrize("ends", [True, False])
def test_a_screen_that_hangs_on_a_dead_terminal_does_not_keep_the_process(
    ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []
    asked = threading.Event()

    class Hung:
        def end(self, grace: float) -> bool:
            asked.set()
            return ends

    monkeypatch.setattr("blotter.cli.replay.os._exit", left.append)
    with ends_on_signals(cast(Any, Hung())):
        os.kill(os.getpid(), signal.SIGTERM)
        assert asked.wait(5)
        for thread in threading.enumerate():
            if thread.name == "leaving":
                thread.join(5)
    assert left == ([] if ends else [1])

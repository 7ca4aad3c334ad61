"""`blotter journal`: what is on the tapes, for people, for programs and for auditors."""

import csv
import io
import json
import sqlite3
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from blotter.cli.journal import journal
from blotter.fix.codec import encode
from blotter.journal.tape import Entry, Kind, Tape

SECOND = 1_000_000_000
NOON = 1_795_348_800 * SECOND  # 2026-11-22T12:00:00Z


@dataclass
class Place:
    data_dir: Path
    profile: str | None = None


def message(msg_type: str, *body: tuple[int, str | bytes]) -> bytes:
    return encode("FIX.4.4", msg_type, [(49, "A"), (56, "B"), (34, "1"), (52, "20261122-12:00:00")], body)


ENTRIES = [
    Entry(NOON, Kind.SESSION, "OE", 1, 0, "dial", b'{"event":"dial","endpoint":"127.0.0.1:9000"}'),
    Entry(
        NOON + 1,
        Kind.OUT,
        "OE",
        1,
        1,
        "A",
        message("A", (95, "3"), (96, b"***"), (553, "key!"), (554, "word!")),
    ),
    Entry(
        NOON + SECOND, Kind.ACT, "", 0, 0, "OrderSubmitted", b'{"type":"OrderSubmitted","cl_ord_id":"A-1"}'
    ),
    Entry(
        NOON + SECOND,
        Kind.OUT,
        "OE",
        1,
        2,
        "D",
        message("D", (11, "A-1"), (55, "BTCUSDT"), (54, "1"), (44, "60000")),
    ),
    Entry(
        NOON + 2 * SECOND,
        Kind.IN,
        "OE",
        1,
        2,
        "8",
        message("8", (11, "A-1"), (150, "0"), (39, "0"), (58, "hi\x1b[2J")),
    ),
    Entry(
        NOON + 3 * SECOND + 123_456_789, Kind.IN, "MD", 2, 2, "W", message("W", (55, "BTCUSDT"), (268, "0"))
    ),
]


def write(path: Path, entries: list[Entry]) -> None:
    tape = Tape.open(path)
    tape.write(entries)
    tape.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    write(tmp_path / "embedded" / "tape.sqlite3", ENTRIES)
    return Place(tmp_path)


def run(place: Place, *args: str) -> Result:
    return CliRunner().invoke(journal, args, obj=place)


def ids(result: Result) -> list[int]:
    assert result.exit_code == 0, result.output
    return [int(line.split()[0]) for line in result.stdout.splitlines()]


def test_list_shows_every_tape(place: Place) -> None:
    write(place.data_dir / "testnet" / "tape.sqlite3", [])
    result = run(place, "list")
    assert result.exit_code == 0
    _, embedded, testnet = [line.split() for line in result.stdout.splitlines()]
    assert embedded[:2] == ["embedded", "6"]
    assert embedded[3:] == ["2026-11-22", "12:00:00.000000000Z", "2026-11-22", "12:00:03.123456789Z"]
    assert testnet[:2] == ["testnet", "0"]
    assert testnet[3:] == ["-", "-"]


def test_list_goes_on_past_a_tape_that_cannot_be_read(place: Place) -> None:
    broken = place.data_dir / "broken" / "tape.sqlite3"
    broken.parent.mkdir()
    broken.write_bytes(b"rubbish" * 100)
    result = run(place, "list")
    assert result.exit_code == 1
    assert "not readable as a tape" in result.stdout
    assert "embedded" in result.stdout


def test_no_tape_is_said(tmp_path: Path) -> None:
    for command in ("list", "show", "verify"):
        result = run(Place(tmp_path), command)
        assert result.exit_code == 1
        assert f"no tape in {tmp_path}" in result.stderr


def test_show_is_one_readable_line_a_row(place: Place) -> None:
    result = run(place, "show")
    assert ids(result) == [1, 2, 3, 4, 5, 6]
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[3][:7] == ["4", "2026-11-22", "12:00:01.000000000Z", "OE#1", ">", "2", "NewOrderSingle"]
    assert lines[3][7:] == ["ClOrdID=A-1", "Symbol=BTCUSDT", "Side=BUY", "Price=60000"]
    assert lines[0][3:6] == ["OE#1", "-", "dial"]
    assert lines[2][3:6] == ["desk", "*", "OrderSubmitted"]
    assert lines[4][4] == "<"
    assert "OrdStatus=NEW" in lines[4]


def test_show_raw_has_bars_and_no_secret_and_nothing_that_steers_the_terminal(place: Place) -> None:
    result = run(place, "show", "--raw")
    assert "|11=A-1|55=BTCUSDT|54=1|" in result.stdout
    assert "\x1b" not in result.output
    assert "\x01" not in result.output
    assert "|553=***|554=***|" in result.stdout


@pytest.mark.parametrize(
    "command", [["show"], ["show", "--raw"], ["export", "--format", "csv"], ["export", "--format", "jsonl"]]
)
def test_secrets_on_an_old_tape_stay_hidden(place: Place, command: list[str]) -> None:
    result = run(place, *command)
    assert result.exit_code == 0
    assert "key!" not in result.output
    assert "word!" not in result.output


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--last", "2"], [5, 6]),
        (["--session", "MD"], [6]),
        (["--kind", "act", "--kind", "ses"], [1, 3]),
        (["--type", "D"], [4]),
        (["--type", "NewOrderSingle", "--type", "executionreport"], [4, 5]),
        (["--type", "OrderSubmitted"], [3]),
        (["--contains", "A-1"], [3, 4, 5]),
        (["--since", "2026-11-22T12:00:02"], [5, 6]),
        (["--since", "2026-11-22 13:00:02+01:00"], [5, 6]),
        (["--since", "2026-11-22T12:00:03.123456789Z"], [6]),
        (["--since", "2026-11-22T12:00:03.123456790Z"], []),
        (["--until", "2026-11-22T12:00:00.000000001"], [1, 2]),
        (["--since", "2026-11-23"], []),
        (["--contains", "A-1", "--last", "1", "--kind", "out"], [4]),
    ],
)
def test_filters(place: Place, options: list[str], expected: list[int]) -> None:
    assert ids(run(place, "show", *options)) == expected


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "yesterday"], "'yesterday' is neither a time"),
        (["--type", "Foo"], "no row of type Foo on this tape; it has: 8 ExecutionReport, A Logon"),
        (["--last", "0"], "x>=1"),
        (["--kind", "odd"], "odd"),
    ],
)
def test_a_wrong_option_is_refused_with_the_rule(place: Place, options: list[str], said: str) -> None:
    result = run(place, "show", *options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_several_tapes_must_be_told_apart(place: Place) -> None:
    write(place.data_dir / "testnet" / "tape.sqlite3", ENTRIES[:1])
    result = run(place, "show")
    assert result.exit_code == 2
    assert "embedded, testnet" in result.stderr
    assert ids(run(Place(place.data_dir, "testnet"), "show")) == [1]
    assert ids(
        run(place, "show", "--tape", str(place.data_dir / "embedded" / "tape.sqlite3"), "--last", "1")
    ) == [6]


def test_a_tape_can_be_shown_while_it_is_written(place: Place) -> None:
    tape = Tape.open(place.data_dir / "embedded" / "tape.sqlite3")
    tape.write(ENTRIES[:1])
    assert ids(run(place, "show", "--last", "1")) == [7]
    assert run(place, "verify").exit_code == 0
    tape.close()


def test_json_lines_have_names_times_and_digests(place: Place) -> None:
    result = run(place, "export", "--format", "jsonl")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["id"] for record in records] == [1, 2, 3, 4, 5, 6]
    order = records[3]
    assert order["at"] == "2026-11-22T12:00:01.000000000Z"
    assert (order["kind"], order["session"], order["connection"], order["seq"]) == ("out", "OE", 1, 2)
    assert order["name"] == "NewOrderSingle"
    assert {"tag": 54, "name": "Side", "value": "1", "meaning": "BUY"} in order["fields"]
    assert records[2]["data"] == {"type": "OrderSubmitted", "cl_ord_id": "A-1"}
    assert records[5]["at"].endswith(".123456789Z")
    assert len(bytes.fromhex(order["digest"])) == 32


def test_csv_has_a_header_and_survives_a_reader(place: Place) -> None:
    result = run(place, "export", "--format", "csv", "--kind", "out", "--kind", "act")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["id"] for row in rows] == ["2", "3", "4"]
    assert rows[1]["payload"] == '{"type":"OrderSubmitted","cl_ord_id":"A-1"}'
    assert rows[2]["name"] == "NewOrderSingle"
    assert rows[2]["payload"].startswith("8=FIX.4.4|9=")


def test_export_to_a_file_that_only_the_owner_may_read(place: Place, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    result = run(place, "export", "--format", "jsonl", "--output", str(output), "--last", "2")
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(output.read_text().splitlines()) == 2
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def test_export_does_not_overwrite_the_tape(place: Place) -> None:
    tape = place.data_dir / "embedded" / "tape.sqlite3"
    result = run(place, "export", "--format", "csv", "--output", str(tape))
    assert result.exit_code == 2
    assert run(place, "verify").exit_code == 0
    result = run(place, "export", "--format", "csv", "--output", str(place.data_dir / "no" / "where"))
    assert result.exit_code == 1
    assert "No such file" in result.stderr


def test_verify_says_the_head_or_names_the_row(place: Place) -> None:
    result = run(place, "verify")
    assert result.exit_code == 0
    assert "6 rows, all sound" in result.stdout
    assert len(result.stdout.split()[-1]) == 64

    connection = sqlite3.connect(place.data_dir / "embedded" / "tape.sqlite3", isolation_level=None)
    connection.execute("DROP TRIGGER row_never_changes")
    connection.execute("UPDATE row SET payload = x'00' WHERE id = 5")
    connection.close()
    result = run(place, "verify")
    assert result.exit_code == 1
    assert "row 5 altered" in result.stdout
    assert "4 rows before it are sound" in result.stdout

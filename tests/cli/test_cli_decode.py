"""`blotter decode`: forgiving about form, strict about telling."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.cli.decode import decode, readings
from blotter.fix.codec import encode

HEADER = [(49, "SPOT"), (56, "BLT00001"), (34, "12"), (52, "20261122-11:26:01.123456")]


def fill(text: str = "ok") -> bytes:
    body = [(11, "A-1"), (55, "BTCUSDT"), (54, "1"), (150, "F"), (39, "1"), (58, text)]
    fees = [(136, "2"), (137, "0.1"), (138, "BNB"), (139, "4"), (137, "0.2"), (138, "USDT"), (139, "4")]
    return encode("FIX.4.4", "8", HEADER, [*body, *fees])


def logon() -> bytes:
    return encode(
        "FIX.4.4",
        "A",
        HEADER,
        [(95, "9"), (96, b"sec\x01ret96"), (553, "secret553"), (554, "secret554"), (108, "30")],
    )


def run(data: bytes, *options: str) -> Result:
    return CliRunner().invoke(decode, options, input=data)


def test_a_message_is_shown_with_names_and_meanings() -> None:
    result = run(fill())
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0] == ["ExecutionReport", "(8)", "line", "1,", "offset", "0"]
    assert ["54", "Side", "1", "BUY"] in lines
    assert ["39", "OrdStatus", "1", "PARTIALLY_FILLED"] in lines
    assert ["55", "Symbol", "BTCUSDT"] in lines
    assert result.stderr == ""


def test_group_members_are_indented() -> None:
    shown = run(fill()).stdout.splitlines()
    (count,) = [line for line in shown if " NoMiscFees " in line]
    amounts = [line for line in shown if " MiscFeeAmt " in line]
    assert len(amounts) == 2
    assert all(line.index("MiscFeeAmt") == count.index("NoMiscFees") + 2 for line in amounts)


@pytest.mark.parametrize("separator", [b"\x01", b"|", b"^A", b"<SOH>", b"\\x01", b"\\u0001"])
@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_every_separator_reads_the_same(separator: bytes, ending: bytes) -> None:
    plain = run(fill(), "--json")
    other = run(fill().replace(b"\x01", separator) + ending, "--json")
    assert other.exit_code == 0, other.output
    assert json.loads(other.stdout) == json.loads(plain.stdout)


def test_the_last_separator_may_be_missing() -> None:
    result = run(fill().replace(b"\x01", b"|").rstrip(b"|") + b"\n")
    assert result.exit_code == 0


def test_log_lines_many_messages_and_places() -> None:
    first, second = fill("one").replace(b"\x01", b"|"), fill("two").replace(b"\x01", b"|")
    log = b"10:00 <- " + first + b" (0.1 ms)\n# nothing here\n10:01 <- " + second + b"\n"
    found = [json.loads(line) for line in run(log, "--json").stdout.splitlines()]
    assert [(one["line"], one["offset"]) for one in found] == [(1, 9), (3, log.index(second))]
    texts = [field["value"] for one in found for field in one["fields"] if field["tag"] == 58]
    assert texts == ["one", "two"]


def test_messages_run_together_are_told_apart() -> None:
    result = run(fill("one") + fill("two") + logon() + fill("three"), "--json")
    assert result.exit_code == 0
    assert [json.loads(line)["msg_type"] for line in result.stdout.splitlines()] == ["8", "8", "A", "8"]


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize("damage", [b"", b"9=1|", b"10=000|"])
@pytest.mark.parametrize("separator", [b"\x01", b"|"])
def test_secrets_are_never_shown(form: list[str], damage: bytes, separator: bytes) -> None:
    data = logon()
    if damage:
        tag = damage.split(b"=")[0]
        fields = [damage[:-1] if part.startswith(tag + b"=") else part for part in data.split(b"\x01")]
        data = b"\x01".join(fields)
    result = run(data.replace(b"\x01", separator), *form)
    assert "***" in result.stdout
    for secret in ("secret553", "secret554", "ret96"):
        assert secret not in result.output


def test_a_wrong_checksum_is_told_beside_the_content() -> None:
    good = fill()
    data = good[:-4] + (b"000" if good[-4:-1] != b"000" else b"001") + b"\x01"
    result = run(data)
    assert result.exit_code == 1
    assert (
        f"! CheckSum (10) is {data[-4:-1].decode()}, the bytes give {good[-4:-1].decode()}" in result.stdout
    )
    assert "PARTIALLY_FILLED" in result.stdout


def test_a_wrong_length_is_told_beside_the_content() -> None:
    data = fill()
    length = int(data.split(b"\x01")[1][2:])
    result = run(data.replace(b"\x019=%d\x01" % length, b"\x019=%d\x01" % (length + 4)), "--json")
    assert result.exit_code == 1
    record = json.loads(result.stdout)
    assert record["problems"][0] == f"BodyLength (9) is {length + 4}, the body has {length} bytes"
    assert record["name"] == "ExecutionReport"


def test_a_cut_message_is_shown_as_far_as_it_goes() -> None:
    result = run(fill()[:60] + b"\n" + fill("whole"))
    assert result.exit_code == 1
    assert "! no CheckSum (10): cut short" in result.stdout
    assert "whole" in result.stdout


def test_what_looks_like_fix_and_cannot_be_read_is_named_by_place() -> None:
    result = run(b"fine\n8=FIX.4.4|35=D|11=A-1|\n" + fill())
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "line 2, offset 5: looks like FIX, but BeginString (8) and BodyLength (9) do not lead"
    ]
    assert "ExecutionReport" in result.stdout


def test_nothing_to_decode_is_an_error() -> None:
    result = run(b"hello\n")
    assert result.exit_code == 1
    assert result.stderr == "no FIX message found\n"


def test_an_unknown_venue_is_refused_with_the_known_ones() -> None:
    result = run(fill(), "--venue", "nowhere")
    assert result.exit_code == 2
    assert "binance" in result.stderr


def test_a_file_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(fill())
    assert CliRunner().invoke(decode, [str(tmp_path / "log")]).exit_code == 0
    assert CliRunner().invoke(decode, [str(tmp_path / "nothing")]).exit_code == 2


def test_a_peers_text_cannot_steer_the_terminal() -> None:
    result = run(fill("\x1b[2Jgone"))
    assert "\x1b" not in result.output
    assert "gone" in result.stdout


pieces = st.sampled_from(
    [fill(), logon(), b"8=FIX.4.4", b"\x01", b"|", b"9=", b"10=000", b"35=D", b"\n", b"96=", b"95=3"]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(pieces, st.binary(max_size=8)), max_size=12).map(b"".join))
def test_no_input_makes_it_raise_or_lose_its_place(data: bytes) -> None:
    offsets = []
    for reading in readings(data):
        offsets.append(reading.offset)
        assert reading.line == data.count(b"\n", 0, reading.offset) + 1
        assert reading.message is not None or reading.problems
        if reading.message is not None:
            assert reading.message.pairs
    assert offsets == sorted(set(offsets))


def test_the_command_line_never_loads_the_screen() -> None:
    code = (
        "import sys, blotter.cli.decode, blotter.cli.journal, blotter.venues.registry;"
        "print([m for m in sys.modules if m.partition('.')[0] in ('textual', 'rich')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"

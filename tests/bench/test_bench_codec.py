"""How fast the codec is beside simplefix's parser and QuickFIX's binding, on one verified Binance ExecutionReport.

Not part of the plain run: `pytest tests/bench/test_bench_codec.py -n 0 -s`. The last test asserts the ratios of
what the ones before it measured in the same run, on the same machine. Times are for a batch of messages.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import simplefix

from blotter.fix.codec import Decoder, Message, encode

REPORT = (
    "8=FIX.4.4|9=342|35=8|49=SPOT|56=BOETRADE|34=2|52=20250204-09:10:09.754155|17=10062143|11=1738660209676610000|"
    "37=4709412|38=1.00000000|40=2|54=2|55=BNBUSDT|44=730.00000000|59=1|60=20250204-09:10:09.753771|"
    "25018=20250204-09:10:09.753771|25001=3|150=0|14=0.00000000|151=1.00000000|25017=0.00000000|1057=Y|32=0.00000000|"
    "39=0|636=Y|25023=20250204-09:10:09.753771|10=234|"
).replace("|", "\x01")
TAGS = (11, 37, 17, 150, 39, 55, 54, 38, 44, 14, 151, 60)
BATCH = 100
STREAM = REPORT.encode() * BATCH
SCHEMA = Path(__file__).parents[3] / "shared" / "venues" / "schemas" / "spot-fix-oe.xml"

seconds: dict[str, float] = {}
"""Best time for a batch, by what was measured."""


def measure(benchmark: Any, name: str, work: Callable[[], object]) -> None:
    benchmark.pedantic(work, rounds=30, iterations=1, warmup_rounds=2)
    seconds[name] = benchmark.stats.stats.min


def faster(than: str, name: str) -> float:
    if than not in seconds or name not in seconds:
        pytest.skip(f"{than!r} or {name!r} was not measured in this run")
    return seconds[than] / seconds[name]


def test_simplefix_parse(benchmark: Any) -> None:
    parser = simplefix.FixParser()

    def work() -> int:
        parser.append_buffer(STREAM)
        count = 0
        while parser.get_message() is not None:
            count += 1
        return count

    assert work() == BATCH
    measure(benchmark, "simplefix", work)


def test_frame_and_check(benchmark: Any) -> None:
    """BodyLength, CheckSum, MsgType; fields are split on first use."""
    decoder = Decoder()
    assert len(decoder.feed(STREAM)) == BATCH
    measure(benchmark, "frame", lambda: decoder.feed(STREAM))


def test_decode_all_fields(benchmark: Any) -> None:
    """The same, and every field split and indexed: what simplefix's parser does, without the checks it leaves out."""
    decoder = Decoder()

    def work() -> int:
        return sum([message.msg_seq_num for message in decoder.feed(STREAM) if isinstance(message, Message)])

    assert work() == 2 * BATCH
    measure(benchmark, "decode", work)


def test_decode_and_read_12_fields(benchmark: Any) -> None:
    decoder = Decoder()

    def work() -> list[bytes | None]:
        values = []
        for message in decoder.feed(STREAM):
            if isinstance(message, Message):
                values = [message.get(tag) for tag in TAGS]
        return values

    assert work()[-1] == b"20250204-09:10:09.753771"
    measure(benchmark, "decode + 12", work)


def test_decode_and_read_12_fields_in_4k_chunks(benchmark: Any) -> None:
    """As a socket gives them: messages cut in two."""
    decoder = Decoder()
    chunks = [STREAM[at : at + 4096] for at in range(0, len(STREAM), 4096)]

    def work() -> int:
        count = 0
        for chunk in chunks:
            for message in decoder.feed(chunk):
                if isinstance(message, Message):
                    [message.get(tag) for tag in TAGS]
                    count += 1
        return count

    assert work() == BATCH
    measure(benchmark, "decode + 12, chunks", work)


def test_quickfix_decode_and_read_12_fields(benchmark: Any) -> None:
    """With the venue's data dictionary, BodyLength and CheckSum checked; one message a string, so its framing and the
    check of values against the dictionary are not even counted."""
    quickfix = pytest.importorskip("quickfix")
    if not SCHEMA.exists():
        pytest.skip(f"no data dictionary at {SCHEMA}")
    dictionary = quickfix.DataDictionary(str(SCHEMA))

    def work() -> list[str]:
        values: list[str] = []
        for _ in range(BATCH):
            message = quickfix.Message(REPORT, dictionary, True)
            values = [message.getField(tag) for tag in TAGS]
        return values

    assert work()[-1] == "20250204-09:10:09.753771"
    measure(benchmark, "quickfix + 12", work)


def test_encode_an_order(benchmark: Any) -> None:
    header = ((49, "BOETRADE"), (56, "SPOT"), (34, "2"), (52, "20250301-01:00:00.000000"))
    body = (
        (38, "1"),
        (40, "2"),
        (11, "1740758400000001000"),
        (44, "730"),
        (54, "2"),
        (55, "BNBUSDT"),
        (59, "1"),
    )

    def work() -> None:
        for _ in range(BATCH):
            encode("FIX.4.4", "D", header, body)

    measure(benchmark, "encode", work)


def test_encode_an_order_with_append_pair(benchmark: Any) -> None:
    """simplefix as its manual shows it."""
    fields = [
        (49, "BOETRADE"),
        (56, "SPOT"),
        (34, "2"),
        (52, "20250301-01:00:00.000000"),
        (38, "1"),
        (40, "2"),
    ]
    fields += [(11, "1740758400000001000"), (44, "730"), (54, "2"), (55, "BNBUSDT"), (59, "1")]

    def work() -> None:
        for _ in range(BATCH):
            message = simplefix.FixMessage()
            message.append_pair(8, "FIX.4.4")
            message.append_pair(35, "D")
            for tag, value in fields:
                message.append_pair(tag, value)
            message.encode()

    measure(benchmark, "encode, append_pair", work)


def test_ratios() -> None:
    """The bars, and what this run gave."""
    against_simplefix = faster("simplefix", "decode")
    against_quickfix = faster("quickfix + 12", "decode + 12")
    figures = {name: f"{taken / BATCH * 1e6:.2f} us" for name, taken in seconds.items()}
    print(
        f"\ndecode against simplefix {against_simplefix:.1f}x, with 12 reads against QuickFIX {against_quickfix:.1f}x"
    )
    print(figures)
    assert against_simplefix >= 12, figures
    assert against_quickfix >= 1.5, figures
    assert faster("encode, append_pair", "encode") > 1, figures

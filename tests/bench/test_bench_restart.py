"""How long a desk takes to know everything again: a tape of 100,000 messages, with a snapshot and without.

The tape is a busy day: each order is sent, acknowledged, filled in two parts.

Run: pytest tests/bench/test_bench_restart.py -n 0 -s
"""

import random
import time
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from blotter.desk.clock import system_clock
from blotter.desk.desk import Desk, DeskSettings
from blotter.desk.fold import VERSION, Fold
from blotter.desk.link import LinkSettings
from blotter.desk.memory import SNAPSHOT_EVERY
from blotter.fix.codec import encode
from blotter.fix.values import utc_timestamp
from blotter.journal.tape import Entry, Kind, Tape
from blotter.trading.enums import OrdType, Side, TimeInForce
from blotter.trading.event import OrderSubmitted
from blotter.trading.request import OrderRequest
from blotter.venues.base import Credentials, Endpoint, Environment, SessionKind
from blotter.venues.binance import BinanceSpot

MESSAGES = 100_000
START = 1_763_800_000_000_000_000


class StillSigner:
    def sign(self, payload: bytes) -> str:
        return "signature"


def message(msg_type: str, seq: int, at: int, outbound: bool, fields: list[tuple[int, str]]) -> bytes:
    ends = ("BLT", "SPOT") if outbound else ("SPOT", "BLT")
    header = [(49, ends[0]), (56, ends[1]), (34, str(seq)), (52, utc_timestamp(at))]
    return encode("FIX.4.4", msg_type, header, fields)


def report(number: int, seq: int, at: int, exec_type: str, status: str, cum: str, last: str) -> bytes:
    fields = [
        (17, str(seq)),
        (11, f"tag-{number:06d}"),
        (37, str(number)),
        (38, "0.25000000"),
        (40, "2"),
        (54, "1"),
        (55, "BTCUSDT"),
        (44, "60000.10000000"),
        (59, "1"),
        (60, utc_timestamp(at)),
        (25018, utc_timestamp(at)),
        (25001, "3"),
        (150, exec_type),
        (14, cum),
        (151, str(Decimal("0.25") - Decimal(cum))),
        (25017, str(Decimal(cum) * Decimal("60000.1"))),
        (1057, "Y"),
        (32, last),
        (39, status),
        (636, "Y"),
    ]
    if exec_type == "F":
        fields += [
            (31, "60000.10000000"),
            (1003, str(seq)),
            (136, "1"),
            (137, "0.00001"),
            (138, "BTC"),
            (139, "4"),
        ]
    return message("8", seq, at, False, fields)


def fill_tape(tape: Tape) -> int:
    """Four messages an order. Returns the number of messages."""
    request = OrderRequest(
        symbol="BTCUSDT",
        side=Side.BUY,
        ord_type=OrdType.LIMIT,
        order_qty=Decimal("0.25"),
        price=Decimal("60000.10"),
        time_in_force=TimeInForce.GOOD_TILL_CANCEL,
    )
    sent = seq = 0
    entries: list[Entry] = []
    for number in range(1, MESSAGES // 4 + 1):
        at = START + number * 1_000_000_000
        cl_ord_id = f"tag-{number:06d}"
        fact = OrderSubmitted(order_id=f"A-{number:06d}", cl_ord_id=cl_ord_id, request=request, at=at)
        entries.append(Entry(at, Kind.ACT, "", 0, 0, "OrderSubmitted", msgspec.json.encode(fact)))
        sent += 1
        order = [
            (11, cl_ord_id),
            (38, "0.25"),
            (40, "2"),
            (44, "60000.1"),
            (54, "1"),
            (55, "BTCUSDT"),
            (59, "1"),
        ]
        entries.append(Entry(at, Kind.OUT, "OE", 1, sent, "D", message("D", sent, at, True, order)))
        for exec_type, status, cum, last in (
            ("0", "0", "0", "0"),
            ("F", "1", "0.1", "0.1"),
            ("F", "2", "0.25", "0.15"),
        ):
            seq += 1
            raw = report(number, seq, at, exec_type, status, cum, last)
            entries.append(Entry(at, Kind.IN, "OE", 1, seq, "8", raw))
        if len(entries) > 5000:
            tape.write(entries)
            entries = []
    tape.write(entries)
    return sent + seq


def open_desk(tape: Tape) -> Desk:
    link = LinkSettings(SessionKind.ORDER_ENTRY, Endpoint("127.0.0.1", 1, tls=False), "BEN", 30)
    settings = DeskSettings(environment=Environment.EMBEDDED, links=(link,))
    credentials = Credentials("k", StillSigner())
    return Desk(settings, BinanceSpot(), credentials, tape, system_clock, random.Random(1))


@pytest.fixture
def full_tape(tmp_path: Path):
    tape = Tape.open(tmp_path / "tape.sqlite3")
    assert fill_tape(tape) == MESSAGES
    tape.close()
    return tmp_path / "tape.sqlite3"


@pytest.mark.parametrize(
    "behind", [0, SNAPSHOT_EVERY, None], ids=["clean end", "killed at the worst", "no snapshot"]
)
def test_restart(full_tape, behind):
    """A desk that ended well has a snapshot of its last row; a killed one, of `SNAPSHOT_EVERY` rows before at the most.
    Without any (an upgrade that changed its shape) everything is folded anew: shown, with no bound on it."""
    if behind is not None:
        tape = Tape.open(full_tape)
        fold = Fold(BinanceSpot())
        covered = tape.last_id - behind
        fold.replay(row.entry for row in tape.rows(0, covered))
        tape.save_snapshot(covered, VERSION, fold.dump())
        tape.close()
    started = time.perf_counter()
    tape = Tape.open(full_tape)
    desk = open_desk(tape)
    taken = time.perf_counter() - started
    drained = time.perf_counter()
    frame = desk.feed.drain()
    drained = time.perf_counter() - drained
    tape.close()
    print(
        f"restart of {MESSAGES} messages, snapshot {behind} rows behind: {taken:.2f} s, first drain {drained:.3f} s"
    )
    assert len(frame.orders) == MESSAGES // 4
    assert len(frame.fills) == MESSAGES // 2
    if behind is not None:
        assert taken < 2

"""Snapshots of a long day: made piece by piece beside everything else, of one moment, and whole or not at all."""

import contextlib

import msgspec
import pytest

from blotter.desk import memory
from blotter.desk.fold import VERSION, Fold
from blotter.desk.memory import Memory
from blotter.journal.snapshot import PART
from blotter.journal.tape import Entry, Kind, Tape
from blotter.trading.encoding import copied, encoded
from blotter.trading.enums import OrdType, Side
from blotter.trading.event import OrderSubmitted
from blotter.trading.ledger import format_order_id
from blotter.trading.request import OrderRequest
from blotter.venues.binance import BinanceSpot

REQUEST = OrderRequest(symbol="BTCUSDT", side=Side.BUY, ord_type=OrdType.MARKET)


class Day:
    """A tape, what was folded from it, and the memory of both."""

    def __init__(self, path):
        self.tape = Tape.open(path)
        self.fold = Fold(BinanceSpot())
        self.memory = Memory(self.tape, self.fold)

    def live(self, first: int, last: int) -> None:
        for number in range(first, last + 1):
            fact = OrderSubmitted(
                order_id=format_order_id(number), cl_ord_id=f"t-{number}", request=REQUEST, at=1
            )
            entry = Entry(1, Kind.ACT, "", 0, 0, "OrderSubmitted", msgspec.json.encode(fact))
            self.tape.write([entry])
            self.fold.apply(entry)


@pytest.fixture
def day(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "SNAPSHOT_EVERY", 1000)
    there = Day(tmp_path / "tape.sqlite3")
    yield there
    there.tape.close()


def test_it_is_of_the_moment_at_which_it_began_however_long_it_takes(day, tmp_path):
    day.live(1, 1000)
    day.memory.look(0)
    then, looks = day.fold.dump(), 0
    while day.memory._covered == 0:
        day.live(1001 + looks, 1001 + looks)
        day.memory.look(0)
        looks += 1
        assert looks < 1000
    assert looks > 2, "it takes several turns"
    assert day.fold.dump() != then
    day.tape.close()
    with contextlib.closing(Tape.open(tmp_path / "tape.sqlite3")) as tape:
        assert tape.snapshot(VERSION) == (1000, then)
        again = Fold(BinanceSpot())
        Memory(tape, again).restore()
        assert again.dump() == day.fold.dump()
        assert len(again.ledger.orders) == 1000 + looks


def test_one_that_was_not_finished_is_none(day, tmp_path):
    day.live(1, 1000)
    day.memory.snapshot(0)
    day.live(1001, 2000)
    day.memory.look(0)
    day.memory.look(0)
    assert day.memory._covered == 1000
    day.tape.close()
    with contextlib.closing(Tape.open(tmp_path / "tape.sqlite3")) as tape:
        stored = tape.snapshot(VERSION)
        assert stored is not None
        assert stored[0] == 1000, "the one before"
        again = Fold(BinanceSpot())
        Memory(tape, again).restore()
        assert again.dump() == day.fold.dump()


def test_it_is_of_no_row_while_a_batch_is_under_way(day):
    day.live(1, 1000)
    day.memory.look(1)
    assert day.memory._pieces is None
    day.memory.look(0)
    assert day.memory._pieces is not None


def test_the_last_one_is_of_the_last_row_though_another_was_being_made(day, tmp_path):
    day.live(1, 1000)
    day.memory.look(0)
    day.memory.look(0)
    day.live(1001, 1003)
    day.memory.snapshot(0)
    day.tape.close()
    with contextlib.closing(Tape.open(tmp_path / "tape.sqlite3")) as tape:
        assert tape.snapshot(VERSION) == (1003, day.fold.dump())


@pytest.mark.parametrize("many", [0, 1, 255, 256, 257, 1000])
def test_the_pieces_are_what_the_whole_is(many):
    class Inner(msgspec.Struct):
        names: dict[str, dict[str, str]]
        last: int

    class Whole(msgspec.Struct):
        values: list[int]
        inner: Inner
        flat: dict[int, str]

    flat = {number: str(number) for number in range(many)}
    names = {"a": {str(n): "x" for n in range(many)}, "b": {}}
    whole = Whole(list(range(many)), Inner(names, 7), flat)
    taken = copied(whole)
    encoding = encoded(taken)
    first = next(encoding)
    expected = msgspec.msgpack.decode(msgspec.msgpack.encode(whole), type=Whole)
    whole.values.append(-1)
    whole.inner.names["a"]["later"] = "y"
    whole.flat[-1] = ""
    data = first + b"".join(encoding)
    assert msgspec.msgpack.decode(data, type=Whole) == expected


@pytest.mark.parametrize(
    "sizes", [[], [0], [5], [PART], [1, PART - 1, PART, PART + 1, 0, 3 * PART, 7], [PART] * 3]
)
def test_what_comes_in_pieces_is_stored_as_one(tmp_path, sizes):
    pieces = [bytes([65 + number]) * size for number, size in enumerate(sizes)]
    with contextlib.closing(Tape.open(tmp_path / "tape.sqlite3")) as tape:
        tape.write([Entry(1, Kind.ACT, "", 0, 0, "Stop", b"{}")])
        tape.save_snapshot(1, VERSION, pieces)
    with contextlib.closing(Tape.open(tmp_path / "tape.sqlite3")) as tape:
        assert tape.snapshot(VERSION) == (1, b"".join(pieces))
        assert tape.warnings == []

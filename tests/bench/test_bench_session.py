"""Continuous numbers under loss, and what session and codec cost beside QuickFIX's binding and simplefix's parser.

    pytest tests/bench/test_bench_session.py -n 0 -s
    BLOTTER_BENCH_MESSAGES=1000000 ...          a million messages in all, both ways together

Two sessions in one process, bytes between them; messages are lost one by one and with whole connections. Figures are
messages a second of one core for both sides together: numbered and encoded here, decoded, judged and delivered there.
"""

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
import simplefix

from blotter.fix.codec import Decoder, Message, decode
from blotter.fix.fix44_grammar import fix44
from blotter.fix.session import (
    Deliver,
    Disconnect,
    Draft,
    Effect,
    Instant,
    LogonReceived,
    Numbering,
    Numbers,
    Phase,
    ResendAsked,
    Role,
    Send,
    Session,
    SessionConfig,
    Stored,
)
from blotter.fix.values import SECOND
from blotter.journal.tape import Entry, Kind, Tape

MESSAGES = int(os.environ.get("BLOTTER_BENCH_MESSAGES", "200000"))
REMEMBERED = 8192  # messages a side keeps for a resend, so that memory is its own
BATCH = 32  # messages between two reads of a socket
ORDER = ((38, "1"), (40, "2"), (44, "730"), (54, "2"), (55, "BNBUSDT"), (59, "1"), (60, "20261122-10:00:00"))
START = 1_795_342_000 * SECOND

rates: dict[str, float] = {}
"""Messages a second of one core, by what was measured."""


class Side:
    """One party over many connections. It checks what arrives as it comes and keeps none of it."""

    def __init__(self, role: Role, tape: Tape | None, **settings: object) -> None:
        comp_ids = ("A", "B") if role is Role.INITIATOR else ("B", "A")
        settings = {"numbering": Numbering.CONTINUOUS, "resend_timeout": 1.0, **settings}
        self.config = SessionConfig(*comp_ids, role, **settings)  # type: ignore[arg-type]
        self.tape = tape
        self.kept: deque[tuple[int, bytes]] = deque(maxlen=REMEMBERED)
        self.sent = self.got = self.again = 0
        self.out: list[bytes] = []
        self.session = Session(self.config)

    def connect(self, now: Instant) -> None:
        before = self.session
        before.disconnected(now, "cut")
        self.session = Session(self.config, Numbers(before.next_out, before.next_in))
        self.decoder = Decoder()
        self.out.clear()
        self.carry_out(self.session.connected(now), now)

    def send(self, now: Instant) -> None:
        self.sent += 1
        self.write(Draft("D", ((11, f"m{self.sent}"), *ORDER)), now)

    def write(self, draft: Draft, now: Instant) -> None:
        stamped = self.session.stamp(draft, now)
        if self.tape is not None:
            self.tape.hold(
                [Entry(now.wall, Kind.OUT, "OE", 1, stamped.msg_seq_num, stamped.msg_type, stamped.data)]
            )
        self.kept.append((stamped.msg_seq_num, stamped.data))
        self.session.wrote(stamped, now)
        self.out.append(stamped.data)

    def read(self, data: bytes, now: Instant) -> None:
        for message in self.decoder.feed(data):
            assert isinstance(message, Message)
            if self.tape is not None:
                seq = message.msg_seq_num
                self.tape.hold([Entry(now.wall, Kind.IN, "OE", 1, seq, message.msg_type, message.raw)])
            self.carry_out(self.session.receive(message, now), now)
        if self.tape is not None:
            self.tape.write([])

    def carry_out(self, effects: list[Effect], now: Instant) -> None:
        for effect in effects:
            match effect:
                case Deliver(message):
                    self.got += 1
                    assert message.text(11) == f"m{self.got}", "lost, doubled or out of order"
                case Send(draft):
                    self.write(draft, now)
                case LogonReceived():
                    self.carry_out(self.session.accept((), now), now)
                case ResendAsked(begin, end):
                    assert self.kept[0][0] <= begin, "a resend of what is not kept any more"
                    stored = [Stored(seq, decode(raw)) for seq, raw in self.kept if begin <= seq <= end]
                    for again in self.session.resend(effect, stored, now):
                        self.again += 1
                        self.out.append(again.data)
                case Disconnect(reason):
                    raise AssertionError(reason)


def run(
    count: int, lose: Callable[[], str], tape: Tape | None = None, **settings: object
) -> tuple[Side, Side, float]:
    """`count` messages, half of them each way; `lose` says what happens to a read. Returns processor seconds, too."""
    sides = (Side(Role.INITIATOR, tape, **settings), Side(Role.ACCEPTOR, tape, **settings))
    mono, each = 0, count // 2
    began = time.process_time()

    def dial() -> None:
        for side in sides:
            side.connect(Instant(START + mono, mono))

    dial()
    while any(side.got < each for side in sides):
        mono += SECOND // 20
        now = Instant(START + mono, mono)
        cut = False
        for here, there in (sides, sides[::-1]):
            if here.session.phase is Phase.LIVE:
                for _ in range(min(BATCH, each - here.sent)):
                    here.send(now)
            here.carry_out(here.session.tick(now), now)
            out, here.out = here.out, []
            what = lose() if out else ""
            if what == "cut":
                cut = True
                break
            if what == "drop" and there.session.phase is Phase.LIVE:
                del out[len(out) // 2]
            if out:
                there.read(b"".join(out), now)
        if cut:
            dial()
    return (*sides, time.process_time() - began)


def nothing() -> str:
    return ""


def resident() -> int:
    """Bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def note(name: str, count: int, seconds: float) -> None:
    rates[name] = count / seconds
    print(f"\n{name}: {count / seconds:,.0f} messages/s of one core ({seconds / count * 1e6:.1f} us)")


def test_nothing_is_lost_or_doubled_under_random_loss() -> None:
    chance = random.Random(20261122)
    sizes: list[int] = []
    reads = 0

    def lose() -> str:
        nonlocal reads
        reads += 1
        if reads % max(1, MESSAGES // BATCH // 20) == 0:
            sizes.append(resident())
        drawn = chance.random()
        return "cut" if drawn < 0.002 else "drop" if drawn < 0.05 else ""

    here, there, seconds = run(MESSAGES, lose)
    assert here.got == there.got == here.sent == there.sent == MESSAGES // 2
    assert here.again + there.again > MESSAGES // 1000, "nothing was lost: this proved nothing"
    note("session + codec, with losses", MESSAGES, seconds)
    print(
        f"  sent again {here.again + there.again:,}; resident {sizes[len(sizes) // 4] >> 20} to {sizes[-1] >> 20} MB"
    )
    assert sizes[-1] - sizes[len(sizes) // 4] < 8 * 1024 * 1024


def test_without_losses() -> None:
    count = min(MESSAGES, 200_000)
    note("session + codec", count, run(count, nothing)[2])


def test_with_the_dictionary() -> None:
    """Every message checked against FIX 4.4 in full."""
    count = min(MESSAGES, 100_000)
    note("session + codec + dictionary", count, run(count, nothing, validate=fix44().check)[2])


def test_with_the_tape(tmp_path: Path) -> None:
    """Both sides' messages on one tape, committed a read at a time."""
    count = min(MESSAGES, 50_000)
    tape = Tape.open(tmp_path / "tape.sqlite3")
    try:
        note("session + codec + tape", count, run(count, nothing, tape)[2])
    finally:
        tape.close()


def test_simplefix_parser() -> None:
    """The parser alone: no session, nothing checked."""
    side = Side(Role.INITIATOR, None)
    side.connect(Instant(START, 0))
    side.session.phase = Phase.LIVE
    stream = side.session.stamp(Draft("D", ((11, "m1"), *ORDER)), Instant(START, 0)).data * 100
    parser, count = simplefix.FixParser(), 0
    began = time.process_time()
    while count < 5_000:
        parser.append_buffer(stream)
        while parser.get_message() is not None:
            count += 1
    note("simplefix, parser alone", count, time.process_time() - began)


def test_quickfix(tmp_path: Path) -> None:
    """Its two sessions over the loopback in a process of their own. Processor time: the socket's waits are free."""
    pytest.importorskip("quickfix", reason="QuickFIX is not installed: pip install 'blotter[interop]'")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    pair = Path(__file__).with_name("quickfix_pair.py")
    count = min(MESSAGES, 20_000)
    done = subprocess.run(
        [sys.executable, pair, str(count), tmp_path, str(port)], capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr
    note("QuickFIX, session + codec", count, json.loads(done.stdout.splitlines()[-1])["seconds"] * count)


def test_ratios() -> None:
    """The bars, and what this run gave."""
    ours = rates.get("session + codec")
    if ours is None or len(rates) < 4:
        pytest.skip("not everything was measured in this run")
    print()
    for name, rate in sorted(rates.items(), key=lambda item: -item[1]):
        print(f"{name:32} {rate:>10,.0f}/s  {rate / ours:5.2f}")
    assert rates["session + codec, with losses"] > 0.5 * ours
    assert ours > rates["simplefix, parser alone"]

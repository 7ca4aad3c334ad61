"""Our session dials QuickFIX: nothing lost, nothing doubled, whoever is killed and whatever numbers are false."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("quickfix", reason="QuickFIX is not installed: pip install 'blotter[interop]'")

from interop_parties import Initiator, QuickFix, free_port, names, until


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[QuickFix]:
    party = QuickFix("acceptor", free_port(), tmp_path / "theirs")
    yield party
    party.close()


@pytest.fixture
def ours(theirs: QuickFix, tmp_path: Path) -> Iterator[Initiator]:
    initiator = Initiator(theirs.port, tmp_path)
    initiator.log_on()
    yield initiator
    initiator.kill()


def exchanged(ours: Initiator, theirs: QuickFix, from_us: list[str], from_them: list[str]) -> None:
    """Every order arrived, once."""
    until(lambda: set(from_us) <= set(theirs.got), f"{len(from_us)} orders, {len(theirs.got)} are there")
    until(lambda: set(from_them) <= set(ours.got), f"{len(from_them)} orders, {len(ours.got)} are here")
    assert theirs.got == Counter(from_us)
    assert ours.got == Counter(from_them)


def test_orders_both_ways_and_logout(ours: Initiator, theirs: QuickFix) -> None:
    ours.send(names("a", 200))
    theirs.send(names("b", 200))
    exchanged(ours, theirs, names("a", 200), names("b", 200))
    theirs.mark()
    ours.do(lambda session: session.logout("done", ours._now()))
    theirs.wait_for("admin in", type="5", text="done")
    theirs.wait_for("admin out", type="5")
    until(lambda: "done" in ours.reasons, "our end")


def test_their_logout_is_answered(ours: Initiator, theirs: QuickFix) -> None:
    theirs.mark()
    theirs.do("logout")
    theirs.wait_for("admin in", type="5")
    until(lambda: any("logged out" in reason for reason in ours.reasons), "our end")


def test_ours_is_killed_in_mid_stream(ours: Initiator, theirs: QuickFix) -> None:
    from_us, from_them = names("c", 2000), names("d", 2000)
    ours.send(from_us[:1000])
    theirs.send(from_them)
    until(lambda: len(ours.got) > 300 and ours._commands.empty(), "some orders")
    ours.kill()
    ours.start()
    ours.send(from_us[1000:])
    exchanged(ours, theirs, from_us, from_them)


def test_theirs_is_killed_in_mid_stream(ours: Initiator, theirs: QuickFix) -> None:
    from_us, from_them = names("e", 2000), names("f", 1000)
    ours.send(from_us)
    theirs.send(from_them)
    theirs.wait_for("sent")
    until(lambda: len(theirs.got) > 300, "some orders")
    theirs.kill()
    theirs.start()
    until(lambda: set(theirs.got) == set(from_us), "our orders")
    until(lambda: set(ours.got) == set(from_them), "their orders")
    assert ours.got == Counter(from_them)
    twice = [
        name for name, count in theirs.got.items() if count > 1
    ]  # it counts after its application has had it
    assert len(twice) <= 1
    assert all(any(e["dup"] for e in theirs.events if e.get("id") == name) for name in twice)


def test_forced_gaps_both_ways(ours: Initiator, theirs: QuickFix) -> None:
    ours.send(names("g", 10))
    exchanged(ours, theirs, names("g", 10), [])
    theirs.numbers(out=theirs.numbers()["out"] + 20)
    theirs.send(names("h", 10))
    exchanged(ours, theirs, names("g", 10), names("h", 10))
    ours.kill()
    ours.renumber(out=60)
    theirs.mark()
    ours.start()
    theirs.wait_for("admin out", type="2")
    ours.send(names("i", 10))
    exchanged(ours, theirs, [*names("g", 10), *names("i", 10)], names("h", 10))


def test_our_gap_fill_by_hand(ours: Initiator, theirs: QuickFix) -> None:
    theirs.mark()
    ours.do(lambda session: session.fill_gap(session.next_out + 30, ours._now()))
    theirs.wait_for("admin in", type="4")
    ours.send(names("j", 10))
    exchanged(ours, theirs, names("j", 10), [])


@pytest.mark.parametrize("chunk", [0, 500])
def test_thousands_are_sent_again_by_them(theirs: QuickFix, tmp_path: Path, chunk: int) -> None:
    ours = Initiator(theirs.port, tmp_path, resend_chunk=chunk)
    try:
        ours.log_on()
        sent = names("k", 3000)
        theirs.send(sent)
        until(lambda: ours.got == Counter(sent), "all orders")
        ours.kill()
        ours.renumber(into=2)
        theirs.mark()
        ours.start()
        until(lambda: ours.got == Counter(sent + sent), "all orders once more")
        assert len(theirs.since("admin in", type="2")) == (1 if chunk == 0 else 6)
    finally:
        ours.kill()


def test_thousands_are_sent_again_by_us(ours: Initiator, theirs: QuickFix) -> None:
    sent = names("l", 3000)
    ours.send(sent)
    exchanged(ours, theirs, sent, [])
    theirs.numbers(into=2)
    theirs.mark()
    ours.send(["next"])
    theirs.wait_for("admin out", type="2")
    until(lambda: theirs.got["next"] == 1, "the next order")
    assert theirs.got == Counter([*sent, *sent, "next"])


def test_their_number_is_too_low(ours: Initiator, theirs: QuickFix) -> None:
    theirs.send(names("m", 10))
    exchanged(ours, theirs, [], names("m", 10))
    theirs.numbers(out=3)
    theirs.send(["low"])
    until(lambda: any("MsgSeqNum too low" in reason for reason in ours.reasons), "our refusal")
    assert ours.got["low"] == 0


def test_our_number_is_too_low(ours: Initiator, theirs: QuickFix) -> None:
    ours.send(names("n", 10))
    exchanged(ours, theirs, names("n", 10), [])
    ours.kill()
    ours.renumber(out=3)
    ours.start()
    until(lambda: any("too low" in reason for reason in ours.reasons), "their refusal")


def test_our_reset_in_mid_session(ours: Initiator, theirs: QuickFix) -> None:
    ours.send(names("o", 10))
    theirs.send(names("p", 10))
    exchanged(ours, theirs, names("o", 10), names("p", 10))
    theirs.mark()
    ours.do(lambda session: session.reset(ours._now()))
    theirs.wait_for("admin out", type="A")
    ours.send(names("q", 10))
    theirs.send(names("r", 10))
    exchanged(ours, theirs, [*names("o", 10), *names("q", 10)], [*names("p", 10), *names("r", 10)])
    assert ours.session is not None
    assert ours.session.next_in < 20


def test_our_reset_with_every_logon(theirs: QuickFix, tmp_path: Path) -> None:
    ours = Initiator(theirs.port, tmp_path, reset_on_logon=True)
    try:
        sent: list[str] = []
        for turn in ("s", "t"):
            ours.log_on()
            ours.send(names(turn, 10))
            sent += names(turn, 10)
            exchanged(ours, theirs, sent, [])
            ours.kill()
            ours.start()
    finally:
        ours.kill()

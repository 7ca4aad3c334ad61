"""QuickFIX dials `blotter acceptor`: nothing lost or doubled, whoever is killed and whatever numbers are false."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("quickfix", reason="QuickFIX is not installed: pip install 'blotter[interop]'")

from interop_parties import Acceptor, QuickFix, names, until


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Acceptor]:
    acceptor = Acceptor(tmp_path / "ours")
    yield acceptor
    acceptor.close()


@pytest.fixture
def theirs(ours: Acceptor, tmp_path: Path) -> Iterator[QuickFix]:
    party = QuickFix("initiator", ours.port, tmp_path / "theirs")
    party.wait_for("logon")
    yield party
    party.close()


def echoed(theirs: QuickFix, sent: list[str]) -> None:
    """Every order came back, once."""
    until(lambda: set(sent) <= set(theirs.got), f"{len(sent)} echoes, {len(theirs.got)} are here")
    assert theirs.got == Counter(sent)


def test_orders_both_ways_and_logout(ours: Acceptor, theirs: QuickFix) -> None:
    sent = names("a", 200)
    theirs.send(sent)
    echoed(theirs, sent)
    theirs.mark()
    theirs.do("logout")
    theirs.wait_for("admin in", type="5")
    theirs.wait_for("logout")
    assert ours.terminate() == 0


def test_our_logout_is_answered(ours: Acceptor, theirs: QuickFix) -> None:
    theirs.mark()
    assert ours.terminate() == 0
    theirs.wait_for("admin in", type="5", text="shutting down")
    theirs.wait_for("admin out", type="5")


def test_ours_is_killed_in_mid_stream(ours: Acceptor, theirs: QuickFix) -> None:
    sent = names("b", 3000)
    theirs.send(sent)
    for number in (300, 1500):
        until(lambda number=number: len(theirs.got) >= number, f"{number} echoes")
        ours.kill()
        theirs.mark()
        ours.start()
        theirs.wait_for("logon")
    echoed(theirs, sent)


def test_theirs_is_killed_in_mid_stream(ours: Acceptor, theirs: QuickFix) -> None:
    """QuickFIX counts a message after its application has had it: at the instant of its death one may come again, and
    says so."""
    sent: list[str] = []
    for turn in ("c", "d"):
        batch = names(turn, 1000)
        theirs.send(batch)
        theirs.wait_for("sent")
        sent += batch
        some = len(sent) - 700
        until(lambda some=some: len(theirs.got) >= some, "some echoes")
        theirs.kill()
        theirs.start()
        theirs.wait_for("logon")
    until(lambda: set(theirs.got) == set(sent), "all echoes")
    twice = [name for name, count in theirs.got.items() if count > 1]
    assert len(twice) <= 2, twice
    assert all(any(e["dup"] for e in theirs.events if e.get("id") == name) for name in twice)


def test_their_number_is_too_high(ours: Acceptor, theirs: QuickFix) -> None:
    """A gap that only a gap fill can close: QuickFIX never sent those."""
    out = theirs.numbers()["out"]
    theirs.numbers(out=out + 20)
    theirs.mark()
    sent = names("e", 50)
    theirs.send(sent)
    theirs.wait_for("admin in", type="2")
    echoed(theirs, sent)


def test_our_number_is_too_high(ours: Acceptor, theirs: QuickFix) -> None:
    theirs.send(names("f", 10))
    echoed(theirs, names("f", 10))
    ours.kill()
    ours.renumber(out=ours.numbers.next_out + 20)
    theirs.mark()
    ours.start()
    theirs.wait_for("admin out", type="2")
    theirs.send(names("g", 10))
    echoed(theirs, [*names("f", 10), *names("g", 10)])


def test_thousands_are_sent_again_by_us(ours: Acceptor, theirs: QuickFix) -> None:
    sent = names("h", 3000)
    theirs.send(sent)
    echoed(theirs, sent)
    theirs.stop()
    before = theirs.got
    theirs.start()
    theirs.wait_for("logon")
    theirs.numbers(into=2)
    theirs.mark()
    theirs.send(["next"])
    theirs.wait_for("admin out", type="2")
    until(lambda: theirs.got["next"] == 1, "the next order")
    again = theirs.got - before
    assert again == Counter([*sent, "next"])
    assert all(event["dup"] for event in theirs.since("app") if event["id"] != "next")


def test_thousands_are_sent_again_by_them(ours: Acceptor, theirs: QuickFix) -> None:
    """Our acceptor is made to forget that it had them: it takes them once more, and sends the same echoes anew."""
    sent = names("i", 3000)
    theirs.send(sent)
    echoed(theirs, sent)
    ours.kill()
    ours.renumber(into=2)
    theirs.mark()
    ours.start()
    theirs.wait_for("admin in", type="2")
    until(lambda: theirs.got == Counter(sent + sent), "every echo twice")


@pytest.mark.parametrize("options", [(), ("--next-expected",)])
def test_their_number_is_too_low(ours: Acceptor, theirs: QuickFix, options: tuple[str, ...]) -> None:
    theirs.send(names("j", 10))
    echoed(theirs, names("j", 10))
    ours.kill()
    ours.renumber(into=ours.numbers.next_in + 50)
    theirs.mark()
    ours.start(*options)
    said = theirs.wait_for("admin in", type="5")
    assert said["text"].startswith("MsgSeqNum too low, expecting ")


def test_our_number_is_too_low(ours: Acceptor, theirs: QuickFix) -> None:
    theirs.send(names("k", 10))
    echoed(theirs, names("k", 10))
    ours.kill()
    ours.renumber(out=3)
    theirs.mark()
    ours.start()
    said = theirs.wait_for("admin out", type="5")
    assert "too low" in said["text"]


def test_they_reset_with_every_logon(ours: Acceptor, tmp_path: Path) -> None:
    theirs = QuickFix("initiator", ours.port, tmp_path / "theirs", ResetOnLogon="Y")
    try:
        sent: list[str] = []
        for turn in ("l", "m"):
            theirs.wait_for("logon")
            theirs.send(names(turn, 20))
            sent += names(turn, 20)
            echoed(theirs, sent)
            assert ours.numbers.next_in == 22
            theirs.stop()
            theirs.start()
    finally:
        theirs.close()


def test_next_expected_on_both_sides(tmp_path: Path) -> None:
    ours = Acceptor(tmp_path / "ours", "--next-expected")
    theirs = QuickFix("initiator", ours.port, tmp_path / "theirs", SendNextExpectedMsgSeqNum="Y")
    try:
        theirs.wait_for("logon")
        sent = names("n", 1000)
        theirs.send(sent)
        until(lambda: len(theirs.got) > 100, "some echoes")
        ours.kill()
        ours.start()
        echoed(theirs, sent)
    finally:
        theirs.close()
        ours.close()

"""Many sessions in one line, the worst first."""

from typing import Any

import pytest

from blotter.desk.change import DeskView, LinkState, LinkView
from blotter.tui.many_sessions import Trouble, crowd

SECOND = 1_000_000_000
NOW = 1_000 * SECOND


def link(name: str, state: LinkState = LinkState.LIVE, **terms: Any) -> LinkView:
    return LinkView(
        name=name, state=state, **{"since": 0, "last_in": NOW - SECOND, "heart_bt_int": 10, **terms}
    )


def desks(**pulses: float) -> dict[str, DeskView]:
    return {
        venue: DeskView(venue="Toy", environment="embedded", pulse=NOW - int(late * SECOND))
        for venue, late in pulses.items()
    }


def told(*links: LinkView, **pulses: float) -> Any:
    return crowd({one.name: one for one in links}, desks(**pulses), NOW, 2 * SECOND)


def test_all_live_is_one_number_and_the_oldest_age() -> None:
    found = told(link("a OE"), link("a MD", last_in=NOW - 4 * SECOND), link("b OE", last_in=None), a=0, b=0)
    assert (found.words, found.heard, found.sick) == ("3/3 live", 4 * SECOND, ())


def test_fifteen_sessions_with_one_that_waits() -> None:
    links = [link(f"{venue} {kind}") for venue in "abcde" for kind in ("OE", "DC", "MD")]
    links[12] = link("e OE", LinkState.WAITING, retry_at=NOW + 3 * SECOND)
    assert told(*links, a=0, b=0, c=0, d=0, e=0).words == "14/15 live · e OE waiting 3.0s"


def test_the_worst_comes_first_whatever_the_order_they_are_in() -> None:
    found = told(
        link("a MD", last_in=NOW - 15 * SECOND),
        link("a OE", LinkState.DIALLING),
        link("b MD", LinkState.WAITING, reason="refused"),
        link("b OE", LinkState.WAITING, since=5),
        link("c OE", LinkState.DOWN, reason="logged out on purpose"),
        link("d OE", LinkState.STALE),
        link("e OE"),
        a=0, b=0, c=0, d=0, e=9,
    )  # fmt: skip
    assert [(one.name, one.trouble) for one in found.sick] == [
        ("e OE", Trouble.STALLED),
        ("c OE", Trouble.DOWN),
        ("b OE", Trouble.WAITING),
        ("b MD", Trouble.WAITING),
        ("d OE", Trouble.STALE),
        ("a OE", Trouble.MOVING),
        ("a MD", Trouble.LATE),
    ]
    assert found.words.endswith("c OE down: logged out on purpose · b OE waiting · 4 more")
    assert found.sick[0].words == "DESK STALLED 9.0s"


@pytest.mark.parametrize("late", [2.1, 100])
def test_a_desk_that_stands_still_has_no_live_session(late: float) -> None:
    found = told(link("a OE"), link("a MD"), link("b OE"), a=late, b=0)
    assert (found.live, found.total) == (1, 3)


def test_one_desk_alone_is_folded_too() -> None:
    found = crowd(
        {"OE": link("OE"), "MD": link("MD", LinkState.DOWN)}, {"": desks(a=5)["a"]}, NOW, 2 * SECOND
    )
    assert [one.trouble for one in found.sick] == [Trouble.STALLED, Trouble.STALLED]
    fine = crowd({"OE": link("OE"), "MD": link("MD", LinkState.DOWN)}, {"": desks(a=0)["a"]}, NOW, 2 * SECOND)
    assert fine.words == "1/2 live · MD down"

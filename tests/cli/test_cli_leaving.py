"""Leaving several desks: each for itself, and whoever does not answer is named."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from blotter.cli.leaving import Leaving
from blotter.config import LeavePolicy


class Desk:
    """Answers `leave` with what it was given; `None`: never."""

    def __init__(self, left: list[str] | Exception | None, *, finished: bool = False) -> None:
        self._left = left
        self._finished = finished
        self.asked = 0

    def finished(self) -> bool:
        return self._finished

    def task(self, leave: Callable[..., Any], *args: Any) -> Future[list[str]]:
        self.asked += 1
        future: Future[list[str]] = Future()
        if isinstance(self._left, Exception):
            future.set_exception(self._left)
        elif self._left is not None:
            future.set_result(self._left)
            self._finished = True
        return future

    def wait(self, timeout: float | None = None) -> None:
        assert self._finished


def left(policy: LeavePolicy = LeavePolicy.CANCEL, **desks: Desk) -> Leaving:
    leaving = Leaving(desks, 0.0, grace=0.0)  # type: ignore[arg-type]
    leaving.follow(policy)
    return leaving


def test_one_desk_says_what_is_open_at_the_venue() -> None:
    leaving = left(x=Desk(["A-000001", "A-000002"]))
    assert leaving.left == ["2 orders are still open at the venue: A-000001, A-000002"]
    assert not leaving.stuck


def test_each_venue_is_named_and_one_that_is_stuck_keeps_nobody() -> None:
    desks = {
        "alpha": Desk([]),
        "beta": Desk(None),
        "gamma": Desk(["A-000007"]),
        "delta": Desk(RuntimeError("broken")),
        "epsilon": Desk([], finished=True),
    }
    leaving = left(**desks)
    assert sorted(leaving.left) == [
        "1 order is still open at gamma: A-000007",
        "beta: its desk did not end in time; what is open there is not known",
        "delta: its desk failed (RuntimeError('broken')); what is open there is not known",
        "epsilon: its desk had ended before; what is open there is not known",
    ]
    assert leaving.stuck
    assert [desk.asked for desk in desks.values()] == [1, 1, 1, 1, 0]


@pytest.mark.parametrize("finished", [True, False])
def test_nothing_is_asked_where_the_desks_stay_or_are_gone(finished: bool) -> None:
    desk = Desk([], finished=finished)
    assert left(LeavePolicy.LEAVE if finished else LeavePolicy.STAY, x=desk).left == []
    assert desk.asked == 0

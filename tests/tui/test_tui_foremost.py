"""Which notice the one line shows."""

from collections import deque

from blotter.desk.change import Notice, Severity
from blotter.tui.notices import FOREMOST, foremost

ERROR, INFO = Severity.ERROR, Severity.INFO


def notice(at: int, severity: Severity = INFO) -> Notice:
    return Notice(at=at, severity=severity, text=f"{severity.value} at {at}")


def test_nothing():
    assert foremost(deque(), 5) is None


def test_the_newest_of_all_where_nothing_is_wrong():
    assert foremost(deque([notice(1), notice(2)]), 3).at == 2


def test_an_error_is_not_covered_by_less_for_a_moment():
    told = deque([notice(1, ERROR), notice(2, ERROR), notice(3), notice(4)])
    assert foremost(told, 5).at == 2
    assert foremost(told, 2 + FOREMOST).at == 2
    assert foremost(told, 3 + FOREMOST).at == 4

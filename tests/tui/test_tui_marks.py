"""Marks: a new or changed row is news until it was seen, or for so long."""

from blotter.tui.grid_marks import SEEN, UNTIL_SEEN, Marks

SECOND = 1_000_000_000


def test_what_nobody_looks_at_stays_marked_for_its_time() -> None:
    marks = Marks(30 * SECOND)
    marks.put(["a"], ["a"], 0)
    assert marks.tick(29 * SECOND, ()) == set()
    assert marks.of("a") == "new"
    assert marks.tick(30 * SECOND, ()) == {"a"}
    assert marks.of("a") == ""


def test_until_seen_is_until_seen() -> None:
    marks = Marks(UNTIL_SEEN)
    marks.put(["a", "b"], ["a"], 0)
    assert marks.tick(86_400 * SECOND, ["b"]) == set()
    assert marks.tick(86_400 * SECOND + SEEN, ["b"]) == {"b"}
    assert (marks.of("a"), marks.of("b")) == ("new", "")


def test_a_glance_does_not_count() -> None:
    marks = Marks(UNTIL_SEEN)
    marks.put(["a"], (), 0)
    marks.tick(1 * SECOND, ["a"])
    marks.tick(2 * SECOND, ())  # out of sight
    assert marks.tick(3 * SECOND, ["a"]) == set()
    assert marks.tick(3 * SECOND + SEEN, ["a"]) == {"a"}


def test_a_change_while_it_is_looked_at_begins_anew_and_new_stays_new() -> None:
    marks = Marks(UNTIL_SEEN)
    marks.put(["a"], ["a"], 0)
    marks.tick(0, ["a"])
    marks.put(["a"], (), SEEN - 1)
    assert marks.tick(SEEN, ["a"]) == set()
    assert marks.of("a") == "new"
    assert marks.tick(2 * SEEN, ["a"]) == {"a"}


def test_no_marks_where_none_are_wanted() -> None:
    marks = Marks(0)
    marks.put(["a"], ["a"], 0)
    assert marks.of("a") == ""


def test_rows_that_go_take_their_marks_along() -> None:
    marks = Marks(UNTIL_SEEN)
    marks.put(["a", "b"], (), 0)
    marks.forget(["a", "never"])
    assert (marks.of("a"), marks.of("b")) == ("", "changed")
    marks.clear()
    assert marks.of("b") == ""

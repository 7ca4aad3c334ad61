"""What a session's card counts."""

from blotter.desk.tally import KEPT_ERRORS, KEPT_ROUND_TRIPS, Tally


def test_messages_and_bytes_are_counted_by_their_way() -> None:
    tally = Tally()
    tally.passed(3, 0, 300)
    tally.passed(0, 1, 80)
    tally.passed(0, 0, 7)  # a part of a message
    assert (tally.messages_in, tally.messages_out, tally.bytes_in, tally.bytes_out) == (3, 1, 307, 80)


def test_the_same_error_again_and_again_is_told_once_and_the_list_is_bounded() -> None:
    tally = Tally()
    for at in range(3):
        tally.failed("refused", at)
    assert tally.errors == ((2, "refused"),)
    for at in range(20):
        tally.failed(f"error {at}", at)
    assert len(tally.errors) == KEPT_ERRORS
    assert tally.errors[-1] == (19, "error 19")


def test_the_last_round_trips_are_kept() -> None:
    tally = Tally()
    for ns in range(100):
        tally.came_back(ns, 1_000 + ns)
    assert tally.round_trips == tuple(range(100 - KEPT_ROUND_TRIPS, 100))
    assert tally.round_trip_at == 1_099

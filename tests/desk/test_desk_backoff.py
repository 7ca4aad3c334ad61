"""When to dial again."""

import random

from hypothesis import given
from hypothesis import strategies as st

from blotter.desk.backoff import SECOND, Backoff
from blotter.venues.base import ConnectionLimits

LIMITS = ConnectionLimits(15, 30.0, 10_000, 10.0)


def test_the_first_dial_and_the_first_after_a_logon_do_not_wait():
    backoff = Backoff(LIMITS, random.Random(1))
    assert backoff.next_dial(1000) == 1000
    backoff.dialled(1000)
    assert backoff.next_dial(1000) > 1000
    backoff.succeeded()
    assert backoff.next_dial(2000) == 2000


def test_delays_double_up_to_the_cap_with_jitter():
    backoff = Backoff(LIMITS, random.Random(1), cap=8)
    now, delays = 0, []
    for _ in range(7):
        backoff.dialled(now)
        at = backoff.next_dial(now)
        delays.append((at - now) / SECOND)
        now = at
    for delay, full in zip(delays, [1, 2, 4, 8, 8, 8, 8], strict=True):
        assert full / 2 <= delay <= full


def test_a_refusal_holds_off():
    backoff = Backoff(LIMITS, random.Random(1))
    backoff.dialled(0)
    assert backoff.next_dial(0, hold_off=30) == 30 * SECOND


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 2**32))
def test_never_more_than_half_the_venues_attempts_in_a_window(logons, seed):
    backoff = Backoff(LIMITS, random.Random(seed))
    now, dials = 0, []
    for logged_on in logons:
        now = backoff.next_dial(now)
        backoff.dialled(now)
        dials.append(now)
        if logged_on:
            backoff.succeeded()
    for first, later in zip(dials, dials[7:], strict=False):
        assert later - first >= 30 * SECOND

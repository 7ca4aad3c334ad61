"""The watchlist's figures: a change says what it is reckoned from, a volume since when it was seen."""

from decimal import Decimal
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.cli.screen import Screen
from blotter.config import ScreenConfig
from blotter.desk.change import Frame
from blotter.trading.instrument import Quote
from blotter.trading.trades import PublicTrade
from blotter.tui.market_past import DAY, STEP, Base, Past, change
from blotter.tui.model import Model
from blotter.tui.options import ScreenOptions
from blotter.tui.watching import Watching
from blotter.tui.watchlist import volume_words, watch_columns, watch_row

D = Decimal
SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
EIGHT = 8 * HOUR  # of the first day there is


def quote(middle, at, symbol="X"):
    return Quote(symbol=symbol, at=at, bid=D(middle) - 1, ask=D(middle) + 1)


def trade(price, size, at, symbol="X"):
    return PublicTrade(symbol=symbol, price=D(price), size=D(size), at=at)


def cells(model, now, symbol="X"):
    row = watch_row(symbol, model, linked=False)
    return {column.id: column.value(row, now) for column in watch_columns(5 * SECOND)}


def seen(*frames):
    model = Model(max_messages=1)
    for frame in frames:
        model.apply(frame)
    return model


def text(cell):
    return cell if isinstance(cell, str) else cell.text


@given(st.lists(st.integers(0, DAY // 3), min_size=1, max_size=60))
def test_the_base_is_the_newest_price_a_day_old_or_the_first(waits):
    past, at, told = Past(), 0, []
    for number, wait in enumerate(waits):
        at += wait
        past.add(D(number), at)
        told.append(Base(D(number), at))
    assert past.base in told
    if at - told[0].at < DAY:
        assert past.base == told[0]
    else:
        assert past.base.at <= at - DAY or past.base == told[-1]
        newer = [one for one in told if past.base.at + STEP <= one.at <= at - DAY]
        assert newer == []


def test_a_day_of_ticks_is_kept_in_few():
    past = Past()
    for number in range(3 * DAY // (10 * SECOND)):
        past.add(D(number), number * 10 * SECOND)
    assert len(past._seen) <= DAY // STEP + 2
    assert DAY <= 3 * DAY - past.base.at <= DAY + 2 * STEP


@pytest.mark.parametrize(
    ("price", "base", "percent"),
    [(D(101), Base(D(100), 0), D(1)), (D(99), Base(D(100), 0), D(-1)), (None, Base(D(1), 0), None), (D(1), None, None),
     (D(1), Base(D(0), 0), None)],
)  # fmt: skip
def test_a_change_needs_both(price, base, percent):
    assert change(price, base) == percent


def test_the_change_says_since_when_and_how_long_ago():
    model = seen(
        Frame(quotes={"X": quote("100", EIGHT)}), Frame(quotes={"X": quote("101", EIGHT + 2 * HOUR)})
    )
    told = cells(model, EIGHT + 2 * HOUR)
    assert text(told["change"]) == "+1.00%"
    assert text(told["said"]) == "08:00Z 2h"
    assert text(told["volume"]) == "—"


def test_after_a_day_the_base_moves_with_the_clock():
    frames = [Frame(quotes={"X": quote(str(100 + hour), EIGHT + hour * HOUR)}) for hour in range(31)]
    told = cells(seen(*frames), EIGHT + 30 * HOUR)
    assert text(told["said"]) == "14:00Z 1d"
    assert text(told["change"]) == f"{D(24) / 106 * 100:+.2f}%"


def test_without_a_middle_trades_count_and_are_named():
    one_sided = Quote(symbol="X", at=EIGHT, bid=D(99))
    model = seen(
        Frame(
            quotes={"X": one_sided},
            trades={"X": (trade("110", "0.5", EIGHT + HOUR), trade("100", "2", EIGHT))},
        )
    )
    told = cells(model, EIGHT + HOUR)
    assert text(told["change"]) == "+10.00%"
    assert text(told["said"]) == "08:00Z 1h by trades  vol 2.5"
    assert text(told["volume"]) == "2.5"


def test_volume_is_of_the_trades_that_were_seen_and_says_since_when():
    model = seen(
        Frame(quotes={"X": quote("100", EIGHT)}), Frame(trades={"X": (trade("100", "3", EIGHT + HOUR),)})
    )
    told = cells(model, EIGHT + HOUR)
    assert text(told["volume"]) == "3"
    assert text(told["said"]) == "08:00Z 1h  vol 3 since 09:00Z"


def test_a_symbol_in_doubt_is_struck_and_says_why():
    refused = Quote(symbol="X", at=EIGHT, doubt="refused: Invalid symbol.")
    told = cells(seen(Frame(quotes={"X": quote("100", EIGHT)}), Frame(quotes={"X": refused})), EIGHT)
    assert told["symbol"].style == "stale"
    assert text(told["said"]) == "refused: Invalid symbol."
    assert {text(told[name]) for name in ("bid", "ask", "spread", "change")} == {"—"}


@pytest.mark.parametrize(
    ("volume", "words"),
    [("0", "0"), ("0.00012345678", "0.00012346"), ("12.345678", "12.3457"), ("123456.7", "123,457"),
     ("9999999", "9,999,999"), ("1234567890", "1,234.6M")],
)  # fmt: skip
def test_six_figures_of_a_volume(volume, words):
    assert volume_words(D(volume)) == words


def test_a_row_is_the_same_until_something_moves():
    """Lines are painted anew only where they are not."""
    model = seen(Frame(quotes={"X": quote("100", EIGHT)}))
    row = watch_row("X", model, linked=False)
    assert row == watch_row("X", model, linked=False)
    assert row != msgspec.structs.replace(row, volume=D(1))


def test_the_venue_is_asked_for_at_least_as_many_levels_as_are_shown():
    posted = []
    desk = SimpleNamespace(mono=lambda: 0)
    for levels in (500, 3_000):
        options = ScreenOptions(depth_levels=levels, watch_linger_seconds=1)
        deck = SimpleNamespace(
            options=options, desk=desk, new_id=lambda: "c", post=lambda command, _: posted.append(command)
        )
        Watching(deck).look("BTCUSDT")
    assert [(one.depth, one.levels) for one in posted] == [(1_000, 500), (3_000, 3_000)]


def test_the_figures_of_the_config_reach_the_screen(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr("blotter.cli.screen.BlotterApp", lambda desk, *, options, **_: seen.append(options))
    Screen(None, ScreenConfig(depth_levels=50, watch_linger=5.0), tmp_path)
    assert (seen[0].depth_levels, seen[0].watch_linger_seconds) == (50, 5.0)

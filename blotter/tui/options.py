"""What a person may choose about the screen. Plain data: reading it from a file is the caller's work."""

from pathlib import Path

import msgspec

from blotter.trading.alerts import AlertRule


class ScreenOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the screen looks and how long it waits."""

    theme: str = "desk-dark"
    symbol: str = ""  # in view at start
    fps: int = 30  # drains of the desk and repaints a second; lower it on slow links
    review_seconds: float = 30.0  # a reviewed order that is not sent by then goes back to being a draft
    stale_quote_seconds: float = 5.0  # a quote older than this is struck through
    desk_stalled_seconds: float = 2.0  # the desk's pulse older than this: the screen says so
    depth_levels: int = 500  # levels a side that the ladder can show
    watch_linger_seconds: float = 60.0  # a symbol out of view is watched for so long
    max_messages: int = 20_000  # lines of the message tape kept on the screen; the tape itself keeps all
    draft_seconds: float = (
        300.0  # a draft untouched for so long must be looked at again before it is reviewed
    )
    lock_minutes: float | None = None  # without a key; None: never
    read_only: bool = False  # no command leaves the screen
    alerts: tuple[AlertRule, ...] = ()
    presets: dict[str, tuple[str, ...]] = {}  # quantities by symbol, `*` for the others: `#3` is the third
    mark_seconds: float = (
        30.0  # a new or changed row is marked until it was seen, or for so long; 0: until seen
    )
    views_file: Path | None = None  # saved views
    layout_file: Path | None = None  # which panes are shown and how large, as it was left
    theme_folder: Path | None = None  # themes of the user's own, read once before the screen starts
    keymap: dict[str, str] = {}  # action id -> keys, separated by commas; an empty text takes the keys away
    survive: bool = True  # report an exception in a handler and go on; False lets it end the screen (tests)

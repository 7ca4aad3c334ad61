"""The screen's silence and its return, each told once."""

from blotter.desk.screen_watch import SECOND, ScreenState, ScreenWatch


def test_lost_after_silence_and_back_after_a_drain():
    told: list[str] = []
    drained: list[int | None] = [None]
    watch = ScreenWatch(lambda: drained[0], 10, lambda: told.append("lost"), lambda: told.append("back"))
    watch.look(100 * SECOND)
    assert watch.state is ScreenState.UNSEEN, "a desk without a screen has lost nothing"
    drained[0] = 100 * SECOND
    watch.look(105 * SECOND)
    watch.look(111 * SECOND)
    watch.look(120 * SECOND)
    assert told == ["lost"]
    drained[0] = 121 * SECOND
    watch.look(122 * SECOND)
    watch.look(123 * SECOND)
    assert told == ["lost", "back"]

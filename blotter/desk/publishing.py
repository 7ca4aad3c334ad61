"""When the screen is told of sessions and of the desk as a whole: a change of state at once, figures at reading speed,
for each publication costs the screen a look at its bar."""

from collections.abc import Callable, Sequence

from blotter.desk.change import DeskView, LinkView
from blotter.desk.clock import Clock
from blotter.desk.feed import Feed
from blotter.desk.link import Link

FIGURES_EVERY = 200_000_000
"""Nanoseconds between two publications of what merely counts or ages."""


class Publishing:
    """Of one desk."""

    def __init__(self, links: Sequence[Link], clock: Clock, feed: Feed, desk: Callable[[], DeskView]) -> None:
        """`desk`: the desk as a whole, now."""
        self._links = links
        self._clock = clock
        self._feed = feed
        self._desk = desk
        self._shown: dict[str, LinkView] = {}
        self._entry = (False, "")
        self._figures_at = 0  # mono ns

    def due(self) -> bool:
        """Figures are to be told again."""
        return self._clock().mono >= self._figures_at

    def publish(self, entry: tuple[bool, str]) -> None:
        """`entry`: whether entry is stopped, and why no new order may go."""
        due = self.due()
        if due:
            self._figures_at = self._clock().mono + FIGURES_EVERY
        for link in self._links:
            view, shown = link.view(), self._shown.get(link.name)
            if view != shown and (due or shown is None or view.state is not shown.state):
                self._shown[link.name] = view
                self._feed.link(view)
        if due or entry != self._entry:
            self._entry = entry
            self._feed.desk(self._desk())

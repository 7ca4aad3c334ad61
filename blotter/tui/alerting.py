"""From happenings to alarms: which rules are met, what each may still say, what was muted, what nobody has seen yet.

No widget, no process and no clock: `Alerting` says what to do (`Deeds`), the app does it. An alarm stays until a person
has seen it. A rule that may not speak yet swallows nothing but its noise: the alarm stands in the list all the same.
"""

from collections.abc import Iterable, Sequence
from itertools import count

import msgspec

from blotter.trading.alerts import AlertEvent, AlertRule, Happening, Ration, applies

MOST = 1_000
"""Alarms kept; of more the oldest go, and it is said how many."""
URGENT = frozenset({AlertEvent.REJECT, AlertEvent.UNKNOWN, AlertEvent.SESSION_DOWN, AlertEvent.DIFFERENCE})


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the alert centre."""

    id: str
    rule: str
    happening: Happening

    @property
    def urgent(self) -> bool:
        """Somebody should look now."""
        return self.happening.event in URGENT


class Run(msgspec.Struct, frozen=True):
    """A user's program that is to be run, and what it is told."""

    rule: AlertRule
    happening: Happening
    more: int = 0  # how many of the same rule nobody was told of


class Deeds(msgspec.Struct):
    """What the app is to do now."""

    lines: list[tuple[str, bool]] = []  # text, and whether it is urgent
    flash: bool = False
    bell: bool = False
    runs: list[Run] = []


class Alerting:
    """All rules of one screen."""

    def __init__(self, rules: Sequence[AlertRule]) -> None:
        self.rules = tuple(rules)
        self.alarms: dict[str, Alarm] = {}  # that nobody has seen, oldest first
        self.muted: set[str] = set()  # orders
        self.forgotten = 0  # alarms that went unseen because there were too many
        self._rations = [Ration() for _ in self.rules]
        self._last: dict[int, Happening] = {}  # of each rule: what it swallowed last
        self._numbers = count(1)

    def take(self, happenings: Iterable[Happening], now: int) -> Deeds:
        """Hold them against the rules. `now`: mono ns."""
        deeds = Deeds()
        for happening in happenings:
            if happening.order_id in self.muted and happening.order_id:
                continue
            for place, rule in enumerate(self.rules):
                if applies(rule, happening, place):
                    self._keep(rule, happening)
                    self._rations[place], may = self._rations[place].heard(now, rule.every)
                    if may:
                        self._do(deeds, rule, happening)
                    else:
                        self._last[place] = happening
        return deeds

    def due(self, now: int) -> Deeds:
        """Rules that were made to wait say how many there were."""
        deeds = Deeds()
        for place, rule in enumerate(self.rules):
            self._rations[place], more = self._rations[place].due(now, rule.every)
            if more:
                self._do(deeds, rule, self._last.pop(place), more)
        return deeds

    def seen(self, ids: Iterable[str]) -> None:
        """A person has seen these."""
        for id in ids:
            self.alarms.pop(id, None)

    def mute(self, order_id: str) -> None:
        """No more of this order, and what there is of it counts as seen."""
        self.muted.add(order_id)
        self.seen([id for id, alarm in self.alarms.items() if alarm.happening.order_id == order_id])

    def unmute(self, order_id: str) -> bool:
        """Whether it was muted."""
        was = order_id in self.muted
        self.muted.discard(order_id)
        return was

    def _keep(self, rule: AlertRule, happening: Happening) -> None:
        id = f"{next(self._numbers):09}"
        self.alarms[id] = Alarm(id=id, rule=rule.title, happening=happening)
        while len(self.alarms) > MOST:
            del self.alarms[next(iter(self.alarms))]
            self.forgotten += 1

    def _do(self, deeds: Deeds, rule: AlertRule, happening: Happening, more: int = 0) -> None:
        text = f"{rule.title}: {happening.text}"
        if more:
            text = f"{rule.title}: {more} more, the last: {happening.text}"
        if "line" in rule.show:
            deeds.lines.append((text, happening.event in URGENT))
        deeds.flash |= "flash" in rule.show
        deeds.bell |= "bell" in rule.show
        if rule.command:
            deeds.runs.append(Run(rule, happening, more))

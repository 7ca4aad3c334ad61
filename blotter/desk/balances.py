"""What the account holds, asked of the venue by REST; and whether our own fills explain it.

FIX tells no balances (fact sheet trap 17). They are asked for after each logon, a moment after fills, and now and then;
each answer bears its age. Beside it stands a reckoning of ours: a first answer is the baseline, and from then on every
fill and fee must account for what changed. Where they do not (a deposit, a fill we never saw, a test venue wiped), the
difference is shown with both sides until a person accepts the venue's figure as the new baseline. Nothing is ever
smoothed over, and while something is in doubt or on its way nothing is concluded.
"""

import asyncio
from decimal import Decimal
from typing import Protocol

import anyio
import msgspec

from blotter.desk.change import BalancesView, Difference, Severity
from blotter.desk.clock import Clock
from blotter.desk.fold import Finding
from blotter.desk.recorder import Recorder
from blotter.desk.rest import Rest, RestRefused, RestUnavailable
from blotter.journal.tape import Entry, Kind
from blotter.trading.account import Balances
from blotter.trading.decimals import plain
from blotter.trading.event import ZERO
from blotter.trading.valuation import Prices
from blotter.venues.rest import UnreadableAnswer

SECOND = 1_000_000_000
SETTLE = 3.0
"""Seconds after a fill until REST is believed to know of it (fact sheet trap 31)."""
EVERY = 60.0
"""Seconds between questions when nothing happens."""
TOLERANCE = Decimal("0.00000001")
"""Of an asset: the venue's own rounding."""
BASELINE = "balance_baseline"
"""Key on the tape: what the reckoning starts from, over restarts too."""


class Owner(Protocol):
    """Who is told, and who knows the rest."""

    def balances_changed(self, view: BalancesView) -> None: ...
    def differs(self, difference: Difference) -> None:
        """Show it until a person has seen it; the same id again replaces it."""
        ...

    def notice(self, severity: Severity, text: str, order_id: str = "") -> None: ...
    def flows(self) -> dict[str, Decimal] | None:
        """What all fills and fees on the tape come to, by asset; None while something is in doubt."""
        ...

    def prices(self) -> Prices: ...


class _Baseline(msgspec.Struct):
    """`at`: UTC ns. An asset that is missing was zero."""

    at: int
    totals: dict[str, Decimal]
    flows: dict[str, Decimal]


class AccountWatch:
    """One account's. `unit`: the asset in which worth is told."""

    def __init__(self, rest: Rest | None, recorder: Recorder, clock: Clock, owner: Owner, unit: str) -> None:
        self._rest = rest
        self._recorder = recorder
        self._clock = clock
        self._owner = owner
        self._unit = unit
        self._wake = asyncio.Event()
        self._due_at: int | None = None  # mono ns; None: nobody has asked yet
        self._moved_at = 0  # mono ns of the last fill
        self._suspected: dict[str, Decimal] = {}  # asset -> difference that the last answer showed
        self._mismatches: dict[str, str] = {}
        self._reckoned: tuple[Balances, dict[str, Decimal]] | None = None  # what was last compared
        self._error = ""
        self._known_at = 0  # mono ns
        self.balances: Balances | None = None
        stored = recorder.meta(BASELINE)
        self._baseline = msgspec.json.decode(stored, type=_Baseline) if stored else None

    def want(self, delay: float = 0.0) -> None:
        """Ask in `delay` seconds at the latest."""
        due_at = self._clock().mono + int(delay * SECOND)
        if self._due_at is None or due_at < self._due_at:
            self._due_at = due_at
            self._wake.set()

    def moved(self) -> None:
        """Something was filled."""
        self._moved_at = self._clock().mono
        self.want(SETTLE)

    def accept(self, asset: str) -> None:
        """A person takes the venue's figure of an asset for right: the reckoning starts from it anew, and from the
        fills that there were when it was told. What was filled since is not in it, and not to be forgiven."""
        if self._reckoned is None or self._baseline is None:
            return
        balances, flows = self._reckoned
        self._baseline.totals[asset] = _total(balances, asset)
        self._baseline.flows[asset] = flows.get(asset, ZERO)
        self._store()
        self._mismatches.pop(asset, None)
        self._suspected.pop(asset, None)
        self._publish()

    async def run(self) -> None:
        """Ask whenever it is due. Ends by cancellation only."""
        rest = self._rest
        if rest is None:
            return
        while True:
            await self._until_due()
            self._due_at = self._clock().mono + int(EVERY * SECOND)
            await self._once(rest)

    async def _until_due(self) -> None:
        while True:
            now, wait = self._clock().mono, None
            if self._due_at is not None:
                if self._due_at <= now:
                    return
                wait = (self._due_at - now) / SECOND
            self._wake.clear()
            with anyio.move_on_after(wait):
                await self._wake.wait()

    async def _once(self, rest: Rest) -> None:
        before, asked_at = self._owner.flows(), self._clock().mono
        question = rest.dialect.account()
        try:
            body = await rest.ask(question)
            at = self._clock()
            balances = rest.dialect.read_balances(body, at.wall)
        except (RestUnavailable, RestRefused, UnreadableAnswer) as error:
            if not self._error:
                self._owner.notice(Severity.WARNING, f"balances cannot be read: {error}")
            self._error = str(error)
        else:
            self._error = ""
            if self.balances is None or balances.by_asset != self.balances.by_asset:
                payload = msgspec.json.encode(Finding(asked=str(question), answer=msgspec.Raw(body)))
                self._recorder.append([Entry(at.wall, Kind.EVIDENCE, "REST", 0, 0, "Balances", payload)])
            self.balances, self._known_at = balances, at.mono
            if asked_at - self._moved_at < SETTLE * SECOND:
                self.want(SETTLE)
            elif before is not None and before == self._owner.flows():
                self._reckon(balances, before)
        self._publish()

    # --- does it add up ------------------------------------------------------------------------------------

    def _reckon(self, balances: Balances, flows: dict[str, Decimal]) -> None:
        """Compare; what differs twice in a row, with nothing moving in between, is told."""
        self._reckoned = balances, flows
        base = self._baseline
        if base is None:
            totals = {asset: balance.total for asset, balance in balances.by_asset.items()}
            self._baseline = _Baseline(balances.at, totals, dict(flows))
            self._store()
            return
        off = {}
        for asset in {*balances.by_asset, *base.totals, *flows}:
            moved = flows.get(asset, ZERO) - base.flows.get(asset, ZERO)
            difference = _total(balances, asset) - base.totals.get(asset, ZERO) - moved
            if abs(difference) > TOLERANCE:
                off[asset] = difference
        for asset, difference in off.items():
            if self._suspected.get(asset) == difference:
                self._tell(balances, asset, difference)
        for asset in self._mismatches.keys() - off.keys():
            del self._mismatches[asset]
        if off.keys() - self._mismatches.keys():
            self.want(SETTLE)
        self._suspected = off

    def _tell(self, balances: Balances, asset: str, difference: Decimal) -> None:
        theirs = _total(balances, asset)
        text = f"venue {plain(theirs)}, by our fills {plain(theirs - difference)}"
        if self._mismatches.get(asset) == text:
            return
        self._mismatches[asset] = text
        self._owner.differs(
            Difference(
                id=f"balance {asset}",
                at=balances.at,
                what=f"balance of {asset}",
                ours=f"{plain(theirs - difference)} by the fills on the tape",
                theirs=f"{plain(theirs)}: a deposit or transfer, or a fill that never reached us",
                source="REST",
            )
        )

    def _store(self) -> None:
        self._recorder.set_meta(BASELINE, msgspec.json.encode(self._baseline).decode())

    def _publish(self) -> None:
        balances = self.balances
        if balances is None:
            return
        prices, worth = self._owner.prices(), {}
        for asset, balance in balances.by_asset.items():
            value = prices.worth(balance.total, asset, self._unit)
            if value is not None:
                worth[asset] = value
        self._owner.balances_changed(
            BalancesView(
                balances=balances,
                mono=self._known_at,
                worth=worth,
                unit=self._unit,
                mismatches=dict(self._mismatches),
                error=self._error,
            )
        )


def _total(balances: Balances, asset: str) -> Decimal:
    balance = balances.by_asset.get(asset)
    return balance.total if balance is not None else ZERO

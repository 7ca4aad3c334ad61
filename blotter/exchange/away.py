"""Clients whose numbers live on while they are away: what they miss is numbered and kept, as real venues do.

At the next Logon the number shows them that something is missing, and a ResendRequest brings it.
"""

from blotter.exchange.dialect import Drafts
from blotter.fix.effects import Instant
from blotter.fix.schedule import Schedule
from blotter.journal.sessions import KeptSession, Party, SessionStore
from blotter.venues.base import SessionKind


def session_name(kind: SessionKind, comp_id: str) -> str:
    """How a session is called in the store."""
    return f"{kind.value} {comp_id}"


class Away:
    """All sessions that have ever logged on with lasting numbers, and which of them are here."""

    def __init__(self, store: SessionStore, roll: Schedule | None) -> None:
        self.store = store
        self._roll = roll
        self._parties = store.parties()
        self._here: set[str] = set()

    def here(self, kept: KeptSession, party: Party) -> None:
        """A client has logged on: it is told by its connection."""
        self._parties[kept.name] = party
        self._here.add(kept.name)
        self.store.introduce(kept.name, party)

    def gone(self, kept: KeptSession, unsaid: Drafts, now: Instant) -> None:
        """Its connection is over; `unsaid` is what it did not say any more."""
        if kept.name not in self._here:
            return
        kept.save()
        self._here.discard(kept.name)
        self._keep(kept.name, unsaid, now)
        self.store.commit()

    def is_here(self, name: str) -> bool:
        """Whether a session of this name is connected."""
        return name in self._here

    def tell(self, kind: SessionKind, comp_id: str, drafts: Drafts, now: Instant) -> None:
        """Keep this for a client that is away; "": for all who are."""
        if not drafts:
            return
        wanted, of_kind = session_name(kind, comp_id), f"{kind.value} "
        absent = [name for name in self._parties if name not in self._here]
        for name in absent:
            if name == wanted or (not comp_id and name.startswith(of_kind)):
                self._keep(name, drafts, now)
        if absent:
            self.store.commit()

    def _keep(self, name: str, drafts: Drafts, now: Instant) -> None:
        for draft in drafts:
            self.store.keep(name, self._parties[name], draft, now)

    def run_over(self, wall: int) -> bool:
        """Whether the numbers of any session belong to a run that has ended."""
        roll = self._roll
        return roll is not None and any(
            not roll.same_run(party.used, wall) for party in self._parties.values()
        )

    def start_anew(self, wall: int) -> None:
        """All numbers begin at 1, and what was kept is gone. Nobody may be here. `wall`: UTC ns, in the new run."""
        for name, party in self._parties.items():
            self.store.forget(name)
            self._parties[name] = party._replace(used=wall)
            self.store.introduce(name, self._parties[name])
        self.store.commit()

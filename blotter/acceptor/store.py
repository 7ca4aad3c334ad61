"""What the plain acceptor remembers beside numbers and messages: the ClOrdIDs it has seen."""

from blotter.journal.sessions import SessionStore, StoreError

__all__ = ["Store", "StoreError"]

_SEEN = """
CREATE TABLE IF NOT EXISTS seen (session TEXT, cl_ord_id TEXT, PRIMARY KEY (session, cl_ord_id)) WITHOUT ROWID;
"""


class Store(SessionStore):
    """For one thread. Changes are kept by `commit`."""

    tables = (*SessionStore.tables, "seen")
    schema = SessionStore.schema + _SEEN

    def add_seen(self, session: str, cl_ord_id: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (session, cl_ord_id))

    def seen(self, session: str) -> set[str]:
        """ClOrdIDs of this session so far."""
        return {
            row[0] for row in self._db.execute("SELECT cl_ord_id FROM seen WHERE session = ?", (session,))
        }

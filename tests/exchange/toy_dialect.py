"""Dialects of no venue: the plain one with one rule changed, to try what the contract offers."""

from datetime import time
from typing import ClassVar

from blotter.exchange.credentials import Keys
from blotter.exchange.dialect import Admitted, Opening, Scope
from blotter.exchange.dialects.fix44 import Fix44
from blotter.fix.codec import Message
from blotter.fix.schedule import Schedule
from blotter.fix.sequence import FROM_ONE, Numbering, Numbers
from blotter.fix.session import Role, SessionConfig
from blotter.venues.base import Need, SessionKind


class Toy(Fix44):
    """Cancels on disconnect as asked in 9001 (Y: session, A: account; also after a Logout unless that says 9003=Y),
    beats every 7 seconds, keeps its own numbers by a gap fill while the client always begins at 1."""

    name: ClassVar[str] = "toy"
    sender_comp_id: ClassVar[str] = "ISSUED"
    roll: ClassVar[Schedule | None] = Schedule(time(22), time(22))

    def session(self, kind: SessionKind, logon: Message, keys: Keys) -> SessionConfig:
        comp_id, lasting = logon.text(49) or "", Numbering.CONTINUOUS
        return SessionConfig("TOY", comp_id, Role.ACCEPTOR, numbering=lasting, max_time_skew=None)

    def admit(self, logon: Message, kind: SessionKind, keys: Keys, now: int) -> Admitted:
        scopes = {"Y": Scope.SESSION, "A": Scope.ACCOUNT}
        scope = scopes.get(logon.text(9001) or "", Scope.NOTHING)
        return Admitted(fields=((9001, "N"),), on_disconnect=scope, on_logout=scope, heart_bt_int=7)

    def opening(self, logon: Message, stored: Numbers) -> Opening:
        if logon.get(9004) == b"N":
            return Opening(FROM_ONE, fill_to=stored.next_out)
        return Opening(FROM_ONE, anew=True)

    def leaving(self, logout: Message, admitted: Admitted) -> Scope:
        return Scope.NOTHING if logout.get(9003) == b"Y" else super().leaving(logout, admitted)


class Forgetful(Toy):
    """Begins at 1 on every connection; who went without a word stays out for three heartbeats. Asks for key material of
    every kind."""

    name: ClassVar[str] = "forgetful"
    needs: ClassVar[frozenset[Need]] = frozenset(
        {Need.API_KEY, Need.SECRET, Need.PASSPHRASE, Need.PRIVATE_KEY}
    )
    rsa: ClassVar[bool] = True
    keeps_numbers: ClassVar[bool] = False
    all_sessions_hear: ClassVar[bool] = True
    blocked_for: ClassVar[float] = 3.0

    def session(self, kind: SessionKind, logon: Message, keys: Keys) -> SessionConfig:
        return SessionConfig("TOY", logon.text(49) or "", Role.ACCEPTOR)


DIALECT = Toy

"""Cancels beside the session: by REST, for when FIX cannot carry them.

What is asked goes onto the tape before it leaves, what is answered goes there too and is folded from there. A cancel
adds no exposure, so one without an answer may be sent again; what became of it is not known until an answer says so.
It must never call an order cancelled that the venue did not name.
"""

from typing import NamedTuple, Protocol

import msgspec

from blotter.desk.change import Severity
from blotter.desk.clock import Clock
from blotter.desk.fold import Finding
from blotter.desk.recorder import Recorder
from blotter.desk.rest import Rest, RestRefused, RestUnavailable
from blotter.journal.tape import Entry, Kind, TapeFailed
from blotter.trading.enums import OrdStatus, RejectCategory
from blotter.trading.ledger import Delta
from blotter.venues.rest import Cancels, Question, UnreadableAnswer

_ENDED = frozenset({OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED})


class RestCancel(msgspec.Struct, frozen=True, kw_only=True):
    """A cancel that is about to leave by REST, as the tape stores it (Kind.ACT). It changes nothing by itself."""

    asked: str


class Cancelled(NamedTuple):
    """What came of one cancel. With `unknown` nobody knows; `retry_at`: mono ns before which asking is of no use."""

    orders: int = 0  # that the venue named as ended
    unknown: str = ""
    refused: str = ""
    retry_at: int = 0


class Owner(Protocol):
    """Who is told."""

    def changed(self, delta: Delta) -> None: ...
    def notice(self, severity: Severity, text: str, order_id: str = "") -> None: ...
    async def quiet(self) -> None:
        """Wait until nothing lies between tape and ledger."""
        ...


class RestCancels:
    """One account's."""

    def __init__(self, rest: Rest, cancels: Cancels, recorder: Recorder, clock: Clock, owner: Owner) -> None:
        """`cancels`: how the venue of `rest` is asked for them."""
        self._rest = rest
        self._dialect = cancels
        self._recorder = recorder
        self._clock = clock
        self._owner = owner

    async def cancel_symbol(self, symbol: str) -> Cancelled:
        """Cancel everything the account has open in a symbol, from wherever it was placed."""
        question = self._dialect.cancel_symbol(symbol)
        self._announce(question)
        try:
            body = await self._rest.ask(question)
        except RestRefused as refused:
            nothing = refused.reason.category is RejectCategory.UNKNOWN_ORDER
            return Cancelled() if nothing else Cancelled(refused=str(refused))
        except RestUnavailable as error:
            return Cancelled(unknown=str(error), retry_at=error.retry_at)
        return await self._take(symbol, question, body)

    def _announce(self, question: Question) -> None:
        payload = msgspec.json.encode(RestCancel(asked=str(question)))
        entry = Entry(self._clock().wall, Kind.ACT, "REST", 0, 0, RestCancel.__name__, payload)
        try:
            self._recorder.write([entry])
        except TapeFailed:
            self._recorder.append([entry])  # kept in memory: a cancel leaves although the disk fails

    async def _take(self, symbol: str, question: Question, body: bytes) -> Cancelled:
        at = self._clock().wall
        findings, unread = [], ""
        try:
            elements = self._rest.dialect.split(body)
        except UnreadableAnswer as error:
            return Cancelled(unknown=str(error))
        for raw in elements:
            try:
                reports = self._dialect.read_cancels(raw, at)
            except UnreadableAnswer as error:
                unread = str(error)
                continue
            findings += [
                Finding(asked=str(question), answer=msgspec.Raw(raw), report=report)
                for report in reports
                if report.ord_status in _ENDED
            ]
        await self._owner.quiet()
        elsewhere = []
        for delta in self._recorder.found(findings):
            elsewhere += [order.id for order in delta.orders if order.foreign]
            self._owner.changed(delta)
        if elsewhere:  # it takes whole symbols, whoever placed what is there
            text = f"{symbol}: the cancel by REST ended orders placed elsewhere too: {', '.join(elsewhere)}"
            self._owner.notice(Severity.WARNING, text)
        return Cancelled(len(findings), unread)

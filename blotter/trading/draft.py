"""What became of a line: the terms it asks for, or what is wrong with which word, or what should come next."""

from collections.abc import Iterable

import msgspec

from blotter.trading.clause import Clause
from blotter.trading.clauses import Part
from blotter.trading.request import OrderListRequest, OrderRequest
from blotter.trading.violation import Violation
from blotter.trading.words import Mistake, Word


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A line as far as it was understood. Exactly one of `request` and `list_request` is there once it is whole and
    breaks no rule; neither while there are mistakes or words are missing."""

    request: OrderRequest | None = None
    list_request: OrderListRequest | None = None
    mistakes: tuple[Mistake, ...] = ()
    missing: str = ""  # what should come next: "side", "quantity", "symbol", "price", ...
    expansion: str = ""  # "BUY 0.250 BTCUSDT LIMIT 60,123.30 GTC post-only = 15,030.83 USDT"

    @property
    def terms(self) -> OrderRequest | OrderListRequest | None:
        """Whichever of the two it is."""
        return self.request or self.list_request


def unfinished(parts: Iterable[Part], *mistakes: Mistake, missing: str = "") -> Draft:
    """A draft that is no order: what is wrong, else what is missing first."""
    parts = tuple(parts)
    found = sorted((*(m for part in parts for m in part.mistakes), *mistakes), key=lambda m: (m.start, m.end))
    lacks = [part.missing for part in parts if part.missing]
    return Draft(mistakes=tuple(found), missing="" if found else (lacks or [missing])[0])


def blamed(violation: Violation, part: Part, clause: Clause, whole: Word) -> Mistake:
    """The rule's text at the word that broke it: the field's own, else the one that began this way to work."""
    word = part.place(violation.field, clause) or clause.word or part.places.get("side") or whole
    return word.wrong(violation.text)

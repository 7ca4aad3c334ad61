"""The inspector: one message decoded, tag by tag, or raw, or beside the one before it of the same order."""

from collections.abc import Callable, Sequence
from typing import ClassVar

import msgspec

from blotter.desk.change import ExplainedField
from blotter.tui.actions import bindings
from blotter.tui.copying import CopyKeys
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded


class FieldRow(msgspec.Struct, frozen=True):
    """A field, and what the same field said in the message before (None: not compared)."""

    field: ExplainedField
    before: str | None = None


def _name(row: FieldRow, _: int) -> Cell:
    name = row.field.name or "(venue tag)"
    indent = "  " * (row.field.depth - 1) + "└ " if row.field.depth else ""
    return Cell(indent + name, "" if row.field.name else "dim")


def _meaning(row: FieldRow, _: int) -> Cell:
    if row.before is None:
        return Cell(row.field.meaning, "dim")
    if row.before == row.field.value:
        return Cell("=", "dim")
    return Cell(f"was {row.before}" if row.before else "new here", "warn")


def _both(row: FieldRow, now: int) -> Cell:
    """Value and meaning in one cell, for a narrow pane."""
    text, style = _meaning(row, now)
    return Cell(f"{row.field.value}  {text}".rstrip(), "warn" if style == "warn" else "strong")


TAG: Column[FieldRow] = Column("tag", "tag", 5, lambda row, _: Cell(str(row.field.tag), "dim"), align="right")
FIELDS: list[Column[FieldRow]] = [
    TAG,
    Column("name", "name", 20, _name),
    Column("value", "value", 16, lambda row, _: Cell(row.field.value, "strong"), flex=True),
    Column("meaning", "meaning", 12, _meaning, flex=True),
]
NARROW: list[Column[FieldRow]] = [
    TAG,
    Column("name", "name", 14, _name),
    Column("value", "value", 14, _both, flex=True),
]
RAW: list[Column[FieldRow]] = [Column("raw", "raw, | for SOH", 20, lambda row, _: row.field.value, flex=True)]


class Inspector(Guarded, CopyKeys, Grid[FieldRow]):
    """Shows whatever message it is given; decoding is the desk's."""

    BINDINGS: ClassVar = bindings("inspector")
    scope: ClassVar = "inspector"

    def __init__(self, *, clock: Callable[[], int], id: str) -> None:
        super().__init__(
            FIELDS, clock=clock, mark_for=0, empty="Move to a message or an order: it is decoded here.", id=id
        )
        self._fields: Sequence[ExplainedField] = ()
        self._before: Sequence[ExplainedField] = ()
        self._raw = b""
        self.mode = "fields"  # "fields", "raw", "diff"

    def inspect(self, raw: bytes, fields: Sequence[ExplainedField], before: Sequence[ExplainedField]) -> None:
        """Show a message. `before`: the previous one of the same order, empty when there is none."""
        if raw != self._raw or before != self._before:
            self._raw, self._fields, self._before = raw, fields, before
            self._fill()

    def _fill(self) -> None:
        if self.mode == "raw":
            text = self._raw.decode("utf-8", "replace").replace("\x01", "|")
            width = max(20, self.size.width - 4)
            chunks = [text[i : i + width] for i in range(0, len(text), width)]
            rows = [FieldRow(ExplainedField(0, "", chunk, "", 0)) for chunk in chunks]
        elif self.mode == "diff":
            rows = self._compared()
        else:
            rows = [FieldRow(field) for field in self._fields]
        self.clear()
        self.replace_columns(self._suited())
        self.upsert(((f"{i:04}", row) for i, row in enumerate(rows)), mark=False)

    def _suited(self) -> list[Column[FieldRow]]:
        """The columns for this mode and width."""
        if self.mode == "raw":
            return RAW
        return FIELDS if self.size.width >= 62 else NARROW

    def _compared(self) -> list[FieldRow]:
        """Each field beside the same tag's value (and place, in groups) in the message before."""
        seen: dict[int, int] = {}
        old: dict[tuple[int, int], str] = {}
        for field in self._before:
            seen[field.tag] = seen.get(field.tag, 0) + 1
            old[field.tag, seen[field.tag]] = field.value
        seen.clear()
        rows = []
        for field in self._fields:
            seen[field.tag] = seen.get(field.tag, 0) + 1
            rows.append(FieldRow(field, old.get((field.tag, seen[field.tag]), "")))
        return rows

    def _turn(self, mode: str) -> None:
        self.mode = "fields" if self.mode == mode else mode
        self._fill()
        self.post_message(self.ViewChanged(self))

    def on_resize(self) -> None:
        """Raw text is cut to the width, and a narrow pane has fewer columns."""
        if self._raw:
            self._fill()

    def action_raw(self) -> None:
        """Raw or decoded."""
        self._turn("raw")

    def action_diff(self) -> None:
        """Compared with the message before, or not."""
        self._turn("diff")

    @property
    def message_bytes(self) -> bytes:
        """The one that is shown."""
        return self._raw

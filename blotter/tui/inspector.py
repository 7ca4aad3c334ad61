"""The inspector: one message decoded, tag by tag, or raw, or beside the one before it of the same order."""

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

import msgspec

from blotter.desk.change import ExplainedField
from blotter.tui.actions import bindings
from blotter.tui.copying import CopyKeys
from blotter.tui.grid import Cell, Column, Grid
from blotter.tui.guard import Guarded


class FieldRow(msgspec.Struct, frozen=True):
    """A field, and what the same field said in the message before (None: not compared). `inside`: how many fields of
    its group it holds, and whether they are shown. `gone`: only the message before has it."""

    field: ExplainedField
    before: str | None = None
    inside: int = 0
    folded: bool = False
    gone: bool = False


def _name(row: FieldRow, _: int) -> Cell:
    name = row.field.name or "(venue tag)"
    indent = "  " * (row.field.depth - 1) + "└ " if row.field.depth else ""
    mark = ("▸ " if row.folded else "▾ ") if row.inside else ""
    hidden = f" ({row.inside} fields)" if row.folded else ""
    return Cell(indent + mark + name + hidden, "" if row.field.name else "dim")


def _meaning(row: FieldRow, _: int) -> Cell:
    if row.before is None:
        return Cell(row.field.meaning, "dim")
    if row.gone:
        return Cell(f"gone, was {row.before}", "warn")
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
        super().__init__(FIELDS, clock=clock, mark_for=0, empty="Go to a message: decoded here.", id=id)
        self._fields: Sequence[ExplainedField] = ()
        self._before: Sequence[ExplainedField] = ()
        self._raw = b""
        self.mode = "fields"  # "fields", "raw", "diff"
        self._folded: set[int] = set()  # tags of the groups that are folded, whatever the message

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
        if self.mode != "raw":
            rows = folded(rows, self._folded)
        here = self.cursor_key
        self.clear()
        self.replace_columns(self._suited())
        self.upsert(((f"{i:04}", row) for i, row in enumerate(rows)), mark=False)
        if here in self.all_keys():
            self.move_cursor_to(here)

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
            rows.append(FieldRow(field, old.pop((field.tag, seen[field.tag]), "")))
        names = {field.tag: field for field in self._before}
        for (tag, _), value in old.items():
            was = names[tag]
            rows.append(FieldRow(ExplainedField(tag, was.name, "", "", 0), value, gone=True))
        return rows

    def _turn(self, mode: str) -> None:
        self.mode = "fields" if self.mode == mode else mode
        self._fill()
        self.post_message(self.ViewChanged(self))

    def on_resize(self) -> None:
        """Raw text is cut to the width, and a narrow pane has fewer columns."""
        if self._raw:
            self._fill()

    def action_fold(self) -> None:
        """The group under the cursor, or the one the cursor is in; without one, all of them."""
        heads = self._heads()
        here = self.cursor_key
        tag = heads.get(here, 0) if here is not None else 0
        tags = {tag} if tag else set(heads.values()) - {0}
        self._folded = self._folded - tags if tags <= self._folded else self._folded | tags
        self._fill()

    def _heads(self) -> dict[str, int]:
        """Key of each row to the tag of the outermost group it is in or heads; 0 for none."""
        found: dict[str, int] = {}
        head = 0
        for key in self.all_keys():
            row = self.row(key)
            if not row.field.depth:
                head = row.field.tag if row.inside else 0
            found[key] = head
        return found

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


def folded(rows: Sequence[FieldRow], tags: Collection[int]) -> list[FieldRow]:
    """With how many fields each group holds, and without the fields of the groups of these tags."""
    found: list[FieldRow] = []
    hidden_below: int | None = None  # depth of the folded head
    for place, row in enumerate(rows):
        depth = row.field.depth
        if hidden_below is not None and depth > hidden_below:
            continue
        hidden_below = None
        end = place + 1
        while end < len(rows) and rows[end].field.depth > depth:
            end += 1
        inside = end - place - 1
        hide = inside > 0 and row.field.tag in tags
        hidden_below = depth if hide else None
        found.append(msgspec.structs.replace(row, inside=inside, folded=hide) if inside else row)
    return found

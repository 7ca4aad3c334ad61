"""A view of the screen as a file."""

import csv
import json
import os
import stat
import sys
from pathlib import Path

import pytest
from fake_desk import FakeDesk, busy

from blotter.tui import export
from blotter.tui.export import ExportFailed, View, plain, write
from blotter.tui.grid_paint import Cell, Column

pytestmark = pytest.mark.anyio

COLUMNS = [
    Column("at", "time", 8, lambda row, _: "10:14:22", datum=lambda row: row[0]),
    Column("qty", "qty", 8, lambda row, _: Cell(row[1], "dim")),
    Column("text", "what", 8, lambda row, _: row[2]),
]
ROWS = [(1_795_342_462_381_000_000, "60,123.30", 'a "quoted", thing'), (1, "—", "● WORKING\x1b[2J")]
VIEW = View(COLUMNS, ROWS, 0)


def test_csv(tmp_path: Path):
    path = tmp_path / "view.csv"
    assert write(path, VIEW) == 2
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["at", "qty", "text"],
            ["2026-11-22T10:14:22.381000000Z", "60123.30", 'a "quoted", thing'],
            ["1970-01-01T00:00:00.000000001Z", "", "WORKING·[2J"],
        ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["view.csv"]


def test_json_lines(tmp_path: Path):
    assert write(tmp_path / "view.jsonl", VIEW) == 2
    first, second = map(json.loads, (tmp_path / "view.jsonl").read_text().splitlines())
    assert first["qty"] == "60123.30"
    assert second == {"at": "1970-01-01T00:00:00.000000001Z", "qty": "", "text": "WORKING·[2J"}


def test_a_file_that_is_there_is_left_alone(tmp_path: Path):
    path = tmp_path / "view.csv"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        write(path, VIEW)
    assert path.read_text() == "mine"
    assert write(path, VIEW, replace=True) == 2
    assert path.read_text().startswith("at,qty")
    assert [file.name for file in tmp_path.iterdir()] == ["view.csv"]


def test_a_file_that_comes_up_meanwhile_is_left_alone(tmp_path: Path, monkeypatch):
    path = tmp_path / "view.csv"

    def late(out, names, records) -> None:
        path.write_text("theirs")

    monkeypatch.setitem(export._WRITERS, ".csv", late)
    with pytest.raises(FileExistsError):
        write(path, VIEW)
    assert path.read_text() == "theirs"
    assert [file.name for file in tmp_path.iterdir()] == ["view.csv"]


def test_parquet_needs_its_extra(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportFailed, match=r"pip install 'blotter\[parquet\]'"):
        export.check(tmp_path / "view.parquet")


def test_parquet(tmp_path: Path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is an extra")
    assert write(tmp_path / "view.parquet", VIEW) == 2
    assert parquet.read_table(tmp_path / "view.parquet").to_pydict()["qty"] == ["60123.30", ""]
    assert write(tmp_path / "empty.parquet", View(COLUMNS, [], 0)) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,234.50", "1234.50"),
        ("+0.015", "+0.015"),
        ("-12,000", "-12000"),
        ("—", ""),
        ("? UNKNOWN", "UNKNOWN"),
        ("◐ PARTIAL 33%", "PARTIAL 33%"),
        ("1,2 and 3", "1,2 and 3"),
        ("0.000019 BTC", "0.000019 BTC"),
        ("-", "-"),
    ],
)
def test_a_cell_for_programs(text: str, said: str):
    assert plain(text) == said


# --- on the screen -------------------------------------------------------------------------------------------


async def exported(screen, path: Path) -> list[dict[str, str]]:
    await screen.app.workers.wait_for_complete()
    await screen.settle()
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


async def test_what_the_filter_shows_in_the_columns_that_are_shown(start, desk: FakeDesk, tmp_path: Path):
    busy(desk)
    async with start((200, 50)) as screen:
        await screen.press("3")
        await screen.command("filter side:sell")
        path = tmp_path / "orders.csv"
        await screen.command(f"export {path}")
        rows = await exported(screen, path)
        grid = screen.app.view.orders
        assert [row["id"] for row in rows] == grid.visible_keys()
        assert list(rows[0]) == [column.id for column in grid.columns]
        assert 0 < len(rows) < len(screen.app.model.orders)
        assert f"{len(rows)} rows of orders written to {path}" in screen.app.model.notices[-1].text


async def test_another_view_by_name_and_ids_in_full_in_a_narrow_one(start, desk: FakeDesk, tmp_path: Path):
    busy(desk)
    async with start((80, 24)) as screen:
        await screen.command(f"export fills {tmp_path / 'fills.csv'}")
        fills = await exported(screen, tmp_path / "fills.csv")
        assert {row["exec"] for row in fills} == {fill.exec_id for fill in screen.app.model.fills.values()}
        assert all(row["time"].startswith("2026-11-22T") for row in fills)
        await screen.command(f"export orders {tmp_path / 'orders.csv'}")
        orders = await exported(screen, tmp_path / "orders.csv")
        assert {row["id"] for row in orders} >= set(screen.app.model.orders)


async def test_it_asks_before_it_replaces(start, desk: FakeDesk, tmp_path: Path):
    busy(desk)
    path = tmp_path / "orders.csv"
    path.write_text("mine")
    async with start((120, 40)) as screen:
        await screen.command(f"export orders {path}")
        assert "REPLACE?" in screen.text
        await screen.press("escape")
        assert path.read_text() == "mine"
        await screen.command(f"export orders {path}")
        await screen.press("y")
        assert await exported(screen, path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("orders.txt", "the name ends in .csv, .jsonl"),
        ("nowhere/orders.csv", "no such directory"),
        ("ticket orders.csv", "ticket is no list"),
        ("sessions orders.csv", "sessions is no list"),
    ],
)
async def test_what_cannot_be_exported_is_said(start, tmp_path: Path, monkeypatch, words: str, said: str):
    monkeypatch.chdir(tmp_path)
    async with start((120, 40)) as screen:
        await screen.command(f"export {words}")
        assert said in screen.text
    assert os.listdir(tmp_path) == []

"""The file of saved views: what a hand wrote stays, what is wrong is named, and nothing is lost by saving."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.tui.views import SavedView, words
from blotter.tui.views_file import ViewsFileError, parse_views, read_views, write_view

HAND = """\
# what I look at all day
[orders.btc]
filter = "symbol:BTC is:open"   # open ones
sort = "price"
descending = true
columns = [
    "id",
    "qty:12",
]

# the other one
[orders."eth-2"]
group = "state"

[executions.big]
filter = 'qty>1'
"""
BTC = SavedView(filter="symbol:BTC is:open", sort="price", descending=True, columns=("id", "qty:12"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "views.toml"


def test_a_hand_written_file_is_read(path: Path) -> None:
    path.write_text(HAND)
    views, problems = read_views(path)
    assert problems == ()
    assert views == {
        "orders": {"btc": BTC, "eth-2": SavedView(group="state")},
        "executions": {"big": SavedView(filter="qty>1")},
    }
    assert words(BTC) == "/symbol:BTC is:open, by price↓, columns id qty:12"


def test_no_file_is_no_problem(path: Path) -> None:
    assert read_views(path) == ({}, ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[orders.btc\n", "views.toml: not valid TOML: "),
        ("[orders.btc]\nsort = 5", "orders.btc: Expected `str`, got `int` - at `$.sort`"),
        ("[orders.btc]\nsorted = 'x'", "orders.btc: Object contains unknown field `sorted`"),
        ("[order.btc]\nsort = 'x'", "[order]: a view is a table [orders|executions|positions.NAME]"),
        ("orders = 3", "[orders]: a view is a table"),
        ("[orders.'a b']\nsort = 'x'", "orders.a b: a name has only letters, digits, - and _"),
    ],
)
def test_what_is_wrong_names_file_and_key_and_the_rest_is_used(path: Path, text: str, problem: str) -> None:
    found = parse_views(text, path)
    assert len(found.problems) == 1
    assert found.problems[0].startswith(str(path))
    assert problem in found.problems[0]
    if "not valid" not in problem and "orders" not in text.partition("=")[0].split(".")[0]:
        assert parse_views(f"{text}\n[executions.big]\nsort = 'qty'\n", path).views["executions"]


def test_saving_leaves_all_else_as_a_hand_wrote_it(path: Path) -> None:
    path.write_text(HAND)
    write_view(path, "orders", "btc", SavedView(sort="age"))
    text = path.read_text()
    assert '[orders.btc]\nsort = "age"\n' in text
    assert text.startswith("# what I look at all day\n")
    assert '\n# the other one\n[orders."eth-2"]\n' in text
    assert text.endswith("filter = 'qty>1'\n")
    write_view(path, "orders", "new", BTC)
    assert read_views(path).views["orders"] == {
        "btc": SavedView(sort="age"),
        "eth-2": SavedView(group="state"),
        "new": BTC,
    }


def test_dropping_takes_out_that_table_only(path: Path) -> None:
    path.write_text(HAND)
    write_view(path, "orders", "eth-2", None)
    text = path.read_text()
    assert "eth-2" not in text
    assert "# open ones" in text
    assert "[executions.big]" in text
    write_view(path, "orders", "never", None)
    assert path.read_text() == text


def test_the_first_view_makes_the_file(path: Path) -> None:
    deep = path.parent / "conf" / "views.toml"
    write_view(deep, "orders", "btc", BTC)
    assert read_views(deep).views == {"orders": {"btc": BTC}}
    assert list(deep.parent.iterdir()) == [deep]


@pytest.mark.parametrize("text", ["[orders.btc\n", "orders = 3\n", "[orders]\nbtc = { sort = 'id' }\n"])
def test_a_file_that_cannot_be_changed_safely_is_left_as_it_is(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(ViewsFileError, match=r"views\.toml"):
        write_view(path, "orders", "btc", BTC)
    assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_said(path: Path) -> None:
    path.write_text("")
    with pytest.raises(ViewsFileError, match="not written"):
        write_view(path / "conf" / "views.toml", "orders", "btc", BTC)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


@given(
    TEXTS, TEXTS, st.booleans(), st.lists(TEXTS, max_size=3), st.sampled_from(["a", "btc", "eth-2", "Z_9"])
)
def test_what_is_written_is_what_is_read(
    filter: str, sort: str, descending: bool, columns: list[str], name: str
) -> None:
    view = SavedView(filter=filter, sort=sort, descending=descending, columns=tuple(columns))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "views.toml"
        path.write_text(HAND)
        try:
            write_view(path, "orders", name, view)
        except ViewsFileError:
            assert path.read_text() == HAND
            assert "\x7f" in filter + sort + "".join(columns)
        else:
            assert read_views(path).views["orders"][name] == view
            assert read_views(path).views["executions"] == {"big": SavedView(filter="qty>1")}

"""Searching a tape: what an expression means, that SQLite lets nothing through the net, and that the index agrees."""

import re
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.journal import search as searching
from blotter.journal.reader import TapeReader
from blotter.journal.search import SearchError, parse, search
from blotter.journal.search_index import BLOCK, FieldIndex
from blotter.journal.tape import Entry, Kind, Tape

AT = 1_795_348_800_000_000_000


def fix(*fields: str) -> bytes:
    return "\x01".join(("8=FIX.4.4", "9=1", *fields, "10=000", "")).encode()


def entry(number: int, *fields: str, kind: Kind = Kind.IN) -> Entry:
    msg_type = next(field[3:] for field in fields if field.startswith("35="))
    return Entry(AT + number, kind, "OE", 1, number, msg_type, fix(*fields))


DAY = [
    ("35=D", "11=A-12", "55=BTCUSDT", "44=60000.10", "40=2"),
    ("35=8", "11=A-12", "55=BTCUSDT", "44=60000.10", "150=0", "39=0"),
    ("35=8", "11=A-12", "55=BTCUSDT", "44=60000.10", "150=F", "39=1"),
    ("35=8", "11=A-12", "55=BTCUSDT", "44=60000.10", "150=F", "39=2"),
    ("35=D", "11=A-123", "55=ETHUSDT", "44=3000", "40=2"),
    ("35=8", "11=A-123", "55=ETHUSDT", "44=3000", "150=8", "39=8", "58=Not enough balance [x] 100%"),
    ("35=9", "11=B-7", "41=A-123", "39=8", "58=Unknown order sent."),
    ("35=W", "55=BTCUSDT", "268=2", "269=0", "270=1.5", "269=1", "270=61000"),
]


def written(path: Path, messages: list[tuple[str, ...]]) -> TapeReader:
    tape = Tape.open(path)
    tape.write([Entry(AT, Kind.ACT, "", 0, 0, "Note", b'{"text":"55=BTCUSDT"}')])
    tape.write([entry(number, *fields) for number, fields in enumerate(messages, start=1)])
    tape.close()
    return TapeReader.open(path)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory):
    with written(tmp_path_factory.mktemp("search") / "tape.sqlite3", DAY) as opened:
        yield opened


def found(reader: TapeReader, text: str, index: FieldIndex | None = None) -> list[int]:
    """Numbers of the messages, newest first."""
    return [row.entry.seq for batch in search(reader, parse(text), index) for row in batch.hits]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("55=BTCUSDT 150=F", [4, 3]),
        ("35=8 39=2|8", [6, 4]),
        ("11=A-12", [4, 3, 2, 1]),
        ("11=A-12*", [6, 5, 4, 3, 2, 1]),
        ("11=*-123", [6, 5]),
        ("11=A*3|B*", [7, 6, 5]),
        ("44>60000", [4, 3, 2, 1]),
        ("44>60000.10", []),
        ("44>=60000.1 35=D", [1]),
        ("44<3,000.5", [6, 5]),
        ("44<=2999", []),
        ("270>60000", [8]),  # in the second entry of the group
        ("!58 35=8", [4, 3, 2]),
        ("!35=8", [8, 7, 5, 1]),
        ("35!=8|D", [8, 7]),
        ("58=*", [7, 6]),
        ("balance", [6]),
        ("UNKNOWN", [7]),
        ('"not enough"', [6]),
        ('58="Not enough*"', [6]),
        ("[x]", [6]),
        ("100%", [6]),
        ("10_%", []),
        ("!btcusdt !unknown", [6, 5]),
        ("8=FIX.4.4 35=9", [7]),
        ("39=8 !11=B-7", [6]),
        ("1=A-12", []),  # 11 is another tag
    ],
)
def test_what_an_expression_finds(reader: TapeReader, text: str, numbers: list[int]):
    assert found(reader, text) == numbers


@pytest.mark.parametrize(
    ("text", "said", "where"),
    [
        ("", "nothing to look for", ""),
        ("   ", "nothing to look for", ""),
        ("35=8 44>abc", "44>abc: abc is not a number", "44>abc"),
        ("44>", "nothing is not a number", "44>"),
        ("44>nan", "is not a number", "44>nan"),
        ("55= 35=8", "a value stands behind the =", "55="),
        ("=5", "a tag stands before the =", "=5"),
        ("Symbl=BTC", "Symbl: neither a tag nor the name of a field", "Symbl=BTC"),
        ("0=1", "no tag has such a number", "0=1"),
        ('35=8 58="not', "a quotation mark is not closed", '58="not'),
        ("35=8 !", "no word", "!"),
    ],
)
def test_an_error_stands_at_its_term(text: str, said: str, where: str):
    with pytest.raises(SearchError, match=re.escape(said)) as caught:
        parse(text)
    assert text[caught.value.start : caught.value.end] == where


def test_names_of_fields_are_tags_too(reader: TapeReader):
    query = parse("symbol=ETHUSDT !text=*", {"symbol": 55, "text": 58}.get)
    assert [row.entry.seq for batch in search(reader, query) for row in batch.hits] == [5]


def test_only_messages_are_found(reader: TapeReader):
    assert 0 not in found(reader, "BTCUSDT"), "an act that mentions the symbol is no message"


# --- against the simplest reading of the same words ----------------------------------------------------------

TAGS = ("11", "35", "39", "44", "58", "270")
VALUES = st.text("AB12.-%_*[]?\\' é", min_size=1, max_size=6).filter(lambda text: text.strip() == text)
FIELDS = st.tuples(st.sampled_from(TAGS[:1] + TAGS[2:]), VALUES | st.integers(-20, 20).map(str)).map("=".join)
MESSAGES = st.lists(
    st.tuples(st.sampled_from(("35=8", "35=D")), st.lists(FIELDS, max_size=5)).map(lambda m: (m[0], *m[1])),
    min_size=1,
    max_size=25,
)
WANTED = st.text("AB12.-%_", min_size=1, max_size=5)
TERMS = st.one_of(
    st.tuples(
        st.sampled_from(("", "!")),
        st.sampled_from(TAGS),
        st.sampled_from(("=", "!=")),
        WANTED | st.text("AB1*", min_size=1, max_size=4),
    ),
    st.tuples(
        st.just(""),
        st.sampled_from(TAGS),
        st.sampled_from((">", "<", ">=", "<=")),
        st.integers(-20, 20).map(str),
    ),
    st.tuples(st.sampled_from(("", "!")), st.just(""), st.just(""), st.text("ABab", min_size=1, max_size=3)),
    st.tuples(st.just(""), st.just(""), st.just(""), st.text("aB12.-", min_size=1, max_size=3)),
)


def naive(payload: bytes, term: tuple[str, str, str, str]) -> bool:
    negative, tag, op, value = term
    fields = [field.partition("=") for field in payload.decode().split("\x01")[:-1]]
    values = [content for name, _, content in fields if name == tag]
    if not tag:
        holds = value.lower() in payload.decode().lower()
    elif op in ("=", "!="):
        pattern = re.compile(".*".join(map(re.escape, value.split("*"))), re.DOTALL)
        holds = any(map(pattern.fullmatch, values))
        holds ^= op == "!="
    else:
        holds = any(compared(content, op, Decimal(value)) for content in values)
    return holds ^ (negative == "!")


def compared(content: str, op: str, limit: Decimal) -> bool:
    try:
        number = Decimal(content)
    except InvalidOperation:
        return False
    if not number.is_finite():
        return False
    return {">": number > limit, "<": number < limit, ">=": number >= limit, "<=": number <= limit}[op]


@settings(max_examples=150, deadline=None)
@given(messages=MESSAGES, terms=st.lists(TERMS, min_size=1, max_size=3), repeat=st.sampled_from((1, 40)))
def test_a_search_finds_what_a_plain_reading_finds(tmp_path_factory, messages, terms, repeat):
    messages = messages * repeat
    with written(tmp_path_factory.mktemp("h") / "tape.sqlite3", messages) as reader:
        text = " ".join("".join(term) for term in terms)
        expected = [
            number
            for number in range(len(messages), 0, -1)
            if all(naive(fix(*messages[number - 1]), term) for term in terms)
        ]
        assert found(reader, text) == expected
        index = FieldIndex()
        while index.extend(reader):
            pass
        assert index.covered == (len(messages) + 1) // BLOCK * BLOCK
        assert found(reader, text, index) == expected


@pytest.fixture(scope="module")
def rare(tmp_path_factory: pytest.TempPathFactory):
    """A tape whose oldest message is like no other, and its index."""
    oldest = ("35=8", "44=60001", "11=X-7", "58=a needle, Größe")
    messages = [oldest, *[("35=8", "44=1")] * (4 * BLOCK)]
    with written(tmp_path_factory.mktemp("rare") / "tape.sqlite3", messages) as reader:
        index = FieldIndex()
        while index.extend(reader):
            pass
        yield reader, index


@pytest.mark.parametrize(
    ("text", "looked_at"),
    [
        ("needle", True),
        ("EEDL", True),
        ("Größe", True),
        ("58=a*needle*", True),
        ("58=*eed*|11=X-7*", True),
        ("44=60001", True),
        ("x-7", True),
        ("60001", False),
        ("44=6000*", False),
        ("58=*eed*|44=6000*", False),
        ("58=*", False),
        ("needle 60001", True),
    ],
)
def test_an_index_leads_to_what_stands_once_and_far_back(rare, text: str, looked_at: bool):
    """`looked_at`: only a part of the tape had to be; where an index cannot tell, all of it."""
    reader, index = rare
    batches = list(search(reader, parse(text), index))
    assert [row.entry.seq for batch in batches for row in batch.hits] == [1]
    assert (index.covered in {batch.reached for batch in batches}) is looked_at


def test_hits_come_newest_first_in_batches_and_say_how_far_it_is(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(searching, "FIRST", 10)
    monkeypatch.setattr(searching, "STRETCH", 100)
    monkeypatch.setattr(searching, "BATCH", 7)
    with written(tmp_path / "tape.sqlite3", [("35=8", f"11=A-{n}") for n in range(300)]) as reader:
        batches = list(search(reader, parse("35=8")))
        assert [row.entry.seq for batch in batches for row in batch.hits] == list(range(300, 0, -1))
        reached = [batch.reached for batch in batches]
        assert reached == sorted(reached, reverse=True)
        assert (reached[-1], batches[0].of) == (0, 301)
        assert max(len(batch.hits) for batch in batches) == 7


def test_a_search_never_writes_and_sees_a_growing_tape(tmp_path: Path):
    tape = Tape.open(tmp_path / "tape.sqlite3")
    tape.write([entry(1, "35=8", "11=A-1")])
    with TapeReader.open(tape.path) as reader:
        assert found(reader, "11=A-*") == [1]
        tape.write([entry(2, "35=8", "11=A-2")])
        assert found(reader, "11=A-*") == [2, 1]
    tape.close()

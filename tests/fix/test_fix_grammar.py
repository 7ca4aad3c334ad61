"""The dictionary that validates: FIX 4.4 in full, FIX 4.2, FIX 5.0 SP2, a venue's on top, and tables that are wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.fix.codec import Message, decode, encode
from blotter.fix.dictionary import Dictionary
from blotter.fix.fix42 import fix42
from blotter.fix.fix44 import FIX44
from blotter.fix.fix44_grammar import OPEN, TABLE, TYPES, fix44
from blotter.fix.fixt11 import FIX50SP2, by_version, fix50sp2
from blotter.fix.grammar import Grammar, GrammarError, types_of, values_of

HEAD = ((49, "A"), (56, "B"), (34, "2"), (52, "20261122-10:00:00.123"))
ORDER = ((11, "id"), (54, "1"), (40, "2"), (44, "10.5"), (38, "5"), (55, "X"), (60, "20261122-10:00:00"))


def message(msg_type: str, body: tuple[tuple[int, str], ...], begin: str = "FIX.4.4", head=HEAD) -> Message:
    return decode(encode(begin, msg_type, head, body))


def verdict(grammar: Grammar, msg_type: str, body: tuple[tuple[int, str], ...], begin: str = "FIX.4.4"):
    fault = grammar.check(message(msg_type, body, begin))
    return None if fault is None else (fault.reason, fault.tag)


def test_fix44_is_whole() -> None:
    grammar = fix44()
    assert len(grammar.messages) == 93
    assert all(grammar.names.message_name(name) for name in grammar.messages)
    assert len(grammar.types) == 912
    for name in grammar.messages:
        for tag in grammar.shape(name).members:
            assert grammar.names.field_name(int(tag)), tag


def test_its_groups_are_those_that_people_are_shown() -> None:
    assert fix44().group_members() == FIX44.groups


def test_required_and_optional_follow_the_volumes() -> None:
    order = fix44().shape("D")
    assert set(order.required) == {b"11", b"54", b"60", b"40"}
    assert {b"453", b"386", b"78", b"711", b"40", b"44", b"847"} <= set(order.members)
    assert set(fix44().shape("8").required) == {b"37", b"17", b"150", b"39", b"54", b"151", b"14", b"6"}
    assert fix44().shape("A").required == (b"98", b"108")
    parties = order.members[b"453"]
    assert parties is not None
    assert (parties.first, list(parties.members)) == (b"448", [b"448", b"447", b"452", b"802"])


@pytest.mark.parametrize("grammar", [fix44, fix42, fix50sp2])
def test_every_table_fits_together(grammar) -> None:
    built = grammar()
    for name in built.messages:
        shape = built.shape(name)
        assert set(shape.required) <= set(shape.members)
        assert not set(shape.members) & set(built.shape("header").members), name


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((), None),
        (((18, "1 G 6"),), None),
        (((18, "1 ~"),), (5, 18)),
        (((59, "Z"),), (5, 59)),
        (((59, "10"),), (6, 59)),
        (((126, "20261122"),), (6, 126)),
        (((432, "20261122"),), None),
        (((15, "USDT"),), None),
        (((15, "us"),), (6, 15)),
        (((110, "-.5"),), None),
        (((110, "1,5"),), (6, 110)),
        (((7, "1"),), (2, 7)),
        (((11, "again"),), (13, 11)),
        (((100_000, "mine"),), None),
        (((4_999, "nobody's"),), (0, 4_999)),
        (((386, "0"),), None),
        (((386, "1"), (336, "a"), (625, "b")), None),
        (((386, "1"), (625, "b"), (336, "a")), (15, 625)),
        (((386, "2"), (336, "a")), (16, 386)),
        (((386, "x"), (336, "a")), (6, 386)),
        (((336, "a"),), (2, 336)),
    ],
)
def test_an_order(more: tuple[tuple[int, str], ...], expected: tuple[int, int] | None) -> None:
    assert verdict(fix44(), "D", ORDER + more) == expected


def test_required_fields_of_an_entry() -> None:
    body = ((262, "r"), (263, "1"), (264, "1"), (267, "1"), (269, "0"), (146, "1"), (55, "X"))
    assert verdict(fix44(), "V", body) is None
    snapshot = ((55, "X"), (268, "2"), (269, "0"), (270, "1"), (269, "1"))
    assert verdict(fix44(), "W", snapshot) is None
    report = (
        (37, "o"),
        (17, "e"),
        (150, "F"),
        (39, "2"),
        (55, "X"),
        (54, "1"),
        (151, "0"),
        (14, "1"),
        (6, "1"),
    )
    assert verdict(fix44(), "8", (*report, (136, "1"), (137, "0.1"), (139, "4"))) is None
    assert verdict(fix44(), "8", (*report, (136, "1"), (138, "USD"))) == (15, 138)


def test_a_block_that_is_optional_requires_nothing() -> None:
    """UnderlyingInstrument is in a group: its fields count there alone."""
    assert verdict(fix44(), "D", (*ORDER, (711, "1"), (311, "U"), (305, "4"))) is None


def test_the_fault_says_field_value_and_rule() -> None:
    fault = fix44().check(message("D", (*ORDER, (59, "Z"))))
    assert fault is not None
    assert fault.text == "Value is incorrect (out of range) for this tag: TimeInForce (59) is Z"
    assert not fault.fatal
    fault = fix44().check(message("D", ORDER[1:]))
    assert fault is not None
    assert fault.text == "Required tag missing: ClOrdID (11)"


def test_fields_whose_values_are_open() -> None:
    assert all(tag not in fix44().values for tag in OPEN)
    assert verdict(fix44(), "6", ((23, "i"), (28, "N"), (55, "X"), (54, "1"), (27, "5000"))) is None


# --- other versions ----------------------------------------------------------------------------------------


def test_fix42_has_its_own_rules() -> None:
    order = ((11, "id"), (21, "1"), (55, "X"), (54, "1"), (60, "20261122-10:00:00"), (40, "2"))
    assert verdict(fix42(), "D", order, "FIX.4.2") is None
    assert verdict(fix42(), "D", order[:1] + order[2:], "FIX.4.2") == (1, 21)
    assert verdict(fix42(), "D", (*order, (526, "4.4 only")), "FIX.4.2") == (0, 526)
    report = (
        (37, "o"),
        (17, "e"),
        (20, "0"),
        (150, "2"),
        (39, "2"),
        (55, "X"),
        (54, "1"),
        (151, "0"),
        (14, "1"),
        (6, "1"),
    )
    assert verdict(fix42(), "8", report, "FIX.4.2") is None
    assert verdict(fix44(), "8", report) == (0, 20)  # ExecTransType went with 4.3
    assert (fix42().names.field_name(32), FIX44.field_name(32)) == ("LastShares", "LastQty")


def test_fixt11_and_the_trading_messages_of_sp2() -> None:
    grammar = fix50sp2()
    logon = ((98, "0"), (108, "30"))
    assert verdict(grammar, "A", logon, "FIXT.1.1") == (1, 1137)
    assert verdict(grammar, "A", (*logon, (1137, "9")), "FIXT.1.1") is None
    assert verdict(grammar, "D", ORDER, "FIXT.1.1") is None
    assert {"D", "F", "G", "H", "8", "9", "0", "A"} <= grammar.messages


def test_a_message_of_an_application_version_that_is_not_spoken() -> None:
    check = by_version({FIX50SP2: fix50sp2()}, FIX50SP2)
    assert check(message("D", ORDER, "FIXT.1.1")) is None
    assert check(message("D", ORDER, "FIXT.1.1", ((1128, "9"), *HEAD))) is None
    fault = check(message("D", ORDER, "FIXT.1.1", ((1128, "6"), *HEAD)))
    assert fault is not None
    assert (fault.reason, fault.tag, fault.fatal) == (18, 1128, False)
    assert check(message("0", (), "FIXT.1.1", ((1128, "6"), *HEAD))) is None  # session messages have none


# --- a venue's on top --------------------------------------------------------------------------------------


def test_a_venue_extends() -> None:
    names = FIX44.extended("venue", fields={9001: "Mood"}, messages={"XX": "Whim"})
    venue = fix44().extended(
        names,
        "D: 9001! 9002(9003 9004!)\nXX: 11! @Instrument!",
        types={9001: "CHAR", 9002: "NUMINGROUP", 9003: "STRING", 9004: "INT"},
        values={9001: frozenset("GB"), 59: frozenset("Z")},
        user_defined=False,
    )
    assert verdict(venue, "D", ORDER) == (1, 9001)
    good = (*ORDER, (9001, "G"))
    assert verdict(venue, "D", good) is None
    assert verdict(venue, "D", (*ORDER, (9001, "x"))) == (5, 9001)
    assert verdict(venue, "D", (*good, (59, "Z"))) is None
    assert verdict(venue, "D", (*good, (9002, "1"), (9003, "a"), (9004, "1"))) is None
    assert verdict(venue, "D", (*good, (9002, "1"), (9003, "a"))) == (1, 9004)
    assert verdict(venue, "XX", ((11, "a"), (55, "X"))) is None
    assert verdict(venue, "D", (*good, (9999, "x"))) == (0, 9999)
    assert verdict(fix44(), "XX", ((11, "a"),)) == (11, None)
    assert verdict(fix44(), "D", ORDER) is None


# --- tables that are wrong ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("D: 11 (", "D: cannot read"),
        ("D: 11)", "D: cannot read"),
        ("D: 453(448", "D: group 453 is not closed"),
        ("D: @Nothing", "D: there is no block Nothing"),
        ("D: @Loop\nLoop= 11 @Loop", "D: block Loop contains itself"),
        ("D: 77777", "D: field 77777 has no type"),
        ("D: 453()", "D, group 453: an entry holds nothing"),
        ("D: @Loop(1)", "D: block Loop cannot count"),
        ("just words", "no row: 'just words'"),
    ],
)
def test_a_table_that_does_not_fit_together(table: str, complaint: str) -> None:
    names = Dictionary("x", fields={}, enums={}, messages={}, groups={})
    with pytest.raises(GrammarError, match=complaint.replace("(", r"\(").replace(")", r"\)")):
        Grammar(names, f"header: 8! 9! 35!\ntrailer: 10!\n{table}", types_of(TYPES), {}).shape("D")


def test_the_table_can_be_written_and_read_again() -> None:
    again = Grammar(FIX44, TABLE, types_of(TYPES), values_of(FIX44, OPEN)).extended(FIX44)
    for name in fix44().messages:
        assert again.shape(name) == fix44().shape(name)


tags = st.one_of(
    st.sampled_from([11, 54, 55, 386, 336, 625, 453, 448, 802, 523, 34, 49, 93, 89]), st.integers(1, 9999)
)
values = st.one_of(
    st.sampled_from(["1", "2", "Y", "0"]), st.text("0123456789ABCyn.-:", min_size=1, max_size=12)
)


@given(st.sampled_from(["D", "8", "A", "0", "W", "E", "??"]), st.lists(st.tuples(tags, values), max_size=20))
def test_no_message_makes_it_raise(msg_type: str, fields: list[tuple[int, str]]) -> None:
    body = [f for f in fields if f[0] not in (8, 9, 10, 35)]
    raw = b"35=%b\x01" % msg_type.encode() + b"".join(
        b"%d=%b\x01" % (t, v.encode()) for t, v in (*HEAD, *body)
    )
    head = b"8=FIX.4.4\x019=%d\x01" % len(raw) + raw
    fault = fix44().check(decode(head + b"10=%03d\x01" % (sum(head) % 256)))
    assert fault is None or fault.text

"""Names for people: FIX 4.4, a venue's on top, and the depth of groups."""

from blotter.fix.codec import decode, encode
from blotter.fix.dictionary import Explained
from blotter.fix.fix44 import FIX44

VENUE = FIX44.extended(
    "Test venue",
    fields={25010: "NoListTriggeringInstructions", 25011: "ListTriggerType", 25016: "ErrorCode"},
    enums={25011: {"3": "FILLED"}, 429: {"100": "UPDATED"}, 39: {"1": "PART"}},
    messages={"XCN": "OrderCancelRequestAndNewOrderSingle"},
    groups={73: frozenset({11, 55, 37, 25010, 25011, 25012}), 25010: frozenset({25011, 25012})},
)


def test_fix44_knows_its_names() -> None:
    assert [FIX44.field_name(tag) for tag in (8, 11, 34, 956, 5000)] == [
        "BeginString", "ClOrdID", "MsgSeqNum", "LegInterestAccrualDate", "",
    ]  # fmt: skip
    assert [FIX44.message_name(kind) for kind in ("D", "8", "AE", "BH", "zz")] == [
        "NewOrderSingle", "ExecutionReport", "TradeCaptureReport", "ConfirmationRequest", "",
    ]  # fmt: skip
    assert FIX44.meaning(39, "1") == "PARTIALLY_FILLED"
    assert FIX44.meaning(54, "2") == "SELL"
    assert FIX44.meaning(35, "8") == "ExecutionReport"
    assert FIX44.meaning(39, "?") == FIX44.meaning(11, "1") == FIX44.meaning(5000, "1") == ""
    assert FIX44.groups[136] == {137, 138, 139, 891}
    assert {448, 447, 452, 802, 523, 803} <= FIX44.groups[453]


def test_every_field_that_has_meanings_or_members_has_a_name() -> None:
    assert all(FIX44.field_name(tag) for tag in FIX44.groups)
    assert all(FIX44.field_name(tag) for members in FIX44.groups.values() for tag in members)
    assert all(FIX44.field_name(tag) for tag in FIX44._enums)
    assert all(value and meaning for values in FIX44._enums.values() for value, meaning in values.items())


def test_values_that_are_lists() -> None:
    assert FIX44.meaning(18, "6 G") == "PARTICIPATE_DO_NOT_INITIATE ALL_OR_NONE"
    assert FIX44.meaning(18, "6 ~") == "PARTICIPATE_DO_NOT_INITIATE ~"
    assert FIX44.meaning(58, "some text") == ""


def test_a_venue_adds_and_overrides_and_leaves_fix44_alone() -> None:
    assert VENUE.name == "Test venue"
    assert VENUE.field_name(25016) == "ErrorCode"
    assert VENUE.field_name(11) == "ClOrdID"
    assert VENUE.meaning(429, "100") == "UPDATED"
    assert VENUE.meaning(429, "4") == "EXEC_STARTED"
    assert (VENUE.meaning(39, "1"), FIX44.meaning(39, "1")) == ("PART", "PARTIALLY_FILLED")
    assert VENUE.message_name("XCN") == "OrderCancelRequestAndNewOrderSingle"
    assert FIX44.message_name("XCN") == FIX44.field_name(25016) == ""
    assert VENUE.groups[73] == {11, 55, 37, 25010, 25011, 25012}


def test_explain_gives_names_meanings_and_depth() -> None:
    body = [(66, "25"), (73, "2"), (55, "A"), (37, "52"), (55, "B"), (37, "53")]
    body += [(25010, "1"), (25011, "3"), (25012, "0"), (429, "4"), (25014, "x")]
    rows = VENUE.explain(decode(encode("FIX.4.4", "N", [(34, "2")], body)))
    assert rows[2] == Explained(35, "MsgType", "N", "ListStatus", 0)
    assert [(row.tag, row.depth) for row in rows[4:-1]] == [
        (66, 0), (73, 0), (55, 1), (37, 1), (55, 1), (37, 1), (25010, 1), (25011, 2), (25012, 2), (429, 0), (25014, 0),
    ]  # fmt: skip
    assert rows[11] == Explained(25011, "ListTriggerType", "3", "FILLED", 2)
    assert rows[14] == Explained(25014, "", "x", "", 0)


def test_an_empty_group_opens_nothing() -> None:
    rows = FIX44.explain(decode(encode("FIX.4.4", "W", [], [(268, "0"), (270, "1"), (268, "1"), (269, "0")])))
    assert [(row.tag, row.depth) for row in rows[3:-1]] == [(268, 0), (270, 0), (268, 0), (269, 1)]


def test_secrets_are_masked_and_controls_escaped() -> None:
    raw = encode(
        "FIX.4.4", "A", [], [(95, "3"), (96, b"a\x01b"), (58, "\x1b[31mred"), (55, "测试"), (1, b"\xff")]
    )
    rows = {row.tag: row.value for row in FIX44.explain(decode(raw), mask=frozenset({58}))}
    assert rows[58] == "***"
    assert rows[96] == "a\\x01b"
    rows = {row.tag: row.value for row in FIX44.explain(decode(raw))}
    assert rows[58] == "\\x1b[31mred"
    assert rows[55] == "测试"
    assert rows[1] == "\\xff"

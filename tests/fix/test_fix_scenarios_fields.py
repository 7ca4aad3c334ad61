"""FIX 4.4 volume 2, session test cases 14, 15, 18, 19 and 21: fields, groups, third parties, possible resends."""

import pytest
from fix_counterpart import Counterpart, framed, order, with_framing


def rejected(peer: Counterpart, msg_type: str, fields: list, reason: int, tag: int | None) -> None:
    """This is, alone; and the number is used up."""
    seq = peer.seq
    peer.say(msg_type, fields)
    peer.hear_reject(seq, msg_type, reason, tag)
    peer.quiet()


@pytest.mark.parametrize("tag", [999, 5000, 0])
def test_14a_a_tag_that_there_is_not(peer: Counterpart, tag: int) -> None:
    peer.log_on()
    rejected(peer, "0", [(tag, "HI")], 0, tag)


def test_14a_a_tag_that_is_no_number(peer: Counterpart) -> None:
    peer.log_on()
    data = peer.message("0", [(112, "x")])
    body = data[data.index(b"35=") : data.rindex(b"10=")].replace(b"112=x", b"-1=HI")
    peer.line.write(with_framing("FIX.4.4", body))
    peer.seq += 1
    peer.hear_reject(2, "0", 0, -1)
    peer.quiet()


@pytest.mark.parametrize("tag", [11, 40, 54, 60])
def test_14b_a_required_field_is_missing(peer: Counterpart, tag: int) -> None:
    peer.log_on()
    rejected(peer, "D", [field for field in order() if field[0] != tag], 1, tag)


def test_14b_a_comp_id_is_missing(peer: Counterpart) -> None:
    peer.log_on()
    peer.line.write(framed("FIX.4.4", "0", [(49, "TW"), (34, "2"), (52, peer.stamp())]))
    peer.hear_reject(2, "0", 1, 56)
    peer.seq = 3
    peer.quiet()


def test_14b_sending_time_is_missing(peer: Counterpart) -> None:
    peer.log_on()
    peer.line.write(framed("FIX.4.4", "0", [(49, "TW"), (56, "ISLD"), (34, "2")]))
    peer.hear_reject(2, "0", 1, 52)
    peer.seq = 3
    peer.quiet()


def test_14c_a_tag_of_another_message(peer: Counterpart) -> None:
    peer.log_on()
    rejected(peer, "0", [(55, "MSFT")], 2, 55)


@pytest.mark.parametrize("fields", [[(56, "")], [(56, "ISLD"), (112, "")], [(56, "ISLD"), (115, "")]])
def test_14d_a_tag_without_a_value(peer: Counterpart, fields: list[tuple[int, str]]) -> None:
    peer.log_on()
    peer.line.write(framed("FIX.4.4", "0", [(49, "TW"), (34, "2"), (52, peer.stamp()), *fields]))
    peer.hear_reject(2, "0", 4, fields[-1][0])
    peer.seq = 3
    peer.quiet()


@pytest.mark.parametrize(("tag", "value"), [(21, "4"), (40, "w"), (167, "BOO"), (18, "1 ~")])
def test_14e_a_value_that_is_not_listed(peer: Counterpart, tag: int, value: str) -> None:
    peer.log_on()
    body = [field for field in order() if field[0] != tag]
    rejected(peer, "D", [*body, (tag, value)], 5, tag)
    peer.say("D", order("listed", more=[(167, "CS"), (18, "1 G")]))
    peer.hear("D", t11="listed")


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (38, "+200.00"),
        (38, "2e2"),
        (60, "20261322-10:00:00"),
        (126, "20040415"),
        (54, "12"),
        (114, "y"),
        (44, "1.2.3"),
    ],
)
def test_14f_a_value_of_another_form(peer: Counterpart, tag: int, value: str) -> None:
    peer.log_on()
    body = [field for field in order() if field[0] != tag]
    rejected(peer, "D", [*body, (tag, value)], 6, tag)


def test_14g_the_header_behind_the_body(peer: Counterpart) -> None:
    peer.log_on()
    head = [(34, "2"), (49, "TW"), (52, peer.stamp()), (56, "ISLD")]
    peer.line.write(framed("FIX.4.4", "D", [*order(), *head]))
    peer.hear_reject(2, "D", 14, 34)
    head[0] = (34, "3")
    peer.line.write(framed("FIX.4.4", "D", [(55, "MSFT"), *head, *order()]))
    peer.hear_reject(3, "D", 14, 34)
    peer.seq = 4
    peer.quiet()


def test_14g_the_body_behind_the_trailer(peer: Counterpart) -> None:
    peer.log_on()
    rejected(peer, "D", [*order()[:-1], (93, "1"), (89, "s"), order()[-1]], 14, 38)


def test_14h_a_tag_twice(peer: Counterpart) -> None:
    peer.log_on()
    rejected(peer, "D", [*order(), (40, "2")], 13, 40)


@pytest.mark.parametrize("count", ["1", "3"])
def test_14i_another_count_than_entries(peer: Counterpart, count: str) -> None:
    peer.log_on()
    rejected(peer, "D", order(more=[(386, count), (336, "PRE-OPEN"), (336, "AFTER")]), 16, 386)


def test_14j_group_fields_out_of_order(peer: Counterpart) -> None:
    peer.log_on()
    parties = [(453, "1"), (448, "ME"), (452, "3"), (447, "D")]
    rejected(peer, "D", order(more=parties), 15, 447)


def test_14k_a_group_that_does_not_begin_with_its_first_field(peer: Counterpart) -> None:
    peer.log_on()
    rejected(peer, "D", order(more=[(453, "1"), (447, "D"), (448, "ME"), (452, "3")]), 15, 447)


def test_14l_a_field_of_an_entry_twice(peer: Counterpart) -> None:
    peer.log_on()
    rejected(peer, "D", order(more=[(453, "1"), (448, "ME"), (447, "D"), (447, "D")]), 15, 447)


def test_14m_a_group_in_a_group(peer: Counterpart) -> None:
    peer.log_on()
    entry = [(448, "ME"), (447, "D"), (452, "3"), (802, "2"), (523, "a"), (803, "1"), (523, "b"), (803, "2")]
    peer.say("D", order("nested", more=[(453, "2"), *entry, (448, "YOU"), (447, "D"), (452, "1")]))
    echo = peer.hear("D", t11="nested")
    assert [entry.text(448) for entry in echo.groups(453)] == ["ME", "YOU"]
    entry[3] = (802, "3")
    rejected(peer, "D", order(more=[(453, "1"), *entry]), 16, 802)


def test_14n_soh_in_data_by_its_length(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("D", order("data", more=[(354, "7"), (355, b"a\x01b=c\x01d")]))
    echo = peer.hear("D", t11="data")
    assert echo.get(355) == b"a\x01b=c\x01d"
    peer.quiet()


def test_15_fields_in_another_order(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("D", order("one"))
    peer.hear("D", t11="one")
    body = order("two")[::-1]
    peer.line.write(framed("FIX.4.4", "D", [(52, peer.stamp()), (34, "3"), (56, "ISLD"), (49, "TW"), *body]))
    echo = peer.hear("D", t11="two")
    assert [pair for pair in echo.pairs if int(pair[0]) in dict(body)] == [
        (b"%d" % tag, str(value).encode()) for tag, value in body
    ]
    peer.seq = 4
    peer.quiet()


@pytest.mark.parametrize(
    ("came", "back"),
    [
        ([(115, "JCD")], [(128, "JCD")]),
        ([(128, "JCD"), (129, "CS")], [(115, "JCD"), (116, "CS")]),
        ([(115, "JCD"), (116, "CS"), (144, "CHI")], [(128, "JCD"), (129, "CS"), (145, "CHI")]),
    ],
)
def test_18_an_answer_goes_back_through_the_third_party(
    peer: Counterpart, came: list[tuple[int, str]], back: list[tuple[int, str]]
) -> None:
    peer.log_on()
    peer.say("D", [field if field[0] != 40 else (40, "w") for field in order()], extra=came)
    refusal = peer.hear_reject(2, "D", 5, 40)
    found = [(tag, refusal.text(tag)) for tag in (115, 116, 128, 129, 144, 145) if refusal.get(tag)]
    assert found == sorted(back)
    peer.say("D", order("routed"), extra=came)
    echo = peer.hear("D", t11="routed")
    assert [echo.text(tag) for tag, _ in back] == [value for _, value in back]


def test_19a_a_possible_resend_of_what_was_seen(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("D", order("id"))
    peer.hear("D", t11="id")
    peer.say("D", order("id"), extra=[(97, "Y")])
    peer.quiet()


def test_19b_a_possible_resend_of_what_was_not_seen(peer: Counterpart) -> None:
    peer.log_on()
    peer.say("D", order("id"), extra=[(97, "Y")])
    peer.hear("D", t11="id", t97="Y")
    engine = peer.line.engine
    if engine is not None:
        assert [message.text(97) for message in engine.delivered] == ["Y"]
    peer.quiet()


def test_21_a_group_of_none(peer: Counterpart) -> None:
    peer.log_on()
    definition = [
        (320, "1"),
        (322, "2"),
        (323, "6"),
        (55, "TBS"),
        (22, "8"),
        (48, "x"),
        (336, "ONE_MAIN"),
        (454, "0"),
    ]
    peer.say("d", definition)
    peer.hear("d", t320="1", t454="0")
    peer.quiet()

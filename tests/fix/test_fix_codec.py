"""The decoder against simplefix as oracle, golden samples, hostile input and arbitrary chunking."""

import time
from collections.abc import Callable
from itertools import pairwise

import pytest
import simplefix
from hypothesis import given, settings
from hypothesis import strategies as st

from blotter.fix.codec import Decoder, Message, Skipped, checksum, decode, encode, masked
from blotter.fix.message import DATA_FIELDS, wire_tags


def wire(text: str) -> bytes:
    return text.replace("|", "\x01").encode()


SOUND = [
    wire(text)
    for text in (
        "8=FIX.4.4|9=342|35=8|49=SPOT|56=BOETRADE|34=2|52=20250204-09:10:09.754155|17=10062143|"
        "11=1738660209676610000|37=4709412|38=1.00000000|40=2|54=2|55=BNBUSDT|44=730.00000000|59=1|"
        "60=20250204-09:10:09.753771|25018=20250204-09:10:09.753771|25001=3|150=0|14=0.00000000|151=1.00000000|"
        "25017=0.00000000|1057=Y|32=0.00000000|39=0|636=Y|25023=20250204-09:10:09.753771|10=234|",
        "8=FIX.4.4|9=247|35=A|34=1|49=EXAMPLE|52=20240627-11:17:25.223|56=SPOT|95=88|96=4MHXelVVcpkdwuLbl6n73HQUXUf1"
        "dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA==|98=0|108=30|141=Y|553=sBRXrJx2DsOraMXOaUovEhgVRc"
        "jOvCtQwnWj8VxkOh1xqboS02SPGfKi2h8spZJb|25035=2|10=227|",
        "8=FIX.4.4|9=113|35=A|34=1|49=SPOT|52=20240612-08:52:21.636837|56=5JQmUOsm|98=0|108=30|"
        "25037=4392a152-3481-4499-921a-6d42c50702e2|10=051|",
        "8=FIX.4.4|9=0000113|35=B|49=SPOT|56=OE|34=4|52=20240924-21:07:35.773537|"
        "148=Your connection is about to be closed. Please reconnect.|10=165|",
        "8=FIX.4.4|9=84|35=5|34=4|49=SPOT|52=20240611-09:44:25.544001|56=GhQHzrLR|58=Logout acknowledgment.|10=212|",
        "8=FIX.4.4|9=0000176|35=XAR|49=SPOT|56=OE|34=2|52=20250319-14:27:32.751074|11=1WRGW5J1742394452749|37=0|"
        "55=BTCUSDT|38=1.000000|25016=-2038|58=The requested action would change no state; rejecting.|10=235|",
        "8=FIX.4.4|9=225|35=XLR|34=2|49=SPOT|52=20240614-05:42:42.724057|56=uGnG0ef8|6136=1718343762723730315|25003=3|"
        "25004=2|25005=1|25006=1000|25007=10|25008=s|25004=1|25005=0|25006=200|25007=10|25008=s|25004=1|25005=0|"
        "25006=200000|25007=1|25008=d|10=241|",
        "8=FIX.4.4|9=293|35=N|34=2|49=SPOT|52=20240607-02:19:07.837191|56=Eg13pOvN|55=BTCUSDT|"
        "60=20240607-02:19:07.836000|66=25|73=2|55=BTCUSDT|37=52|11=w1717726747805308656|55=BTCUSDT|37=53|"
        "11=p1717726747805308656|25010=1|25011=3|25012=0|25013=1|429=4|431=3|1385=2|25014=1717726747805308656|"
        "25015=1717726747805308656|10=162|",
        "8=FIX.4.4|9=218|35=y|49=SPOT|56=BMDWATCH|34=2|52=20250114-08:46:56.100147|320=BTCUSDT_INFO|146=1|55=BTCUSDT|"
        "15=USDT|562=0.00001000|1140=9000.00000000|25039=0.00001000|25040=0.00000001|25041=76.79001236|"
        "25042=0.00000001|969=0.01000000|10=093|",
        "8=FIX.4.4|9=0000303|35=X|49=SPOT|56=EXAMPLE|34=16|52=20241019-05:40:11.466313|262=TRADE_3|268=3|279=0|269=2|"
        "270=10.00000|271=0.01000|55=BNBBUSD|1003=0|60=20241019-05:40:11.464000|279=0|269=2|270=10.00000|271=0.01000|"
        "1003=1|60=20241019-05:40:11.464000|279=0|269=2|270=10.00000|271=0.01000|1003=2|60=20241019-05:40:11.464000|"
        "10=042|",
        "8=FIX.4.4|9=119|35=D|49=BOETRADE|56=SPOT|34=2|52=20250301-01:00:00.000000|38=1|40=2|11=1740758400000001000|"
        "44=730|54=2|55=BNBUSDT|59=1|10=201|",
        "8=FIX.4.4|9=129|35=V|49=BMDWATCH|56=SPOT|34=2|52=20250301-01:00:00.000000|262=DEPTH_STREAM|263=1|264=50|266=Y|"
        "146=1|55=BNBUSDT|267=2|269=0|269=1|10=021|",
    )
]
REPORT, LOGON, LIMITS, LIST_STATUS, TRADES = SOUND[0], SOUND[1], SOUND[6], SOUND[7], SOUND[9]


def whole(items: list[Message | Skipped]) -> list[bytes]:
    return [item.raw for item in items if isinstance(item, Message)]


def lost(items: list[Message | Skipped]) -> list[Skipped]:
    return [item for item in items if isinstance(item, Skipped)]


def everything(items: list[Message | Skipped]) -> bytes:
    return b"".join(item.raw if isinstance(item, Message) else item.data for item in items)


# --- golden samples ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", SOUND, ids=lambda raw: raw.split(b"\x01")[2].decode())
def test_sound_samples_decode(raw: bytes) -> None:
    (message,) = Decoder().feed(raw)
    assert isinstance(message, Message)
    assert message.raw == raw
    assert b"35=" + message.msg_type.encode() == raw.split(b"\x01")[2]
    assert b"".join(b"%b=%b\x01" % pair for pair in message.pairs) == raw
    assert message.msg_seq_num == int(raw.split(b"\x0134=")[1].split(b"\x01")[0])


@pytest.mark.parametrize("raw", SOUND, ids=lambda raw: raw.split(b"\x01")[2].decode())
def test_an_edited_symbol_is_skipped_with_the_sum_as_reason(raw: bytes) -> None:
    """As in the published samples whose symbol was changed afterwards (fact sheet section 16)."""
    edited = raw.replace(b"20", b"21", 1)
    (skipped,) = Decoder().feed(edited)
    assert isinstance(skipped, Skipped)
    assert skipped.data == edited
    assert (
        skipped.reason
        == f"CheckSum (10) is {raw[-4:-1].decode()}, the bytes give {checksum(edited[:-7]):03d}"
    )


def test_published_order_with_false_sum_is_skipped() -> None:
    body = "35=D|34=2|49=qNXO12fH|52=20240611-09:01:46.228|56=SPOT|11=1718096506197867067|"
    body += "38=5|40=2|44=10|54=1|55=LTCBNB|59=4|"
    raw = wire(f"8=FIX.4.4|9={len(body)}|{body}10=016|")
    assert checksum(raw[:-7]) != 16
    assert [item.reason[:23] for item in lost(Decoder().feed(raw))] == ["CheckSum (10) is 016, t"]


def test_a_length_that_is_wrong_too_names_the_length() -> None:
    body = "35=V|49=EXAMPLE|56=SPOT|34=2|52=20250301-01:00:00.000000|262=T|263=1|"
    short = Decoder().feed(wire(f"8=FIX.4.4|9={len(body) - 4}|{body}10=016|"))
    assert [item.reason for item in lost(short)] == ["CheckSum (10) is not where BodyLength (9) says"]


# --- any valid message, any chunking -----------------------------------------------------------------------

plain_tags = st.integers(1, 30_000).filter(
    lambda tag: tag not in {8, 9, 10, 34, 35} and tag not in DATA_FIELDS and tag not in DATA_FIELDS.values()
)
plain_values = st.binary(min_size=1, max_size=12).map(lambda value: value.replace(b"\x01", b"=") or b"x")
plain_fields = st.tuples(plain_tags, plain_values).map(lambda field: [field])
data_fields = st.tuples(st.sampled_from(sorted(DATA_FIELDS.items())), st.binary(min_size=1, max_size=30)).map(
    lambda drawn: [(drawn[0][0], b"%d" % len(drawn[1])), (drawn[0][1], drawn[1])]
)
bodies = st.lists(plain_fields | data_fields, max_size=12).map(
    lambda lists: [f for fields in lists for f in fields]
)
msg_types = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz", min_size=1, max_size=3)


def built_by_simplefix(msg_type: str, seq: int, body: list[tuple[int, bytes]]) -> bytes:
    message = simplefix.FixMessage()
    message.append_pair(8, "FIX.4.4")
    message.append_pair(35, msg_type)
    message.append_pair(34, seq)
    for tag, value in body:
        message.append_pair(tag, value)
    return message.encode()


def chunks(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges)]


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(msg_types, bodies), min_size=1, max_size=4),
    st.lists(st.integers(0, 4000), max_size=25),
)
def test_any_message_in_any_chunks(drawn: list[tuple[str, list[tuple[int, bytes]]]], cuts: list[int]) -> None:
    raws = [built_by_simplefix(msg_type, seq, body) for seq, (msg_type, body) in enumerate(drawn)]
    decoder = Decoder()
    found = [item for chunk in chunks(b"".join(raws), cuts) for item in decoder.feed(chunk)]
    assert whole(found) == raws
    assert len(found) == len(raws)
    for seq, (message, (msg_type, body)) in enumerate(zip(found, drawn, strict=True)):
        assert isinstance(message, Message)
        assert (message.msg_type, message.msg_seq_num) == (msg_type, seq)
        assert message.pairs[4:-1] == [(b"%d" % tag, value) for tag, value in body]
        for tag, _ in body:
            assert message.get(tag) == next(value for other, value in body if other == tag)


@settings(max_examples=60, deadline=None)
@given(msg_types, bodies)
def test_encode_says_what_simplefix_says(msg_type: str, body: list[tuple[int, bytes]]) -> None:
    assert encode("FIX.4.4", msg_type, [(34, "7")], body) == built_by_simplefix(msg_type, 7, body)


@settings(max_examples=60, deadline=None)
@given(st.lists(plain_fields, max_size=12))
def test_simplefix_reads_plain_messages_as_we_do(body: list[list[tuple[int, bytes]]]) -> None:
    parser = simplefix.FixParser()
    counted = {*parser.raw_len_tags, *parser.raw_data_tags}  # it knows those of FIX 5.0 too
    raw = built_by_simplefix(
        "8", 1, [field for fields in body for field in fields if field[0] not in counted]
    )
    parser.append_buffer(raw)
    oracle = parser.get_message()
    assert oracle is not None
    assert decode(raw).pairs == oracle.pairs


fragments = st.binary(max_size=40) | st.sampled_from(
    [*SOUND, b"8=FIX.4.4\x019=", b"8=FIX", b"8=", b"10=000\x01"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(fragments, max_size=8), st.lists(st.integers(0, 4000), max_size=12))
def test_no_byte_is_lost_or_invented_and_chunking_changes_nothing(
    parts: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(parts)
    at_once = Decoder().feed(stream)
    assert stream.startswith(everything(at_once))
    decoder = Decoder()
    piecemeal = [item for chunk in chunks(stream, cuts) for item in decoder.feed(chunk)]
    assert everything(piecemeal) == everything(at_once)
    assert whole(piecemeal) == whole(at_once)


# --- garbage and resynchronisation -------------------------------------------------------------------------


def test_garbage_before_between_and_after() -> None:
    found = Decoder().feed(b"HTTP/1.1 400\r\n" + REPORT + b"\x00noise" + LIMITS + b"tail")
    assert [item if isinstance(item, Skipped) else item.raw for item in found] == [
        Skipped(b"HTTP/1.1 400\r\n", "no message starts here"),
        REPORT,
        Skipped(b"\x00noise", "no message starts here"),
        LIMITS,
        Skipped(b"tail", "no message starts here"),
    ]


def test_a_false_body_length_does_not_swallow_the_message_behind() -> None:
    bad = REPORT.replace(b"9=342", b"9=400")
    found = Decoder().feed(bad + LIMITS + TRADES)
    assert whole(found) == [LIMITS, TRADES]
    assert [(item.data, item.reason) for item in lost(found)] == [
        (bad, "CheckSum (10) is not where BodyLength (9) says")
    ]


def test_a_message_inside_a_broken_one_is_found() -> None:
    outer = b"8=FIX.4.4\x019=%d\x0135=B\x0158=" % (len(REPORT) + 20) + REPORT
    found = Decoder().feed(outer + b"x" * 40)
    assert whole(found) == [REPORT]


def test_a_message_quoted_in_a_sound_data_field_stays_data() -> None:
    raw = encode("FIX.4.4", "B", [(34, "1")], [(95, str(len(REPORT))), (96, REPORT), (58, "after")])
    (message,) = Decoder().feed(raw)
    assert isinstance(message, Message)
    assert message.get(96) == REPORT
    assert message.get(58) == b"after"
    assert message.get(55) is None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("8=FIX.4.4|35=0|9=5|10=000|", "BeginString (8) is not followed by a BodyLength (9)"),
        ("8=FIX.4.4|9=-5|35=0|10=000|", "BeginString (8) is not followed by a BodyLength (9)"),
        ("8=FIX.4.4|9=|35=0|10=000|", "BeginString (8) is not followed by a BodyLength (9)"),
        ("8=FIX.4.4|9=5|34=1|10=000|", "MsgType (35) is not the third field"),
        ("8=FIX.4.4|9=5|35=|10=000||", "MsgType (35) is not the third field"),
        ("8=FIX.4.4|9=2|35=0|10=000|", "CheckSum (10) is not where BodyLength (9) says"),
        ("8=FIX.4.4|9=0|35=0|10=000|", "CheckSum (10) is not where BodyLength (9) says"),
        ("8=FIX.4.4|9=5|35=0|10=0x0|", "CheckSum (10) is 0x0, the bytes give 163"),
        ("8=FIX.4.4|9=99999999999999999999|35=0|10=000|",
         "BodyLength (9) is 99999999999999999999: the message would exceed 16777216 bytes"),
    ],
)  # fmt: skip
def test_reasons(raw: str, reason: str) -> None:
    found = Decoder().feed(wire(raw) + REPORT)
    assert whole(found) == [REPORT]
    assert lost(found) == [Skipped(wire(raw), reason)]


def test_size_is_bounded() -> None:
    decoder = Decoder(max_size=len(REPORT))
    assert whole(decoder.feed(REPORT)) == [REPORT]
    tight = Decoder(max_size=len(REPORT) - 1)
    assert "would exceed" in lost(tight.feed(REPORT))[0].reason


def test_a_zero_padded_length_is_a_number() -> None:
    raw = wire("8=FIX.4.4|9=0000005|35=0|")
    raw += b"10=%03d\x01" % checksum(raw)
    assert whole(Decoder().feed(raw)) == [raw]


def test_body_length_counts_bytes_not_characters() -> None:
    raw = encode("FIX.4.4", "8", [(34, "2")], [(55, "这是测试币456"), (38, "1")])
    (message,) = Decoder().feed(raw)
    assert isinstance(message, Message)
    assert message.text(55) == "这是测试币456"
    assert int(message.get(9) or b"") == len(raw) - len("8=FIX.4.4|9=xx|") - len("10=000|")


def test_repr_shows_no_value() -> None:
    (message,) = Decoder().feed(LOGON)
    (skipped,) = Decoder().feed(LOGON.replace(b"9=247", b"9=246"))
    assert "sBRX" not in repr(message) + repr(skipped)
    assert "4MHX" not in repr(message) + repr(skipped)


# --- never quadratic ---------------------------------------------------------------------------------------


def timed(pieces: list[bytes]) -> float:
    best = float("inf")
    for _ in range(3):
        decoder = Decoder()
        start = time.perf_counter()
        for piece in pieces:
            decoder.feed(piece)
        best = min(best, time.perf_counter() - start)
    return best


def tiny_chunks_of_a_long_message(size: int) -> list[bytes]:
    raw = encode("FIX.4.4", "y", [(34, "1")], [(58, b"x" * size * 8)])
    return [raw[at : at + 16] for at in range(0, len(raw), 16)]


START = b"8=FIX.4.4\x019=%07d\x0135=0\x01"


def starts_that_all_claim_the_rest(size: int) -> list[bytes]:
    """Each claims to end at the same, sound-looking trailer, so that each asks for the sum of all that follows."""
    unit, starts = len(START % 0), size // 8
    stream = (
        b"".join(START % (unit * (starts - at) - unit + 5 + 1) for at in range(starts)) + b"\x0110=9ZZ\x01"
    )
    reasons = [item.reason for item in lost(Decoder().feed(stream))]
    assert len(reasons) == starts
    assert all(reason.startswith("CheckSum (10) is 9ZZ, the bytes give") for reason in reasons)
    return [stream]


def starts_that_wait_for_one_more(size: int) -> list[bytes]:
    """Half the stream is starts that claim to be as long as the other half, which comes a few bytes at a time."""
    unit, starts = len(START % 0), size // 8
    stream = b"".join(START % (unit * starts) for _ in range(starts))
    return [stream, *(stream[at : at + unit] for at in range(0, len(stream), unit))]


def only_starts(size: int) -> list[bytes]:
    return [b"8=FIX8=FIX8=" * size]


def only_first_letters(size: int) -> list[bytes]:
    return [b"8=FI" for _ in range(size)]


HOSTILE = [
    tiny_chunks_of_a_long_message,
    starts_that_all_claim_the_rest,
    starts_that_wait_for_one_more,
    only_starts,
    only_first_letters,
]


@pytest.mark.parametrize("build", HOSTILE)
def test_hostile_input_costs_linear_time(build: Callable[[int], list[bytes]]) -> None:
    """Eight times the input may cost eight times the time and some noise, not sixty-four times."""
    assert timed(build(64_000)) < timed(build(8_000)) * 8 * 3 + 0.05


# --- fields and groups -------------------------------------------------------------------------------------


def test_the_first_value_counts() -> None:
    message = decode(TRADES)
    assert message.get(1003) == b"0"
    assert message.get(999) is None
    assert message.text(55) == "BNBBUSD"


def test_many_first_values_at_once_are_those_one_by_one() -> None:
    tags = (55, 999, 1003, 34)
    message = decode(TRADES)
    assert list(message.firsts(wire_tags(*tags))) == [message.get(tag) for tag in tags]


def test_text_never_fails() -> None:
    assert decode(encode("FIX.4.4", "B", [], [(58, b"caf\xe9")])).text(58) == "caf\\xe9"


@pytest.mark.parametrize("value", ["", "1x", "-1", "99999999999"])
def test_a_number_that_is_none(value: str) -> None:
    assert decode(encode("FIX.4.4", "0", [], [(34, value)] if value else [(58, "x")])).msg_seq_num == -1


def test_groups_in_arrival_order() -> None:
    entries = decode(TRADES).groups(268)
    assert [entry.get(1003) for entry in entries] == [b"0", b"1", b"2"]
    assert [entry.get(55) for entry in entries] == [b"BNBBUSD", None, None]
    assert entries[-1].get(10) is None
    limits = decode(LIMITS).groups(25003)
    assert [(entry.get(25004), entry.get(25008)) for entry in limits] == [
        (b"2", b"s"),
        (b"1", b"s"),
        (b"1", b"d"),
    ]
    assert limits[0].raw == wire("25004=2|25005=1|25006=1000|25007=10|25008=s|")


def test_nested_groups_and_what_follows_them() -> None:
    message = decode(LIST_STATUS)
    first, second = message.groups(73)
    assert (first.get(11), second.get(11)) == (b"w1717726747805308656", b"p1717726747805308656")
    (instruction,) = second.groups(25010)
    assert instruction.get(25013) == b"1"
    assert first.groups(25010) == []
    assert second.get(429) == b"4"  # without members the last entry runs on
    members = frozenset({11, 55, 37, 25010, 25011, 25012, 25013})
    _, bounded = message.groups(73, members)
    assert bounded.get(429) is None
    assert bounded.groups(25010)[0].get(25013) == b"1"
    assert message.get(429) == b"4"


def test_a_single_entry_is_bounded_by_members() -> None:
    raw = encode("FIX.4.4", "8", [(34, "1")], [(136, "1"), (137, "0.1"), (138, "BNB"), (139, "4"), (58, "x")])
    (fee,) = decode(raw).groups(136, frozenset({137, 138, 139}))
    assert fee.pairs == [(b"137", b"0.1"), (b"138", b"BNB"), (b"139", b"4")]


@pytest.mark.parametrize(
    ("count", "entries"), [("0", 0), ("1", 1), ("2", 2), ("3", 2), ("x", 0), ("99999999999", 0)]
)
def test_a_false_count_invents_nothing(count: str, entries: int) -> None:
    raw = encode("FIX.4.4", "8", [(34, "1")], [(136, count), (137, "1"), (138, "A"), (137, "2"), (138, "B")])
    found = decode(raw).groups(136)
    assert [entry.get(137) for entry in found] == [b"1", b"2"][:entries]


def test_a_count_with_nothing_behind_it() -> None:
    assert decode(encode("FIX.4.4", "W", [], [(55, "A"), (268, "2")])).groups(268) == []
    assert decode(encode("FIX.4.4", "W", [], [(55, "A")])).groups(268) == []


def test_pieces_without_equals_sign_shift_nothing() -> None:
    body = b"35=8\x0134=2\x0155\x0144=1=2\x0138=5\x01=7\x01"
    raw = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    message = decode(raw + b"10=%03d\x01" % checksum(raw))
    assert message.get(44) == b"1=2"
    assert message.get(38) == b"5"
    assert message.get(55) == b""
    assert (b"", b"7") in message.pairs


@pytest.mark.parametrize("length", ["3", "400", "x", "4000000000000000000000"])
def test_a_data_length_that_lies_is_not_believed(length: str) -> None:
    body = b"35=A\x0134=1\x0195=%b\x0196=abcdef\x0158=after\x01" % length.encode()
    raw = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    message = decode(raw + b"10=%03d\x01" % checksum(raw))
    assert message.get(96) == b"abcdef"
    assert message.get(58) == b"after"


def test_data_cannot_reach_over_the_trailer() -> None:
    body = b"35=A\x0134=1\x0195=13\x0196=abcdef\x01"
    raw = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    message = decode(raw + b"10=%03d\x01" % checksum(raw))
    assert message.get(96) == b"abcdef"
    assert message.pairs[-1][0] == b"10"


# --- checksum, decode, encode, masked ----------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=50), st.integers(1, 100), st.booleans())
def test_checksum_is_the_sum_of_bytes(data: bytes, times: int, ascii_only: bool) -> None:
    data = (bytes(byte & 0x7F for byte in data) if ascii_only else data) * times
    assert checksum(data) == sum(data) % 256


@pytest.mark.parametrize("size", [255, 256, 257, 514, 515, 516, 4096, 4097, 70_000])
@pytest.mark.parametrize("byte", [0x7F, 0xFF])
def test_checksum_at_its_limits(size: int, byte: int) -> None:
    assert checksum(bytes([byte]) * size) == byte * size % 256


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 300), st.integers(0, 9_000), st.binary(min_size=1, max_size=300))
def test_long_messages_are_summed_right_wherever_they_stand(before: int, length: int, seed: bytes) -> None:
    content = (seed * (length // len(seed) + 1)).replace(b"\x01", b"\x02")
    raw = encode("FIX.4.4", "y", [(34, "1")], [(58, content)])
    decoder = Decoder()
    stream = b"!" * before + raw + raw
    found = decoder.feed(stream[:1000]) + decoder.feed(stream[1000:])
    assert whole(found) == [raw, raw]


@pytest.mark.parametrize("size", [700, 1024, 4096, 30_000])
def test_a_long_stream_in_chunks_that_never_end_where_messages_do(size: int) -> None:
    """Long messages are summed by blocks, which must not get out of step when done bytes are dropped."""
    raws = [
        encode("FIX.4.4", "y", [(34, str(seq))], [(58, b"%d" % seq * (2_000 + 731 * seq))])
        for seq in range(1, 12)
    ]
    stream = b"".join(raws) * 3
    decoder = Decoder()
    found = []
    for at in range(0, len(stream), size):
        found += decoder.feed(stream[at : at + size])
        assert len(decoder._buffer) <= 2 * max(map(len, raws)) + 2 * size
    assert [item.raw if isinstance(item, Message) else item.reason for item in found] == raws * 3


def test_long_messages_whole_and_in_pieces_by_turns() -> None:
    decoder = Decoder()
    for seq in range(1, 5):
        raw = encode(
            "FIX.4.4", "y", [(34, str(seq))], [(58, bytes(33 + at * seq % 89 for at in range(9_000)))]
        )
        assert whole(decoder.feed(raw)) == [raw]
        assert whole(decoder.feed(raw[:100]) + decoder.feed(raw[100:])) == [raw]


@pytest.mark.parametrize(
    "raw", [b"", REPORT[:-1], REPORT + b"8", REPORT + REPORT, b"x" + REPORT, b"x", REPORT[1:]]
)
def test_decode_takes_exactly_one_message(raw: bytes) -> None:
    with pytest.raises(ValueError, match="not one whole FIX message"):
        decode(raw)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ([(58, "a\x0110=000\x01")], "field 58: a value must not hold SOH"),
        ([(58, "")], "field 58: a value must not be empty"),
        ([(0, "x")], "field 0: a tag is a positive number"),
        ([(-1, "x")], "field -1: a tag is a positive number"),
        ([(10, "x")], "field 10: BeginString"),
        ([(35, "x")], "field 35: BeginString"),
        ([(96, "secret")], "field 96: data of 6 bytes needs 95=6 before it"),
        ([(95, "5"), (96, "secret")], "field 96: data of 6 bytes needs 95=6 before it"),
        ([(95, "6"), (58, "x"), (96, "secret")], "field 96: data of 6 bytes needs 95=6 before it"),
    ],
)  # fmt: skip
def test_encode_refuses_what_would_not_be_read_back(fields: list[tuple[int, str]], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        encode("FIX.4.4", "D", [], fields)
    assert "secret" not in str(caught.value)


def test_encode_takes_a_value_that_only_looks_empty() -> None:
    assert decode(encode("FIX.4.4", "D", [], [(58, "a="), (59, "=")])).text(58) == "a="


def test_encode_keeps_the_order_given() -> None:
    raw = encode("FIX.4.4", "D", [(49, "A"), (56, "B"), (34, "1"), (52, "T")], [(11, "x"), (1, b"\xff")])
    assert [tag for tag, _ in decode(raw).pairs] == [
        b"8",
        b"9",
        b"35",
        b"49",
        b"56",
        b"34",
        b"52",
        b"11",
        b"1",
        b"10",
    ]


def test_masked_hides_secrets_and_stays_a_message() -> None:
    hidden = masked(LOGON, frozenset({96, 553}))
    assert b"4MHX" not in hidden
    assert b"sBRX" not in hidden
    message = decode(hidden)
    assert [message.text(tag) for tag in (95, 96, 553, 108, 34)] == ["3", "***", "***", "30", "1"]
    assert [tag for tag, _ in message.pairs] == [tag for tag, _ in decode(LOGON).pairs]
    assert masked(REPORT, frozenset({96, 553})) is REPORT

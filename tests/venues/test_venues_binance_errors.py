"""Classes of refusals, and advice a person can use."""

import re

import pytest

from blotter.trading.enums import RejectCategory as C
from blotter.trading.event import Reason
from blotter.venues.binance import BinanceSpot
from blotter.venues.binance.advice import advice
from blotter.venues.binance.errors import UNKNOWN_OUTCOME_CODES, ErrorCode, ErrorText, classify, reason

ENGINE = [-1010, -2010, -2011, -2038, -1013, None, -4999]


@pytest.mark.parametrize(
    ("code", "category"),
    [
        (-1000, C.UNKNOWN_OUTCOME),
        (-1001, C.UNKNOWN_OUTCOME),
        (-1006, C.UNKNOWN_OUTCOME),
        (-1007, C.UNKNOWN_OUTCOME),
        (-1003, C.RATE),
        (-1008, C.RATE),
        (-1015, C.RATE),
        (-1034, C.RATE),
        (-1181, C.RATE),
        (-1021, C.TIME),
        (-1022, C.PERMISSION),
        (-2014, C.PERMISSION),
        (-2015, C.PERMISSION),
        (-1013, C.RULE),
        (-1014, C.RULE),
        *((code, C.RULE) for code in (-1100, -1102, -1106, -1108, -1111, -1114, -1115, -1116, -1117, -1121)),
        *((code, C.RULE) for code in (-1128, -1130, -1182, -1134, -1145, -1160, -1168, -1174, -1199, -1225)),
        *((code, C.SESSION) for code in (-1033, -1035, -1103, -1169, -1170, -1173, -1175, -1176, -1177)),
        *((code, C.SESSION) for code in (-1178, -1179, -1180, -1183, -1184, -1185, -1186, -1187, -1188)),
        (-2013, C.UNKNOWN_ORDER),
        (-2026, C.UNKNOWN_ORDER),
        (-2039, C.UNKNOWN_ORDER),
        (-2010, C.OTHER),
        (-2011, C.OTHER),
        (-2038, C.RULE),
        (-1016, C.OTHER),
        (-9999, C.OTHER),
        (None, C.OTHER),
    ],
)
def test_by_code(code: int | None, category: C) -> None:
    assert classify(code, "") is category
    assert classify(code, "words nobody has seen yet") is category


@pytest.mark.parametrize("code", ENGINE)
@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Unknown order sent.", C.UNKNOWN_ORDER),
        ("Duplicate order sent.", C.RULE),
        ("Market is closed.", C.PERMISSION),
        ("Account has insufficient balance for requested action.", C.FUNDS),
        ("Order would trigger immediately.", C.RULE),
        ("Order would immediately match and take.", C.WOULD_TAKE),
        ("Order was not canceled due to cancel restrictions.", C.RULE),
        ("This action is disabled on this account.", C.PERMISSION),
        ("This account may not place or cancel orders.", C.PERMISSION),
        ("The requested action would change no state; rejecting.", C.NO_CHANGE),
        ("Order amend (quantity increase) is not supported.", C.RULE),
        ("FIX API trading is not enabled.", C.PERMISSION),
        ("Market orders are not supported for this symbol.", C.PERMISSION),
        ("Filter failure: LOT_SIZE", C.RULE),
        ("Filter failure: MAX_NUM_ORDERS", C.RULE),
    ],
)
def test_engine_texts_under_any_envelope(code: int | None, text: str, category: C) -> None:
    assert classify(code, text) is category


@pytest.mark.parametrize("code", [None, -1013, -2010, -1111, -1015])
@pytest.mark.parametrize(
    "text", [ErrorText.TIMEOUT, ErrorText.UNEXPECTED_RESP, "Execution status UNKNOWN", "outcome unknown"]
)
def test_an_unknown_outcome_outweighs_every_code(code: int | None, text: str) -> None:
    assert classify(code, text) is C.UNKNOWN_OUTCOME


def test_the_code_outweighs_the_text_where_it_says_why() -> None:
    assert classify(-1015, "Unknown order sent.") is C.RATE


def test_reason_keeps_code_and_text_verbatim() -> None:
    assert reason(-2010, " Odd  text.") == Reason(category=C.OTHER, text=" Odd  text.", code=-2010)


def test_the_venue_tells_which_codes_leave_the_outcome_open() -> None:
    assert BinanceSpot().unknown_outcome_codes == {-1000, -1001, -1006, -1007}
    assert all(classify(code, "") is C.UNKNOWN_OUTCOME for code in UNKNOWN_OUTCOME_CODES)


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        (-1007, ErrorText.TIMEOUT, "may or may not have taken effect"),
        (-1013, "Filter failure: PRICE_FILTER", "multiple of its tick"),
        (-1013, "Filter failure: PERCENT_PRICE_BY_SIDE", "too far from the recent average"),
        (-1013, "Filter failure: EXCHANGE_MAX_NUM_ORDERS", "cancel some first"),
        (-1013, "Filter failure: NEW_ONE", "breaks a rule"),
        (-2015, ErrorText.REJECTED_KEY, "FIX_API permission"),
        (-1022, ErrorText.INVALID_SIGNATURE, "private key file"),
        (-2011, ErrorText.UNKNOWN_ORDER, "just filled or gone"),
        (-2010, ErrorText.INSUFFICIENT_BALANCE, "not enough free balance"),
    ],
)
def test_advice(code: int, text: str, words: str) -> None:
    assert words in advice(reason(code, text))
    assert BinanceSpot().advice(reason(code, text)) == advice(reason(code, text))


def test_every_class_has_advice_and_every_code_is_classified() -> None:
    assert all(advice(Reason(category=category, text="")) for category in C if category is not C.OTHER)
    unclear = {code for code in ErrorCode if classify(code, "") is C.OTHER}
    assert unclear == {-1010, -1016, -1020, -2010, -2011, -2021, -2022}


def test_texts_are_templates_that_can_be_filled() -> None:
    texts = {name: text for name, text in vars(ErrorText).items() if name.isupper()}
    for text in texts.values():
        filled = text.format("ONE", "TWO", "THREE")
        assert not re.search(r"[{}]", filled)
        assert filled.isascii()
    assert ErrorText.BAD_SEQ_NUM.format(4) == "MsgSeqNum(34) contains an unexpected value. Expected: '4'."

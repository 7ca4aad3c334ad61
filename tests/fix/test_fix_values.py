"""UTCTimestamp and Decimal as text."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blotter.fix.values import SECOND, decimal_text, parse_utc_timestamp, utc_timestamp

NEW_YEAR_9999 = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())


@given(st.integers(0, NEW_YEAR_9999 * SECOND), st.sampled_from([0, 3, 6]))
def test_a_timestamp_comes_back_cut_to_its_precision(ns: int, precision: int) -> None:
    text = utc_timestamp(ns, precision)
    unit = 10 ** (9 - precision)
    assert parse_utc_timestamp(text) == ns // unit * unit
    assert len(text) == 17 + (precision + 1 if precision else 0)


@given(st.datetimes(datetime(1970, 1, 1), datetime(9998, 1, 1)))  # noqa: DTZ001  hypothesis wants naive bounds
def test_timestamps_are_those_of_datetime(when: datetime) -> None:
    whole = int(when.replace(tzinfo=UTC, microsecond=0).timestamp()) * SECOND
    ns = whole + when.microsecond * 1000
    assert utc_timestamp(ns) == f"{when:%m%d-%H:%M:%S.%f}".rjust(24, "x").replace("xxxx", f"{when.year:04d}")
    assert parse_utc_timestamp(utc_timestamp(ns)) == ns


def test_known_timestamps() -> None:
    assert utc_timestamp(1_738_660_209_754_155_999) == "20250204-09:10:09.754155"
    assert utc_timestamp(1_738_660_209_754_155_999, 3) == "20250204-09:10:09.754"
    assert utc_timestamp(1_738_660_209_754_155_999, 0) == "20250204-09:10:09"
    assert parse_utc_timestamp("20250204-09:10:09.754155999") == 1_738_660_209_754_155_999
    assert parse_utc_timestamp("20250204-09:10:09") == 1_738_660_209 * SECOND
    assert parse_utc_timestamp("20161231-23:59:60") == parse_utc_timestamp("20170101-00:00:00")


@pytest.mark.parametrize(
    "text",
    [
        "", "1738660209754", "20250204", "20250204 09:10:09", "20250204-24:00:00", "20250204-09:60:00",
        "20250204-09:10:61", "20250204-09:10:09.", "20250204-09:10:09.1234567890", "20250230-09:10:09",
        "20251301-09:10:09", "00000101-09:10:09", "20250204-09:10:09Z", " 20250204-09:10:09", "٢٠٢٥0204-09:10:09",
        "20250204-09:10:09\n",
    ],
)  # fmt: skip
def test_no_timestamp(text: str) -> None:
    with pytest.raises(ValueError, match="is no UTCTimestamp"):
        parse_utc_timestamp(text)


@pytest.mark.parametrize("precision", [-1, 1, 9])
def test_other_precisions_are_refused(precision: int) -> None:
    with pytest.raises(ValueError, match="must be 0, 3 or 6"):
        utc_timestamp(0, precision)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1E-8", "0.00000001"),
        ("1E+3", "1000"),
        ("730.00000000", "730.00000000"),
        ("-1.5", "-1.5"),
        ("-0.00", "0.00"),
    ],
)
def test_decimals_are_plain(value: str, text: str) -> None:
    assert decimal_text(Decimal(value)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**12), max_value=10**12))
def test_a_decimal_comes_back_the_same(value: Decimal) -> None:
    text = decimal_text(value)
    assert Decimal(text) == value
    assert set(text) <= set("-.0123456789")


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+41", "1E-41", "1" * 41])
def test_numbers_that_cannot_be_sent(value: str) -> None:
    with pytest.raises(ValueError, match=r"digits|can be sent"):
        decimal_text(Decimal(value))


@pytest.mark.parametrize("value", [0.1, 1, "1"])
def test_only_decimal_is_money(value: object) -> None:
    with pytest.raises(TypeError, match="is no Decimal"):
        decimal_text(value)  # type: ignore[arg-type]

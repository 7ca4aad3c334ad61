"""Values of requests as field text, and what is said when the venue could not take one.

Everything raises `ValueError` naming field, value and rule, and nothing is rounded or made to fit.
"""

from decimal import Decimal

from blotter.trading.decimals import plain, sane

Fields = list[tuple[int, str]]

_INT64 = 2**63


def symbol_text(value: str) -> str:
    # Any script: a testnet lists a symbol in Chinese on purpose.
    if not value or not value.isprintable() or " " in value:
        raise ValueError(f"symbol {value!r}: must be printable text without spaces")
    return value


def positive(name: str, value: Decimal) -> str:
    """A price or quantity: plain digits, never an exponent."""
    if not sane(value) or value <= 0:
        raise ValueError(f"{name} {value}: must be a positive number of at most 30 digits")
    return plain(value)


def whole(name: str, value: int, low: int = 1, high: int = _INT64 - 1) -> str:
    """A whole number between bounds."""
    if not low <= value <= high:
        most = f" to {high}" if high < _INT64 - 1 else " or more"
        raise ValueError(f"{name} {value}: must be a whole number, {low}{most}")
    return str(value)

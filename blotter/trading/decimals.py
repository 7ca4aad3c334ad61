"""Decimal on a grid, and Decimal as text. Exact for any size a person can type; no float, no exponent.

The default context's 28 digits would make `%` and `quantize` raise on absurd input, and an absurd price is
something to be told about, not something to crash on: everything here computes under a wide context.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext

_WIDE = Context(prec=120)
_LIMIT = 30


def sane(value: Decimal) -> bool:
    """Finite, and of a size that prints on one line (below 10**30, at most 30 decimals)."""
    if not value.is_finite():
        return False
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_LIMIT and value.adjusted() < _LIMIT


def on_step(value: Decimal, step: Decimal) -> bool:
    """Whether `value` is a whole multiple of `step`. Both sane, `step` positive."""
    return not _WIDE.remainder(value, step)


def to_step(value: Decimal, step: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    """The multiple of `step` nearest to `value`, or next to it in the direction of `rounding`."""
    steps = _WIDE.divide(value, step).to_integral_value(rounding, _WIDE)
    return _WIDE.multiply(steps, _WIDE.normalize(step))


def down(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` not above `value`."""
    return to_step(value, step, ROUND_FLOOR)


def up(value: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of `step` not below `value`."""
    return to_step(value, step, ROUND_CEILING)


def divided(value: Decimal, by: Decimal) -> Decimal:
    """The quotient, exact as far as any step can tell."""
    return _WIDE.divide(value, by)


def plain(value: Decimal) -> str:
    """Digits with a point, no exponent, no needless zeros: 0.01000000 -> `0.01`, 1E+3 -> `1000`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def tidy(value: Decimal) -> Decimal:
    """The same number without trailing decimal zeros: venues count digits, and refuse what has too many."""
    return Decimal(plain(value))


def grouped(value: Decimal, decimals: int = 0) -> str:
    """As `plain` with thousands separated, and at least `decimals` places: 60123.3 at 2 -> `60,123.30`."""
    sign, text = ("-", plain(value)[1:]) if value < 0 else ("", plain(value))
    whole, _, fraction = text.partition(".")
    fraction = fraction.ljust(decimals, "0")
    whole = f"{int(whole):,}"
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def places(step: Decimal | None) -> int:
    """How many decimals a multiple of `step` has: 0.010 -> 2. None or a whole step: 0."""
    if step is None:
        return 0
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def amount(value: Decimal) -> str:
    """A sum of money for reading: two decimals from 1 upwards, up to eight below."""
    with localcontext(_WIDE):
        rounded = value.quantize(Decimal("0.01" if abs(value) >= 1 else "1E-8"), ROUND_HALF_UP)
    return grouped(rounded, 2)

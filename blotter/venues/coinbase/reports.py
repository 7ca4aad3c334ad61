"""What Coinbase Exchange says, as events: the standard messages, and what is the venue's own in them (other-venues
sheet 5.1, and the field tables of its page "Exchange FIX Order Entry Messages 5.0")."""

from decimal import Decimal
from typing import Final

import msgspec

from blotter.fix.codec import Message
from blotter.trading.event import ExecutionReport, Fee
from blotter.venues import standard
from blotter.venues.base import Decoded
from blotter.venues.coinbase.dictionary import DICTIONARY
from blotter.venues.coinbase.orders import TABLES
from blotter.venues.reading import Reading, UnreadableError
from blotter.venues.standard import tags as t

MISC_FEE_BASIS: Final = 891
_ABSOLUTE, _PERCENTAGE = "0", "2"
_READING: Final = Reading(DICTIONARY)
_FEE_TAGS: Final = DICTIONARY.groups[t.NO_MISC_FEES]


def decode(message: Message, at: int) -> Decoded:
    """See `Venue.decode`."""
    decoded = standard.decode(TABLES, message, at)
    if not isinstance(decoded, ExecutionReport):
        return decoded
    try:
        fees = _fees(decoded, message)
    except UnreadableError as cause:
        return standard.unhandled(TABLES, message, str(cause))
    # CashOrderQty (152) is what is left of the amount, not what the order was for.
    return msgspec.structs.replace(decoded, fees=fees, cash_order_qty=None)


def _fees(report: ExecutionReport, message: Message) -> tuple[Fee, ...]:
    """Of this fill. A percentage is of the fill's quantity in the fee's currency."""
    if not report.fees:
        return ()
    fees = []
    for entry in message.groups(t.NO_MISC_FEES, _FEE_TAGS):
        amount, asset = _READING.decimal(entry, t.MISC_FEE_AMT), entry.text(t.MISC_FEE_CURR)
        basis = entry.text(MISC_FEE_BASIS)
        if not amount or not asset:
            continue
        if basis == _PERCENTAGE:
            fees.append(Fee(amount * _filled(report, asset), asset))
        elif basis in (None, _ABSOLUTE):
            fees.append(Fee(amount, asset))
        else:
            raise UnreadableError(
                f"{_READING.described(MISC_FEE_BASIS, entry.get(MISC_FEE_BASIS))} is unknown here"
            )
    return tuple(fees)


def _filled(report: ExecutionReport, asset: str) -> Decimal:
    """The fill's quantity in this asset: the base's is LastQty, any other is what was paid. Symbols are BASE-QUOTE."""
    base = report.symbol.partition("-")[0]
    return report.last_qty if asset == base else report.last_qty * (report.last_px or Decimal(0))

"""What Kraken says, as events: the standard messages, and what is the venue's own in them (other-venues sheet 6.1, and
the field tables of its pages "Execution Report" and "Reject - Business Level")."""

from collections import OrderedDict
from typing import Final

import msgspec

from blotter.fix.codec import Message
from blotter.trading.enums import ExecType
from blotter.trading.event import ExecutionReport
from blotter.venues import standard
from blotter.venues.base import Decoded, OrderStatus, SessionRejected
from blotter.venues.kraken.dictionary import DICTIONARY, LIQUIDITY_IND
from blotter.venues.kraken.orders import TABLES
from blotter.venues.reading import Reading, UnreadableError

GROSS_TRADE_AMT: Final = 381
QUESTIONS: Final = 1_000
"""That are remembered until they are refused; most never are."""
_AGGRESSOR: Final = {"0": False, "1": True}
_READING: Final = Reading(DICTIONARY)


class Reports:
    """Decodes. Keeps whose question a refusal answers, which matters only while it waits."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, str] = OrderedDict()  # ClOrdID of an H -> the question's id

    def asked(self, cl_ord_id: str, req_id: str) -> None:
        """A question about an order is about to leave; a refusal of it will name this ClOrdID."""
        self._asked[cl_ord_id] = req_id
        if len(self._asked) > QUESTIONS:
            self._asked.popitem(last=False)

    def decode(self, message: Message, at: int) -> Decoded:
        """See `Venue.decode`."""
        decoded = standard.decode(TABLES, message, at)
        try:
            match decoded:
                case ExecutionReport():
                    return _report(decoded, message)
                case OrderStatus(req_id=name):
                    return decoded._replace(req_id=self._asked.pop(name, ""))
                case SessionRejected(ref_seq_num=0):
                    return decoded._replace(ref_seq_num=None)  # it means that the venue does not say
        except UnreadableError as cause:
            return standard.unhandled(TABLES, message, str(cause))
        return decoded


def _report(report: ExecutionReport, message: Message) -> ExecutionReport:
    """GrossTradeAmt (381) is CumQty times AvgPx here: what was paid for all fills. MiscFeeAmt (137) is an amount, and
    that of all fills too, whatever MiscFeeBasis (891) beside it says: the page has both."""
    paid = _READING.decimal(message, GROSS_TRADE_AMT)
    trade = report.exec_type is ExecType.TRADE
    return msgspec.structs.replace(
        report,
        cum_quote_qty=paid if paid and report.cum_qty else report.cum_quote_qty,
        aggressor=_AGGRESSOR.get(message.text(LIQUIDITY_IND) or "") if trade else None,
        fees_so_far=trade,
    )

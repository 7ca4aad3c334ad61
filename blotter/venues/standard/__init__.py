"""Standard FIX order messages, for dialects that differ from FIX 4.4 in tables and not in kind.

A dialect states its differences once, and its `encode`, `decode` and `request_id` are calls:

    STANDARD = Standard(
        dictionary=KRAKEN,
        ord_types={OrdType.MARKET: "1", OrdType.LIMIT: "2"},
        times_in_force={TimeInForce.GOOD_TILL_CANCEL: "1", TimeInForce.IMMEDIATE_OR_CANCEL: "3"},
        post_only=Marked(18, "P"),
        cancel_naming=Naming.BOTH,
        omit={"F": frozenset({38})},
        extra={"D": ((1, "ACCOUNT"),)},
    )

    def encode(self, request, at):
        return standard.encode(STANDARD, request, at)

    def decode(self, message, at):
        return standard.decode(STANDARD, message, at)

What is the venue's own stays in its own module, around these: a message of its own is matched before `encode` and
`decode` are called; a draft may get fields (`Draft(d.msg_type, [*d.fields, ...])`); a report whose ids or fills stand
elsewhere is read with `execution_report` and changed with `msgspec.structs.replace`, several fills in one becoming
`Several`. `Standard.refusal` reads a venue's own codes. Nothing here keeps state or knows a clock.
"""

from blotter.venues.standard.inbound import decode, request_id, unhandled
from blotter.venues.standard.outbound import encode, order_terms
from blotter.venues.standard.report import execution_report
from blotter.venues.standard.tables import IdRule, Marked, Naming, SelfTrade, Standard

__all__ = [
    "IdRule",
    "Marked",
    "Naming",
    "SelfTrade",
    "Standard",
    "decode",
    "encode",
    "execution_report",
    "order_terms",
    "request_id",
    "unhandled",
]

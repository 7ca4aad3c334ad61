"""What we hold in one symbol by our own fills: net, average cost, realised profit. Pure arithmetic.

A position moves by what an order's *cumulative* quantities gained, never by summing LastQty (fact sheet
trap 16): a repeated report moves nothing, and a fill whose own report was lost is in the next cumulative
total. So the net is always the signed sum of the filled quantities of the orders on the screen.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from blotter.trading.enums import Side
from blotter.trading.event import ZERO, Fee


class Position(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Net of our fills in one symbol since the tape began. Not the venue's balance."""

    symbol: str
    net_qty: Decimal = ZERO
    avg_cost: Decimal = ZERO  # quote per base of the open quantity; 0 when flat
    realised: Decimal = ZERO  # quote asset, before fees
    bought_qty: Decimal = ZERO
    sold_qty: Decimal = ZERO
    fees: tuple[Fee, ...] = ()  # summed, one entry an asset

    def traded(self, side: Side, qty: Decimal, quote_qty: Decimal) -> "Position":
        """After `qty` base (above 0) changed hands for `quote_qty` quote."""
        bought = self.bought_qty + qty if side is Side.BUY else self.bought_qty
        sold = self.sold_qty + qty if side is Side.SELL else self.sold_qty
        held = abs(self.net_qty)
        net_qty = self.net_qty + side.sign * qty
        realised = self.realised
        if self.net_qty * side.sign >= 0:  # opens or adds
            avg_cost = (held * self.avg_cost + quote_qty) / (held + qty)
        else:
            closed = min(held, qty)
            proceeds = quote_qty * closed / qty
            cost = self.avg_cost * closed
            realised += cost - proceeds if side is Side.BUY else proceeds - cost
            avg_cost = self.avg_cost if qty < held else ZERO
            if qty > held:  # through zero: what is open now was opened at this price
                avg_cost = quote_qty / qty
        return msgspec.structs.replace(
            self,
            net_qty=net_qty,
            avg_cost=avg_cost,
            realised=realised,
            bought_qty=bought,
            sold_qty=sold,
        )

    def charged(self, fees: Iterable[Fee]) -> "Position":
        """After these fees were taken."""
        total = {fee.asset: fee.amount for fee in self.fees}
        for fee in fees:
            total[fee.asset] = total.get(fee.asset, ZERO) + fee.amount
        return msgspec.structs.replace(
            self, fees=tuple(Fee(amount=amount, asset=asset) for asset, amount in total.items())
        )

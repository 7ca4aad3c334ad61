"""Who pays whom: locks behind orders, and the two sides of a trade.

An order locks at entry what it may have to pay, contingent and pending ones too: a buy its quote amount at the limit
price (or where it would trigger), a sell its quantity. The two legs of an OCO share the larger lock, which one of them
holds. A fill pays from the lock, at a better price it frees the difference, and whatever ends the order frees the rest.
"""

from decimal import Decimal

import msgspec

from blotter.exchange.account import Account, round_down, round_up
from blotter.exchange.book import Order
from blotter.exchange.listing import ZERO, Listing
from blotter.trading.enums import Side


class Clearing(msgspec.Struct, kw_only=True):
    """All accounts, the pot the fees go to, and what smart order routing has swapped of one quote asset for another
    (the sum of those is always nothing)."""

    accounts: dict[str, Account] = {}
    fees: dict[str, Decimal] = {}
    swapped: dict[str, Decimal] = {}

    def total(self, asset: str) -> Decimal:
        """Everything there is of an asset. Trading never changes it."""
        held = sum((a.available(asset) + a.locked.get(asset, ZERO) for a in self.accounts.values()), ZERO)
        return held + self.fees.get(asset, ZERO) + self.swapped.get(asset, ZERO)

    def lock(self, listing: Listing, order: Order, amount: Decimal) -> bool:
        """Set exactly `amount` of what the order pays with behind it, whatever stood there. False, and nothing done,
        if it is not there."""
        account = self.accounts[order.account]
        asset = pays_with(listing, order.side)
        if account.available(asset) < amount - order.locked:
            return False
        account.lock(asset, amount - order.locked)
        order.locked = amount
        return True

    def release(self, listing: Listing, order: Order) -> None:
        """Free all that stands behind the order."""
        self.lock(listing, order, ZERO)

    def relock(self, listing: Listing, order: Order) -> None:
        """After a fill or an amendment: keep what a limit order may still have to pay."""
        need = requirement(order)
        if need is not None and need < order.locked:
            self.lock(listing, order, need)

    def fill(self, listing: Listing, order: Order, qty: Decimal, quote_qty: Decimal) -> tuple[Decimal, str]:
        """One side of a trade. Returns the fee and its asset (fees are taken from what is received)."""
        account = self.accounts[order.account]
        if order.side is Side.BUY:
            paid, received, asset = quote_qty, qty, listing.base
        else:
            paid, received, asset = qty, quote_qty, listing.quote
        account.spend(pays_with(listing, order.side), paid)
        order.locked -= paid
        fee = round_down(received * account.fee_rate)
        account.receive(asset, received - fee)
        order.received += received - fee
        if fee:
            self.fees[asset] = self.fees.get(asset, ZERO) + fee
        self.relock(listing, order)
        return fee, asset

    def swap(self, paid: str, received: str, amount: Decimal) -> None:
        """A routed trade: one side paid in this asset, the other received that one, at par."""
        self.swapped[paid] = self.swapped.get(paid, ZERO) + amount
        self.swapped[received] = self.swapped.get(received, ZERO) - amount


def pays_with(listing: Listing, side: Side) -> str:
    """The asset an order of this side gives away."""
    return listing.quote if side is Side.BUY else listing.base


def requirement(order: Order) -> Decimal | None:
    """What the order may still have to pay. None for market buys: only the book can say."""
    if order.side is Side.SELL:
        return order.leaves
    if order.lock_price is None:
        return None
    return round_up(max(order.lock_price, order.lock_floor) * order.leaves)

"""Who pays whom: locks behind orders, and the two sides of a trade.

An order locks what it may have to pay: a buy its quote amount at the limit price, a sell its quantity. A fill
pays from the lock, at a better price it frees the difference, and whatever ends the order frees the rest.
"""

from decimal import Decimal

import msgspec

from blotter.exchange.account import Account, round_down, round_up
from blotter.exchange.book import Order
from blotter.exchange.listing import ZERO, Listing
from blotter.trading.enums import Side


class Clearing(msgspec.Struct, kw_only=True):
    """All accounts and the pot the fees go to."""

    accounts: dict[str, Account] = {}
    fees: dict[str, Decimal] = {}

    def total(self, asset: str) -> Decimal:
        """Everything there is of an asset. Trading never changes it."""
        held = sum((a.available(asset) + a.locked.get(asset, ZERO) for a in self.accounts.values()), ZERO)
        return held + self.fees.get(asset, ZERO)

    def lock(self, listing: Listing, order: Order, amount: Decimal) -> bool:
        """Set `amount` of what the order pays with behind it. False, and nothing done, if it is not there."""
        account = self.accounts[order.account]
        asset = pays_with(listing, order.side)
        if account.available(asset) < amount:
            return False
        account.lock(asset, amount)
        order.locked = amount
        return True

    def release(self, listing: Listing, order: Order, keep: Decimal = ZERO) -> None:
        """Free what stands behind the order beyond `keep`."""
        self.accounts[order.account].unlock(pays_with(listing, order.side), order.locked - keep)
        order.locked = keep

    def relock(self, listing: Listing, order: Order) -> None:
        """After a fill or an amendment: keep what a limit order may still have to pay."""
        need = requirement(order.side, order.request.price, order.leaves)
        if need is not None:
            self.release(listing, order, need)

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
        if fee:
            self.fees[asset] = self.fees.get(asset, ZERO) + fee
        self.relock(listing, order)
        return fee, asset


def pays_with(listing: Listing, side: Side) -> str:
    """The asset an order of this side gives away."""
    return listing.quote if side is Side.BUY else listing.base


def requirement(side: Side, price: Decimal | None, qty: Decimal) -> Decimal | None:
    """What a limit order over `qty` may cost. None for market buys: only the book can say."""
    if side is Side.SELL:
        return qty
    return None if price is None else round_up(price * qty)

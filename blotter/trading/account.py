"""What an account holds, as the venue says it. Amounts in units of the asset, always Decimal."""

from decimal import Decimal

import msgspec


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """One asset: `free` may be used for new orders, `locked` backs open ones."""

    asset: str
    free: Decimal
    locked: Decimal

    @property
    def total(self) -> Decimal:
        return self.free + self.locked


class Balances(msgspec.Struct, frozen=True, kw_only=True):
    """All balances at one moment. `at`: UTC ns at which the venue's answer reached this machine."""

    at: int
    by_asset: dict[str, Balance]

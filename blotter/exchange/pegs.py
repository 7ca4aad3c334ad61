"""The price of a pegged order: taken from the book once, when it enters (fact sheet section 10). Pure.

Primary: the best price of its own side; market: of the other one; the offset counts price levels from there deeper
into the book.
"""

from decimal import Decimal
from itertools import islice

from blotter.exchange.book import Book
from blotter.trading.enums import PegPriceType, Side
from blotter.trading.request import OrderRequest


def peg(book: Book, request: OrderRequest) -> Decimal | None:
    """Where the order is pegged at. None when the book has no such level.

    A limit price must hold too. The venue does not say how; here the more careful of the two is taken.
    """
    own = request.peg_price_type is PegPriceType.PRIMARY_PEG
    half = book.half(request.side) if own else book.against(request.side)
    price = next(islice(half.prices(), request.peg_offset or 0, None), None)
    if price is None or request.price is None:
        return price
    return min(price, request.price) if request.side is Side.BUY else max(price, request.price)

"""Market data: the instrument list; ticker, depth and trades of one connection's subscriptions (fact sheet 9).

Pure: requests and market events in, drafts out. Only what changed is sent: a side that stayed the same, and inside
one message a symbol or update id that repeats, are left out, as on the venue.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Final, NamedTuple

from blotter.exchange.event import Traded
from blotter.exchange.grammar import Fault, IllegalMessageError
from blotter.exchange.listing import Listing
from blotter.exchange.market import Market
from blotter.exchange.market_data_depth import DepthUpdate
from blotter.exchange.order_entry import amount
from blotter.exchange.tops import Told, Top
from blotter.fix.codec import Fields, Message
from blotter.fix.effects import Draft, SessionRejectReason
from blotter.fix.values import utc_timestamp
from blotter.venues.binance import tags as t
from blotter.venues.binance.errors import ErrorCode, ErrorText
from blotter.venues.binance.tags import MsgType

_CHANGE: Final = "1"
_DELETE: Final = "2"
_NEW: Final = "0"
_BID: Final = "0"
_OFFER: Final = "1"
_TRADE: Final = "2"
_TOO_MANY: Final = "2"
_DUPLICATE: Final = "1"
_BID_AND_OFFER: Final = {b"0", b"1"}
_MAX_DEPTH: Final = 5_000  # levels of a first snapshot; 1 is the ticker


class Stream(Enum):
    """What may be subscribed for."""

    TICKER = "ticker"
    DEPTH = "depth"
    TRADES = "trades"


class _Subscription(NamedTuple):
    req_id: str
    stream: Stream
    symbols: tuple[str, ...]
    depth: int = 1  # levels of the first snapshot


class Subscriptions:
    """What one connection wants to hear."""

    def __init__(self, markets: Mapping[str, Market], told: Told, maximum: int) -> None:
        self._markets = markets
        self._told = told
        self._maximum = maximum
        self._active: dict[str, _Subscription] = {}
        self._taken: dict[Stream, dict[str, str]] = {stream: {} for stream in Stream}  # symbol -> MDReqID

    @property
    def streams(self) -> int:
        """Each symbol of each kind is one."""
        return sum(len(taken) for taken in self._taken.values())

    def request(self, message: Message) -> list[Draft]:
        """MarketDataRequest (V): snapshots, or the reject that says why not. Raises `IllegalMessageError`."""
        req_id = message.text(t.MD_REQ_ID) or ""
        if message.get(t.SUBSCRIPTION_REQUEST_TYPE) == b"2":
            return self._unsubscribe(req_id)
        subscription = self._read(message, req_id)
        refusal = self._refusal(subscription)
        if refusal is not None:
            return [refusal]
        self._active[req_id] = subscription
        self._taken[subscription.stream].update(dict.fromkeys(subscription.symbols, req_id))
        match subscription.stream:
            case Stream.TICKER:
                return [self._top_snapshot(req_id, symbol) for symbol in subscription.symbols]
            case Stream.DEPTH:
                return [
                    self._depth_snapshot(req_id, symbol, subscription.depth)
                    for symbol in subscription.symbols
                ]
            case Stream.TRADES:
                return []

    def _read(self, message: Message, req_id: str) -> _Subscription:
        symbols = [entry.text(t.SYMBOL) or "" for entry in message.groups(t.NO_RELATED_SYM, {t.SYMBOL})]
        types = [
            entry.get(t.MD_ENTRY_TYPE) for entry in message.groups(t.NO_MD_ENTRY_TYPES, {t.MD_ENTRY_TYPE})
        ]
        for name, tag, entries in (
            ("NoRelatedSym", t.NO_RELATED_SYM, symbols),
            ("NoMDEntryTypes", t.NO_MD_ENTRY_TYPES, types),
        ):
            if not entries:
                text = ErrorText.TAG_MISSING.format(tag)
                code = ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED
                raise IllegalMessageError(Fault(code, text, SessionRejectReason.REQUIRED_TAG_MISSING, tag))
            if len(set(entries)) != len(entries):
                text = ErrorText.GROUP_DUPLICATES.format(name)
                raise IllegalMessageError(Fault(ErrorCode.DUPLICATE_ENTRIES_IN_A_GROUP, text, tag=tag))
        for symbol in symbols:
            if symbol not in self._markets:
                raise IllegalMessageError(Fault(ErrorCode.BAD_SYMBOL, ErrorText.BAD_SYMBOL, tag=t.SYMBOL))
        if types == [b"2"]:
            return _Subscription(req_id, Stream.TRADES, tuple(symbols))
        if set(types) != _BID_AND_OFFER:
            fault = Fault(
                ErrorCode.OPTIONAL_PARAMS_BAD_COMBO, ErrorText.BID_AND_OFFER, tag=t.NO_MD_ENTRY_TYPES
            )
            raise IllegalMessageError(fault)
        depth = message.text(t.MARKET_DEPTH)
        if depth is None:
            code, text = (
                ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED,
                ErrorText.TAG_MISSING.format(t.MARKET_DEPTH),
            )
            missing = SessionRejectReason.REQUIRED_TAG_MISSING
            raise IllegalMessageError(Fault(code, text, missing, t.MARKET_DEPTH))
        if not depth.isdecimal() or not 1 <= int(depth) <= _MAX_DEPTH:
            text = ErrorText.INVALID_PARAMETER.format("MarketDepth")
            raise IllegalMessageError(Fault(ErrorCode.INVALID_PARAMETER, text, tag=t.MARKET_DEPTH))
        stream = Stream.TICKER if depth == "1" else Stream.DEPTH
        return _Subscription(req_id, stream, tuple(symbols), int(depth))

    def _refusal(self, wanted: _Subscription) -> Draft | None:
        if wanted.req_id in self._active:
            code, text = ErrorCode.INVALID_REQUEST_ID, ErrorText.MD_REQ_ID_IN_USE
            return _request_reject(wanted.req_id, _DUPLICATE, code, text)
        taken = self._taken[wanted.stream]
        for symbol in wanted.symbols:
            if symbol in taken:
                text = ErrorText.SUBSCRIBED_ALREADY.format(symbol, taken[symbol])
                return _request_reject(wanted.req_id, _TOO_MANY, ErrorCode.TOO_MANY_SUBSCRIPTIONS, text)
        if self.streams + len(wanted.symbols) > self._maximum:
            text = (
                "Too many subscriptions. "
                f"Connection may create up to '{self._maximum}' subscriptions at a time."
            )
            return _request_reject(wanted.req_id, _TOO_MANY, ErrorCode.TOO_MANY_SUBSCRIPTIONS, text)
        return None

    def _unsubscribe(self, req_id: str) -> list[Draft]:
        subscription = self._active.pop(req_id, None)
        if subscription is None:
            code, text = ErrorCode.INVALID_REQUEST_ID, ErrorText.MD_REQ_ID_UNKNOWN
            return [_request_reject(req_id, None, code, text)]
        taken = self._taken[subscription.stream]
        for symbol in subscription.symbols:
            del taken[symbol]
        return []

    def _top_snapshot(self, req_id: str, symbol: str) -> Draft:
        top, update_id = self._told.top(symbol), self._told.top_update_id(symbol)
        bids = [] if top.bid is None else [top.bid]
        return _snapshot(req_id, symbol, update_id, bids, [] if top.offer is None else [top.offer])

    def _depth_snapshot(self, req_id: str, symbol: str, depth: int) -> Draft:
        picture = self._told.depth(symbol)
        bids, offers = islice(picture.bids.items(), depth), islice(picture.asks.items(), depth)
        return _snapshot(req_id, symbol, picture.update_id, tuple(bids), tuple(offers))

    def moved(self, symbol: str, before: Top, after: Top) -> Draft | None:
        """The top of a book changed."""
        req_id = self._taken[Stream.TICKER].get(symbol)
        if req_id is None:
            return None
        fields: list[tuple[int, str | bytes]] = []
        entries = 0
        for kind, old, new in ((_BID, before.bid, after.bid), (_OFFER, before.offer, after.offer)):
            if old == new:
                continue
            entries += 1
            if new is not None:
                fields += [(t.MD_UPDATE_ACTION, _CHANGE), (t.MD_ENTRY_TYPE, kind)]
                fields += [(t.MD_ENTRY_PX, amount(new[0])), (t.MD_ENTRY_SIZE, amount(new[1]))]
            elif old is not None:
                fields += [(t.MD_UPDATE_ACTION, _DELETE), (t.MD_ENTRY_TYPE, kind)]
                fields += [(t.MD_ENTRY_PX, amount(old[0]))]
            if entries == 1:  # the next entry inherits both
                update_id = self._markets[symbol].state.update_id
                fields += [(t.SYMBOL, symbol), (t.LAST_BOOK_UPDATE_ID, str(update_id))]
        head = ((t.MD_REQ_ID, req_id), (t.NO_MD_ENTRIES, str(entries)))
        return Draft(MsgType.MARKET_DATA_INCREMENTAL_REFRESH, (*head, *fields)) if entries else None

    def hears_depth(self, symbol: str) -> bool:
        """Whether this book was asked for."""
        return symbol in self._taken[Stream.DEPTH]

    def depth_moved(self, updates: Iterable[DepthUpdate]) -> list[Draft]:
        """Books changed: one message for the symbols of one subscription."""
        fields: dict[str, list[tuple[int, str | bytes]]] = {}
        entries: dict[str, int] = {}
        for update in updates:
            req_id = self._taken[Stream.DEPTH].get(update.symbol)
            if req_id is not None:
                fields.setdefault(req_id, []).extend(_depth_entries(update))
                entries[req_id] = entries.get(req_id, 0) + len(update.bids) + len(update.asks)
        return [
            Draft(
                MsgType.MARKET_DATA_INCREMENTAL_REFRESH,
                ((t.MD_REQ_ID, req_id), (t.NO_MD_ENTRIES, str(entries[req_id])), *body),
            )
            for req_id, body in fields.items()
        ]

    def traded(self, trade: Traded) -> Draft | None:
        """A trade took place."""
        req_id = self._taken[Stream.TRADES].get(trade.symbol)
        if req_id is None:
            return None
        return Draft(
            MsgType.MARKET_DATA_INCREMENTAL_REFRESH,
            (
                (t.MD_REQ_ID, req_id),
                (t.NO_MD_ENTRIES, "1"),
                (t.MD_UPDATE_ACTION, _NEW),
                (t.MD_ENTRY_TYPE, _TRADE),
                (t.MD_ENTRY_PX, amount(trade.price)),
                (t.MD_ENTRY_SIZE, amount(trade.qty)),
                (t.SYMBOL, trade.symbol),
                (t.TRADE_ID, str(trade.trade_id)),
                (t.TRANSACT_TIME, utc_timestamp(trade.at)),
                (t.AGGRESSOR_SIDE, trade.aggressor_side.value),
            ),
        )


def _snapshot(
    req_id: str,
    symbol: str,
    update_id: int,
    bids: Sequence[tuple[Decimal, Decimal]],
    offers: Sequence[tuple[Decimal, Decimal]],
) -> Draft:
    fields: list[tuple[int, str | bytes]] = [
        (t.MD_REQ_ID, req_id),
        (t.SYMBOL, symbol),
        (t.LAST_BOOK_UPDATE_ID, str(update_id)),
        (t.NO_MD_ENTRIES, str(len(bids) + len(offers))),
    ]
    for kind, levels in ((_BID, bids), (_OFFER, offers)):
        for price, size in levels:
            fields += [
                (t.MD_ENTRY_TYPE, kind),
                (t.MD_ENTRY_PX, amount(price)),
                (t.MD_ENTRY_SIZE, amount(size)),
            ]
    return Draft(MsgType.MARKET_DATA_SNAPSHOT, tuple(fields))


def _depth_entries(update: DepthUpdate) -> list[tuple[int, str | bytes]]:
    fields: list[tuple[int, str | bytes]] = []
    named = False
    for kind, levels in ((_BID, update.bids), (_OFFER, update.asks)):
        for price, before, after in levels:
            action = _DELETE if after is None else _NEW if before is None else _CHANGE
            fields += [(t.MD_UPDATE_ACTION, action), (t.MD_ENTRY_TYPE, kind), (t.MD_ENTRY_PX, amount(price))]
            if after is not None:
                fields.append((t.MD_ENTRY_SIZE, amount(after)))
            if not named:  # the next entries inherit them
                named = True
                fields += [
                    (t.SYMBOL, update.symbol),
                    (t.FIRST_BOOK_UPDATE_ID, str(update.first)),
                    (t.LAST_BOOK_UPDATE_ID, str(update.last)),
                ]
    return fields


def _request_reject(req_id: str, reason: str | None, code: int, text: str) -> Draft:
    fields: list[tuple[int, str | bytes]] = [(t.MD_REQ_ID, req_id)]
    if reason is not None:
        fields.append((t.MD_REQ_REJ_REASON, reason))
    fields += [(t.ERROR_CODE, str(int(code))), (t.TEXT, text)]
    return Draft(MsgType.MARKET_DATA_REQUEST_REJECT, tuple(fields))


def instrument_list(message: Message, markets: Mapping[str, Market]) -> Draft:
    """InstrumentListRequest (x) answered. Raises `IllegalMessageError` for a symbol that is not listed, or
    none named.
    """
    listings = [market.listing for market in markets.values()]
    if message.get(t.INSTRUMENT_LIST_REQUEST_TYPE) == b"0":
        symbol = message.text(t.SYMBOL)
        if symbol is None:
            code, text = ErrorCode.MANDATORY_PARAM_EMPTY_OR_MALFORMED, ErrorText.TAG_MISSING.format(t.SYMBOL)
            raise IllegalMessageError(Fault(code, text, SessionRejectReason.REQUIRED_TAG_MISSING, t.SYMBOL))
        if symbol not in markets:
            raise IllegalMessageError(Fault(ErrorCode.BAD_SYMBOL, ErrorText.BAD_SYMBOL, tag=t.SYMBOL))
        listings = [markets[symbol].listing]
    fields: list[tuple[int, str | bytes]] = [
        (t.INSTRUMENT_REQ_ID, message.text(t.INSTRUMENT_REQ_ID) or ""),
        (t.NO_RELATED_SYM, str(len(listings))),
    ]
    for listing in listings:
        fields += _instrument(listing)
    return Draft(MsgType.INSTRUMENT_LIST, tuple(fields))


def _instrument(listing: Listing) -> Fields:
    rules = (
        (t.MIN_TRADE_VOL, listing.min_qty),
        (t.MAX_TRADE_VOL, listing.max_qty),
        (t.MIN_QTY_INCREMENT, listing.step_size),
        (t.MARKET_MIN_TRADE_VOL, listing.market_min_qty),
        (t.MARKET_MAX_TRADE_VOL, listing.market_max_qty),
        (t.MARKET_MIN_QTY_INCREMENT, listing.market_step_size),
        (t.START_PRICE_RANGE, listing.min_price),
        (t.END_PRICE_RANGE, listing.max_price),
        (t.MIN_PRICE_INCREMENT, listing.tick_size),
    )
    present = tuple((tag, amount(value)) for tag, value in rules if value)
    return ((t.SYMBOL, listing.symbol), (t.CURRENCY, listing.quote), *present)

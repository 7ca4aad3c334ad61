"""What the console and the ticket say about an entry: a draft, what is wrong with it, or its review. Pure."""

from decimal import Decimal
from typing import Final

from textual.content import Content

from blotter.trading.enums import Side
from blotter.trading.request import OrderRequest
from blotter.tui.entry import Entry, Reading, Stage
from blotter.tui.format import age, decimals_of, trimmed
from blotter.tui.line import Piece, content
from blotter.tui.model import Model
from blotter.tui.order_words import side_style
from blotter.tui.reading import CHANGE
from blotter.tui.shown_keys import key

SECOND: Final = 1_000_000_000
TEN_THOUSAND: Final = Decimal(10_000)


def _idle() -> tuple[Content, Content]:
    runs = f"   {key('draft.review')} runs"
    return (
        content(
            ("orders: ", "$dim"), "buy 0.25 btc @bid post", ("   amends: ", "$dim"), "amend 12 0.2 @ 60000"
        ),
        content(("verbs: ", "$dim"), "cancel 12 · cancel all · resume · symbol eth · help", (runs, "$dim")),
    )


def position_after(model: Model, reading: Reading) -> str:
    """`+1.25 → +1.50 if filled`, or nothing when it cannot be said."""
    terms = reading.terms
    if not isinstance(terms, OrderRequest) or terms.order_qty is None:
        return ""
    position = model.positions.get(terms.symbol)
    now = position.net_qty if position is not None else Decimal(0)
    then = now + terms.side.sign * terms.order_qty
    return f"pos {_signed(now)} → {_signed(then)} if filled"


def _signed(value: Decimal) -> str:
    return ("+" if value > 0 else "") + trimmed(value)


def from_mid(model: Model, reading: Reading, now: int, stale_after: int) -> Piece:
    """How far the price is from the middle of the market, in basis points."""
    terms = reading.terms
    if not isinstance(terms, OrderRequest):
        return ""
    quote = model.quotes.get(terms.symbol)
    if quote is None or quote.bid is None or quote.ask is None:
        return ("no market to compare with", "$warn")
    if now - quote.at > stale_after:
        return (f"market is {age(now - quote.at)} old", "bold $warn")
    mid = (quote.bid + quote.ask) / 2
    if terms.price is None or not mid:
        return f"market {trimmed(quote.bid)} │ {trimmed(quote.ask)}"
    instrument = model.instruments.get(terms.symbol)
    points = round((terms.price - mid) / mid * TEN_THOUSAND, 2)
    through = terms.price >= quote.ask if terms.side is Side.BUY else terms.price <= quote.bid
    text = f"{points:+} bp from mid {trimmed(mid, decimals_of(instrument.tick_size) if instrument else 0)}"
    return (f"{text}, crosses", "$warn") if through else text


def queue_words(reading: Reading) -> list[Piece]:
    """What an amend does to the order's place in the queue, and what else it puts at stake."""
    pieces: list[Piece] = [(reading.queue, "bold $ok" if reading.queue == CHANGE else "bold $warn")]
    if reading.costs:
        pieces.append((f"  {reading.costs}", "bold $danger"))
    return pieces if reading.queue else []


def draft_hint(entry: Entry, model: Model, *, now: int, stale_after: int) -> tuple[Content, Content]:
    """Two lines below the command line."""
    reading = entry.reading
    if entry.stage is Stage.EMPTY:
        return _idle()
    colour = side_style(reading.side)
    words: Piece = (reading.words, f"bold {'strike ' if entry.aged else ''}{colour}") if reading.words else ""
    if entry.note is not None:
        where = f"{entry.note.field}: " if entry.note.field else ""
        return content((f"✗ {where}{entry.note.text}", "bold $danger")), content(
            words, (f"  {key('app.command')} edits it", "$dim")
        )
    if reading.mistakes:
        more = f"  (and {len(reading.mistakes) - 1} more)" if len(reading.mistakes) > 1 else ""
        return content((f"✗ {reading.mistakes[0].text}{more}", "$danger")), content(words)
    if not reading.ready:
        return content(("next: ", "$dim"), (reading.missing or "more", "$warn")), content(("DRAFT", "$dim"))
    second: list[Piece] = [("DRAFT", "bold"), (f" {key('draft.review')} reviews, nothing is sent   ", "$dim")]
    second += queue_words(reading) or [
        position_after(model, reading), "   ", from_mid(model, reading, now, stale_after)
    ]  # fmt: skip
    return content(words, ("   ✓ rules", "$ok")), content(*second)


def review_lines(
    entry: Entry, model: Model, *, mono: int, now: int, stale_after: int, lifetime: int
) -> list[Content]:
    """The review strip: words, legs of a list, checks, keys."""
    reading = entry.reading
    colour = side_style(reading.side)
    first = content(("REVIEW  ", f"bold {colour}"), (reading.head or reading.words, f"bold {colour}"))
    checks: list[Piece] = [("✓ rules  ", "$ok"), from_mid(model, reading, now, stale_after)]
    if after := position_after(model, reading):
        checks += ["   ", after]
    if reading.queue:
        checks = [*queue_words(reading)]
    desk = model.desk_of(reading.symbol)
    if desk is not None and (desk.stopped or desk.entry_blocked):
        why = "entry is stopped, :resume" if desk.stopped else desk.entry_blocked
        checks = [(f"⚠ the desk will refuse it: {why}", "bold $danger")]
    keys: list[Piece] = [(f" {key('review.send')} ", f"bold reverse {colour}"), (" SENDS", "bold"), "    "]
    keys += [(key("review.drop"), "bold"), " back to the draft", _expiry(entry, mono, lifetime)]
    return [first, *map(_leg, reading.legs), content(*checks), content(*keys)]


def warning_lines(
    entry: Entry, model: Model, *, mono: int, now: int, stale_after: int, lifetime: int
) -> list[Content]:
    """The strip of an entry the desk warned about: words, every warning, and the key that accepts them."""
    reading = entry.reading
    words = reading.head or reading.words
    first = content(("NOT SENT  ", "bold $warn"), (words, f"bold {side_style(reading.side)}"))
    warnings = entry.note.warnings if entry.note is not None else ()
    keys: list[Piece] = [
        (f" {key('warning.insist')} ", "bold reverse $warn"),
        (" SENDS IN SPITE OF IT", "bold"),
        "    ",
    ]
    keys += [(key("review.drop"), "bold"), " back to the draft", _expiry(entry, mono, lifetime)]
    return [
        first,
        *map(_leg, reading.legs),
        *(content((f"⚠ {text}", "bold $warn")) for text in warnings),
        content(*keys),
    ]


def _leg(words: str) -> Content:
    return content(("  ", ""), words)


def _expiry(entry: Entry, mono: int, lifetime: int) -> Piece:
    left = age(max(0, lifetime - (mono - entry.reviewed_at)) // SECOND * SECOND)
    return (f"    expires in {left}", "$dim")


def ticket_lines(entry: Entry, model: Model, *, now: int, stale_after: int) -> list[Content]:
    """What the ticket says below its fields."""
    reading = entry.reading
    if entry.stage is Stage.EMPTY:
        return [content((f"{key('app.new-ticket')} starts a draft, tab goes from field to field", "$dim"))]
    lines = []
    if entry.note is not None:
        lines.append(content((f"✗ {entry.note.text}", "bold $danger")))
    lines += [content((f"✗ {mistake.text}", "$danger")) for mistake in reading.mistakes[:3]]
    if reading.ready:
        lines.append(content((reading.words, f"bold {side_style(reading.side)}")))
        lines += [content(f"  {leg}") for leg in reading.legs]
        if reading.queue:
            lines.append(content(*queue_words(reading)))
        else:
            lines.append(content(from_mid(model, reading, now, stale_after)))
        if after := position_after(model, reading):
            lines.append(content(after))
        lines.append(content(("✓ rules", "$ok")))
    elif not reading.mistakes:
        lines.append(content(("next: ", "$dim"), (reading.missing, "$warn")))
    if entry.stage is Stage.DRAFT:
        lines.append(content(("DRAFT", "bold"), (f" {key('draft.review')} reviews, nothing is sent", "$dim")))
    return lines

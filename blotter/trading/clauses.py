"""One half of an order line, word by word: side, quantity, symbol, and the ways the order may come to work.

A *clause* is one such way: at a price, at the market, pegged, or once triggered. An order has one; an order that
cancels another has two. What binds to what is decided here, once, for orders and lists alike:

- `@ P` and a bare price are always a resting price; after a trigger they begin a clause of their own.
- `limit P` after a trigger is that trigger's limit price; before one it is a resting price.
- `trail D` after `stop P` or `take P` makes that trigger trail; `stop` and `take` after anything begin a clause.
- Time in force, `post`, `show` and `peg` belong to the clause they stand in; `stp`, `strategy`, `id` and `sor` to the
  half.

Reading collects what was found and what is wrong; it judges no rule. Never raises.
"""

from collections.abc import Sequence

from blotter.trading.clause import Clause
from blotter.trading.enums import ExecInst, OrdType, SelfTradePreventionMode, TimeInForce
from blotter.trading.head import Head, follows_symbol
from blotter.trading.request import OrderRequest
from blotter.trading.until import until
from blotter.trading.vocabulary import (
    OPTIONS,
    PEGS,
    POST,
    SHOW,
    STP_MODES,
    TIMES,
    TRAIL,
    TRIGGERS,
    TYPES,
)
from blotter.trading.words import (
    PRICE_WORDS,
    Market,
    Number,
    Word,
    bips,
    is_number,
    is_offset,
    is_price_word,
    like,
    number,
    price,
)

_UNITS = ("%", "bp", "bps")


class Part(Head):
    """One reading of one half of a line. `after`: the half whose fill releases this one; it gives symbol and, where
    none is said, quantity."""

    def __init__(self, words: Sequence[Word], market: Market, after: "Part | None" = None) -> None:
        super().__init__(words, market, after)
        self.clauses = [Clause()]
        self.stp: SelfTradePreventionMode | None = None
        self.strategy: int | None = None
        self.strategy_id: int | None = None
        self.smart_routing = False

    def read(self) -> None:
        """Read all of it."""
        if not self.read_head():
            return
        if self.preset_price is not None and not _say_price(self.words[self.at :]):
            self._rest(self.preset_price)
        self._ways()

    def place(self, name: str, clause: Clause) -> Word | None:
        """The word that set this field."""
        return clause.places.get(name) or self.places.get(name)

    # --- the ways to work, in any order ------------------------------------------------------------------------

    def _ways(self) -> None:
        while (word := self._next()) is not None:
            low, clause = word.low, self.clauses[-1]
            if low in TYPES:
                self._type(word, clause)
            elif low == "@":
                self._rest(self._next(), word)
            elif low in TRIGGERS:
                self._trigger(word)
            elif low == TRAIL:
                self._trail(word)
            elif low == "from":
                self._from(word, clause)
            elif low == "peg":
                self._peg(word)
            elif low in TIMES:
                self._lasts(word, clause)
            elif low in POST:
                if self._set(clause.places, "exec_inst", word):
                    clause.post = True
            elif low in SHOW:
                self._show(word, clause)
            elif low == "stp":
                self._stp()
            elif low in ("strategy", "id"):
                self._strategy(word)
            elif low == "sor":
                self.smart_routing = self._set(self.places, "smart_routing", word) or self.smart_routing
            elif is_number(word.text) or is_price_word(word.text):
                self._rest(word)
            else:
                self._wrong(word, f"{word.text} is not understood here{like(low, OPTIONS)}")

    def _fresh(self, word: Word) -> Clause:
        """The clause that `word` begins."""
        if not self.clauses[-1].blank:
            self.clauses.append(Clause())
        self.clauses[-1].word = word
        return self.clauses[-1]

    def _type(self, word: Word, clause: Clause) -> None:
        if not clause.trigger:
            if self._set(clause.places, "ord_type", word):
                clause.ord_type = TYPES[word.low]
                clause.word = clause.word or word
        elif TYPES[word.low] is OrdType.MARKET:
            self._set(
                clause.places, "price", word
            )  # a triggered market order: the default, and no limit may follow
        else:
            following = self._next()
            if following is not None and following.text == "@":
                following = self._next()
            self._price(following, "price", clause)

    def _rest(self, word: Word | None, at: Word | None = None) -> None:
        clause = self.clauses[-1]
        if clause.trigger and word is not None:
            clause = self._fresh(at or word)
        clause.word = clause.word or at or word
        self._price(word, "price", clause)

    def _price(self, word: Word | None, name: str, clause: Clause) -> None:
        """Read the price that goes to this field; `missing` when the line ends here."""
        what = "price" if name == "price" else "trigger price"
        if word is None:
            self._lack(what)
            return
        text, ticks = word.text, self._peek()
        if ticks is not None and is_offset(ticks.text) and word.low in PRICE_WORDS:
            self.at += 1
            text += ticks.text
            word = Word(text, word.start, ticks.end)
        if not self._set(clause.places, name, word):
            return
        if not is_number(text) and not is_price_word(text):
            self._wrong(word, f"a {what} goes here, not {text}{like(word.low, PRICE_WORDS)}")
        elif self.instrument is not None:
            value = price(text, self.side, self.instrument, self.market)
            if isinstance(value, str):
                self._wrong(word, value)
            elif name == "price":
                clause.price = value
            else:
                clause.trigger_price = value

    def _trigger(self, word: Word) -> None:
        clause = self._fresh(word)
        clause.trigger, clause.take = True, TRIGGERS[word.low]
        clause.places["trigger_direction"] = word
        following = self._peek()
        if following is not None and following.low == TRAIL:
            return
        self.at += 1
        if following is not None and following.text == "@":
            following = self._next()
        self._price(following, "trigger_price", clause)

    def _trail(self, word: Word) -> None:
        clause = self.clauses[-1]
        if not clause.trigger or "trailing_bips" in clause.places:
            clause = self._fresh(word)
        clause.trigger = True
        following = self._next()
        if following is None:
            self._lack("distance")
            return
        text, unit = following.text, self._peek()
        if unit is not None and unit.low in _UNITS and is_number(text):
            self.at += 1
            text += unit.text
            following = Word(text, following.start, unit.end)
        clause.places["trailing_bips"] = following
        value = (
            bips(text) if is_number(text) else f"a distance goes after trail, as in 0.5% or 50bp, not {text}"
        )
        if isinstance(value, str):
            self._wrong(following, value)
        else:
            clause.bips = value

    def _from(self, word: Word, clause: Clause) -> None:
        if "trailing_bips" not in clause.places or clause.take is not None:
            text = f"{word.text}: the price from which an order trails goes after trail and its distance"
            self._wrong(word, text)
            self.at += 1 if self._peek() is not None else 0
            return
        clause.take = True
        following = self._next()
        if following is not None and following.text == "@":
            following = self._next()
        self._price(following, "trigger_price", clause)

    def _peg(self, word: Word) -> None:
        clause = self.clauses[-1]
        if clause.ord_type is OrdType.MARKET:
            clause = self._fresh(word)
        clause.word = clause.word or word
        if not self._set(clause.places, "peg_price_type", word):
            self.at += 1
            return
        following = self._next()
        if following is None:
            self._lack("primary or market")
            return
        low, sign, ticks = following.low.partition("-")
        if low not in PEGS:
            hint = like(following.low, PEGS)
            self._wrong(
                following, f"{following.text}: a peg is to primary (own side) or market (opposite){hint}"
            )
            return
        clause.peg = PEGS[low]
        levels = Word(sign + ticks, following.start, following.end) if sign else self._peek()
        if levels is None or not (sign or levels.text[:1] in ("-", "+")):
            return
        self.at += 0 if sign else 1
        clause.places["peg_offset"] = levels
        if levels.text[0] == "+" or not is_offset(levels.text):
            self._wrong(levels, f"{levels.text}: an offset is a number of price levels deeper, as in -2")
        elif int(levels.text):
            clause.peg_offset = -int(levels.text)

    def _lasts(self, word: Word, clause: Clause) -> None:
        tif, fresh = TIMES[word.low], self._set(clause.places, "time_in_force", word)
        if fresh:
            clause.tif = tif
        if tif is not TimeInForce.GOOD_TILL_DATE:
            return
        following = self._next()
        if following is None:
            self._lack("date and time")
            return
        end = until(following.text, self.market.now)
        if isinstance(end, str):
            self._wrong(following, end)
        elif fresh:
            clause.expire_time = end
            clause.places["expire_time"] = following

    def _show(self, word: Word, clause: Clause) -> None:
        following = self._next()
        if following is None:
            self._lack("visible quantity")
            return
        value = number(following.text)
        if isinstance(value, Number) and not value.suffix:
            if self._set(clause.places, "max_floor", following):
                clause.max_floor = value.value
        else:
            why = (
                value if isinstance(value, str) else f"{following.text}: {value.suffix} does not belong here"
            )
            self._wrong(following, f"{word.low} needs a visible quantity: {why}")

    def _stp(self) -> None:
        following = self._next()
        if following is None:
            self._lack("self-trade prevention mode")
        elif following.low not in STP_MODES:
            modes = ", ".join(STP_MODES)
            hint = like(following.low, STP_MODES)
            self._wrong(following, f"{following.text} is none of {modes}{hint}")
        elif self._set(self.places, "self_trade_prevention", following):
            self.stp = STP_MODES[following.low]

    def _strategy(self, word: Word) -> None:
        what = "strategy" if word.low == "strategy" else "strategy id"
        following = self._next()
        if following is None:
            self._lack(what)
            return
        value = number(following.text)
        if isinstance(value, str) or value.suffix or value.value != value.value.to_integral_value():
            self._wrong(following, f"{following.text}: a {what} is a whole number")
        elif self._set(
            self.places, "target_strategy" if word.low == "strategy" else "strategy_id", following
        ):
            if word.low == "strategy":
                self.strategy = int(value.value)
            else:
                self.strategy_id = int(value.value)

    # --- the whole ---------------------------------------------------------------------------------------------

    def request(
        self, clause: Clause, *, exit_of_two: bool = False, paid: bool = False
    ) -> OrderRequest | None:
        """The order this half asks for by that clause. As one of two exits, what rests is post-only, and a trail that
        says neither stops a loss (the venue wants that said there); `paid`: its quantity is not said."""
        if self.instrument is None:
            return None
        ord_type, post = clause.kind, clause.post or (exit_of_two and clause.resting)
        tif = clause.tif
        if ord_type in (OrdType.LIMIT, OrdType.STOP_LIMIT, OrdType.PEGGED):
            if post and tif is TimeInForce.GOOD_TILL_CANCEL:
                tif = None  # a post-only order rests until cancelled; the venue wants that said by absence
            elif not post and tif is None:
                tif = TimeInForce.GOOD_TILL_CANCEL
        # A trail from now on is the same order either way, and the venue takes it without a direction (fact sheet 6.1).
        directed = clause.trigger and (clause.trigger_price is not None or exit_of_two)
        return OrderRequest(
            symbol=self.instrument.symbol,
            side=self.side,
            ord_type=ord_type,
            order_qty=None if paid else self.order_qty,
            cash_order_qty=None if paid else self.cash_order_qty,
            price=clause.price,
            time_in_force=tif,
            expire_time=clause.expire_time,
            exec_inst=ExecInst.PARTICIPATE_DONT_INITIATE if post else None,
            max_floor=clause.max_floor,
            self_trade_prevention=self.stp,
            trigger_price=clause.trigger_price,
            trigger_direction=clause.direction(self.side) if directed else None,
            trailing_bips=clause.bips,
            peg_price_type=clause.peg,
            peg_offset=clause.peg_offset,
            target_strategy=self.strategy,
            strategy_id=self.strategy_id,
            smart_routing=self.smart_routing,
        )


_VALUED = (*SHOW, "stp", "strategy", "id", "gtd")
"""Options that a value follows."""


def _say_price(words: Sequence[Word]) -> bool:
    """Whether a preset's own price gives way to what one of these words begins."""
    before = ""
    for word in words:
        option = word.low in (*TIMES, *POST, *_VALUED, "sor")
        if follows_symbol(word) and not option and before not in _VALUED:
            return True
        before = word.low
    return False

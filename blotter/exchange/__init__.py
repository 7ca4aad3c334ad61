"""The embedded exchange: a venue in miniature, met only over its socket.

It speaks a venue's dialect strictly, matches with price-time priority, keeps its books over a restart and misbehaves
on request. It knows nothing of the desk, the screen or the tape: a client of it is a client of any venue.

How a message travels: a connection (socket, session) -> `dialect` (is it legal, what is asked?) -> `hub` (into the log
and the `engine`) -> `voice` (who hears of it), through the dialect again to the sessions that are here, to those that
are `away` and will ask for it, and through `drop_copy`, a second late, to the copies.
Dialects: `dialects` has one module each, `session_connection` serves those that go by FIX. Binance's (fact sheet
sections 2 to 9) judges its sessions itself: `binance_connection` with `grammar`, `logon`, `door`, `market_data`, and
`order_entry` with `terms` and `list_grammar`.
Orders in the engine: `placing` (how one enters and leaves) with `filters`, `triggers`, `pegs` and `matching`, against
`market` and `book`; `modifying` (other terms in place); `lists` (what legs mean for each other); `clearing` and
`account` (who pays); `history`.
REST (section 11) is beside it: `rest` (HTTP) -> `rest_api` (which endpoint, within its weight, signed?) ->
`rest_rules`, `rest_account`, `rest_lists` (from the `mirror`, which may lag) or `rest_cancel` (through the `hub`).
Bad days: `faults` (how they are written), `standing` (which stand, the dice), `rehearsal` (what happens when),
`control` (who asks for them).
"""

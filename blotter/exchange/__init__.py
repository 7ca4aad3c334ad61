"""The embedded exchange: a venue in miniature, met only over its socket.

It speaks Binance's FIX dialect strictly (fact sheet sections 2 to 9), matches with price-time priority, keeps
its books over a restart and misbehaves on request. It knows nothing of the desk, the screen or the tape: a client
of it is a client of any venue.

How a message travels: `connection` (socket, session) -> `grammar` (is it legal?) -> `order_entry` or
`market_data` (what is asked?) -> `hub` (into the log and the `engine`) -> reports to every session of the account,
and through `drop_copy`, a second late, to the copies.
Orders in the engine: `placing` (how one enters and leaves) with `filters`, `triggers`, `pegs` and `matching`, against
`market` and `book`; `lists` (what legs mean for each other); `clearing` and `account` (who pays); `history`.
REST (section 11) is beside it: `rest` (HTTP) -> `rest_api` (which endpoint, within its weight, signed?) ->
`rest_rules`, `rest_account`, `rest_lists` (from the `mirror`, which may lag) or `rest_cancel` (through the `hub`).
Bad days: `faults` (how they are written), `standing` (which stand, the dice), `rehearsal` (what happens when),
`control` (who asks for them).
"""

"""The embedded exchange: a venue in miniature, met only over its socket.

It speaks Binance's FIX dialect strictly (fact sheet sections 2 to 9), matches with price-time priority, keeps
its books over a restart and misbehaves on request. It knows nothing of the desk, the screen or the tape: a client
of it is a client of any venue.

How a message travels: `connection` (socket, session) -> `grammar` (is it legal?) -> `order_entry` or
`market_data` (what is asked?) -> `hub` (into the log and the `engine`) -> reports to every session of the account.
REST (section 11) is beside it: `rest` (HTTP) -> `rest_request` (is it legal, is it signed?) -> `rest_api` (what is
asked?) -> `history` for what became of orders, `hub` for cancels.
"""

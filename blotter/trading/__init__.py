"""The domain: instruments, requests, orders, fills, positions. Pure: no I/O, no clock, no protocol.

Facts go in (`event`), one fold makes the state of them (`ledger` > `order` > `placement`, `pending`, `position`).
What a trader types becomes a request (`grammar`, `verbs`, `completion`, all on `words`) that must pass the `rules`.
"""

"""A plain FIX acceptor: sessions with lasting numbers, and an application that sends back what it gets."""

"""How a tape can refuse, each with a text for people."""


class TapeLocked(Exception):
    """Another process has this tape. `pid` is its process id, where it could be read."""

    def __init__(self, text: str, pid: int | None = None) -> None:
        super().__init__(text)
        self.pid = pid


class TapeFailed(Exception):
    """The disk is full, failing or not answering: nothing more can be recorded."""


class TapeUnusable(TapeFailed):
    """The file is missing, is no tape, is damaged, or was written by another version of Blotter."""

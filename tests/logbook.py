"""Reads the log as an operator does: every line that was written while a test ran, in the form of production."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core import logs


class Logbook:
    """The lines so far."""

    def __init__(self) -> None:
        self.paper = io.StringIO()

    @property
    def text(self) -> str:
        """All of it."""
        return self.paper.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line as the object it is."""
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, **fields: Any) -> list[dict[str, Any]]:
        """The lines that say all of this."""
        return [line for line in self.lines if fields.items() <= line.items()]


@contextmanager
def written(level: int = logging.DEBUG) -> Iterator[Logbook]:
    """Everything that any logger says inside the block."""
    book, root = Logbook(), logging.getLogger()
    handler = logging.StreamHandler(book.paper)
    handler.setFormatter(logs.formatter(for_people=False))
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield book
    finally:
        root.removeHandler(handler)
        root.setLevel(before)

"""The provider behind a source of tracks, as the suite plays it: what each source's actor must be able to do.

A source joins the suite by one class, a child of :class:`Provider`, and one line in ``table.py`` beside this file.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.vocabulary import Shop

#: what a provider may declare in ``can``; a rule that needs one it lacks is not asked of it
ABILITIES: Mapping[str, str] = {
    "asked": "our calls go out to somebody, who answers, and can go wrong",
    "partial": "it may tell some points of a trail instead of all",
}


@dataclass(frozen=True)
class Point:
    """A point of a trail: *status* in the contract's words."""

    at: datetime
    status: str
    text: str


@dataclass(frozen=True)
class News:
    """What there is to tell of a parcel, oldest first; the last point's status is the parcel's."""

    number: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Letter:
    """News of one or more parcels as they come in by the post."""

    url: str
    headers: Mapping[str, str]
    body: bytes

    def post(self) -> httpx.Response:
        """It arrives."""
        return httpx.post(self.url, content=self.body, headers=dict(self.headers), timeout=30, trust_env=False)


class Provider:
    """Who stands behind a source. Nothing is told by itself: the suite posts, loses, repeats and reverses letters."""

    name: str
    #: a company that it follows
    carrier: str
    can: frozenset[str] = frozenset()
    #: by name: ways for our wish to be told to go wrong
    faults: tuple[str, ...] = ()

    @contextmanager
    def opens(self, folder: Path) -> Iterator[None]:
        """Be there for one test."""
        yield

    def sets_up(self, shop: Shop) -> None:
        """Give *shop* an account here, if there are accounts, and turn the source on."""
        raise NotImplementedError

    def number(self, n: int) -> str:
        """The n-th number of the company's; nothing is known of it before it is told."""
        raise NotImplementedError

    def letter(self, *news: News) -> Letter:
        """It tells of these parcels."""
        raise NotImplementedError

    def spoilt(self, letter: Letter) -> Letter:
        """The same, where the first parcel makes no sense."""
        raise NotImplementedError

    def forgeries(self, letter: Letter) -> Mapping[str, Letter]:
        """Letters that must not be believed, made of a genuine one, each named by what was done to it."""
        raise NotImplementedError

    def is_accepted(self, answer: httpx.Response) -> bool:
        """Whether the answer says: kept for good."""
        raise NotImplementedError

    def goes_wrong(self, fault: str) -> None:
        """The next wish to be told, with all its tries, meets *fault*."""
        raise NotImplementedError

    def was_asked(self) -> list[Any]:
        """The numbers that we wished to be told of, oldest first."""
        return []

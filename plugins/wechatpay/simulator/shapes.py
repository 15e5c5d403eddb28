"""What a JSON value may look like, as tables: types, limits, alphabets; nothing unknown, no null."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from plugins.wechatpay.simulator.refusal import (
    EXTRA_PARAMETER,
    MISSING_OPENID,
    MISSING_SUB,
    OUT_OF_RANGE,
    PARAMETER,
    bad_parameter,
)

#: what has an internal number of its own when it is missing
MISSING = {"sub_mchid": MISSING_SUB, "payer": MISSING_OPENID, "openid": MISSING_OPENID}
#: what takes four bytes in UTF-8, and halves of it
_STRANGE = re.compile("[\U00010000-\U0010ffff\ud800-\udfff]")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?([+-]\d\d:\d\d|Z)")


class Shape(Protocol):
    """What a value must be."""

    def check(self, value: Any, at: str) -> None:
        """:raises Refusal: *value*, which stands at the JSON pointer *at*, is something else."""


@dataclass(frozen=True)
class Text:
    """A string of *least* to *most* characters, none of which takes four bytes in UTF-8."""

    most: int
    least: int = 1
    alphabet: str = ""
    choices: tuple[str, ...] = ()

    def check(self, value: Any, at: str) -> None:
        """:raises Refusal: it is something else."""
        if not isinstance(value, str):
            raise bad_parameter(at, value, "must be a string")
        if not self.least <= len(value) <= self.most:
            raise bad_parameter(at, value, f"must have {self.least} to {self.most} characters", OUT_OF_RANGE)
        if not value.isascii() and _STRANGE.search(value):
            raise bad_parameter(at, "", "must not hold characters of four bytes, such as emoji")
        if self.alphabet and not re.fullmatch(f"[{self.alphabet}]+", value):
            raise bad_parameter(at, value, f"must be made of {self.alphabet}")
        if self.choices and value not in self.choices:
            raise bad_parameter(at, value, f"must be one of {', '.join(self.choices)}")


@dataclass(frozen=True)
class Whole:
    """An integer of at least *least*."""

    least: int = 0

    def check(self, value: Any, at: str) -> None:
        """:raises Refusal: it is something else."""
        if type(value) is not int:
            raise bad_parameter(at, value, "must be an integer")
        if not self.least <= value < 2**63:
            raise bad_parameter(at, value, f"must be at least {self.least}", OUT_OF_RANGE)


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def check(self, value: Any, at: str) -> None:
        """:raises Refusal: it is something else."""
        if type(value) is not bool:
            raise bad_parameter(at, value, "must be a boolean")


@dataclass(frozen=True)
class Many:
    """An array of *least* to *most* values of one shape."""

    of: Shape
    most: int
    least: int = 0

    def check(self, value: Any, at: str) -> None:
        """:raises Refusal: it is something else."""
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            raise bad_parameter(at, value, f"must be an array of {self.least} to {self.most} values")
        for number, one in enumerate(value):
            self.of.check(one, f"{at}/{number}")


@dataclass(frozen=True)
class Table:
    """An object with these members and no other; ``!`` behind a name: it must be there."""

    members: Mapping[str, Shape]

    def check(self, value: Any, at: str) -> None:
        """:raises Refusal: it is something else."""
        if not isinstance(value, dict):
            raise bad_parameter(at or "/", value, "must be an object")
        shapes = {name.rstrip("!"): shape for name, shape in self.members.items()}
        for name in self.members:
            if name.endswith("!") and name[:-1] not in value:
                raise bad_parameter(f"{at}/{name[:-1]}", "", "is missing", MISSING.get(name[:-1], PARAMETER))
        for name, member in value.items():
            if name not in shapes:
                raise bad_parameter(f"{at}/{name}", "", "is not a parameter of this call", EXTRA_PARAMETER)
            if member is None:
                raise bad_parameter(f"{at}/{name}", "", "must not be null: leave it out")
            shapes[name].check(member, f"{at}/{name}")


@dataclass(frozen=True)
class Address:
    """An absolute URL that a notice can be sent to."""

    most: int = 255

    def check(self, value: Any, at: str) -> None:
        """:raises Refusal: it is something else."""
        Text(self.most).check(value, at)
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise bad_parameter(at, value, "must be an absolute URL")
        if parts.query or parts.fragment or "?" in value:
            raise bad_parameter(at, value, "must not have a query string")


@dataclass(frozen=True)
class Moment:
    """A date and time with its offset, after RFC 3339."""

    def check(self, value: Any, at: str) -> None:
        """:raises Refusal: it is something else."""
        Text(64).check(value, at)
        try:
            right = _MOMENT.fullmatch(value) and datetime.fromisoformat(value)
        except ValueError:
            right = None
        if not right:
            raise bad_parameter(at, value, "must be a time like 2026-01-01T10:30:00+08:00")


@dataclass(frozen=True)
class Ip:
    """An address of the internet protocol, version 4 or 6."""

    def check(self, value: Any, at: str) -> None:
        """:raises Refusal: it is something else."""
        Text(45).check(value, at)
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise bad_parameter(at, value, "must be an IP address") from None

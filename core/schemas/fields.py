"""The only fields a wire shape is made of: each strict about its type, with a range, and able to say what it takes."""

import re
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from marshmallow import Schema, fields

from core import clock
from core.money import CURRENCIES, MAX_AMOUNT
from core.schemas.degrees import Degrees
from core.schemas.strict import (
    Between,
    In,
    Listed,
    Messages,
    Out,
    QueryIn,
    Shaped,
    Sized,
    SizedList,
    SizedMap,
    Strict,
    refuse,
    validated,
)

__all__ = [
    "Choice", "Code", "Count", "Currency", "Degrees", "Email", "Flag", "Identifier", "In", "JsonObject", "Language",
    "ListOf", "MapOf", "Moment", "Money", "Out", "Part", "Phone", "QueryIn", "Region", "Text", "Timezone", "Url",
    "refuse",
]  # fmt: skip

# Cs: half of a surrogate pair; the others are control characters no person types. Tab and line breaks may stay.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


# ---------------------------------------------------------------------------------------------- numbers and flags
class Count(Strict, fields.Integer):
    """A whole number from *min* to *max*: never a float, a text or a truth value."""

    default_error_messages: Messages = {
        "wrong_type": "Must be a whole number, written without quotes or a decimal point."
    }

    def __init__(self, *, min: int = 0, max: int = 1_000_000, **options: Any) -> None:
        super().__init__(**validated(Between(min=min, max=max), options))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str) and getattr(self.root, "from_text", False) and re.fullmatch(r"-?[0-9]{1,18}", value):
            return int(value)
        if type(value) is not int:
            raise self.make_error("wrong_type")
        return value


class Money(Count):
    """An amount in minor units (fen, cent): a whole number, never a float."""

    default_error_messages: Messages = {
        "wrong_type": "Must be a whole number of minor units (fen, cent): 4900 is 49.00; no quotes, no decimal point."
    }

    def __init__(self, *, min: int = 0, max: int = MAX_AMOUNT, **options: Any) -> None:
        super().__init__(min=min, max=max, **options)


class Flag(Strict, fields.Boolean):
    """true or false, and nothing that merely looks like it."""

    default_error_messages: Messages = {"wrong_type": "Must be true or false."}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if getattr(self.root, "from_text", False) and value in ("true", "false"):
            return bool(value == "true")
        if not isinstance(value, bool):
            raise self.make_error("wrong_type")
        return value


# ---------------------------------------------------------------------------------------------- texts
class Text(Strict, fields.String):
    """A text of *min* to *max* characters; at least one of them visible unless *min* is 0."""

    default_error_messages: Messages = {
        "wrong_type": "Must be a text.",
        "blank": "Must not be empty.",
        "unfit_character": "Holds a character no text may hold: NUL, another control character, half a surrogate.",
    }

    def __init__(self, max: int = 200, *, min: int = 1, **options: Any) -> None:
        super().__init__(**validated(Sized(min=min, max=max), options))
        self._may_be_blank = min == 0

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("wrong_type")
        if _UNFIT.search(value):
            raise self.make_error("unfit_character")
        if not self._may_be_blank and not value.strip():
            raise self.make_error("blank")
        return self.read(value)

    def read(self, value: str) -> str:
        """The text as it is kept; fields with one spelling for many override it."""
        return value


class _ShapedText(Text):
    pattern: ClassVar[str]
    wanted: ClassVar[str]
    code: ClassVar[str]
    longest: ClassVar[int] = 200

    def __init__(self, *, max: int | None = None, **options: Any) -> None:
        super().__init__(max or self.longest, **validated(Shaped(self.pattern, self.wanted, self.code), options))


class Code(_ShapedText):
    """A short name that people and programs share: ``main-store``, ``bank_transfer``."""

    pattern, code, longest = r"[A-Za-z0-9][A-Za-z0-9._-]*", "bad_code", 40
    wanted = "letters, digits, '.', '_' and '-', beginning with a letter or digit"


class Email(_ShapedText):
    """An e-mail address, kept in small letters."""

    pattern, code, longest = r"[^@\s<>\"]{1,64}@[^@\s.]+(\.[^@\s.]+)+", "bad_email", 254
    wanted = "an e-mail address such as mei@example.com"

    def read(self, value: str) -> str:
        """In small letters: one person, one spelling."""
        return value.strip().lower()


class Phone(_ShapedText):
    """A telephone number, kept without spaces and dashes."""

    pattern, code, longest = r"\+?[0-9]{5,20}", "bad_phone", 40
    wanted = "a telephone number: digits, perhaps with a leading '+'"

    def read(self, value: str) -> str:
        """Without spaces, dashes and brackets: one number, one spelling."""
        return re.sub(r"[ ()-]", "", value)


class Region(_ShapedText):
    """A region code: an administrative division such as ``440305``, or ISO 3166 such as ``DE-BE``."""

    pattern, code, longest = r"[A-Za-z0-9-]{2,20}", "bad_region", 20
    wanted = "a region code of 2 to 20 letters, digits and dashes"


class Language(_ShapedText):
    """A language tag: ``zh``, ``en``, ``zh-Hans``."""

    pattern, code, longest = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "bad_language", 10
    wanted = "a language tag such as zh, en or zh-Hant"


class Url(_ShapedText):
    """An address on the web, http or https."""

    pattern, code, longest = r"https?://[^\s/]+.*", "bad_url", 2000
    wanted = "an address that begins with https:// or http://"

    def read(self, value: str) -> str:
        """As given, once it can be taken apart."""
        try:
            urlsplit(value).port  # noqa: B018
        except ValueError:
            raise refuse(f"Must be {self.wanted}.", self.code) from None
        return value


class Choice(Text):
    """One of a few words."""

    def __init__(self, *values: str, **options: Any) -> None:
        super().__init__(100, **validated(Listed(values), options))


class Currency(Choice):
    """An ISO 4217 code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(*CURRENCIES, **options)


class Timezone(Text):
    """An IANA time zone: ``Asia/Shanghai``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(60, **options)

    def read(self, value: str) -> str:
        """As given, once the zone database knows it."""
        try:
            clock.zone(value)
        except ValueError as wrong:
            raise refuse(str(wrong), "bad_timezone") from None
        return value


# ---------------------------------------------------------------------------------------------- ids, times, structures
class Identifier(Strict, fields.UUID):
    """An id of ours: a UUID in its usual spelling."""

    default_error_messages: Messages = {
        "wrong_type": "Must be an id: a UUID such as 0192f0c1-5b1e-7c3a-9f00-1234567890ab."
    }
    _shape = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> UUID:
        if not isinstance(value, str) or not self._shape.fullmatch(value):
            raise self.make_error("wrong_type")
        return UUID(value)


class Moment(Strict, fields.Field[datetime]):
    """A moment: RFC 3339 with its offset; kept and sent in UTC, ending in Z."""

    default_error_messages: Messages = {"wrong_type": "Must be a moment with its offset, such as 2026-01-31T08:30:00Z."}

    def __init__(self, **options: Any) -> None:
        options.setdefault("metadata", {})
        options["metadata"] = {"type": "string", "format": "date-time", **options["metadata"]}
        super().__init__(**options)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", value) or len(value) > 40:
            raise self.make_error("wrong_type")
        try:
            moment = datetime.fromisoformat(value.replace("t", "T").replace("z", "Z"))
            if moment.tzinfo is None:
                raise ValueError("no offset")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.make_error("wrong_type") from None

    def _serialize(self, value: datetime | None, attr: Any, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else clock.as_text(value)


class Part(Strict, fields.Nested):
    """An object inside an object."""

    def __init__(self, schema: type[Schema], **options: Any) -> None:
        super().__init__(schema, **options)


class ListOf(Strict, fields.List[Any]):
    """A list of *min* to *max* entries, each a field or a schema."""

    default_error_messages: Messages = {"invalid": "Must be a list."}

    def __init__(self, entry: "fields.Field[Any] | type[Schema]", *, max: int = 100, min: int = 0, **options: Any):
        inner = Part(entry) if isinstance(entry, type) and issubclass(entry, Schema) else entry
        super().__init__(inner, **validated(SizedList(min=min, max=max), options))


class MapOf(Strict, fields.Dict):
    """An object whose names are free and whose values are all of one kind."""

    default_error_messages: Messages = {"invalid": "Must be a JSON object."}

    def __init__(
        self, value: "fields.Field[Any]", *, key: "fields.Field[Any] | None" = None, max: int = 50, **options: Any
    ):
        options["metadata"] = {"maxProperties": max, **options.get("metadata", {})}
        super().__init__(key or Text(100), value, **validated(SizedMap(max), options))


class JsonObject(Strict, fields.Dict):
    """An object of any shape; what is in it is checked by whoever it is for."""

    default_error_messages: Messages = {"invalid": "Must be a JSON object."}

    def __init__(self, *, max: int = 100, **options: Any) -> None:
        options["metadata"] = {"maxProperties": max, **options.get("metadata", {})}
        super().__init__(**validated(SizedMap(max), options))

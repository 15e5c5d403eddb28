"""What every wire shape and field of ours shares: nothing unknown, and messages that carry a stable code."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from marshmallow import RAISE, Schema, ValidationError, validate

#: marshmallow's own type of a field's messages
Messages = dict[str, str | list[Any] | dict[Any, Any]]


class Said(str):
    """A message that remembers its stable code."""

    code: str

    def __new__(cls, text: str, code: str) -> "Said":
        """*text* for a person, *code* for a program."""
        said = super().__new__(cls, text)
        said.code = code
        return said

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.code


def refuse(text: str, code: str = "invalid") -> ValidationError:
    """The error of a field: raise it from a field or a validator."""
    return ValidationError(cast(str, Said(text, code)))


class In(Schema):
    """A body that comes in. Unknown fields are refused, by name."""

    #: True where every value arrives as text (the query of a URL): whole numbers and flags are then read from text.
    from_text: ClassVar[bool] = False

    class Meta:
        """Nothing is ignored silently."""

        unknown = RAISE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        names = ", ".join(sorted(field.data_key or name for name, field in self.load_fields.items())) or "none"
        self.error_messages["unknown"] = Said(f"There is no such field. Accepted here: {names}.", "unknown_field")
        self.error_messages["type"] = Said("Expected a JSON object.", "wrong_type")


class QueryIn(In):
    """The query of a URL."""

    from_text = True


class Out(Schema):
    """A body that goes out."""


class Strict:
    """What all our fields share: messages with codes."""

    default_error_messages: Messages = {
        "required": "This field is required.",
        "null": "This field may not be null.",
        "validator_failed": "This value is not accepted.",
    }

    def make_error(self, key: str, **values: Any) -> ValidationError:
        """The message *key*, with its code."""
        texts: Mapping[str, str] = self.error_messages  # type: ignore[attr-defined]
        return refuse(texts[key].format(**values), key)


class Between(validate.Range):
    """A whole number within its range."""

    def __call__(self, value: Any) -> Any:
        if self.min is not None and value < self.min or self.max is not None and value > self.max:
            raise refuse(f"Must be a whole number from {self.min} to {self.max}.", "out_of_range")
        return value


class Sized(validate.Length):
    """A text within its length."""

    noun = "characters"

    def __call__(self, value: Any) -> Any:
        least, most, length = self.min or 0, self.max or 0, len(value)
        if length > most:
            raise refuse(f"Too long: {length} {self.noun}, at most {most}.", "too_long")
        if length < least:
            raise refuse(f"Too short: {length} {self.noun}, at least {least}.", "too_short")
        return value


class SizedMap(validate.Validator):
    """An object of so many names at most."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, value: Any) -> Any:
        if len(value) > self.most:
            raise refuse(f"Too long: {len(value)} entries, at most {self.most}.", "too_long")
        return value


class SizedList(Sized):
    """A list within its length."""

    noun = "entries"


class Listed(validate.OneOf):
    """One of a few values."""

    def __call__(self, value: Any) -> Any:
        if value not in self.choices:
            raise refuse(f"Must be one of: {', '.join(map(str, self.choices))}.", "unknown_choice")
        return value


class Shaped(validate.Regexp):
    """A text that matches its pattern whole."""

    def __init__(self, pattern: str, wanted: str, code: str) -> None:
        # anchored for the document's readers: JSON Schema looks for a pattern anywhere in a text
        super().__init__(f"^(?:{pattern})$")
        self.wanted, self.code = wanted, code

    def __call__(self, value: Any) -> Any:
        if not self.regex.fullmatch(value):
            raise refuse(f"Must be {self.wanted}.", self.code)
        return value


def validated(first: Any, options: dict[str, Any]) -> dict[str, Any]:
    """*options* of a field with *first*, one validator or several, before those it was given."""
    more = options.pop("validate", None) or []
    firsts = first if isinstance(first, list) else [first]
    return {**options, "validate": [*firsts, *(more if isinstance(more, list | tuple) else [more])]}

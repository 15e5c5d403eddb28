"""Wire fields take exactly what they say, and say what they take."""

from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow import ValidationError, fields

from core.money import MAX_AMOUNT
from core.schemas.fields import (
    Choice,
    Code,
    Count,
    Currency,
    Email,
    Flag,
    Identifier,
    In,
    JsonObject,
    Language,
    ListOf,
    MapOf,
    Moment,
    Money,
    Part,
    Phone,
    QueryIn,
    Region,
    Text,
    Timezone,
    Url,
)

UUID_TEXT = "0192f0c1-5b1e-7c3a-9f00-1234567890ab"


def load(field: fields.Field[Any], value: Any, base: type[In] = In) -> Any:
    return base.from_dict({"it": field}, name="OneIn")().load({"it": value})["it"]  # type: ignore[arg-type]


GOOD: list[tuple[fields.Field[Any], Any, Any]] = [
    (Money(), 4900, 4900),
    (Money(), 0, 0),
    (Money(), MAX_AMOUNT, MAX_AMOUNT),
    (Money(min=-5), -5, -5),
    (Count(min=1, max=3), 3, 3),
    (Flag(), False, False),
    (Text(), " kept as it is ", " kept as it is "),
    (Text(), "二\n三\t🙂", "二\n三\t🙂"),
    (Text(min=0), "", ""),
    (Code(), "bank_transfer-2.0", "bank_transfer-2.0"),
    (Email(), "Mei.Lin+shop@Example.COM", "mei.lin+shop@example.com"),
    (Phone(), "+86 (138) 0000-0000", "+8613800000000"),
    (Region(), "440305", "440305"),
    (Language(), "zh-Hans", "zh-Hans"),
    (Url(), "https://example.com:8443/a?b#c", "https://example.com:8443/a?b#c"),
    (Choice("a", "b"), "b", "b"),
    (Currency(), "CNY", "CNY"),
    (Timezone(), "Asia/Shanghai", "Asia/Shanghai"),
    (Moment(), "2026-01-31T16:30:00.5+08:00", datetime(2026, 1, 31, 8, 30, 0, 500_000, tzinfo=UTC)),
    (ListOf(Count()), [1, 2], [1, 2]),
    (MapOf(Count()), {"a": 1}, {"a": 1}),
    (JsonObject(), {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
]
BAD: list[tuple[fields.Field[Any], list[Any], str]] = [
    (Money(), [1.0, "1", True, None, [], {}, 1e3], "wrong_type"),
    (Money(), [-1, MAX_AMOUNT + 1], "out_of_range"),
    (Count(min=1, max=3), [0, 4], "out_of_range"),
    (Flag(), [0, 1, "true", "yes", []], "wrong_type"),
    (Text(), [1, [], True, {}], "wrong_type"),
    (Text(), ["", "  ", "\n"], "blank"),
    (Text(), ["\0", "a\x1b[31m", "\ud800", "\x7f"], "unfit_character"),
    (Text(3), ["abcd"], "too_long"),
    (Code(), ["a b", "-a", "ä", "a/b", ".."], "bad_code"),
    (Email(), ["a", "a@b", "@b.c", "a@b.", "a b@c.d", "a@@b.c"], "bad_email"),
    (Phone(), ["abc", "1234", "+", "１２３４５６"], "bad_phone"),
    (Region(), ["a b", "x" * 3 + "/"], "bad_region"),
    (Language(), ["ZH", "chinese", "z"], "bad_language"),
    (Url(), ["ftp://a", "javascript:alert(1)", "https://", "https://a:99999999/"], "bad_url"),
    (Choice("a", "b"), ["c", "A"], "unknown_choice"),
    (Currency(), ["cny", "XXX", "BTC"], "unknown_choice"),
    (Timezone(), ["Mars/Base", "Asia", "../etc/passwd"], "bad_timezone"),
    (Identifier(), ["1", UUID_TEXT.replace("-", ""), "{" + UUID_TEXT + "}", 5, b"x"], "wrong_type"),
    (Moment(), ["2026-01-31", "2026-01-31T08:30:00", "2026-13-01T00:00:00Z", 1, "now", "0001-01-01T00:00:00+14:00"],
     "wrong_type"),
    (ListOf(Count(), max=2), [[1, 2, 3]], "too_long"),
    (ListOf(Count(), min=1), [[]], "too_short"),
    (MapOf(Count(), max=1), [{"a": 1, "b": 2}], "too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "read"), GOOD)
def test_good_values_are_read(field: fields.Field[Any], value: Any, read: Any) -> None:
    assert load(field, value) == read


@pytest.mark.parametrize(
    ("field", "value", "code"), [(field, value, code) for field, values, code in BAD for value in values]
)
def test_bad_values_are_refused_by_code_with_what_is_accepted(field: fields.Field[Any], value: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        load(field, value)
    message = refused.value.messages["it"][0]  # type: ignore[index]
    assert message.code == ("null" if value is None else code)
    assert message.endswith(".") or code == "bad_timezone"


def test_a_query_is_text_and_is_read_as_such() -> None:
    assert load(Count(), "12", QueryIn) == 12
    assert load(Flag(), "true", QueryIn) is True
    for field, value in ((Count(), "1.0"), (Count(), "１"), (Count(), "1_0"), (Flag(), "1"), (Count(), " 1")):
        with pytest.raises(ValidationError):
            load(field, value, QueryIn)


def test_unknown_fields_are_refused_with_the_known_ones_also_inside() -> None:
    class LineIn(In):
        quantity = Count(min=1, required=True)

    class CartIn(In):
        lines = ListOf(LineIn, required=True)
        gift = Part(LineIn)

    with pytest.raises(ValidationError) as refused:
        CartIn().load({"lines": [{"quantity": 1, "price": 1}], "gift": {"quantity": 0}, "x": 1})
    messages: Any = refused.value.messages
    assert "quantity" in messages["lines"][0]["price"][0] and messages["x"][0].code == "unknown_field"
    assert messages["gift"]["quantity"][0].code == "out_of_range"
    with pytest.raises(ValidationError) as refused:
        CartIn().load({"lines": {}, "gift": []})
    messages = refused.value.messages
    assert "list" in messages["lines"][0] and "object" in str(messages["gift"])


def test_moments_go_out_in_utc() -> None:
    class Row(In):
        at = Moment()

    east = datetime.fromisoformat("2026-01-31T16:30:00+08:00")
    assert Row().dump({"at": east}) == {"at": "2026-01-31T08:30:00Z"}

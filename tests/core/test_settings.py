"""The merchant's settings: defaults, ranges, versions, and the schema forms are drawn from."""

from typing import Any

import jsonschema
import pytest

from tests.actors import Merchant


@pytest.mark.both_databases
def test_settings_have_defaults_and_are_changed_one_by_one(merchant: Merchant) -> None:
    read = merchant.owner.get("settings")
    assert read["settings"]["unpaid_minutes"] == 30 and read["currency"] == "CNY"
    changed = merchant.owner.patch("settings", {"unpaid_minutes": 45, "confirm_days": {"courier": 10}}, read.etag)
    assert changed["settings"] == read["settings"] | {"unpaid_minutes": 45, "confirm_days": {"courier": 10}}
    assert merchant.owner.get("settings").body == changed.body
    back = merchant.owner.patch("settings", {"unpaid_minutes": 30, "confirm_days": {}}, changed.etag)
    assert back["settings"] == read["settings"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"unpaid_minutes": 0}, "/unpaid_minutes"),
        ({"unpaid_minutes": 43_201}, "/unpaid_minutes"),
        ({"unpaid_minutes": 30.0}, "/unpaid_minutes"),
        ({"unpaid_minutes": "30"}, "/unpaid_minutes"),
        ({"unpaid_minutes": True}, "/unpaid_minutes"),
        ({"unpaid_minutes": None}, "/unpaid_minutes"),
        ({"confirm_preset": "s1"}, "/confirm_preset"),
        ({"confirm_days": {"courier": 0}}, "/confirm_days/courier"),
        ({"confirm_days": []}, "/confirm_days"),
        ({"risk_hold_amount": 0}, "/risk_hold_amount"),
        ({"freight_flat": -1}, "/freight_flat"),
        ({"colour": 1}, "/colour"),
    ],
)
def test_a_setting_out_of_range_is_refused(merchant: Merchant, change: dict[str, Any], pointer: str) -> None:
    refused = merchant.owner.refused(422, "PATCH", "settings", change, headers={"If-Match": "*"})
    assert refused["errors"][0]["pointer"] == pointer
    assert merchant.owner.get("settings")["version"] == 0


def test_settings_need_a_version_and_a_permission(merchant: Merchant) -> None:
    merchant.owner.refused(428, "PATCH", "settings", {"extend_days": 5})
    merchant.owner.refused(412, "PATCH", "settings", {"extend_days": 5}, headers={"If-Match": '"v9"'})
    clerk = merchant.staff("clerk")
    refused = clerk.refused(403, "GET", "settings")
    assert refused["permission"] == "settings.read"


def test_the_schema_describes_what_the_settings_are(merchant: Merchant) -> None:
    schema = merchant.owner.get("settings/schema").body
    values = merchant.owner.get("settings")["settings"]
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(values, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values | {"unpaid_minutes": 0}, schema)
    for name, field in schema["properties"].items():
        assert field["title_zh"] and field["title_en"], name
        assert field["default"] == values[name], name


def test_stores_are_made_listed_and_closed(merchant: Merchant, other_merchant: Merchant) -> None:
    made = merchant.owner.post("stores", {"code": "main", "name": "Main", "phone": "010 1234 5678", "region": "110000"})
    assert made["phone"] == "01012345678"
    assert merchant.owner.refused(409, "POST", "stores", {"code": "main", "name": "X"})["code"] == "already_exists"
    path = f"stores/{made['id']}"
    other_merchant.owner.refused(404, "GET", path)
    other_merchant.owner.refused(404, "PATCH", path, {"name": "Mine"}, headers={"If-Match": "*"})
    assert len(merchant.visitor.get("stores")["data"]) == 1
    merchant.owner.patch(path, {"enabled": False}, made.etag)
    assert merchant.visitor.get("stores")["data"] == []
    assert other_merchant.visitor.get("stores")["data"] == []

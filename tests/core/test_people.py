"""Staff, keys and buyers: made, edited, bound to what they may do, and the owner who must stay."""

from datetime import timedelta

import pytest

from core import clock as core_clock
from tests.actors import PASSWORD, Merchant
from tests.conftest import Clock


@pytest.mark.both_databases
def test_a_buyer_registers_signs_out_and_comes_back(merchant: Merchant) -> None:
    mei = merchant.buyer("Mei")
    assert mei.get("me")["name"] == "Mei"

    assert mei.delete("sessions").status == 204
    mei.refused(401, "GET", "me")

    again = merchant.visitor.post("sessions", {"email": mei.customer["email"].upper(), "password": PASSWORD})
    mei.token = again["token"]
    assert mei.get("me")["id"] == mei.id


@pytest.mark.both_databases
def test_an_email_address_belongs_to_one_buyer(merchant: Merchant, other_merchant: Merchant) -> None:
    body = {"email": "mei@example.com", "password": PASSWORD}
    merchant.visitor.post("customers", body)
    refused = merchant.visitor.refused(409, "POST", "customers", {**body, "email": "MEI@example.com"})
    assert refused["code"] == "already_exists"
    other_merchant.visitor.post("customers", body)


def test_registering_needs_an_address_or_a_number_and_a_long_enough_password(merchant: Merchant) -> None:
    visitor = merchant.visitor
    assert visitor.refused(422, "POST", "customers", {"password": PASSWORD})["errors"][0]["pointer"] == "/email"
    short = visitor.refused(422, "POST", "customers", {"phone": "+86 138-0000-0000", "password": "short"})
    assert (short["errors"][0]["pointer"], short["errors"][0]["code"]) == ("/password", "too_short")
    assert visitor.post("customers", {"phone": "+86 138-0000-0000", "password": PASSWORD})["customer"]["phone"] == (
        "+8613800000000"
    )


def test_a_buyer_changes_name_and_password_but_only_with_the_old_password(merchant: Merchant) -> None:
    mei = merchant.buyer()
    assert mei.patch("me", {"name": "Mei Lin", "language": "zh"})["name"] == "Mei Lin"
    mei.refused(422, "PATCH", "me", {"password": "a new long one"})
    mei.refused(422, "PATCH", "me", {"password": "a new long one", "current_password": "wrong"})
    mei.patch("me", {"password": "a new long one", "current_password": PASSWORD})
    merchant.visitor.refused(401, "POST", "sessions", {"email": mei.customer["email"], "password": PASSWORD})
    merchant.visitor.post("sessions", {"email": mei.customer["email"], "password": "a new long one"})
    mei.refused(422, "PATCH", "me", {"email": None, "phone": None})


@pytest.mark.both_databases
def test_the_merchants_own_server_signs_its_customers_in(merchant: Merchant) -> None:
    server = merchant.api_key("customers.mint")
    first = server.post("customers/tokens", {"external_id": "u-1", "name": "Mei"}, key="k1")
    second = server.post("customers/tokens", {"external_id": "u-1"})
    assert first["customer"]["id"] == second["customer"]["id"] and first["token"] != second["token"]
    other = server.post("customers/tokens", {"external_id": "u-1", "app_id": "mini"})
    assert other["customer"]["id"] != first["customer"]["id"]
    assert server.post("customers/tokens", {"external_id": "u-1", "name": "Mei"}, key="k1").body == first.body


@pytest.mark.both_databases
def test_staff_are_made_edited_and_disabled_at_once(merchant: Merchant) -> None:
    clerk = merchant.staff("clerk")
    row = next(one for one in merchant.owner.everything("staff") if one["roles"] == ["clerk"])
    path = f"staff/{row['id']}"
    store = merchant.owner.post("stores", {"code": "main", "name": "Main"})

    read = merchant.owner.get(path)
    edited = merchant.owner.patch(path, {"roles": ["warehouse"], "store_ids": [store["id"]]}, read.etag)
    assert edited["roles"] == ["warehouse"] and edited["store_ids"] == [store["id"]]
    assert clerk.get("me")["store_ids"] == [store["id"]]
    merchant.owner.refused(412, "PATCH", path, {"name": "Late"}, headers=read.etag)
    merchant.owner.refused(428, "PATCH", path, {"name": "Careless"})

    merchant.owner.patch(path, {"enabled": False}, edited.etag)
    clerk.refused(401, "GET", "me")
    nobody = merchant.owner.refused(401, "POST", "sessions", {"login": row["login"], "password": PASSWORD})
    assert nobody["code"] == "bad_credentials"


@pytest.mark.both_databases
def test_the_last_owner_can_be_neither_disabled_nor_demoted(merchant: Merchant) -> None:
    (owner,) = merchant.owner.everything("staff")
    path = f"staff/{owner['id']}"
    for change in ({"enabled": False}, {"roles": ["clerk"]}):
        refused = merchant.owner.refused(409, "PATCH", path, change, headers={"If-Match": "*"})
        assert refused["code"] == "last_owner"
    second = merchant.staff("owner")
    second.patch(path, {"roles": ["clerk"]}, {"If-Match": "*"})
    assert merchant.owner.get("me")["roles"] == ["clerk"]


def test_nobody_gives_more_than_they_have(merchant: Merchant) -> None:
    server = merchant.api_key("staff.write", "keys.write")
    body = {"login": "sly", "name": "Sly", "password": PASSWORD, "roles": ["owner"]}
    assert server.refused(403, "POST", "staff", body)["code"] == "forbidden"
    server.refused(403, "POST", "keys", {"name": "sly", "scopes": ["settings.write"]})
    server.post("keys", {"name": "fine", "scopes": ["staff.write"]})
    (owner,) = merchant.owner.everything("staff")
    server.refused(403, "PATCH", f"staff/{owner['id']}", {"password": "taken over!"}, headers={"If-Match": "*"})


def test_a_login_is_taken_once_and_a_store_must_be_there(merchant: Merchant, other_merchant: Merchant) -> None:
    body = {"login": "owner", "name": "Other", "password": PASSWORD, "roles": ["clerk"]}
    assert merchant.owner.refused(409, "POST", "staff", body)["code"] == "already_exists"
    theirs = other_merchant.owner.post("stores", {"code": "main", "name": "Main"})
    refused = merchant.owner.refused(422, "POST", "staff", {**body, "login": "new", "store_ids": [theirs["id"]]})
    assert refused["errors"][0]["pointer"] == "/store_ids/0"
    assert len(merchant.owner.everything("staff")) == 1


@pytest.mark.both_databases
def test_a_key_opens_what_its_scopes_say_until_it_is_over_or_revoked(merchant: Merchant, clock: Clock) -> None:
    ends = (core_clock.now() + timedelta(hours=1)).isoformat()
    made = merchant.owner.post("keys", {"name": "till", "scopes": ["stores.read"], "expires_at": ends})
    key = merchant.meet(type(merchant.owner)(merchant.base_url, merchant.code, made["token"], "till"))
    assert key.get("stores")["data"] == []
    assert key.get("me")["permissions"] == ["stores.read"]
    key.refused(403, "GET", "staff")
    key.refused(403, "DELETE", "sessions")

    listed = merchant.owner.get("keys")["data"][0]
    assert "token" not in listed and listed["last4"] == made["token"][-4:]
    clock.passes(hours=1)
    key.refused(401, "GET", "stores")

    second = merchant.owner.post("keys", {"name": "two", "scopes": ["stores.read"]})
    key.token = second["token"]
    key.get("stores")
    merchant.owner.delete(f"keys/{second['id']}")
    key.refused(401, "GET", "stores")


def test_a_scope_must_be_a_permission_and_an_end_must_lie_ahead(merchant: Merchant, clock: Clock) -> None:
    refused = merchant.owner.refused(422, "POST", "keys", {"name": "x", "scopes": ["everything"]})
    assert refused["errors"][0]["code"] == "unknown_permission"
    body = {"name": "x", "scopes": ["stores.read"], "expires_at": clock.now.isoformat()}
    assert merchant.owner.refused(422, "POST", "keys", body)["errors"][0]["pointer"] == "/expires_at"

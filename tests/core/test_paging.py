"""Long lists by the page: complete, without repetition, and only with cursors of our own."""

import pytest

from tests.actors import Merchant


def fill(merchant: Merchant, many: int) -> list[str]:
    return [merchant.owner.post("stores", {"code": f"s{n}", "name": f"Store {n}"})["id"] for n in range(many)]


@pytest.mark.both_databases
def test_pages_hold_every_row_once_in_order(merchant: Merchant) -> None:
    ids = fill(merchant, 7)
    assert [row["id"] for row in merchant.owner.everything("stores", limit=3)] == ids
    first = merchant.owner.get("stores", limit=3)
    assert first["page"]["has_more"] and 'rel="next"' in first.headers["Link"]
    following = first.headers["Link"].split(">")[0].lstrip("<")
    fill_more = merchant.owner.post("stores", {"code": "later", "name": "Later"})["id"]
    assert [row["id"] for row in merchant.owner.get(following)["data"]] == ids[3:6]
    assert merchant.owner.everything("stores")[-1]["id"] == fill_more
    last = merchant.owner.get("stores", limit=8)
    assert last["page"] == {"has_more": False, "next_cursor": None} and "Link" not in last.headers


def test_newest_first_lists_continue_backwards(merchant: Merchant) -> None:
    keys = [merchant.owner.post("keys", {"name": f"k{n}", "scopes": ["stores.read"]})["id"] for n in range(5)]
    assert [row["id"] for row in merchant.owner.everything("keys", limit=2)] == keys[::-1]


def test_only_our_own_cursors_of_this_very_list_are_taken(merchant: Merchant, other_merchant: Merchant) -> None:
    fill(merchant, 2)
    fill(other_merchant, 2)
    cursor = merchant.owner.get("stores", limit=1)["page"]["next_cursor"]
    merchant.owner.get("stores", limit=5, cursor=cursor)
    theirs = other_merchant.owner.get("stores", limit=1)["page"]["next_cursor"]
    visitors = merchant.visitor.get("stores", limit=1)["page"]["next_cursor"]
    for bad in ("", "x", ".", cursor[:-1], cursor + "x", "B" + cursor[1:], theirs, visitors, "ü", "a" * 5000):
        refused = merchant.owner.refused(400, "GET", "stores", params={"cursor": bad})
        assert refused["code"] == "invalid_cursor"
    merchant.owner.refused(400, "GET", "messages", params={"cursor": cursor, "unread": "true"})

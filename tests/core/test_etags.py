"""Edits say which version they edit; whoever is late is told so."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.actors import Answer, Merchant


@pytest.mark.both_databases
def test_two_edits_of_one_version_are_one_edit(merchant: Merchant) -> None:
    made = merchant.owner.post("stores", {"code": "main", "name": "Main"})
    path = f"stores/{made['id']}"

    def edit(number: int) -> Answer:
        return merchant.owner.send("PATCH", path, json={"name": f"Name {number}"}, headers=made.etag)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(edit, range(4)))
    assert sorted(one.status for one in answers) == [200, 412, 412, 412]
    late = next(one for one in answers if one.status == 412)
    assert late["code"] == "version_changed" and late["version"] == 1
    won = next(one for one in answers if one.status == 200)
    assert merchant.owner.get(path).body == won.body and won.headers["ETag"] == '"v1"'


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ('"v0"', 200),
        ("*", 200),
        ('"v7", "v0"', 200),
        ('"v1"', 412),
        ('W/"v0"', 412),
        ("v0", 400),
        ("", 400),
        ('"v0', 400),
    ],
)
def test_what_an_edit_may_say(merchant: Merchant, tag: str, status: int) -> None:
    made = merchant.owner.post("stores", {"code": "main", "name": "Main"})
    assert merchant.owner.send(
        "PATCH", f"stores/{made['id']}", json={"name": "x"}, headers={"If-Match": tag}
    ).status == (status)


def test_an_edit_without_a_version_is_refused_and_changes_nothing(merchant: Merchant) -> None:
    made = merchant.owner.post("stores", {"code": "main", "name": "Main"})
    refused = merchant.owner.refused(428, "PATCH", f"stores/{made['id']}", {"name": "x"})
    assert refused["code"] == "precondition_required"
    assert merchant.owner.get(f"stores/{made['id']}")["name"] == "Main"

"""Cases: what needs a human is one case until it is resolved; a job that gives up becomes one."""

from typing import Any

import pytest

from core import queue
from core.db import all_of, get, reading, transaction
from core.errors import NotFound, Refused
from core.ids import new_id
from core.models import Case, Job
from core.services import cases
from tests.conftest import Clock
from tests.vocabulary import Shop


def trouble(key: str | None = "leak:1", **data: Any) -> Case:
    """Water comes in."""
    return cases.open_case("leak", "Water comes in; call somebody.", thing_kind="merchant", key=key, **data)


def test_the_same_trouble_twice_is_one_case_until_it_is_resolved(shop: Shop) -> None:
    with shop.merchant.inside():
        with transaction():
            first = trouble(depth=1)
        with transaction():
            assert trouble(depth=2).id == first.id
        with transaction():
            cases.resolve_key("leak:1", "It stopped.")
            cases.resolve_key("leak:1", "Nobody hears this.")
        with transaction():
            second = trouble(depth=3)
    assert second.id != first.id
    told = {case.id: case for case in shop.cases(kind="leak")}
    assert (told[str(first.id)].status, told[str(first.id)].remark) == ("resolved", "It stopped.")
    assert (told[str(second.id)].status, told[str(second.id)].data.depth) == ("open", 3)


def test_troubles_without_a_key_are_as_many_cases(shop: Shop) -> None:
    with shop.merchant.inside(), transaction():
        trouble(None)
        trouble(None)
    assert len(shop.cases(kind="leak")) == 2


def test_a_resolved_case_is_left_alone(shop: Shop) -> None:
    with shop.merchant.inside(), transaction():
        case_id = trouble().id
    with shop.merchant.inside(), transaction():
        cases.resolve(get(Case, shop.merchant.id, case_id), "done")
    for change in (cases.resolve, cases.remark):
        with pytest.raises(Refused), shop.merchant.inside(), transaction():
            change(get(Case, shop.merchant.id, case_id), "once more")
    assert [case.remark for case in shop.cases()] == ["done"]


def test_a_case_is_owned_by_somebody_of_the_shop_or_by_nobody(shop: Shop) -> None:
    with shop.merchant.inside(), transaction():
        case_id = trouble().id
    with pytest.raises(NotFound), shop.merchant.inside(), transaction():
        cases.assign(get(Case, shop.merchant.id, case_id), new_id())
    ann = shop.employs("finance")
    me = ann.asks("GET", "me").id
    shop.asks("PATCH", f"cases/{case_id}", {"owner_id": me}, If_Match='"v0"')
    assert [case.id for case in shop.cases(owner_id=me)] == [str(case_id)]
    shop.is_refused(412).asks("PATCH", f"cases/{case_id}", {"owner_id": None}, If_Match='"v0"')
    assert shop.asks("PATCH", f"cases/{case_id}", {"owner_id": None}, If_Match='"v1"').owner_id is None


def test_a_job_that_gives_up_becomes_a_case_that_names_its_plugin(shop: Shop, clock: Clock) -> None:
    with shop.merchant.inside(), transaction():
        queue.soon("core.send_refund", order_id=new_id(), part_id=new_id())
    clock.passes(days=2)
    case = shop.cases(kind="job_failed")[0]
    assert (case.data.plugin, case.data.name, case.thing_kind) == ("core", "core.send_refund", "job")
    assert "will not be tried again" in case.title and "NotFound" in case.title
    with shop.merchant.inside(), reading():
        failed = all_of(Job, shop.merchant.id, Job.status == "failed")
    assert [(job.name, job.tries) for job in failed] == [("core.send_refund", 20)]
    assert [job["name"] for job in shop.lists("jobs", status="failed")] == ["core.send_refund"]


def test_a_job_that_gave_up_can_be_tried_again_once_its_trouble_is_mended(shop: Shop, clock: Clock) -> None:
    with shop.merchant.inside(), transaction():
        queue.soon("core.send_refund", order_id=new_id(), part_id=new_id())
    clock.passes(days=2)
    failed = shop.lists("jobs", status="failed")[0]
    again = shop.merchant.owner.post(f"jobs/{failed['id']}/retry")
    assert (again["status"], again["tries"], again["error"]) == ("waiting", 0, None)
    assert shop.merchant.owner.refused(409, "POST", f"jobs/{failed['id']}/retry")["code"] == "not_failed"
    clock.settles()
    assert [job["tries"] for job in shop.lists("jobs") if job["id"] == failed["id"]] == [1]


def test_only_those_who_may_see_cases_see_them(shop: Shop) -> None:
    with shop.merchant.inside(), transaction():
        case_id = trouble().id
    clerk, service = shop.employs("warehouse"), shop.employs("customer_service")
    clerk.is_refused(403).asks("GET", "cases")
    clerk.is_refused(403).asks("GET", "cases/counts")
    clerk.is_refused(403).asks("POST", f"cases/{case_id}/resolve", {"remark": "x"})
    assert service.asks("POST", f"cases/{case_id}/resolve", {"remark": "dry"}).status == "resolved"
    told = shop.is_refused(422).asks("POST", f"cases/{case_id}/resolve", {})
    assert told.errors[0].pointer == "/remark"
    assert shop.is_refused(404).asks("GET", f"cases/{new_id()}").code == "not_found"

"""Nobody of one merchant sees, finds or touches anything of another, through whatever address, body or filter."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core.api.auth import access_of
from tests.calls import CALLS, Call, fill, names_a_thing
from tests.village import Caller, House, Village

SHUT = {401, 404}
#: a right call of an address that needs a query: the file link's signature, as bolt itself was given it
LINK = "/v1/files/<merchant>/<uuid:file_id>"


def routes(village: Village) -> Iterator[tuple[str, str, str]]:
    """(method, rule, who may) of every address of a merchant."""
    for rule in village.app.url_map.iter_rules():
        if "<merchant>" in rule.rule:
            access = access_of(village.app.view_functions[rule.endpoint])
            assert access is not None
            yield from ((method, rule.rule, access.who) for method in sorted(methods(rule)))


def methods(rule: Rule) -> set[str]:
    """What a rule answers to, beside what Flask adds by itself."""
    return set(rule.methods or ()) - {"OPTIONS", "HEAD"}


def query_of(village: Village, rule: str) -> str:
    """What must stand behind the question mark."""
    if rule != LINK:
        return ""
    url = f"/v1/admin/bolt/files/{village.bolt.things['files/file_id']}"
    return "?" + str(village.bolt.owner("GET", url).get_json()["url"]).partition("?")[2]


def body_of(method: str, rule: str, house: House) -> Any:
    """The body of a right call."""
    call = CALLS.get(f"{method} {rule}")
    return call.body(house) if call else None


def order_of(method: str, rule: str) -> str:
    """The order a right call is about."""
    call = CALLS.get(f"{method} {rule}")
    return call.order if call else "part_refund" if "refund_number" in rule else "unpaid"


def own_callers(house: House, who: str) -> list[Caller]:
    """Those of *house* who may use such an address."""
    return {"staff": [house.owner, house.key], "buyer": [house.buyer], "anyone": [house.visitor]}[who]


def ids_of(house: House) -> set[str]:
    """The ids of all its rows."""
    return {str(value) for rows in house.rows().values() for row in rows for value in row if isinstance(value, UUID)}


def text_of(answer: TestResponse) -> str:
    """Its body; the bytes of a file are no text, and no harm."""
    return answer.get_data().decode("utf-8", "replace")


def leaks(text: str, house: House, sent: str) -> list[str]:
    """What of *house* stands in *text* that the caller did not send themselves."""
    found = [house.canary] if house.canary.lower() in text.lower() else []
    ids = set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text))
    return found + [one for one in ids & ids_of(house) if one not in sent]


@pytest.mark.parametrize("name", ["owner", "key", "buyer"])
def test_a_token_opens_no_door_of_another_merchant(village: Village, name: str) -> None:
    caller, acme = village.bolt.callers()[name], village.acme
    before, wrong = acme.rows(), []
    with village.nothing_written():
        for method, rule, _ in routes(village):
            url = fill(rule, acme, order=order_of(method, rule)) + query_of(village, rule)
            body = body_of(method, rule, acme)
            answer = caller(method, url, body)
            told = leaks(text_of(answer), acme, url + json.dumps(body))
            if answer.status_code not in SHUT or told:
                wrong.append(f"{method} {url}: {answer.status_code} {told}")
    assert not wrong, "\n".join(wrong)
    assert acme.rows() == before


def test_a_thing_of_another_merchant_is_not_there_at_ones_own_address(village: Village) -> None:
    acme, bolt, wrong = village.acme, village.bolt, []
    before = acme.rows(), bolt.rows()
    named = [(method, rule, who) for method, rule, who in routes(village) if names_a_thing(rule)]
    assert len(named) > 40
    with village.nothing_written():
        for method, rule, who in named:
            url = fill(rule, bolt, acme, order_of(method, rule)) + query_of(village, rule)
            body = body_of(method, rule, bolt)
            for caller in own_callers(bolt, who):
                answer = caller(method, url, body)
                told = leaks(text_of(answer), acme, url)
                if answer.status_code != 404 or told:
                    wrong.append(f"{method} {url}: {answer.status_code} {told} {answer.get_json()}")
    assert not wrong, "\n".join(wrong)
    assert (acme.rows(), bolt.rows()) == before


def test_everything_one_may_read_is_ones_own(village: Village) -> None:
    acme, bolt = village.acme, village.bolt
    told_of_bolt, strange = 0, []
    for method, rule, who in routes(village):
        if method != "GET":
            continue
        url = fill(rule, bolt, order=order_of(method, rule)) + query_of(village, rule)
        for caller in own_callers(bolt, who):
            answer = caller("GET", url)
            text = text_of(answer)
            assert answer.status_code == 200, f"{url}: {text}"
            told_of_bolt += bolt.canary in text
            strange += [f"{url} tells {one}" for one in leaks(text, acme, "")]
    assert not strange, strange
    assert told_of_bolt > 30, "the canaries do not sing: this test would see nothing"


@pytest.mark.parametrize("call", CALLS.values(), ids=lambda call: call.name)
def test_a_body_that_names_things_of_another_merchant_is_refused(village: Village, call: Call) -> None:
    acme, bolt = village.acme, village.bolt
    theirs = dict(leaves(call.body(acme)))
    for path, own in leaves(call.body(bolt)):
        if theirs.get(path, own) == own:
            continue
        body = with_leaf(call.body(bolt), path, theirs[path])
        before = acme.rows()
        with village.nothing_written():
            answer = getattr(bolt, call.who)(call.method, call.url(bolt), body)
        assert answer.status_code in {401, 404, 409, 422}, f"{path}: {answer.status_code} {answer.get_json()}"
        assert not leaks(text_of(answer), acme, json.dumps(body))
        assert acme.rows() == before


def test_filters_find_nothing_of_another_merchant(village: Village) -> None:
    acme, things = village.acme, village.acme.things
    order, paid = acme.orders["shipped"], acme.orders["opened_payment"].out_trade_no
    asked = {
        "orders": [f"customer_id={acme.mei.id}", f"number={order.number}", "store=acme-store"],
        "cases": [f"owner_id={things['staff/staff_id']}", f"order_id={order.id}"],
        "payments": [f"out_trade_no={paid}"],
        "refunds": [f"number={things['refunds/refund_number']}"],
        "shipments": [f"number={order.shipments[0].number}"],
        "stock": ["warehouse=acme-south", "sku=acme-tea"],
        "customers": [f"search={acme.mei.email}"],
        "products": ["q=Kanari-acme", "q=acme"],
    }
    for path, filters in asked.items():
        for one in filters:
            mine = acme.owner("GET", f"/v1/admin/acme/{path}?{one}")
            assert mine.status_code == 200, mine.get_json()
            answer = village.bolt.owner("GET", f"/v1/admin/bolt/{path}?{one}")
            found = answer.get_json()
            assert answer.status_code in (404, 422) or found["data"] == [], f"{path}?{one}: {found}"


def test_a_cursor_of_another_merchant_leads_nowhere(village: Village) -> None:
    for path in ("orders", "messages", "customers"):
        theirs = village.acme.owner("GET", f"/v1/admin/acme/{path}?limit=1").get_json()["page"]["next_cursor"]
        answer = village.bolt.owner("GET", f"/v1/admin/bolt/{path}?limit=1&cursor={theirs}")
        assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_cursor")


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value of a body that is no list and no object; names of free objects count as values."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner == {}:
                yield (*path, "names"), name
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def with_leaf(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """*body* with another value at *path*."""
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    if path[-1] == "names":
        inner[value] = inner.pop(next(iter(inner)))
    else:
        inner[path[-1]] = value
    return body

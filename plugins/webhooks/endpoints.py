"""Endpoints: made, changed, switched off and on, their secrets, and why one is disabled."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, func, or_, select, update

from core import (
    EventSpec,
    FieldError,
    Invalid,
    Refused,
    add,
    announce,
    current_merchant,
    db,
    event_catalog,
    find,
    get,
    now,
    open_case,
    resolve_key,
    seal,
    settings_of,
    soon,
    unseal,
)
from plugins.webhooks.models import WebhookDelivery, WebhookEndpoint
from plugins.webhooks.settings import NAME
from plugins.webhooks.signature import new_secret

_FILTER: Final = re.compile(r"\*|[a-z][a-z0-9_.]*\*?")
#: why an endpoint is disabled -> what staff read
WHY: Final[Mapping[str, str]] = {
    "gone": "it answered 410: it wants no more",
    "failing": "nothing has arrived there for days",
    "full": "too many events wait for it",
}


def is_sandbox() -> bool:
    """Whether this installation may call servers on its own machine."""
    return bool(current_app.config.get("SANDBOX") or current_app.config.get("TESTING"))


def catalog() -> dict[str, EventSpec]:
    """The events that may be told to a server."""
    return {name: spec for name, spec in sorted(event_catalog().items()) if "webhook" in spec.audiences}


def wants(filters: Iterable[str], name: str) -> bool:
    """Whether one of *filters* means the event *name*."""
    return any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in filters)


def require_known(filters: Sequence[str]) -> None:
    """:raises Invalid: one of them means no event there is."""
    names = catalog()
    wrong = [
        FieldError(
            f"/events/{place}", f"No event is called {one}. Accepted: {', '.join(names)}, or a beginning and '*'."
        )
        for place, one in enumerate(filters)
        if not (_FILTER.fullmatch(one) and any(wants([one], name) for name in names))
    ]
    if wrong:
        raise Invalid("Some events are not known.", code="event_unknown", errors=wrong)


def create(body: Mapping[str, Any]) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, whose URL has been checked, and its secret, which is not shown again.

    :raises Refused: the merchant has as many as it may have.
    """
    merchant_id, most = current_merchant().id, settings_of(NAME)["most_endpoints"]
    require_known(body["events"])
    many = select(func.count(WebhookEndpoint.id)).where(WebhookEndpoint.merchant_id == merchant_id)
    if (db.session().scalar(many) or 0) >= most:
        raise Refused(f"There are {most} endpoints, no more are taken: delete one first.", code="too_many_endpoints")
    moment = now()
    endpoint = add(
        WebhookEndpoint(
            merchant_id=merchant_id,
            url=body["url"],
            description=body["description"],
            events=list(dict.fromkeys(body["events"])),
            listening_since=moment,
            filtered_since=moment,
            created_at=moment,
        )
    )
    return endpoint, _new_secret(endpoint)


def change(endpoint_id: UUID, body: Mapping[str, Any]) -> WebhookEndpoint:
    """Another URL (checked before), description or other events; events that are waiting are sent all the same."""
    endpoint = locked(endpoint_id)
    if "events" in body:
        require_known(body["events"])
        endpoint.events, endpoint.filtered_since = list(dict.fromkeys(body["events"])), now()
    if "url" in body and body["url"] != endpoint.url:
        endpoint.url = body["url"]
        _fresh_start(endpoint)
    endpoint.description = body.get("description", endpoint.description)
    return endpoint


def enable(endpoint_id: UUID) -> WebhookEndpoint:
    """Tell it again of what happens from now on, beginning with what was left waiting."""
    endpoint = locked(endpoint_id)
    if endpoint.status != "active":
        endpoint.status, endpoint.why, endpoint.listening_since = "active", None, now()
        resolve_key(case_key(endpoint), "It was enabled again.")
        _fresh_start(endpoint)
    return endpoint


def switch_off(endpoint_id: UUID) -> WebhookEndpoint:
    """Tell it nothing until it is enabled; what waits stays waiting."""
    endpoint = locked(endpoint_id)
    if endpoint.status == "active":
        endpoint.status = "off"
    return endpoint


def disable(endpoint: WebhookEndpoint, why: str) -> None:
    """It is of no use to go on; staff must know. *endpoint* is locked. *why* is one of WHY."""
    if endpoint.status != "active":
        return
    endpoint.status, endpoint.why = "disabled", why
    host = endpoint.url.split("/")[2]
    open_case(
        "webhook_disabled",
        f"The webhook endpoint at {host} was disabled, for {WHY[why]}: mend it, enable it, replay what is lost.",
        thing_kind="webhook_endpoint",
        thing_id=endpoint.id,
        key=case_key(endpoint),
        why=why,
    )
    announce("webhooks.endpoint_disabled", None, endpoint_id=str(endpoint.id), host=host, why=why)


def rotate(endpoint_id: UUID) -> tuple[WebhookEndpoint, str]:
    """A new secret; the present one signs as well for a while."""
    endpoint = locked(endpoint_id)
    old = unseal(endpoint, "secret")
    overlap = timedelta(hours=settings_of(NAME)["overlap_hours"])
    if old is not None and overlap:
        seal(endpoint, "previous_secret", old)
        endpoint.previous_until = now() + overlap
    else:
        endpoint.previous_secret = endpoint.previous_until = None
    return endpoint, _new_secret(endpoint)


def keys(endpoint: WebhookEndpoint) -> list[str]:
    """The secrets that sign now, the present one first."""
    found = [unseal(endpoint, "secret")]
    if endpoint.previous_until is not None and endpoint.previous_until > now():
        found.append(unseal(endpoint, "previous_secret"))
    return [key for key in found if key]


def delete_whole(endpoint_id: UUID) -> None:
    """The endpoint goes, and its log with it."""
    endpoint = locked(endpoint_id)
    resolve_key(case_key(endpoint), "The endpoint was deleted.")
    for table, column in ((WebhookDelivery, WebhookDelivery.endpoint_id), (WebhookEndpoint, WebhookEndpoint.id)):
        db.session().execute(
            delete(table)
            .where(table.merchant_id == endpoint.merchant_id, column == endpoint.id)
            .execution_options(synchronize_session=False)
        )


def locked(endpoint_id: UUID) -> WebhookEndpoint:
    """The merchant's endpoint. Its lock puts fan-out, claims and results of its deliveries in a row.

    :raises NotFound: there is none.
    """
    return get(WebhookEndpoint, current_merchant().id, endpoint_id, lock=True)


def locked_if_there(endpoint_id: UUID) -> WebhookEndpoint | None:
    """As :func:`locked`, for jobs: it may have been deleted meanwhile."""
    there = find(WebhookEndpoint, current_merchant().id, endpoint_id)
    return locked(endpoint_id) if there else None


def wake(endpoint: WebhookEndpoint) -> None:
    """Send what is due there, soon."""
    soon("webhooks.send", key=job_key(endpoint.id), endpoint_id=endpoint.id)


def job_key(endpoint_id: UUID) -> str:
    """The key of the one job that sends to the endpoint."""
    return f"webhooks:{endpoint_id}"


def case_key(endpoint: WebhookEndpoint) -> str:
    """The key of the case that says it is disabled."""
    return f"webhook_disabled:{endpoint.id}"


def _fresh_start(endpoint: WebhookEndpoint) -> None:
    endpoint.failing_since = endpoint.quiet_until = None
    endpoint.down = 0
    if endpoint.status == "active":
        bring_forward(endpoint)
        wake(endpoint)


def bring_forward(endpoint: WebhookEndpoint) -> None:
    """What waits there for a later try is due now, except what somebody is sending at this moment."""
    table, moment = WebhookDelivery, now()
    idle = or_(table.busy_until.is_(None), table.busy_until <= moment)
    db.session().execute(
        update(table)
        .where(table.merchant_id == endpoint.merchant_id, table.endpoint_id == endpoint.id, idle)
        .where(table.status == "waiting", table.next_try_at > moment)
        .values(next_try_at=moment)
        .execution_options(synchronize_session=False)
    )


def _new_secret(endpoint: WebhookEndpoint) -> str:
    secret = new_secret()
    seal(endpoint, "secret", secret)
    return secret

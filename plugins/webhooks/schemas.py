"""Webhooks on the wire: endpoints, their secrets, deliveries and the catalogue of events."""

from core import fields

MOST_FILTERS = 50
STATUSES = ("waiting", "delivered", "failed")


class EndpointChangeIn(fields.In):
    """What may change later."""

    url = fields.Url(metadata={"description": "https, on port 443, 80 or 8443, leading to public addresses"})
    description = fields.Text(200, min=0)
    events = fields.ListOf(
        fields.Text(80),
        min=1,
        max=MOST_FILTERS,
        metadata={"description": "names of events; `order.*` means all that begin so, `*` all"},
    )


class EndpointIn(EndpointChangeIn):
    """A new endpoint."""

    url = fields.Url(required=True, metadata={"description": "https, on port 443, 80 or 8443, at public addresses"})
    description = fields.Text(200, min=0, load_default="")
    events = fields.ListOf(fields.Text(80), min=1, max=MOST_FILTERS, load_default=lambda: ["*"])


class EndpointOut(fields.Out):
    """An endpoint as staff see it; its secret is not shown again."""

    id = fields.Identifier()
    url = fields.Text()
    description = fields.Text()
    events = fields.ListOf(fields.Text())
    status = fields.Choice("active", "off", "disabled")
    why = fields.Choice("gone", "failing", "full", allow_none=True, metadata={"description": "why it is disabled"})
    failing_since = fields.Moment(allow_none=True)
    quiet_until = fields.Moment(allow_none=True, metadata={"description": "nobody answers: nothing is sent before"})
    delivered_at = fields.Moment(allow_none=True, metadata={"description": "when something last arrived"})
    previous_until = fields.Moment(allow_none=True, metadata={"description": "the old secret signs as well until then"})
    created_at = fields.Moment()


class SecretOut(EndpointOut):
    """An endpoint with its new secret: keep it now, it is not shown again."""

    secret = fields.Text()


class TryOut(fields.Out):
    """One try. *status* is the HTTP status; without one, *error* says why."""

    at = fields.Text(metadata={"format": "date-time"})
    status = fields.Count(allow_none=True)
    ms = fields.Count(metadata={"description": "milliseconds it took"})
    error = fields.Text(allow_none=True)


class DeliveryOut(fields.Out):
    """One event for one endpoint, and how telling it went."""

    id = fields.Identifier()
    endpoint_id = fields.Identifier()
    message_id = fields.Text(metadata={"description": "the header webhook-id: the same for every try"})
    event_id = fields.Identifier(allow_none=True, metadata={"description": "null for a test"})
    name = fields.Text()
    thing_id = fields.Identifier(allow_none=True, metadata={"description": "the order it is about"})
    seq = fields.Count(metadata={"description": "counts the events of that thing"})
    happened_at = fields.Moment()
    status = fields.Choice(*STATUSES)
    tries = fields.Count()
    next_try_at = fields.Moment(allow_none=True)
    attempts = fields.ListOf(TryOut)
    answer = fields.Text(allow_none=True, metadata={"description": "the beginning of what the receiver last said"})
    created_at = fields.Moment()
    delivered_at = fields.Moment(allow_none=True)


class DeliveriesIn(fields.QueryIn):
    """Which deliveries staff want to see."""

    endpoint_id = fields.Identifier()
    thing_id = fields.Identifier()
    status = fields.Choice(*STATUSES)
    name = fields.Text(80)


class ReplayIn(fields.In):
    """Which deliveries to send again: what happened from *since* on, before *until*."""

    since = fields.Moment(required=True)
    until = fields.Moment()
    status = fields.Choice("delivered", "failed", metadata={"description": "both, if left out"})


class ReplayOut(fields.Out):
    """How many are sent again."""

    replayed = fields.Count()
    go_on_since = fields.Moment(allow_none=True, metadata={"description": "there are more, from then on: ask again"})


class EventOut(fields.Out):
    """One kind of event."""

    name = fields.Text()
    meaning = fields.Text()
    fields_ = fields.MapOf(fields.Text(), attribute="fields", data_key="fields")


class EventsOut(fields.Out):
    """The catalogue."""

    data = fields.ListOf(EventOut, max=1000)

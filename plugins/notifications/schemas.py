"""Notifications on the wire: templates and deliveries for staff, wishes for buyers."""

from core import fields
from plugins.notifications.terms import AUDIENCES, CHANNELS, LANGUAGES, STATUSES


class TemplateIn(fields.In):
    """The merchant's own words for one event, audience, channel and language."""

    event = fields.Text(80, required=True, metadata={"description": "a name out of GET events"})
    audience = fields.Choice(*AUDIENCES, required=True)
    channel = fields.Choice(*CHANNELS, required=True)
    language = fields.Choice(*LANGUAGES, required=True)
    enabled = fields.Flag(load_default=True, metadata={"description": "false: nobody is told this way"})
    subject = fields.Text(200, min=0, load_default="", metadata={"description": "of an e-mail; {number} is filled in"})
    body = fields.Text(5000, min=0, load_default="", metadata={"description": "plain text; {{ and }} are braces"})
    provider_template = fields.Text(
        100,
        allow_none=True,
        load_default=None,
        metadata={"description": "how WeChat or the SMS provider calls its own"},
    )
    provider_values = fields.MapOf(
        fields.Text(500, min=0),
        key=fields.Code(),
        max=20,
        load_default=dict,
        metadata={"description": "what the provider's template is filled with: thing1 -> {number}"},
    )


class TemplateOut(fields.Out):
    """The merchant's own words."""

    id = fields.Identifier()
    event = fields.Text()
    audience = fields.Choice(*AUDIENCES)
    channel = fields.Choice(*CHANNELS)
    language = fields.Choice(*LANGUAGES)
    enabled = fields.Flag()
    subject = fields.Text()
    body = fields.Text()
    provider_template = fields.Text(allow_none=True)
    provider_values = fields.MapOf(fields.Text())
    updated_at = fields.Moment()
    updated_by = fields.Text()


class TemplatesIn(fields.QueryIn):
    """Which templates."""

    event = fields.Text(80)
    audience = fields.Choice(*AUDIENCES)
    channel = fields.Choice(*CHANNELS)
    language = fields.Choice(*LANGUAGES)


class SaidOut(fields.Out):
    """What is said to one audience by one way in one language."""

    audience = fields.Choice(*AUDIENCES)
    channel = fields.Choice(*CHANNELS)
    language = fields.Choice(*LANGUAGES)
    subject = fields.Text()
    body = fields.Text()
    enabled = fields.Flag()
    own = fields.Flag(metadata={"description": "the merchant's own words; else the built-in ones"})


class TellableEventOut(fields.Out):
    """An event that people can be told of."""

    event = fields.Text()
    meaning = fields.Text()
    placeholders = fields.MapOf(fields.Text(), metadata={"description": "name -> what it stands for"})
    said = fields.ListOf(SaidOut)


class TellableEventsOut(fields.Out):
    """All of them."""

    data = fields.ListOf(TellableEventOut)


class TrialIn(fields.In):
    """A template that is sent to one address at once, with made-up values."""

    template_id = fields.Identifier(required=True)
    to = fields.Text(254, required=True, metadata={"description": "an address of the template's channel"})


class TrialOut(fields.Out):
    """What became of it."""

    outcome = fields.Choice("sent", "failed", "later", "unsure")
    why = fields.Text(allow_none=True)


class DeliveryOut(fields.Out):
    """One event told to one address. The address is masked."""

    id = fields.Identifier()
    event = fields.Text()
    audience = fields.Choice(*AUDIENCES)
    channel = fields.Choice(*CHANNELS)
    language = fields.Choice(*LANGUAGES)
    to = fields.Text(metadata={"description": "masked"})
    order_id = fields.Identifier(allow_none=True)
    customer_id = fields.Identifier(allow_none=True)
    status = fields.Choice(*STATUSES)
    tries = fields.Count()
    result = fields.Text(allow_none=True)
    reference = fields.Text(allow_none=True)
    created_at = fields.Moment()
    tried_at = fields.Moment(allow_none=True)
    next_at = fields.Moment(allow_none=True)
    sent_at = fields.Moment(allow_none=True)


class DeliveriesIn(fields.QueryIn):
    """Which deliveries."""

    status = fields.Choice(*STATUSES)
    channel = fields.Choice(*CHANNELS)
    audience = fields.Choice(*AUDIENCES)
    event = fields.Text(80)
    order_id = fields.Identifier()
    customer_id = fields.Identifier()


class ChannelWishIn(fields.In):
    """Whether the buyer wants to be told this way."""

    channel = fields.Choice(*CHANNELS, required=True)
    wanted = fields.Flag(required=True)


class ChannelWishOut(fields.Out):
    """One way, and whether it is wanted."""

    channel = fields.Choice(*CHANNELS)
    wanted = fields.Flag()


class ChannelWishesOut(fields.Out):
    """All ways."""

    data = fields.ListOf(ChannelWishOut)

"""A look at a template before anything has happened: its words with made-up values."""

from uuid import uuid4

from core import Invalid, Notification
from plugins.notifications import values, words
from plugins.notifications.models import NotificationTemplate


def made_up(row: NotificationTemplate, to: str) -> Notification:
    """What *row* would say to *to*.

    :raises Invalid: that is no address.
    """
    if to.split() != [to] or (row.channel == "email") != ("@" in to):
        raise Invalid.field("/to", f"Must be an address that {row.channel} can reach, without spaces.", "bad_address")
    known = values.sample(row.event)
    return Notification(
        id=uuid4(),
        to=to,
        subject=words.one_line(words.fill(row.subject, known)),
        text=words.fill(row.body, known),
        language=row.language,
        template=row.provider_template,
        values={name: words.fill(text, known) for name, text in row.provider_values.items()},
    )

"""Which words are said: the merchant's own if it wrote some, else the built-in ones."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core import (
    FieldError,
    Invalid,
    add,
    all_of,
    current_actor,
    current_merchant,
    db,
    event_catalog,
    flush,
    now,
)
from plugins.notifications import defaults, values, words
from plugins.notifications.models import NotificationTemplate
from plugins.notifications.terms import AUDIENCES, CHANNELS, LANGUAGES

PLACE: Final = ("event", "audience", "channel", "language")
Own = Mapping[tuple[str, str, str], NotificationTemplate]


@dataclass(frozen=True)
class Wording:
    """What is said in one language, with its placeholders; *own* if the merchant wrote it."""

    language: str
    subject: str
    body: str
    provider_template: str | None
    provider_values: Mapping[str, str]
    enabled: bool
    own: bool

    def filled(self, known: Mapping[str, str]) -> dict[str, Any]:
        """Subject, body and the provider's values, as the columns of a delivery."""
        return {
            "language": self.language,
            "subject": words.one_line(words.fill(self.subject, known))[:500],
            "body": words.fill(self.body, known),
            "provider_template": self.provider_template,
            "provider_values": {name: words.fill(text, known) for name, text in self.provider_values.items()},
        }


# ---------------------------------------------------------------------------------------------- writing
def write(given: Mapping[str, Any]) -> NotificationTemplate:
    """The merchant's own words for one place; what stood there is replaced.

    :raises Invalid: no such event, a placeholder that is none, or something needed is missing.
    """
    errors = _faults(given)
    if errors:
        raise Invalid("The template cannot be used as it is.", errors=errors)
    merchant_id, place = current_merchant().id, {name: given[name] for name in PLACE}
    found = find(**place)
    row = found or NotificationTemplate(merchant_id=merchant_id, **place)
    for name in ("enabled", "subject", "body", "provider_template", "provider_values"):
        setattr(row, name, given[name])
    row.updated_at, row.updated_by = now(), current_actor().name
    if found is None:
        add(row)
    flush()
    return row


def find(event: str, audience: str, channel: str, language: str) -> NotificationTemplate | None:
    """The merchant's own words for one place."""
    table = NotificationTemplate
    place = (table.event == event, table.audience == audience, table.channel == channel, table.language == language)
    rows = all_of(table, current_merchant().id, *place)
    return rows[0] if rows else None


def _faults(given: Mapping[str, Any]) -> list[FieldError]:
    event, channel = given["event"], given["channel"]
    if event not in event_catalog():
        near = [name for name in sorted(event_catalog()) if name.partition(".")[0] == event.partition(".")[0]]
        told = f"There is no event {event!r}. {'Accepted here: ' + ', '.join(near) if near else 'See GET events'}."
        return [FieldError("/event", told, "unknown_event")]
    known: Collection[str] = values.placeholders(event)
    errors = words.faults(given["subject"], known, "/subject") + words.faults(given["body"], known, "/body")
    for name, text in given["provider_values"].items():
        errors += words.faults(text, known, f"/provider_values/{name}")
    needed = {"email": ("subject", "body"), "sms": ("body",), "wechat_template": ("provider_template",)}[channel]
    if given["enabled"]:
        errors += [
            FieldError(f"/{name}", f"A template for {channel} needs it.", "required")
            for name in needed
            if not given[name]
        ]
    return errors


# ---------------------------------------------------------------------------------------------- choosing
def own_of(event: str) -> dict[tuple[str, str, str], NotificationTemplate]:
    """(audience, channel, language) -> the merchant's own words for *event*."""
    rows = all_of(NotificationTemplate, current_merchant().id, NotificationTemplate.event == event)
    return {(row.audience, row.channel, row.language): row for row in rows}


def choose(own: Own, event: str, audience: str, channel: str, language: str) -> Wording | None:
    """What is said in *language*, or in the other one if there is nothing in this; None = nobody is told."""
    for one in (language, *(other for other in LANGUAGES if other != language)):
        found = wording(own, event, audience, channel, one)
        if found is not None:
            return found if found.enabled else None
    return None


def wording(own: Own, event: str, audience: str, channel: str, language: str) -> Wording | None:
    """What there is to say in exactly this language, switched on or not."""
    row = own.get((audience, channel, language))
    if row is not None:
        return Wording(
            language, row.subject, row.body, row.provider_template, row.provider_values, row.enabled, own=True
        )
    text = defaults.text(event, audience, channel, language)
    if text is None:
        return None
    on = defaults.is_told(event, audience, channel)
    return Wording(language, text.subject, text.body, None, {}, on, own=False)


def might_tell(event: str) -> bool:
    """Whether anybody could be told of *event*: asked before anything else is read."""
    return event in defaults.TOLD or bool(own_of(event))


def catalogue() -> Sequence[dict[str, Any]]:
    """Every event with its placeholders and what is said of it, for staff who write templates."""
    own: dict[str, dict[tuple[str, str, str], NotificationTemplate]] = {}
    for row in all_of(NotificationTemplate, current_merchant().id):
        own.setdefault(row.event, {})[row.audience, row.channel, row.language] = row
    listed = []
    for name, spec in sorted(event_catalog().items()):
        mine = own.get(name, {})
        said = [
            {"audience": audience, "channel": channel, "language": one.language, "subject": one.subject,
             "body": one.body, "enabled": one.enabled, "own": one.own}
            for audience in AUDIENCES for channel in CHANNELS for language in LANGUAGES
            if (one := wording(mine, name, audience, channel, language)) and (one.own or one.enabled)
        ]  # fmt: skip
        listed.append({"event": name, "meaning": spec.meaning, "placeholders": values.placeholders(name), "said": said})
    return listed


def forget(row: NotificationTemplate) -> None:
    """The built-in words are said again."""
    db.session().delete(row)

"""The notifier contract: brings one text to one address by one way: e-mail, text message, WeChat template message.

A notifier knows no order and no customer: what to say and to whom was decided before. No ORM and no Flask crosses it.
It is called outside any transaction, and its trouble never reaches an order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable
from uuid import UUID

#: the ways there are; what a template is written for
CHANNELS = ("email", "sms", "wechat_template")


@dataclass(frozen=True)
class Notification:
    """One text for one address.

    :param id: the same for each try: give it to a provider that can tell a repeat by it.
    :param to: an e-mail address, a telephone number, an openid.
    :param template: how the provider calls its own template, where it has some; *values*: what it is filled with.
    """

    id: UUID
    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    language: str
    template: str | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Sent:
    """What became of one try.

    :param outcome: ``sent``: the provider has it; ``failed``: it never will be, do not try again; ``later``: it was not
        taken, try again; ``unsure``: it may have been taken.
    :param why: a sentence for staff, never a secret. :param reference: the provider's own name for it.
    """

    outcome: Literal["sent", "failed", "later", "unsure"]
    why: str | None = None
    reference: str | None = None


@runtime_checkable
class Notifier(Protocol):
    """A way to bring texts to people. The first of a channel that is ready, in the merchant's order, is used."""

    @property
    def name(self) -> str:
        """snake_case, unique in the installation."""

    @property
    def channel(self) -> str:
        """One of CHANNELS."""

    @property
    def title(self) -> Mapping[str, str]:
        """Language -> text."""

    @property
    def repeats(self) -> bool:
        """Whether the same ``Notification.id`` given twice reaches the person once: then ``unsure`` is tried again."""

    def is_ready(self, settings: Mapping[str, Any]) -> bool:
        """Whether the merchant has set what it needs. No network, no database.

        :param settings: of the plugin that brings the notifier, opened.
        """

    def send(self, settings: Mapping[str, Any], notification: Notification) -> Sent:
        """Bring it, once. Whatever goes wrong is in the answer."""

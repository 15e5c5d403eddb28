"""E-mail as a notifier: a letter in plain text."""

from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Any

from core import Notification, Sent, now
from plugins.notifications.mail import client


class Mail:
    """Letters through the merchant's SMTP server. A letter cannot be called back, so a doubtful one is not repeated."""

    name = "smtp"
    channel = "email"
    title: Mapping[str, str] = {"en": "E-mail", "zh": "电子邮件"}
    repeats = False

    def is_ready(self, settings: Mapping[str, Any]) -> bool:
        """Server and sender are known."""
        return bool(settings["smtp_host"] and settings["smtp_from"])

    def send(self, settings: Mapping[str, Any], notification: Notification) -> Sent:
        """One letter to one address."""
        if not notification.to.isascii():
            return Sent("failed", "the address holds letters that mail servers do not take")
        return client.send(settings, notification.to, letter(settings, notification))


def letter(settings: Mapping[str, Any], notification: Notification) -> bytes:
    """The letter as it goes over the wire."""
    written = EmailMessage(policy=SMTP)
    sender = settings["smtp_from"]
    written["From"] = formataddr((" ".join(settings["smtp_from_name"].split()), sender))
    written["To"] = notification.to
    written["Subject"] = notification.subject
    written["Date"] = format_datetime(now())
    # the same for each try: a receiver that has it already can tell
    written["Message-ID"] = f"<{notification.id}@{sender.rpartition('@')[2]}>"
    written["Auto-Submitted"] = "auto-generated"
    written["Content-Language"] = notification.language
    written.set_content(notification.text)
    return bytes(written)

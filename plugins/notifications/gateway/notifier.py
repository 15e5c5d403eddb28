"""Text messages as a notifier: one signed JSON post to the merchant's gateway, which hands them to a provider.

    POST <sms_url>
    Idempotency-Key: <id>             X-Merx-Timestamp: <seconds since 1970>
    X-Merx-Signature: sha256=<hex of HMAC-SHA256(sms_secret, timestamp + "." + body)>
    {"id", "to", "text", "language", "sender", "template", "values"}

Any 2xx means taken; its `reference`, if there is one, is kept. 408, 425, 429 and 5xx mean later, any other answer
never. A gateway must send an id once however often it is posted.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from core import Notification, Sent, now
from plugins.notifications.gateway import client
from plugins.notifications.outside.client import encoded


class Gateway:
    """Text messages through any provider, by an address that the merchant runs."""

    name = "sms_gateway"
    channel = "sms"
    title: Mapping[str, str] = {"en": "SMS gateway", "zh": "短信网关"}
    repeats = True

    def is_ready(self, settings: Mapping[str, Any]) -> bool:
        """Address and secret are known."""
        return bool(settings["sms_url"] and settings["sms_secret"])

    def send(self, settings: Mapping[str, Any], notification: Notification) -> Sent:
        """One post."""
        body = encoded(
            {
                "id": str(notification.id),
                "to": notification.to,
                "text": notification.text,
                "language": notification.language,
                "sender": settings["sms_sender"],
                "template": notification.template,
                "values": dict(notification.values),
            }
        )
        at = str(int(now().timestamp()))
        headers = {
            "Idempotency-Key": str(notification.id),
            "X-Merx-Timestamp": at,
            "X-Merx-Signature": signature(settings["sms_secret"], at, body),
        }
        return client.send(settings["sms_url"], headers, body)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What the gateway checks before it believes us."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()

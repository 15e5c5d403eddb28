"""WeChat template messages as a notifier: the merchant's service account writes to a follower's openid."""

from collections.abc import Mapping
from typing import Any

from core import Notification, Sent
from plugins.notifications.wechat import client


class WechatTemplate:
    """Template messages; WeChat sends one `client_msg_id` once within ten minutes, so a doubtful one is repeated."""

    name = "wechat_template"
    channel = "wechat_template"
    title: Mapping[str, str] = {"en": "WeChat template message", "zh": "微信模板消息"}
    repeats = True

    def is_ready(self, settings: Mapping[str, Any]) -> bool:
        """App id and secret are known."""
        return bool(settings["wechat_app_id"] and settings["wechat_secret"])

    def send(self, settings: Mapping[str, Any], notification: Notification) -> Sent:
        """One message."""
        document = {
            "touser": notification.to,
            "template_id": notification.template,
            # letters and digits, 32 at most
            "client_msg_id": notification.id.hex,
            "data": {name: {"value": value} for name, value in notification.values.items()},
        }
        url, app_id, secret = settings["wechat_url"], settings["wechat_app_id"], settings["wechat_secret"]
        return client.send(url, app_id, secret, document)

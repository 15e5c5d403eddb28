"""What a merchant sets: who is written to, what buyers cannot opt out of, and the accounts of the senders."""

import ssl
from collections.abc import Mapping
from typing import Any

from core import AccountView, Invalid, fields
from plugins.notifications.mail import client as mail
from plugins.notifications.outside import client as outside

#: what buyers are told whatever they wish: the law wants it, or money of theirs moves
REQUIRED = ("order.placed", "order.refunding", "order.refunded", "order.late_payment", "order.duplicate_payment")
MOST_ADDRESSES = 20


def _titled(english: str, chinese: str) -> dict[str, str]:
    return {"title_en": english, "title_zh": chinese}


class PeopleIn(fields.In):
    """Where an audience of the merchant's own is reached."""

    email = fields.ListOf(fields.Email(), max=MOST_ADDRESSES, load_default=list)
    sms = fields.ListOf(fields.Phone(), max=MOST_ADDRESSES, load_default=list)
    wechat_template = fields.ListOf(fields.Text(100), max=MOST_ADDRESSES, load_default=list)


class Settings(fields.In):
    """Everything but the texts, which have routes of their own."""

    customer_service = fields.Part(PeopleIn, load_default=dict, metadata=_titled("Customer service", "客服"))
    warehouse = fields.Part(PeopleIn, load_default=dict, metadata=_titled("Warehouse", "仓库"))
    merchant = fields.Part(PeopleIn, load_default=dict, metadata=_titled("Merchant", "商家"))
    required_events = fields.ListOf(
        fields.Text(80),
        max=50,
        load_default=lambda: list(REQUIRED),
        metadata=_titled("Events that buyers are told although they opted out", "不可退订的通知"),
    )
    keep_days = fields.Count(
        min=1,
        max=3650,
        load_default=90,
        metadata=_titled("Days until addresses and texts of deliveries are forgotten", "通知内容保留天数"),
    )
    smtp_host = fields.Text(253, load_default="", min=0, metadata=_titled("SMTP server", "SMTP 服务器"))
    smtp_port = fields.Count(min=1, max=65_535, load_default=587, metadata=_titled("SMTP port", "SMTP 端口"))
    smtp_security = fields.Choice(
        "starttls", "ssl", "none", load_default="starttls", metadata=_titled("SMTP encryption", "SMTP 加密方式")
    )
    smtp_login = fields.Text(254, load_default="", min=0, metadata=_titled("SMTP login", "SMTP 用户名"))
    smtp_password = fields.Text(500, load_default="", min=0, metadata=_titled("SMTP password", "SMTP 密码"))
    smtp_from = fields.Email(allow_none=True, load_default=None, metadata=_titled("Sender's address", "发件人地址"))
    smtp_from_name = fields.Text(100, load_default="", min=0, metadata=_titled("Sender's name", "发件人名称"))
    smtp_ca = fields.Text(
        20_000,
        load_default="",
        min=0,
        metadata=_titled("CA certificate (PEM) of a server of your own", "自建服务器 CA 证书"),
    )
    sms_url = fields.Url(allow_none=True, load_default=None, metadata=_titled("SMS gateway", "短信网关地址"))
    sms_secret = fields.Text(500, load_default="", min=0, metadata=_titled("SMS gateway secret", "短信网关密钥"))
    sms_sender = fields.Text(100, load_default="", min=0, metadata=_titled("SMS signature", "短信签名"))
    wechat_app_id = fields.Text(100, load_default="", min=0, metadata=_titled("WeChat app id", "公众号 AppID"))
    wechat_secret = fields.Text(200, load_default="", min=0, metadata=_titled("WeChat app secret", "公众号 AppSecret"))
    wechat_url = fields.Url(
        load_default="https://api.weixin.qq.com", metadata=_titled("Where WeChat is reached", "微信接口地址")
    )


SECRET = ("smtp_password", "sms_secret", "wechat_secret")


def check(settings: Mapping[str, Any], account: AccountView | None) -> list[str]:
    """What stands in the way of the senders that are set up; asks the SMTP server whether it lets us in."""
    wrong = []
    if settings["smtp_host"] and not settings["smtp_from"]:
        wrong.append("smtp_from is missing: mail needs a sender.")
    if settings["smtp_password"] and settings["smtp_security"] == "none":
        wrong.append("smtp_security is none: a password is sent through starttls or ssl only.")
    if settings["sms_url"] and not settings["sms_secret"]:
        wrong.append("sms_secret is missing: the gateway knows us by it.")
    if bool(settings["wechat_app_id"]) != bool(settings["wechat_secret"]):
        wrong.append("wechat_app_id and wechat_secret belong together.")
    wrong += _unusable(settings)
    if settings["smtp_host"] and not wrong and (why := mail.knock(settings)):
        wrong.append(f"The SMTP server {settings['smtp_host']}: {why}")
    return wrong


def _unusable(settings: Mapping[str, Any]) -> list[str]:
    """Addresses that may not be called, and a certificate that is none."""
    wrong = []
    for name in ("sms_url", "wechat_url") if settings["sms_url"] else ():
        try:
            outside.look_up_url(settings[name])
        except Invalid as refused:
            wrong.append(f"{name}: {refused.detail}")
    if settings["smtp_ca"]:
        try:
            mail.context(settings)
        except ssl.SSLError:
            wrong.append("smtp_ca is no certificate in PEM.")
    return wrong

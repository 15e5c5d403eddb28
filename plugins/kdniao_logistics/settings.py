"""What a merchant sets of an account at Kdniao: who it is, its key, and which products were bought."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, has_app_context
from marshmallow import ValidationError, validates_schema

from core import fields

BASE_URL = "https://api.kdniao.com"
SECRETS = ("api_key",)
_HOSTS = ("api.kdniao.com", "api.kdniao.cc", "sandboxapi.kdniao.com:8080")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def titled(en: str, zh: str, **more: Any) -> dict[str, Any]:
    """The titles that an admin form shows."""
    return {"title_en": en, "title_zh": zh, **more}


class Host(fields.Url):
    """Where Kdniao is reached: one of its own hosts, or a sandbox on this machine."""

    def read(self, value: str) -> str:
        """Without a slash at the end. Anything else would let a setting send our signed calls anywhere."""
        parts = urlsplit(super().read(value))
        bare = parts.path in ("", "/") and not parts.query and not parts.fragment and "@" not in parts.netloc
        here = parts.hostname in _LOOPBACK
        if not bare or not (parts.netloc in _HOSTS or here):
            told = f"Must be a host of Kdniao such as {BASE_URL}, or a sandbox at http://127.0.0.1:port."
            raise fields.refuse(told, "bad_host")
        if here and not _may_be_here():
            raise fields.refuse("A sandbox on this machine is for sandbox installations (MERX_SANDBOX).", "bad_host")
        return value.rstrip("/")


class Path(fields.Text):
    """Where a product stands at the host."""

    def read(self, value: str) -> str:
        """As given, if it can be a path."""
        if not re.fullmatch(r"/[A-Za-z0-9_./-]{0,99}", value):
            raise fields.refuse("Must be a path that begins with '/', without a query.", "bad_path")
        return value


class SenderIn(fields.In):
    """Who stands on a label as its sender."""

    name = fields.Text(30, required=True)
    phone = fields.Text(20, required=True)
    province = fields.Text(20, required=True)
    city = fields.Text(20, required=True)
    area = fields.Text(20, required=True)
    address = fields.Text(100, required=True)
    postcode = fields.Text(10, load_default=None, allow_none=True)


class AccountSettings(fields.In):
    """One account at Kdniao."""

    business_id = fields.Text(32, required=True, metadata=titled("User id (EBusinessID)", "用户ID（EBusinessID）"))
    api_key = fields.Text(100, required=True, metadata=titled("API key", "API Key"))
    query_type = fields.Choice(
        "none", "1002", "8001", "8002", load_default="1002",
        metadata=titled("Instant query: 1002 free, 8001 or 8002 paid", "即时查询接口：1002 免费，8001、8002 收费"),
    )  # fmt: skip
    subscribe_type = fields.Choice(
        "none", "1008", "8008", load_default="1008",
        metadata=titled("Subscription: 1008 free, 8008 paid", "物流跟踪订阅接口：1008 免费，8008 收费"),
    )  # fmt: skip
    look_hours = fields.Count(
        min=1, max=240, load_default=4,
        metadata=titled("Query each hours where nothing is pushed", "未订阅时查询间隔（小时）"),
    )  # fmt: skip
    safety_hours = fields.Count(
        max=240, load_default=24,
        metadata=titled("Query subscribed parcels each hours too (0 = never)", "已订阅时补查间隔（小时，0 为不补查）"),
    )  # fmt: skip
    daily_limit = fields.Count(min=1, max=30_000, load_default=3000, metadata=titled("Queries a day", "每日查询上限"))
    customer_names = fields.MapOf(
        fields.Text(50), key=fields.Code(), load_default=dict,
        metadata=titled("CustomerName by company (JD, CAINIAO ...)", "各快递公司的 CustomerName"),
    )  # fmt: skip
    waybill_accounts = fields.MapOf(
        fields.MapOf(fields.Text(50), key=fields.Code()), key=fields.Code(), load_default=dict,
        metadata=titled("Label terms by company: CustomerName, MonthCode, SendSite", "各快递公司的电子面单账号参数"),
    )  # fmt: skip
    sender = fields.Part(
        SenderIn, load_default=None, allow_none=True, metadata=titled("Sender on labels", "电子面单发件人")
    )
    accept_double_encoded = fields.Flag(
        load_default=False,
        metadata=titled("Also take pushes that were URL-encoded twice", "同时接受重复 URL 编码的推送"),
    )
    base_url = Host(load_default=BASE_URL, metadata=titled("Where Kdniao is reached", "接口地址"))
    query_path = Path(
        100, load_default="/Ebusiness/EbusinessOrderHandle.aspx", metadata=titled("Path of queries", "查询接口路径")
    )
    subscribe_path = Path(100, load_default="/api/dist", metadata=titled("Path of subscriptions", "订阅接口路径"))
    waybill_path = Path(100, load_default="/api/EOrderService", metadata=titled("Path of labels", "电子面单接口路径"))

    @validates_schema
    def says_something(self, data: Mapping[str, Any], **options: Any) -> None:
        """Refuse an account that could never tell anything."""
        if data.get("query_type") == "none" and data.get("subscribe_type") == "none":
            told = fields.refuse("Choose a query or a subscription: with neither nothing would be known.", "no_product")
            raise ValidationError({"query_type": told.messages})


def _may_be_here() -> bool:
    """Whether this installation plays; elsewhere no setting may point at the machine's own ports."""
    return not has_app_context() or bool(current_app.config.get("SANDBOX") or current_app.config.get("TESTING"))

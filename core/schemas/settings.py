"""Core's settings of a merchant: what each means, its range and its default; forms are drawn from this."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from core.money import MAX_AMOUNT
from core.schemas.fields import Choice, Code, Count, Flag, In, ListOf, MapOf, Money, Region, Text, refuse
from core.schemas.payment_methods import MOST, MethodIn
from core.schemas.strict import Shaped


def _titles(en: str, zh: str) -> dict[str, Any]:
    return {"title_en": en, "title_zh": zh}


#: as browsers write it: small letters, no path, no slash at the end
ORIGIN: Final = r"https?://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?(:[1-9][0-9]{0,4})?"


def _no_default_port(origin: str) -> str:
    if origin.endswith(":443" if origin.startswith("https:") else ":80"):
        raise refuse("Browsers leave the usual port out: leave it out too.", "bad_origin")
    return origin


class SettingsIn(In):
    """The settings themselves; a PATCH sends only those that change. A change touches new deadlines only."""

    unpaid_minutes = Count(
        min=1, max=43_200, load_default=30, metadata=_titles("Minutes to pay an order", "订单支付时限（分钟）")
    )
    remind_unpaid_minutes = Count(
        max=43_200, load_default=10,
        metadata=_titles("Remind of payment after minutes (0 = never)", "下单后催付时间（分钟，0 为不催付）"),
    )  # fmt: skip
    confirm_preset = Choice(
        "s0", "s2", load_default="s0",
        metadata=_titles(
            "Days until received by itself: s0 = courier and mail 7, s2 = courier 10, ordinary mail 30; others 2",
            "自动确认收货方案：s0 快递、平邮 7 天，s2 快递 10 天、平邮 30 天；同城、自提、虚拟商品 2 天",
        ),
    )  # fmt: skip
    confirm_days = MapOf(
        Count(min=1, max=365), key=Code(), load_default=dict,
        metadata=_titles("Days until received, by delivery method", "各配送方式自动确认收货天数") | {"default": {}},
    )  # fmt: skip
    same_city_regions = ListOf(
        Region(), max=500, load_default=list,
        metadata=_titles("Region codes that same-city delivery goes to (prefixes)", "同城配送的地区代码（前缀）")
        | {"default": []},
    )  # fmt: skip
    confirm_reminder_days = Count(
        max=30, load_default=1,
        metadata=_titles("Remind so many days before (0 = never)", "自动确认前提醒天数（0 为不提醒）"),
    )  # fmt: skip
    extend_days = Count(
        min=1, max=60, load_default=3, metadata=_titles("Days one extension adds", "延长收货天数")
    )  # fmt: skip
    shorten_after_signed_hours = Count(
        max=720, load_default=0,
        metadata=_titles(
            "Hours until received once all parcels are signed for (0 = not shortened)",
            "全部包裹签收后自动确认收货小时数（0 为不缩短）",
        ),
    )  # fmt: skip
    settle_days = Count(
        max=365, load_default=0, metadata=_titles("Days from received to completed", "收货后至完成天数")
    )  # fmt: skip
    freight_flat = Money(
        max=100_000_000, load_default=0, metadata=_titles("Flat freight (minor units)", "固定运费（最小货币单位）")
    )
    allow_zero_pay = Flag(load_default=False, metadata=_titles("Take orders that cost nothing", "允许零元订单"))
    late_payment = Choice(
        "refund", "revive", load_default="refund",
        metadata=_titles(
            "Money for an expired order: refund = it goes back, revive = the order lives on if the goods are there",
            "订单过期后到账：refund 原路退回，revive 库存充足时恢复订单",
        ),
    )  # fmt: skip
    buyer_may_cancel_paid = Flag(
        load_default=True,
        metadata=_titles("Buyers may cancel a paid order before it is sent", "买家可取消未发货的已付订单"),
    )
    buyer_may_edit_receiver = Flag(
        load_default=False,
        metadata=_titles("Buyers may change the receiver before it is sent", "买家可在发货前修改收货信息"),
    )
    risk_hold_amount = Money(
        min=1, max=MAX_AMOUNT, allow_none=True, load_default=None,
        metadata=_titles(
            "Hold paid orders from this amount on (empty = never)",
            "达到该金额的订单付款后需人工放行（空为不拦截）",
        ),
    )  # fmt: skip
    cors_origins = ListOf(
        Text(200, validate=[Shaped(ORIGIN, "an origin: https://shop.example, nothing behind it", "bad_origin"),
                            _no_default_port]),
        max=20, load_default=list,
        metadata=_titles("Web pages (origins) whose scripts may call", "允许跨域调用的网页来源") | {"default": []},
    )  # fmt: skip
    open_unpaid_limit = Count(
        min=1, max=1000, load_default=10, metadata=_titles("Unpaid orders one buyer may have", "每位买家未付订单上限")
    )
    payment_methods = ListOf(
        MethodIn, max=MOST, load_default=list,
        metadata=_titles("Payment methods: order, names, on or off", "支付方式：排序、名称、开关")
        | {"default": [], "description": "written by PUT payment-methods alone"},
    )  # fmt: skip


class SettingsFormIn(SettingsIn):
    """What one form shows of them: payment methods have a door of their own, which knows what is installed."""

    class Meta(In.Meta):
        """As all that comes in."""

        exclude = ("payment_methods",)


class SettingsEditIn(SettingsFormIn):
    """Some of the settings; used with ``partial=True``."""


#: what a merchant has that has set nothing
DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(SettingsIn().load({}))


def filled(changed: Mapping[str, Any]) -> Mapping[str, Any]:
    """All settings: the defaults, with what a merchant has *changed* over them."""
    return MappingProxyType({**DEFAULTS, **{name: changed[name] for name in DEFAULTS if name in changed}})

"""What a merchant sets, and what a storefront may say when it quotes and orders."""

from collections.abc import Mapping
from typing import Any

from core import AccountView, fields


class BonusIn(fields.In):
    """Who pays in so much gets so much on top."""

    from_amount = fields.Money(min=1, required=True, metadata={"title_en": "From (minor units)", "title_zh": "充值满"})
    bonus = fields.Money(min=1, required=True, metadata={"title_en": "Bonus (minor units)", "title_zh": "赠送"})


class Settings(fields.In):
    """Pay passwords, recharges, withdrawals; what points are worth, and how they are earned."""

    password_required = fields.Flag(
        load_default=True,
        metadata={"title_en": "Balance needs a pay password", "title_zh": "余额支付需要支付密码"},
    )
    password_tries = fields.Count(
        min=1,
        max=20,
        load_default=5,
        metadata={"title_en": "Wrong pay passwords until it is locked", "title_zh": "支付密码允许错误次数"},
    )
    password_lock_minutes = fields.Count(
        min=1,
        max=10_080,
        load_default=30,
        metadata={"title_en": "Minutes it stays locked", "title_zh": "锁定时长（分钟）"},
    )
    recharge_sku = fields.Code(
        allow_none=True,
        load_default=None,
        metadata={"title_en": "SKU of the virtual variant that recharges are sold as", "title_zh": "充值商品 SKU"},
    )
    recharge_min = fields.Money(
        min=1, load_default=100, metadata={"title_en": "Least recharge (minor units)", "title_zh": "最低充值金额"}
    )
    recharge_max = fields.Money(
        min=1, load_default=1_000_000, metadata={"title_en": "Most recharge (minor units)", "title_zh": "最高充值金额"}
    )
    recharge_bonus = fields.ListOf(
        BonusIn,
        max=20,
        load_default=list,
        metadata={"title_en": "Bonus by recharge: the highest step counts", "title_zh": "充值赠送"},
    )
    withdraw_min = fields.Money(
        min=1, load_default=100, metadata={"title_en": "Least withdrawal (minor units)", "title_zh": "最低提现金额"}
    )
    points_rate = fields.Count(
        min=1,
        max=100_000,
        load_default=100,
        metadata={"title_en": "Points that are worth 100 minor units", "title_zh": "抵扣 1 元所需积分"},
    )
    points_cap = fields.Count(
        max=100,
        load_default=50,
        metadata={"title_en": "Percent of the goods that points may pay", "title_zh": "积分抵扣上限（%）"},
    )
    points_step = fields.Count(
        min=1, load_default=1, metadata={"title_en": "Points are spent in steps of", "title_zh": "积分使用单位"}
    )
    points_min = fields.Count(
        min=1, load_default=1, metadata={"title_en": "Fewest points that can be spent", "title_zh": "最低使用积分"}
    )
    earn_rate = fields.Count(
        max=100_000,
        load_default=1,
        metadata={"title_en": "Points earned with 100 minor units paid (0: none)", "title_zh": "每消费 1 元获得积分"},
    )
    points_may_be_owed = fields.Flag(
        load_default=False,
        metadata={
            "title_en": "Take earned points back although they are spent (the account falls below nothing)",
            "title_zh": "退款回收积分时允许积分为负",
        },
    )


class Options(fields.In):
    """What a storefront may say under `options.balance_points`."""

    points = fields.Count(min=1, max=1_000_000_000, metadata={"description": "Points to spend on the goods."})
    max = fields.Flag(metadata={"description": "Spend as many points as may be spent."})
    recharge = fields.Money(min=1, metadata={"description": "For entry `recharge`: what to pay in."})


def check(settings: Mapping[str, Any], account: AccountView | None) -> list[str]:
    """Limits that leave no recharge possible."""
    if settings["recharge_min"] > settings["recharge_max"]:
        return ["recharge_min is above recharge_max: no recharge could be made."]
    return []

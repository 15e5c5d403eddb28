"""What a merchant sets: how long to wait, who must look; and the accounts that money goes to."""

from collections.abc import Mapping
from typing import Any

from core import AccountView, fields


class Settings(fields.In):
    """How the merchant handles transfers."""

    pay_days = fields.Count(
        min=1,
        max=30,
        load_default=3,
        metadata={"title_en": "Days to pay by transfer", "title_zh": "转账付款天数"},
    )
    four_eyes = fields.Flag(
        load_default=False,
        metadata={"title_en": "A second person must confirm", "title_zh": "需要第二人复核"},
    )


class AccountSettings(fields.In):
    """The bank account that buyers pay into. Not secret: every buyer is shown it."""

    bank = fields.Text(100, required=True, metadata={"title_en": "Bank", "title_zh": "开户行"})
    holder = fields.Text(100, required=True, metadata={"title_en": "Account holder", "title_zh": "户名"})
    number = fields.Text(50, required=True, metadata={"title_en": "Account number", "title_zh": "账号"})


def check(settings: Mapping[str, Any], account: AccountView | None) -> list[str]:
    """Without an account nobody knows where to send the money."""
    return [] if account else ["Add an account first: bank, holder and number that buyers pay into."]

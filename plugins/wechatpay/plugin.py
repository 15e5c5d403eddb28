"""WeChat Pay: the table of contents."""

from collections.abc import Mapping, Sequence
from typing import Any

from core import AccountView, JobSpec, PaymentChannel, Plugin, Sandbox, hookimpl, now
from plugins.wechatpay.channel import WeChatPay
from plugins.wechatpay.checkup import findings
from plugins.wechatpay.client import CLIENT
from plugins.wechatpay.jobs import JOBS, NAME
from plugins.wechatpay.sandbox import SANDBOX
from plugins.wechatpay.settings import SECRETS, AccountSettings


def check(settings: Mapping[str, Any], account: AccountView | None) -> list[str]:
    """Whether WeChat Pay hears us and we hear it: an echo, which moves no money."""
    if account is None:
        return ["Add an account first: merchant number, app id, serial, private key and APIv3 key."]
    return findings(account, now(), CLIENT)


PLUGIN = Plugin(
    name=NAME,
    title={"en": "WeChat Pay", "zh": "微信支付"},
    api=">=1,<2",
    account=AccountSettings,
    account_secret=SECRETS,
    check=check,
)


@hookimpl
def register_payment_channels() -> Sequence[PaymentChannel]:
    """The channel `wechatpay`."""
    return (WeChatPay(),)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """Certificates every six hours, a look at each account once a day."""
    return JOBS


@hookimpl
def register_sandboxes() -> Sequence[Sandbox]:
    """The simulator that `merx sandbox serve` starts."""
    return (SANDBOX,)

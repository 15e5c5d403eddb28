"""Alipay: the table of contents."""

from collections.abc import Mapping, Sequence
from typing import Any

from core import AccountView, JobSpec, PaymentChannel, Plugin, Sandbox, hookimpl, now
from plugins.alipay.channel import Alipay
from plugins.alipay.checkup import findings
from plugins.alipay.client import CLIENT
from plugins.alipay.jobs import JOBS, NAME
from plugins.alipay.sandbox import SANDBOX
from plugins.alipay.settings import SECRETS, AccountSettings


def check(settings: Mapping[str, Any], account: AccountView | None) -> list[str]:
    """Whether Alipay hears us and we hear it: a query, which moves no money."""
    if account is None:
        return ["Add an account first: app id, seller id, private key, and Alipay's public key or certificates."]
    return findings(account, now(), CLIENT)


PLUGIN = Plugin(
    name=NAME,
    title={"en": "Alipay", "zh": "支付宝"},
    api=">=1,<2",
    account=AccountSettings,
    account_secret=SECRETS,
    check=check,
)


@hookimpl
def register_payment_channels() -> Sequence[PaymentChannel]:
    """The channel `alipay`."""
    return (Alipay(),)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """A look at each account once a day."""
    return JOBS


@hookimpl
def register_sandboxes() -> Sequence[Sandbox]:
    """The simulator that `merx sandbox serve` starts."""
    return (SANDBOX,)

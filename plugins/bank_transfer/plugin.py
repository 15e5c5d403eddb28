"""Bank transfer: the table of contents."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core import (
    Check,
    OrderView,
    PaymentChannel,
    Plugin,
    hookimpl,
    now,
    settings_of,
)
from plugins.bank_transfer import books
from plugins.bank_transfer.channel import BankTransfer
from plugins.bank_transfer.settings import AccountSettings, Settings, check

NAME = "bank_transfer"

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Bank transfer", "zh": "银行转账"},
    api=">=1,<2",
    settings=Settings,
    account=AccountSettings,
    check=check,
)


@hookimpl
def register_payment_channels() -> Sequence[PaymentChannel]:
    """The channel `bank_transfer`."""
    return (BankTransfer(),)


@hookimpl
def choose_deadline(order: OrderView, kind: str, channel: str | None) -> datetime | None:
    """Banks take days: starting a transfer moves the pay deadline."""
    if kind == "pay" and channel == NAME:
        return now() + timedelta(days=settings_of(NAME)["pay_days"])
    return None


@hookimpl
def register_checks() -> Sequence[Check]:
    """Every line that has paid stands behind a settled payment of the same amount."""
    return (
        Check(
            "bank_transfer_lines",
            books.lines_without_payment,
            "Compare the line with the bank's statement, then the payment.",
        ),
    )

"""What comes back by itself: each account is looked at once a day."""

from core import AccountView, JobSpec, now, open_accounts, open_case, reading, resolve_key, transaction
from plugins.alipay.checkup import findings
from plugins.alipay.client import CLIENT

NAME = "alipay"


def self_check() -> None:
    """Look at every account; a case is opened for what is wrong, and resolved when all is well again."""
    with reading():
        accounts = open_accounts(NAME)
    for account in accounts:
        found = findings(account, now(), CLIENT)
        with transaction():
            _tell(account, found)


def _tell(account: AccountView, found: list[str]) -> None:
    key = f"alipay_account:{account.id}"
    if not found:
        resolve_key(key, "The daily check found nothing wrong any more.")
        return
    open_case(
        "alipay_account",
        f"Alipay account {account.name}: {' '.join(found)}",
        thing_kind="account",
        thing_id=account.id,
        key=key,
        findings=found,
    )


JOBS = (JobSpec("self_check", self_check, daily_at="04:40", limit=300),)

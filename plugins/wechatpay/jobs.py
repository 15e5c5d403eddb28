"""What comes back by itself: certificates are fetched before they end, and each account is looked at once a day."""

import logging

from core import (
    AccountView,
    ChannelDown,
    JobSpec,
    learn,
    now,
    open_accounts,
    open_case,
    reading,
    resolve_key,
    transaction,
)
from plugins.wechatpay.checkup import findings
from plugins.wechatpay.client import CLIENT
from plugins.wechatpay.refusals import ApiError

log = logging.getLogger("merx.wechatpay")

NAME = "wechatpay"
#: twice as often as WeChat Pay asks for (12 hours)
CERTIFICATES_EVERY = 6 * 3600


def refresh_certificates() -> None:
    """Fetch WeChat Pay's certificates of every account, and write them down for the other processes.

    :raises ChannelDown: one account's could not be fetched; the others' were.
    """
    with reading():
        accounts = open_accounts(NAME)
    failed: ChannelDown | None = None
    for account in accounts:
        try:
            _refresh(account)
        except ApiError as error:
            # a merchant with a public key has none, and needs none
            log.info("no platform certificates for account %s: %s", account.id, error.code)
        except ChannelDown as error:
            log.warning("certificates of account %s: %s", account.id, error.detail)
            failed = error
    if failed is not None:
        raise failed


def self_check() -> None:
    """Look at every account; a case is opened for what is wrong, and resolved when all is well again."""
    with reading():
        accounts = open_accounts(NAME)
    for account in accounts:
        found = findings(account, now(), CLIENT)
        with transaction():
            _tell(account, found)


def _refresh(account: AccountView) -> None:
    entries = [dict(entry) for entry in CLIENT.certificates(account).entries]
    if entries != account.learned.get("certificates"):
        with transaction():
            learn(account.id, certificates=entries)


def _tell(account: AccountView, found: list[str]) -> None:
    key = f"wechatpay_account:{account.id}"
    if not found:
        resolve_key(key, "The daily check found nothing wrong any more.")
        return
    open_case(
        "wechatpay_account",
        f"WeChat Pay account {account.name}: {' '.join(found)}",
        thing_kind="account",
        thing_id=account.id,
        key=key,
        findings=found,
    )


JOBS = (
    JobSpec("refresh_certificates", refresh_certificates, every=CERTIFICATES_EVERY, limit=300),
    JobSpec("self_check", self_check, daily_at="04:30", limit=300),
)

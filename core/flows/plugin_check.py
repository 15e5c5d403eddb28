"""Asking a plugin whether its settings work, outside any transaction, and switching it on only if they do."""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core import redaction
from core.contracts.payment_channel import AccountView
from core.contracts.plugin import Plugin
from core.current import current_merchant
from core.db import get, reading, refuse_transaction, transaction
from core.errors import MerxError, PluginTrouble, Refused
from core.models import Account
from core.services import plugin_settings
from core.services.accounts import view

log = logging.getLogger("merx.plugins")


def enable_plugin(name: str) -> None:
    """Check *name* and switch it on for the current merchant.

    :raises Invalid: required settings are missing.
    :raises Refused: the check found something; ``extra["findings"]`` has the sentences.
    """
    refuse_transaction()
    with reading():
        question = plugin_settings.question(name)
    findings = [] if question.enabled else _ask(question)
    if findings:
        raise Refused(f"Plugin {name!r} stays off: {' '.join(findings)}", code="plugin_check_failed", findings=findings)
    with transaction():
        plugin_settings.enable(name, question.version)


def check_plugin(name: str) -> list[str]:
    """What is wrong with the current merchant's settings and accounts of *name*, in sentences; none = all is well.

    :raises Invalid: required settings are missing.
    """
    refuse_transaction()
    with reading():
        question = plugin_settings.question(name)
    return _ask(question)


def check_account(account_id: UUID) -> list[str]:
    """What is wrong with one account, in sentences. :raises NotFound: the merchant has no such account."""
    refuse_transaction()
    with reading():
        account = get(Account, current_merchant().id, account_id)
        question = plugin_settings.question(account.plugin)
        seen = view(account)
    return _call(question.plugin, question.settings, seen)


def _ask(question: plugin_settings.Question) -> list[str]:
    accounts = question.accounts or (None,)
    told = [sentence for account in accounts for sentence in _call(question.plugin, question.settings, account)]
    return list(dict.fromkeys(told))


def _call(plugin: Plugin, settings: Mapping[str, Any], account: AccountView | None) -> list[str]:
    if plugin.check is None:
        return []
    try:
        return [redaction.hide(str(sentence)) for sentence in plugin.check(settings, account)]
    except MerxError as told:
        return [redaction.hide(told.detail)]
    except Exception as error:
        log.exception("the check of plugin %s raised", plugin.name)
        raise PluginTrouble(
            f"The check of plugin {plugin.name!r} failed ({type(error).__name__}); the log has the details.",
            plugin=plugin.name,
        ) from error

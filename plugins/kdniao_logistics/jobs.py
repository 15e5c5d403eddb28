"""What runs between transactions: turns at Kdniao's doors, and labels that are asked for and given back."""

import logging
from datetime import timedelta
from uuid import UUID

from core import AccountView, ChannelDown, ChannelUnsure, JobSpec, Label, reading, transaction
from plugins.kdniao_logistics import labels, turns, waybills
from plugins.kdniao_logistics.client import CLIENT

log = logging.getLogger("merx.kdniao")


def turn(account: AccountView, product: str, enough: bool = False) -> timedelta | None:
    """Take a turn; None = go ahead, else how long to wait. *enough*: Kdniao wants no more of it today."""
    with transaction():
        if enough:
            return turns.close_for_today(account.id, product)
        return turns.take(account.id, product, account.settings["daily_limit"])


def print_label(label_id: UUID) -> None:
    """Ask for a label that is planned. May be called twice: the same order code is the same label.

    :raises ChannelDown: not now; the job is tried again. :raises ChannelUnsure: the answer was lost; likewise.
    """
    with reading():
        errand = labels.errand(label_id, "planned")
    if errand is None:
        return
    account, request, _ = errand
    _wait_for(account, "1007")
    _settle(label_id, waybills.print_label(CLIENT, account, request))


def void_label(label_id: UUID) -> None:
    """Give a label back that is being given back. May be called twice. Raises as :func:`print_label`."""
    with reading():
        errand = labels.errand(label_id, "voiding")
    if errand is None:
        return
    account, request, number = errand
    _wait_for(account, "1147")
    _settle(label_id, waybills.void_label(CLIENT, account, request, number))


def at_once(label_id: UUID, voiding: bool = False) -> None:
    """Do it now; what cannot be done now is left to the job that was armed with it."""
    try:
        (void_label if voiding else print_label)(label_id)
    except (ChannelDown, ChannelUnsure) as trouble:
        log.warning("label %s must wait: %s", label_id, trouble.detail)


def _settle(label_id: UUID, said: Label) -> None:
    if said.outcome == "pending":
        raise ChannelDown(f"Kdniao makes no label now: {said.failure}")
    with transaction():
        labels.note(label_id, said)


def _wait_for(account: AccountView, product: str) -> None:
    if turn(account, product):
        raise ChannelDown("Kdniao is asked too often just now.")


JOBS = (JobSpec("print_label", print_label, tries=12), JobSpec("void_label", void_label, tries=12))

"""Kdniao: the table of contents."""

from collections.abc import Mapping, Sequence
from typing import Any

from core import AccountView, ChannelDown, ChannelUnsure, Courier, JobSpec, MoveView, Plugin, Sandbox, hookimpl
from plugins.kdniao_logistics import jobs, labels, routes
from plugins.kdniao_logistics.client import CLIENT
from plugins.kdniao_logistics.courier import NAME, Kdniao
from plugins.kdniao_logistics.failures import KdniaoRefused
from plugins.kdniao_logistics.sandbox import SANDBOX
from plugins.kdniao_logistics.settings import SECRETS, AccountSettings


def check(settings: Mapping[str, Any], account: AccountView | None) -> list[str]:
    """Whether Kdniao takes our signature: a number is recognised, which is not billed."""
    if account is None:
        return ["Add an account first: user id (EBusinessID) and API key."]
    try:
        CLIENT.ask(account, "2002", {"LogisticCode": "0000000000"})
    except KdniaoRefused as no:
        return [f"Kdniao refuses this account: {no}."] if no.kind == "account" else []
    except (ChannelDown, ChannelUnsure) as trouble:
        return [trouble.detail]
    return []


PLUGIN = Plugin(
    name=NAME,
    title={"en": "Kdniao", "zh": "快递鸟"},
    api=">=1,<2",
    account=AccountSettings,
    account_secret=SECRETS,
    check=check,
    permissions={"kdniao_logistics.labels": "print labels and give them back"},
)


@hookimpl
def register_couriers() -> Sequence[Courier]:
    """The source `kdniao_logistics`."""
    return (Kdniao(jobs.turn),)


@hookimpl
def register_jobs() -> Sequence[JobSpec]:
    """Labels that could not be made or given back at once."""
    return jobs.JOBS


@hookimpl
def check_move(move: MoveView) -> None:
    """A receiver is not corrected under a label that shows them."""
    if move.move == "edit_receiver":
        labels.check_receiver(move.order.id)


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Labels."""
    return (routes.admin,)


@hookimpl
def register_sandboxes() -> Sequence[Sandbox]:
    """The simulator that `merx sandbox serve` starts."""
    return (SANDBOX,)

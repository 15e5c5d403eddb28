"""Direct and partner mode: whose ids go into a call, and under which paths."""

from collections.abc import Mapping
from typing import Any

from core import AccountView
from plugins.wechatpay.refusals import UNSENT, ApiError

#: mode -> where transactions live
TRANSACTIONS: Mapping[str, str] = {
    "direct": "/v3/pay/transactions",
    "partner": "/v3/pay/partner/transactions",
}


def transactions(account: AccountView) -> str:
    """The path under which *account* starts, asks and closes."""
    return TRANSACTIONS[account.settings["mode"]]


def is_partner(account: AccountView) -> bool:
    """Whether it is a service provider who acts for sub-merchants."""
    return bool(account.settings["mode"] == "partner")


def merchants(account: AccountView) -> dict[str, str]:
    """Who is paid, as a call about a transaction names them.

    :raises ApiError: partner mode, and the account does not say who the store's sub-merchant is.
    """
    mchid = account.settings["mchid"]
    if not is_partner(account):
        return {"mchid": mchid}
    return {"sp_mchid": mchid, **sub_merchant(account)}


def sub_merchant(account: AccountView) -> dict[str, str]:
    """The sub-merchant, where a call names nobody else; empty in direct mode.

    :raises ApiError: as :func:`merchants`.
    """
    if not is_partner(account):
        return {}
    sub = account.store.get("sub_mchid")
    if not sub or not isinstance(sub, str):
        raise ApiError(UNSENT, "Partner mode needs a sub_mchid: write it into the account's map of stores.")
    if sub == account.settings["mchid"]:
        raise ApiError(UNSENT, "The sub_mchid of the store is the provider's own number; it must be another.")
    return {"sub_mchid": sub}


def apps(account: AccountView, product: str | None) -> dict[str, str]:
    """The app ids of an order about to be placed."""
    own = own_app(account, product)
    if not is_partner(account):
        return {"appid": own}
    sub = sub_app(account, product)
    return {"sp_appid": own, **({"sub_appid": sub} if sub else {})}


def own_app(account: AccountView, product: str | None) -> str:
    """The app id of the merchant, or of the provider."""
    return str(account.settings["appids"].get(product, account.settings["appid"]))


def sub_app(account: AccountView, product: str | None) -> str | None:
    """The app id of the sub-merchant, if buyers pay in an app of theirs."""
    by_product = account.store.get("sub_appids")
    named = by_product.get(product) if isinstance(by_product, Mapping) else None
    return named or account.store.get("sub_appid")


def calling_app(account: AccountView, product: str | None) -> str:
    """The app that the buyer has open: it is what the client's parameters are signed for."""
    return (sub_app(account, product) if is_partner(account) else None) or own_app(account, product)


def payer(account: AccountView, product: str | None, openid: str) -> dict[str, str]:
    """Who pays: an openid belongs to the app that the buyer has open."""
    if not is_partner(account):
        return {"openid": openid}
    return {"sub_openid" if sub_app(account, product) else "sp_openid": openid}


def payee(account: AccountView, product: str | None) -> dict[str, str]:
    """Who shall be paid by an attempt, in the same words as :func:`payee_told`."""
    sub = {"sub_mchid": str(account.store.get("sub_mchid") or "")} if is_partner(account) else {}
    return {"mchid": account.settings["mchid"], **sub, "appid": own_app(account, product)}


def payee_told(resource: Mapping[str, Any]) -> dict[str, str]:
    """Who was paid, as a transaction or refund of WeChat Pay says; what it does not say is left out."""
    names = {"mchid": "mchid", "appid": "appid"}
    if "sp_mchid" in resource or "sub_mchid" in resource:
        names = {"mchid": "sp_mchid", "sub_mchid": "sub_mchid", "appid": "sp_appid"}
    return {ours: str(resource[theirs]) for ours, theirs in names.items() if theirs in resource}

"""Direct, authorised and platform mode: on whose behalf a call is made, and who is paid by it."""

from collections.abc import Mapping
from typing import Any

from core import AccountView
from plugins.alipay import yuan
from plugins.alipay.refusals import UNSENT, ApiError

MODES = ("direct", "isv", "platform")
#: what a store's entry must say in each mode
NEEDS: Mapping[str, tuple[str, ...]] = {
    "direct": (),
    "isv": ("app_auth_token", "auth_app_id", "seller_id"),
    "platform": ("smid",),
}


def public(account: AccountView) -> dict[str, str]:
    """The public parameters that say on whose behalf we call.

    :raises ApiError: the account's map of stores does not say it.
    """
    terms = store(account)
    return {"app_auth_token": terms["app_auth_token"]} if account.settings["mode"] == "isv" else {}


def placed(account: AccountView, amount: int) -> dict[str, Any]:
    """What an order about to be placed says of the store. :raises ApiError: as :func:`public`."""
    terms, mode = store(account), account.settings["mode"]
    told: dict[str, Any] = {"store_id": terms["store_id"]} if terms.get("store_id") else {}
    if mode == "isv":
        told["extend_params"] = {"sys_service_provider_id": account.settings["seller_id"]}
    if mode == "platform":
        told["sub_merchant"] = {"merchant_id": terms["smid"]}
        settled = {"trans_in_type": "defaultSettle", "amount": yuan.written(amount)}
        told["settle_info"] = {"settle_detail_infos": [settled]}
    return told


def store(account: AccountView) -> dict[str, str]:
    """What the account says of the order's store.

    :raises ApiError: something is missing; a payment without it would go to somebody else.
    """
    mode = account.settings["mode"]
    terms = {name: value for name, value in account.store.items() if isinstance(value, str) and value}
    if lacking := [name for name in NEEDS[mode] if name not in terms]:
        told = f"Mode {mode} needs {', '.join(lacking)} of the store: write it into the account's map of stores."
        raise ApiError(UNSENT, told)
    return terms


def bills_of(account: AccountView, stores: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What the account says of a store, once for each merchant who has a bill of its own."""
    if account.settings["mode"] != "isv":
        return [{}]
    # several stores may be of one merchant, who has one bill
    by_seller = {str(stores[code].get("seller_id") or code): stores[code] for code in sorted(stores, reverse=True)}
    return [by_seller[seller] for seller in sorted(by_seller)]


def payee(account: AccountView) -> dict[str, str]:
    """Who shall be paid, in the same words as :func:`payee_told`."""
    own = {"app_id": str(account.settings["app_id"])}
    if account.settings["mode"] != "isv":
        return own | {"seller_id": str(account.settings["seller_id"])}
    return own | {name: str(account.store.get(name) or "") for name in ("auth_app_id", "seller_id")}


def payee_told(account: AccountView, params: Mapping[str, str]) -> dict[str, str]:
    """Who was paid, as a notice says; what it does not say is left out."""
    names = ("app_id", "auth_app_id", "seller_id") if account.settings["mode"] == "isv" else ("app_id", "seller_id")
    return {name: params[name] for name in names if params.get(name)}

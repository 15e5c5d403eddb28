"""Labels: 1007 asks for one and its number, 1147 gives it back."""

from collections.abc import Mapping
from typing import Any

from core import AccountView, Address, Label, LabelRequest
from plugins.kdniao_logistics.client import Client
from plugins.kdniao_logistics.failures import KdniaoRefused

#: the label of an order code that has one already comes with this code
THERE_ALREADY = "106"
#: what a merchant may say beside
OPTIONS = ("PayType", "ExpType", "Weight", "Volume", "Remark", "TransType", "DeliveryMethod", "TemplateSize")


def print_label(client: Client, account: AccountView, request: LabelRequest) -> Label:
    """Ask for a label; again under the same order code it is the same one.

    :raises ChannelDown: never reached. :raises ChannelUnsure: reached, answer lost; ask again.
    """
    terms = account.settings["waybill_accounts"].get(request.carrier, {})
    wanted = {
        "OrderCode": request.order_code,
        "ShipperCode": request.carrier,
        "PayType": 1,
        "ExpType": "1",
        "Sender": _person(request.sender),
        "Receiver": _person(request.receiver),
        "Quantity": request.quantity,
        "Commodity": [{"GoodsName": name[:50]} for name in request.goods],
        "IsReturnPrintTemplate": 1,
        **terms,
        **{name: value for name, value in request.options.items() if name in OPTIONS},
    }
    try:
        answer = client.ask(account, "1007", wanted)
    except KdniaoRefused as no:
        if no.code != THERE_ALREADY or not _order(no.answer).get("LogisticCode"):
            return Label("pending" if no.kind in ("quota", "pace") else "rejected", failure=str(no))
        answer = no.answer
    number = str(_order(answer).get("LogisticCode") or "")
    if not number:
        return Label("rejected", failure="Kdniao took the order and gave it no number.")
    page = answer.get("PrintTemplate")
    return Label("done", number.upper()[:60], page if isinstance(page, str) else None)


def void_label(client: Client, account: AccountView, request: LabelRequest, tracking_no: str) -> Label:
    """Give a label back. Raises as :func:`print_label`."""
    terms = account.settings["waybill_accounts"].get(request.carrier, {})
    named = {name: terms[name] for name in ("CustomerName", "CustomerPwd") if name in terms}
    wanted = {"OrderCode": request.order_code, "ShipperCode": request.carrier, "ExpNo": tracking_no, **named}
    try:
        client.ask(account, "1147", wanted)
    except KdniaoRefused as no:
        return Label("pending" if no.kind in ("quota", "pace") else "rejected", tracking_no, failure=str(no))
    return Label("done", tracking_no)


def _order(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    order = answer.get("Order")
    return order if isinstance(order, Mapping) else {}


def _person(one: Address) -> dict[str, Any]:
    kind = "Mobile" if one.phone.removeprefix("+86").startswith("1") else "Tel"
    return {
        "Name": one.name,
        kind: one.phone,
        "ProvinceName": one.province,
        "CityName": one.city,
        "ExpAreaName": one.area,
        "Address": one.address,
        "PostCode": one.postcode,
    }

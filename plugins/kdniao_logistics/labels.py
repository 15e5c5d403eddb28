"""Labels as rows: planned, answered, given back. Each function wants a transaction; ``errand`` a scope."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from core import (
    AccountView,
    Address,
    Invalid,
    Label,
    LabelRequest,
    NotFound,
    Order,
    Parcel,
    Refused,
    add,
    all_of,
    current_merchant,
    forget,
    get,
    later,
    lock_order,
    now,
    open_accounts,
)
from plugins.kdniao_logistics.companies import companies, spelt
from plugins.kdniao_logistics.models import KdniaoLabel

NAME = "kdniao_logistics"
#: the door asks at once; this is for a door that died in between, and for what must wait
SAFETY = timedelta(seconds=30)
MOST_LABELS = 50


def plan(body: Mapping[str, Any]) -> KdniaoLabel:
    """Write down that a label is wanted, with a job that asks for it.

    :raises NotFound: no such order. :raises Invalid: no account, company, sender or receiver to write on it.
    """
    order = _order(body["order"])
    account = _account(body["account_id"])
    carrier = spelt(body["carrier"])
    if carrier not in companies():
        raise Invalid.field("/carrier", "Kdniao does not know this company; see GET carriers.", "unknown_carrier")
    there = all_of(KdniaoLabel, order.merchant_id, KdniaoLabel.order_id == order.id)
    if len(there) >= MOST_LABELS:
        raise Refused(f"An order has {MOST_LABELS} labels at most.", code="too_many_labels")
    request = LabelRequest(
        order_code=f"{order.number}-{len(there) + 1}",
        carrier=carrier,
        sender=_sender(account),
        receiver=_receiver(order, body["receiver"]),
        goods=tuple(line.title for line in order.lines if line.kind == "goods"),
        quantity=body["quantity"],
        options={name: value for name, value in _options(body).items() if value is not None},
    )
    label = add(
        KdniaoLabel(
            merchant_id=order.merchant_id, order_id=order.id, account_id=account.id, order_code=request.order_code,
            carrier=carrier, wanted=asdict(request), created_at=now(),
        )
    )  # fmt: skip
    later(f"{NAME}.print_label", now() + SAFETY, key=_key(label), label_id=label.id)
    return label


def plan_void(label_id: UUID) -> KdniaoLabel:
    """Write down that a label is not used, with a job that gives it back.

    :raises Refused: it has no number, or a parcel was sent with it.
    """
    label = get(KdniaoLabel, current_merchant().id, label_id, lock=True)
    if label.status != "done":
        raise Refused(f"The label is {label.status}: only one that is done can be given back.", code="not_done")
    if all_of(Parcel, label.merchant_id, Parcel.carrier == label.carrier, Parcel.tracking_no == label.tracking_no):
        raise Refused("A parcel was sent with this label: it cannot be given back.", code="label_is_used")
    label.status = "voiding"
    later(f"{NAME}.void_label", now() + SAFETY, key=_key(label), label_id=label.id)
    return label


def check_receiver(order_id: UUID) -> None:
    """A label that may still be stuck on a box shows the receiver as they were.

    :raises Refused: there is one.
    """
    alive = (KdniaoLabel.order_id == order_id, KdniaoLabel.status.in_(("planned", "done", "voiding")))
    if found := all_of(KdniaoLabel, current_merchant().id, *alive):
        told = f"Label {found[0].order_code} shows the receiver as they are now: give it back first."
        raise Refused(told, code="label_exists")


def errand(label_id: UUID, status: str) -> tuple[AccountView, LabelRequest, str] | None:
    """Whom to ask, what, and about which number; None if it is not in this *status* any more."""
    label = get(KdniaoLabel, current_merchant().id, label_id)
    if label.status != status:
        return None
    account = next((one for one in open_accounts(NAME) if one.id == label.account_id), None)
    if account is None:
        raise NotFound("The label's account is switched off: switch it on, or ask for another label.")
    kept = dict(label.wanted)
    kept |= {
        "sender": Address(**kept["sender"]),
        "receiver": Address(**kept["receiver"]),
        "goods": tuple(kept["goods"]),
    }
    return account, LabelRequest(**kept), label.tracking_no or ""


def note(label_id: UUID, said: Label) -> None:
    """Write down what became of it."""
    label = get(KdniaoLabel, current_merchant().id, label_id, lock=True)
    if label.status == "planned":
        label.status = "done" if said.outcome == "done" else "refused"
        label.tracking_no, label.page = said.tracking_no, said.page
    elif label.status == "voiding":
        # refused: it is still good, and whoever wants to be rid of it reads why not
        label.status = "void" if said.outcome == "done" else "done"
    label.failure = said.failure and said.failure[:500]
    forget(_key(label))


def _order(number: str) -> Order:
    found = all_of(Order, current_merchant().id, Order.number == number)
    if not found:
        raise NotFound(f"There is no order {number} here.")
    # two at once must not count the same labels
    return lock_order(found[0].id)


def _account(account_id: UUID | None) -> AccountView:
    opened = open_accounts(NAME)
    found = next((one for one in opened if account_id in (None, one.id)), None)
    if found is None:
        raise Invalid.field("/account_id", "There is no open account of Kdniao of this id.", "no_account")
    return found


def _sender(account: AccountView) -> Address:
    told = account.settings["sender"]
    if told is None:
        raise Refused("The account's setting 'sender' says nobody: a label needs one.", code="no_sender")
    return Address(**told)


def _receiver(order: Order, place: Mapping[str, str]) -> Address:
    told = order.receiver
    if not told:
        raise Refused(f"Order {order.number} has no receiver: there is nowhere to send it.", code="no_receiver")
    known: dict[str, Any] = {name: told.get(name) for name in ("name", "phone", "address", "postcode")}
    return Address(**known, **place)


def _options(body: Mapping[str, Any]) -> dict[str, Any]:
    names = {"PayType": "pay_type", "ExpType": "exp_type", "Weight": "weight_kg", "Remark": "remark"}
    return {wire: body[name] for wire, name in names.items()}


def _key(label: KdniaoLabel) -> str:
    return f"kdniao-label-{label.id}"

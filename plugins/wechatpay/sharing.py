"""Profit sharing: receivers made known, payments split, the rest let go, shares given back; answers by tables."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote, urlencode

import orjson

from core import (
    AccountView,
    ChannelDown,
    ChannelRefused,
    ReturnRequest,
    ReturnStatus,
    SplitReceiver,
    SplitRequest,
    SplitResult,
    SplitStatus,
    now,
)
from plugins.wechatpay import modes, seals, texts
from plugins.wechatpay.calls import Call
from plugins.wechatpay.checkup import sealing_key
from plugins.wechatpay.client import Client
from plugins.wechatpay.refusals import UNKNOWN_THINGS, UNSENT, ApiError, kind, meaning, sentence

ORDERS = "/v3/profitsharing/orders"
RETURNS = "/v3/profitsharing/return-orders"
RECEIVERS = "/v3/profitsharing/receivers/add"
#: our kinds of receivers -> WeChat Pay's, and what they are to the merchant
TYPES: Mapping[str, str] = {"merchant": "MERCHANT_ID", "person": "PERSONAL_OPENID"}
RELATIONS: Mapping[str, str] = {"merchant": "PARTNER", "person": "DISTRIBUTOR"}
_KINDS: Mapping[str, Literal["merchant", "person"]] = {"MERCHANT_ID": "merchant", "PERSONAL_OPENID": "person"}
_RESULTS: Mapping[str, Literal["done", "pending", "failed"]] = {
    "SUCCESS": "done",
    "PENDING": "pending",
    "CLOSED": "failed",
}
_RETURNED: Mapping[str, Literal["done", "pending", "failed"]] = {
    "SUCCESS": "done",
    "PROCESSING": "pending",
    "FAILED": "failed",
}


class Sharing:
    """The part of the channel that splits payments; FINISHED means an end for each receiver, good or bad."""

    _client: Client

    def add_receiver(self, account: AccountView, receiver: SplitReceiver) -> None:
        """Make *receiver* known to the merchant number; its name goes encrypted."""
        try:
            self._client.ask(account, self._receiver_call(account, receiver))
        except ApiError as error:
            if meaning(error).start == "later":
                raise ChannelDown(sentence(error)) from None
            raise ChannelRefused(sentence(error)) from None

    def split(self, account: AccountView, request: SplitRequest) -> SplitStatus:
        """Give the receivers their parts; accepted is not done."""
        return self._split(account, request, lambda: split_call(account, request))

    def finish_split(self, account: AccountView, request: SplitRequest) -> SplitStatus:
        """Unfreeze what is left."""
        return self._split(account, request, lambda: unfreeze_call(account, request))

    def query_split(self, account: AccountView, provider_ref: str, out_split_no: str) -> SplitStatus:
        """What became of a split."""
        asked = {"transaction_id": provider_ref}
        try:
            answer = self._client.ask(account, _query(account, ORDERS, out_split_no, asked))
        except ApiError as error:
            state, failure = _query_refused(error, "split")
            return SplitStatus(out_split_no, state, failure=failure)
        return split_told(answer.data, out_split_no)

    def return_split(self, account: AccountView, request: ReturnRequest) -> ReturnStatus:
        """Have a receiver give back what it was given, or a part of it."""
        try:
            answer = self._client.ask(account, return_call(account, request))
        except ApiError as error:
            return ReturnStatus(request.out_return_no, "failed", failure=_refused(error))
        return return_told(answer.data, request.out_return_no)

    def query_return(self, account: AccountView, out_split_no: str, out_return_no: str) -> ReturnStatus:
        """What became of a return."""
        asked = {"out_order_no": out_split_no}
        try:
            answer = self._client.ask(account, _query(account, RETURNS, out_return_no, asked))
        except ApiError as error:
            state, failure = _query_refused(error, "return")
            return ReturnStatus(out_return_no, state, failure=failure)
        return return_told(answer.data, out_return_no)

    def _split(self, account: AccountView, request: SplitRequest, call: Any) -> SplitStatus:
        try:
            answer = self._client.ask(account, call())
        except ApiError as error:
            return SplitStatus(request.out_split_no, "failed", failure=_refused(error))
        return split_told(answer.data, request.out_split_no)

    def _receiver_call(self, account: AccountView, receiver: SplitReceiver) -> Call:
        body: dict[str, Any] = {
            **modes.sub_merchant(account),
            "appid": account.settings["appid"],
            "type": TYPES[receiver.kind],
            "account": receiver.account,
            "relation_type": RELATIONS[receiver.kind],
        }
        if not receiver.name:
            return Call("POST", RECEIVERS, orjson.dumps(body))
        key = sealing_key(account, now(), self._client)
        if key is None:
            raise ApiError(
                UNSENT, "WeChat Pay has no key to encrypt the receiver's name with: run the account's check."
            )
        body["name"] = seals.encrypt_field(key.key, receiver.name)
        return Call("POST", RECEIVERS, orjson.dumps(body), encrypted_with=key.serial)


# ---------------------------------------------------------------------------------------------- calls
def split_call(account: AccountView, request: SplitRequest) -> Call:
    """Split a payment; the same bytes for every repeat, so names are left out: they are known with the receivers.

    :raises ApiError: it cannot be sent like this.
    """
    receivers = [
        {
            "type": TYPES[one.kind],
            "account": one.account,
            "amount": one.amount,
            "description": texts.shown(one.description, 80) or request.out_split_no,
        }
        for one in request.receivers
    ]
    body = {
        **_numbers(account, request),
        "appid": account.settings["appid"],
        "receivers": receivers,
        "unfreeze_unsplit": request.finish,
    }
    return Call("POST", ORDERS, orjson.dumps(body))


def unfreeze_call(account: AccountView, request: SplitRequest) -> Call:
    """Let go of the rest. :raises ApiError: as :func:`split_call`."""
    return Call(
        "POST", f"{ORDERS}/unfreeze", orjson.dumps({**_numbers(account, request), "description": "解冻剩余资金"})
    )


def return_call(account: AccountView, request: ReturnRequest) -> Call:
    """Give a share back. :raises ApiError: as :func:`split_call`."""
    receiver = request.receiver
    if receiver.kind != "merchant":
        raise ApiError(UNSENT, "WeChat Pay takes shares back from merchants only.")
    _check_number(request.out_return_no)
    body = {
        **modes.sub_merchant(account),
        "out_order_no": request.out_split_no,
        "out_return_no": request.out_return_no,
        "return_mchid": receiver.account,
        "amount": receiver.amount,
        "description": texts.shown(receiver.description, 80) or request.out_return_no,
    }
    return Call("POST", RETURNS, orjson.dumps(body))


def _numbers(account: AccountView, request: SplitRequest) -> dict[str, Any]:
    _check_number(request.out_split_no)
    numbers = {"transaction_id": request.provider_ref, "out_order_no": request.out_split_no}
    return {**modes.sub_merchant(account), **numbers}


def _query(account: AccountView, path: str, number: str, asked: Mapping[str, str]) -> Call:
    return Call("GET", f"{path}/{quote(number, safe='')}?{urlencode({**modes.sub_merchant(account), **asked})}")


def _check_number(number: str) -> None:
    if not texts.REFUND_NUMBER.fullmatch(number):
        raise ApiError(UNSENT, f"{number!r} is no number for WeChat Pay: 1 to 64 letters and digits.")


# ---------------------------------------------------------------------------------------------- answers
def split_told(resource: Mapping[str, Any], out_split_no: str) -> SplitStatus:
    """What WeChat Pay says of a split. FINISHED is not success: each receiver has a result of its own."""
    if resource.get("out_order_no") != out_split_no:
        return SplitStatus(out_split_no, "unsure", failure="WeChat Pay answered about another split.")
    state = {"FINISHED": "done", "PROCESSING": "pending"}.get(str(resource.get("state")))
    results = [_result(one) for one in resource.get("receivers") or [] if one.get("type") in _KINDS]
    if state == "done" and all(one.state != "pending" for one in results):
        return SplitStatus(out_split_no, "done", tuple(results))
    if state is None:
        told = f"WeChat Pay says {str(resource.get('state'))[:40]!r} of the split."
        return SplitStatus(out_split_no, "unsure", failure=told)
    return SplitStatus(out_split_no, "pending", tuple(results))


def return_told(resource: Mapping[str, Any], out_return_no: str) -> ReturnStatus:
    """What WeChat Pay says of a return."""
    if resource.get("out_return_no") != out_return_no:
        return ReturnStatus(out_return_no, "unsure", failure="WeChat Pay answered about another return.")
    state, amount = _RETURNED.get(str(resource.get("result"))), resource.get("amount")
    if state is None:
        told = f"WeChat Pay says {str(resource.get('result'))[:40]!r} of the return."
        return ReturnStatus(out_return_no, "unsure", failure=told)
    why = str(resource.get("fail_reason") or "no reason told")[:200] if state == "failed" else None
    return ReturnStatus(out_return_no, state, amount if type(amount) is int else 0, why)


def _result(told: Mapping[str, Any]) -> SplitResult:
    state = _RESULTS.get(str(told.get("result")), "pending")
    amount, reference = told.get("amount"), told.get("detail_id")
    return SplitResult(
        _KINDS[str(told["type"])],
        str(told.get("account")),
        amount if type(amount) is int else 0,
        state,
        str(told.get("fail_reason") or "no reason told")[:200] if state == "failed" else None,
        str(reference) if reference else None,
    )


def _refused(error: ApiError) -> str:
    """The sentence of a refusal. :raises ChannelDown: nothing was done; later."""
    if meaning(error).start == "later":
        raise ChannelDown(sentence(error))
    return sentence(error)


def _query_refused(error: ApiError, what: str) -> tuple[Literal["failed", "unsure"], str]:
    """What a refused query tells. What is not there is asked for again under its own number: that is safe even if
    WeChat Pay has it after all.

    :raises ChannelDown: later.
    """
    if kind(error) in UNKNOWN_THINGS:
        return "failed", f"WeChat Pay has not heard of the {what}."
    return "unsure", _refused(error)

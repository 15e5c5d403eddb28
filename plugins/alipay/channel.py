"""The channel: each verb makes one call and tells, by the tables, what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from core import (
    AccountView,
    BillRow,
    ChannelUnsure,
    Notice,
    PaymentRequest,
    PaymentStatus,
    RefundReceipt,
    RefundRequest,
    Reply,
    Started,
    fields,
)
from plugins.alipay import bills, calls, modes, notices, outcomes, parameters, texts
from plugins.alipay.client import CLIENT, Client
from plugins.alipay.refusals import UNKNOWN_TRADE, ApiError, meaning, sentence
from plugins.alipay.settings import PRODUCTS, titled


class Input(fields.In):
    """What the buyer's storefront gives; which of it is used, the way to pay decides."""

    return_url = fields.Url(max=256, metadata=titled("Page to come back to (page, wap)", "支付完成返回页面"))
    quit_url = fields.Url(max=400, metadata=titled("Page where 'back' leads (wap)", "中途退出返回页面"))


class Alipay:
    """Money by Alipay.

    :param client: the way out; tests bring one that does not wait.
    """

    name = "alipay"
    title: Mapping[str, str] = {"en": "Alipay", "zh": "支付宝"}
    input_schema = Input
    products: tuple[str, ...] = PRODUCTS
    currencies: tuple[str, ...] = ("CNY",)

    def __init__(self, client: Client = CLIENT) -> None:
        self._client = client

    def start(self, account: AccountView, request: PaymentRequest) -> Started:
        """Sign what the buyer opens; a code is asked for. Again under the same number gives a fresh one."""
        until = parameters.good_until(request)
        try:
            call = calls.pay(account, request)
            if request.product != "precreate":
                return Started("pending", parameters.signed_here(account, request, call), good_until=until)
            answer = self._client.ask(account, call)
        except ApiError as error:
            return outcomes.start_refused(error)
        code = answer.data.get("qr_code")
        if answer.data.get("out_trade_no") != request.out_trade_no or not code or not isinstance(code, str):
            raise ChannelUnsure("Alipay took the order and gave no code for it.")
        return Started("pending", {"qr_code": code}, good_until=until)

    def query(self, account: AccountView, out_trade_no: str) -> PaymentStatus:
        """What Alipay knows of the order."""
        try:
            answer = self._client.ask(account, calls.query(account, out_trade_no))
        except ApiError as error:
            return outcomes.query_refused(error)
        except ChannelUnsure as error:
            return PaymentStatus("unsure", failure=error.detail)
        return outcomes.status(account, answer.data, out_trade_no)

    def close(self, account: AccountView, out_trade_no: str) -> PaymentStatus:
        """Close the order. One that no buyer has opened cannot be closed at Alipay: for us it is closed all the same,
        and money that still comes is late. Any other refusal decides nothing: Alipay is asked what the order is."""
        try:
            self._client.ask(account, calls.close(account, out_trade_no))
        except ApiError as error:
            if error.code in UNKNOWN_TRADE and error.signed:
                return PaymentStatus("closed")
            found = self.query(account, out_trade_no)
            if found.state != "waiting":
                return found
            return PaymentStatus("unsure", failure=sentence(error))
        except ChannelUnsure as error:
            return PaymentStatus("unsure", failure=error.detail)
        return PaymentStatus("closed")

    def refund(self, account: AccountView, request: RefundRequest) -> RefundReceipt:
        """Give money back. Only a change of funds says that it went; otherwise Alipay is asked."""
        number = request.out_refund_no
        try:
            answer = self._client.ask(account, calls.refund(account, request))
        except ApiError as error:
            if meaning(error).refund == "ask":
                found = self._asked(account, request.out_trade_no, number)
                if found is not None and found.outcome != "failed":
                    return found
            return outcomes.refund_refused(error, number)
        if answer.data.get("out_trade_no") != request.out_trade_no:
            return RefundReceipt(number, "unsure", 0, failure="Alipay answered about another order.")
        if answer.data.get("fund_change") != "Y":
            # the answer to a repeat, too: it may have gone back before
            return self._asked(account, request.out_trade_no, number) or RefundReceipt(number, "pending", 0)
        ref = outcomes.refund_ref(answer.data.get("trade_no"), number)
        at = texts.read(answer.data.get("gmt_refund_pay"))
        return RefundReceipt(number, "done", request.amount, provider_ref=ref, at=at, payee=modes.payee(account))

    def query_refund(self, account: AccountView, out_trade_no: str, out_refund_no: str) -> RefundReceipt:
        """What became of the refund. One that Alipay does not show is sent again under its own number: that is safe
        even if it has it after all."""
        found = self._asked(account, out_trade_no, out_refund_no)
        return found or RefundReceipt(out_refund_no, "failed", 0, failure="Alipay does not show the refund.")

    def payee(self, account: AccountView, product: str | None) -> Mapping[str, str]:
        """The app, and the seller whom it acts for."""
        return modes.payee(account)

    def read_notice(self, account: AccountView, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """Verify and translate; uses no network."""
        return notices.read(account, body, now)

    def acknowledge(self, ok: bool, why: str = "") -> Reply:
        """The seven letters and nothing more; or a refusal, upon which Alipay comes again. It is not told why."""
        return Reply(200, b"success", "text/plain") if ok else Reply(400, b"fail", "text/plain")

    def fetch_bill(self, account: AccountView, day: date) -> Iterator[BillRow]:
        """The trade bill of *day* in Beijing."""
        return bills.fetch(account, day, self._client)

    def bills_of(self, account: AccountView, stores: Mapping[str, Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """The account's own bill; of an authorised app, that of each merchant whom it acts for."""
        return modes.bills_of(account, stores)

    def _asked(self, account: AccountView, out_trade_no: str, number: str) -> RefundReceipt | None:
        try:
            answer = self._client.ask(account, calls.query_refund(account, out_trade_no, number))
        except ApiError as error:
            return outcomes.query_refund_refused(error, number)
        except ChannelUnsure as error:
            return RefundReceipt(number, "unsure", 0, failure=error.detail)
        return outcomes.asked_refund(account, answer.data, out_trade_no, number)

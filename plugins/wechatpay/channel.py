"""The channel: each verb makes one call and tells, by the tables, what came of it."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

import orjson

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
from plugins.wechatpay import bill_rows, bills, calls, modes, notices, outcomes, split_bill_rows
from plugins.wechatpay.client import CLIENT, Client
from plugins.wechatpay.parameters import TOKENS, client_parameters, good_until
from plugins.wechatpay.refusals import ApiError, sentence
from plugins.wechatpay.settings import PRODUCTS, titled
from plugins.wechatpay.sharing import Sharing


class Input(fields.In):
    """What the buyer's storefront gives; which of it is needed, the way to pay decides."""

    openid = fields.Text(128, metadata=titled("openid of the buyer (jsapi, mini)", "用户openid"))
    device = fields.Choice("wap", "ios", "android", metadata=titled("Kind of page or app (h5)", "H5场景类型"))
    return_url = fields.Url(max=512, metadata=titled("Page to come back to (h5)", "H5返回页面"))


class WeChatPay(Sharing):
    """Money by WeChat Pay.

    :param client: the way out; tests bring one that does not wait.
    """

    name = "wechatpay"
    title: Mapping[str, str] = {"en": "WeChat Pay", "zh": "微信支付"}
    input_schema = Input
    products: tuple[str, ...] = PRODUCTS
    currencies: tuple[str, ...] = ("CNY",)

    def __init__(self, client: Client = CLIENT) -> None:
        self._client = client

    def start(self, account: AccountView, request: PaymentRequest) -> Started:
        """Place the order at WeChat Pay; again under the same number gives a fresh token."""
        try:
            answer = self._client.ask(account, calls.prepay(account, request))
        except ApiError as error:
            return outcomes.start_refused(error)
        token = answer.data.get(TOKENS[str(request.product)])
        if not token or not isinstance(token, str):
            raise ChannelUnsure(f"WeChat Pay took the order and gave no {TOKENS[str(request.product)]}.")
        return Started("pending", client_parameters(account, request, token), good_until=good_until(request))

    def query(self, account: AccountView, out_trade_no: str) -> PaymentStatus:
        """What WeChat Pay knows of the order."""
        try:
            answer = self._client.ask(account, calls.query(account, out_trade_no))
        except ApiError as error:
            return outcomes.query_refused(error)
        except ChannelUnsure as error:
            return PaymentStatus("unsure", failure=error.detail)
        return outcomes.status(answer.data, out_trade_no)

    def close(self, account: AccountView, out_trade_no: str) -> PaymentStatus:
        """Close the order. A refusal decides nothing by itself: WeChat Pay is asked what the order is."""
        try:
            self._client.ask(account, calls.close(account, out_trade_no))
        except ApiError as error:
            found = self.query(account, out_trade_no)
            if found.state != "waiting":
                return found
            return PaymentStatus("unsure", failure=sentence(error))
        except ChannelUnsure as error:
            return PaymentStatus("unsure", failure=error.detail)
        return PaymentStatus("closed")

    def refund(self, account: AccountView, request: RefundRequest) -> RefundReceipt:
        """Give money back. Accepted is not done: that is told later, by a notice or when asked."""
        try:
            answer = self._client.ask(account, calls.refund(account, request))
        except ApiError as error:
            return outcomes.refund_refused(error, request.out_refund_no)
        return outcomes.refund(answer.data, request.out_refund_no)

    def query_refund(self, account: AccountView, out_trade_no: str, out_refund_no: str) -> RefundReceipt:
        """What became of the refund."""
        try:
            answer = self._client.ask(account, calls.query_refund(account, out_refund_no))
        except ApiError as error:
            return outcomes.query_refund_refused(error, out_refund_no)
        except ChannelUnsure as error:
            return RefundReceipt(out_refund_no, "unsure", 0, failure=error.detail)
        return outcomes.refund(answer.data, out_refund_no)

    def fetch_bill(self, account: AccountView, day: date) -> Iterator[BillRow]:
        """The trade bill of *day*, whole and proved before its first row is given."""
        return bills.fetch(self._client, account, calls.bill(day), bill_rows.rows)

    def fetch_split_bill(self, account: AccountView, day: date) -> Iterator[BillRow]:
        """The bill of shares and their returns, in the same way."""
        return bills.fetch(self._client, account, calls.split_bill(day), split_bill_rows.rows)

    def payee(self, account: AccountView, product: str | None) -> Mapping[str, str]:
        """The merchant, in partner mode the sub-merchant too, and the app."""
        return modes.payee(account, product)

    def read_notice(self, account: AccountView, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """Verify and translate; only a certificate nobody knows yet makes it use the network."""
        return notices.read(account, headers, body, now, self._client.key)

    def acknowledge(self, ok: bool, why: str = "") -> Reply:
        """204 and nothing more; or a refusal, upon which WeChat Pay comes again."""
        if ok:
            return Reply(204)
        return Reply(400, orjson.dumps({"code": "FAIL", "message": why[:200] or "not accepted"}))

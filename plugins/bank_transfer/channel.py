"""The channel: it tells the buyer where to send the money, and believes what staff say of it. No network at all."""

from collections.abc import Mapping

from core import (
    AccountView,
    OfflineConfirmation,
    OfflineRefund,
    PaymentRequest,
    PaymentStatus,
    Receipt,
    RefundReceipt,
    RefundRequest,
    Started,
    format_money,
)
from plugins.bank_transfer import books


class BankTransfer:
    """Money by bank transfer. Attempts wait until staff confirm the money; nothing can be asked of anybody."""

    name = "bank_transfer"
    title: Mapping[str, str] = {"en": "Bank transfer", "zh": "银行转账"}
    input_schema = None
    products: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()

    def start(self, account: AccountView, request: PaymentRequest) -> Started:
        """Where to send the money, and what to write on the transfer."""
        return Started("pending", instructions(account, request))

    def query(self, account: AccountView, out_trade_no: str) -> PaymentStatus:
        """Nobody can be asked: it waits until staff say otherwise."""
        return PaymentStatus("waiting")

    def close(self, account: AccountView, out_trade_no: str) -> PaymentStatus:
        """Nobody has to be told: we stop waiting."""
        return PaymentStatus("closed")

    def refund(self, account: AccountView, request: RefundRequest) -> RefundReceipt:
        """A person must make the transfer back; it is pending until they say it is done."""
        return RefundReceipt(request.out_refund_no, "pending", request.amount)

    def query_refund(self, account: AccountView, out_trade_no: str, out_refund_no: str) -> RefundReceipt:
        """Still waiting for the person."""
        return RefundReceipt(out_refund_no, "pending", 0)

    def confirm(self, account: AccountView, confirmation: OfflineConfirmation) -> Receipt | None:
        """Staff saw the money; None while a second person must look."""
        line = books.see(account, confirmation)
        if line.booked_at is None:
            return None
        return Receipt(
            confirmation.out_trade_no,
            confirmation.reference,
            confirmation.amount,
            confirmation.currency,
            confirmation.at,
        )

    def refunded(self, account: AccountView, refund: OfflineRefund) -> RefundReceipt:
        """Staff made the transfer back."""
        books.send_back(account, refund)
        return RefundReceipt(refund.out_refund_no, "done", refund.amount, refund.reference, at=refund.at)


def instructions(account: AccountView, request: PaymentRequest) -> dict[str, object]:
    """What the buyer is shown."""
    return {
        "bank": account.settings["bank"],
        "holder": account.settings["holder"],
        "number": account.settings["number"],
        "reference": request.out_trade_no,
        "amount": request.amount,
        "currency": request.currency,
        "text": f"Transfer {format_money(request.amount, request.currency)} and write {request.out_trade_no} on it.",
    }

"""Nobody stands behind a bank transfer: staff read the bank's statement and say what they saw."""

from typing import Any

from tests.contracts.payment_channels import Provider
from tests.vocabulary import Shop


class BankTransferProvider(Provider):
    """The shop of the vocabulary has an account for transfers from the beginning."""

    name = channel = "bank_transfer"
    can = frozenset({"by_hand"})
    rival = "wire"

    def sets_up(self, shop: Shop) -> None:
        """It is there already."""

    def wrong_wishes(self) -> dict[str, dict[str, Any]]:
        told = {"channel": self.channel, "input": {"colour": "red"}}
        return super().wrong_wishes() | {"/tenders/0/input/colour": told}

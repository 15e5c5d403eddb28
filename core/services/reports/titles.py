"""What people call the books: each account by its channel and name, each tender by its title."""

from collections.abc import Mapping

from sqlalchemy import select

from core import plugins
from core.current import current_merchant
from core.db import db
from core.models import Account
from core.services import payment_methods

Title = Mapping[str, str]

#: book -> language -> text
CORE_BOOKS: Mapping[str, Title] = {
    "orders": {"en": "Owed to buyers for orders", "zh": "订单货款"},
    "surplus": {"en": "Owed to buyers: late or paid twice", "zh": "多收待退款"},
    "by_hand": {"en": "Sent by hand", "zh": "人工转账"},
    "forfeited_income": {"en": "Kept of closed orders", "zh": "没收收入"},
    "fees": {"en": "Fees of channels", "zh": "渠道手续费"},
    "split:merchant": {"en": "Shares of partners", "zh": "分账：商户"},
    "split:person": {"en": "Shares of persons", "zh": "分账：个人"},
    "marketing": {"en": "Granted to customers", "zh": "营销赠送"},
}
#: tender books: the word before the colon -> language -> what its title becomes
TENDER_BOOKS: Mapping[str, Title] = {
    "tender": {"en": "{}: on customers' accounts", "zh": "{}：客户余额"},
    "held": {"en": "{}: set aside for orders", "zh": "{}：已冻结"},
}


class Names:
    """The titles of the current merchant's books and methods, read once."""

    def __init__(self) -> None:
        self.methods = payment_methods.titles()
        query = select(Account.id, Account.plugin, Account.name).where(Account.merchant_id == current_merchant().id)
        self.accounts: dict[str, tuple[str, str]] = {
            str(account_id): (plugin, name) for account_id, plugin, name in db.session().execute(query)
        }

    def method(self, name: str | None) -> Title:
        """A channel or tender; its bare name where its plugin is gone."""
        return self.methods.get(name or "", {"en": name or "none"})

    def book(self, book: str) -> Title:
        """A book; a plugin's own is called what the plugin calls it."""
        word, _, name = book.partition(":")
        if word == "channel":
            return self.account(name)
        if word in TENDER_BOOKS:
            return _spoken(TENDER_BOOKS[word], self.method(name))
        return CORE_BOOKS.get(book, {"en": book})

    def account(self, account_id: str) -> Title:
        """An account: its channel's title and its own name."""
        plugin, name = self.accounts.get(account_id, ("unknown", account_id))
        known = plugins.manifests().get(plugin)
        title = known.title if known is not None else {"en": plugin}
        return {language: f"{text} · {name}" for language, text in title.items()}


def _spoken(pattern: Title, title: Title) -> Title:
    fallback = next(iter(title.values()))
    return {language: text.format(title.get(language, fallback)) for language, text in pattern.items()}

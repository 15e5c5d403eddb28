"""An account at Kdniao as a flow hands it over."""

from typing import Any
from uuid import UUID

from core import AccountView
from plugins.kdniao_logistics.settings import AccountSettings

ACCOUNT_ID = UUID(int=7)


def account(**settings: Any) -> AccountView:
    """The invented account of the manual."""
    told = {"business_id": "1237100", "api_key": "test-app-key-0001"} | settings
    return AccountView(1, ACCOUNT_ID, "kdniao_logistics", "kdn", AccountSettings().load(told))

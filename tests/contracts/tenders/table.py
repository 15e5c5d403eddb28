"""The table of tenders: everyone that must keep the contract, one line each."""

import importlib
import os
from collections.abc import Callable, Mapping

from tests.contracts.tenders.providers.balance import BalanceProvider
from tests.contracts.tenders.providers.jar import JarProvider
from tests.contracts.tenders.providers.points import PointsProvider
from tests.contracts.tenders.providers.stored_value import StoredValueProvider
from tests.contracts.tenders.tender_provider import TenderProvider

#: tenders that only tests have
ONLY_HERE = ("jar",)
#: name -> who makes it
PROVIDERS: dict[str, Callable[[], TenderProvider]] = {
    "jar": JarProvider,
    "balance": BalanceProvider,
    "stored_value": StoredValueProvider,
    "points": PointsProvider,
}


def named_from_outside(environ: Mapping[str, str]) -> dict[str, Callable[[], TenderProvider]]:
    """The tenders of other packages: ``TENDER_PROVIDERS="my_package.provider:MyProvider"``, more after commas."""
    found = {}
    for name in filter(None, environ.get("TENDER_PROVIDERS", "").split(",")):
        module, _, cls = name.partition(":")
        provider = getattr(importlib.import_module(module), cls)
        found[provider.name] = provider
    return found


PROVIDERS |= named_from_outside(os.environ)

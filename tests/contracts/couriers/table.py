"""The table of sources: every one that must keep the contract, one line each."""

from collections.abc import Callable, Mapping

from tests.contracts.couriers.by_hand import ByHandProvider
from tests.contracts.couriers.kdniao import FreeKdniaoProvider, KdniaoProvider
from tests.contracts.couriers.provider import Provider

PROVIDERS: Mapping[str, Callable[[], Provider]] = {
    "kdniao": KdniaoProvider,
    "kdniao_free": FreeKdniaoProvider,
    "manual": ByHandProvider,
}

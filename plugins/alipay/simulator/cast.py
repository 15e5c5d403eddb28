"""Who has a contract with the simulated Alipay: two apps of their own, a sealed one, a provider's, a platform's."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Authorised:
    """A merchant who let a provider's app act for it."""

    token: str
    auth_app_id: str
    seller_id: str


@dataclass(frozen=True)
class Role:
    """One app.

    :param certificate: certificate mode instead of key mode. :param sealed: content encryption is on.
    :param authorised: whom a provider's app acts for, by name. :param smids: the sub-merchants of a platform.
    """

    app_id: str
    seller_id: str
    mode: str = "direct"
    certificate: bool = False
    sealed: bool = False
    authorised: Mapping[str, Authorised] = field(default_factory=dict)
    smids: tuple[str, ...] = ()


#: by the names that the control API calls them
CAST = {
    "key": Role("2021000000000101", "2088101000000101"),
    "certificate": Role("2021000000000102", "2088101000000102", certificate=True),
    "sealed": Role("2021000000000103", "2088101000000103", sealed=True),
    "isv": Role(
        "2021000000000104",
        "2088101000000104",
        mode="isv",
        authorised={
            "bund": Authorised("202603BBsim0000000000000000000000X201", "2021000000000201", "2088101000000201"),
            "lane": Authorised("202603BBsim0000000000000000000000X202", "2021000000000202", "2088101000000202"),
        },
    ),
    "platform": Role(
        "2021000000000105",
        "2088101000000105",
        mode="platform",
        smids=("2088201000000301", "2088201000000302"),
    ),
}

"""Who has a contract with the simulated WeChat Pay: three direct merchants, and a provider with two sub-merchants."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Role:
    """One merchant number.

    :param mobile_appid: a second app that is bound to the number, for payments inside an app.
    :param public_key: whether WeChat Pay signs for it with a public-key pair.
    :param certificate: whether WeChat Pay signs for it with a platform certificate; with both it is switching over.
    :param subs: the sub-merchants of a provider, each with its app.
    """

    mchid: str
    appid: str
    mobile_appid: str
    public_key: bool = True
    certificate: bool = False
    subs: Mapping[str, str] = field(default_factory=dict)


#: by the names that the control API calls them
CAST = {
    "public_key": Role("1900000101", "wxsim00000000000a1", "wxsim00000000000m1"),
    "certificate": Role("1900000102", "wxsim00000000000a2", "wxsim00000000000m2", public_key=False, certificate=True),
    "mixed": Role("1900000103", "wxsim00000000000a3", "wxsim00000000000m3", certificate=True),
    "provider": Role(
        "1900000104",
        "wxsim00000000000a4",
        "wxsim00000000000m4",
        subs={"1900000201": "wxsim00000000000b1", "1900000202": "wxsim00000000000b2"},
    ),
}

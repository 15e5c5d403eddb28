"""The source `manual_tracking`: nobody is asked, people and partners tell."""

from collections.abc import Sequence

from core import AccountView, Carrier, Looked, Subscribed, TrackRequest, settings_of

NAME = "manual_tracking"


class ByHand:
    """A source without a provider: what is told comes in by the plugin's own door."""

    name = NAME
    title = {"en": "By hand", "zh": "手工跟踪"}

    def carriers(self) -> Sequence[Carrier]:
        """The companies of the merchant's settings."""
        named = settings_of(NAME)["carriers"]
        return tuple(Carrier(code.upper(), {"en": title, "zh": title}) for code, title in named.items())

    def subscribe(self, account: AccountView | None, request: TrackRequest) -> Subscribed:
        """There is nobody to ask."""
        return Subscribed("none")

    def query(self, account: AccountView | None, request: TrackRequest) -> Looked:
        """What is told is written down at once: there is no more to know."""
        return Looked(None)

    def recognise(self, account: AccountView | None, tracking_no: str) -> Sequence[Carrier]:
        """A number says nothing of whose it is."""
        return ()

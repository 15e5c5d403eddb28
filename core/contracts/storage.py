"""The storage contract: where uploads lie. The default is a local folder."""

from typing import Protocol


class Storage(Protocol):
    """Keeps bytes under a key. Keys are ours: merchant id, a slash, a UUID."""

    def put(self, key: str, content: bytes) -> None:
        """Keep *content* under *key*; durable when it returns."""

    def get(self, key: str) -> bytes:
        """The bytes under *key*.

        :raises NotFound: there are none.
        """

    def delete(self, key: str) -> None:
        """Forget *key*; no error if it is gone."""

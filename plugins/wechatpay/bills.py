"""A daily bill: asked for, fetched whole, proved by its hash, and only then read, row by row, in flat memory."""

import hashlib
import tempfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO
from urllib.parse import urlsplit

from core import AccountView, BillRow, ChannelDown, ChannelRefused, ChannelUnsure
from plugins.wechatpay.calls import Call
from plugins.wechatpay.client import Client
from plugins.wechatpay.refusals import ApiError, meaning, plain, sentence
from plugins.wechatpay.settings import hosts

#: bytes of the file as it is read, unpacked
LARGEST = 2_000_000_000
DOWNLOADS = "/v3/billdownload/file"
GZIP = b"\x1f\x8b"
#: codes without `_`: nothing happened that day; it is being written
EMPTY, NOT_READY = frozenset({"NOSTATEMENTEXIST"}), frozenset({"STATEMENTCREATING"})


def fetch(
    client: Client, account: AccountView, call: Call, rows: Callable[[BinaryIO], Iterator[BillRow]]
) -> Iterator[BillRow]:
    """The bill that *call* asks for; a provider's holds the rows of all its sub-merchants.

    :param rows: reads the file, and closes it.
    :raises ChannelUnsure: it is not ready, or did not come whole. :raises ChannelDown: never reached.
    :raises ChannelRefused: it will never come.
    """
    try:
        told = client.ask(account, call).data
    except ApiError as error:
        if plain(error.code) in EMPTY:
            return iter(())
        raise _trouble(error) from None
    wanted = str(told.get("hash_value", "")).lower()
    if str(told.get("hash_type", "")).upper() != "SHA1" or not wanted:
        raise ChannelUnsure("WeChat Pay told of a bill without its SHA-1.")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as its rows are read
    try:
        intake = Intake(file)
        client.download(account, _target(account, str(told.get("download_url", ""))), intake.write)
        if intake.finished() != wanted:
            raise ChannelUnsure("The bill is not the file that WeChat Pay told of: its SHA-1 differs.")
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return rows(file)


class Intake:
    """Takes a file as it arrives, unpacks it if it is packed, and counts up its hash; *file* gets the plain bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash, self._size = file, hashlib.sha1(usedforsecurity=False), 0
        self._head, self._unpack = b"", zlib.decompressobj(wbits=31)
        self._packed: bool | None = None

    def write(self, piece: bytes) -> None:
        """One piece of the file.

        :raises ChannelUnsure: it cannot be unpacked, or is far too long.
        """
        if self._packed is None:
            self._head += piece
            if len(self._head) < len(GZIP):
                return
            self._packed, piece = self._head.startswith(GZIP), self._head
        if not self._packed:
            self._keep(piece)
            return
        try:
            while piece:
                self._keep(self._unpack.decompress(piece, 1_000_000))
                piece = self._unpack.unconsumed_tail
        except zlib.error:
            raise ChannelUnsure("The packed bill cannot be unpacked.") from None

    def finished(self) -> str:
        """It has all arrived: the SHA-1 of the plain file."""
        if self._packed is None:
            self._keep(self._head)
        elif self._packed:
            self._keep(self._unpack.flush())
            if not self._unpack.eof:
                raise ChannelUnsure("The packed bill ends in its middle.")
        return self._hash.hexdigest()

    def _keep(self, plain_bytes: bytes) -> None:
        self._size += len(plain_bytes)
        if self._size > LARGEST:
            raise ChannelUnsure("The bill is too long to be one.")
        self._hash.update(plain_bytes)
        self._file.write(plain_bytes)


def _target(account: AccountView, url: str) -> str:
    """Path and query of the file, if it lies at a host that may get our signature."""
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" not in hosts(account.settings) or parts.path != DOWNLOADS:
        raise ChannelUnsure("WeChat Pay told of a bill at an address that is not its own.")
    return f"{parts.path}?{parts.query}"


def _trouble(error: ApiError) -> Exception:
    if plain(error.code) in NOT_READY:
        return ChannelUnsure("WeChat Pay is still writing this bill.")
    if meaning(error).start == "later":
        return ChannelDown(sentence(error))
    return ChannelRefused(sentence(error))

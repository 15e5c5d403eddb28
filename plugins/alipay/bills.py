"""The trade bill of a day: asked for, fetched whole into a file, checked whole, then given row by row."""

import io
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from core import AccountView, BillRow, ChannelDown, ChannelRefused, ChannelUnsure, now
from plugins.alipay import calls
from plugins.alipay.bill_rows import Sheet, Torn, rows
from plugins.alipay.client import Client
from plugins.alipay.refusals import BUSINESS, NO_BILL, ApiError, meaning, sentence
from plugins.alipay.texts import BEIJING

#: the hour of the next day at which Alipay has written a bill
READY = time(9, 0)
#: bytes of a bill, packed and unpacked: a larger one is none of ours
LARGEST, LARGEST_UNPACKED = 512 * 1024 * 1024, 4 * 1024 * 1024 * 1024
DETAIL = "业务明细.csv"


def fetch(account: AccountView, day: date, client: Client) -> Iterator[BillRow]:
    """The rows of the bill of *day*; none = an empty day.

    :raises ChannelUnsure: it is not ready yet, or did not come whole. :raises ChannelRefused: it will never come.
    """
    url = _address(account, day, client)
    if url is None:
        return iter(())
    file = _downloaded(url, client)
    try:
        with _lines(file) as lines:
            sheet = Sheet()
            for _ in rows(lines, sheet):
                pass
            sheet.agree()
    except (Torn, zipfile.BadZipFile, UnicodeDecodeError, OSError, EOFError) as wrong:
        file.close()
        raise ChannelUnsure(f"The bill of {day} did not come whole: {wrong}.") from None
    return _given(file)


def _given(file: IO[bytes]) -> Iterator[BillRow]:
    with file, _lines(file) as lines:
        yield from rows(lines, Sheet())


def _address(account: AccountView, day: date, client: Client) -> str | None:
    is_early = now() < datetime.combine(day + timedelta(days=1), READY, tzinfo=BEIJING)
    try:
        url = client.ask(account, calls.bill(account, day)).data.get("bill_download_url")
    except ApiError as error:
        if is_early and error.gateway == BUSINESS:
            raise ChannelUnsure(f"The bill of {day} is written the next day about nine in Beijing.") from None
        if error.code in NO_BILL and error.signed:
            return None
        if meaning(error).start == "later":
            raise ChannelDown(sentence(error)) from None
        raise ChannelRefused(f"Alipay gives no bill of {day}. {sentence(error)}") from None
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise ChannelUnsure(f"Alipay gave no address for the bill of {day}.")
    return url


def _downloaded(url: str, client: Client) -> IO[bytes]:
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        client.fetch(url, file, LARGEST)
    except ChannelUnsure:
        file.close()
        raise
    return file


@contextmanager
def _lines(file: IO[bytes]) -> Iterator[Iterator[str]]:
    """The lines of the detail sheet; reading to its end checks its sum."""
    file.seek(0)
    with zipfile.ZipFile(file) as packed:
        member = next((one for one in packed.infolist() if _name(one).endswith(DETAIL)), None)
        if member is None or member.file_size > LARGEST_UNPACKED:
            raise Torn(f"it has no {DETAIL} of a size that could be")
        with packed.open(member) as raw, io.TextIOWrapper(raw, encoding="gb18030", newline="\n") as text:
            yield iter(text)


def _name(member: zipfile.ZipInfo) -> str:
    """Its name as Alipay meant it: written in GBK without saying so."""
    is_utf8: Any = member.flag_bits & 0x800
    if is_utf8:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gbk")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return ""

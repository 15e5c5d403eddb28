"""Where uploads lie by default: a folder on this machine; see contracts/storage.py for other places."""

import os
import re
from pathlib import Path
from typing import Final

from flask import Flask, current_app

from core.contracts.storage import Storage
from core.errors import NotFound

#: merchant id, a slash, a UUID: nothing that could walk out of the folder
_KEY: Final = re.compile(r"[0-9]{1,5}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class LocalFolder:
    """Files in one folder, spread over sub-folders, readable by the owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, content: bytes) -> None:
        """Keep *content* under *key*; on disk, and whole, when it returns."""
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
        _sync_folder(path.parent)

    def get(self, key: str) -> bytes:
        """The bytes under *key*.

        :raises NotFound: there are none.
        """
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise NotFound("There is no such file here.") from None

    def delete(self, key: str) -> None:
        """Forget *key*; no error if it is gone."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"a storage key is a merchant id, a slash and a UUID, not {key!r}")
        merchant, name = key.split("/")
        return self._folder / merchant / name[-2:] / name


def install(app: Flask, folder: Path) -> None:
    """Give *app* its storage."""
    app.extensions["merx_storage"] = LocalFolder(folder)


def storage() -> Storage:
    """The storage of the application in hand."""
    found: Storage = current_app.extensions["merx_storage"]
    return found


def _sync_folder(folder: Path) -> None:
    # the new name itself must survive a power cut; Windows cannot open a folder
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

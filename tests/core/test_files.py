"""Uploads are told by their content, kept whole, and given out through links that expire."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import NotFound
from core.services.files import LARGEST, media_type_of
from core.storage import LocalFolder
from tests.actors import Answer, Api, Merchant
from tests.conftest import Clock

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50


def upload(merchant: Merchant, content: bytes, name: str = "slip.png", status: int = 201, **more: Any) -> Answer:
    form = {"data": {"purpose": "evidence"}, "files": {"file": (name, content, "text/html")}} | more
    answer = merchant.owner.send("POST", "files", **form)
    assert answer.status == status, answer
    return answer


@pytest.mark.both_databases
def test_a_file_comes_back_as_it_was_through_a_signed_link(merchant: Merchant, clock: Clock) -> None:
    made = upload(merchant, PNG, "../../etc/evil \u202e.png")
    assert made["media_type"] == "image/png" and made["size"] == len(PNG) and "/" not in made["name"]
    nobody = merchant.meet(Api(merchant.base_url))
    answer = nobody.get(made["url"])
    assert answer.body == PNG and answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    clock.passes(minutes=11)
    assert nobody.refused(403, "GET", made["url"])["code"] == "link_expired"
    assert nobody.get(merchant.owner.get(f"files/{made['id']}")["url"]).body == PNG


def test_a_link_cannot_be_bent(merchant: Merchant, other_merchant: Merchant) -> None:
    made = upload(merchant, PNG)
    other = upload(other_merchant, PNG)
    nobody = merchant.meet(Api(merchant.base_url))
    url = made["url"]
    for bent in (
        url.replace(made["id"], other["id"]),
        url.replace(merchant.code, other_merchant.code),
        url.replace("expires=", "expires=9"),
        url[:-1] + ("A" if url[-1] != "A" else "B"),
    ):
        nobody.refused(404, "GET", bent)
    nobody.refused(422, "GET", url.split("&")[0])
    nobody.refused(422, "GET", url + "&more=1")
    other_merchant.owner.refused(404, "GET", f"files/{made['id']}")


def test_what_is_no_picture_document_or_film_is_refused(merchant: Merchant) -> None:
    for content in (b"<html><script>", b"MZ\x90", b"<svg xmlns='x'/>", b"PK\x03\x04"):
        upload(merchant, content, status=415)
    upload(merchant, b"", status=422)
    upload(merchant, PNG + b"\0" * LARGEST, status=413)
    upload(merchant, PNG + b"\0" * (LARGEST + 100_000), status=413)
    upload(merchant, PNG, status=422, data={})
    upload(merchant, PNG, status=422, data={"purpose": "evidence", "colour": "red"})
    upload(merchant, PNG, status=422, files={"other": ("a.png", PNG)})
    upload(merchant, PNG, status=415, files=None, data=None, json={"purpose": "evidence"})
    upload(merchant, b"\xff\xd8\xff\xe0" + b"\0" * (LARGEST - 4))


def test_types_are_told_by_content() -> None:
    assert media_type_of(b"%PDF-1.7 ...") == "application/pdf"
    assert media_type_of(b"RIFF\0\0\0\0WEBPVP8 ") == "image/webp"
    assert media_type_of(b"\0\0\0\x20ftypisom") == "video/mp4"


def test_an_upload_sent_again_with_its_key_is_one_file_and_another_file_is_refused(merchant: Merchant) -> None:
    key = {"headers": {"Idempotency-Key": "k-1"}}
    first = upload(merchant, PNG, **key)
    assert upload(merchant, PNG, **key).body == first.body
    assert upload(merchant, PNG + b"x", status=422, **key)["code"] == "idempotency_key_reused"


def test_the_folder_takes_only_our_own_keys(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path / "files")
    key = "1/0192f0c1-5b1e-7c3a-9f00-1234567890ab"
    folder.put(key, b"one")
    folder.put(key, b"two")
    assert folder.get(key) == b"two"
    (stored,) = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert stored.stat().st_mode & 0o077 == 0
    folder.delete(key)
    folder.delete(key)
    with pytest.raises(NotFound):
        folder.get(key)
    for bad in ("../x", "/etc/passwd", "1/../2", "1/x", "", "1/0192F0C1-5b1e-7c3a-9f00-1234567890ab\n"):
        with pytest.raises(ValueError):
            folder.put(bad, b"x")

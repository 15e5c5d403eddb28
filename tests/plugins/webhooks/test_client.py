"""One delivery over a real connection: what counts as arrived, and what a bad receiver cannot do to us."""

import datetime as time
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from plugins.webhooks import client, signature
from plugins.webhooks.client import deliver
from tests.plugins.webhooks.receiver import Receiver

#: of shared reference: what the standard's own library makes of it
VECTOR = ("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "msg_0001", 1_700_000_000)
SAID = b'{"type":"order.paid","timestamp":"2023-11-14T22:13:20Z","data":{"id":"ord_1"}}'


def test_the_signature_is_the_standards() -> None:
    secret, message_id, seconds = VECTOR
    at = time.datetime.fromtimestamp(seconds, time.UTC)
    headers = signature.headers(message_id, at, SAID, [secret])
    assert headers == {
        "webhook-id": "msg_0001",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1,WRABIBKuHj5J+mSceR+zSWCq1SCIavhdlcvtcFhAwok=",
    }


def test_the_library_takes_ours_and_nothing_that_was_touched() -> None:
    old, new = signature.new_secret(), signature.new_secret()
    headers = signature.headers("evt_1", time.datetime.now(time.UTC), SAID, [new, old])
    for secret in (old, new):
        assert Webhook(secret).verify(SAID, headers)["type"] == "order.paid"
    for secret, body, sent in (
        (signature.new_secret(), SAID, headers),
        (new, SAID + b" ", headers),
        (new, SAID, headers | {"webhook-id": "evt_2"}),
        (new, SAID, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, sent)


@pytest.mark.parametrize(
    ("status", "good", "nobody"),
    [(200, True, False), (202, True, False), (204, True, False), (400, False, False), (401, False, False),
     (404, False, False), (410, False, False), (429, False, True), (500, False, False), (502, False, True),
     (503, False, True), (504, False, True)],
)  # fmt: skip
def test_only_2xx_has_arrived(receiver: Receiver, status: int, good: bool, nobody: bool) -> None:
    receiver.says(status)
    outcome = deliver(receiver.url, {}, b"{}", sandbox=True)
    assert (outcome.status, outcome.is_good, outcome.nobody_there) == (status, good, nobody)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_not_followed(receiver: Receiver, status: int) -> None:
    receiver.says(status, Location=receiver.url)
    outcome = deliver(receiver.url, {}, b"{}", sandbox=True)
    assert (outcome.status, outcome.is_good, len(receiver.heard)) == (status, False, 1)


def test_of_an_answer_a_kilobyte_is_kept_and_no_nul(receiver: Receiver) -> None:
    receiver.says(500, b"\0\xff" + b"x" * 1_000_000)
    outcome = deliver(receiver.url, {}, b"{}", sandbox=True)
    assert outcome.answer == "��" + "x" * 1022


@pytest.mark.parametrize(
    ("header", "seconds"), [("120", 120), ("999999", 86_400), ("Wed, 21 Oct 2026", None), ("-1", None)]
)
def test_retry_after_is_heard_within_reason(receiver: Receiver, header: str, seconds: int | None) -> None:
    receiver.says(429, Retry_After=header)
    assert deliver(receiver.url, {}, b"{}", sandbox=True).retry_after == seconds


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends one byte of its headers after the other, for as long as one listens."""
    listener, over = socket.create_server(("127.0.0.1", 0)), Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not over.wait(0.02):
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

    thread = Thread(target=drip)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    over.set()
    listener.close()
    thread.join()


def test_a_receiver_that_drips_is_cut_off(dripping: str) -> None:
    outcome = deliver(dripping, {}, b"{}", sandbox=True, patience=0.3)
    assert (outcome.status, outcome.error) == (None, "no answer within 0.3 s")
    assert 300 <= outcome.ms < 10_000


def _authority(folder: Path, name: str) -> ssl.SSLContext:
    """A server's side of TLS for *name*, signed by itself; its certificate lies in *folder*."""
    key, moment = ec.generate_private_key(ec.SECP256R1()), time.datetime.now(time.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(moment - time.timedelta(days=1))
        .not_valid_after(moment + time.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain) + pem)
    (folder / "trusted.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


@pytest.mark.parametrize(("name", "arrives"), [("localhost", True), ("other.example", False)])
def test_the_certificate_must_be_of_the_name_and_not_of_the_address(
    make_receiver: Callable[..., Receiver],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    arrives: bool,
) -> None:
    there = make_receiver(tls=_authority(tmp_path, name))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    client._client.cache_clear()
    try:
        outcome = deliver(
            f"https://localhost:{there.port}/", {}, b"{}", sandbox=True, resolve=lambda host, port: ["127.0.0.1"]
        )
    finally:
        client._client.cache_clear()
    assert (outcome.status == 200, len(there.heard)) == (arrives, int(arrives)), outcome
    if not arrives:
        assert "certificate" in str(outcome.error)

"""The keys of both sides, made once and kept in the sandbox's folder; the folder's owner alone can read them."""

import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509.oid import NameOID

from core import now
from plugins.wechatpay.simulator import crypto
from plugins.wechatpay.simulator.cast import CAST, Role

LIFE = timedelta(days=5 * 365)
#: a certificate is as old as this when it is made, so that a clock that is moved back still finds it valid
AGE = timedelta(days=365)
FILE = "keys.json"
TOKEN = "token"
Kept = dict[str, Any]


def kept_keys(folder: Path) -> dict[str, Kept]:
    """The keys of every merchant of the cast, made now if the folder has none."""
    path = folder / FILE
    if not path.exists():
        write_secret(path, json.dumps({name: _make_keys(role) for name, role in CAST.items()}, indent=1))
    found: dict[str, Kept] = json.loads(path.read_text(encoding="ascii"))
    return found


def kept_token(folder: Path) -> str:
    """The word that opens the control API."""
    path = folder / TOKEN
    if not path.exists():
        write_secret(path, crypto.nonce(40))
    return path.read_text(encoding="ascii").strip()


def keep_keys(folder: Path, keys: Mapping[str, Kept]) -> None:
    """Write all keys anew."""
    write_secret(folder / FILE, json.dumps(keys, indent=1))


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    os.replace(fresh, path)


def make_certificate(owner: str) -> Kept:
    """A key pair and its certificate, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, owner)])
    begin = now() - AGE
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Merx sandbox, no real authority")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + LIFE)
        .sign(key, hashes.SHA256())
    )
    return {
        "private_key": private_text(key),
        "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
    }


def private_text(key: RSAPrivateKey) -> str:
    """A private key as PKCS#8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_text(key: RSAPublicKey) -> str:
    """A public key as PEM."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def read_private(text: str) -> RSAPrivateKey:
    """A private key from PEM."""
    # made by us: proving again that it is a good key would take longer than anything else at the start
    key = serialization.load_pem_private_key(text.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the kept key is no RSA key: remove the sandbox's folder and start again")
    return key


def read_certificate(text: str) -> tuple[str, datetime, datetime]:
    """The serial (upper-case hex) of a certificate, and from when until when it is valid."""
    certificate = x509.load_pem_x509_certificate(text.encode())
    return f"{certificate.serial_number:X}", certificate.not_valid_before_utc, certificate.not_valid_after_utc


def _make_keys(role: Role) -> Kept:
    kept = make_certificate(f"merchant {role.mchid}") | {"apiv3_key": crypto.nonce(32), "public_key": None}
    if role.public_key:
        pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        kept["public_key"] = {"id": f"PUB_KEY_ID_01{role.mchid}2026010100000{role.mchid[-3:]}"}
        kept["public_key"]["private_key"] = private_text(pair)
    kept["certificates"] = [make_certificate("platform")] if role.certificate else []
    return kept

"""The keys of both sides, made once and kept in the sandbox's folder; the folder's owner alone can read them."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509.oid import NameOID

from core import now
from plugins.alipay.simulator import crypto
from plugins.alipay.simulator.cast import CAST, Role

LIFE = timedelta(days=5 * 365)
#: a certificate is as old as this when it is made, so that a clock that is moved back still finds it valid
AGE = timedelta(days=365)
FILE = "keys.json"
TOKEN = "token"
PEM = serialization.Encoding.PEM
Kept = dict[str, Any]


def kept_keys(folder: Path) -> dict[str, Kept]:
    """The keys of every app of the cast, made now if the folder has none."""
    path = folder / FILE
    if not path.exists():
        authority = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        made = {name: _make_keys(role, authority) for name, role in CAST.items()}
        write_secret(path, json.dumps(made, indent=1))
    found: dict[str, Kept] = json.loads(path.read_text(encoding="ascii"))
    return found


def kept_token(folder: Path) -> str:
    """The word that opens the control API."""
    path = folder / TOKEN
    if not path.exists():
        write_secret(path, crypto.word(40))
    return path.read_text(encoding="ascii").strip()


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    os.replace(fresh, path)


def private_text(key: RSAPrivateKey) -> str:
    """A private key as PKCS#8 PEM."""
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def public_text(key: RSAPublicKey) -> str:
    """A public key as PEM."""
    return key.public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def read_private(text: str) -> RSAPrivateKey:
    """A private key from PEM."""
    # made by us: proving again that it is a good key would take longer than anything else at the start
    key = serialization.load_pem_private_key(text.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the kept key is no RSA key: remove the sandbox's folder and start again")
    return key


def _make_keys(role: Role, authority: RSAPrivateKey) -> Kept:
    own, theirs = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    kept: Kept = {"private_key": private_text(own), "alipay_key": private_text(theirs)}
    if role.sealed:
        kept["aes_key"] = crypto.aes_key()
    if role.certificate:
        kept["app_cert"] = _certificate(f"app {role.app_id}", own.public_key(), authority)
        kept["alipay_cert"] = _certificate("Alipay of the sandbox", theirs.public_key(), authority)
        kept["root_cert"] = _certificate("Sandbox Root R1", authority.public_key(), authority)
    return kept


def _certificate(owner: str, key: RSAPublicKey, authority: RSAPrivateKey) -> str:
    begin = now() - AGE
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(owner))
        .issuer_name(_name("Sandbox Root R1"))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + LIFE)
        .sign(authority, hashes.SHA256())
    )
    return built.public_bytes(PEM).decode()


def _name(owner: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Merx sandbox, no real authority"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Certification Authority"),
            x509.NameAttribute(NameOID.COMMON_NAME, owner),
        ]
    )

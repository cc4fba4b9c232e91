"""The certificate of the phone's page: browsers give a page the camera only over HTTPS.

Made at the install, for the device's own addresses, and signed by a root of its own whose key is thrown
away at once: a phone that trusts the root trusts this one certificate and no other that could ever be made.
"""

import ipaddress
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from device.errors import PhoneError

CERT_FILE: Final = "phone-cert.pem"
KEY_FILE: Final = "phone-key.pem"
# Apple's phones accept a server's certificate for at most 825 days.
VALID_DAYS: Final = 820
# A device or a phone whose clock is a little behind must not find it "not yet valid".
BACK_DAYS: Final = 2


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the server needs. `ca`: the root in DER, for phones to trust."""

    context: ssl.SSLContext
    ca: bytes | None
    until: datetime
    names: tuple[str, ...]


def make_certificate(folder: Path, names: Sequence[str], utc_s: float) -> datetime:
    """Write phone-cert.pem and phone-key.pem for these names and IP addresses; until when they are valid.

    `PhoneError` where no name is given, or the files cannot be written.
    """
    if not names:
        raise PhoneError("no name or address for the phone page's certificate; give at least one")
    since = datetime.fromtimestamp(utc_s, UTC) - timedelta(days=BACK_DAYS)
    until = since + timedelta(days=VALID_DAYS)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, name = _name(f"Shirube {names[0]} root"), _name(f"Shirube {names[0]}")
    root = _root(root_key, root_name, since, until)
    signed = _leaf(key, name, root, names, since, until).sign(root_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    _write(folder / CERT_FILE, signed.public_bytes(pem) + root.public_bytes(pem), 0o644)
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(folder / KEY_FILE, secret, 0o600)
    return until


def read_certificate(folder: Path, utc_s: float) -> Certificate | None:
    """The certificate in `folder`; None: there is none. `PhoneError` where it cannot be used any more."""
    cert, key = folder / CERT_FILE, folder / KEY_FILE
    if not cert.exists() and not key.exists():
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key)
        chain = x509.load_pem_x509_certificates(cert.read_bytes())
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise PhoneError(_unusable(cert, getattr(error, "strerror", None) or str(error))) from None
    until = chain[0].not_valid_after_utc
    if until.timestamp() < utc_s:
        raise PhoneError(_unusable(cert, f"expired on {until:%Y-%m-%d}"))
    ca = chain[-1].public_bytes(serialization.Encoding.DER) if len(chain) > 1 else None
    return Certificate(context, ca, until, _names(chain[0]))


def _unusable(cert: Path, reason: str) -> str:
    return (
        f"電話のページの証明書が使えません。カメラは使えません。証明書を作り直してください / "
        f"the phone page's certificate cannot be used ({cert}: {reason}): phones give no camera; make it anew"
    )


def _root(
    key: ec.EllipticCurvePrivateKey, name: x509.Name, since: datetime, until: datetime
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _builder(name, name, key, since, until)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    )
    return builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())


def _leaf(
    key: ec.EllipticCurvePrivateKey,
    name: x509.Name,
    root: x509.Certificate,
    names: Sequence[str],
    since: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    alternative = x509.SubjectAlternativeName([_san(one) for one in names])
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    # RFC 5280 wants the link between the two, and strict checkers (Python 3.13) insist.
    root_id = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _builder(name, root.subject, key, since, until)
        .add_extension(alternative, critical=False)
        .add_extension(server, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )


def _builder(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _san(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError:
        raise PhoneError(f"{name!r} is no name or IP address for a certificate; write it in ASCII") from None


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = (str(ip) for ip in san.get_values_for_type(x509.IPAddress))
    return (*san.get_values_for_type(x509.DNSName), *addresses)


def _write(path: Path, content: bytes, mode: int) -> None:
    new = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        new.replace(path)
    except OSError as error:
        raise PhoneError(
            f"{path}: cannot be written ({error.strerror or error}); mend the folder's rights"
        ) from None

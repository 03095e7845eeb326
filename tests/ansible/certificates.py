"""An authority of hosts' certificates, as a trust anchor of IAM Roles Anywhere has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, PEM."""

    certificate: str
    private_key: str


class Authority:
    """Signs certificates of hosts."""

    def __init__(self, name: str = "Hosts of the lab") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.root = _pem(self._signed(self._name, self._key.public_key(), -1, 3650, authority=True))
        """Its own certificate, PEM."""

    def issue(self, name: str, *, valid_from: float = -1, days: float = 365) -> Pair:
        """Return a certificate with this CN that is valid from so many days from now for so many days."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Pair(_pem(self._signed(subject, key.public_key(), valid_from, days)), private.decode())

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, start: float, days: float, *, authority: bool = False
    ) -> x509.Certificate:
        begin = datetime.now(UTC) + timedelta(days=start)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()

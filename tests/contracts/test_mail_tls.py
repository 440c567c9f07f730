"""Letters over TLS with a user and a password, by a real server whose certificate is looked at."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notices.letters import write
from notices.smtp import NotNow, Postman, SmtpSettings
from tests.factories.mail import Post, free_port

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LETTER = write("key", "bpm@tax.example", "li.na@tax.example", "催办", "请看页面。", NOW)


def certificate(place: Path) -> Path:
    """Key and certificate of 127.0.0.1, signed by itself, valid whenever the test runs."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(NOW - timedelta(days=3650)).not_valid_after(NOW + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    place.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return place


class Guarded(Controller):
    """Wants TLS first, and then who it is."""

    tls: ssl.SSLContext

    def factory(self) -> SMTP:
        def knows(_server: object, _session: object, _envelope: object, _mechanism: str, given: LoginPassword) -> AuthResult:
            return AuthResult(success=(given.login, given.password) == (b"bpm", b"secret"))

        return SMTP(self.handler, tls_context=self.tls, require_starttls=True, auth_required=True, authenticator=knows, hostname="mail")


@pytest.mark.parametrize(("password", "is_trusted"), [("secret", True), ("wrong", True), ("secret", False)])
def test_a_letter_goes_by_starttls_to_a_server_that_is_trusted_and_knows_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str, is_trusted: bool
) -> None:
    file = certificate(tmp_path / "mail.pem")
    (tmp_path / "password").write_text(f"{password}\n")
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    post = Post(free_port())
    server = Guarded(post, hostname="127.0.0.1", port=post.port)
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(file)
    server.start()
    postman = Postman(SmtpSettings("127.0.0.1", "bpm@tax.example", post.port, "starttls", "bpm", str(tmp_path / "password"), 0.7))
    try:
        if is_trusted and password == "secret":
            postman.send(LETTER)
        else:
            with pytest.raises(NotNow):
                postman.send(LETTER)
    finally:
        server.stop()

    assert post.to() == (["li.na@tax.example"] if is_trusted and password == "secret" else [])


def test_a_server_that_offers_no_tls_gets_no_letter() -> None:
    post = Post(free_port())
    server = Controller(post, hostname="127.0.0.1", port=post.port)
    server.start()
    try:
        with pytest.raises(NotNow, match="不支持所设的加密方式"):
            Postman(SmtpSettings("127.0.0.1", "bpm@tax.example", post.port, "starttls")).send(LETTER)
    finally:
        server.stop()
    assert post.letters == []

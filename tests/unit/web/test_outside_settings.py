"""The file that says which provider of identities there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from web.entry.outside.settings import OutsideUnfit, is_safe, read_settings

WHOLE = "issuer: https://sso.example\nclient_id: jinshui\nclient_secret: s\nclaim: employee_number\n"


def test_no_place_means_no_provider() -> None:
    assert read_settings("") is None


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "oidc.yaml").write_text(WHOLE + "name: 省局统一认证\n", "utf-8")
    found = read_settings(str(tmp_path / "oidc.yaml"))

    assert found is not None
    assert (found.issuer, found.claim, found.name, found.scopes) == ("https://sso.example", "employee_number", "省局统一认证", "openid profile")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "名称: 文字"), ("- a\n", "名称: 文字"), (WHOLE + "port: 7\n", "名称: 文字"), (WHOLE.replace("claim: employee_number\n", ""), "claim"),
        (WHOLE + "colour: red\n", "colour"), (WHOLE.replace("https", "http"), "https://"), ("a: [", "YAML"),
    ],
)  # fmt: skip
def test_anything_else_is_told_at_the_start(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "oidc.yaml").write_text(text, "utf-8")
    with pytest.raises(OutsideUnfit, match=said):
        read_settings(str(tmp_path / "oidc.yaml"))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutsideUnfit, match="读不出"):
        read_settings(str(tmp_path / "none.yaml"))


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://sso.example", True), ("http://127.0.0.1:9000", True), ("http://[::1]:9000", True), ("http://localhost", True),
        ("http://sso.example", False), ("http://127.0.0.1.evil.example", False), ("ftp://localhost", False), ("https://", False), ("http://[::1", False), ("", False),
    ],
)  # fmt: skip
def test_nothing_is_sent_in_the_open(address: str, safe: bool) -> None:
    assert is_safe(address) is safe

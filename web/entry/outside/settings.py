"""Which provider of identities there is, from a file that only the operators of the server can read.

    issuer: https://login.tax.example          # to the letter as the provider writes it
    client_id: jinshui
    client_secret: …
    claim: employee_number                     # whose value the security administrator writes down for each person
    name: 统一身份认证                          # what the button says
    name_en: Single sign-on
    scopes: openid profile                     # where the claim needs more than `openid`

Every value is a text; the last three may be left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

VARIABLE = "JINSHUI_OIDC"  # environment variable: the place of the file; none, and there is no provider
_NEEDED = ("issuer", "client_id", "client_secret", "claim")


class OutsideUnfit(ValueError):
    """The settings of the provider cannot be used; the message says why, in both languages."""


@dataclass(frozen=True)
class OutsideSettings:
    """How this installation is known to the provider, and by what the provider's people are known here."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str
    name: str = "统一身份认证"
    name_en: str = "Single sign-on"
    scopes: str = "openid profile"


def read_settings(place: str) -> OutsideSettings | None:
    """The settings in the file at `place`, none without one; raises OutsideUnfit."""
    if not place:
        return None
    try:
        found = yaml.safe_load(Path(place).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else "YAML"
        raise OutsideUnfit(f"身份认证的设置文件 {place} 读不出（{reason}）/ the settings of the identity provider cannot be read: {place} ({reason})") from error
    return _checked(place, found)


def _checked(place: str, found: Any) -> OutsideSettings:
    known = {one.name for one in fields(OutsideSettings)}
    if not isinstance(found, Mapping) or not all(isinstance(value, str) and value for value in found.values()):
        raise OutsideUnfit(f"身份认证的设置文件 {place} 应为“名称: 文字”各一行 / {place}: expected one `name: text` a line")
    missing, strange = [name for name in _NEEDED if name not in found], sorted(set(found) - known)
    if missing or strange:
        names = "、".join([*missing, *strange])
        raise OutsideUnfit(f"身份认证的设置文件 {place}：缺少或多出 {names} / {place}: missing or unknown: {names}")
    settings = OutsideSettings(**found)
    if not is_safe(settings.issuer):
        raise OutsideUnfit(f"身份认证的地址 {settings.issuer} 应以 https:// 开头 / the issuer must be an https address: {settings.issuer}")
    return settings


def is_safe(address: str) -> bool:
    """Whether what is sent there is read by nobody on the way: https, or this machine itself."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""What a browser says of itself, in words that its owner knows it by."""

from __future__ import annotations

from flask_babel import gettext as _

# The first that fits: Edge and Opera say that they are Chrome, Chrome that it is Safari.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("360", "360"), ("QQBrowser", "QQ"), ("MicroMessenger", "WeChat"), ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def device(agent: str) -> str:
    """`Chrome · Windows`; what is not known is not guessed."""
    browser, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    return " · ".join(part for part in (browser, system) if part) or str(_("未知设备"))


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in names if mark in agent), "")


def way_in(proved_by: str) -> str:
    """How somebody came in, in words; empty for a session of earlier days."""
    ways = {
        "password": _("密码"),
        "password+code": _("密码和验证码"),
        "password+recovery": _("密码和恢复码"),
        "oidc": _("统一身份认证"),
        "oidc+code": _("统一身份认证和验证码"),
        "oidc+recovery": _("统一身份认证和恢复码"),
    }
    return str(ways.get(proved_by, ""))

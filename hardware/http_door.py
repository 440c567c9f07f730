"""The door over HTTP: the agent's side of /api/stations (web/api)."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from db.wire import from_wire, to_wire
from hardware.clerk import CARD_NAMES, Wanted
from hardware.door import LEASE_S, DoorShut, Job, NotOurs, NotTaken, TurnedAway
from hardware.work import PaperNotMade

ANSWER_S = 30.0  # how long an answer may take, beside what is waited for
PROGRESS_S = 3.0  # a line of progress keeps nobody from the work for longer
SAID = 500
PAPER_BYTES = 20 << 20
AWAY = frozenset((408, 425, 429, 500, 502, 503, 504))
TURNED_AWAY = frozenset((401, 403))
LOST, BEING_MADE = "job-not-yours", "paper-being-made"


class _NoRedirects(HTTPRedirectHandler):
    """The credential goes to the address that was typed and to no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class HttpDoor:
    """The house at `server` (http[s]://host[:port]), for the holder of a credential whose cards the `driver` works."""

    def __init__(self, server: str, credential: str, posts: Sequence[str] = (), *, driver: str, devices: Sequence[str] = ()) -> None:
        if not server.startswith(("http://", "https://")):
            raise ValueError(f"expected http://… or https://…, but got {server[:80]}")
        self._server, self._credential, self._posts = server.rstrip("/"), credential, list(posts)
        self._driver, self._devices = driver, list(devices)
        self._opener = build_opener(ProxyHandler({}), _NoRedirects())
        self.ask_again_in = 0.0
        self.is_asking = False  # and has no job in hand

    def fetch(self, topics: Sequence[str], wait_s: float) -> Sequence[Job]:
        """At most one job, so that its lock lasts while it is worked."""
        given = {"topics": list(topics), "posts": self._posts, "wait": wait_s, "lease": LEASE_S, "limit": 1, "driver": self._driver, "devices": self._devices}
        self.is_asking = True
        try:
            found = self._send("fetch", given, wait_s)
        finally:
            self.is_asking = False
        self.ask_again_in = float(found["ask_again_in"])
        return [Job(one["id"], one["key"], one["topic"], from_wire(one["inputs"]), one["title"], one["attempt"]) for one in found["jobs"]]

    def complete(self, job: Job, results: Mapping[str, Any]) -> None:
        self._send(f"{job.id}/complete", {"key": _key(job, "complete"), "results": to_wire(results)})

    def error(self, job: Job, code: str, message: str, en: str = "") -> None:
        self._send(f"{job.id}/error", {"key": _key(job, "error"), "code": code, "message": message[:1000], "message_en": en[:1000]})

    def fail(self, job: Job, reason: str, retry_in_s: int, en: str = "") -> None:
        self._send(f"{job.id}/failure", {"key": _key(job, "failure"), "reason": reason[:1000], "retry_in": retry_in_s, "reason_en": en[:1000]})

    def prolong(self, job: Job) -> None:
        self._send(f"{job.id}/prolong", {"lease": LEASE_S})

    def progress(self, job: Job, zh: str, en: str, waits: Sequence[Wanted] = ()) -> None:
        """Tells those who look at the case what is being done, and which cards are waited for."""
        rows = [{"kind": one.kind, "serial": one.serial, "name": one.name, "name_en": f"{CARD_NAMES[one.kind][1]} {one.serial}"} for one in waits]
        self._send(f"{job.id}/progress", {"said": zh[:SAID], "said_en": en[:SAID], "waits": rows}, patience_s=PROGRESS_S)

    def paper(self, job: Job) -> bytes:
        """The paper that the job names; raises PaperNotMade while it is being made, NotTaken where there is none, or it is too large."""
        content: bytes = self._ask(f"{job.id}/paper", None, ANSWER_S)
        if len(content) > PAPER_BYTES:
            raise NotTaken(f"文书超过 {PAPER_BYTES >> 20} MB，工作站不能打印")
        return content

    def _send(self, what: str, given: Mapping[str, Any], wait_s: float = 0.0, patience_s: float = ANSWER_S) -> Any:
        try:
            return json.loads(self._ask(what, given, patience_s + wait_s))
        except ValueError as error:
            raise DoorShut(str(error)) from error

    def _ask(self, what: str, given: Mapping[str, Any] | None, timeout_s: float) -> bytes:
        request = Request(  # noqa: S310 -- http or https, as the constructor has it
            f"{self._server}/api/stations/jobs/{what}", None if given is None else json.dumps(given).encode(),
            {"Authorization": f"Bearer {self._credential}", "Content-Type": "application/json"}, method="GET" if given is None else "POST",
        )  # fmt: skip
        try:
            with self._opener.open(request, timeout=timeout_s) as answer:
                return bytes(answer.read(PAPER_BYTES + 1))
        except HTTPError as error:
            with error:
                raise told(error) from error
        except (URLError, OSError, http.client.HTTPException, ValueError) as error:
            raise DoorShut(str(error)) from error


def told(error: HTTPError) -> Exception:
    """What the house means by a refusal: only a credential that it does not know ends a station."""
    try:
        said = json.loads(error.read())
        word, message, en = str(said["error"]), str(said["message"]), str(said.get("message_en") or "")
    except (ValueError, KeyError, TypeError, AttributeError, OSError, http.client.HTTPException):
        return _strange(error)
    if word == BEING_MADE:
        return PaperNotMade(message)
    kind = DoorShut if error.code in AWAY else TurnedAway if error.code in TURNED_AWAY else NotOurs if word == LOST else NotTaken
    found = kind(message)
    found.en = en
    return found


def _strange(error: HTTPError) -> DoorShut | NotTaken:
    """What answers is not the door of the house: another address, or a proxy before it. That says nothing of the credential."""
    kind = DoorShut if error.code in AWAY | TURNED_AWAY else NotTaken
    found = kind(f"这个地址上答复的不是金税流程的工作站接口（HTTP {error.code}），请核对地址和代理")
    found.en = f"what answers at this address is not the door for stations (HTTP {error.code}): look at the address and at proxies"
    return found


def _key(job: Job, act: str) -> str:
    """The same for the same answer of the same attempt."""
    return hashlib.sha256(f"{job.key}:{job.attempt}:{act}".encode()).hexdigest()[:32]

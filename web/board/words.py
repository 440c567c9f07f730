"""How figures look: 2.4 days, 97.6 %, and what steps and processes are called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from flask_babel import gettext as _

from engine.board.ladder import DAY, HOUR
from engine.procedures import Procedure
from engine.tokens.model import ProcessModel
from web.languages import named
from web.services import services

MANY_DAYS = 10


def duration(seconds: int | None) -> str:
    """`0.6 天`, `12 天`, `3.5 小时`, `20 分钟`: how long something took or takes."""
    if seconds is None:
        return "—"
    if seconds < HOUR:
        return str(_("%(n)s 分钟", n=seconds // 60))
    if seconds < DAY // 2:
        return str(_("%(n)s 小时", n=_tenth(seconds, HOUR)))
    days = _tenth(seconds, DAY) if seconds < MANY_DAYS * DAY else str(round(seconds / DAY))
    return str(_("%(n)s 天", n=days))


def within(seconds: int | None) -> str:
    """Of a bound of the ladder: `5 天内`; beyond it `90 天以上`."""
    return str(_("%(time)s内", time=duration(seconds)) if seconds is not None else _("90 天以上"))


def percent(per_mille: int | None) -> str:
    """`97.6%`; never 100.0% where one was late."""
    return "—" if per_mille is None else f"{per_mille // 10}.{per_mille % 10}%"


def _tenth(seconds: int, unit: int) -> str:
    text = f"{seconds / unit:.1f}"
    return text.removesuffix(".0")


@dataclass(frozen=True)
class Vocabulary:
    """The newest versions speak for the older ones; what they no longer have is called by its identifier."""

    procedures: tuple[Procedure, ...]

    @classmethod
    def now(cls) -> Vocabulary:
        """Of what is deployed."""
        return cls(tuple(services().engine.procedures()))

    @cached_property
    def models(self) -> dict[str, ProcessModel]:
        return {model.process_id: model for procedure in self.procedures for model in procedure.models.values()}

    @property
    def processes(self) -> list[tuple[str, str]]:
        """(id, name), as designers ordered them."""
        return [(process_id, self.process(process_id)) for process_id in self.models]

    def process(self, process_id: str) -> str:
        """What a process is called."""
        model = self.models.get(process_id)
        return named(model.name, model.properties.get("name_en")) if model else process_id

    def step(self, process_id: str, element_id: str) -> str:
        """What a step is called."""
        model = self.models.get(process_id)
        element = model.elements.get(element_id) if model else None
        return named(element.name or element_id, element.properties.get("name_en")) if element else element_id

    def kind(self, process_id: str, element_id: str) -> str:
        """What a step is in its diagram; empty for one that is deployed no longer."""
        model = self.models.get(process_id)
        element = model.elements.get(element_id) if model else None
        return element.kind if element else ""

    def property(self, process_id: str, name: str) -> str:
        """A property of a process."""
        model = self.models.get(process_id)
        return model.properties.get(name, "") if model else ""

    def diagram(self, process_id: str) -> str:
        """The drawing of a process; empty for one that is deployed no longer."""
        found = next((procedure for procedure in self.procedures if process_id in procedure.models), None)
        return found.gate.xml[process_id].decode() if found else ""

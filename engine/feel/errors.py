"""What can be wrong with an expression: its text, or that it asks for too much."""

from __future__ import annotations


class FeelError(Exception):
    """An expression cannot be used."""


class FeelSyntaxError(FeelError):
    """The text is not FEEL; `position` counts characters from 0."""

    def __init__(self, text: str, position: int, reason: str = "") -> None:
        near = text[max(0, position - 12) : position + 12]
        self.position = position
        self.sentence_zh = f"表达式“{text[:80]}”第 {position + 1} 个字符附近（…{near}…）写法不对{'：' + reason if reason else ''}"
        self.sentence_en = f"the expression is not FEEL near character {position + 1} (…{near}…)"
        super().__init__(self.sentence_zh)


class FeelLimitError(FeelError):
    """The evaluation took more steps or more room than an expression may."""

    def __init__(self, what: str) -> None:
        super().__init__(f"表达式超出限度：{what}")

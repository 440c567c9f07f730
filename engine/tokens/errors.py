"""Why a token cannot go on."""

from __future__ import annotations


class TokenError(Exception):
    """A token cannot go on; the step is to be rolled back."""

    def __init__(self, element: str, sentence: str) -> None:
        super().__init__(sentence)
        self.element = element
        self.sentence = sentence


class NoFlowMatches(TokenError):
    """No condition of the flows that leave an element holds and it has no default flow."""

    def __init__(self, element: str) -> None:
        super().__init__(element, f"环节 {element} 的各分支条件都不成立，又没有默认分支")


class JoinNeverFires(TokenError):
    """Tokens stand at joins, and nothing is left that could ever bring the missing ones."""

    def __init__(self, element: str) -> None:
        super().__init__(element, f"汇合网关 {element} 在等的其余分支不会再来，案件会停在这里")


class TooManySteps(TokenError):
    """One step ran through more elements than allowed, which means a loop without a wait state."""

    def __init__(self, element: str, limit: int) -> None:
        super().__init__(element, f"一步之内经过的环节超过 {limit} 个（停在 {element}），流程里可能有不等待的循环")


class NotWaiting(TokenError):
    """The token does not wait, or not any more."""

    def __init__(self, token: int) -> None:
        super().__init__("", f"令牌 {token} 不在等待")


class TooManyItems(TokenError):
    """A multi-instance activity would run more often than allowed."""

    def __init__(self, element: str, count: int, limit: int) -> None:
        super().__init__(element, f"多实例 {element} 要运行 {count} 次，超过上限 {limit}")


class UnhandledBpmnError(TokenError):
    """An error event that nobody catches."""

    def __init__(self, element: str, code: str, message: str) -> None:
        super().__init__(element, f"环节 {element} 抛出的错误 {code} 没有捕获：{message}")
        self.code = code


class BpmnError(Exception):
    """A modelled error: an error boundary event or an error event sub-process catches it by its code. `en`: its message in English, where there is one."""

    def __init__(self, code: str, message: str = "", en: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.en = en

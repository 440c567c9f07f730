"""Errors of these addresses as JSON: a word for the program and a sentence for whoever reads its log."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, jsonify, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from db.ids import new_id
from db.outages import driver_error, is_outage
from db.wire import NotOnTheWire
from engine import errors as engine
from web.api import credentials

log = logging.getLogger(__name__)
RETRY_AFTER_S = 5


class NotDeclared(engine.Refusal):
    """作业没有这样的结果或错误"""


def answer(status: int, error: str, message: str, en: str = "") -> Response:
    """The JSON of a refusal, its sentence in English too where there is one."""
    response = jsonify({"error": error, "message": message, "message_en": en or message})
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _unknown(_error: credentials.Unknown) -> Response:
    response = answer(401, "unknown-credential", "工作站凭据无效或已停用，请向系统管理员领取新的凭据", "the credential opens nothing, or the station was revoked: the system administrator gives a new one")
    response.headers["WWW-Authenticate"] = 'Bearer realm="stations"'
    return response


def _too_many(error: credentials.TooMany) -> Response:
    response = answer(429, "too-many-attempts", "凭据错误次数过多，请稍后再试", "too many wrong credentials: try again later")
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _elsewhere(error: credentials.Elsewhere) -> Response:
    credentials.refused(str(error))
    return answer(403, "not-your-post", f"这个凭据不能办理 {error} 的作业", f"this credential is not good for {error}")


def _simulated(_error: credentials.Simulated) -> Response:
    credentials.refused("Simulated")
    return answer(403, "simulated-cards", "这里不是演示数据，模拟卡不能办理；请连接真实读卡器", "the data are no demonstration, simulated cards do no work here: connect readers")


def _not_ours(_error: engine.JobNotYours) -> Response:
    credentials.refused("JobNotYours")
    return answer(409, "job-not-yours", "作业已被收回、已有答复，或者由其他工作站办理", "the job was withdrawn, answered, or is with another station")


def _declined(error: engine.Refusal) -> Response:
    credentials.refused(type(error).__name__)
    return answer(409, "declined", f"案件没有从这一步继续：{error}", f"the case did not go on from this step: {_en(error)}")


def _step_failed(error: engine.StepFailed) -> Response:
    return answer(409, "step-failed", f"案件没有从这一步继续，原因记在案件的“异常”里：{error}", f"the case did not go on from this step, the reason stands in its incidents: {_en(error)}")


def _bad(error: ValidationError | NotOnTheWire | NotDeclared) -> Response:
    return answer(422, "bad-content", str(error)[:500])


def _http(error: HTTPException) -> Response:
    return answer(error.code or 500, (error.name or "error").lower().replace(" ", "-"), error.name or "")


def _anything(error: Exception) -> Response:
    if is_outage(error):
        log.error("request %s %s: the database is away: %s", request.method, request.path, driver_error(error))
        response = answer(503, "database-away", "数据库暂时没有应答，请稍后再试", "the database does not answer just now")
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response
    number = new_id()[-8:]
    log.error("request %s %s failed, number %s", request.method, request.path, number, exc_info=error)
    return answer(500, "failed", f"系统出错，编号 {number}", f"the house failed, number {number}")


def _en(error: Exception) -> str:
    return str(getattr(error, "en", "") or error)


def install(blueprint: Blueprint) -> None:
    """Has every error below these addresses answered with JSON."""
    for kind, handler in (
        (credentials.Unknown, _unknown), (credentials.TooMany, _too_many), (credentials.Elsewhere, _elsewhere), (credentials.Simulated, _simulated), (engine.JobNotYours, _not_ours),
        (engine.StepFailed, _step_failed), (engine.Refusal, _declined), (ValidationError, _bad), (NotOnTheWire, _bad), (NotDeclared, _bad), (HTTPException, _http), (Exception, _anything),
    ):  # fmt: skip
        blueprint.register_error_handler(kind, handler)

"""What programs send and are sent; these schemas check it and are described in OpenAPI."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

MAX_WAIT_S, MAX_LEASE_S, MAX_RETRY_S = 10, 3600, 86_400
MAX_SAID = 500
_KEY = validate.Regexp(r"^[0-9a-f]{32}$")


class Sent(Schema):
    """What nobody knows is passed over, so that a newer station talks to an older house."""

    class Meta:
        """Read by marshmallow."""

        unknown = EXCLUDE


class Fetch(Sent):
    """Asks for jobs; waits so long for one."""

    posts = fields.List(
        fields.String(validate=validate.Length(max=128)), load_default=list, validate=validate.Length(max=50),
        metadata={"description": "some of the posts of the credential, role@code; none for all of them"},
    )  # fmt: skip
    topics = fields.List(fields.String(validate=validate.Length(max=128)), load_default=list, validate=validate.Length(max=50), metadata={"description": "none for every topic that a station works"})
    limit = fields.Integer(load_default=1, validate=validate.Range(1, 10))
    lease = fields.Integer(load_default=120, validate=validate.Range(10, MAX_LEASE_S), metadata={"description": "seconds for which a job is locked"})
    driver = fields.String(load_default="", validate=validate.Length(max=40), metadata={"description": "what works the cards; `simulator` is turned away by a house with real data"})
    devices = fields.List(fields.String(validate=validate.Length(1, 40)), load_default=list, validate=validate.Length(max=20), metadata={"description": "what stands at the counter: reader, keys, drive, carrier, printer, labels"})
    wait = fields.Float(load_default=0, validate=validate.Range(0, 60), metadata={"description": f"seconds to wait for a job, at most {MAX_WAIT_S}"})


class Complete(Sent):
    """The work is done; the results become variables of the case."""

    key = fields.String(required=True, validate=_KEY, metadata={"description": "the same for the same answer, however often it is sent"})
    results = fields.Dict(keys=fields.String(), load_default=dict)


class Error(Sent):
    """The work ended in an error that the procedure knows."""

    key = fields.String(required=True, validate=_KEY)
    code = fields.String(required=True, validate=validate.Length(1, 64))
    message = fields.String(load_default="", validate=validate.Length(max=1000))
    message_en = fields.String(load_default="", validate=validate.Length(max=1000), metadata={"description": "the message in English"})


class Failure(Sent):
    """The work did not succeed; it is offered again."""

    key = fields.String(required=True, validate=_KEY)
    reason = fields.String(required=True, validate=validate.Length(1, 1000))
    reason_en = fields.String(load_default="", validate=validate.Length(max=1000), metadata={"description": "the reason in English"})
    retry_in = fields.Integer(load_default=60, validate=validate.Range(0, MAX_RETRY_S))


class Prolong(Sent):
    """The work takes longer."""

    lease = fields.Integer(load_default=120, validate=validate.Range(10, MAX_LEASE_S))


class Awaited(Sent):
    """What somebody has to put in before the work goes on."""

    kind = fields.String(required=True, validate=validate.Length(1, 40))
    serial = fields.String(load_default="", validate=validate.Length(max=60))
    name = fields.String(required=True, validate=validate.Length(1, 120), metadata={"description": "as it is said at the counter: 金税卡 661200001"})
    name_en = fields.String(load_default="", validate=validate.Length(max=120))


class Progress(Sent):
    """What is being done just now, for those who look at the case."""

    said = fields.String(required=True, validate=validate.Length(1, MAX_SAID))
    said_en = fields.String(load_default="", validate=validate.Length(max=MAX_SAID))
    waits = fields.List(fields.Nested(Awaited), load_default=list, validate=validate.Length(max=20))


class Job(Schema):
    """One job; values that JSON has no word for are {"$type": "number" | "date" | "date and time", "value": "…"}."""

    id = fields.String(required=True)
    key = fields.String(required=True, metadata={"description": "the same at every attempt"})
    topic = fields.String(required=True)
    inputs = fields.Dict(keys=fields.String(), required=True)
    title = fields.String(required=True)
    business_key = fields.String(required=True)
    attempt = fields.Integer(required=True)
    until = fields.DateTime(required=True, format="iso")


class Jobs(Schema):
    """What there is to do; `ask_again_in` seconds where there was no room to wait."""

    jobs = fields.List(fields.Nested(Job), required=True)
    ask_again_in = fields.Integer(required=True)


class Until(Schema):
    """How long the job is locked."""

    until = fields.DateTime(required=True, format="iso")


class Done(Schema):
    """It was done, now or before."""

    done = fields.Boolean(required=True)


class Problem(Schema):
    """Why it was not done."""

    error = fields.String(required=True)
    message = fields.String(required=True, metadata={"description": "in Chinese"})
    message_en = fields.String(metadata={"description": "the same in English, in Chinese where there is no English"})

"""The words of the document, each with its key, its Chinese name and an English one. Pure data."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """Where the invoices of a delegation come from. Source: Ningbo 2001-19, annex 1, art. 5."""

    MANUAL = "manual"
    CERTIFICATION = "certification"
    AUDIT = "audit"


class Problem(StrEnum):
    """What certification or audit found. Source: Ningbo 2001-19, annex 1, art. 5 (2) and (3)."""

    CERTIFICATION_MISMATCH = "certification_mismatch"
    CIPHER_ERROR = "cipher_error"
    AUDIT_MISMATCH = "audit_mismatch"
    MISSING_COPY = "missing_copy"
    OUT_OF_CONTROL = "out_of_control"
    VOID = "void"
    DUPLICATE_NUMBER = "duplicate_number"


class Mismatch(StrEnum):
    """What does not match on the invoice. Source: Ningbo 2001-19, annex 1, art. 7, second paragraph."""

    TAX = "tax"
    AMOUNT = "amount"
    BOTH_NUMBERS = "both_numbers"
    BUYER_NUMBER = "buyer_number"
    SELLER_NUMBER = "seller_number"
    DATE = "date"


class Copy(StrEnum):
    """The copy (联次) of the invoice from which the face was taken."""

    STUB = "stub"
    INVOICE = "invoice"
    DEDUCTION = "deduction"
    BOOKKEEPING = "bookkeeping"


class Nature(StrEnum):
    """Doubtful invoices travel with a letter, invoices confirmed as false with a notice. Source: annex 2, arts. 6 and 7."""

    DOUBTFUL = "doubtful"
    CONFIRMED = "confirmed"


class Answer(StrEnum):
    """The answer to one of the five points. Source: Ningbo 2001-19, annex 2, art. 8."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


class Authenticity(StrEnum):
    """The second of the five points. Source: Ningbo 2001-19, annex 2, art. 8 (2)."""

    GENUINE = "genuine"
    COUNTERFEIT = "counterfeit"
    VOID = "void"
    LOST_OR_STOLEN = "lost_or_stolen"
    UNCLEAR = "unclear"


class Conclusion(StrEnum):
    """What the investigation of one invoice came to."""

    CONSISTENT = "consistent"
    VIOLATION = "violation"
    FALSE = "false"
    UNRESOLVED = "unresolved"


NAMES: dict[str, dict[str, tuple[str, str]]] = {
    "source": {
        "manual": ("手工录入", "typed in"),
        "certification": ("认证系统", "certification"),
        "audit": ("稽核系统", "audit system"),
    },
    "problem": {
        "certification_mismatch": ("认证不符", "certified mismatch"),
        "cipher_error": ("密文有误", "cipher error"),
        "audit_mismatch": ("比对不符", "audit mismatch"),
        "missing_copy": ("缺联", "missing copy"),
        "out_of_control": ("失控", "out of control"),
        "void": ("作废", "void"),
        "duplicate_number": ("重号", "duplicate number"),
    },
    "mismatch": {
        "tax": ("税额不符", "tax"),
        "amount": ("金额不符", "amount"),
        "both_numbers": ("购销双方纳税人识别号不符", "numbers of both parties"),
        "buyer_number": ("购货方纳税人识别号不符", "number of the buyer"),
        "seller_number": ("销货方纳税人识别号不符", "number of the seller"),
        "date": ("开票日期不符", "date of issue"),
    },
    "copy": {
        "stub": ("存根联", "stub"),
        "invoice": ("发票联", "invoice copy"),
        "deduction": ("抵扣联", "deduction copy"),
        "bookkeeping": ("记账联", "bookkeeping copy"),
    },
    "nature": {"doubtful": ("有疑问", "doubtful"), "confirmed": ("已证实虚开", "confirmed false")},
    "answer": {"yes": ("是", "yes"), "no": ("否", "no"), "unclear": ("无法查清", "cannot be established")},
    "authenticity": {
        "genuine": ("真票", "genuine"),
        "counterfeit": ("假票", "counterfeit"),
        "void": ("废票", "void"),
        "lost_or_stolen": ("丢失被盗", "lost or stolen"),
        "unclear": ("无法查清", "cannot be established"),
    },
    "conclusion": {
        "consistent": ("属实", "consistent"),
        "violation": ("有违法行为", "violation"),
        "false": ("虚开", "falsely issued"),
        "unresolved": ("无法查清", "unresolved"),
    },
    "organiser": {"own": ("自行协查", "own level"), "city": ("市局组织", "city"), "sat": ("总局组织", "SAT")},
}


def name(kind: str, key: str | None, language: str = "zh") -> str:
    """The name of a key, Chinese or English; empty for None or an empty key."""
    return NAMES[kind][key][language == "en"] if key else ""

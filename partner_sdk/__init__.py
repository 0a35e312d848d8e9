"""The partner's side of jointgate: ask whether a party may do something, and verify the answer."""

from partner_sdk import actions
from partner_sdk.actions import AttributeValueError, UnknownActionError
from partner_sdk.aio import AsyncGateway
from partner_sdk.answer import Answer, RefusedQuestion
from partner_sdk.client import Gateway
from partner_sdk.commendation import Commendation
from partner_sdk.decision import Decision, Effect, Ground, Outcome
from partner_sdk.documents import (
    Document,
    DocumentError,
    ForeignResidenceId,
    ImoNumber,
    MainlandPermitHongKongMacau,
    MainlandPermitTaiwan,
    NationalId,
    Passport,
    RegistrationNumber,
    ResidentId,
    SocialCreditCode,
    TaxId,
)
from partner_sdk.errors import (
    ConfigurationError,
    InvalidQuestionError,
    NotAnsweredError,
    PartnerError,
    PersonDocumentError,
    QuestionRefusedError,
    VerificationError,
)
from partner_sdk.parts import ContestRoute, PackVersion, SnapshotVersion
from partner_sdk.question import Question
from partner_sdk.receipt import Receipt, verify_receipt
from partner_sdk.standing import ListEffect, Standing, StandingEntry

__all__ = [
    "Answer",
    "AsyncGateway",
    "AttributeValueError",
    "Commendation",
    "ConfigurationError",
    "ContestRoute",
    "Decision",
    "Document",
    "DocumentError",
    "Effect",
    "ForeignResidenceId",
    "Gateway",
    "Ground",
    "ImoNumber",
    "InvalidQuestionError",
    "ListEffect",
    "MainlandPermitHongKongMacau",
    "MainlandPermitTaiwan",
    "NationalId",
    "NotAnsweredError",
    "Outcome",
    "PackVersion",
    "PartnerError",
    "Passport",
    "PersonDocumentError",
    "Question",
    "QuestionRefusedError",
    "Receipt",
    "RefusedQuestion",
    "RegistrationNumber",
    "ResidentId",
    "SnapshotVersion",
    "SocialCreditCode",
    "Standing",
    "StandingEntry",
    "TaxId",
    "UnknownActionError",
    "VerificationError",
    "actions",
    "verify_receipt",
]

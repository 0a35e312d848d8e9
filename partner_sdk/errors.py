"""Every error of the SDK, in one small tree.

Responsible for: telling apart what a caller does next.
Not responsible for: deciding which gRPC status becomes which error (``partner_sdk.refusals``).

The four branches lead to four actions:

- ``ConfigurationError``: mend the identity file or the trust store.
- ``NotAnsweredError``: nobody answered; apply the policy for doubt, or ask again when ``retryable``.
- ``QuestionRefusedError``: the gateway will not answer this question as asked; change it.
- ``VerificationError``: something came back that must not be believed; do not rely on it, tell the operator.

Rules kept here:

- No error is ever a restriction or a permission.
- No message quotes a document number.

A question whose document, action or role is none is an ``InvalidQuestionError`` before any call.
A document that is not valid is a ``DocumentError`` of the domain, an attribute's value that cannot be an
``AttributeValueError``, an action that nobody defined an ``UnknownActionError``: raised before any call, and no
``PartnerError``.
"""

from datetime import timedelta


class PartnerError(Exception):
    """Anything the SDK reports."""


class ConfigurationError(PartnerError):
    """The identity, a file it names or the trust store is unusable.

    Attributes:
        problems: everything that is wrong, one sentence each.
    """

    def __init__(self, source: str, problems: list[str]) -> None:
        """Keep all ``problems`` found in ``source``."""
        super().__init__(f"{source}: {'; '.join(problems)}")
        self.problems = tuple(problems)


class NotAnsweredError(PartnerError):
    """No answer; this says nothing about the party.

    Attributes:
        reason: the gateway's reason, or the gRPC status when it gave none.
        retryable: whether asking again, unchanged, may succeed.
        retry_after: how long to wait before that, when the gateway said so.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        retryable: bool = True,
        retry_after: timedelta | None = None,
    ) -> None:
        """Keep ``message``: what happened and what to do."""
        super().__init__(message)
        self.reason = reason
        self.retryable = retryable
        self.retry_after = retry_after


class GatewayUnreachableError(NotAnsweredError):
    """No gateway could be reached, or the connection broke."""


class DeadlineError(NotAnsweredError):
    """The answer did not come in time."""


class GatewayOverloadedError(NotAnsweredError):
    """The gateway, or this partner's quota, has no room for the question now."""


class SnapshotStaleError(NotAnsweredError):
    """The gateway's lists are missing or too old to answer from."""


class TrustStaleError(NotAnsweredError):
    """The published trust metadata has expired, is missing, or could not be fetched whole."""


class GatewayFailedError(NotAnsweredError):
    """The gateway failed in a way that it did not explain."""


class QuestionRefusedError(PartnerError):
    """The gateway refuses to answer this question.

    Attributes:
        reason: the gateway's reason.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        """Keep ``message``: what is wrong and what to do."""
        super().__init__(message)
        self.reason = reason


class InvalidQuestionError(QuestionRefusedError):
    """The question itself is wrong: its document, action, attributes or role."""


class PersonDocumentError(InvalidQuestionError):
    """Standing was asked for a document that a natural person may have; nobody is told about a person's."""


class NotEntitledError(QuestionRefusedError):
    """This partner may not ask this question, or its key or certificate is not accepted."""


class ClockError(QuestionRefusedError):
    """The question looked old or repeated to the gateway; compare the clocks."""


class VerificationError(PartnerError):
    """Something was received that must not be believed."""


class MalformedAnswerError(VerificationError):
    """Bytes that are no message, or another encoding of it than the one prescribed."""


class PayloadTypeError(VerificationError):
    """A payload is declared to be of another type than the one expected."""


class SignatureError(VerificationError):
    """There is not exactly one signature, or it does not fit."""


class UnknownKeyError(VerificationError):
    """The signing key is not among the decision keys that the trust root leads to."""


class KeyTermError(VerificationError):
    """The decision was made outside the term of the key that signed it."""


class IssuerMismatchError(VerificationError):
    """The answer names another gateway than the one its key belongs to."""


class InclusionError(VerificationError):
    """The answer is not part of the signed tree, or the tree has another size."""


class AudienceMismatchError(VerificationError):
    """The answer was made for another partner."""


class QueryMismatchError(VerificationError):
    """The answer belongs to another question."""


class UnknownOutcomeError(VerificationError):
    """The outcome or a ground's effect is none that this SDK knows."""


class IncompleteDecisionError(VerificationError):
    """A decision or a ground lacks something that it must tell."""


class ContradictoryDecisionError(VerificationError):
    """The outcome does not follow from the grounds, or something is told that cannot be so."""


class DecisionFromFutureError(VerificationError):
    """The decision was made later than now, beyond the tolerated skew of clocks."""


class DecisionExpiredError(VerificationError):
    """The decision must no longer be relied on."""


class SnapshotRollbackError(VerificationError):
    """The answer rests on an older snapshot than one seen before the question was asked."""


class TrustChainError(VerificationError):
    """The metadata from the pinned root to the decision keys does not hold together."""

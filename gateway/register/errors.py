"""Errors of the register: one small tree, because each one leads to a different action.

Rules kept here: no message quotes a document number, a name, or the text of a row.
"""

from __future__ import annotations

import re
from enum import StrEnum

from gateway.errors import JointgateError
from sanctions_matrix.violations import Violation


class RegisterError(JointgateError):
    """Anything the register refuses to do."""


class SchemaError(RegisterError):
    """The database is not a register this version can work on."""


class DatabaseError(RegisterError):
    """The database did not do what it was asked to; the driver's own text is never repeated: it may quote a row."""


class SpoolError(RegisterError):
    """The temporary folder cannot take what an import sets aside; the feed is not to blame."""


class TurnLostError(RegisterError):
    """Another import may have begun while this one ran; it wrote nothing that counts."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "this import lost its turn, for its lock ended or another import began; "
            "nothing of it counts, so import the feed again"
        )


class UnknownReferenceError(RegisterError):
    """No listing has this reference."""


class LifeCycleError(RegisterError):
    """The change asked for is not possible in the listing's present state."""


class ChangedMeanwhileError(LifeCycleError):
    """The listing is not as the one who decided had seen it; nothing was done."""


class EventLogError(RegisterError):
    """The event log does not continue from its own beginning: a row was changed, removed or put in between."""


class FeedRefusal(StrEnum):
    """Why a feed was refused as a whole; `rule` is `A12` for order and shrinking, `F0` for everything else."""

    EMPTY = "empty"
    CUT_OFF = "cut-off"
    WRONG_ENCODING = "wrong-encoding"
    WRONG_HEADER = "wrong-header"
    WRONG_LIST = "wrong-list"
    TOO_LARGE = "too-large"
    STALE = "stale"
    SHRINKS = "shrinks"

    @property
    def rule(self) -> str:
        """The rule that such a feed breaks."""
        return "A12" if self in {FeedRefusal.STALE, FeedRefusal.SHRINKS} else UNTRUSTED


UNTRUSTED = "F0"
"""The rule of a file that cannot be trusted as a whole; F1 to F3 are those of single lines."""

_REFUSED_ZH = {
    FeedRefusal.EMPTY: "数据文件为空或者没有记录；已有数据保持不变，请重新报送完整文件。",
    FeedRefusal.CUT_OFF: "数据文件不完整，或者记录数与文件所载不符；已有数据保持不变，请重新报送完整文件。",
    FeedRefusal.WRONG_ENCODING: "数据文件的编码不符合格式要求；请以 UTF-8 编码（OFAC 文件按原样）重新报送。",
    FeedRefusal.WRONG_HEADER: "数据文件的首行不符合格式要求；请按格式说明更正首行后重新报送。",
    FeedRefusal.WRONG_LIST: "数据文件所属名单与指定的名单不一致；请指定文件所属的名单后重新报送。",
    FeedRefusal.TOO_LARGE: "数据文件超过规定的大小；请核对文件后重新报送。",
    FeedRefusal.STALE: "数据文件比已有数据旧，或者其序号已经使用；请报送最新的文件，并使用新的序号。",
    FeedRefusal.SHRINKS: "数据文件将使本名单减少的记录超过规定的比例；请向报送机关核实，确认后再次导入。",
}


class FeedRefusedError(RegisterError):
    """The feed was refused as a whole, and the last good state stays.

    `reason` is for machines, the messages say in English and Chinese what is wrong and what to do.
    The Chinese one is the reason's own unless `message_zh` says it more closely.
    """

    def __init__(self, reason: FeedRefusal, message: str, message_zh: str = "") -> None:
        """Keep the reason beside the messages."""
        super().__init__(message)
        self.reason = reason
        self.message_zh = message_zh or _REFUSED_ZH[reason]

    @property
    def violation(self) -> Violation:
        """The broken rule with both messages, as it is told of a row."""
        return Violation(self.reason.rule, str(self), self.message_zh, "")


def unknown(reference: str) -> UnknownReferenceError:
    """Return the error for a reference that no listing has; what is no reference is not repeated."""
    shown = reference if _REFERENCE.fullmatch(reference) else "the given text"
    return UnknownReferenceError(
        f"no listing has the reference {shown}; copy it from a decision or a report"
    )


_REFERENCE = re.compile(r"L-[a-z2-7]{16}", re.ASCII)
"""A citizen's number has as many characters as a reference, so its form has to tell."""

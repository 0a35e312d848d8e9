"""Violations: every way in which a row can break a rule of admission, with what to mend.

Responsible for the rule, the English and the Chinese message of each fault.
Not responsible for finding faults (`admission`).

Rules kept here: a message tells a clerk of the listing agency what to do; none repeats what the row said.
Source of the rules: docs/due-process.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule of admission (`A1` to `A12`); `field` is the path of the field in the row."""

    rule: str
    message_en: str
    message_zh: str
    field: str


class Fault(Enum):
    """What can be wrong with a row: rule, field, English, Chinese."""

    RULING_MISSING = (
        "A1",
        "ruling",
        "There is no ruling; give its number, issuing authority and date, and that it is effective.",
        "缺少裁判或决定文书；请填写文号、作出机关、日期以及是否生效。",
    )
    RULING_NUMBER = (
        "A1",
        "ruling.number",
        "The ruling has no usable number; give that of the document the listing rests on, in at most 200 characters.",
        "缺少有效的文书编号；请填写列入所依据文书的文号（不超过 200 字，不得换行）。",
    )
    RULING_AUTHORITY = (
        "A1",
        "ruling.authority",
        "The ruling has no usable issuing authority; give its full title, in at most 200 characters.",
        "缺少有效的作出机关名称；请填写机关全称（不超过 200 字，不得换行）。",
    )
    RULING_DATE = (
        "A1",
        "ruling.dated",
        "The ruling has no valid date; give it as YYYY-MM-DD.",
        "文书日期缺失或无效；请按 YYYY-MM-DD 填写。",
    )
    RULING_AHEAD = (
        "A1",
        "ruling.dated",
        "The ruling is dated after today; mend the date, or send the row once there is a ruling that is effective.",
        "文书日期晚于今日；请更正日期，或者在文书作出并生效后报送。",
    )
    RULING_AFTER_START = (
        "A1",
        "ruling.dated",
        "The ruling is dated after the listing starts; mend the date or let the listing start later.",
        "文书日期晚于列入开始日期；请更正日期或推迟列入。",
    )
    RULING_NOT_EFFECTIVE = (
        "A1",
        "ruling.effective",
        "The row does not say that the ruling is legally effective; send it once it is, with effective as true.",
        "未载明文书已发生法律效力；请在文书生效后报送，并将 effective 填为 true。",
    )
    AUTHORITY_LEVEL = (
        "A2",
        "ruling.authority",
        (
            "By its title this authority may not list here; give the full title of the authority that decided, or have "
            "the competent authority decide and submit."
        ),
        "从名称看该机关无权列入本名单；请填写作出决定的机关全称，或者由有权机关认定并报送。",
    )
    GROUND_UNKNOWN = (
        "A3",
        "ground",
        "The ground is not one of the list's grounds; give the id of one that is.",
        "列入事由不属于本名单规定的事由；请填写规定的事由代码。",
    )
    NOTICE_MISSING = (
        "A4",
        "notice.served_on",
        (
            "There is no valid date of service; serve the notice on the party and give the date as YYYY-MM-DD, or send "
            "the row as proposed until then."
        ),
        "缺少有效的送达日期；请先向当事人送达，并按 YYYY-MM-DD 填写日期，送达前可按拟列入（stage 填 proposed）报送。",
    )
    NOTICE_AHEAD = (
        "A4",
        "notice.served_on",
        (
            "The date of service lies after today; serve the notice first and then give the date, or send the row as "
            "proposed until then."
        ),
        "送达日期晚于今日；请先送达再填写实际送达日期，送达前可按拟列入（stage 填 proposed）报送。",
    )
    NOTICE_AFTER_START = (
        "A4",
        "notice.served_on",
        "The party was served after the listing starts; let the listing start on the day of service or later.",
        "送达日期晚于列入开始日期；请将列入开始日期改为送达当日或者之后。",
    )
    START_IN_OBJECTION_PERIOD = (
        "A4",
        "starts_at",
        (
            "The listing starts before the party's {working_days} working days to object are over; let it start no "
            "earlier than the day after the last of them, counted from the day after service, without weekends and "
            "public holidays and with the working days that are moved to a weekend."
        ),
        (
            "列入开始于当事人 {working_days} 个工作日的异议期届满之前；异议期自送达次日起算，不计周末和法定节假日，"
            "计入调休上班日，请将列入开始日期改为异议期最后一日的次日或者之后。"
        ),
    )
    OBJECTION_YEAR_UNKNOWN = (
        "A4",
        "notice.served_on",
        (
            "The period to object lies in a year whose public holidays are not known here; check the date, and if it "
            "is right, ask the operator to upgrade the calendar and send the row again."
        ),
        "异议期所在年度的法定节假日安排尚未收录；请核对日期，日期无误的请通知系统运营方更新工作日历后重新报送。",
    )
    STAGE_UNKNOWN = (
        "A4",
        "stage",
        "The stage is not one that exists; give proposed while the party is not served, and leave it out afterwards.",
        "阶段代码无效；送达之前请填写 proposed，送达之后不填。",
    )
    PROPOSED_WITH_DATES = (
        "A4",
        "stage",
        (
            "A row that is only proposed names a notice, a start or an end; remove them, or remove the stage once the "
            "party is served."
        ),
        "拟列入的记录填写了送达、开始或者结束时间；请删除这些内容，已送达的请删除阶段代码。",
    )
    START_INVALID = (
        "A5",
        "starts_at",
        "The start is not a valid instant; give it with date, time and offset, such as 2024-05-01T00:00:00+08:00.",
        "开始时间无效；请填写含日期、时间和时区的时间，例如 2024-05-01T00:00:00+08:00。",
    )
    END_INVALID = (
        "A5",
        "ends_at",
        "The end is not a valid instant; give it with date, time and offset, or null where the list allows it.",
        "结束时间无效；请填写含日期、时间和时区的时间，名单允许不定期的填 null。",
    )
    END_MISSING = (
        "A5",
        "ends_at",
        "This ground needs an end; give the instant at which the term ends, such as 2026-05-01T00:00:00+08:00.",
        "该事由必须有期限；请填写期限届满时间，例如 2026-05-01T00:00:00+08:00。",
    )
    END_NOT_AFTER_START = (
        "A5",
        "ends_at",
        "The listing ends before it starts; mend one of the two instants.",
        "结束时间不晚于开始时间；请更正其中之一。",
    )
    TERM_TOO_LONG = (
        "A5",
        "ends_at",
        "The term is longer than the list allows for this ground; shorten it.",
        "期限超过本名单对该事由规定的最长期限；请缩短。",
    )
    PARTY_MISSING = (
        "A6",
        "party",
        "There is no party; give its kind and its documents.",
        "缺少当事人；请填写主体类型和证件。",
    )
    PARTY_KIND = (
        "A6",
        "party.kind",
        (
            "The kind of party is missing, or this list does not hold that kind; give natural-person, organisation or "
            "vessel, and withdraw the row if the list does not hold what the party is."
        ),
        (
            "主体类型缺失或者不属于本名单的对象；请填写 natural-person、organisation 或 vessel，"
            "不属于本名单对象的请撤回该条。"
        ),
    )
    DOCUMENTS_MISSING = (
        "A6",
        "party.documents",
        "There is no document; give 1 to 16 documents with type and number, for a name alone identifies nobody.",
        "缺少证件；请填写 1 至 16 个证件的类型和号码，仅凭姓名不能识别当事人。",
    )
    DOCUMENT_SHAPE = (
        "A6",
        "party.documents",
        "A document is not an object with a type and a number; give both, as texts.",
        "证件缺少类型或号码；请以文本填写类型和号码。",
    )
    DOCUMENT_OTHER_KIND = (
        "A6",
        "party.documents",
        "A document belongs to another kind of party; mend the kind or the document.",
        "证件与主体类型不一致；请更正主体类型或证件。",
    )
    DOCUMENT_NOT_ORGANISATIONS = (
        "A6",
        "party.documents",
        "This list commends, and the document may be a natural person's; give one that only organisations have.",
        "红名单仅限单位，而该类证件可能属于自然人；请填写仅单位持有的证件。",
    )
    BIRTH_DATE_INVALID = (
        "A7",
        "party.born_on",
        "The birth date is not valid; give it as YYYY-MM-DD.",
        "出生日期无效；请按 YYYY-MM-DD 填写。",
    )
    BIRTH_DATES_DISAGREE = (
        "A7",
        "party.born_on",
        "The birth dates of the row and its documents disagree; check whether they are one person's.",
        "出生日期与证件记载不一致；请核实是否为同一人。",
    )
    AGE_UNKNOWN = (
        "A7",
        "party.born_on",
        "The list is closed to minors and the age does not show; give the birth date as YYYY-MM-DD.",
        "本名单不得列入未成年人，且无法确定年龄；请按 YYYY-MM-DD 填写出生日期。",
    )
    UNDER_AGE = (
        "A7",
        "party.born_on",
        "The party is not of age at the start; withdraw the row, for a minor may not be listed here.",
        "当事人在列入开始时未成年；未成年人不得列入本名单，请撤回该条。",
    )
    RESPONSIBLE_REFUSED = (
        "A8",
        "responsible_for",
        "This list does not reach responsible persons for an organisation's duty; withdraw the row.",
        "本名单不得因单位义务列入其负责人；请撤回该条。",
    )
    RESPONSIBLE_SHAPE = (
        "A8",
        "responsible_for.listing",
        "The organisation's listing is not named; give the record under which the organisation stands on this list.",
        "未指明单位的列入记录；请填写该单位在本名单中的记录编号。",
    )
    RESPONSIBLE_ROLE = (
        "A8",
        "responsible_for.role",
        (
            "The role is not one of the four that the limit reaches; give legal-representative, principal-in-charge, "
            "directly-responsible or actual-controller, for nobody else, no relative, may be listed."
        ),
        (
            "身份不属于四类责任人员；请填写 legal-representative（法定代表人）、principal-in-charge（主要负责人）、"
            "directly-responsible（影响债务履行的直接责任人员）或 actual-controller（实际控制人），"
            "不得列入亲属等其他人员。"
        ),
    )
    RESPONSIBLE_KIND = (
        "A8",
        "responsible_for",
        "Only a natural person can be listed as responsible for an organisation; remove the field.",
        "只有自然人可以作为单位负责人列入；请删除该字段。",
    )
    ROLE_END_INVALID = (
        "A8",
        "responsible_for.ended_on",
        "The end of the role is not a valid date; give it as YYYY-MM-DD, or leave it out while the role lasts.",
        "任职终止日期无效；请按 YYYY-MM-DD 填写，仍在任职的不填。",
    )
    ROLE_ENDED = (
        "A8",
        "responsible_for.ended_on",
        "The role had ended when the listing starts; withdraw the row, for a former responsible person is not listed.",
        "列入开始时任职已终止；前任负责人不得列入，请撤回该条。",
    )
    UNKNOWN_FIELD = (
        "A9",
        "",
        "The row carries a field outside the schema; remove it, for nothing more may be submitted about a party.",
        "含有规定以外的字段；请删除，不得报送当事人的其他信息。",
    )
    RECORD_INVALID = (
        "A9",
        "record",
        "The row has no usable record id; give 1 to 64 printable characters.",
        "缺少有效的记录编号；请填写 1 至 64 个可显示字符。",
    )
    CITIZEN_NUMBER = (
        "A9",
        "",
        (
            "The field reads as a citizen's number, which belongs among the documents only; give the agency's own "
            "number, with a letter before it where it merely looks like one."
        ),
        "该字段内容可识别为公民身份号码，身份号码只能作为证件填写；请填写机关自编的编号，仅形似身份号码的请在前面加字母。",
    )
    CONTEST_MISSING = (
        "A10",
        "contest",
        "The row does not say how to contest it; give body, address or telephone, and deadline.",
        "未载明异议途径；请填写受理机构、地址或电话以及期限。",
    )
    CONTEST_BODY = (
        "A10",
        "contest.body",
        "The contest route names no body; give the court or agency to turn to, in at most 200 characters.",
        "未载明异议受理机构；请填写受理法院或机关（不超过 200 字）。",
    )
    CONTEST_ADDRESS = (
        "A10",
        "contest.address",
        "The contest route has no address; give an address or telephone number, in at most 200 characters.",
        "未载明异议受理地址；请填写地址或电话（不超过 200 字）。",
    )
    CONTEST_DEADLINE = (
        "A10",
        "contest.deadline",
        "The contest route has no deadline; give it in words or as a date, or say that there is none.",
        "未载明异议期限；请以文字或日期填写，无期限的请注明。",
    )
    MEASURES_SHAPE = (
        "A11",
        "measures",
        "The measures must be a list of at least one id; leave the field out to ask for all the list carries.",
        "措施须为至少一个代码的列表；不填即为本名单的全部措施。",
    )
    MEASURE_NOT_CARRIED = (
        "A11",
        "measures",
        "A measure is asked for that this list does not carry; ask only for measures the list carries.",
        "所请求的措施不属于本名单；只能请求本名单规定的措施。",
    )

    def __init__(self, rule: str, field: str, message_en: str, message_zh: str) -> None:
        """Keep the parts of the fault."""
        self.rule = rule
        self.field = field
        self.message_en = message_en
        self.message_zh = message_zh

    def violation(self, field: str = "", **numbers: int) -> Violation:
        """Return the violation of this fault, at its own field or at the one given.

        `numbers` are what its messages say of the list's rules; nothing of the row goes into a message.
        """
        return Violation(
            self.rule,
            self.message_en.format(**numbers),
            self.message_zh.format(**numbers),
            field or self.field,
        )

"""Every word that a party reads about its listings, English and Chinese side by side.

Responsible for the sentences and the labels of the page, and for how an instant and a date are written.
Not responsible for choosing among them (`subject_telling.py`), nor for laying out the page (`subject_page.py`).

Rules kept here:

- One table per question; a test holds each table against the values that the register knows.
- The words are said to the party. They claim no more law than the gateway's tables do.
- The standard library only: the party's own command uses this table without the gateway's libraries.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple


class Said(NamedTuple):
    """The same said in English and in Chinese."""

    en: str
    zh: str

    def with_values(self, **values: "Said | str | int") -> "Said":
        """Return it with the values put in, each in its own language."""
        in_en = {k: v.en if isinstance(v, Said) else v for k, v in values.items()}
        in_zh = {k: v.zh if isinstance(v, Said) else v for k, v in values.items()}
        return Said(self.en.format(**in_en), self.zh.format(**in_zh))

    def of(self, language: str) -> str:
        """Return it in `en` or `zh`."""
        return self.zh if language == "zh" else self.en


LANGUAGES = ("en", "zh")

STATES: Mapping[str, Said] = {
    "proposed": Said(
        "Proposed: the authority means to list you. Nothing is closed to you.",
        "拟列入：有关机关拟将您列入名单，目前不对您采取任何限制。",
    ),
    "notified": Said(
        "Notified: notice was served, and the listing has not begun. Nothing is closed to you yet.",
        "已告知：已向您送达告知，列入尚未生效，目前不对您采取任何限制。",
    ),
    "in-force": Said("In force: the listing restricts you.", "有效：该列入正在对您产生限制。"),
    "stayed": Said(
        "Paused: the listing is not enforced at present.", "中止执行：该列入目前不予执行。"
    ),
    "ended": Said("Ended: {how}. It restricts you no longer.", "已终止：{how}。不再对您产生限制。"),
    "withdrawn": Said(
        "Taken back before it took effect: {how}. It never restricted you.",
        "生效前已撤回：{how}。该列入从未对您产生限制。",
    ),
}
"""By state of the listing; `how` is one of `ENDINGS`."""
STATE_UNNAMED = Said(
    "No longer about this document: the authority has changed the listing, "
    "and it does not name the document that you showed any more.",
    "不再涉及该证件：有关机关已变更该列入，其中不再包含您所出示的证件。",
)
"""For who has a document that the listing named once."""

ENDINGS: Mapping[str, Said] = {
    "performed": Said("what was owed has been performed", "义务已经履行"),
    "withdrawn": Said("the authority decided to take the listing back", "有关机关已决定撤销列入"),
    "corrected": Said("the listing was found to be wrong", "经认定列入有误"),
    "expired": Said("its term has run out", "期限已届满"),
    "deleted": Said("the authority decided to delete the listing", "有关机关已决定删除该列入"),
}
"""By how a listing ends."""
ENDING_WITH_ORGANISATION = Said(
    "the organisation's listing, which it follows, is over", "其所随附的单位列入已终止"
)

DEADLINES: Mapping[str, Said] = {
    "removal": Said(
        "The authority must take you off the list, because {why}.",
        "有关机关应当将您移出名单，原因：{why}。",
    ),
    "correction": Said(
        "The authority must decide on the request to correct the listing.",
        "有关机关应当就更正申请作出决定。",
    ),
    "review": Said(
        "The higher authority must decide on the request for review.",
        "上级机关应当就复核申请作出决定。",
    ),
}
"""By what is owed; `why` is one of `ENDINGS`."""

OPENED: Mapping[str, Said] = {
    "removal": Said(
        "It was recorded that the listing must be removed, because {why}. The period ends on {due}.",
        "登记：该列入应予移出，原因：{why}。期限至{due}。",
    ),
    "correction": Said(
        "A request to correct the listing was recorded. The period for the decision ends on {due}.",
        "登记了更正申请，作出决定的期限至{due}。",
    ),
    "review": Said(
        "A request for review was recorded. The period for the decision ends on {due}.",
        "登记了复核申请，作出决定的期限至{due}。",
    ),
}
"""By what is owed, when it was recorded; `why` is one of `ENDINGS`."""

DEADLINE_STATES: Mapping[str, Said] = {
    "open": Said("not done yet, the period is running", "尚未办理，期限未满"),
    "overdue": Said("not done, and the period is over", "尚未办理，期限已过"),
    "kept": Said("done in time", "已按期办理"),
    "missed": Said("done too late", "已办理，但逾期"),
}
"""By whether the authority acted, and in time."""

ROLES: Mapping[str, Said] = {
    "legal-representative": Said("legal representative", "法定代表人"),
    "principal-in-charge": Said("principal in charge", "主要负责人"),
    "directly-responsible": Said(
        "person directly responsible for the debt's performance", "影响债务履行的直接责任人员"
    ),
    "actual-controller": Said("actual controller", "实际控制人"),
}
"""By role of a person who is listed with an organisation."""

EVENTS: Mapping[str, Said] = {
    "listing.added": Said(
        "The authority delivered the listing, and it was entered in the register.",
        "有关机关报送该列入，登记系统予以登记。",
    ),
    "listing.changed": Said(
        "The authority delivered the listing again with other content.",
        "有关机关再次报送该列入，内容有变更。",
    ),
    "listing.reopened": Said(
        "The authority delivered the listing again after it had ended, and it was taken up again.",
        "该列入终止后，有关机关再次报送，登记系统恢复登记。",
    ),
    "listing.ended": Said("The listing ended: {how}.", "列入终止：{how}。"),
    "listing.stayed": Said(
        "Enforcement of the listing was paused{until}.", "该列入中止执行{until}。"
    ),
    "listing.stay-lifted": Said("The pause of the listing was lifted.", "中止执行已解除。"),
    "listing.exempted": Said(
        "Some measures were taken out, {kind}: {measures}; from {start}{until}.",
        "部分措施不予适用（{kind}）：{measures}；自{start}起{until}。",
    ),
    "deadline.opened": Said("A period began for the authority.", "有关机关的办理期限开始计算。"),
    "deadline.decided": Said("The request was decided: {result}.", "对申请已作出决定：{result}。"),
    "deadline.missed": Said(
        "The authority let a period pass without doing what it owed.",
        "有关机关逾期未履行其应尽职责。",
    ),
    "deadline.closed": Said("What the authority owed was settled.", "有关机关应办理的事项已办结。"),
}
"""By kind of what happened."""

OTHER_EVENT = Said("A change was recorded.", "登记了一项变更。")
"""For a kind of event that this version does not know."""
ENDED_WITH_ORGANISATION = Said(
    "The listing ended together with the organisation's.", "该列入随有关单位的列入一并终止。"
)
STOPPED_BY_ITSELF = Said(
    "The listing ended by itself, because a period was over and nobody had acted: {how}.",
    "期限届满而无人办理，列入自动终止：{how}。",
)
UNTIL = Said(" until {end}", "，至{end}止")
PERMIT = Said("with a permit", "经许可")
LIFT = Said("for a while", "暂时解除")
GRANTED = Said("granted", "准许")
REJECTED = Said("rejected", "驳回")

NEXT_PROPOSED = Said(
    "The listing cannot take effect before notice is served on you. "
    "You can tell the authority already now what speaks against it.",
    "在向您送达告知之前，该列入不能生效。您现在即可向有关机关陈述、申辩。",
)
NEXT_NOTIFIED = Said(
    "Nothing is closed to you before {start}. Until then you can object.",
    "在{start}之前不对您采取任何限制，在此之前您可以提出异议。",
)
NEXT_OBJECTION_PERIOD = Said(
    "The period for objections on this list is {days} working days from the service of notice.",
    "该名单的异议期为告知送达之日起{days}个工作日。",
)
NEXT_OBJECTION_STAYS = Said(
    "An objection pauses the listing from the moment the authority acknowledges it until it is decided.",
    "有关机关受理异议之时起至作出决定之前，该列入中止执行。",
)
NEXT_CONTEST = Said(
    "You can contest the listing at {body}. Until when: {deadline}.",
    "您可以向{body}提出异议。期限：{deadline}。",
)
NEXT_CORRECTION = Said(
    "You can ask for the listing to be corrected. Have the day of your request recorded: "
    "the register allows {days} days for the decision. "
    "If none is made by then, the listing is not enforced until there is one.",
    "您可以申请更正该列入，请要求登记您提出申请的日期：登记系统给予的审查期限为{days}日，"
    "逾期未作出决定的，在作出决定之前该列入不予执行。",
)
NEXT_REQUESTED = Said(
    "Your request waits for a decision. If none is made by {due}, the listing is not enforced until there is one.",
    "您的申请正在等待决定。至{due}仍未作出决定的，在作出决定之前该列入不予执行。",
)
NEXT_OTHER_REQUESTED = Said(
    "A request about the listing waits for a decision. "
    "If none is made by {due}, the listing is not enforced until there is one.",
    "关于该列入的一项申请正在等待决定。至{due}仍未作出决定的，在作出决定之前该列入不予执行。",
)
NEXT_REMOVAL = Said(
    "When the reason for the listing has gone, report it and have the day recorded: "
    "the register allows {days} working days to take you off the list. "
    "After that it is not enforced any more, even if nobody acts.",
    "列入事由消除后，请报告有关机关并要求登记日期：登记系统给予的移出期限为{days}个工作日，"
    "期满后即使无人办理，该列入也不再执行。",
)
NEXT_ENDS = Said(
    "The listing stops by itself on {end}, without anybody having to act.",
    "该列入于{end}自动终止，无须任何人办理。",
)
NEXT_STAYED = Said(
    "While the listing is paused nobody may refuse you anything because of it. "
    "Ask whoever does to check again.",
    "中止执行期间，任何人不得因该列入拒绝您。如遭拒绝，请要求对方重新查询。",
)
NEXT_OVER = Said(
    "Nobody may refuse you anything because of this listing any more. "
    "Your receipt tells of an earlier moment: ask whoever refuses you to check again.",
    "任何人不得再因该列入拒绝您。您所持回执反映的是此前的情况，如遭拒绝，请要求对方重新查询。",
)
NEXT_UNNAMED = Said(
    "Nobody may refuse you anything because of this listing and this document any more. "
    "Your receipt tells of an earlier moment: ask whoever refuses you to check again. "
    "If you have another document, the listing may name that one: show it here.",
    "任何人不得再以该列入和该证件为由拒绝您。您所持回执反映的是此前的情况，如遭拒绝，请要求对方重新查询。"
    "如您另有其他证件，该列入可能包含该证件，可出示查看。",
)
NEXT_LATE = Said(
    "The authority is late: {what} It was due by {due}. Demand it in writing, and show this page.",
    "有关机关已逾期：{what}期限为{due}。您可以书面要求其办理，并出示本页。",
)
NEXT_ORGANISATION = Said(
    "Your listing follows the organisation's: it ends and pauses with it. "
    "If you do not hold the role named here, say so in a request for correction.",
    "您的列入随有关单位的列入而定，随其终止或者中止。如您并不担任此处所列职务，请在更正申请中说明。",
)

LABELS: Mapping[str, Said] = {
    "title": Said("Your listings", "您的列入记录"),
    "as_of": Said("As of", "截至"),
    "listing": Said("Listing", "列入"),
    "state": Said("State", "状态"),
    "list": Said("List", "名单"),
    "authority": Said("Listed by", "列入机关"),
    "ruling": Said("Ruling", "依据文书"),
    "dated": Said("{number}, of {day}", "{number}，{day}"),
    "ground": Said("Ground", "列入事由"),
    "served": Said("Notice served on", "告知送达日期"),
    "not_served": Said("not served yet", "尚未送达"),
    "begins": Said("In force from", "生效时间"),
    "ends": Said("Stops by itself on", "自动终止时间"),
    "ended": Said("Over since", "终止时间"),
    "no_end": Said("no date is fixed", "未定日期"),
    "responsible": Said("Listed as", "列入身份"),
    "responsible_of": Said(
        "{role} of the organisation of listing {reference}", "列入{reference}所涉单位的{role}"
    ),
    "role_ended": Said("; the role ended on {day}", "；任职至{day}"),
    "closed": Said("What it closes to you", "限制内容"),
    "closed_before": Said("What it closed to you", "原限制内容"),
    "nothing_closed": Said(
        "Nothing: the listing carries no measure.", "无：该列入不附带任何限制措施。"
    ),
    "basis": Said("basis: {basis}", "依据：{basis}"),
    "stays": Said("Pauses", "中止执行"),
    "exemptions": Said("Measures taken out", "不予适用的措施"),
    "span": Said("from {start} until {end}", "自{start}起至{end}止"),
    "open_span": Said("from {start}, without a fixed end", "自{start}起，未定终止日期"),
    "deadlines": Said("What the authority owes you", "有关机关的义务"),
    "counted": Said(
        "counted from {day}, due by {due}: {state}", "自{day}起算，期限至{due}：{state}"
    ),
    "due": Said("due by {due}: {state}", "期限至{due}：{state}"),
    "contest": Said("How to contest it", "异议途径"),
    "body": Said("Body", "受理机关"),
    "address": Said("Where", "联系方式"),
    "until": Said("Until when", "期限"),
    "next": Said("What you can do now", "您现在可以"),
    "history": Said("What happened", "经过"),
    "paper": Said("on: {paper}", "依据：{paper}"),
    "late": Said("LATE", "已逾期"),
    "not_shown": Said(
        "The receipt names {count} more, of which nothing can be shown with this document.",
        "回执另列有{count}项，凭此证件无法显示。",
    ),
}
"""The words of the page around what the gateway tells."""

NO_RECORD = Said(
    "there is no record for this receipt and this document: give the receipt as it was written, "
    "and the document that was asked about; a receipt that permits has no record",
    "没有与该回执和该证件相对应的记录：请提供未经改动的回执，以及当时查询所用的证件；准许的回执没有记录",
)
"""The one answer to everything that has nothing to show; it never says why."""
NO_GROUNDS = Said(
    "the receipt names no listing, so there is none to show; nothing was sent",
    "该回执未列明任何列入，因此没有可显示的记录；未发送任何内容",
)
NOT_A_RECEIPT = Said(
    "the file is not a receipt as 'jointgate check --receipt' writes it; nothing was sent",
    "该文件不是 jointgate check --receipt 所写的回执；未发送任何内容",
)
WRONG_REQUEST = Said(
    "the service cannot read the receipt or the document; give the receipt as it was written, "
    "and copy the document again",
    "服务无法读取该回执或证件；请提供未经改动的回执，并重新核对证件号码",
)
EXHAUSTED = Said(
    "this receipt was shown too often today with a document that is not its party's; "
    "show it again on the next day (UTC)",
    "该回执今日多次与不相符的证件一同出示；请于次日（UTC）再试",
)
UNREACHABLE = Said(
    "no answer: the service cannot be reached; check the address, the network and --ca",
    "没有答复：无法连接服务；请检查地址、网络和 --ca",
)
UNANSWERED = Said(
    "no answer: the service cannot answer now; try again later",
    "没有答复：服务目前无法答复；请稍后再试",
)


def say_instant(at: datetime, offset: timedelta) -> Said:
    """Write an aware instant in civil time that is `offset` ahead of UTC, to the minute.

    At either end of the calendar, where the civil time has no year, it is written in UTC.
    """
    try:
        civil = at.astimezone(timezone(offset))
    except OverflowError:
        return say_instant(at, timedelta())
    ahead = civil.strftime("%z")
    zone = f"UTC{ahead[:3]}:{ahead[3:]}" if offset else "UTC"
    return Said(
        f"{civil:%Y-%m-%d %H:%M} ({zone})", f"{say_date(civil.date()).zh}{civil:%H:%M}（{zone}）"
    )


def say_date(day: date) -> Said:
    """Write a civil date."""
    return Said(day.isoformat(), f"{day.year}年{day.month}月{day.day}日")

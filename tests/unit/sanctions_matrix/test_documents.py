"""Document numbers: what is accepted, what is refused with which problem, and what is never shown."""

from __future__ import annotations

from datetime import date

import pytest

from sanctions_matrix import synthetic
from sanctions_matrix.documents import (
    DocumentError,
    DocumentProblem,
    PartyKind,
    birth_date,
    parse_document,
    parse_document_text,
    passport_from_mrz,
)


def wide(text: str) -> str:
    """Return a text in full-width characters, as an East Asian keyboard may write it."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


VALID = [
    ("cn-ric", "110101189001010016"),
    ("cn-ric", "110101189001010024"),
    ("cn-ric", "310101189512310034"),
    ("cn-ric", "440300189911300080"),
    ("cn-ric", "65010018920229005X"),
    ("cn-ric", "11010118900101018X"),
    ("cn-ric", "810000189006150011"),
    ("cn-ric", "820000189006150021"),
    ("cn-ric", "830000189006150015"),
    ("cn-frp", "911900189001010013"),
    ("cn-frp", "93199018900101002X"),
    ("cn-frp", "944840189001010033"),
    ("cn-frp", "XXA110190010117"),
    ("cn-frp", "UTO310090010128"),
    ("cn-uscc", "91990000MA0000007X"),
    ("cn-uscc", "91990000MA00000A9E"),
    ("cn-uscc", "92990000MA0000015M"),
    ("cn-uscc", "129900000000000197"),
    ("cn-uscc", "51990000MJ0000018N"),
    ("cn-uscc", "N2990000MF0000013C"),
    ("cn-uscc", "Y1990000MG0000017M"),
    ("cn-uscc", "91990000MA00004100"),
    ("cn-uscc", "91990000MA000047X0"),
    ("cn-permit-hm", "H00000001"),
    ("cn-permit-tw", "00000001"),
    ("passport:UTO", "U00000001"),
    ("national-id:UTO", "ABC1"),
    ("national-id:UTO", "110101189001010024"),
    ("tax-id:CHN", "110000000000001"),
    ("registration:CHN", "110000000000001"),
    ("passport:CHN", "E00000001"),
    ("passport:UTO", "9999"),
    ("passport:UTO", "U1AAAAAA"),
    ("passport:D", "CFGHJKLMN"),
    ("national-id:D", "RTVWXYZPL"),
    ("tax-id:XXX", "0001"),
    ("registration:UTO", "Z9"),
    ("imo", "0000012"),
]

P = DocumentProblem
REFUSED = [
    ("cn-ric", "110101189001010017", P.WRONG_CHECK_DIGIT),
    ("cn-ric", "11010118900101001X", P.WRONG_CHECK_DIGIT),
    ("cn-ric", "810000189006150012", P.WRONG_CHECK_DIGIT),
    ("cn-uscc", "91990000MA0000007Y", P.WRONG_CHECK_DIGIT),
    ("cn-uscc", "91990000MA0000008X", P.WRONG_CHECK_DIGIT),
    ("cn-frp", "911900189001010014", P.WRONG_CHECK_DIGIT),
    ("cn-frp", "XXA110190010118", P.WRONG_CHECK_DIGIT),
    ("imo", "0000018", P.WRONG_CHECK_DIGIT),
    ("cn-ric", "110101900101001", P.OUTDATED_FORM),
    ("cn-ric", "11010118900230001X", P.WRONG_DATE),
    ("cn-ric", "110101190002290010", P.WRONG_DATE),
    ("cn-ric", "110101079001010010", P.WRONG_DATE),
    ("cn-frp", "XXA110190023010", P.WRONG_DATE),
    ("cn-frp", "911000189001010013", P.UNKNOWN_COUNTRY),
    ("cn-frp", "QQQ110190010117", P.UNKNOWN_COUNTRY),
    ("cn-ric", "O10101189001010016", P.WRONG_ALPHABET),
    ("cn-ric", "11O101189001010016", P.WRONG_ALPHABET),
    ("cn-ric", "911900189001010013", P.WRONG_ALPHABET),
    ("cn-uscc", "91990000MAO000007X", P.WRONG_ALPHABET),
    ("cn-uscc", "91990000MI0000007X", P.WRONG_ALPHABET),
    ("cn-uscc", "9199000AMA0000007X", P.WRONG_ALPHABET),
    ("cn-uscc", "91990000\N{CYRILLIC CAPITAL LETTER EM}00000007X", P.WRONG_ALPHABET),
    ("cn-ric", "65010018920229005\N{CYRILLIC CAPITAL LETTER HA}", P.WRONG_ALPHABET),
    ("passport:UTO", "U1234ß", P.WRONG_ALPHABET),
    ("passport:UTO", "U1234\N{LATIN SMALL LETTER DOTLESS I}", P.WRONG_ALPHABET),
    ("passport:UTO", "U12\u200b34", P.WRONG_ALPHABET),
    ("passport:UTO", "U12+34", P.WRONG_ALPHABET),
    ("national-id:UTO", "U12#34", P.WRONG_ALPHABET),
    ("cn-ric", "١١٠١٠١١٨٩٠٠١٠١٠٠١٦", P.WRONG_ALPHABET),
    ("cn-permit-hm", "T00000001", P.WRONG_ALPHABET),
    ("cn-permit-tw", "0000000A", P.WRONG_ALPHABET),
    ("cn-ric", "1101011890010100", P.WRONG_LENGTH),
    ("cn-uscc", "91990000MA0000007", P.WRONG_LENGTH),
    ("cn-permit-tw", "000000001", P.WRONG_LENGTH),
    ("cn-permit-hm", "H0000001", P.WRONG_LENGTH),
    ("imo", "IMO0000019", P.WRONG_LENGTH),
    ("cn-frp", "9119001890010100", P.WRONG_LENGTH),
    ("national-id:CHN", "110101189001010024", P.TYPE_OF_ITS_OWN),
    ("national-id:CHN", "110101189001010025", P.TYPE_OF_ITS_OWN),
    ("passport:CHN", "110101189001010024", P.TYPE_OF_ITS_OWN),
    ("registration:CHN", "91990000MA0000007X", P.TYPE_OF_ITS_OWN),
    ("tax-id:CHN", "9199 0000 MA00 0000 7X", P.TYPE_OF_ITS_OWN),
    ("national-id:CHN", "911900189001010013", P.TYPE_OF_ITS_OWN),
    ("passport:CHN", "110101189001010017", P.TYPE_OF_ITS_OWN),
    ("tax-id:CHN", "110101 18900101 0017", P.TYPE_OF_ITS_OWN),
    ("tax-id:CHN", "91990000MA0000015R", P.TYPE_OF_ITS_OWN),
    ("registration:CHN", "91990000MA0000015R", P.TYPE_OF_ITS_OWN),
    ("registration:CHN", "91990000MAO000007X", P.TYPE_OF_ITS_OWN),
    ("national-id:CHN", "911900189001010014", P.TYPE_OF_ITS_OWN),
    ("passport:CHN", "UTO310090010129", P.TYPE_OF_ITS_OWN),
    ("national-id:CHN", "110101890101001", P.OUTDATED_FORM),
    ("passport:CHN", "110101890101001", P.OUTDATED_FORM),
    ("passport:UTO", "Zhang San", P.READS_LIKE_A_NAME),
    ("registration:CHN", "ZHANG-SAN", P.READS_LIKE_A_NAME),
    ("tax-id:CHN", "Zhang San", P.READS_LIKE_A_NAME),
    ("passport:UTO", "Zhang San 1890", P.READS_LIKE_A_NAME),
    ("passport:UTO", wide("Zhang") + "\u3000" + wide("San1890"), P.READS_LIKE_A_NAME),
    ("passport:UTO", "\u24cf\u24d7 \u24c8\u24d01890", P.READS_LIKE_A_NAME),
    ("passport:UTO", "Zhang - San 1890", P.READS_LIKE_A_NAME),
    ("passport:UTO", "CFGHJKLMN", P.READS_LIKE_A_NAME),
    ("tax-id:DEU", "CFGHJKLMN", P.READS_LIKE_A_NAME),
    ("passport:DEU", "CFGHJKLMA", P.READS_LIKE_A_NAME),
    ("passport:DEU", "CFGHJKLM", P.READS_LIKE_A_NAME),
    ("national-id:UTO", "A", P.WRONG_LENGTH),
    ("passport:UTO", "U12", P.WRONG_LENGTH),
    ("national-id:UTO", "123", P.WRONG_LENGTH),
    ("tax-id:UTO", "1.2-3", P.WRONG_LENGTH),
    ("registration:UTO", "9", P.WRONG_LENGTH),
    ("cn-uscc", "11010118900126020X", P.TYPE_OF_ITS_OWN),
    ("cn-uscc", "931990189011010015", P.TYPE_OF_ITS_OWN),
    ("cn-ric", "", P.EMPTY),
    ("cn-ric", " - ", P.EMPTY),
    ("passport:UTO", "9" * 65, P.TOO_LONG),
    ("passport:UTO", "9" * 41, P.TOO_LONG),
    ("name", "somebody", P.UNKNOWN_TYPE),
    ("CN-RIC", "110101189001010016", P.UNKNOWN_TYPE),
    ("passport", "U1", P.UNKNOWN_COUNTRY),
    ("passport:QQQ", "U1", P.UNKNOWN_COUNTRY),
    ("passport:uto", "U1", P.UNKNOWN_COUNTRY),
    ("imo:UTO", "0000012", P.UNKNOWN_TYPE),
]


@pytest.mark.parametrize(("type_", "number"), VALID)
def test_a_valid_number_is_kept_as_it_is(type_: str, number: str) -> None:
    """Every synthetic vector of the fact sheet, and one of each other type, is accepted unchanged."""
    document = parse_document(type_, number)
    assert (document.type, document.number) == (type_, number)


@pytest.mark.parametrize(("type_", "number", "problem"), REFUSED)
def test_an_invalid_number_is_refused_with_its_problem(
    type_: str, number: str, problem: DocumentProblem
) -> None:
    """Each way of being wrong is told apart from the others."""
    with pytest.raises(DocumentError) as caught:
        parse_document(type_, number)
    assert caught.value.problem is problem


@pytest.mark.parametrize(
    ("type_", "number"), [row[:2] for row in REFUSED if len(row[1].strip(" -")) > 2]
)
def test_an_error_never_shows_the_number(type_: str, number: str) -> None:
    """Neither the message nor the representation of an error repeats what was given."""
    with pytest.raises(DocumentError) as caught:
        parse_document(type_, number)
    assert number not in str(caught.value)
    assert number not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(("type_", "number"), [row for row in VALID if len(row[1]) > 3])
def test_a_document_never_shows_its_number(type_: str, number: str) -> None:
    """A document's text, representation and formatted form hide the number."""
    document = parse_document(type_, number)
    assert number not in f"{document} {document!r} {document!s} {[document]}"


@pytest.mark.parametrize("check", "012345789X")
def test_every_wrong_check_character_of_a_citizen_number_is_refused(check: str) -> None:
    """Of the eleven check characters only the right one, 6, is accepted."""
    with pytest.raises(DocumentError) as caught:
        parse_document("cn-ric", "11010118900101001" + check)
    assert caught.value.problem is DocumentProblem.WRONG_CHECK_DIGIT


def test_any_single_changed_digit_of_an_organisation_code_is_refused() -> None:
    """The two checks of a social credit code catch every change of one digit of the body."""
    number = "91990000MA0000007X"
    for position in (2, 5, 10, 13, 16):
        wrong = str((int(number[position]) + 1) % 10)
        with pytest.raises(DocumentError):
            parse_document("cn-uscc", number[:position] + wrong + number[position + 1 :])


@pytest.mark.parametrize(
    "written",
    [
        wide("110101189001010016"),
        " 110101 18900101 0016 ",
        "110101-18900101-0016",
        "110101\u201018900101\u20150016",
        "110101\u300018900101\u00a00016",
    ],
)
def test_width_spaces_and_hyphens_do_not_matter(written: str) -> None:
    """Full-width digits, any white space and any hyphen or dash are normalised away."""
    assert parse_document("cn-ric", written).number == "110101189001010016"


def test_small_letters_become_capitals() -> None:
    """The check character X may be written small, and in full width."""
    for written in ("65010018920229005x", wide("65010018920229005x"), wide("65010018920229005X")):
        assert parse_document("cn-ric", written).number == "65010018920229005X"


def test_printed_marks_are_removed_where_they_are_separators() -> None:
    """Full stop and stroke separate groups on national, tax and registration numbers."""
    for family in ("national-id", "tax-id", "registration"):
        assert parse_document(f"{family}:UTO", "12.345/6-78").number == "12345678"


@pytest.mark.parametrize("written", ["UT-O 999999", "U.T. 99999-99999", "UT/OPI/A/99-U-99999"])
def test_letters_in_groups_are_a_number(written: str) -> None:
    """Hyphens, full stops and strokes between letters are printed on documents, and are no sign of a name."""
    number = parse_document("national-id:UTO", written).number
    assert number == "".join(filter(str.isalnum, written))


def test_germany_has_one_spelling() -> None:
    """`D` and `DEU` are one country, or a passport would have two identities."""
    assert parse_document("passport:DEU", "C001") == parse_document("passport:D", "C001")


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("cn-ric", PartyKind.NATURAL_PERSON),
        ("cn-uscc", PartyKind.ORGANISATION),
        ("cn-frp", PartyKind.NATURAL_PERSON),
        ("cn-permit-hm", PartyKind.NATURAL_PERSON),
        ("cn-permit-tw", PartyKind.NATURAL_PERSON),
        ("passport:UTO", PartyKind.NATURAL_PERSON),
        ("national-id:UTO", PartyKind.NATURAL_PERSON),
        ("tax-id:XXX", None),
        ("registration:UTO", None),
        ("imo", PartyKind.VESSEL),
    ],
)
def test_a_type_tells_the_kind_of_party_or_does_not(type_: str, kind: PartyKind | None) -> None:
    """A tax or registration number leaves open whose it is; nothing is assumed."""
    number = dict(VALID)[type_]
    assert parse_document(type_, number).kind is kind


def test_an_individual_business_may_be_a_natural_person() -> None:
    """A credit code that begins with 92 does not say whose it is, and one that begins otherwise does."""
    assert parse_document("cn-uscc", "92990000MA0000007T").kind is None
    assert parse_document("cn-uscc", "91990000MA0000007X").kind is PartyKind.ORGANISATION
    assert parse_document("tax-id:UTO", "92990000").kind is None


def test_a_citizen_number_is_never_a_credit_code_too() -> None:
    """Some of the citizen numbers pass both checks of a credit code, and each of them is refused as one."""
    both = 0
    for serial in range(0, 2_000_000, 997):
        number = synthetic.citizen_number(serial)
        with pytest.raises(DocumentError) as caught:
            parse_document("cn-uscc", number)
        both += caught.value.problem is DocumentProblem.TYPE_OF_ITS_OWN
    assert both


@pytest.mark.parametrize("serial", [*range(0, 31**6, 31**6 // 500), 31**6 - 1])
def test_no_synthetic_organisation_has_a_persons_number(serial: int) -> None:
    """The letters of its code stand where a person's number has digits, so that none can be both."""
    code = synthetic.organisation_code(serial)
    assert parse_document("cn-uscc", code).kind is PartyKind.ORGANISATION
    assert code[8:10] == "MA"


def test_a_text_splits_at_the_type() -> None:
    """A type may hold a colon itself."""
    assert parse_document_text("passport:UTO:U001").type == "passport:UTO"
    assert parse_document_text("cn-ric:110101189001010016").type == "cn-ric"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("110101189001010016", P.UNKNOWN_TYPE),
        ("", P.UNKNOWN_TYPE),
        ("passport:U1", P.UNKNOWN_COUNTRY),
        ("passport:UTO", P.EMPTY),
        ("cn-ric:", P.EMPTY),
        ("cn-ric:1:2", P.WRONG_ALPHABET),
    ],
)
def test_a_text_without_its_parts_is_refused(text: str, problem: DocumentProblem) -> None:
    """A number alone has no type, and a passport without a country has none either."""
    with pytest.raises(DocumentError) as caught:
        parse_document_text(text)
    assert caught.value.problem is problem


def test_a_passport_is_read_from_its_machine_readable_line() -> None:
    """The number and the country of the second line become the same document as typed."""
    line = synthetic.passport_mrz_line(7)
    assert passport_from_mrz(line) == parse_document("passport:UTO", synthetic.passport_number(7))


@pytest.mark.parametrize("position", [0, 9, 13, 19, 21, 27, 28, 43])
def test_a_machine_readable_line_with_one_changed_character_is_refused(position: int) -> None:
    """Each of the five checks is verified."""
    line = synthetic.passport_mrz_line(7)
    wrong = "1" if line[position] != "1" else "2"
    with pytest.raises(DocumentError):
        passport_from_mrz(line[:position] + wrong + line[position + 1 :])


def test_a_machine_readable_line_of_another_length_is_refused() -> None:
    """A line of 36 characters is another kind of document."""
    with pytest.raises(DocumentError) as caught:
        passport_from_mrz(synthetic.passport_mrz_line(7)[:36])
    assert caught.value.problem is DocumentProblem.WRONG_LENGTH


def test_a_nationality_that_is_no_issuer_needs_the_issuer() -> None:
    """A refugee's passport shows XXB as nationality; who issued it stands in the other line."""
    line = synthetic.passport_mrz_line(7)
    stateless = line[:10] + "XXB" + line[13:]
    with pytest.raises(DocumentError) as caught:
        passport_from_mrz(stateless)
    assert caught.value.problem is DocumentProblem.UNKNOWN_COUNTRY
    assert passport_from_mrz(stateless, issuer="UTO").type == "passport:UTO"


@pytest.mark.parametrize(
    ("type_", "number", "expected"),
    [
        ("cn-ric", "65010018920229005X", date(1892, 2, 29)),
        ("cn-frp", "911900189001010013", date(1890, 1, 1)),
        ("cn-frp", "XXA110190010117", None),
        ("passport:UTO", "U001", None),
        ("cn-uscc", "91990000MA0000007X", None),
    ],
)
def test_a_birth_date_is_told_only_where_the_number_states_it(
    type_: str, number: str, expected: date | None
) -> None:
    """A year of two digits is no birth year."""
    assert birth_date(parse_document(type_, number)) == expected


def test_every_problem_has_advice_in_both_languages() -> None:
    """Whoever reads a refusal learns what to do."""
    for problem in DocumentProblem:
        assert problem.advice_en
        assert any("\u4e00" <= character <= "\u9fff" for character in problem.advice_zh)

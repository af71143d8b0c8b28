"""Files that people share become text within limits, and what is left out or cannot be read is said."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

import pytest
from pypdf import PdfWriter

from bot.reasons import FILE_REASONS
from bot.slack.files import FETCH_PROBLEMS
from knowledge.files import SENTENCES, Unreadable, read_apart, readout
from knowledge.files.reading import read
from tests.papers import pdf, workbook


def problem(suffix: str, content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        read(suffix, content)
    return str(refused.value)


def encrypted(content: bytes, user: str, owner: str = "owner") -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(content))
    writer.encrypt(user, owner, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


# ---- CSV and text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_csv_is_read_in_the_encodings_that_offices_use(encoding: str) -> None:
    read_in = read(".csv", "Société;Montant\r\nDupré;1 234,50 €\r\n".encode(encoding))
    assert read_in.text == "| Société | Montant |\n| --- | --- |\n| Dupré | 1 234,50 € |"


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_separator_of_a_csv_is_found(separator: str) -> None:
    rows = [["name", "note", "amount"], ["A", f'"x{separator} y"', "1.10"], ["B", "z", "2.20"]]
    text = "\n".join(separator.join(row) for row in rows)
    cell = f"x{separator} y".replace("|", "\\|").replace("\t", "")
    assert read(".csv", text.encode()).text.split("\n")[2] == f"| A | {cell} | 1.10 |"


def test_decimal_commas_are_no_separators() -> None:
    assert "| 1,5 | 2,25 |" in read(".csv", b"a;b\n1,5;2,25\n3,5;4\n").text


def test_numbers_stay_as_they_were_written() -> None:
    digits = "0.10;00042;12345678901234567890.123;1e400"
    assert digits.replace(";", " | ") in read(".csv", f"a;b;c;d\n{digits}\n".encode()).text


def test_a_cell_keeps_to_its_row_and_its_column() -> None:
    text = read(".csv", b'a;b\n"one\ntwo | three";4\n').text
    assert text == "| a | b |\n| --- | --- |\n| one two \\| three | 4 |"


def test_a_row_with_more_cells_than_the_header_keeps_them() -> None:
    assert read(".csv", b"a;b\n1;2\n1;2;3\n").text.endswith("| 1 | 2 | 3 |")


def test_what_nobody_sees_is_gone() -> None:
    hidden = "in\u202evisible \U000e0041\U000e0042 a\u200bb\x00c\x07 fin\u2066"
    assert read(".txt", hidden.encode()).text == "invisible  abc fin"


def test_text_in_paragraphs_can_be_quoted_in_pieces() -> None:
    text = read(".txt", ("une ligne de journal\n" * 500).encode()).text
    assert max(map(len, text.split("\n\n"))) < 1_300
    assert text.count("une ligne de journal") == 500


@pytest.mark.parametrize(
    ("suffix", "content", "left_out"),
    [
        (".csv", b"a;b\n" + b"1;2\n" * 5_001, readout.FIRST_ROWS),
        (".csv", b";".join([b"x"] * 61) + b"\n" + b";".join([b"1"] * 61), readout.FIRST_COLUMNS),
        (".csv", b"a;b\n" + b"x" * 1_500 + b";2\n", readout.LONG_CELLS),
        (".csv", (b"a;b\n" + (b"word " * 30 + b";2\n") * 2_000), readout.FIRST_PART),
        (".txt", b"word " * 100_000, readout.FIRST_PART),
        (".txt", b"x" * 1_000, readout.LONG_WORDS),
    ],
)
def test_what_is_left_out_is_said(suffix: str, content: bytes, left_out: str) -> None:
    told = read(suffix, content)
    assert left_out in told.left_out
    assert len(told.text) <= readout.TEXT_CHARACTERS


# ---- Excel


def test_a_workbook_shows_its_values_with_their_digits() -> None:
    def fill(book: Any) -> None:
        sheet = book.active
        sheet.title = "Ventes"
        sheet.append(["Client", "Montant", "Part", "Payé", "Jour"])
        sheet.append(["Durand", 14400.1, 0.125, True, dt.datetime(2026, 3, 1)])
        sheet.append(["Lemaire", 0.1 + 0.2, 1, False, None])
        sheet["C2"].number_format = "0.0%"

    read_in = read(".xlsx", workbook(fill))
    assert read_in.text == (
        "## Ventes\n\n| Client | Montant | Part | Payé | Jour |\n| --- | --- | --- | --- | --- |\n"
        "| Durand | 14400.1 | 12.5% | TRUE | 2026-03-01 |\n| Lemaire | 0.3 | 1 | FALSE |  |"
    )
    assert (read_in.kind, read_in.extent, read_in.left_out) == ("Excel", "1 sheet, 2 rows below the headers", ())


def test_a_formula_without_a_stored_result_stands_as_a_formula_and_that_is_said() -> None:
    def fill(book: Any) -> None:
        for row in (["a", "total"], [1, None], [2, "=SUM(A2:A3)"]):
            book.active.append(row)

    read_in = read(".xlsx", workbook(fill))
    assert read_in.text.endswith("| 2 | =SUM(A2:A3) |")
    assert read_in.left_out == (readout.FORMULAS,)


def test_the_words_of_merged_cells_stand_in_each_row_and_their_numbers_once() -> None:
    def fill(book: Any) -> None:
        sheet = book.active
        for row in (["Région", "Ville", "Total"], ["Nord", "Lille", 10], [None, "Arras", None]):
            sheet.append(row)
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("C2:C3")

    assert read(".xlsx", workbook(fill)).text.endswith("| Nord | Lille | 10 |\n| Nord | Arras |  |")


def test_hidden_sheets_stay_hidden_and_that_is_said() -> None:
    def fill(book: Any) -> None:
        book.active.append(["seen", "too"])
        secret = book.create_sheet("Salaires")
        secret.append(["Bruno", 1])
        secret.sheet_state = "hidden"

    read_in = read(".xlsx", workbook(fill))
    assert "Bruno" not in read_in.text
    assert read_in.left_out == (readout.HIDDEN_SHEETS,)


def test_a_sheet_that_claims_to_be_endless_is_read_at_once() -> None:
    def fill(book: Any) -> None:
        book.active.append(["a", "b"])
        book.active["B1048576"] = "far away"

    assert read(".xlsx", workbook(fill)).text.startswith("## Sheet\n\n| a | b |")


# ---- PDF


def test_a_pdf_is_read_page_by_page() -> None:
    read_in = read(".pdf", pdf(["Contrat de maintenance", "Préavis : trois mois"]))
    assert read_in.text == "## Page 1\n\nContrat de maintenance\n\n## Page 2\n\nPréavis : trois mois"
    assert (read_in.kind, read_in.extent, read_in.left_out) == ("PDF", "2 pages", ())


def test_pages_without_text_and_pages_beyond_the_limit_are_said() -> None:
    assert read(".pdf", pdf(["one", ""])).left_out == (readout.PICTURE_PAGES,)
    assert read(".pdf", pdf(["page"] * 201)).left_out == (readout.FIRST_PAGES,)


def test_a_pdf_that_only_its_author_may_change_is_read() -> None:
    assert "open to all" in read(".pdf", encrypted(pdf(["open to all"]), "")).text


# ---- what cannot be read


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        for number in range(4):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b"\0" * 40_000_000)
    return out.getvalue()


def archive(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(name, content)
    return out.getvalue()


BOOK = workbook(lambda book: book.active.append(["a", 1]))


@pytest.mark.parametrize(
    ("suffix", "content", "why"),
    [
        (".csv", b"", readout.EMPTY),
        (".csv", b"\xef\xbb\xbf \r\n\t\n", readout.EMPTY),
        (".csv", b";;;\n;;;\n", readout.NO_VALUES),
        (".pdf", b"\x89PNG\r\n\x1a\n...", readout.PICTURE),
        (".csv", bytes(range(256)) * 20, readout.NOT_TEXT),
        (".xlsx", archive("word/document.xml", b"<w/>"), readout.NOT_A_WORKBOOK),
        (".xlsx", archive("xl/workbook.xml", b"<not"), readout.DAMAGED),
        (".xlsx", BOOK[: len(BOOK) // 2], readout.DAMAGED),
        (".xlsx", workbook(lambda book: None), readout.NO_VALUES),
        (".xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, readout.OLD_OFFICE),
        (".pdf", encrypted(pdf(["secret"]), "a password"), readout.LOCKED),
        (".pdf", pdf(["", ""]), readout.PICTURES_ONLY),
        (".pdf", b"%PDF-1.7\n" + b"nonsense " * 100, readout.DAMAGED),
        (".pdf", pdf(["cut"])[:200], readout.DAMAGED),
    ],
)
def test_what_cannot_be_read_has_its_reason(suffix: str, content: bytes, why: str) -> None:
    assert problem(suffix, content) == why


def test_a_workbook_that_unpacks_to_far_more_is_not_unpacked() -> None:
    assert problem(".xlsx", bomb()) == readout.UNPACKS_TOO_LARGE


@pytest.mark.parametrize(
    ("suffix", "content", "kind"),
    [(".csv", pdf(["x"]), "PDF"), (".pdf", b"a;b\n1;2\n", "text"), (".txt", BOOK, "Excel")],
)
def test_what_a_file_holds_counts_more_than_its_name(suffix: str, content: bytes, kind: str) -> None:
    assert read(suffix, content).kind == kind


# ---- in a process of its own


async def test_a_file_is_read_apart_with_the_same_outcome() -> None:
    content = "Société;Montant\nDupré;1\n".encode("cp1252")
    assert await read_apart("bilan 2026.CSV", content) == read(".csv", content)
    with pytest.raises(Unreadable, match=readout.EMPTY):
        await read_apart("\0../x.pdf", b"")


async def test_reading_that_takes_too_long_is_ended() -> None:
    with pytest.raises(Unreadable, match=readout.TOO_LONG):
        await read_apart("x.csv", b"a;b\n1;2\n", seconds=0)


def test_every_reason_is_one_that_people_hear_in_their_language() -> None:
    assert sorted(FILE_REASONS.values()) == sorted([*SENTENCES, *FETCH_PROBLEMS])

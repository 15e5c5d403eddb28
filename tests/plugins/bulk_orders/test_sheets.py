"""Files as programs write them: encodings, separators, headings, cells; what can be mended is, what is lost is said."""

import pytest

from core import Invalid
from plugins.bulk_orders import sheet
from plugins.bulk_orders.cells import Wrong, cleaned, code_of, whole_of

HEAD = "订单号,快递公司,快递单号,备注"
ROW = "SO1,顺丰速运,SF1001,易碎"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (f"{HEAD}\n{ROW}".encode(), "utf-8"),
        (f"{HEAD}\r\n{ROW}\r\n".encode("utf-8-sig"), "utf-8-bom"),
        (f"{HEAD}\r\n{ROW}".encode("gbk"), "gbk"),
        (f"\r\n{HEAD}\r\n\r\n{ROW}\r\n,,,\r\n".encode("gb18030"), "gbk"),
    ],
)
def test_a_file_is_read_in_the_encodings_that_spreadsheets_write(content: bytes, encoding: str) -> None:
    read = sheet.read(content)
    assert (read.encoding, read.separator) == (encoding, ",")
    (line,) = read.lines
    assert list(line.cells.values()) == ["SO1", "顺丰速运", "SF1001", "易碎"]


@pytest.mark.parametrize("separator", [";", "\t", "，", "|"])
def test_another_separator_is_recognised_by_the_headings(separator: str) -> None:
    read = sheet.read(f"{HEAD}\n{ROW}".replace(",", separator).encode())
    assert read.separator == separator and read.lines[0].cells["tracking_no"] == "SF1001"


def test_lines_are_numbered_as_an_editor_counts_them() -> None:
    read = sheet.read(f'{HEAD}\nSO1,SF,SF1,"two\nlines"\n\nSO2,SF,SF2,\nSO3;SF;SF3;\nSO4,SF,SF4,a,b'.encode())
    assert [line.number for line in read.lines] == [2, 5, 6, 7]
    assert [line.trouble for line in read.lines] == [
        None,
        None,
        "The row has 1 cells, the headings have 4. It is separated by ';', the headings by ','.",
        "The row has 5 cells, the headings have 4.",
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "bad_headings"),
        (b"order_no,carrier,tracking_no", "no_rows"),
        (b"order_no,tracking_no\nSO1,1", "bad_headings"),
        (b"order_no,carrier,tracking_no,trackng\nSO1,SF,1,", "bad_headings"),
        (b"order_no,carrier,tracking_no,order\nSO1,SF,1,SO2", "bad_headings"),
        (b'order_no,carrier,tracking_no\n"SO1,SF,1', "bad_csv"),
        (b'order_no,carrier,tracking_no\n"SO1"x,SF,1', "bad_csv"),
        (b"order_no,carrier,tracking_no\nSO1,SF,1\0", "not_text"),
        ("order_no,carrier\nSO1,1".encode("utf-16"), "bad_encoding"),
        (b"order_no,carrier,tracking_no\n\xff\xff\xff", "bad_encoding"),
        (b"PK\x03\x04workbook", "workbook"),
        (b"order_no,carrier,tracking_no" + b"\nSO1,SF,1" * 1001, "too_many_rows"),
        (b"order_no,carrier,tracking_no,remark\nSO1,SF,1," + b"a" * 5000, "bad_csv"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        sheet.read(content)
    assert refusal.value.code == ("empty_file" if not content else code)


@pytest.mark.parametrize(
    ("given", "text", "notes"),
    [
        ("SF1001", "SF1001", []),
        (" SF1001\t", "SF1001", ["spaces"]),
        ("\u3000SF1001\u00a0", "SF1001", ["spaces"]),
        ("ＳＦ１００１", "SF1001", ["full_width"]),
        ("'00123", "00123", ["text_mark"]),
        ('="00123"', "00123", ["text_mark"]),
        ("\ufeffSF\u200b1001", "SF1001", ["unseen_characters"]),
        ("'123456789012345000", "123456789012345000", ["text_mark"]),
        ("12345678901234500", "12345678901234500", ["look_at_last_digits"]),
        ("123456789012345001", "123456789012345001", []),
    ],
)
def test_a_cell_is_mended_where_nothing_is_lost(given: str, text: str, notes: list[str]) -> None:
    cell = code_of(given, "tracking_no", 60)
    assert (cell.text, cell.notes) == (text, notes)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("1.23457E+12", "scientific"),
        ("1,23457E+12", "scientific"),
        ("１.２３Ｅ＋１２", "scientific"),
        ("123456789012345000", "digits_lost"),
        ("773012345.0", "decimal"),
        ("#N/A", "formula_error"),
        ("###########", "formula_error"),
        ("1,234,567", "bad_characters"),
        ("=cmd|' /C calc'!A0", "bad_characters"),
        ("SF 1001", "bad_characters"),
        ("A" * 61, "bad_characters"),
    ],
)
def test_a_cell_that_lost_something_is_refused(given: str, code: str) -> None:
    with pytest.raises(Wrong) as refusal:
        code_of(given, "tracking_no", 60)
    assert (refusal.value.code, refusal.value.column) == (code, "tracking_no")


def test_units_are_whole_numbers() -> None:
    assert [whole_of(text, "quantity", 9) for text in ("", " 3 ", "３", "3.0")] == [None, 3, 3, 3]
    for text in ("0", "-1", "1.5", "ten", "10", "1e1"):
        with pytest.raises(Wrong, match="no whole number"):
            whole_of(text, "quantity", 9)
    assert cleaned("").text == ""

"""Refusals of a table as a file: each names the place and the remedy, none quotes its cells."""

from ledger.errors import LedgerError


class SheetRefused(LedgerError):
    """A file that is not taken, as a whole."""

    template = "The file was refused."


class SheetEmpty(SheetRefused):
    """No bytes, nothing but blanks, or nothing below the headings."""

    template = "The file is empty, or has no rows below the headings."


class SheetTooLarge(SheetRefused):
    """Larger than is read, as it is or unpacked."""

    template = "The file is larger than {limit_mib} MiB. Split it into several files."


class SheetKindUnsupported(SheetRefused):
    """Its first bytes say that it is something else, whatever its name."""

    template = "The file is {found}, not a table that is read here. Save it as XLSX or CSV."


class SheetBinary(SheetRefused):
    """Control bytes that no text file has."""

    template = "Line {line} holds bytes that no text file has. Save the file as XLSX or CSV."


class SheetEncodingUnsupported(SheetRefused):
    """Neither UTF-8 nor GB18030."""

    template = "Line {line} is valid in neither UTF-8 nor GB18030. Save the file as XLSX."


class SheetEncodingMixed(SheetRefused):
    """Some lines in one encoding, some in another: two files were put together."""

    template = (
        "Line {line} is not in UTF-8 like line {other_line}: two files were put together. "
        "Save all of it as XLSX."
    )


class SheetRowUnreadable(SheetRefused):
    """Quoting that never closes, or a line beyond any sense."""

    template = "Line {line} cannot be read: a quotation mark is not closed, or it is endless."


class SheetTooManyRows(SheetRefused):
    """More rows than one file may have."""

    template = "The file has more than {limit} rows. Split it into several files."


class SheetTooManyColumns(SheetRefused):
    """More columns than anybody fills in."""

    template = "Line {line} has more than {limit} columns. Delete those that are not needed."


class SheetCellTooLong(SheetRefused):
    """A cell with more than a spreadsheet holds."""

    template = "Line {line}, column {letters} holds more than {limit} characters. Shorten it."


class SheetRowTooLong(SheetRefused):
    """A row with more than anybody fills in."""

    template = "Line {line} holds more than {limit} characters. Delete what is not needed."


class SheetCellsMerged(SheetRefused):
    """Merged cells among the rows: which row a value belongs to cannot be told."""

    template = "The cells {cells} are merged. Unmerge them and fill in every row."


class SheetDamaged(SheetRefused):
    """An archive or XML that does not open, or holds what no workbook needs."""

    template = "The workbook is damaged or not one: {part}. Open it, save it anew as XLSX."

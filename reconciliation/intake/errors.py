"""Refusals of a bank file: each names the place and the remedy, none quotes the file's text."""

from ledger.errors import LedgerError


class StatementRefused(LedgerError):
    """A bank file that is not taken, as a whole; nothing of it was stored."""

    template = "The file was refused."


class FileIsEmpty(StatementRefused):
    """No bytes, or nothing but blanks."""

    template = "The file is empty. Download the statement again."


class FileTooLarge(StatementRefused):
    """Larger than the intake takes."""

    template = (
        "The file has {size_bytes} bytes; at most {limit_bytes} are taken. "
        "Download a shorter period."
    )


class FileTypeNotSupported(StatementRefused):
    """Its first bytes say that it is something else, whatever its name."""

    template = (
        "The file is {found}, not a statement format that is read here. "
        "Download the statement as CSV or camt.053."
    )


class FileIsBinary(StatementRefused):
    """Control bytes that no text file has."""

    template = "Line {line} holds bytes that no text file has (offset {offset})."


class EncodingNotSupported(StatementRefused):
    """Neither UTF-8 nor GB18030."""

    template = "Line {line}, column {column} is not valid {encoding}. Save as UTF-8 or GBK."


class LayoutNotRecognised(StatementRefused):
    """No header row of a known layout."""

    template = (
        "No header row of a known bank layout was found in the first {searched_lines} lines. "
        "Known: {known}."
    )


class ColumnMissing(StatementRefused):
    """The header row lacks a column that the layout needs: renamed or left out."""

    template = "Line {line}: the column {column} of layout {layout} is missing or renamed."


class ColumnRepeated(StatementRefused):
    """Two columns of the header row mean the same."""

    template = "Line {line}: the column {column} appears twice."


class RowMisshapen(StatementRefused):
    """A row with fewer or more cells than the header: cut, or shifted."""

    template = "Line {line} has {found_cells} cells; the header row has {expected_cells}."


class RowUnreadable(StatementRefused):
    """Quoting that never closes, or cells beyond any sense."""

    template = (
        "Line {line} cannot be read as a CSV row: a quote is not closed, a cell is huge, or there "
        "are too many."
    )


class RowContradictsItself(StatementRefused):
    """Both or neither of the amount columns filled, or an indicator against its column."""

    template = "Line {line}: {column} does not agree with the amounts of the row."


class FileTruncated(StatementRefused):
    """It ends before the end that this format has."""

    template = "The file ends at line {line} before its end is reached. Download it again."


class ValueNotUnderstood(StatementRefused):
    """A cell that is not what its column holds."""

    template = "Line {line}, column {column}: this is no {expected}."


class AccountNumberLossy(StatementRefused):
    """A spreadsheet turned the account number into 6.2E+18; its digits are gone."""

    template = (
        "Line {line}, column {column}: a spreadsheet has destroyed the account number. "
        "Import the file as the bank made it."
    )


class AccountNumberMissing(StatementRefused):
    """The file does not say whose statement it is."""

    template = "The file does not name its account."


class CurrencyNotSupported(StatementRefused):
    """A line in another currency than yuan."""

    template = "Line {line}: {currency} is not supported; only CNY statements are read."


class SignNotDecidable(StatementRefused):
    """Neither reading of the two amount columns agrees with the running balance."""

    template = (
        "Whether {column} means money in or out does not follow from the running balance "
        "(first break at line {line})."
    )


class LineInFuture(StatementRefused):
    """A movement of a day to come: the file was edited, or its dates were misread."""

    template = "Line {line} is dated {booked_on}, which is still to come."


class XmlForbidden(StatementRefused):
    """A DOCTYPE or entity declaration: no statement needs one."""

    template = "Line {line}: the XML carries a DOCTYPE or entity declaration."


class XmlTooDeep(StatementRefused):
    """Nested deeper than any statement."""

    template = "Line {line}: the XML is nested deeper than {limit_levels} levels."


class XmlMalformed(StatementRefused):
    """Not well-formed, or cut."""

    template = "Line {line}, column {column}: the XML is not well-formed or was cut off."


class FileTooManyLines(StatementRefused):
    """More than the statement of a year, or an entry of more parts than that."""

    template = "The file has more than {limit} lines. Download a shorter period."


class MessageNotSupported(StatementRefused):
    """Well-formed XML, but no camt.053 of a version that is read here."""

    template = "The XML is {found}; read here: {known}."

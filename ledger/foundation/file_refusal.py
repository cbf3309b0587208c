"""The refusal of an uploaded file, and the reasons that several kinds of files share."""

from ledger.errors import LedgerError

DAMAGED = "it is damaged or cut off"


class FileRefused(LedgerError):
    """An uploaded file is none that we keep."""

    template = "The file was not taken: {reason}"

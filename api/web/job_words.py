"""Why a job failed or left something undone, in words; for pages and the command line."""

from api.text_files import read_texts
from api.web.formatting import Language
from api.web.texts import label, text
from ledger.journeys.jobs.declaration import REFUSED, Facts

#: Facts that say what a run found wrong; each is said in a sentence of its own.
_FOUND = ("failed", "fault")


def error_words(code: str, language: Language) -> str:
    """Why an attempt failed, as far as it can be said in plain words."""
    known = read_texts("problems", language).get(code)
    if known is not None:
        return str(known["title"])
    if code.startswith(("sqlstate_", "database_")):
        return text(language, "jobs.error_database", code=code)
    return text(language, "jobs.error_unforeseen", code=code)


def is_reason(fact: str) -> bool:
    """Whether a fact of a run says why something was left undone."""
    return fact.startswith(REFUSED) or fact in ("month", "open", *_FOUND)


def reasons(facts: Facts, language: Language) -> list[str]:
    """Why a run left something undone, a sentence each; none for a run that did everything."""
    said = []
    for fact in sorted(facts):
        if fact.startswith(REFUSED):
            why = error_words(fact.removeprefix(REFUSED), language)
            said.append(text(language, "jobs.refused_for", count=facts[fact], why=why))
    if "open" in facts:
        books = str(facts["open"]).split(", ")
        named = text(language, "jobs.comma").join(
            label(language, "book_long", code) for code in books
        )
        said.append(text(language, "jobs.not_closed", month=facts["month"], books=named))
    for fact in _FOUND:
        if fact in facts:
            what = label(language, "job_fact", fact)
            said.append(text(language, "jobs.found_wrong", what=what, which=facts[fact]))
    return said

"""Refusals of the edge itself: what is wrong with a request before any book is opened."""

from ledger.errors import LedgerError


class MalformedBody(LedgerError):
    """The body is not what its content type says: broken JSON, invalid UTF-8, a broken form."""

    template = "The body cannot be read: {reason}."


class InvalidBody(LedgerError):
    """A field is missing, unknown, of the wrong type, or out of bounds."""

    template = "{field}: {reason}."


class InvalidParameter(LedgerError):
    """A query parameter or header is unknown, repeated, of the wrong type, or out of bounds."""

    template = "{parameter}: {reason}."


class BodyTooDeep(LedgerError):
    """Objects and lists are nested too deeply."""

    template = "The body is nested more than {limit} levels deep."


class BodyTooLarge(LedgerError):
    """The body is larger than the route takes."""

    template = "The body is larger than {limit} bytes."


class TooManyFields(LedgerError):
    """A form with more fields than any page of ours has; it was not taken apart."""

    template = "The form has more than {limit} fields."


class BodyTooSlow(LedgerError):
    """The body did not arrive in time."""

    template = "The body did not arrive within {limit_seconds} seconds."


class MediaTypeUnsupported(LedgerError):
    """The content type is not one the route reads."""

    template = "Send the body as {expected}."


class IdempotencyKeyMissing(LedgerError):
    """Every write needs a key, so that sending it twice does it once."""

    template = "Add the header Idempotency-Key: 1 to 255 visible characters, a new one a command."


class RouteNotFound(LedgerError):
    """No such address."""

    template = "There is nothing at this address."


class MethodNotAllowed(LedgerError):
    """The address exists, but not for this method."""

    template = "This address does not take {method}."


class NotSignedIn(LedgerError):
    """Neither a valid API key nor a session came with the request."""

    template = "Sign in, or send an API key as 'Authorization: Bearer gz_…'."


class ApiKeyRefused(LedgerError):
    """The API key is unknown, expired or revoked."""

    template = "The API key is unknown, expired or revoked."


class FormForged(LedgerError):
    """A write came with a session, but not from a page of ours."""

    template = "The request did not come from a page of this service; open the page anew."


class FormNeedsSession(LedgerError):
    """The form of a page came with an API key; keys write under /v1 alone."""

    template = "An API key writes under /v1 alone; the forms of pages are for who signs in."


class KeyReachesItself(LedgerError):
    """An API key asked for other keys, or for the sessions, of whoever it stands for."""

    template = (
        "An API key sees, replaces and ends itself alone; sign in for other keys and sessions."
    )


class StepUpNeeded(LedgerError):
    """A sensitive act by a session whose holder has not proved lately who she is."""

    template = (
        "This needs a fresh proof of who you are ({proof}): not older than {limit_minutes} "
        "minutes. Send it to /v1/me/proofs, then send the same request again."
    )


class DatabaseUnavailable(LedgerError):
    """The database cannot be reached or has no connection free; a write may have been done."""

    template = (
        "The database cannot be reached. Send the same request, a write with the same key, "
        "again in {retry_after_seconds} seconds."
    )


class RateLimited(LedgerError):
    """One caller or address has sent more requests than it may at once; nothing was done."""

    template = "Too many requests at once. Try again in {retry_after_seconds} seconds."


class InternalError(LedgerError):
    """A fault of the service; it is in the log under the request's number."""

    template = "The service made a mistake; it has been written down under {request_id}."

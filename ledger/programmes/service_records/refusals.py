"""Why a service is not recorded, verified or objected to."""

from ledger.errors import LedgerError


class ServiceInFuture(LedgerError):
    """Only what has happened is recorded."""

    template = "The service ends at {ended_at}, which has not come yet."


class ServiceTooLate(LedgerError):
    """The time for late entries is over."""

    template = "The service was {days} days ago; it can be recorded for {limit} days."


class ServiceAlreadyDecided(LedgerError):
    """A record is verified or declined once."""

    template = "The service record is {status} already."


class VerifierInvolved(LedgerError):
    """Who served, was served, recorded or verified first cannot verify."""

    template = "The {role} of a service cannot decide about it."


class ServiceForOwnFamily(LedgerError):
    """What people do for each other at home is no voluntary service."""

    template = "Who served and who was served are of one {tie}: nothing is recorded for that."


class RecorderTooClose(LedgerError):
    """Somebody else records what the own family does."""

    template = "You and who served are of one {tie}: let somebody else record it."


class VerifierTooClose(LedgerError):
    """Nobody decides about what the own family does."""

    template = "You and somebody of this service are of one {tie}: somebody else must decide."


class ServiceOverlaps(LedgerError):
    """Nobody serves twice at the same time."""

    template = "The time overlaps service {record_id}, which is verified."


class ServiceNotCredited(LedgerError):
    """Only what was verified, and not cancelled yet, can be cancelled."""

    template = "The service record is {status}; there is nothing to take back."

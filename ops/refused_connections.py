"""Why a database does not let us in, in one sentence that says what to do.

Drivers answer with whatever the system call, the server or the TLS library said; none of it tells
an administrator which setting to look at.
"""

import errno
import os
import re
import socket
import ssl

from sqlalchemy.exc import DBAPIError

from ledger.database import sqlstate
from ops.refusals import AdministratorMust

#: What a driver says to an address that is none; a port beyond 65535 overflows.
UNREADABLE = (ValueError, OverflowError)
_ERRNO = re.compile(r"\[Errno -?\d+\] ")
#: What the server said, by SQLSTATE → what to do; `variable` is the one with the address.
_BY_STATE = {
    "28P01": "The password or the login is wrong; correct them in {variable}.",
    "28000": "The server's pg_hba.conf does not let this login in from here, or only over TLS; "
    "add a line for it there, or ?sslmode=require to the address.",
    "3D000": "There is no database of that name; create it (CREATE DATABASE … OWNER "
    "gongzhang_admin) or correct the name in {variable}.",
    "53300": "All connections of the server are taken; raise its max_connections, or lower "
    "GONGZHANG_POOL_SIZE or the number of workers.",
    "53100": "The disk of the database is full; make room there (docs/runbook.md) and try again.",
    "57P03": "The server is starting or recovering; wait a moment and try again.",
    "57P01": "The server is being shut down; start it again and try again.",
}


#: What the server says while a command is at work, by SQLSTATE → what to do.
_AT_WORK = {
    "53100": _BY_STATE["53100"],
    "53200": "The server has no memory left; look at its work_mem and max_connections.",
    "53300": _BY_STATE["53300"],
    "57P01": _BY_STATE["57P01"],
    "57P02": "The server crashed and recovers; wait a moment, try again, and look at its log.",
    "57P03": _BY_STATE["57P03"],
    "25006": "The server only reads: it is a standby; correct the host, or promote it.",
}


class ServerUnsuitable(AdministratorMust):
    """No connection, a server that is too old, or a login without a right that is needed."""


def why_refused(error: BaseException, variable: str) -> str:
    """One line: what was answered, and what to do about the address in a variable."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    said = _said(cause)
    if isinstance(error, UNREADABLE):  # may quote a part of a password
        said = "the address cannot be read"
    return (
        f"No connection to the database: {said}. {_remedy(error, cause).format(variable=variable)}"
    )


def why_given_up(error: Exception) -> str | None:
    """One line about a database that failed while a command was at work; None: a bug of ours."""
    if not isinstance(error, DBAPIError):
        return None
    said = _said(error.orig or error)
    if "No space left on device" in said:
        return _AT_WORK["53100"]
    remedy = _AT_WORK.get(sqlstate(error) or "")
    if remedy is None and error.connection_invalidated:
        remedy = "The connection was lost; see whether the server runs and its disk has room."
    return None if remedy is None else f"The database gave up: {said}. {remedy}"


def _said(cause: BaseException) -> str:
    """What was answered, in one line and in words: no number that only programmers look up."""
    if isinstance(cause, socket.gaierror):
        return "the name of the server is not known"
    if isinstance(cause, TimeoutError):
        return os.strerror(errno.ETIMEDOUT)
    if isinstance(cause, OSError) and cause.errno and not isinstance(cause, ssl.SSLError):
        return os.strerror(cause.errno)
    said = _ERRNO.sub("", " ".join(str(cause).split())).removesuffix(".")
    return said or type(cause).__name__


def _remedy(error: BaseException, cause: BaseException) -> str:
    if isinstance(error, UNREADABLE):
        return (
            "Correct the address in {variable}: postgresql://login:password@host:5432/database, "
            "where / # @ : ? % and spaces of a password are written %2F %23 %40 %3A %3F %25 %20."
        )
    state = sqlstate(error) if isinstance(error, DBAPIError) else None
    if state in _BY_STATE:
        return _BY_STATE[state]
    chain = [cause, *_causes(cause)]
    if any(isinstance(one, socket.gaierror) for one in chain):
        return "The name of the server cannot be resolved; correct the host in {variable}."
    if any(isinstance(one, ssl.SSLError) for one in chain) or "SSL" in str(cause):
        return (
            "Server and address disagree about TLS; look at sslmode in the address and at ssl "
            "in the server's postgresql.conf."
        )
    if any(isinstance(one, TimeoutError) for one in chain):
        return "The server does not answer; look at host, port and firewall in {variable}."
    if any(isinstance(one, ConnectionError | FileNotFoundError) for one in chain):
        return "Nothing listens there; start PostgreSQL, or correct host and port in {variable}."
    if any(isinstance(one, PermissionError) for one in chain):
        return "This user may not use the socket; run as a user who may, or connect to a host."
    return "Look at the address in {variable}, and at the server's own log."


def _causes(error: BaseException) -> list[BaseException]:
    """What led to an error, nearest first."""
    found: list[BaseException] = []
    following = error.__cause__ or error.__context__
    while following is not None and len(found) < 10:
        found.append(following)
        following = following.__cause__ or following.__context__
    return found

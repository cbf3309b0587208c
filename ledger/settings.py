"""One frozen Settings struct, read once from GONGZHANG_* and passed down."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

_PREFIX = "GONGZHANG_"
_ADDRESS = r"^(postgres(ql)?://.+)?$"


class UnknownSetting(Exception):
    """A GONGZHANG_ variable that no setting has: most often a typing error."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set from outside; the README lists each with its meaning."""

    #: PostgreSQL address of the service; empty: the embedded server.
    database_url: Annotated[str, Meta(pattern=_ADDRESS)] = ""
    #: Address for ``gongzhang migrate``; empty: the same as ``database_url``.
    admin_database_url: Annotated[str, Meta(pattern=_ADDRESS)] = ""
    #: Where the embedded server and uploaded files live.
    data_dir: str = ".gongzhang"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8000
    #: Signs codes and cookies, keys blind indexes; made once into the data directory when empty.
    secret_key: str = ""
    #: Posting connections of each service process.
    lanes: Annotated[int, Meta(ge=1, le=16)] = 1
    #: Most commands one posting transaction takes.
    batch_cap: Annotated[int, Meta(ge=1, le=1000)] = 256
    #: Commands that may wait; beyond it: 503 with Retry-After.
    queue_cap: Annotated[int, Meta(ge=1, le=1_000_000)] = 4096
    #: Pooled connections for everything but posting.
    pool_size: Annotated[int, Meta(ge=1, le=200)] = 10
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: The cookie is ``__Host-`` and Secure; for installations behind TLS.
    secure_cookies: bool = False
    #: The page with the API's description is served.
    docs: bool = True

    def data_path(self) -> Path:
        """The data directory as an absolute path."""
        return Path(self.data_dir).expanduser().resolve()

    def migration_url(self) -> str:
        """The address that ``gongzhang migrate`` uses."""
        return self.admin_database_url or self.database_url


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment.

    Raises:
        UnknownSetting: a GONGZHANG_ variable that is none of ours, or a value of the wrong type.
    """
    source = os.environ if environment is None else environment
    known = {field.name for field in msgspec.structs.fields(Settings)}
    given: dict[str, str] = {}
    for variable, value in source.items():
        if not variable.startswith(_PREFIX) or variable.startswith(f"{_PREFIX}TEST_"):
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if name not in known:
            raise UnknownSetting(
                f"{variable} is not a setting of 共账; known are "
                + ", ".join(sorted(_PREFIX + item.upper() for item in known))
            )
        given[name] = value
    try:
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$.")
        variable = _PREFIX + place.rstrip("`").upper()
        if "matching regex" in text:
            text = "an address looks like postgresql://user:password@host/database"
        if variable == f"{_PREFIX}PORT":
            text = "a port is a number from 1 to 65535"
        raise UnknownSetting(f"{variable} has a value that cannot be used: {text}") from error

"""One frozen Settings struct, read once from GONGZHANG_* and passed down."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from ledger.setting_facts import (
    EMPTY_ADDRESS,
    PREFIX,
    SettingFact,
    UnknownSetting,
    about,
    check_addresses,
    facts_of,
    not_a_setting,
    read_secret_files,
    secret_files,
    setting_text,
)
from ledger.sign_in_settings import SignInSettings

__all__ = [
    "SettingFact",
    "Settings",
    "UnknownSetting",
    "list_settings",
    "read_settings",
    "setting_text",
]

_ADDRESS = r"^(postgres(ql)?://.+)?$"


class Settings(SignInSettings, frozen=True, kw_only=True):
    """Everything that can be set from outside; ``docs/settings.md`` lists each with its meaning."""

    database_url: Annotated[
        str,
        about(
            "服务用的数据库地址；不设为自带的 PostgreSQL，设成空的会被拒绝。",
            "PostgreSQL address of the service; not set: the embedded server; empty: refused.",
            secret=True,
            pattern=_ADDRESS,
        ),
    ] = ""
    admin_database_url: Annotated[
        str,
        about(
            "`migrate`、`backup`、`restore` 用的地址；空则与服务相同。",
            "Address for `migrate`, `backup` and `restore`; empty: that of the service.",
            secret=True,
            pattern=_ADDRESS,
        ),
    ] = ""
    data_dir: Annotated[
        str,
        about(
            "自带数据库、密钥和演示数据的目录。",
            "Where the embedded server, the secret and the demo's record live.",
        ),
    ] = ".gongzhang"
    host: Annotated[str, about("监听地址。", "Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, about("监听端口。", "Port to listen on.", ge=1, le=65535)] = 8000
    secret_key: Annotated[
        str,
        about(
            "签兑换码和 Cookie、加密个人信息；空则在数据目录里生成一次；多台机器要用同一个。",
            "Signs codes and cookies, seals personal data; made once into the data directory when "
            "empty; the same on every machine.",
            secret=True,
        ),
    ] = ""
    accepted_secret_key: Annotated[
        str,
        about(
            "更换密钥期间同时承认的另一把。",
            "A second secret that is accepted while one replaces the other.",
            secret=True,
        ),
    ] = ""
    secret_key_file: Annotated[
        str,
        about(
            "密钥文件，每行一把，当前的在首行；服务运行时会跟随它的改动。",
            "File with the secrets, one a line, the current one first; followed while running.",
        ),
    ] = ""
    lanes: Annotated[
        int, about("每个服务进程的记账连接数。", "Posting connections of a process.", ge=1, le=16)
    ] = 1
    batch_cap: Annotated[
        int,
        about(
            "一次记账事务最多的命令数。",
            "Most commands that one posting transaction takes.",
            ge=1,
            le=1000,
        ),
    ] = 256
    queue_cap: Annotated[
        int,
        about(
            "最多排队的命令数；超过即答 503。",
            "Commands that may wait; beyond it 503 with Retry-After.",
            ge=1,
            le=1_000_000,
        ),
    ] = 4096
    pool_size: Annotated[
        int,
        about(
            "记账以外的数据库连接数。",
            "Pooled connections for everything but posting.",
            ge=1,
            le=200,
        ),
    ] = 10
    connections: Annotated[
        int,
        about(
            "每个服务进程同时接受的网络连接数；再多的排队等候。不超过系统允许打开的文件数。",
            "Connections that a process holds at once; more wait. Bounded by the files that the "
            "system lets it open.",
            ge=64,
            le=65_536,
        ),
    ] = 4096
    worker: Annotated[
        Literal["beside", "separate"],
        about(
            "定时任务由 `serve` 附带的进程做（beside），"
            "还是由另外运行的 `gongzhang worker` 做（separate）。",
            "Jobs are done by a process beside `serve` (beside), or by a `gongzhang worker` that "
            "runs by itself (separate).",
        ),
    ] = "beside"
    access_log: Annotated[
        bool,
        about(
            "每个请求记一行日志（路由、状态、耗时、编号，不含内容）。",
            "One line in the log for each request: route, status, duration, ids; no contents.",
        ),
    ] = True
    metrics_token: Annotated[
        str,
        about(
            "读取 `/metrics` 的口令；空则只有本机（不经代理）能读。",
            "Token for `/metrics`, sent as `Authorization: Bearer`; empty: only this machine may "
            "read it, not through a proxy.",
            secret=True,
        ),
    ] = ""
    metrics_dir: Annotated[
        str,
        about(
            "各进程汇总监控数字的目录；空则由 `serve` 临时建一个。",
            "Where the processes of a service put their figures together; empty: `serve` makes "
            "one for as long as it runs.",
        ),
    ] = ""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        about("日志级别。", "Level of the logs (one JSON line an event)."),
    ] = "info"
    secure_cookies: Annotated[
        bool,
        about(
            "在 TLS 后面设为 true：Cookie 用 `__Host-`，浏览器只走 HTTPS。",
            "True behind TLS: `__Host-` cookies, and browsers come over HTTPS only.",
        ),
    ] = False
    trusted_proxies: Annotated[
        str,
        about(
            "可信代理的地址或网段，用逗号分隔；只有它们写的 X-Forwarded-For 才算数。",
            "Proxies whose X-Forwarded-For is believed: addresses or networks, by commas.",
        ),
    ] = ""
    rate_limit_percent: Annotated[
        int,
        about(
            "请求频率上限的百分比；0 为不限；每个进程各自计数。",
            "Share of the built-in limits of requests a caller or address may send; 0: no limits. "
            "Each process counts for itself.",
            ge=0,
            le=10_000,
        ),
    ] = 100
    backup_dir: Annotated[
        str,
        about(
            "备份目录，最好在另一块盘上；自带的数据库在服务运行时自动备份到这里，日志也存在这里，可恢复到某一时刻；空为不自动备份。",
            "Directory of the backups, best on another disk; while serving, the embedded database "
            "is backed up there by itself, with its log, so that it can go back to a moment; "
            "empty: not by itself.",
        ),
    ] = ""
    backup_key_file: Annotated[
        str,
        about(
            "封备份的密钥文件，备份里没有它；另存一份在别处。",
            "File with the key that seals backups; it is in none of them: keep a copy elsewhere.",
        ),
    ] = ""
    backup_hours: Annotated[
        int,
        about("自动备份的间隔小时数。", "Hours between two backups by itself.", ge=1, le=8760),
    ] = 24
    backup_keep: Annotated[
        int,
        about("保留最近几份备份。", "How many of the newest backups are kept.", ge=1, le=10_000),
    ] = 14
    backup_drill_days: Annotated[
        int,
        about(
            "自带的数据库：每隔多少天把最新的备份试恢复一次并核对；0 为不试。",
            "The embedded database: days between two trials in which the newest backup is restored "
            "aside and proven; 0: none.",
            ge=0,
            le=3650,
        ),
    ] = 30
    webhooks_to_loopback: Annotated[
        bool,
        about(
            "开发时允许网络回调发往本机（http）；正式环境不要打开。",
            "Lets webhooks go to this machine over http; for developing only.",
        ),
    ] = False
    webhook_kept_days: Annotated[
        int,
        about("网络回调记录的保留天数。", "Days to keep ended webhook deliveries.", ge=7, le=3650),
    ] = 90
    files_quota_mib: Annotated[
        int,
        about(
            "每个项目或小区的附件最多占多少 MiB。",
            "How many MiB the files of one programme or estate may take.",
            ge=1,
            le=1_000_000,
        ),
    ] = 2048
    docs: Annotated[
        bool, about("是否提供接口说明页 `/docs`。", "Serve the API's page at `/docs`.")
    ] = True

    def data_path(self) -> Path:
        """The data directory as an absolute path."""
        return Path(self.data_dir).expanduser().resolve()

    def migration_url(self) -> str:
        """The address with which one migrates, backs up and restores."""
        return self.admin_database_url or self.database_url


def list_settings() -> list[SettingFact]:
    """Every setting in the order of declaration."""
    return facts_of(Settings)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment.

    Raises:
        UnknownSetting: a GONGZHANG_ variable that is none of ours, or a value of the wrong type.
    """
    source = os.environ if environment is None else environment
    known = {field.name for field in msgspec.structs.fields(Settings)}
    files = secret_files(list_settings())
    given: dict[str, str] = read_secret_files(source, files)
    for variable, value in source.items():
        if not variable.startswith(PREFIX) or variable.startswith(f"{PREFIX}TEST_"):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if variable in files:
            continue
        if name not in known:
            raise not_a_setting(variable, [PREFIX + item.upper() for item in known])
        given[name] = value
    try:
        settings = msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$.")
        variable = PREFIX + place.rstrip("`").upper()
        if "matching regex" in text:
            text = "an address looks like postgresql://user:password@host/database"
        if variable in (f"{PREFIX}PUBLIC_URL", f"{PREFIX}OIDC_ISSUER"):
            text = "a web address begins with https://; http:// only on this machine"
        if variable == f"{PREFIX}PORT":
            text = "a port is a number from 1 to 65535"
        raise UnknownSetting(f"{variable} has a value that cannot be used: {text}") from error
    check_addresses(given)
    if "database_url" in given and not settings.database_url:
        raise UnknownSetting(f"{PREFIX}DATABASE_URL is set and empty: {EMPTY_ADDRESS}")
    return settings

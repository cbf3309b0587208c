"""Settings of the sign-in: second factor, step-up, the identity provider."""

from typing import Annotated, Literal

import msgspec

from ledger.setting_facts import about

_WEB_ADDRESS = r"^(https://[^\s?#]+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?[^\s?#]*)?\Z"


class SignInSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set of the sign-in; a part of ``Settings``."""

    second_factor: Annotated[
        Literal["required", "offered"],
        about(
            "受托人、业委会、会计、审计、管理员登录时必须有第二重验证（required），或自愿（offered）。",
            "Trustees, committee, accountants, auditors, administrators must have a second factor "
            "(required), or may have one (offered).",
        ),
    ] = "required"
    step_up_minutes: Annotated[
        int,
        about(
            "重要操作前，上次验证超过这么多分钟就再验证一次。",
            "A sensitive act asks again who one is when the last proof is older, in minutes.",
            ge=1,
            le=60,
        ),
    ] = 5
    public_url: Annotated[
        str,
        about(
            "用户打开的网址，例如 https://books.example；统一登录要用它。",
            "The address that people open, such as https://books.example; an identity provider "
            "sends them back to it.",
            pattern=_WEB_ADDRESS,
        ),
    ] = ""
    oidc_issuer: Annotated[
        str,
        about(
            "统一登录（OpenID Connect）的签发者网址；空为没有。",
            "Issuer of the identity provider (OpenID Connect); empty: none.",
            pattern=_WEB_ADDRESS,
        ),
    ] = ""
    oidc_client_id: Annotated[
        str, about("在统一登录处登记的应用编号。", "Our client id at the identity provider.")
    ] = ""
    oidc_client_secret: Annotated[
        str,
        about("应用密钥；公开应用为空。", "Its secret; empty for a public client.", secret=True),
    ] = ""
    oidc_name: Annotated[
        str,
        about("登录按钮上的名字。", "What the button at the sign-in calls it."),
    ] = "统一登录"
    oidc_second_factor: Annotated[
        str,
        about(
            "统一登录的哪些 amr 或 acr 算第二重验证，用逗号分隔；空为都不算。",
            "Which amr or acr of the provider count as a second factor, by commas; empty: none.",
        ),
    ] = ""

"""What a browser calls itself, in the words by which its owner recognises it."""

#: The first that is found names the browser; many claim to be several.
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("AlipayClient", "支付宝"),
    ("HuaweiBrowser", "华为浏览器"),
    ("MiuiBrowser", "小米浏览器"),
    ("QQBrowser", "QQ 浏览器"),
    ("UCBrowser", "UC 浏览器"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def device_words(user_agent: str | None) -> str | None:
    """Browser and system, such as ``Chrome · Android``; None when neither is known."""
    named = (
        next((words for mark, words in marks if mark in (user_agent or "")), None)
        for marks in (_BROWSERS, _SYSTEMS)
    )
    return " · ".join(words for words in named if words) or None

"""Words of the core's own that stand on receipts: why something goes back, lapses or is near. Pure.

Same shape as every catalogue: key -> (zh-CN, English); what stands in braces is filled in by told().
"""

from typing import Final

LANGUAGES: Final = ("zh-CN", "en")

GIVEN_BACK = "given_back"
TAKEN_BACK = "taken_back"
LAPSED_BACK = "lapsed_back"
BALANCE_BACK = "balance_back"
PRINCIPAL_BACK = "principal_back"
BONUS_BACK = "bonus_back"
BONUS_USED = "bonus_used"
WITHDRAWN = "withdrawn"
NEAR_TIER = "near_tier"
NEW_TIER = "new_tier"
TIER_FALLS = "tier_falls"
POINTS_LAPSE = "points_lapse"

WORDS: Final[dict[str, tuple[str, str]]] = {
    GIVEN_BACK: ("退还：{because}", "Given back: {because}"),
    TAKEN_BACK: ("收回：{because}", "Taken back: {because}"),
    LAPSED_BACK: ("已过期，不再退还：{because}", "Past its last day, not given back: {because}"),
    BALANCE_BACK: ("余额支付部分退回余额", "What the balance paid goes back to the balance"),
    PRINCIPAL_BACK: ("充值退款，收回未使用的本金", "Top-up refunded: unused principal taken back"),
    BONUS_BACK: ("充值退款，先收回赠送金额", "Top-up refunded: its gift is taken back first"),
    BONUS_USED: (
        "赠送金额已使用 {amount} 元，从本金扣除",
        "{amount} of the gift was used and is taken from the principal",
    ),
    WITHDRAWN: ("退货后不再满足：{because}", "No longer reached after the return: {because}"),
    NEAR_TIER: ("再得 {amount} 成长值升为{name}", "{amount} to {name}"),
    NEW_TIER: ("您已升为{name}", "You are now {name}"),
    TIER_FALLS: (
        "{day} 前再得 {amount} 成长值可保留{name}，否则降为{lower}",
        "{amount} more by {day} keeps {name}; otherwise {lower}",
    ),
    POINTS_LAPSE: ("{amount} 积分将于 {day} 到期", "{amount} points lapse after {day}"),
}

Value = str | int | dict[str, str]


def told(key: str, **values: Value) -> dict[str, str]:
    """One sentence in both languages; a value that is a text by language is taken in that language."""
    return {
        language: text.format_map({name: _in(value, language) for name, value in values.items()})
        for language, text in zip(LANGUAGES, WORDS[key], strict=True)
    }


def money(amount: int) -> str:
    """Minor units as people read them: 5000 is "50.00"."""
    return f"{amount // 100}.{amount % 100:02d}"


def _in(value: Value, language: str) -> str:
    if isinstance(value, dict):
        return value.get(language) or next(iter(value.values()), "")
    return str(value)

"""What members read on their own pages that the gateway knows and the portal does not: units, and what
happened to them. Same shape as every catalogue: key -> (zh-CN, English)."""

from typing import Final

from shopbell.look.words import LANGUAGES, say

Text = dict[str, str]

WORDS: Final[dict[str, tuple[str, str]]] = {
    "guest.unit.PTS": ("积分", "Points"),
    "guest.unit.QPT": ("成长值", "Points toward the next tier"),
    "guest.unit.CNY": ("储值余额", "Stored value"),
    "guest.unit.CNY.bonus": ("赠送余额", "Bonus balance"),
    "guest.order": ("消费", "Purchase"),
    "guest.return": ("退货", "Return"),
    "guest.void": ("整单撤销", "Purchase undone"),
    "guest.enrolled": ("入会", "You became a member"),
    "guest.checked_in": ("到店签到", "Checked in"),
    "guest.visit_by_network": ("到店（门店 Wi-Fi）", "In the store, by its Wi-Fi"),
    "guest.visit_by_beacon": ("到店（摇一摇）", "In the store, by a shake near a beacon"),
    "guest.visit_by_tag": ("到店（会员标签）", "In the store, by your tag"),
    "guest.expired": ("{what}到期", "{what}: lapsed"),
    "guest.posted": ("获得{what}", "{what}: given"),
    "guest.reversed": ("{what}退回", "{what}: given back"),
    "guest.used": ("使用{what}", "{what}: used"),
    "guest.card_linked": ("新增一张卡或码", "A card or code was added"),
    "guest.card_changed": ("卡或码状态变更", "A card or code was changed"),
    "guest.card_lost": ("挂失一张卡或码", "A card or code was reported lost"),
    "guest.consent_given": ("同意：{purpose}", "Allowed: {purpose}"),
    "guest.consent_ended": ("撤回同意：{purpose}", "No longer allowed: {purpose}"),
    "guest.export.elsewhere": (
        "以上是本店所知的一切。总部另外保存：手机号码原文、生日的年份（若您告诉过我们）、在其他门店发生的一切，"
        "以及本店已发送事件的副本。请向总部索取那一部分。",
        "This is all that this store knows. Headquarters also keeps: the phone number itself, the year of"
        " your birth if you told us, what happened in other stores, and copies of the events that this store"
        " sent. Ask headquarters for that part.",
    ),
    "guest.export.phone": (
        "本店只保存号码的加密信封（只有总部能打开）和一个带密钥的摘要，看不到号码本身。",
        "This store keeps the number only in an envelope that headquarters alone can open, and a keyed hash"
        " of it. It cannot read the number.",
    ),
    "guest.export.log": (
        "账目事件（包括每次刷卡、扫码、到店的时间和地点）不含姓名和电话，按法律要求保留；其中的会员编号在注销后不再指向任何人。",
        "Events of the books, which also hold when and where a card or code was shown and when you were in"
        " the store, have no name and no number in them and are kept as the law asks; once you are forgotten,"
        " the member number in them leads to nobody.",
    ),
    "guest.purpose.marketing": ("接收优惠和新品消息", "offers and news"),
}


def both(key: str, **values: str | Text) -> Text:
    """A text in both languages; a value that is a text by language is said in that language."""
    return {
        language: say(
            "guest." + key, language, WORDS, **{name: _in(each, language) for name, each in values.items()}
        )
        for language in LANGUAGES
    }


def unit_name(code: str) -> Text:
    """What people call a unit; its code where they have no word for it."""
    known = f"guest.unit.{code}" in WORDS
    return both("unit." + code) if known else dict.fromkeys(LANGUAGES, code)


def purpose_name(purpose: str) -> Text:
    """What people call a purpose; its code where they have no word for it."""
    return (
        both("purpose." + purpose)
        if f"guest.purpose.{purpose}" in WORDS
        else dict.fromkeys(LANGUAGES, purpose)
    )


def _in(value: str | Text, language: str) -> str:
    return value if isinstance(value, str) else value.get(language, "")

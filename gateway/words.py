"""The words a terminal's display shows, in Chinese and English; said through shopbell.look.words.say().

Every line fits 128 pixels at 14 pixels a Chinese character, the greeting 104 at 24. What is said when a card
cannot be used is the same for every reason: a bystander learns nothing, and the next step is a person.
"""

WORDS: dict[str, tuple[str, str]] = {
    "screen.greeted": ("{name} 欢迎", "Hi {name}"),
    "screen.greeted.nameless": ("欢迎光临", "Welcome"),
    "screen.greeted.next": ("再得 {points} 升{tier}", "{points} to {tier}"),
    "screen.greeted.tier": ("{tier}会员", "{tier} member"),
    "screen.greeted.plain": ("会员", "Member"),
    "screen.unknown": ("您好", "Hello"),
    "screen.unknown.not_known": ("新卡？请问店员", "New card? Ask us"),
    "screen.unknown.no_cache": ("名单未到，请问店员", "No list yet. Ask us"),
    "screen.blocked": ("请稍候", "One moment"),
    "screen.blocked.help": ("店员马上来帮您", "Staff will help"),
}

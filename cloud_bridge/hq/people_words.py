"""HQ's words for people and their own data: phones, consents, being forgotten; in Chinese and English."""

from typing import Final

PEOPLE_WORDS: Final[dict[str, tuple[str, str]]] = {
    "hq.member.phone": ("手机 {phone}", "Phone {phone}"),
    "hq.member.phone.verified": ("已核验", "Verified"),
    "hq.member.phone.unverified": ("未核验", "Not verified"),
    "hq.member.phone.sealed": ("手机号尚未打开", "A phone number is still sealed"),
    "hq.member.consents": ("同意", "Consents"),
    "hq.member.consents.none": ("没有同意任何附加用途", "Nothing more was agreed to"),
    "hq.member.consent.given": ("同意", "Agreed"),
    "hq.member.consent.withdrawn": ("不同意", "Not agreed"),
    "hq.member.consent.when": ("{day}，文本 {text}", "{day}, text {text}"),
    "hq.member.seen": (
        "最近到店：{day}（{place}，共 {times} 次）",
        "Last in a store on {day} ({place}, visits told: {times})",
    ),
    "hq.member.forgotten": (
        "本人要求删除：{day}（{place}），已完成",
        "Asked to be forgotten on {day} ({place}): done",
    ),
    "hq.member.forgotten.hq": ("总部", "headquarters"),
    "hq.purpose.marketing": ("营销信息", "Marketing"),
    "hq.purpose.profiling": ("个性化", "Personal offers"),
    # Exceptions
    "hq.exception.phone_closed": (
        "此网关送来的手机号，总部的密钥打不开。号码仍密封保存；放回正确的密钥并重启总部",
        "No key of HQ opens the phone numbers of this gateway. They are kept sealed: put the right key back "
        "and start HQ again",
    ),
    "hq.exception.phone_differs": (
        "送来的手机号与门店所认的不符，未采用",
        "A phone number is not what its store knows it by; it was not taken",
    ),
    "hq.exception.maybe_one_person": (
        "可能是同一个人：收银台核验的手机号也属于另一会员",
        "Maybe one person: a phone that a till verified is another member's too",
    ),
    "hq.exception.code_twice": (
        "同一个会员码被用了两次：可能有人拍下了它，或一家门店断网时无从得知。请联系会员核对这两次",
        "One member code was taken twice: somebody may have photographed it, and a store that was cut off "
        "could not know. Ask the member about both",
    ),
    "hq.exception.code_unproved": (
        "凭会员码免密花了钱，但总部查不到这样出示过，或已用于另一笔：请核对这台网关",
        "Something was spent without the PIN by a code that was not shown for it, or is another act's: look "
        "at this gateway",
    ),
    "hq.exception.forgotten_money": (
        "已删除的会员还有储值余额 ¥{amount}，请联系门店退还",
        "Somebody who was forgotten has ¥{amount} of stored value left: see that it is paid out",
    ),
    "hq.merge": ("合并为后者", "Merge into the second"),
    "hq.merge.not": ("是两个人", "They are two people"),
    "hq.merge.sure": ("合并后无法拆开。再按一次确认", "It is for good. Press again to merge"),
    # Types of events
    "hq.type.member.forgotten": ("要求删除", "Asked to be forgotten"),
    "hq.type.member.merged": ("会员合并", "Members merged"),
    "hq.type.consent.changed": ("同意变更", "Consent"),
}

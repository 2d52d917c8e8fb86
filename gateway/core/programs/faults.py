"""What may be wrong with programs: one name for each fault, with words for people in both languages."""

from typing import Final, NamedTuple


class Problem(NamedTuple):
    """Where (a JSON pointer, "" the whole), which of FAULTS, and what exactly, so that it can be mended."""

    pointer: str
    reason: str
    hint: str


FAULTS: Final[dict[str, tuple[str, str]]] = {
    "shape": ("格式不对", "Not the shape that is expected here"),
    "too_large": ("文件过大", "Too large"),
    "too_deep": ("嵌套过深", "Nested too deeply"),
    "too_many": ("数量过多", "Too many"),
    "twice": ("重复", "There twice"),
    "unknown_tier": ("没有这个等级", "No such tier"),
    "unknown_template": ("没有这个券或卡模板", "No such template of a coupon or pass"),
    "unknown_role": ("没有这个角色", "No such role"),
    "unknown_name": ("没有这个名称", "No such name"),
    "bad_unit": ("此单位不能这样使用", "This unit cannot be used so"),
    "bad_policy": ("离线策略无效", "No such offline policy"),
    "wrong_effect": ("此触发时机不能有这个效果", "This effect cannot happen on this trigger"),
    "wrong_condition": ("此触发时机不能有这个条件", "This condition cannot be asked on this trigger"),
    "wrong_template": ("模板类型不对", "Not the right kind of template"),
    "mixed_steps": ("效果属于不同的计算步骤", "Effects of different steps of the computation"),
    "no_effect": ("没有任何效果", "Nothing happens"),
    "not_one": ("须且只能选一种", "Exactly one of these must be given"),
    "empty": ("没有限定任何内容", "Says nothing"),
    "never": ("永远不会成立", "Can never hold"),
    "reversed": ("上下限颠倒", "The end is before the beginning"),
    "no_such_day": ("没有这一天", "No such day"),
    "not_rising": ("须逐级升高", "Must rise"),
    "class_spans": ("互斥组跨越不同步骤", "An exclusive class in different steps shuts nothing out"),
    "unchosen_debit": ("扣减须由顾客选择", "What takes from a member must be chosen"),
    "words_missing": ("缺少中文或英文", "Words must be there in Chinese and English"),
    "braces": ("花括号不成对", "A brace has no partner"),
    "unknown_figure": ("没有这个数字", "No such figure"),
    "unclear_figure": ("有多个同名数字", "Several figures have this name"),
}

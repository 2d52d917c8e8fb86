"""The demo shop's goods and staff are what a till, an import and the demo need."""

import json
from typing import get_args

import pytest

from gateway.core.orders.model import GOODS, OPEN, TOPUP, Good
from samples.brand import read_brand, read_members
from samples.build import RULES
from samples.shop import minor, read_goods, read_staff

GOODS_COUNT = 40
IN_STORE = range(20, 30)  # GS1's prefixes for codes a shop gives itself


def check_digit(code: str) -> int:
    """The last digit of an EAN-13, by GS1's rule: weights 1 and 3 from the left, up to the next ten."""
    return -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(code[:12])) % 10


def test_there_are_forty_goods_in_both_languages() -> None:
    goods = [article.good for article in read_goods()]
    assert len({good.sku for good in goods}) == GOODS_COUNT
    assert all(good.name["zh-CN"] and good.name["en"].isascii() for good in goods)
    assert all(good.category for good in goods)


def test_every_barcode_is_an_in_store_ean_13_and_there_once() -> None:
    codes = [code for article in read_goods() for code in article.barcodes]
    assert len(codes) == len(set(codes)) > GOODS_COUNT - 5
    for code in codes:
        assert len(code) == 13
        assert int(code[:2]) in IN_STORE
        assert int(code[12]) == check_digit(code), code


def test_some_article_has_two_barcodes() -> None:
    assert max(len(article.barcodes) for article in read_goods()) == 2


def test_two_cakes_are_the_demos_112() -> None:
    cakes = [article.good for article in read_goods() if article.good.category == "cake"]
    fifty_six = [good for good in cakes if good.price == 5_600]
    assert len(fifty_six) == 2
    assert not any(good.prices for good in fifty_six)  # a member pays 112.00 too


def test_a_member_price_is_lower() -> None:
    booked = [article.good for article in read_goods() if article.good.prices]
    assert len(booked) > 3
    assert all(0 < good.prices["member"] < good.price for good in booked)


def test_every_kind_is_there_and_only_goods_have_a_price() -> None:
    kinds = {article.good.kind for article in read_goods()}
    assert kinds == {GOODS, TOPUP, OPEN} == set(get_args(Good.__annotations__["kind"]))
    for article in read_goods():
        assert (article.good.price > 0) == (article.good.kind == GOODS)


def test_tax_classes_are_those_of_food_and_of_service() -> None:
    assert {article.good.tax for article in read_goods()} == {0, 600, 900, 1_300}


@pytest.mark.parametrize("text", ["12", "12.5", "12.500", "-1.00", "1,000.00", "", ".", "1.0x"])
def test_a_price_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two places"):
        minor(text)


def test_staff_of_every_role_work_here() -> None:
    staff = read_staff()
    roles = {role["code"] for role in json.loads((RULES / "roles.json").read_bytes())}
    assert {one.role for one in staff} == roles
    assert {one.store for one in staff} == {store.id for store in read_brand().stores}
    assert {one.role for one in staff if one.store == "river"} == roles
    assert len({one.staff_no for one in staff}) == len(staff)


def test_no_badge_is_anybody_elses() -> None:
    badges = [one.badge_uid for one in read_staff() if one.badge_uid]
    cards = {member.card_uid for member in read_members()}
    assert len(set(badges)) == len(badges) == len(read_staff()) - 1  # one has only a PIN
    assert not cards & set(badges)
    assert {len(bytes.fromhex(badge)) for badge in badges} == {7}

"""Re-read suppression, on both Pythons."""

from firmware.core.reread import Reread


def test_a_first_code_is_news():
    assert Reread(1000).is_news(b"a", 0)


def test_a_resting_code_is_news_once_however_long_it_rests():
    reread = Reread(1000)
    assert [reread.is_news(b"a", at) for at in range(0, 60000, 900)] == [True] + [False] * 66
    assert reread.suppressed == 66


def test_a_code_that_was_away_is_news_again():
    reread = Reread(1000)
    assert reread.is_news(b"a", 0)
    assert not reread.is_news(b"a", 999)
    assert reread.is_news(b"a", 1999)


def test_another_code_is_news_and_makes_the_first_news_again():
    reread = Reread(1000)
    assert [reread.is_news(code, 0) for code in (b"a", b"b", b"a", b"a")] == [True, True, True, False]

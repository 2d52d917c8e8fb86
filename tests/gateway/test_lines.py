"""Questions over a Unix socket: who may ask, how much, and what becomes of both ends when one goes."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.lines import ASK_BYTES_MAX, CONNECTIONS_MAX, Answer, Asker, Away, Door, own_uid, refusal, serve

Play = Callable[[Path, list[str]], Awaitable[None]]


async def echo(asked: Answer) -> Answer:
    return {"ok": True, "said": asked.get("what")}


def play(folder: Path, story: Play) -> list[str]:
    counted: list[str] = []
    asyncio.run(asyncio.wait_for(story(folder / "door.sock", counted), 10))
    return counted


async def opened(path: Path, counted: list[str], uids: tuple[int, ...] = (own_uid(),)) -> Door:
    return await serve(path, uids, echo, counted.append)


def test_an_answer_comes_back_and_the_connection_is_kept(tmp_path: Path) -> None:
    async def story(path: Path, counted: list[str]) -> None:
        door, asker = await opened(path, counted), Asker(path)
        for what in ("林", "again", None):
            assert await asker.ask("echo", what=what) == {"ok": True, "said": what}
        assert len(asker._idle) == 1
        assert os.stat(path).st_mode & 0o777 == 0o660
        asker.close()
        await door.close()

    assert play(tmp_path, story) == []


def test_many_questions_at_once_wait_for_room_and_all_are_answered(tmp_path: Path) -> None:
    async def story(path: Path, counted: list[str]) -> None:
        door, asker = await opened(path, counted), Asker(path)
        answers = await asyncio.gather(*(asker.ask("echo", what=number) for number in range(100)))
        assert [answer["said"] for answer in answers] == list(range(100))
        asker.close()
        await door.close()

    assert play(tmp_path, story) == []


def test_a_stranger_is_hung_up_on_before_a_byte_is_read(tmp_path: Path) -> None:
    async def story(path: Path, counted: list[str]) -> None:
        door = await opened(path, counted, (own_uid() + 1,))
        with pytest.raises(Away):
            await Asker(path).ask("echo")
        await door.close()

    assert play(tmp_path, story) == ["refused_peer"]


@pytest.mark.parametrize(
    "line",
    [b"\n", b"[]\n", b"null\n", b"{\n", b"\xff\n", b'{"do":\n', b"[" * 9_000 + b"\n", b"GET / HTTP/1.1\r\n"],
)
def test_garbage_is_counted_and_the_next_question_is_answered(tmp_path: Path, line: bytes) -> None:
    async def story(path: Path, counted: list[str]) -> None:
        door = await opened(path, counted)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(line + b'{"do":"echo","what":1}\n')
        assert b"bad_request" in await reader.readline()
        assert await reader.readline() == b'{"ok":true,"said":1}\n'
        writer.close()
        await door.close()

    assert play(tmp_path, story) == ["bad_line"]


def test_a_line_without_an_end_is_cut_off(tmp_path: Path) -> None:
    async def story(path: Path, counted: list[str]) -> None:
        door = await opened(path, counted)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"x" * (ASK_BYTES_MAX * 3))
        assert b"too_long" in await reader.read()
        await door.close()

    assert play(tmp_path, story) == ["bad_line"]


def test_every_split_of_a_question_is_the_same_question(tmp_path: Path) -> None:
    line = b'{"do":"echo","what":"\xe6\x9e\x97"}\n'

    async def story(path: Path, counted: list[str]) -> None:
        door = await opened(path, counted)
        reader, writer = await asyncio.open_unix_connection(path)
        for cut in range(1, len(line)):
            writer.write(line[:cut])
            await writer.drain()
            writer.write(line[cut:])
            assert await reader.readline() == '{"ok":true,"said":"林"}\n'.encode()
        writer.close()
        await door.close()

    assert play(tmp_path, story) == []


def test_nobody_there_is_away_and_somebody_new_is_found(tmp_path: Path) -> None:
    async def story(path: Path, counted: list[str]) -> None:
        asker = Asker(path)
        with pytest.raises(Away):
            await asker.ask("echo")
        door = await opened(path, counted)
        assert (await asker.ask("echo"))["ok"]
        await door.close()
        reader, _ = asker._idle[0]
        assert await reader.read() == b""  # the news that the other end has gone is here
        door = await opened(path, counted)
        assert (await asker.ask("echo"))["ok"]
        await door.close()

    assert play(tmp_path, story) == []


def test_an_answer_that_is_none_is_away(tmp_path: Path) -> None:
    async def mute(asked: Answer) -> Answer:
        return {"fine": True}

    async def story(path: Path, counted: list[str]) -> None:
        door = await serve(path, (own_uid(),), mute, counted.append)
        with pytest.raises(Away):
            await Asker(path).ask("echo")
        await door.close()

    assert play(tmp_path, story) == []


def test_whoever_answers_may_fail_as_often_as_it_likes_and_the_door_stays_open(tmp_path: Path) -> None:
    async def sometimes(asked: Answer) -> Answer:
        if asked["do"] == "fail":
            raise ValueError("our mistake")
        return {"ok": True}

    async def story(path: Path, counted: list[str]) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        door, asker = await serve(path, (own_uid(),), sometimes, counted.append), Asker(path)
        for _ in range(CONNECTIONS_MAX + 1):
            with pytest.raises(Away):
                await asker.ask("fail")
        assert (await asker.ask("else"))["ok"] and len(door._open) == 1
        asker.close()
        await door.close()

    assert play(tmp_path, story) == ["failed"] * (CONNECTIONS_MAX + 1)


def test_a_refusal_says_why() -> None:
    assert refusal("no_lease", ip="10.0.0.1") == {"ok": False, "error": "no_lease", "ip": "10.0.0.1"}


def test_a_handler_that_fails_is_counted_and_its_place_is_free_again(tmp_path: Path) -> None:
    async def failing(asked: Answer) -> Answer:
        raise KeyError("ours")

    async def story(path: Path, counted: list[str]) -> None:
        told: list[str] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(str(context.get("exception"))))
        door = await serve(path, {own_uid()}, failing, counted.append)
        for _ in range(100):
            with pytest.raises(Away):
                await Asker(path).ask("echo")
        assert not door._open and len(told) == 100
        await door.close()

    assert play(tmp_path, story) == ["failed"] * 100


def test_a_door_that_closes_lets_what_it_is_doing_end(tmp_path: Path) -> None:
    done: list[str] = []

    async def slow(asked: Answer) -> Answer:
        begun.set()
        await asyncio.sleep(0)
        done.append("done")
        return {"ok": True}

    begun = asyncio.Event()

    async def story(path: Path, counted: list[str]) -> None:
        door = await serve(path, {own_uid()}, slow, counted.append)
        asking = asyncio.ensure_future(Asker(path).ask("echo"))
        await begun.wait()
        await door.close()
        assert done == ["done"]
        asking.cancel()

    assert play(tmp_path, story) == []

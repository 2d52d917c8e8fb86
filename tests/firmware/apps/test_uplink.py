"""How the device's link takes what a broker may answer: a broker of bytes, a device on MicroPython."""

import ast
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

CONNACK = bytes((0x20, 2, 0, 0))
SUBACK = bytes((0x90, 3, 0, 1, 1))
WAY = ["join", "resolve", "dial", "secure", "enter"]


@contextmanager
def broker(*answers: bytes) -> Iterator[int]:
    """Port of a broker that gives these answers, one for each thing it hears, and then hears no more."""

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            for answer in answers:
                connection.recv(512)
                connection.sendall(answer)
            while answers and connection.recv(512):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def meet(run_script: Callable[..., str], *answers: bytes) -> tuple[list[str], int, list[bool], list[Any]]:
    """(actions, denials, link states, messages) of a device that meets this broker."""
    with broker(*answers) as port:
        printed = run_script("uplink_player.py", str(port))
    try:
        played: tuple[list[str], int, list[bool], list[Any]] = ast.literal_eval(printed)
    except SyntaxError:
        pytest.fail(printed)
    return played


def test_a_broker_that_agrees_is_served(run_script: Callable[..., str]) -> None:
    actions, denials, ups, _messages = meet(run_script, CONNACK, SUBACK)
    assert (actions, denials, ups) == ([*WAY, "serve"], 0, [True])


def test_a_message_behind_the_last_answer_is_not_lost(run_script: Callable[..., str]) -> None:
    message = b"\x30\x05\x00\x01ahi"
    actions, _denials, _ups, messages = meet(run_script, CONNACK, SUBACK + message)
    assert actions[-1] == "serve" and messages == [("a", b"hi")]


@pytest.mark.parametrize(
    ("answers", "denials"),
    [
        pytest.param((bytes((0x20, 2, 0, 5)),), 1, id="not authorised"),
        pytest.param((bytes((0x20, 2, 0, 2)),), 1, id="identifier rejected"),
        pytest.param((bytes((0x20, 2, 0, 3)),), 0, id="server unavailable"),
        pytest.param((CONNACK, bytes((0x90, 3, 0, 1, 128))), 1, id="no subscription"),
        pytest.param((b"HTTP/1.1 400 Bad Request\r\n\r\n",), 0, id="no broker"),
        pytest.param((), 0, id="hangs up"),
    ],
)
def test_a_broker_that_does_not_is_left_in_peace(
    run_script: Callable[..., str], answers: tuple[bytes, ...], denials: int
) -> None:
    actions, denied, ups, _messages = meet(run_script, *answers)
    assert (actions[:6], denied, ups) == ([*WAY, "pause"], denials, [])

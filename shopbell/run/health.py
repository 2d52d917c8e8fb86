"""Waits until a process answers: a port that takes connections, a page that says 200."""

import asyncio

# A first start on a slow machine makes databases and loads fonts; beyond this something is wrong.
READY_WAIT_S_MAX = 40.0
ASK_EVERY_S = 0.05
ASK_WAIT_S = 2.0


async def listening(host: str, port: int) -> bool:
    """Whether a connection is taken now."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), ASK_WAIT_S)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def healthy(host: str, port: int) -> bool:
    """Whether GET /health answers 200 now."""
    try:
        return await asyncio.wait_for(ask(host, port), ASK_WAIT_S)
    except (OSError, TimeoutError):
        return False


async def ask(host: str, port: int) -> bool:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET /health HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        return (await reader.readline()).split(b" ")[1:2] == [b"200"]
    finally:
        writer.close()

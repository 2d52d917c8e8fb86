"""The last words of a task that died: a file of one line with the number of crashes, then the trace."""

TRACE_BYTES_MAX = 1024  # some ten frames; the file fits one flash block


def count(data: "bytes | None") -> int:
    """How often this device has crashed; 0 for no file or a damaged one."""
    head = (data or b"").split(b"\n")[0]
    return int(head) if head.isdigit() and len(head) < 10 else 0


def entry(previous: "bytes | None", boot: int, trace: str) -> bytes:
    """The file after one more crash, in this boot."""
    words = b"%d\nboot %d\n" % (count(previous) + 1, boot)
    return words + trace.encode()[:TRACE_BYTES_MAX]

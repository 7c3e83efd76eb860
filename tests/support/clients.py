"""Many clients of an origin at once, and what they got."""

import asyncio
from dataclasses import dataclass

import psutil


@dataclass
class Tally:
    """Whole answers, and requests that got none or a part of one."""

    whole: int = 0
    cut: int = 0


def request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: origin\r\n\r\n".encode()


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body. Raises IncompleteReadError, ConnectionResetError."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


async def keep_asking(port: int, path: str, tally: Tally, *, anew: bool = False) -> None:
    """Until connections are refused: by one connection as long as it lasts, or `anew` for each request."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except (ConnectionRefusedError, ConnectionResetError):
            # Reset before anything was asked: the listener closed between the two.
            return
        await _ask_by(reader, writer, path, tally, once=anew)
        writer.close()


async def _ask_by(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, tally: Tally, *, once: bool
) -> None:
    while True:
        try:
            writer.write(request(path))
            head, _ = await answer(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            tally.cut += 1
            return
        tally.whole += 1
        if once or b"connection: close" in head:
            return


def memory(pid: int) -> int:
    """Bytes of a process and those it started; what they share is counted once."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return sum(each.memory_full_info().pss for each in family)

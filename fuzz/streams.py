"""IPFIX over TCP: however a stream is cut, the same messages come of it, and each of their octets once."""

import asyncio
from collections.abc import Sequence

from fuzz.account import Account
from fuzz.flows import ORIGIN, check_after, check_batch, counts_of
from fuzz.scenes import EXPORTERS, START, Arrival
from varde.collect.flows import Taken
from varde.collect.ipfix_stream import HEADER, PIECE, IpfixListener, split
from varde.collect.syslog import Guard
from varde.decode.flow import Datagrams, FlowDecoder, split_messages

MESSAGE_MAX = 65_535


def check_stream(data: bytes) -> None:
    """The first octet says how many octets come at a time."""
    step, stream = max(1, data[0] * 4 if data else 1), data[1:]
    whole, damaged = split(stream)
    begins = [sum(whole[:number]) for number in range(len(whole))]
    messages = [stream[at : at + size] for at, size in zip(begins, whole, strict=True)]
    assert all(HEADER <= size <= MESSAGE_MAX for size in whole) and sum(whole) <= len(stream)
    assert split_messages(stream)[0] == list(zip(begins, whole, strict=True))
    taken, listener = asyncio.run(_received(stream, step))
    assert [octets for one in taken for octets in _payloads(one)] == messages
    assert listener.counters["messages"] == len(messages) and listener.counters["octets"] == sum(whole)
    assert listener.counters["bad_frame"] == damaged and listener.counters["cut_off"] == (not damaged and sum(whole) < len(stream))
    _check_decoded(messages)


async def _received(stream: bytes, step: int) -> tuple[list[Taken], IpfixListener]:
    """What a connection hands on whose octets come in pieces."""
    taken: list[Taken] = []
    listener = IpfixListener(taken.append, lambda number: None, Guard(), first=1)
    reader = asyncio.StreamReader(limit=PIECE)

    async def send() -> None:
        for at in range(0, len(stream), step):
            reader.feed_data(stream[at : at + step])
            await asyncio.sleep(0)
        reader.feed_eof()

    await asyncio.gather(listener._messages(reader, EXPORTERS[0], 4739, 1), send())
    return taken, listener


def _payloads(taken: Taken) -> list[bytes]:
    spans = zip(taken.start.tolist(), taken.length.tolist(), strict=True)
    return [taken.octets[at : at + size].tobytes() for at, size in spans]


def _check_decoded(messages: Sequence[bytes]) -> None:
    """They are decoded, and the connection's end takes all that is known of it."""
    decoder, account = FlowDecoder(), Account()
    arrived = [Arrival(message, EXPORTERS[0], START) for message in messages]
    batch = decoder.decode(Datagrams.of(messages, EXPORTERS[0], START, 1), ORIGIN)
    check_batch(batch, arrived, len(messages)) if messages else None
    for one in arrived:
        account.feed(*one)
    account.finish()
    decoder.end(1)
    assert not list(decoder._streams)
    batches = [batch, decoder.finish(ORIGIN)]
    check_after(decoder, arrived, batches)
    assert counts_of(batches) == +account.found

"""The SNMP client against agents of all kinds: garbage, silence, floods and lies are one sentence, in bounded time. No answer ends the program."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from varde.collect import snmp
from varde.collect.snmp import VALUES_MAX, Agent, Credentials, agent_address, secret_of, walk
from varde.model import VardeError

BASE = "1.3.6.1.4.1.15312.2.1"
UNDER = tuple(map(int, BASE.split(".")))
SECONDS = 4.0

Answer = Callable[[bytes], list[bytes]]


@pytest.fixture
def agent() -> Iterator[Callable[[Answer], Agent]]:
    """An agent that answers each datagram with what a function makes of it."""
    sockets: list[socket.socket] = []

    def made(answer: Answer) -> Agent:
        door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        door.bind(("127.0.0.1", 0))
        sockets.append(door)
        threading.Thread(target=serve, args=(door, answer), daemon=True).start()
        return Agent("127.0.0.1", door.getsockname()[1], seconds=SECONDS)

    yield made
    for door in sockets:
        door.close()


def serve(door: socket.socket, answer: Answer) -> None:
    while True:
        try:
            asked, sender = door.recvfrom(65_535)
            for one in answer(asked):
                door.sendto(one, sender)
        except OSError:
            return


def reply(asked: bytes, rows: list[tuple[tuple[int, ...], Any]], request: int | None = None) -> bytes:
    """A proper response with these values, made with the library's own encoder."""
    from pyasn1.codec.ber import decoder, encoder
    from pysnmp.proto import api

    form = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
    message, _ = decoder.decode(asked, asn1Spec=form.Message())
    response = form.apiMessage.get_response(message)
    unit = form.apiMessage.get_pdu(response)
    if request is not None:
        form.apiPDU.set_request_id(unit, request)
    form.apiPDU.set_varbinds(unit, rows)
    return bytes(encoder.encode(response))


def counter(number: int) -> Any:
    from pysnmp.proto import rfc1902

    return rfc1902.Counter32(number)


def end() -> Any:
    from pysnmp.proto import rfc1905

    return rfc1905.EndOfMibView()


def rising() -> Answer:
    at = [0]

    def answer(asked: bytes) -> list[bytes]:
        at[0] += 1
        return [reply(asked, [((*UNDER, 9, at[0], one), counter(5)) for one in range(25)])]

    return answer


UNREADABLE: dict[str, Answer] = {
    "garbage": lambda asked: [os.urandom(200)], "empty": lambda asked: [b""], "huge length": lambda asked: [b"\x30\x84\xff\xff\xff\xff" + b"\x02" * 60_000],
    "nested": lambda asked: [b"\x30\x80" * 20_000], "echo": lambda asked: [asked], "cut short": lambda asked: [reply(asked, [((*UNDER, 1), counter(5))])[:-3]],
    "another request": lambda asked: [reply(asked, [((*UNDER, 1), counter(5))], request=7)], "flood": lambda asked: [os.urandom(1_000)] * 300, "silent": lambda asked: [],
}  # fmt: skip
WRONG: dict[str, tuple[Answer, str]] = {
    "falling": (lambda asked: [reply(asked, [((*UNDER, 2), counter(5)), ((*UNDER, 1), counter(5))])], "do not rise"),
    "always the same": (lambda asked: [reply(asked, [((*UNDER, 1), counter(5))])], "do not rise"),
    "nothing": (lambda asked: [reply(asked, [])], "could not be asked"),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_no_answer(kind: str, agent: Callable[[Answer], Agent], capfd: pytest.CaptureFixture[str]) -> None:
    one, start = agent(UNREADABLE[kind]), time.monotonic()
    told = walk([one], BASE)[one]
    assert isinstance(told, VardeError) and "no SNMP answer from" in str(told)
    assert time.monotonic() - start < SECONDS + 20
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("kind", WRONG)
def test_answers_that_make_no_sense_are_said(kind: str, agent: Callable[[Answer], Agent]) -> None:
    answer, words = WRONG[kind]
    one = agent(answer)
    told = walk([one], BASE)[one]
    assert isinstance(told, VardeError) and words in str(told)


def test_values_without_end_are_ended(agent: Callable[[Answer], Agent]) -> None:
    one = replace(agent(rising()), seconds=60)  # it must be the number of values that ends it
    told = walk([one], BASE)[one]
    assert isinstance(told, VardeError) and f"more than {VALUES_MAX:,} values" in str(told)


def test_a_good_agent_beside_a_silent_one(agent: Callable[[Answer], Agent]) -> None:
    from pysnmp.proto import rfc1902

    values = [((*UNDER, 1), counter(5)), ((*UNDER, 2), rfc1902.OctetString(b"\x1b[31mred\n" + b"x" * 5_000)), ((*UNDER, 3), end())]
    good, silent = agent(lambda asked: [reply(asked, values)]), agent(lambda asked: [])
    elsewhere = agent(lambda asked: [reply(asked, [((*UNDER[:-1], 2), counter(1))])])
    told = walk([good, silent, elsewhere], BASE)
    assert isinstance(told[silent], VardeError) and told[elsewhere] == {}
    found = told[good]
    assert isinstance(found, dict) and found[f"{BASE}.1"] == 5
    text = found[f"{BASE}.2"]
    assert isinstance(text, str) and "\x1b" not in text and "\n" not in text and len(text) < 400


def test_a_host_that_nobody_knows_is_said() -> None:
    one = Agent("no-such-host.invalid", seconds=SECONDS)
    assert "no-such-host.invalid" in str(walk([one], BASE)[one])


def test_addresses() -> None:
    good = {"mx": ("mx", 161), "192.0.2.5:1161": ("192.0.2.5", 1161), "[2001:db8::1]:162": ("2001:db8::1", 162), "2001:db8::1": ("2001:db8::1", 161), "[::1]": ("::1", 161)}
    assert {text: agent_address(text) for text in good} == good
    for text in ("", ":161", "mx:0", "mx:70000", "mx:\u0661", "a b", "mx:", "m\x1bx"):
        with pytest.raises(VardeError, match="no SNMP agent"):
            agent_address(text)


def test_secrets_are_read_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "good").write_text("s3cret-word\n")
    assert secret_of(tmp_path / "good") == "s3cret-word"
    for name, content in {"empty": b"\n", "two": b"one\ntwo\n", "long": b"x" * 300, "bytes": b"\xff\xfe"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(VardeError) as error:
            secret_of(tmp_path / name)
        assert str(tmp_path / name) in str(error.value) and "two" not in str(error.value).replace(str(tmp_path / name), "")
    assert "s3cret" not in repr(Agent("mx", credentials=Credentials("s3cret-word", "me", auth_key="s3cret-word", priv_key="s3cret-word")))
    with pytest.raises(VardeError, match="fewer than 8"):
        Credentials(user="me", auth_key="short")
    with pytest.raises(VardeError, match="authenticated too"):
        Credentials(user="me", priv_key="long-enough")


def test_one_agent_that_makes_the_library_stumble_hides_no_other(agent: Callable[[Answer], Agent], monkeypatch: pytest.MonkeyPatch) -> None:
    well, odd = agent(lambda asked: [reply(asked, [((*UNDER, 1), counter(7)), ((*UNDER, 2), end())])]), Agent("192.0.2.1", seconds=SECONDS)
    whole = snmp._walk

    async def stumbling(one: Agent, base: str, found: dict[str, Any]) -> None:
        if one is odd:
            raise KeyError("tag \x1b")
        await whole(one, base, found)

    monkeypatch.setattr(snmp, "_walk", stumbling)
    told = walk([well, odd], BASE)
    assert isinstance(told[odd], VardeError) and "cannot be read: KeyError" in str(told[odd]) and "\x1b" not in str(told[odd])
    assert told[well] == {f"{BASE}.1": 7}

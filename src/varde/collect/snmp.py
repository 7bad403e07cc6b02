"""The SNMP client: one subtree of an agent, read in large pieces (GETBULK, RFC 3416 4.2.3), v2c and v3.

    agents --walk--> numbers and values of each, or one sentence why not

What an agent answers is bounded: how many values, how long each is, how long it may take; numbers must rise. The protocol itself is pysnmp's.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from varde.model import VardeError, at_port, visible

PORT = 161
PIECE = 25
"""Values asked for at once: their answer fits a datagram that no network cuts in two."""

VALUES_MAX = 2_000
"""Of one agent; AMAVIS-MIB has 331."""

TEXT_MAX = 300
"""Octets kept of a text."""

SECRET_MAX = 255
"""Characters of a community or a passphrase."""

TRIES = 3
"""A datagram may be lost; one more than twice is no agent."""

AUTH = {
    "MD5": "usmHMACMD5AuthProtocol", "SHA": "usmHMACSHAAuthProtocol", "SHA224": "usmHMAC128SHA224AuthProtocol", "SHA256": "usmHMAC192SHA256AuthProtocol",
    "SHA384": "usmHMAC256SHA384AuthProtocol", "SHA512": "usmHMAC384SHA512AuthProtocol",
}  # fmt: skip
PRIV = {"DES": "usmDESPrivProtocol", "AES": "usmAesCfb128Protocol", "AES192": "usmAesCfb192Protocol", "AES256": "usmAesCfb256Protocol"}
"""What the manual of snmpd calls them, and the library (RFC 3414, 3826, 7860)."""

PASSPHRASE_MIN = 8
"""Characters, RFC 3414 11.2; snmpd refuses shorter ones too."""

Value = int | str


@dataclass(frozen=True, slots=True)
class Credentials:
    """v2c where there is no user. Secrets are never in what is printed of it."""

    community: str = field(default="public", repr=False)
    user: str = ""
    auth: str = "SHA"
    auth_key: str = field(default="", repr=False)
    priv: str = "AES"
    priv_key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.priv_key and not self.auth_key:
            raise VardeError("SNMP v3 encrypts only what is authenticated too: give the file of the authentication passphrase as well.")
        for what, key in (("authentication", self.auth_key), ("encryption", self.priv_key)):
            if 0 < len(key) < PASSPHRASE_MIN:
                raise VardeError(f"the {what} passphrase of SNMP v3 has fewer than {PASSPHRASE_MIN} characters, which no agent takes.")


@dataclass(frozen=True, slots=True)
class Agent:
    """Who is asked. `seconds` is what all of it may take."""

    host: str
    port: int = PORT
    credentials: Credentials = Credentials()
    seconds: float = 10.0

    @property
    def name(self) -> str:
        return self.host if self.port == PORT else at_port(self.host, self.port)


def secret_of(path: Path) -> str:
    """The community or passphrase in a file, without the line feed at its end. Raises VardeError that never shows it."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(SECRET_MAX + 2).strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise VardeError(f"cannot read the secret of SNMP in {path}: {str(getattr(error, 'strerror', None) or 'no UTF-8').lower()}") from None
    if not 0 < len(text) <= SECRET_MAX or not text.isprintable():
        raise VardeError(f"{path} holds no community and no passphrase: one line is expected, and nothing else")
    return text


def agent_address(text: str) -> tuple[str, int]:
    """`mx`, `192.0.2.5:1161`, `[2001:db8::1]:161`, `2001:db8::1`. Raises VardeError."""
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")) or text.endswith("]"):
        host, port = text, str(PORT)
    host = host.strip("[]")
    if not host or not host.isprintable() or " " in host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise VardeError(f"{text!r} is no SNMP agent. Write a name or an address, with a port where it is not {PORT}: mx.example.net or [2001:db8::1]:1161.")
    return host, int(port)


def walk(agents: Iterable[Agent], base: str) -> Mapping[Agent, dict[str, Value] | VardeError]:
    """All values below `base` of each agent by their number, or why there are none. All are asked at once."""
    return asyncio.run(_walk_all(tuple(agents), base))


async def _walk_all(agents: tuple[Agent, ...], base: str) -> dict[Agent, dict[str, Value] | VardeError]:
    # the library lets errors of datagrams it cannot read go up to the loop, which would print them
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    answers = await asyncio.gather(*(_walk_one(agent, base) for agent in agents), return_exceptions=True)
    return {agent: _told(agent, answer) for agent, answer in zip(agents, answers, strict=True)}


def _told(agent: Agent, answer: dict[str, Value] | VardeError | BaseException) -> dict[str, Value] | VardeError:
    """An agent that makes the library stumble over what it sent is that agent's fault, and none of the others': they are read on."""
    if isinstance(answer, (dict, VardeError)):
        return answer
    if not isinstance(answer, Exception):
        raise answer
    return VardeError(f"{agent.name} answers what cannot be read: {type(answer).__name__}: {visible(str(answer))[:200]}")


async def _walk_one(agent: Agent, base: str) -> dict[str, Value] | VardeError:
    found: dict[str, Value] = {}
    try:
        async with asyncio.timeout(agent.seconds):
            await _walk(agent, base, found)
    except TimeoutError:
        late = f"{agent.name} told {len(found)} values in {agent.seconds:g} s and not all. Is it overloaded, or the network? `timeout` gives it longer."
        return VardeError(late if found else _why(agent, _NO_ANSWER, ""))
    except VardeError as error:
        return error
    return found


async def _walk(agent: Agent, base: str, found: dict[str, Value]) -> None:
    family, address = await _resolved(agent)
    asked = await _Asked.of(agent, family, address)
    try:
        await _all_below(asked, agent, base, found)
    finally:
        asked.close()


async def _resolved(agent: Agent) -> tuple[int, str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(agent.host, agent.port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise VardeError(f"cannot find the address of {visible(agent.host)}: {getattr(error, 'strerror', None) or 'no name of a host'}.") from None
    return found[0][0], str(found[0][4][0])


async def _all_below(asked: "_Asked", agent: Agent, base: str, found: dict[str, Value]) -> None:
    """Fill `found`, so that what came is there when time is up."""
    inside = last = _numbers(base)
    while True:
        rows = await asked.bulk(last)
        for number, value in rows:
            if number[: len(inside)] != inside or type(value).__name__ == _END:
                return
            if number <= last:
                raise VardeError(f"{agent.name} answers numbers that do not rise ({'.'.join(map(str, number))[:100]}): that is no working SNMP agent.")
            last = number
            if (read := _value(value)) is not None:
                found[".".join(map(str, number))] = read
            if len(found) > VALUES_MAX:
                raise VardeError(f"{agent.name} has more than {VALUES_MAX:,} values below {base}: that is no working SNMP agent.")
        if not rows:
            return


_END = "EndOfMibView"


def _numbers(oid: str) -> tuple[int, ...]:
    return tuple(int(part) for part in oid.split("."))


def _value(value: Any) -> Value | None:
    """As it came, texts made harmless and short; None for what says that there is none."""
    kind = type(value).__name__
    if kind in ("NoSuchObject", "NoSuchInstance", "Null", "Opaque"):
        return None
    if kind in ("ObjectIdentifier", "ObjectName"):
        return str(value)[:TEXT_MAX]
    if hasattr(value, "asOctets"):
        return visible(bytes(value.asOctets())[:TEXT_MAX].decode("utf-8", "backslashreplace"))
    return int(value)


@dataclass(slots=True)
class _Asked:
    """A conversation with an agent through the library, which is loaded only here."""

    agent: Agent
    engine: Any
    target: Any
    auth: Any
    library: Any

    @classmethod
    async def of(cls, agent: Agent, family: int, address: str) -> "_Asked":
        import pysnmp.hlapi.v3arch.asyncio as library

        transport = library.Udp6TransportTarget if family == socket.AF_INET6 else library.UdpTransportTarget
        wait = max(0.2, agent.seconds / (TRIES + 1))
        try:
            target = await transport.create((address, agent.port), timeout=wait, retries=TRIES - 1)
            return cls(agent, library.SnmpEngine(), target, _authentication(library, agent.credentials), library)
        except library_errors() as error:
            raise VardeError(f"cannot ask {agent.name}: {visible(str(error))[:200]}") from None

    async def bulk(self, after: tuple[int, ...]) -> list[tuple[tuple[int, ...], Any]]:
        """The next values."""
        library = self.library
        try:
            failed, status, _, rows = await library.bulk_cmd(
                self.engine, self.auth, self.target, library.ContextData(), 0, PIECE, library.ObjectType(library.ObjectIdentity(after)), lookupMib=False,
            )  # fmt: skip
        except library_errors() as error:
            raise VardeError(f"{self.agent.name} answers what cannot be read: {visible(str(error))[:200]}") from None
        if failed:
            raise VardeError(_why(self.agent, type(failed).__name__, visible(str(failed))[:200]))
        if status:
            said = visible(status.prettyPrint())[:100]
            raise VardeError(_why(self.agent, _REFUSED if said in _ACCESS else "", said))
        return [(tuple(name), value) for name, value in rows]

    def close(self) -> None:
        with contextlib.suppress(*library_errors()):
            self.engine.close_dispatcher()


def library_errors() -> tuple[type[Exception], ...]:
    """What the library and the one below it raise."""
    from pyasn1.error import PyAsn1Error
    from pysnmp.error import PySnmpError

    return PySnmpError, PyAsn1Error, OSError, ValueError


def _authentication(library: Any, given: Credentials) -> Any:
    if not given.user:
        return library.CommunityData(given.community, mpModel=1)
    auth = getattr(library, AUTH[given.auth]) if given.auth_key else library.usmNoAuthProtocol
    priv = getattr(library, PRIV[given.priv]) if given.priv_key else library.usmNoPrivProtocol
    return library.UsmUserData(given.user, given.auth_key or None, given.priv_key or None, authProtocol=auth, privProtocol=priv)


_NO_ANSWER = "RequestTimedOut"
_REFUSED = "AuthorizationError"
_ACCESS = ("authorizationError", "noAccess")
_SILENT = (
    "no SNMP answer from {name} within {seconds:g} s. Does snmpd run there, listen on that address (agentaddress in snmpd.conf; Debian's is loopback only) and let this "
    "machine in? {secret} `varde amavis doctor` on that machine says what is missing."
)
_WHY = {
    "UnknownUserName": "{name} knows no user of that name: createUser and rouser in its snmpd.conf, then restart snmpd.",
    "WrongDigest": "{name} refuses the authentication passphrase or its protocol.",
    "AuthenticationFailure": "{name} refuses the authentication passphrase or its protocol.",
    "AuthenticationError": "{name} refuses the authentication passphrase or its protocol.",
    "DecryptionError": "{name} cannot decrypt what we send: the encryption passphrase or its protocol is another.",
    "UnsupportedSecurityLevel": "{name} does not let this user ask in that way: does the user need authentication or encryption, or have neither?",
    "UnsupportedSecLevel": "{name} does not let this user ask in that way: does the user need authentication or encryption, or have neither?",
    _REFUSED: "{name} does not let this user see these numbers ({said}): is there a view with them, and does rouser name it (-V)?",
    "NotInTimeWindow": "{name} takes our requests for old ones: its engine began again; try once more.",
}  # fmt: skip


def _why(agent: Agent, kind: str, said: str) -> str:
    """The library's word for what failed, as a sentence."""
    if kind == _NO_ANSWER:
        secret = "A wrong encryption passphrase gets no answer either." if agent.credentials.user else "A wrong community gets no answer either."
        return _SILENT.format(name=agent.name, seconds=agent.seconds, secret=secret)
    return _WHY.get(kind, "{name} could not be asked: {said}.").format(name=agent.name, said=said)

"""What a visitor does to an SSH and Telnet honeypot, and a list of it as JSON on standard output.

    python cowrie_client.py SSH_PORT TELNET_PORT

Runs in the environment of the honeypot, which has asyncssh; each attempt comes from a loopback address of its own."""

import asyncio
import json
import socket
import ssl
import sys

import asyncssh

HOST = "127.0.0.1"
SECONDS = 30
GET = b"GET /x.sh?a=b HTTP/1.1\r\nHost: files.example\r\nUser-Agent: Wget/1.21\r\nCookie: a=b\r\n\r\n"
EHLO = b"EHLO mx.example\r\nMAIL FROM:<spam@example.com>\r\n"
WRONG = [("127.0.1.1", "root", "wrong"), ("127.0.1.1", "admin", "x] failed"), ("127.0.1.2", "ad/min", "pa ss"), ("127.0.1.2", "bjørn", "tab\there\\x41")]
COMMANDS = ["uname -a; id", "echo -e '\\x41\\x42' > /tmp/a", "nosuchcommand --now"]


def client_hello(name: str) -> bytes:
    """The first octets of TLS, as Python's own library writes them."""
    out = ssl.MemoryBIO()
    connection = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
    raise AssertionError("a handshake without a server")


TUNNELS = [
    ("203.0.113.80", 80, "localhost", 5556, GET), ("mx.example", 25, "::1", 40, EHLO), ("2001:db8::25", 443, "127.0.0.1", 1, client_hello("tls.example")),
    ("evil host to 1.2.3.4:99 from x", 8080, "y", 2, b"\x00\xff'\"\\"),
]  # fmt: skip


def connect(source: str, user: str, password: str, port: int):  # type: ignore[no-untyped-def]
    return asyncssh.connect(
        HOST, port, local_addr=(source, 0), username=user, password=password, known_hosts=None, client_keys=None, config=None,
        agent_path=None, preferred_auth="password", login_timeout=SECONDS, client_version="OpenSSH_9.9_peer",
    )  # fmt: skip


async def visit(port: int, did: dict[str, list]) -> None:  # type: ignore[type-arg]
    for source, user, password in WRONG:
        did["logins"].append((user, password, 0, source))
        try:
            async with connect(source, user, password, port):
                raise AssertionError(f"{user} was let in")
        except asyncssh.PermissionDenied:
            pass
    source = "127.0.1.3"
    did["logins"].append(("root", "right", 1, source))
    async with connect(source, "root", "right", port) as connection:
        await asyncio.wait_for(shell(connection, source, did), SECONDS)
        for target, target_port, claimed, claimed_port, data in TUNNELS:
            did["tunnels"].append((source, target, target_port, claimed, claimed_port))
            did["payloads"].append((source, target, target_port, data.hex()))
            reader, writer = await connection.open_connection(target, target_port, claimed, claimed_port)
            writer.write(data)
            await asyncio.wait_for(reader.read(), SECONDS)
            writer.close()


async def shell(connection, source: str, did: dict[str, list]) -> None:  # type: ignore[no-untyped-def,type-arg]
    """A shell, not one command: that may have ended before the client knows that it began."""
    process = await connection.create_process(term_type="xterm", term_size=(80, 24))
    for command in COMMANDS:
        did["commands"].append((source, command))
        await process.stdout.readuntil("# ")
        process.stdin.write(command + "\n")
    await process.stdout.readuntil("# ")
    process.close()


def telnet(port: int, did: dict[str, list]) -> None:  # type: ignore[type-arg]
    source = "127.0.1.4"
    with socket.create_connection((HOST, port), timeout=SECONDS, source_address=(source, 0)) as wire:
        for user, password, success in (("root", "wrong", 0), ("root", "xc3511", 1)):
            did["logins"].append((user, password, success, source))
            said(wire, b"login: ")
            wire.sendall(user.encode() + b"\r\n")
            said(wire, b"assword: ")
            wire.sendall(password.encode() + b"\r\n")
        said(wire, b"# ")
        did["commands"].append((source, "/bin/busybox MIRAI"))
        wire.sendall(b"/bin/busybox MIRAI\r\n")
        said(wire, b"# ")


def said(wire: socket.socket, ending: bytes) -> None:
    text = b""
    while ending not in text:
        piece = wire.recv(4096)
        assert piece, f"the server ended after {text!r}"
        text += piece


def main() -> None:
    did: dict[str, list] = {"logins": [], "commands": [], "tunnels": [], "payloads": []}  # type: ignore[type-arg]
    asyncio.run(visit(int(sys.argv[1]), did))
    telnet(int(sys.argv[2]), did)
    print(json.dumps(did))


main()

"""Payloads that several tests read: the articles' own and the synthetic samples of what is known."""

import re
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "data" / "payload"

DAHUA_DUMP = (FOLDER / "tcp-37777.hex").read_text().splitlines()
DAHUA = bytes.fromhex("".join(re.match(r"[0-9A-F]{8} ((?:[0-9a-f]{2} ){16})", line)[1] for line in DAHUA_DUMP))  # type: ignore[index]
TR069 = (FOLDER / "tcp-7547.txt").read_bytes().replace(b"\n", b"\r\n")

SAMPLES = [
    (row["known"], bytes.fromhex(row["hex"]) if "hex" in row else row["text"].encode("latin-1"))
    for row in tomllib.loads((FOLDER / "known.toml").read_text())["sample"]
]

# tls-sni.pcapng and socks-https-example.pcap of FoxIO-LLC/ja4 (BSD 3-Clause): their ClientHello messages
GOOGLE_HELLO = bytes.fromhex(
    "010001fc03030f9e38acb9a54a7c6e00e29a70ac2feee180ff76d7f25dca84932a66a42d1e5a20bc58b92f865e6b9aa4a6371cadcb0afe1da1c0f705209a11d52357f5"
    "6d5dd9620020aaaa130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035010001939a9a0000ff010001000033002b00290a0a000100001d0020cf"
    "55af2603e92f59eb321779706a18fa6b96b16c16404c2264ed687a59401878002d00020101000500050100000000446900050003026832000d00120010040308040401"
    "050308050501080606010010000e000c02683208687474702f312e3100230000001b0003020002002b0007060a0a0304030300000022002000001d636c69656e747365"
    "7276696365732e676f6f676c65617069732e636f6d00120000000a000a00080a0a001d0017001800170000000b000201006a6a000100001500ba" + "00" * 186
)
SOCKS_HELLO = bytes.fromhex(
    "0100006f0301529cbff829e8f23edf4bb09e1feaadd0131b7bc56eab3d7567b17e0374bd6b7500002e00390038003500160013000a00330032002f009a009900960005"
    "00040015001200090014001100080006000300ff0100001800000014001200000f7777772e6578616d706c652e636f6d"
)


def record(message: bytes, *, size: int = 1 << 14) -> bytes:
    """Handshake records of at most `size` octets that carry a message."""
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + len(piece).to_bytes(2, "big") + piece for piece in pieces)


GOLDENS = [DAHUA, TR069, record(GOOGLE_HELLO), record(SOCKS_HELLO), *(sample for _, sample in SAMPLES)]

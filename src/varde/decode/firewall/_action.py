"""What a log prefix or rule name says was done with the packet."""

import re

_WORDS = (
    # UniFi and EdgeOS: [WAN_LOCAL-D-2147483647], [WAN_LOCAL-default-D]; before any word of the rule's description
    (re.compile(r"-d(?:-[0-9]+)?\]"), "block"),
    (re.compile(r"-r(?:-[0-9]+)?\]"), "reject"),
    (re.compile(r"-a(?:-[0-9]+)?\]"), "allow"),
    (re.compile(r"(?:^|[^a-z])(?:reject(?:ed)?|rej)(?:$|[^a-z])"), "reject"),
    (re.compile(r"(?:^|[^a-z])(?:block(?:ed|ing)?|blk|drop(?:ped|ping)?|den(?:y|ied)|discard(?:ed)?|refused?|ban(?:ned)?"
                r"|kill|invalid|bogons?|blacklist(?:ed)?|blocklist(?:ed)?)(?:$|[^a-z])"), "block"),
    (re.compile(r"(?:^|[^a-z])audit(?:$|[^a-z])"), "audit"),
    (re.compile(r"(?:^|[^a-z])(?:accept(?:ed)?|allow(?:ed)?|pass(?:ed)?|permit(?:ted)?)(?:$|[^a-z])"), "allow"),
)  # fmt: skip

_LETTERS = 256  # no prefix is longer (nftables allows 127); bounds the work on hostile text


def action_of(rule: str) -> str:
    """block, reject, audit, allow, or unknown where the text does not say."""
    text = rule[:_LETTERS].lower().replace("_", " ")
    for pattern, action in _WORDS:
        if pattern.search(text):
            return action
    return "unknown"

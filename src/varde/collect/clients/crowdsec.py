"""CrowdSec's local API: all decisions that are in force, asked as a bouncer asks.

Each run asks for the whole set (`startup=true`), as a bouncer does that has just started: nothing has to be remembered, and what was
deleted is not in it. https://docs.crowdsec.net/docs/local_api/intro"""

from varde.collect.clients.ask import Ask
from varde.collect.clients.errand import Errand, Harvest
from varde.collect.feed_terms import FeedError
from varde.collect.keys import key_of

_STREAM = "/v1/decisions/stream?startup=true"


def harvest(errand: Errand) -> Harvest:
    """The decisions in force. Raises FeedError."""
    with Ask(errand.source.url, {"X-Api-Key": key_of(errand.source.key_file, errand.source.name)}, errand.limits, pause=errand.pause) as ask:
        url = ask.place(_STREAM)
        reply = ask.get(url)
        if "new" not in reply.document(url):
            raise FeedError(f"{url}: that is no stream of decisions")
    return Harvest(errand.read(reply.data, "crowdsec"), {})

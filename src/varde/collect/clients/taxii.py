"""TAXII 2.1: STIX objects of a collection, page by page, and since the last run only what was added.

    discovery --> API root --> collections --> objects?added_after&next --> pages on disk --> rows

https://docs.oasis-open.org/cti/taxii/v2.1/os/taxii-v2.1-os.html"""

import base64
from typing import Any

from varde.collect.clients.ask import Ask, Reply
from varde.collect.clients.errand import PAGES_MAX, Errand, Harvest
from varde.collect.feed_terms import FeedError
from varde.collect.keys import key_of
from varde.model import visible

MEDIA = "application/taxii+json;version=2.1"
PAGE = 1_000
"""Objects asked for at once; servers may give fewer."""

_LAST = "x-taxii-date-added-last"


def harvest(errand: Errand) -> Harvest:
    """Indicators added since the last run, or all. Raises FeedError; what came is kept, and the next run goes on there."""
    source = errand.source
    with Ask(source.url, {"Accept": MEDIA, **_credentials(errand)}, errand.limits, pause=errand.pause) as ask:
        begun = errand.begun("added_after")
        after = begun.get("added_after", errand.cursor.get("added_after"))
        place = begun.get("place") or _collection(ask, errand)
        last = _objects(ask, errand, {"place": place, "added_after": after})
    if not errand.pages.cursor.get("pages"):
        return Harvest(None, {"added_after": last})
    return Harvest(errand.pages.merged(errand.base if after else None), {"added_after": last})


def _credentials(errand: Errand) -> dict[str, str]:
    """`user:password` of the key file as basic authentication (section 1.6.9); open collections need none."""
    if errand.source.key_file is None:
        return {}
    key = key_of(errand.source.key_file, errand.source.name)
    return {"Authorization": "Basic " + base64.b64encode(key.encode()).decode()} if ":" in key else {"Authorization": f"Bearer {key}"}


def _collection(ask: Ask, errand: Errand) -> str:
    """The address of the collection's objects: the URL may be that of a collection, of an API root, or of the discovery."""
    url = errand.source.url.rstrip("/") + "/"
    told = ask.get(url).document(url)
    if "can_read" in told:
        return _readable(url, told)
    roots = [ask.place(str(root).rstrip("/") + "/", url) for root in _list(told, "api_roots")] or [url]
    found = [(root, one) for root in roots[:_ROOTS_MAX] for one in _collections(ask, root)]
    wanted = errand.source.collection
    chosen = [(root, one) for root, one in found if wanted is None or wanted in (one.get("id"), one.get("alias"), one.get("title"))]
    if len(chosen) != 1:
        names = ", ".join(visible(f"{one.get('id')} ({one.get('title')})") for _, one in found[:_NAMED_MAX]) or "none"
        raise FeedError(f"{visible(url)}: name one collection with `collection`. There are {names}.")
    root, one = chosen[0]
    return _readable(ask.place(f"{root}collections/{one.get('id')}/"), one)


_ROOTS_MAX = 10
_NAMED_MAX = 20


def _readable(url: str, told: dict[str, Any]) -> str:
    if told.get("can_read") is False:
        raise FeedError(f"{visible(url)}: this user may not read the collection")
    return f"{url}objects/"


def _collections(ask: Ask, root: str) -> list[dict[str, Any]]:
    url = f"{root}collections/"
    return [one for one in _list(ask.get(url).document(url), "collections") if isinstance(one, dict)]


def _objects(ask: Ask, errand: Errand, run: dict[str, Any]) -> str | None:
    """Put all pages of a run on disk. When the last object was added, to ask what came after it."""
    begun, last = errand.pages.cursor, errand.pages.cursor.get("last", run["added_after"])
    following = begun.get("next")
    if begun.get("done"):
        return str(last) if last else None
    for _ in range(PAGES_MAX):
        errand.check_time()
        reply = ask.get(run["place"], _asked(run, following))
        page = reply.document(run["place"])
        last = reply.headers.get(_LAST) or last
        more = page.get("more") is True
        told = page.get("next")
        before, following = following, told if isinstance(told, str) and told else _after(reply, run) if more else None
        if more and (following is None or following == before):
            raise FeedError(f"{visible(run['place'])}: it says that there is more, and not where")
        entries = [one["id"] for one in _list(page, "objects") if isinstance(one, dict) and isinstance(one.get("id"), str)]
        if entries or begun:
            errand.pages.add(errand.read(reply.data, "stix"), entries, {**run, "next": following, "last": last, "done": not more})
        if not more:
            return str(last) if last else None
    raise FeedError(f"{visible(run['place'])}: its pages do not end; {PAGES_MAX:,} were taken")


def _asked(run: dict[str, Any], following: str | None) -> dict[str, str]:
    asked = {"limit": str(PAGE), "match[type]": "indicator"}
    if following and following.startswith(_AFTER):
        return {**asked, "added_after": following.removeprefix(_AFTER)}
    asked |= {"added_after": run["added_after"]} if run["added_after"] else {}
    return {**asked, "next": following} if following else asked


_AFTER = "added_after:"
"""What a place begins with on servers that say `more` without `next`: they are asked for what was added after the last object."""


def _after(reply: Reply, run: dict[str, Any]) -> str | None:
    last = reply.headers.get(_LAST)
    return _AFTER + last if last and last != run["added_after"] else None


def _list(document: dict[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []

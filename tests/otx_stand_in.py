"""OTX DirectConnect as tests stand it in: subscribed pulses in pages, as the API gives them, to who has the key."""

from typing import Any

import httpx

from tests.collect.stand_in import Answer, Asked

KEY = "0123456789abcdef-secret-key"


def pulse(number: int, *addresses: str, **about: Any) -> dict[str, Any]:
    """A synthetic pulse of these addresses, and of `names`."""
    values = [(address, "IPv4") for address in addresses] + [(name, "domain") for name in about.pop("names", ())]
    indicators = [{"id": at, "indicator": value, "type": kind, "created": "2026-11-01T00:00:00", "is_active": 1} for at, (value, kind) in enumerate(values)]
    return {"id": f"{number:024x}", "name": f"pulse {number}", "created": "2026-11-01T00:00:00", "modified": "2026-11-02T00:00:00", "indicators": indicators, **about}


class Otx:
    """`fails` decides of each request whether it is answered otherwise."""

    def __init__(self, pulses: list[dict[str, Any]]) -> None:
        self.pulses, self.url = pulses, ""
        self.events: list[dict[str, Any]] = []
        self.fails: list[Any] = []

    def __call__(self, asked: Asked) -> Answer:
        for rule in self.fails:
            if (answer := rule(asked)) is not None:
                return answer  # type: ignore[no-any-return]
        if asked.headers.get("x-otx-api-key") != KEY:
            return Answer({"detail": "Authentication required"}, 403)
        if asked.path == "/api/v1/pulses/events":
            return Answer({"results": self.events, "next": None})
        if asked.path not in ("/api/v1/pulses/subscribed", "/api/v1/pulses/activity", "/api/v1/indicators/export"):
            return Answer({"detail": "not found"}, 404)
        return self._page(asked, self.pulses)

    def _page(self, asked: Asked, everything: list[dict[str, Any]]) -> Answer:
        size, page = int(asked.params.get("limit", 10)), int(asked.params.get("page", 1))
        some, rest = everything[(page - 1) * size : page * size], everything[page * size :]
        query = httpx.QueryParams({**asked.params, "limit": size, "page": page + 1})
        return Answer({"results": some, "count": len(everything), "next": f"{self.url}{asked.path}?{query}" if rest else None, "previous": None})

    def unsubscribe(self, number: int) -> None:
        """The user unsubscribes a pulse."""
        entry = f"{number:024x}"
        self.pulses = [one for one in self.pulses if one["id"] != entry]
        self.events.append({"object_type": "pulse", "action": "unsubscribe", "object_id": entry, "created": "2026-11-22T00:00:00"})

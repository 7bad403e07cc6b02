"""What suppliers of tables ask of those who use them: licence and attribution, known by what a file calls itself or where it came from."""

_TERMS = (
    (("dbip", "db-ip"), "CC BY 4.0", "IP Geolocation by DB-IP, https://db-ip.com"),
    (("geolite2", "geoip2", "maxmind"), "GeoLite2 End User License Agreement", "includes GeoLite data created by MaxMind, https://www.maxmind.com"),
    (("ipinfo",), "CC BY-SA 4.0", "IP address data powered by IPinfo, https://ipinfo.io"),
    (("iptoasn",), "PDDL 1.0", "iptoasn.com"),
    (("ip-location-db/asn", "ip_location_db"), "CC BY 4.0", "RouteViews (routeviews.org), NRO (nro.net) and DB-IP (db-ip.com), merged by ip-location-db"),
    (("ip-location-db",), "CC BY 4.0", "NRO delegated statistics (nro.net), prepared by ip-location-db"),
)
"""The first whose word is in a name speaks."""


def terms_of(*names: str) -> tuple[str, str]:
    """Licence and attribution of a table that is called so, or comes from there."""
    text = " ".join(names).lower()
    known = next(((licence, attribution) for words, licence, attribution in _TERMS if any(word in text for word in words)), None)
    return known or ("as its supplier says", next((name for name in names if name), "unknown"))

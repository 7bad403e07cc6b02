"""What a payload is: HTTP, TLS, SMTP, SSH or unknown, and what it says of its sender."""

import polars as pl

COLUMNS = ("form", "ehlo", "method", "host", "path", "referer", "agent", "cookie", "headers", "sni", "ja4")


def recognised(data: pl.Series) -> pl.DataFrame:
    """Columns of COLUMNS as text, a row per payload of a Binary series; null where it does not say."""
    return pl.DataFrame({name: [None] * len(data) for name in COLUMNS}, schema=dict.fromkeys(COLUMNS, pl.String()))

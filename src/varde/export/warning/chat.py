"""Messages for people who wait in a chat."""

import json

from varde.export.warning.row import Row, names, title, urls
from varde.model import visible

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def message(row: Row) -> str:
    """Two or three lines: what happened, why it is told or which lists, where to read more."""
    happened = str(row["line"]).partition(" : ")[2].partition(") ")[0] + ")"
    many = f", {row['count']} times" if row.get("count", 1) > 1 else ""
    lines = [f"{title(row)}: {happened}{many}", visible(row.get("reason") or ""), visible(" ".join(names(row))), *(visible(url) for url in urls(row, 1))]
    return "\n".join(text for text in lines if text)


def ntfy(row: Row) -> str:
    """Plain text, posted to a topic's address: https://docs.ntfy.sh/publish/"""
    return message(row)


def slack(row: Row) -> str:
    """An incoming webhook of Slack and of what speaks like it; three characters mean something there."""
    text = "".join(_ENTITIES.get(c, c) for c in message(row))
    return json.dumps({"text": text})


def teams(row: Row) -> str:
    """An adaptive card whose text is no Markdown, so that nothing in it is read as a link or as emphasis."""
    runs = [{"type": "TextRun", "text": line} for line in message(row).splitlines()]
    body = [{"type": "RichTextBlock", "inlines": [run]} for run in runs]
    card = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body}
    return json.dumps({"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}]})

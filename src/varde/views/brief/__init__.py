"""A morning's page: what a period had that is worth a sentence, each with its number, what it is compared with, and where to look.

    Brief --topics, in their order--> Sentence --told--> Told --formats--> text, Markdown, HTML; --document--> JSON

`telling` has what every topic is given and what makes a number stand out, `sums` the first sentence, `strangers` and `own` the topics.
To add a topic: a function in one of these and its line in `page.TOPICS`."""

from varde.views.brief.page import Told, document, told
from varde.views.brief.sums import totals
from varde.views.brief.telling import Feed, Words, stands_out

__all__ = ["Feed", "Told", "Words", "document", "stands_out", "told", "totals"]

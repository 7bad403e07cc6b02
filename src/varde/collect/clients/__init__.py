"""Lists that take more than one question: a client for each kind of server, which knows its pages, its key and what changed.

    Errand (address, key file, what the last run wished to know, rows so far) --harvest--> Harvest (rows, what the next run wishes to know)

To add one: write `NAME.py` with `harvest(errand)`, and add it to CLIENTS and to CLIENT_FORMATS of `varde.collect.list_source`."""

from varde.collect.clients import crowdsec, misp_feed, otx, taxii
from varde.collect.clients.errand import Client, Errand, Harvest
from varde.collect.pages import Pages

CLIENTS: dict[str, Client] = {
    "otx-direct": otx.harvest, "misp-feed": misp_feed.harvest, "taxii": taxii.harvest, "crowdsec-lapi": crowdsec.harvest,
}  # fmt: skip
"""By the format that a [[list]] names."""

__all__ = ["CLIENTS", "Client", "Errand", "Harvest", "Pages"]

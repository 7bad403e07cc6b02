"""What records tell that no single one of them says. Frames of observations in, findings out; nothing here asks, stores or warns.

    flows or probes of whole sources --probing--> what they began --random_walk, regression--> Scan
    packets --knocked--> cells of each source --shared, spaced, single, odd, drawings, newports--> Campaign
    sources of each hour and port --crowds--> counts --usual, likelihood--> Surge

To add a detector: a file that takes a frame and answers findings."""

from varde.detect.campaign import Campaign
from varde.detect.campaigns import Campaigns
from varde.detect.crowds import Counts, Crowds
from varde.detect.probing import COLUMNS, probing
from varde.detect.scans import MODELS, Scan, Scanning, scans
from varde.detect.surge import Surge, Surges, key_of, open_keys

__all__ = ["COLUMNS", "MODELS", "Campaign", "Campaigns", "Counts", "Crowds", "Scan", "Scanning", "Surge", "Surges", "key_of", "open_keys", "probing", "scans"]

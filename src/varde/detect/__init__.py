"""What records tell that no single one of them says. Frames of observations in, findings out; nothing here asks, stores or warns.

    flows or probes of whole sources --probing--> what they began --random_walk, regression--> Scan

To add a detector: a file that takes a frame and answers findings."""

from varde.detect.probing import COLUMNS, probing
from varde.detect.scans import MODELS, Scan, Scanning, scans

__all__ = ["COLUMNS", "MODELS", "Scan", "Scanning", "probing", "scans"]

"""`python -m bench.insight`: freeze the detectors of scans as they are; commit what it writes before the final run."""

from bench.insight.frozen import freeze

print(freeze())

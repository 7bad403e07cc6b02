"""Measurements: each beside its peer in the same run, so that what counts is the ratio. Run `python -m bench`."""

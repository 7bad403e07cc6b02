"""Fuzzing of what reads octets from strangers: one target for each decoder, a corpus of small inputs for each, and what must hold of
every answer.

    input --scenes--> datagrams, messages, files --decoder--> answer --checks--> AssertionError, or nothing

`python -m fuzz NAME --seconds 300` searches; tests replay the corpus and search for a moment. To add a target: a function of octets
that raises where something does not hold, a line in TARGETS, seeds in `seeds.py`.
"""

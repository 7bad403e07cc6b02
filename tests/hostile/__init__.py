"""Hostile text from every source to every sink.

    tests/data/hostile.toml --sources.SOURCES--> records in a store --sinks--> output --a real parser of its format--> as many as there are

To add a string: a table in hostile.toml. To add a source: a line in SOURCES. To add a sink: a line in COMMANDS (of a command over the
store), in WARNINGS or in LISTS, or a test beside them."""

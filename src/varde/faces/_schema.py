"""The tables of faces.db, which readers and the writer share."""

VERSION = 1
"""SQLite's user_version; another one is not read."""

TABLES = (
    "create table about (key text primary key, value text not null) without rowid",
    "create table families (name text primary key, kind text not null, meaning text not null) without rowid",
    "create table samples (family text not null, labels text not null, value real not null, primary key (family, labels)) without rowid",
    "create table curves (name text primary key, last integer not null, points blob not null) without rowid",
)
"""`labels`: pairs as a JSON list, in their order. `points`: little-endian doubles, one a step, ending at `last` (seconds); nan where unknown."""

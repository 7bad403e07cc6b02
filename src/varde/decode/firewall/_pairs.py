"""Lines of pairs (key=value, key="value", key: value) in any order: the values of the keys that a form asks for."""

import polars as pl

from varde.decode.firewall._dialect import Form, Pairs

_INSIDE = r'(?:[^"\\]|\\.)*'  # of a quoted value
_SKIP = rf'(?:[^"]|"{_INSIDE}(?:"|$))*?'  # anything, quoted values as wholes
_ADDRESSES = ("src", "dst")
_DECIDING = (*_ADDRESSES, "event_stamp")


def match_pairs(form: Form, text: pl.Series) -> pl.DataFrame:
    """A column for each group of `form.keys`, and `matched`. Keys that decide are looked for first, the others only in
    the lines that are of this form."""
    style = form.pairs
    lines = _prepared(style, text)
    slow = bool(lines["odd"].any())
    deciding = [group for group in form.keys if group.rstrip("_") in _DECIDING]
    first = lines.select(_value(style, form.keys[group], slow).alias(group) for group in deciding)
    asked = [_present(first.columns, name) for name in _DECIDING] + _conditions(form, slow)
    matched = lines.hstack(first).select(
        pl.all_horizontal(one.fill_null(value=False) for one in asked).alias("matched")
    )
    ours = lines.with_columns(pl.when(matched["matched"]).then(pl.col("text", "bare", "odd text")))
    rest = ours.select(_value(style, key, slow).alias(group) for group, key in form.keys.items() if group not in deciding)
    return pl.concat([first, rest, matched], how="horizontal")


def _prepared(style: Pairs, text: pl.Series) -> pl.DataFrame:
    """`text`, `bare` (nothing between its quotes, so that nothing there can pose as a key) and `odd`.

    A quoted value that ends like the start of a pair (`user="x src="`) would lead the fast expression astray; a line with
    such a value is told by its count of starts, and read from the beginning: `odd text`, null for all others."""
    frame = pl.DataFrame({"text": text})
    if not style.quote:
        return frame.with_columns(bare="text", odd=pl.lit(value=False), **{"odd text": pl.lit(None, dtype=pl.String)})
    opening = f'{style.assign}"'
    blanked = frame.with_columns(bare=pl.col("text").str.replace_all(rf'"{_INSIDE}(?:"|$)', '""'))
    counted = blanked.with_columns(
        odd=pl.col("text").str.count_matches(opening) != pl.col("bare").str.count_matches(opening)
    )
    return counted.with_columns(pl.when("odd").then("text").alias("odd text"))


def _value(style: Pairs, key: str | tuple[str, str], slow: bool) -> pl.Expr:
    name, inner = key if isinstance(key, tuple) else (key, "")
    start = f"{style.before}{name}{style.assign}"
    bare = pl.col("bare")
    value = bare.str.extract(f"{start}({style.value}){style.after}")
    if style.quote:
        quoted = pl.col("text").str.extract(f'{start}"({_INSIDE})"')
        if slow:
            careful = pl.col("odd text").str.extract(f'^{_SKIP}{start}"({_INSIDE})"')
            quoted = pl.when("odd").then(careful).otherwise(quoted)
        value = pl.when(bare.str.contains(f'{start}""')).then(quoted).otherwise(value)
    if style.escapes:
        value = value.str.replace_all(r"\\(.)", "$1")
    value = value.str.strip_chars()
    return value.str.extract(f"^{inner}$") if inner else value


def _present(names: list[str], name: str) -> pl.Expr:
    choices = [one for one in (name, name + "_") if one in names]
    return pl.coalesce(choices).fill_null("").str.len_bytes() > 0 if choices else pl.lit(value=True)


def _conditions(form: Form, slow: bool) -> list[pl.Expr]:
    """What else the line must be: what `where` and `without` ask, and, unless the first counts, each address once."""
    style = form.pairs
    asked = [_value(style, key, slow).str.contains(rf"^(?i:{pattern})$") for key, pattern in form.where.items()]
    asked += [pl.col("bare").str.contains(f"{style.before}{key}{style.assign}").not_() for key in form.without]
    if style.once:
        asked += [_times(style, form.keys[name]) <= 1 for name in _ADDRESSES if name in form.keys]
    return asked


def _times(style: Pairs, key: str | tuple[str, str]) -> pl.Expr:
    name = key[0] if isinstance(key, tuple) else key
    return pl.col("bare").str.count_matches(f"{style.before}{name}{style.assign}")

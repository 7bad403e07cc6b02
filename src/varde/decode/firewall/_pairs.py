"""Lines of pairs (key=value, key="value", key: value) in any order: the values of the keys that a form asks for."""

import polars as pl

from varde.decode.firewall._dialect import Form, Pairs

_INSIDE = r'(?:[^"\\]|\\.)*'  # of a quoted value
_SKIP = rf'(?:[^"]|"{_INSIDE}(?:"|$))*?'  # anything, quoted values as wholes
_ADDRESSES = ("src", "dst")


def match_pairs(form: Form, text: pl.Series) -> pl.DataFrame:
    """A column for each group of `form.keys`, and `matched`."""
    style = form.pairs
    bare = _blanked(style, text)
    values = {group: _value(style, key, text, bare) for group, key in form.keys.items()}
    frame = pl.DataFrame(values)
    matched = [_present(frame, name) for name in (*_ADDRESSES, *(n for n in ("event_stamp",) if n in form.keys))]
    for key, pattern in form.where.items():
        matched.append(_value(style, key, text, bare).str.contains(rf"^(?i:{pattern})$"))
    if style.once:
        matched += [_at_most_once(style, form.keys[name], bare) for name in _ADDRESSES if name in form.keys]
    every = pl.DataFrame({str(number): one for number, one in enumerate(matched)})
    return frame.with_columns(every.select(pl.all_horizontal(pl.all().fill_null(value=False)).alias("matched")).to_series())


def _blanked(style: Pairs, text: pl.Series) -> pl.Series:
    """The text with nothing between its quotes, so that nothing there can pose as a key."""
    if not style.quote:
        return text
    return text.str.replace_all(rf'"{_INSIDE}(?:"|$)', '""')


def _value(style: Pairs, key: str | tuple[str, str], text: pl.Series, bare: pl.Series) -> pl.Series:
    name, inner = key if isinstance(key, tuple) else (key, "")
    start = f"{style.before}{name}{style.assign}"
    value = bare.str.extract(f"{start}({style.value}){style.after}")
    if style.quote:
        value = _quoted(style, start, text, bare).zip_with(bare.str.contains(f'{start}""').fill_null(value=False), value)
    if style.escapes:
        value = value.str.replace_all(r"\\(.)", "$1")
    value = value.str.strip_chars()
    return value.str.extract(f"^{inner}$") if inner else value


def _quoted(style: Pairs, start: str, text: pl.Series, bare: pl.Series) -> pl.Series:
    """The quoted value of a key. A value that ends like the start of a pair (`user="x src="`) would lead the fast
    expression astray; lines with such a value are told by their count of starts and read from the beginning."""
    value = text.str.extract(f'{start}"({_INSIDE})"')
    opening = f'{style.assign}"'
    odd = text.str.count_matches(opening) != bare.str.count_matches(opening)
    if not odd.any():
        return value
    slow = text.set(~odd.fill_null(value=False), None).str.extract(f'^{_SKIP}{start}"({_INSIDE})"')
    return slow.zip_with(odd.fill_null(value=False), value)


def _present(frame: pl.DataFrame, name: str) -> pl.Series:
    names = [n for n in (name, name + "_") if n in frame.columns]
    if not names:
        return pl.Series([True] * len(frame), dtype=pl.Boolean)
    return frame.select(pl.coalesce(names).fill_null("").str.len_bytes() > 0).to_series()


def _at_most_once(style: Pairs, key: str | tuple[str, str], bare: pl.Series) -> pl.Series:
    name = key[0] if isinstance(key, tuple) else key
    return bare.str.count_matches(f"{style.before}{name}{style.assign}") <= 1

"""audit: what listens, where data lies, who may read it, what leaves the machine."""

from varde.app.auditing import BAD, NOTE, SUBJECTS, remarks, worst
from varde.app.context import Context
from varde.app.output import print_json, visible
from varde.model import counted

_MARKS = {BAD: "!!", NOTE: " !"}


def audit_command(context: Context, *, as_json: bool) -> int:
    """Print all remarks. Returns the exit status: 1 where one is bad."""
    told = remarks(context)
    if as_json:
        print_json({"worst": worst(told), "remarks": [remark.document() for remark in told]})
        return int(worst(told) == BAD)
    for subject, title in SUBJECTS.items():
        own = [remark for remark in told if remark.subject == subject]
        print(f"{title}:" if own else f"{title}: nothing")
        for remark in own:
            print(f"{_MARKS.get(remark.level, '  ')} {visible(remark.what)}" + (f"\n     {visible(remark.advice)}" if remark.advice else ""))
    bad, notes = (sum(remark.level == level for remark in told) for level in (BAD, NOTE))
    print(f"{counted(bad, 'thing')} to mend (!!), {counted(notes, 'thing')} to know (!)")
    return int(bad > 0)

"""What an enterprise is called on a board that is read from afar: its name without the place of the office and without its legal form."""

from __future__ import annotations

import re
from itertools import takewhile

_FORM = re.compile(r"(有限责任公司|股份有限公司|有限公司|集团公司|总公司|公司)$")
_BRANCH = re.compile(r"^(.*公司)(.{1,6}(?:分公司|门市部|营业部))$")
LEAST = 2  # characters that stay


def short(name: str, office_name: str) -> str:
    """西安秦岭机械制造有限公司 at an office of 西安 → 秦岭机械制造.

    >>> short("西安秦岭机械制造有限公司", "西安市雁塔区国家税务局")
    '秦岭机械制造'
    """
    kept = name.strip()
    if (branch := _BRANCH.match(kept)) is not None:
        return f"{short(branch.group(1), office_name)} {branch.group(2)}"
    place = sum(1 for _same in takewhile(lambda pair: pair[0] == pair[1], zip(kept, office_name, strict=False)))
    if place >= LEAST and len(kept) - place >= LEAST:
        kept = kept[place:].removeprefix("市")
    cut = _FORM.sub("", kept)
    return cut if len(cut) >= LEAST else kept

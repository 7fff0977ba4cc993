"""What the checks of tools/ share: C++ text without its comments and literals."""
import pathlib
import re

_TOKEN = re.compile(
    r'''//[^\n]*|/\*.*?\*/|R"(?P<d>[^\s()\\]{0,16})\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"'''
    r"""|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL)


def code_only(text: str) -> str:
    """The same text, same length and lines, with comments and literals blanked.

    Include lines keep their quoted path.
    """
    def blank(match: re.Match) -> str:
        token = match[0]
        if token.startswith('"'):
            line_start = text.rfind("\n", 0, match.start()) + 1
            if re.match(r"\s*#\s*include\s", text[line_start:match.start()]):
                return token
        keep = token[0] if token[0] in "\"'" else ""
        body = re.sub(r"[^\n]", " ", token)
        return keep + body[1:-1] + keep if keep else body

    return _TOKEN.sub(blank, text)


def sources(*roots: pathlib.Path) -> list[pathlib.Path]:
    """All .h and .cc files below the roots that exist, sorted."""
    found = (p for root in roots if root.is_dir() for p in root.rglob("*"))
    return sorted(p for p in found if p.suffix in {".h", ".cc"} and p.is_file())

#!/usr/bin/env python3
"""Checks that the documents speak of what is there: links, file names, and the tests of docs/SAFETY.md.

Usage: tools/check_docs.py [ROOT]        exit status 1 and file:line messages on violations
       tools/check_docs.py --self-test   shows that each rule can fail

A relative link must lead to a file, and its #fragment to a heading. `src/...`, `tests/...` and the like
in back-ticks must exist (a name without its ending stands for .h or .cc). A `Suite.Test` in
docs/SAFETY.md must be a test of this tree, or a check that tools/tests.cmake registers as `tools.NAME`.
"""
import pathlib
import re
import sys
import tempfile

TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P)\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.M)
TOOL_TEST = re.compile(r"^nightwatt_tool_test\((\w+)", re.M)
TEST_NAME = re.compile(r"`(\w+\.\w+)`")
PATH = re.compile(r"`((?:src|tests|tools|docs|fuzz|bench|packaging|cmake)/[\w./-]*)`")  # NAME is a placeholder
LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE_ENDINGS = {"md", "h", "cc", "py", "sh", "yaml", "json", "cmake", "txt", "db", "lock", "service",
                "charge", "runtime", "status", "load", "voltage"}


def anchor(heading: str) -> str:
    text = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return text.replace(" ", "-")


def without_fences(text: str) -> str:
    """The same lines, those of fenced blocks blanked."""
    out, fenced = [], False
    for line in text.splitlines():
        edge = bool(re.match(r"```[^`]*$", line))
        fenced ^= edge
        out.append("" if fenced or edge else line)
    return "\n".join(out)


def anchors(document: pathlib.Path) -> set[str]:
    text = without_fences(document.read_text(encoding="utf-8"))
    return {anchor(found[1]) for found in re.finditer(r"^#+ (.*)$", text, re.M)}


def link_problem(root: pathlib.Path, document: pathlib.Path, target: str):
    if re.match(r"[a-z]+:", target):
        return None
    name, _, fragment = target.partition("#")
    path = (document.parent / name).resolve() if name else document
    if not path.exists():
        return f"the link to {target} leads nowhere"
    if fragment and path.suffix == ".md" and fragment not in anchors(path):
        return f"{path.name} has no heading '#{fragment}'"
    return None


def path_exists(root: pathlib.Path, name: str) -> bool:
    path = root / name
    if path.exists() or not path.name:
        return path.exists() or path.parent.is_dir()
    return any(path.parent.glob(path.name + ".*"))


def known_tests(root: pathlib.Path) -> set[str]:
    found = set()
    for source in sorted((root / "tests").rglob("*.cc")):
        text = source.read_text(encoding="utf-8")
        found |= {f"{suite}.{name}" for suite, name in TEST.findall(text)}
    tools = root / "tools" / "tests.cmake"
    if tools.is_file():
        found |= {f"tools.{name}" for name in TOOL_TEST.findall(tools.read_text(encoding="utf-8"))}
    return found


def documents(root: pathlib.Path) -> list[pathlib.Path]:
    return [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]


def check(root: pathlib.Path) -> list[str]:
    problems, tests = [], known_tests(root)
    for document in documents(root):
        relative = document.relative_to(root)
        text = without_fences(document.read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            found = [link_problem(root, document, link) for link in LINK.findall(line)]
            found += [f"{name} is not there" for name in PATH.findall(line)
                      if "NAME" not in name and not path_exists(root, name)]
            if relative == pathlib.Path("docs/SAFETY.md"):
                found += [f"there is no test {name}" for name in TEST_NAME.findall(line)
                          if name not in tests and name.rpartition(".")[2] not in FILE_ENDINGS]
            problems += [f"{relative}:{number}: {problem}" for problem in found if problem]
    return problems


def self_test() -> int:
    files = {
        "tests/a_test.cc": "TEST_F(Suite, IsThere) {\n",
        "tools/tests.cmake": "nightwatt_tool_test(layers x)\n",
        "src/core/plan.h": "\n",
        "docs/SAFETY.md": "# Safety\n\n## Ten things\n\n`Suite.IsThere` `tools.layers` `journal.db`\n"
                          "`Suite.IsNotThere`\n`src/core/plan` `src/core/` `src/core/none.h`\n",
        "README.md": "[a](docs/SAFETY.md#ten-things) [b](https://example.org) [c](#start)\n# Start\n"
                     "[d](docs/NONE.md)\n[e](docs/SAFETY.md#eleven)\n```text\n[f](g)\n```\n",
    }
    expected = ["README.md:3: the link to docs/NONE.md leads nowhere",
                "README.md:4: SAFETY.md has no heading '#eleven'",
                "docs/SAFETY.md:6: there is no test Suite.IsNotThere",
                "docs/SAFETY.md:7: src/core/none.h is not there"]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = check(root)
    if found != expected:
        print("self-test: wrong:", *found, sep="\n")
        return 1
    print(f"docs self-test: ok ({len(expected)} violations found)")
    return 0


def main(arguments: list[str]) -> int:
    if arguments == ["--self-test"]:
        return self_test()
    problems = check(pathlib.Path(arguments[0] if arguments else ".").resolve())
    print("\n".join(problems) or "docs: ok")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Checks size and names: small functions, small files, words a person could say on the phone.

Usage: tools/check_shape.py [ROOT]        exit status 1 and file:line messages on violations
       tools/check_shape.py --self-test   shows that each rule can fail
"""
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cpp_text import code_only, sources  # noqa: E402

FUNCTION_LINES_CORE = 40  # in src/core
FUNCTION_LINES = 60       # elsewhere in src
FILE_LINES_WARN = 300
FILE_LINES = 400

NO_DEFAULT = {"core", "model"}
TYPE = re.compile(r"\b(?:class|struct|enum(?:\s+class)?|union|using)\s+(?:\[\[\w+\]\]\s*)?(\w+)\b")
BANNED_TYPE = re.compile(r"(Manager|Handler|Impl|Utils?|Helpers?)(?=[A-Z]|$)")
BANNED_FILE = re.compile(r"(^|_)(utils?|manager|handler|impl|helpers?|misc|common)(_|$)")
FILE_NAMES_ALLOWED = {"asio_impl", "beast_impl"}  # they hold the libraries' implementations
MACHINE_PATH = re.compile(r"/(?:home|Users)/\w+/|(?<![\w.-])/root/\w")
TEXT_SUFFIXES = {".h", ".cc", ".py", ".sh", ".md", ".txt", ".cmake", ".json", ".yaml", ".yml", ""}
CONTROL = re.compile(r"^\s*(?:else\s+)?(?:if|for|while|switch|catch|do|else|try)\b")
TYPE_HEAD = re.compile(r"^(?:template\s*<.*>\s*)?(?:export\s+)?(?:class|struct|union|enum)\b", re.S)


def functions(code: str):
    """Yields (line, name, lines of the body) of each function of text from code_only()."""
    scopes = []  # (kind, line of the brace, name): kind is outer, function or inner
    head, line, parentheses = "", 1, 0
    code = re.sub(r"(?m)^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
                  lambda m: "\n" * m[0].count("\n"), code)  # directives hold no functions
    for char in code:
        if char == "\n":
            line += 1
        in_function = any(scope[0] == "function" for scope in scopes)
        inner = bool(scopes) and scopes[-1][0] == "inner"
        if char == "{":
            kind = "inner" if in_function or inner else head_kind(head, parentheses)
            scopes.append((kind, line, function_name(head)))
            if kind != "inner":
                head, parentheses = "", 0
        elif char == "}":
            if not scopes:
                continue
            kind, start, name = scopes.pop()
            if kind == "function":
                yield start, name, line - start - 1
            if kind != "inner":
                head, parentheses = "", 0
        elif not in_function and not inner:
            parentheses += {"(": 1, ")": -1}.get(char, 0)
            if char == ";" and parentheses == 0:
                head = ""
            else:
                head += char


def head_kind(head: str, parentheses: int) -> str:
    text = head.strip()
    lambda_at_the_end = re.search(r"\](?:\s*<[^{}]*>)?\s*(?:\([^{}]*\))?[^;{}=]*$", text)
    if parentheses > 0:
        return "inner"  # a default argument
    if TYPE_HEAD.match(text) and not text.endswith(")"):
        return "outer"
    if re.match(r"^(inline\s+)?namespace\b|^extern\b", text):
        return "outer"
    if re.search(r"(?<![=!<>])=(?![=])", re.sub(r"operator\s*\W+|<[^<>]*>|\([^()]*\)", "", text)):
        return "function" if lambda_at_the_end and "[" in text else "inner"
    if "(" in text and (head[-1:].isspace() or head.endswith(")")):
        return "function"
    return "inner"  # a braced initialiser


def function_name(head: str) -> str:
    found = re.search(r"([\w:~]+|operator\W+)\s*\(", head)
    return found[1] if found else "function"


def code_problems(relative: pathlib.PurePath, text: str):
    code = code_only(text)
    in_src = relative.parts[0] == "src"
    layer = relative.parts[1] if in_src and len(relative.parts) > 2 else ""
    if in_src:
        limit = FUNCTION_LINES_CORE if layer == "core" else FUNCTION_LINES
        for line, name, size in functions(code):
            if size > limit:
                yield line, (f"{name}: {size} lines, at most {limit} here: give its parts names "
                             "and make them functions")
    for line, content in enumerate(code.splitlines(), 1):
        for name in TYPE.findall(content):
            if found := BANNED_TYPE.search(name):
                yield line, (f"{name}: '{found[1]}' says nothing: name what it is in the field's "
                             "words (docs/GLOSSARY.md), such as path, vote, hold")
        if layer in NO_DEFAULT and re.search(r"\bdefault\s*:", content):
            yield line, (f"no default: in {layer}/: list the enumerators, so that -Wswitch names "
                         "the one that was forgotten")


def file_problems(relative: pathlib.PurePath, text: str):
    size = text.count("\n")
    if size > FILE_LINES:
        yield 1, f"{size} lines, at most {FILE_LINES}: split it by concept, one per file"
    stem = relative.stem
    if stem not in FILE_NAMES_ALLOWED and (found := BANNED_FILE.search(stem)):
        yield 1, f"'{found[2]}' says nothing: name the file after the one thing in it"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", stem):
        yield 1, "file names are snake_case"


def path_problems(text: str, checkout: str):
    for line, content in enumerate(text.splitlines(), 1):
        if MACHINE_PATH.search(content) or (checkout and checkout in content):
            yield line, "a path of one machine: pass it as an argument or make it relative"


def warnings_of(relative: pathlib.PurePath, text: str):
    size = text.count("\n")
    if FILE_LINES_WARN < size <= FILE_LINES:
        yield f"{relative}:1: warning: {size} lines (aim {FILE_LINES_WARN}, limit {FILE_LINES})"


def text_files(root: pathlib.Path):
    for folder in ("src", "tests", "fuzz", "bench", "tools", "cmake", "docs", "packaging"):
        for path in sorted((root / folder).rglob("*")) if (root / folder).is_dir() else ():
            corpus = "corpus" in path.parts or "__pycache__" in path.parts
            if path.is_file() and path.suffix in TEXT_SUFFIXES and not corpus:
                yield path
    yield from (p for p in sorted(root.glob("*")) if p.is_file() and p.suffix in TEXT_SUFFIXES)


def check(root: pathlib.Path) -> tuple[list[str], list[str]]:
    problems, warnings = [], []

    def report(path, found):
        problems.extend(f"{path}:{line}: {message}" for line, message in sorted(found))

    for path in sources(root / "src", root / "tests", root / "fuzz", root / "bench"):
        relative, text = path.relative_to(root), path.read_text(encoding="utf-8")
        report(path, [*code_problems(relative, text), *file_problems(relative, text)])
        warnings += warnings_of(relative, text)
    checkout = str(root.resolve()) if len(root.resolve().parts) > 2 else ""
    for path in text_files(root):
        if path.resolve() != pathlib.Path(__file__).resolve():
            text = path.read_text(encoding="utf-8", errors="replace")
            report(path, path_problems(text, checkout))
    return problems, warnings


def body(lines: int) -> str:
    return "{\n" + "  x();\n" * lines + "}\n"


BAD = {  # each of these must be found, exactly once
    "src/core/a.cc": "int f(int x = {}) " + body(41),
    "src/io/b.cc": "namespace n {\nB::B() : a_{1}, b_(2) " + body(61) + "}\n",
    "src/core/c.cc": "void f() {\n  switch (x) {\n    default: break;\n  }\n}\n",
    "src/app/path_manager.cc": "\n",
    "src/app/d.h": "class PathHandler {};\n",
    "src/app/e.h": "struct ServerImpl;\n",
    "src/app/f.cc": "\n" * 401,
    "src/app/string_utils.h": "\n",
    "src/app/g.cc": 'auto p = "' + "/ho" + "me/someone/file" + '";\n',
    "src/core/h.h": "struct S {\n  void f() const noexcept " + body(41) + "};\n",
    "src/core/i.cc": "const auto f = [](int x) -> int " + body(41).strip() + ";\n",
    "tests/Big.cc": "\n",
    "docs/x.md": "see " + "/ro" + "ot/notes\n",
    "src/core/j.h": "template <class T>\nbool operator==(const T& a, const T& b) " + body(41),
}
GOOD = {
    "src/core/a2.cc": "int f() " + body(40) + "int g() " + body(40),
    "src/io/b2.cc": "// class PathManager\nconst char* s = \"{ default: }\";\nvoid f() " + body(60),
    "src/core/k.cc": "S& S::operator=(const S&) = default;\nint table[] = {\n" + "  1,\n" * 60 + "};\n",
    "src/core/l.h": "enum class Verdict {\n" + "  a,\n" * 60 + "};\nstruct T {\n" + "  int b{};\n" * 60 + "};\n",
    "src/app/m.cc": "void f() {\n  switch (x) {\n    default: break;\n  }\n}\nclass Implement {};\n",
    "tests/app/n_test.cc": "TEST(A, b) " + body(90),
}


def self_test() -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {**BAD, **GOOD}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        problems, _ = check(root)
        found = sorted(p.split(":")[0][len(folder) + 1:] for p in problems)
    if found != sorted(BAD):
        print("self-test: wrong:", sorted(set(found) ^ set(BAD)) or "\n".join(problems))
        return 1
    print(f"shape self-test: ok ({len(BAD)} violations found, {len(GOOD)} good files passed)")
    return 0


def main(arguments: list[str]) -> int:
    if arguments == ["--self-test"]:
        return self_test()
    problems, warnings = check(pathlib.Path(arguments[0] if arguments else "."))
    print("\n".join([*warnings, *problems, *([] if problems else ["shape: ok"])]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

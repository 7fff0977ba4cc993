#!/bin/bash
# Finds a lambda written inside a co_await expression: GCC 12 destroys its captures twice. Name the
# lambda first, then co_await.
#
# Usage: tools/coawait_lint.sh FOLDER...      tools/coawait_lint.sh --self-test
here=$(cd "$(dirname "$0")" && pwd)
exec python3 - "$here" "$@" <<'PYTHON'
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, sys.argv[1])
from cpp_text import code_only, sources

# co_await ... [captures] ( or { up to the end of the statement; x[i] and [[attribute]] are not lambdas.
LAMBDA = re.compile(r"\bco_await\b[^;{}]*?(?<![\w\])\[])\s*\[(?!\[)[^\[\]]+\]\s*(?:<[^<>]*>\s*)?[({m]")


def check(*roots):
    for path in sources(*map(pathlib.Path, roots)):
        code = code_only(path.read_text(encoding="utf-8"))
        for found in LAMBDA.finditer(code):
            line = code.count("\n", 0, found.end()) + 1
            yield f"{path}:{line}: a lambda with captures inside co_await: name it before (GCC 12)"


def self_test():
    bad = ["co_await co_spawn(ex, [q = std::move(p)]() -> awaitable<void> { }, token);",
           "auto x = co_await run(\n    ex, [this] { return 1; });", "co_await f([&](int) {});"]
    good = ["auto task = [q]() {};\nco_await co_spawn(ex, task, token);", "co_await sockets[i](x);",
            "co_await f([] { return 1; });", "co_await g(); auto h = [x] { };",
            "// co_await f([x] {});\n"]
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(bad + good):
            (pathlib.Path(folder) / f"{number}.cc").write_text(text)
        found = sorted(pathlib.Path(p.split(":")[0]).stem for p in check(folder))
    wanted = sorted(map(str, range(len(bad))))
    print("co_await self-test: ok" if found == wanted else f"self-test: wrong: {found}")
    return found != wanted


arguments = sys.argv[2:]
if arguments == ["--self-test"]:
    sys.exit(self_test())
problems = list(check(*(arguments or ["src"])))
print("\n".join(problems) or "co_await: ok")
sys.exit(bool(problems))
PYTHON

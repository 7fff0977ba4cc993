#!/usr/bin/env python3
"""Checks that no folder of src/ includes upwards, and that the pure folders stay pure.

Usage: tools/check_layers.py [SRC]        exit status 1 and file:line messages on violations
       tools/check_layers.py --self-test  shows that each rule can fail
"""
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cpp_text import code_only, sources  # noqa: E402

# folder -> folders it may include (itself is always allowed). The order is the architecture.
MAY_INCLUDE = {
    "base":   set(),
    "yaml":   {"base"},
    "model":  {"base"},
    "profile": {"base", "model"},
    "wire":   {"base", "model", "profile"},
    "core":   {"base", "model"},
    "ports":  {"base", "model", "profile"},
    "config": {"base", "yaml", "model", "profile", "core"},
    "io":     {"base", "model", "profile", "wire", "ports"},
    "sim":    {"base", "yaml", "model", "profile", "wire", "core", "ports"},
    "rack":   {"base", "model", "profile", "wire", "ports", "io"},
    "app":    {"base", "yaml", "model", "profile", "wire", "core", "config", "ports", "io", "sim",
               "rack"},
}

# Inside core/ the stations form a line: each may know those before it, none knows the engine.
STATIONS = ["comm", "power", "quorum", "shutdown"]

PURE = {"base", "yaml", "model", "profile", "wire", "core", "config"}
BANNED_WHEN_PURE = {
    r"\b(steady|system|high_resolution|utc|file)_clock\s*::\s*now\b": "take an Instant argument",
    r"\b(clock_gettime|gettimeofday|localtime(_r)?|gmtime(_r)?|nanosleep|usleep|sleep_(for|until))\s*\(":
        "take an Instant argument; waiting is a deadline that is returned",
    r"(?<![\w.>])(std::|::)?time\s*\(\s*(nullptr|NULL|0)\s*\)": "take an Instant argument",
    r"#\s*include\s*<(boost/asio|boost/beast|asio|sys/socket|unistd|fcntl|netdb|poll|csignal|signal|"
    r"thread|mutex|shared_mutex|condition_variable|future|atomic|semaphore|latch|barrier|stop_token|"
    r"filesystem|fstream|iostream|spdlog|sqlite3|libssh|net-snmp)\b":
        "no I/O and no threads here: take values, return values or an effect",
    r"#\s*include\s*<random>|\brandom_device\b|\bmt19937(_64)?\b|(?<![\w.>])(std::)?s?rand\s*\(":
        "take a nightwatt::Rng& argument",
    r"\b(secure_)?getenv\s*\(": "pass the value as an argument",
    r"\b(thread_local\b|static\s+(?!constexpr\b|const\b|constinit\s+const\b|_|assert\b|cast)"
    r"[\w:<>,\s\*&]+?[\w\]]\s*(=|;|\{)(?!\s*\}?\s*$.*\())":
        "no mutable globals: put it into the state that is passed in",
}
BANNED_WHEN_ORDERED = {  # core and model: what they produce must not depend on addresses or hashes
    r"\bunordered_(multi)?(map|set)\b":
        "iteration order must be deterministic: use std::map, std::set or a sorted vector",
}


def include_problems(layer: str, relative: pathlib.PurePath, code: str):
    for number, line in enumerate(code.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not found:
            continue
        target = found[1].split("/")
        if found[1] == "version_info.h":
            if layer != "app":
                yield number, "only app/ knows the version: pass it as an argument"
        elif len(target) < 2 or target[0] not in MAY_INCLUDE:
            yield number, f'write the path from src/, such as "core/engine.h" (not "{found[1]}")'
        elif target[0] != layer and target[0] not in MAY_INCLUDE[layer]:
            allowed = ", ".join(sorted(MAY_INCLUDE[layer])) or "nothing"
            yield number, f"{layer}/ must not include {target[0]}/ (it may include: {allowed})"
        elif layer == "core" and target[0] == "core" and relative.parts[1] in STATIONS:
            place = STATIONS.index(relative.parts[1])
            if target[1] not in STATIONS[: place + 1]:
                yield number, (f"core/{relative.parts[1]}/ must not include {found[1]}: stations "
                               f"know only those before them ({' < '.join(STATIONS)})")


def banned_problems(layer: str, code: str):
    rules = dict(BANNED_WHEN_PURE) if layer in PURE else {}
    if layer in {"core", "model"}:
        rules |= BANNED_WHEN_ORDERED
    for number, line in enumerate(code.splitlines(), 1):
        for pattern, instead in rules.items():
            if re.search(pattern, line):
                yield number, f"banned in {layer}/: {instead}"


def check(src: pathlib.Path) -> list[str]:
    problems = []
    for path in sources(src):
        relative = path.relative_to(src)
        layer = relative.parts[0]
        if layer not in MAY_INCLUDE:
            problems.append(f"{path}:1: folder '{layer}' has no place in the layers: "
                            "add it to MAY_INCLUDE and to docs/ARCHITECTURE.md")
            continue
        code = code_only(path.read_text(encoding="utf-8"))
        found = [*include_problems(layer, relative, code), *banned_problems(layer, code)]
        problems += [f"{path}:{number}: {message}" for number, message in sorted(found)]
    return problems


BAD = {  # each of these must be found, exactly once
    "model/a.h": '#include "core/engine.h"\n',
    "core/comm/b.h": '#include "core/power/rule.h"\n',
    "core/power/c.h": '#include "core/engine.h"\n',
    "core/power/d.cc": "int f() { return std::chrono::steady_clock::now(); }\n",
    "core/e.cc": "static int counter = 0;\n",
    "core/f.cc": "#include <unordered_map>\n",
    "wire/nut/g.cc": "#include <thread>\n",
    "config/h.cc": '#include <fstream>\n',
    "config/i.cc": 'auto p = std::getenv("HOME");\n',
    "base/j.cc": "auto t = time(nullptr);\n",
    "rack/k.cc": '#include "core/engine.h"\n',
    "io/l.cc": '#include "local.h"\n',
    "wire/m.cc": "thread_local int depth = 0;\n",
    "sim/n.cc": '#include "io/nut.h"\n',
    "yaml/q.cc": '#include "config/limits.h"\n',
    "misc/o.cc": "\n",
    "core/p.cc": "std::mt19937 random;\n",
}
GOOD = {
    "core/comm/a.cc": '#include "core/comm/rule.h"\n// steady_clock::now() only in words\n',
    "core/quorum/b.cc": '#include "core/power/rule.h"\nstatic int helper(int x) { return x; }\n',
    "core/engine.h": '#include "core/shutdown/run.h"\nstatic constexpr int limit = 3;\n',
    "model/c.h": "struct T { static T parse(int x);\n static const int n; };\nint time(int);\n",
    "config/d.cc": 'const char* s = "#include <thread> getenv(x)";\nstatic_assert(true);\n',
    "app/e.cc": '#include "rack/ups.h"\n#include "version_info.h"\n#include <thread>\n',
}


def self_test() -> int:
    with tempfile.TemporaryDirectory() as folder:
        src = pathlib.Path(folder)
        for name, text in {**BAD, **GOOD}.items():
            (src / name).parent.mkdir(parents=True, exist_ok=True)
            assert not (src / name).exists() or name not in BAD
            (src / name).write_text(text)
        for name in GOOD:
            if name in BAD:
                raise SystemExit(f"self-test: {name} is both good and bad")
        found = sorted(p.split(":")[0][len(folder) + 1:] for p in check(src))
    if found != sorted(BAD):
        print("self-test: wrong:", sorted(set(found) ^ set(BAD)) or found)
        return 1
    print(f"layers self-test: ok ({len(BAD)} violations found, {len(GOOD)} good files passed)")
    return 0


def main(arguments: list[str]) -> int:
    if arguments == ["--self-test"]:
        return self_test()
    problems = check(pathlib.Path(arguments[0] if arguments else "src"))
    print("\n".join(problems) or "layers: ok")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

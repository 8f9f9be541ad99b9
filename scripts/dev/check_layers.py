#!/usr/bin/env python3
"""Checks what keeps the tree in order: includes, foreign headers, the length of files.

orm/layers.txt is the only truth about the layers; the other rules are the tables below. Prints one
line a violation, `file:line: what is wrong`, and fails if there is any. With --self-test it checks
itself: a tree that breaks each rule must give exactly the expected messages.
"""

import argparse
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE_FOLDERS = ("orm", "bindings", "shell", "scripts", "tests")
MAX_LINES = 600
LENGTH_CHECKED = ("orm/", "bindings/", "shell/", "scripts/")
# Sources outside the layers and the tests, each named in a CMakeLists.txt.
OTHER_SOURCES = ("scripts/dev/fmt_library.cc",)

# Header of a library: the only folders that may include it.
FOREIGN_HEADERS = {
    r"(lua5\.4/)?(lua|lualib|lauxlib|luaconf)\.h(pp)?": (
        "bindings/", "shell/", "tests/bindings/", "tests/shell/", "tests/syntax/", "tests/fuzz/",
    ),
    r"sqlite3(ext)?\.h": ("orm/dialect/sqlite/", "tests/dialect/", "tests/bench/"),
    r"(postgresql/)?libpq-fe\.h": ("orm/dialect/postgresql/", "tests/dialect/", "tests/bench/"),
}
# Folder inside a layer: all that it may include besides the standard library.
NARROW_FOLDERS = {"bindings/syntax/": ("bindings/syntax/", "orm/base/")}
# Libraries that take long to compile: included by few .cc files and by no header.
HEAVY_HEADERS = r"nlohmann/.*|CLI/.*|CLI11\.hpp|boost/multiprecision/.*"

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
CATCH_ALL = re.compile(r"\bcatch\s*\(\s*\.\.\.\s*\)")
CATCH_ALL_ALLOWED = ("shell/main.cc",)


class Layers:
    """The folders of layers.txt and what each may include."""

    def __init__(self, file: pathlib.Path):
        self.uses: dict[str, set[str]] = {}
        self.errors: list[str] = []
        for number, line in enumerate(file.read_text().splitlines(), 1):
            line = line.partition("#")[0].strip()
            if line:
                self._read(f"orm/layers.txt:{number}", line)

    def _read(self, place: str, line: str) -> None:
        folder, _, names = line.partition(":")
        used: set[str] = set()
        for name in names.split():
            if name == "orm":
                used.update(set(self.uses) - {"bindings", "shell"})
            elif name in self.uses:
                used.add(name)
            else:
                self.errors.append(f"{place}: {folder} uses {name}, which no earlier line defines")
        self.uses[folder] = used

    def reachable(self, folder: str) -> set[str]:
        """The folder, what it may include, what those may, and so on: its tests link all of it."""
        found = {folder}
        waiting = [folder]
        while waiting:
            for name in self.uses[waiting.pop()] - found:
                found.add(name)
                waiting.append(name)
        return found

    def of(self, path: str) -> str | None:
        """The layer of a path from the root; "test:<folder>" for a test of one; None if in none."""
        parts = path.split("/")
        if parts[0] == "orm":
            return parts[1] if len(parts) > 2 else "orm"
        if parts[0] in ("bindings", "shell"):
            return parts[0]
        if parts[0] == "tests" and len(parts) > 2 and parts[1] in self.uses:
            return f"test:{parts[1]}"
        return None


class Checker:
    """Runs all checks on one tree and collects the messages."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.layers = Layers(root / "orm/layers.txt")
        self.messages = list(self.layers.errors)

    def run(self) -> list[str]:
        for folder in SOURCE_FOLDERS:
            for path in sorted((self.root / folder).rglob("*")):
                if path.suffix in (".h", ".cc", ".c", ".lua") and path.is_file():
                    name = path.relative_to(self.root).as_posix()
                    self.check_file(name, path.read_text(errors="replace"))
        return self.messages

    def check_file(self, path: str, text: str) -> None:
        lines = text.splitlines()
        if len(lines) > MAX_LINES and path.startswith(LENGTH_CHECKED):
            message = f"the file has {len(lines)} lines: past {MAX_LINES}, split it by concern"
            self.report(path, MAX_LINES + 1, message)
        if path.endswith(".lua"):
            return
        self.check_target(path)
        code = without_comments(text).splitlines()
        for number, line in enumerate(code, 1):
            if match := INCLUDE.match(line):
                self.check_include(path, number, *match.groups())
            if CATCH_ALL.search(line) and path not in CATCH_ALL_ALLOWED:
                self.report(path, number, "catch (...) would swallow Lua's own errors")

    def check_target(self, path: str) -> None:
        """Every .cc belongs to a library of layers.txt or to a test binary."""
        layer = self.layers.of(path)
        in_test = path.startswith("tests/") and path.count("/") >= 2
        known = layer is not None and (layer.startswith("test:") or layer in self.layers.uses)
        if path.endswith(".cc") and not known and not in_test and path not in OTHER_SOURCES:
            self.report(path, 1, "the file is in no folder of orm/layers.txt, so in no target")
        elif path.endswith(".h") and path.startswith("orm/") and not known and layer != "orm":
            self.report(path, 1, f"orm/{layer} is not in orm/layers.txt")

    def check_include(self, path: str, number: int, quote: str, header: str) -> None:
        for pattern, homes in FOREIGN_HEADERS.items():
            if re.fullmatch(pattern, header) and not path.startswith(homes):
                self.report(path, number, f"{header} may be included only below {', '.join(homes)}")
        if re.fullmatch(HEAVY_HEADERS, header) and path.endswith(".h"):
            self.report(path, number, f"{header} is slow to compile: not in a header")
        for folder, allowed in NARROW_FOLDERS.items():
            foreign = any(re.fullmatch(pattern, header) for pattern in FOREIGN_HEADERS)
            if path.startswith(folder) and (foreign or quote == '"'):
                if not header.startswith(allowed):
                    self.report(path, number, f"{folder} may include only {', '.join(allowed)}")
        if quote == '"':
            self.check_arrow(path, number, header)

    def check_arrow(self, path: str, number: int, header: str) -> None:
        if path.endswith(".c"):
            return
        if header.split("/")[0] not in SOURCE_FOLDERS or "/" not in header:
            self.report(path, number, f'"{header}": include paths start at the root')
            return
        source, target = self.layers.of(path), self.layers.of(header)
        if header.startswith("tests/"):
            if not path.startswith("tests/"):
                self.report(path, number, f"{path.split('/')[0]}/ may not include {header}")
        elif source in (None, "orm", target) or path.startswith("tests/support/"):
            return
        elif source.startswith("test:"):
            folder = source.removeprefix("test:")
            if target not in self.layers.reachable(folder):
                self.report(path, number, f"the tests of {folder} do not link {target} ({header})")
        elif target == "orm":
            if source not in ("bindings", "shell"):
                self.report(path, number, f"{source} may not include {header}: it is every layer")
        elif target not in self.layers.uses.get(source, set()):
            message = f"{source} may not include {target} ({header}): not in orm/layers.txt"
            self.report(path, number, message)

    def report(self, path: str, number: int, message: str) -> None:
        self.messages.append(f"{path}:{number}: {message}")


def without_comments(text: str) -> str:
    """The text without comments and strings, but with the names of includes and all line ends."""
    token = re.compile(
        r"^[ \t]*#[ \t]*include[^\n]*"  # kept
        r"|//[^\n]*|/\*.*?\*/"
        r"|'(?:\\.|[^'\\\n])'"  # else the quote of '"' would open a string
        r'|R"([^()\\ ]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"',
        re.DOTALL | re.MULTILINE,
    )

    def blank(match: re.Match[str]) -> str:
        found = match.group()
        return found if found.lstrip().startswith("#") else "\n" * found.count("\n") or " "

    return token.sub(blank, text)


# --- Self-test ------------------------------------------------------------------------------------

SELF_TEST_TREE = {
    "orm/layers.txt": "# comment\nbase:\nschema: base\nexpr: schema base\nengine: expr\n"
    "bindings: orm\nshell: bindings orm\n",
    # Nothing wrong here.
    "orm/base/value.h": '#pragma once\n#include <string>\n#include "orm/base/error.h"\n',
    "orm/base/text.cc": "#include <nlohmann/json.hpp>\n// catch (...)\n"
    "char c = '\"'; auto s = \"catch (...)\"; /* #include <lua.h> */\n",
    "orm/orm.h": '#include "orm/engine/engine.h"\n',
    "orm/expr/node.cc": '#include "orm/schema/table.h"\n',
    "bindings/open.cc": '#include <lua.hpp>\n#include "orm/orm.h"\n#include "orm/base/value.h"\n',
    "shell/main.cc": '#include "bindings/open.h"\nvoid f() { try { } catch (...) { } }\n',
    "bindings/syntax/parser.cc": '#include <vector>\n#include "bindings/syntax/parser.h"\n'
    '#include "orm/base/text.h"\n',
    "tests/engine/engine_test.cc": '#include "orm/schema/table.h"\n#include "tests/support/a.h"\n',
    "tests/dialect/sqlite/driver_test.cc": "#include <sqlite3.h>\n",
    "scripts/prelude/model.lua": "return 1\n" * 600,
    # Each of these breaks one rule.
    "orm/schema/up.h": '#pragma once\n\n#include "orm/expr/node.h"\n',
    "orm/engine/skip.h": '#include "orm/base/value.h"\n',
    "orm/expr/lua.cc": '  #  include "lua.h"\n#include <lua5.4/lauxlib.h>\n',
    "orm/expr/umbrella.cc": '#include "orm/orm.h"\n',
    "orm/base/near.cc": '#include "value.h"\n',
    "orm/base/tests.cc": '#include "tests/support/temp.h"\n',
    "orm/engine/native.cc": "#include <sqlite3.h>\n#include <postgresql/libpq-fe.h>\n",
    "orm/base/json.h": "#include <nlohmann/json.hpp>\n",
    "shell/options.h": "#include <CLI/CLI.hpp>\n",
    "orm/base/decimal.h": "#include <boost/multiprecision/cpp_int.hpp>\n",
    "shell/swallow.cc": 'auto s = R"(\n)";\ntry { } catch ( ... ) { }\n',
    "bindings/long.cc": "\n" * 601,
    "bindings/syntax/lua.cc": '#include <lua.hpp>\n#include "bindings/open.h"\n',
    "scripts/prelude/long.lua": "\n" * 601,
    "orm/stray/stray.cc": "",
    "orm/stray/stray.h": "",
    "orm/loose.cc": "",
    "scripts/tool.cc": "",
    "tests/loose_test.cc": "",
    "tests/schema/up_test.cc": '#include "orm/expr/node.h"\n',
    "orm/base/shell.cc": '#include "shell/app.h"\n',
}

SELF_TEST_EXPECTED = """\
bindings/long.cc:601: the file has 601 lines
bindings/syntax/lua.cc:1: bindings/syntax/ may include only bindings/syntax/, orm/base/
bindings/syntax/lua.cc:2: bindings/syntax/ may include only bindings/syntax/, orm/base/
orm/base/decimal.h:1: boost/multiprecision/cpp_int.hpp is slow to compile
orm/base/json.h:1: nlohmann/json.hpp is slow to compile
orm/base/near.cc:1: "value.h": include paths start at the root
orm/base/shell.cc:1: base may not include shell (shell/app.h)
orm/base/tests.cc:1: orm/ may not include tests/support/temp.h
orm/engine/native.cc:1: sqlite3.h may be included only below
orm/engine/native.cc:2: postgresql/libpq-fe.h may be included only below
orm/engine/skip.h:1: engine may not include base (orm/base/value.h)
orm/expr/lua.cc:1: "lua.h": include paths start at the root
orm/expr/lua.cc:1: lua.h may be included only below
orm/expr/lua.cc:2: lua5.4/lauxlib.h may be included only below
orm/expr/umbrella.cc:1: expr may not include orm/orm.h
orm/loose.cc:1: the file is in no folder
orm/schema/up.h:3: schema may not include expr (orm/expr/node.h)
orm/stray/stray.cc:1: the file is in no folder
orm/stray/stray.h:1: orm/stray is not in orm/layers.txt
scripts/prelude/long.lua:601: the file has 601 lines
scripts/tool.cc:1: the file is in no folder
shell/options.h:1: CLI/CLI.hpp is slow to compile
shell/swallow.cc:3: catch (...) would swallow
tests/loose_test.cc:1: the file is in no folder
tests/schema/up_test.cc:1: the tests of schema do not link expr (orm/expr/node.h)
""".splitlines()


def self_test() -> list[str]:
    """Messages about this script: broken rules not reported, and reports not expected."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in SELF_TEST_TREE.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = sorted(Checker(root).run())
        (root / "orm/layers.txt").write_text("base: schema\nschema: base\n")
        circle = Layers(root / "orm/layers.txt").errors
    expected = tuple(SELF_TEST_EXPECTED)
    missed = [line for line in expected if not any(message.startswith(line) for message in found)]
    messages = [f"not reported: {line}" for line in missed]
    messages += [f"not expected: {line}" for line in found if not line.startswith(expected)]
    if circle != ["orm/layers.txt:1: base uses schema, which no earlier line defines"]:
        messages.append(f"not reported: a circle in layers.txt; got {circle}")
    return messages


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="the tree (this one)")
    parser.add_argument("--self-test", action="store_true", help="check this script instead")
    options = parser.parse_args()
    messages = self_test() if options.self_test else Checker(options.root).run()
    for message in messages:
        print(message)
    print(f"{len(messages)} violations" if messages else "in order")
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main())

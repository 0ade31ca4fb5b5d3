#!/usr/bin/env python3
"""Checks the rules of the house that a compiler does not know. Prints one line per breach; exit code 1 when there is any.

  layers     who may include whom: base <- db <- jobs, out, seal <- core.h <- http and the rest of core; core.h <- modules (in
             the order of modules.c); the listener (core/http/http.h) knows base alone
  tables     a module's statements name its own tables and those of modules before it (exceptions with a reason: LATER_TABLES)
  libraries  only core/out uses curl, Cairo and Pango, core/seal sodium, core/db sqlite3 and libpq, core/http microhttpd and jansson, core/base ICU
  calls      functions that cannot be used safely; malloc and free in modules
  length     functions over 70 lines (exceptions with a reason: tools/long_functions.txt), files over 900
  cleanup    a CLEANUP(...) variable without a value: a return before its first use would free whatever lay there
  words      unfinished work must not be committed: notes to oneself are issues, not comments
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 900
TEST_LINES_MAX = 1200  # a list of cases may be longer than what it tests
ALLOW_LIST = "tools/long_functions.txt"

# What each folder of core may include, besides itself. Folders not named here are the rest of core: all of core.
LAYERS = {
    "base": set(),
    "db": {"base"},
    "jobs": {"base", "db"},
    "out": {"base", "db"},
    "seal": {"base", "db"},
}
# Headers directly in core/ that stand on base alone: anyone above base may include them.
PLAIN_HEADERS = {"core/settings.h", "core/perms.h"}
# What must stay free of the program around it, though its folder is the rest of core.
BASE_ALONE = {"core/http/http.h", "core/http/shape_in.h"}
LIBRARIES = {
    "curl/": {"core/out"},
    "cairo": {"core/out"},
    "pango/": {"core/out"},
    "sodium": {"core/seal"},
    "sqlite3": {"core/db"},
    "libpq-fe": {"core/db"},
    "postgresql/": {"core/db"},
    "microhttpd": {"core/http"},
    "jansson": {"core/http"},
    "unicode/": {"core/base"},
}
# A statement that names the table of a later module, and why it may: folder, table.
LATER_TABLES = {("tenants", "ledger_account"): "whether there is money is asked before the currency may change; the ledger itself stands on tenants",
                ("reminders", "appointment"): "a reminder whose appointment is gone is not sent; the calendar makes reminders, so it stands behind them"}
BANNED = {"sprintf": "snprintf or buf_printf", "vsprintf": "vsnprintf", "strcpy": "arena_strdup", "strcat": "struct buf",
          "strncpy": "arena_strndup", "strtok": "a loop", "atoi": "a parser that can fail", "atol": "a parser that can fail",
          "gets": "fgets", "system": "nothing: the server starts no programs"}
BANNED_IN_MODULES = {"malloc": "the arena", "calloc": "the arena", "realloc": "the arena", "free": "the arena"}
# Not between quotes: ISO 4217 has a currency of three X.
UNFINISHED = re.compile(r"""(?<!["'])\b(""" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r""")\b(?!["'])""")
TEXT_SUFFIXES = {".c", ".h", ".py", ".sh", ".ts", ".tsx", ".css", ".html", ".sql", ".md", ".build", ".txt", ".toml", ".yml", ".yaml", ""}
SKIPPED_FOLDERS = {".git", "node_modules", "dist", "demo-data", "test-results", "playwright-report", "__pycache__"}


def without_comments_and_strings(text):
    """The same number of lines, with the inside of comments and literals blanked."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def modules_in_order():
    listing = ROOT / "modules" / "modules.c"
    return re.findall(r"&\s*(\w+)_module\b", without_comments_and_strings(listing.read_text())) if listing.exists() else []


def owners_of_tables():
    """table -> the folder of modules/ whose migrations make it"""
    found = {}
    for path in sorted(ROOT.glob("modules/*/sql/*.sql")):
        for match in re.finditer(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", path.read_text(encoding="utf-8")):
            found.setdefault(match[1], path.relative_to(ROOT).parts[1])
    return found


def project_files():
    """Committed and to be committed; without git, everything that is not obviously made."""
    try:
        out = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"],
                             capture_output=True, text=True, check=True).stdout
        names = out.splitlines()
    except (OSError, subprocess.CalledProcessError):
        names = [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*") if p.is_file()]
    return sorted(n for n in set(names) if (ROOT / n).is_file() and not SKIPPED_FOLDERS & set(pathlib.PurePath(n).parts)
                  and not re.match(r"build[^/]*/", n))


class Checker:
    def __init__(self):
        self.breaches = []
        self.modules = modules_in_order()
        self.allowed_long = self.read_allow_list()
        self.tables = owners_of_tables()

    def breach(self, where, what):
        self.breaches.append(f"{where}: {what}")

    def read_allow_list(self):
        """file:function, a space, the reason."""
        path, allowed = ROOT / ALLOW_LIST, {}
        for number, line in enumerate(path.read_text().splitlines() if path.exists() else [], start=1):
            if not line.strip() or line.startswith("#"):
                continue
            name, _, reason = line.partition(" ")
            if not reason.strip():
                self.breach(f"{ALLOW_LIST}:{number}", f"{name} has no reason")
            allowed[name] = False
        return allowed

    def includes(self, name, text):
        for number, line in enumerate(text.splitlines(), start=1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if match:
                self.library(f"{name}:{number}", name, match[2])
                if match[1] == '"':
                    self.layer(f"{name}:{number}", name, match[2])

    def library(self, where, name, header):
        if not name.startswith(("core/", "modules/")):  # tests and measurements may look at anything
            return
        for prefix, homes in LIBRARIES.items():
            if header.startswith(prefix) and not any(name.startswith(home + "/") for home in homes):
                self.breach(where, f"<{header}> belongs to {', '.join(sorted(homes))} alone")

    def layer(self, where, name, header):
        if not (ROOT / header).is_file():
            self.breach(where, f'"{header}" is not a path from the root of the repository')
        elif name.startswith("core/"):
            self.core_layer(where, name, header)
        elif name.startswith("modules/"):
            self.module_layer(where, name, header)

    def core_layer(self, where, name, header):
        if not header.startswith("core/"):
            self.breach(where, f"core must not know {header}")
            return
        layer, target = name.split("/")[1], header.split("/")[1]
        if name in BASE_ALONE and target not in (layer, "base"):
            self.breach(where, f"{name} stands on core/base alone, not on {header}")
        if layer not in LAYERS or layer == target:
            return
        if header in PLAIN_HEADERS and layer != "base":
            return
        if target not in LAYERS[layer]:
            self.breach(where, f"core/{layer} must not include {header}")

    def module_layer(self, where, name, header):
        parts = name.split("/")
        if len(parts) < 3 or header == "core/core.h":  # modules.c itself lists everything
            if len(parts) < 3 and not header.startswith(("modules/", "core/core.h", "core/cli.h")):
                self.breach(where, f"modules.c and commands.c need core/core.h, core/cli.h and the modules, not {header}")
            return
        module, test = parts[1], name.endswith("_test.c")
        if header.startswith("modules/"):
            other = header.split("/")[1]
            if other != module and (header.split("/")[-1] != f"{other}.h" or not self.earlier(other, module)):
                self.breach(where, f"{module} may include the X.h of modules before it in modules.c, not {header}")
        elif not header.startswith("core/base/") and header != "core/cli.h" and not (test and header.startswith(("tests/lib/", "core/"))):
            self.breach(where, f"a module includes core/core.h (or core/base for pure rules), not {header}")

    def statements(self, name, text):
        parts = name.split("/")
        if len(parts) < 3 or parts[0] != "modules" or not name.endswith(".c"):
            return
        module = parts[1]
        for number, line in enumerate(text.splitlines(), start=1):
            for match in re.finditer(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)", " ".join(re.findall(r'"((?:\\.|[^"\\])*)"', line))):
                owner = self.tables.get(match[1], module)
                if owner != module and not self.earlier(owner, module) and (module, match[1]) not in LATER_TABLES:
                    self.breach(f"{name}:{number}", f"{module} stands before {owner} and may not know its table {match[1]}")

    def earlier(self, other, module):
        if other not in self.modules or module not in self.modules:
            return False
        return self.modules.index(other) < self.modules.index(module)

    def calls(self, name, code):
        banned = dict(BANNED)
        if name.startswith("modules/") and not name.endswith("_test.c"):
            banned.update(BANNED_IN_MODULES)
        pattern = re.compile(r"(?<![\w.>])(" + "|".join(banned) + r")\s*\(")
        for number, line in enumerate(code.splitlines(), start=1):
            for match in pattern.finditer(line):
                self.breach(f"{name}:{number}", f"{match[1]}(): use {banned[match[1]]}")

    def cleanups(self, name, code):
        """Declarations, which may go over several lines; not the macro's own definition."""
        for match in re.finditer(r"(?<!define )\bCLEANUP\s*\(\s*\w+\s*\)([^;=,{]*)([;=,])", code):
            if match[2] != "=":
                line = code.count("\n", 0, match.start()) + 1
                self.breach(f"{name}:{line}", f"CLEANUP variable{' '.join(['', *match[1].split()])} has no value yet: give it one")

    def lengths(self, name, code):
        lines = code.splitlines()
        most = TEST_LINES_MAX if name.startswith("tests/") else FILE_LINES_MAX
        if len(lines) > most:
            self.breach(name, f"{len(lines)} lines; a file is one subject of at most {most}")
        for function, start, end in functions(lines):
            if end - start + 1 <= FUNCTION_LINES_MAX:
                continue
            key = f"{name}:{function}"
            if key in self.allowed_long:
                self.allowed_long[key] = True
            else:
                self.breach(f"{name}:{start}", f"{function}() has {end - start + 1} lines; at most {FUNCTION_LINES_MAX}")

    def words(self, name):
        if pathlib.PurePath(name).suffix not in TEXT_SUFFIXES or name == "LICENSE":
            return
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return
        for number, line in enumerate(text.splitlines(), start=1):
            match = UNFINISHED.search(line)
            if match:
                self.breach(f"{name}:{number}", f"{match[1]}: finish it or write it down where it is planned")

    def run(self):
        for name in project_files():
            self.words(name)
            if not name.endswith((".c", ".h")):
                continue
            text = (ROOT / name).read_text(encoding="utf-8")
            code = without_comments_and_strings(text)
            self.includes(name, text)
            self.calls(name, code)
            self.statements(name, text)
            self.cleanups(name, code)
            self.lengths(name, code)
        for key, used in self.allowed_long.items():
            if not used:
                self.breach(ALLOW_LIST, f"{key} is not a long function any more: take it off the list")


def functions(lines):
    """(name, first line, last line) of each function: from its name to the closing brace in column 0."""
    name, start, inside = None, 0, False
    for number, line in enumerate(lines, start=1):
        if not inside:
            head = re.match(r"^[A-Za-z_][\w\s\*]*?\b(\w+)\s*\(", line)
            if head and not line.rstrip().endswith(";"):
                name, start = head[1], number
            if name and (line.startswith("{") or (number >= start and line.rstrip().endswith("{") and "=" not in line)):
                inside = True
            elif line.rstrip().endswith(";"):
                name = None
        if inside and line.startswith("}"):
            yield name, start, number
            name, inside = None, False


def main():
    checker = Checker()
    checker.run()
    for line in checker.breaches:
        print(line)
    print(f"layers: {len(checker.breaches)} breaches" if checker.breaches else "layers: clean")
    return 1 if checker.breaches else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Breaks each rule of check_layers.py once in a small tree of its own and looks whether it is found. No output is good."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(__file__).resolve().parent
LONG = "int long_one(void)\n{\n" + "    /* line */\n" * 70 + "    return 1;\n}\n"
# file, its text, a part of the line that must be printed
CASES = [
    ("core/base/a.c", '#include "core/db/db.h"\n', "core/base must not include core/db/db.h"),
    ("core/seal/a.c", '#include "core/jobs/jobs.h"\n', "core/seal must not include core/jobs/jobs.h"),
    ("core/jobs/a.c", '#include "core/core.h"\n', "core/jobs must not include core/core.h"),
    ("core/http/http.h", '#include "core/db/db.h"\n', "stands on core/base alone"),
    ("core/db/a.c", '#include "modules/one/one.h"\n', "core must not know modules/one/one.h"),
    ("core/db/a.c", '#include "gone.h"\n', "is not a path from the root"),
    ("modules/one/a.c", '#include "core/db/db.h"\n', "a module includes core/core.h (or core/base"),
    ("modules/one/a.c", '#include "modules/two/two.h"\n', "modules before it"),
    ("modules/two/a.c", '#include "modules/one/inner.h"\n', "modules before it"),
    ("modules/one/a.c", 'const char *q = "SELECT id FROM two_row WHERE tenant_id = $1";\n', "may not know its table two_row"),
    ("modules/one/a.c", "#include <jansson.h>\n", "belongs to core/http alone"),
    ("core/seal/a.c", "#include <curl/curl.h>\n", "belongs to core/out alone"),
    ("core/http/a.c", "#include <cairo-pdf.h>\n", "belongs to core/out alone"),
    ("modules/taxes/a.c", "#include <pango/pangocairo.h>\n", "belongs to core/out alone"),
    ("core/base/a.c", "void f(char *a) { sprintf(a, 1); }\n", "sprintf()"),
    ("modules/one/a.c", "void f(void) { free (0); }\n", "free()"),
    ("core/base/a.c", "void f(void)\n{\n    CLEANUP(buf_free) struct buf b;\n}\n", "a.c:3: CLEANUP variable struct buf b has no value"),
    ("modules/one/a.c", "void f(void)\n{\n    CLEANUP(close_it)\n        int fd;\n}\n", "CLEANUP variable int fd has no value"),
    ("core/base/a.c", "void f(void)\n{\n    struct buf a CLEANUP(buf_free) = { 0 }, b CLEANUP(buf_free);\n}\n", "CLEANUP variable has no value"),
    ("core/base/a.c", LONG, "long_one() has 74 lines"),
    ("core/base/a.c", "\n" * 901, "901 lines"),
    ("core/base/a.c", "/* TO" "DO: later */\n", "finish it"),
    ("tools/long_functions.txt", "core/base/a.c:gone because\n", "take it off"),
]
CLEAN = {
    "core/core.h": "", "core/db/db.h": "", "core/jobs/jobs.h": "", "modules/one/one.h": "", "modules/one/inner.h": "",
    "modules/two/two.h": '#include "core/core.h"\n',
    "modules/two/b.c": '#include "modules/two/two.h"\n#include "modules/one/one.h"\n'
                       '#define CLEANUP(f) __attribute__((cleanup(f)))\nvoid h(void) { CLEANUP(buf_free) struct buf b = { 0 }; CLEANUP(x) int n = open(a); }\n'
                       'const char *f(void) { /* sprintf( */ return "strcpy(" ; }\nint g(void) { return a->free(1); }\n',
    "modules/two/sql/0001_two.sql": "CREATE TABLE two_row (id UUID);\n",
    "modules/two/c.c": 'const char *q = "SELECT id FROM two_row";\n',
    "modules/modules.c": '#include "core/core.h"\nconst struct module *const modules[] = { &one_module, &two_module, 0 };\n',
}


def run_with(extra):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {**CLEAN, **extra}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        (root / "tools").mkdir(exist_ok=True)
        shutil.copy(TOOLS / "check_layers.py", root / "tools")
        done = subprocess.run([sys.executable, root / "tools" / "check_layers.py"], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


def main():
    bad = 0
    code, out = run_with({})
    if code != 0:
        bad += 1
        print(f"a clean tree is refused:\n{out}")
    for name, text, want in CASES:
        code, out = run_with({name: text})
        if code == 0 or want not in out:
            bad += 1
            print(f"not found: {want!r} in {name}:\n{out}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

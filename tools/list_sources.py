#!/usr/bin/env python3
"""Prints the C files of one part of the program, one per line and sorted, so that the build finds a new file by itself.

Parts: core (the library), main (what is the program only), unit, api, fuzz (one program per file), testlib, bench-NAME (one
program per folder of bench/).
"all" prints every C file and is what ./dev compares to know that the build must be configured again.
"""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def files(pattern):
    return {p.relative_to(ROOT).as_posix() for p in ROOT.glob(pattern) if p.is_file()}


def part(name):
    if name == "core":
        return {f for f in files("core/**/*.c") | files("modules/**/*.c") if not f.endswith("_test.c")} - {"core/main.c"}
    if name == "main":
        return files("core/main.c")
    if name == "unit":
        return files("tests/unit/test_*.c") | files("modules/**/*_test.c") | files("core/**/*_test.c")
    if name == "api":
        return files("tests/api/test_*.c")
    if name == "testlib":
        return files("tests/lib/*.c")
    if name == "fuzz":
        return files("tests/fuzz/fuzz_*.c")
    if name.startswith("bench-"):
        return files(f"bench/{name.removeprefix('bench-')}/*.c")
    if name == "all":
        return set().union(*(part(p) for p in ("core", "main", "unit", "api", "testlib", "fuzz", "bench-*")))
    sys.exit(f"list_sources.py: no part named {name}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: list_sources.py core|main|unit|api|testlib|fuzz|bench-NAME|all")
    for path in sorted(part(sys.argv[1])):
        print(path)

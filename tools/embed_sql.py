#!/usr/bin/env python3
"""Turns the sql/ folders into one C file: const struct migration all_migrations[] (core/db/db.h).

    embed_sql.py OUT.c [DEPFILE]

core/db/sql and modules/X/sql hold NNNN_name.sql (both engines) and, where an engine needs more, NNNN_name.sqlite.sql and
NNNN_name.pg.sql. Core comes first, then the modules in the order of modules/modules.c. Numbers start at 1 in each folder,
without gaps, so that two people cannot both add "the next one" unseen. Any mistake stops the build.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)(?:\.(sqlite|pg))?\.sql$")


def module_names():
    """The modules in the order of the list in modules.c."""
    listing = ROOT / "modules" / "modules.c"
    if not listing.exists():
        return []
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", listing.read_text(), flags=re.S)
    return re.findall(r"&\s*(\w+)_module\b", code)


def sql_folders():
    folders = [("core", ROOT / "core" / "db" / "sql")]
    folders += [(name, ROOT / "modules" / name / "sql") for name in module_names()]
    listed = {folder for _, folder in folders}
    for stray in sorted(ROOT.glob("modules/*/sql")):
        # Without a modules.c there is nothing to be missing from.
        if stray not in listed and (ROOT / "modules" / "modules.c").exists():
            sys.exit(f"embed_sql.py: {stray.relative_to(ROOT)} belongs to no module of modules/modules.c")
    return [(name, folder) for name, folder in folders if folder.is_dir()]


def migrations_of(module, folder):
    """{number: {"name": ..., "sql"|"sqlite"|"pg": text}} of one folder."""
    found = {}
    for path in sorted(folder.iterdir()):
        match = NAME.match(path.name)
        if not match:
            sys.exit(f"embed_sql.py: {path.relative_to(ROOT)}: want NNNN_name.sql, NNNN_name.sqlite.sql or NNNN_name.pg.sql")
        number, name, engine = int(match[1]), match[2], match[3] or "sql"
        entry = found.setdefault(number, {"name": name})
        if entry["name"] != name:
            sys.exit(f"embed_sql.py: {module}: {number:04} is both {entry['name']} and {name}")
        entry[engine] = path.read_text(encoding="utf-8")
    for wanted, number in enumerate(sorted(found), start=1):
        if wanted != number:
            sys.exit(f"embed_sql.py: {module}: number {wanted:04} is missing")
        if "sql" not in found[number]:
            sys.exit(f"embed_sql.py: {module}: {number:04}_{found[number]['name']}.sql is missing (it may be empty)")
    return found


def c_string(text):
    """One literal per line of SQL: the compiler's messages and a reader see the same lines."""
    if not text:
        return '""'
    return "\n" + "\n".join(f'    "{escape(line)}\\n"' for line in text.splitlines())


def escape(line):
    out = []
    for byte in line.encode("utf-8"):
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return "".join(out)


def generate():
    out = ["/* Made by tools/embed_sql.py. */", '#include "core/db/db.h"', "",
           '#pragma GCC diagnostic ignored "-Woverlength-strings"', "",
           "extern const struct migration all_migrations[];", "const struct migration all_migrations[] = {"]
    for module, folder in sql_folders():
        for number, entry in sorted(migrations_of(module, folder).items()):
            out.append(f'  {{ .module = "{module}", .name = "{entry["name"]}", .number = {number}, .sql = {c_string(entry["sql"])}')
            for engine in ("sqlite", "pg"):
                if engine in entry:
                    out.append(f"  , .{engine} = {c_string(entry[engine])}")
            out.append("  },")
    out += ["  { .module = NULL },", "};", ""]
    return "\n".join(out)


def write_depfile(path, target):
    """The folders are named too: a file that is added or removed changes its folder."""
    inputs = [ROOT / "modules" / "modules.c"] if (ROOT / "modules" / "modules.c").exists() else []
    for _, folder in sql_folders():
        inputs += [folder, *sorted(folder.iterdir())]
    pathlib.Path(path).write_text(f"{target}: " + " ".join(str(i).replace(" ", "\\ ") for i in inputs) + "\n")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: embed_sql.py OUT.c [DEPFILE]")
    out, text = pathlib.Path(sys.argv[1]), generate()
    if not out.exists() or out.read_text() != text:
        out.write_text(text)
    if len(sys.argv) == 3:
        write_depfile(sys.argv[2], sys.argv[1])


if __name__ == "__main__":
    main()

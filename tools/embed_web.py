#!/usr/bin/env python3
"""Turns the built browser side into one C file: const struct asset assets[] (core/http/http.h).

    embed_web.py DIST OUT.c [DEPFILE]

DIST/manifest.json lists the files. Their bytes stay in DIST: the assembler includes them (.incbin), so the compiler never
reads a megabyte of numbers. Without DIST (a machine without Node) a page that says so is embedded instead, and everything
but the browser side works.
"""
import hashlib
import json
import pathlib
import sys

HEAD = '/* Made by tools/embed_web.py. */\n#include "core/http/http.h"\n\n'

PLACEHOLDER = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>clinicd</title></head>
<body>
<h1>The web interface is not built in</h1>
<p>This clinicd was compiled without its browser side. The program runs, and its API answers under
<a href="/api/v1/openapi.json">/api/v1</a>; its description is at <a href="/docs">/docs</a>.</p>
<p>To build the web interface in, install Node 18 or newer and npm, then compile again:</p>
<pre>cd web &amp;&amp; npm ci &amp;&amp; npm run build
cd .. &amp;&amp; meson compile -C build</pre>
</body>
</html>
"""
PLACEHOLDER_PATHS = ("/", "/app.html", "/booking.html")

SYMBOL = """__asm__(".section .rodata\\n"
        ".globl asset_{name}\\n"
        ".hidden asset_{name}\\n"
        ".balign 16\\n"
        "asset_{name}:\\n"
        ".incbin {path}\\n"
        ".byte 0\\n"
        ".previous\\n");
extern const unsigned char {name}[] __asm__("asset_{name}");
"""


def fail(text):
    sys.exit(f"embed_web.py: {text}")


def c_text(text):
    """A C string literal. Non-ASCII and control characters as octal, which cannot swallow the character behind it."""
    out = []
    for byte in text.encode():
        char = chr(byte)
        out.append({"\\": "\\\\", '"': '\\"'}.get(char, char) if 32 <= byte < 127 else f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def include(name, path):
    """The assembler's view of one file. The path is quoted twice: for the assembler inside, for C outside."""
    quoted = c_text('"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"')[1:-1]
    return SYMBOL.format(name=name, path=quoted)


def row(entry, names, sizes):
    """One initializer of the table; names and sizes are by kind: data, br, gz."""
    pointers = ", ".join(f".{kind} = {names[kind]}" for kind in ("data", "br", "gz") if kind in names)
    lengths = ", ".join(f".{field} = {sizes[kind]}" for kind, field in (("data", "len"), ("br", "br_len"), ("gz", "gz_len")) if kind in sizes)
    etag = c_text('"' + entry["hash"] + '"')
    immutable = "true" if entry["immutable"] else "false"
    return (f"    {{.path = {c_text(entry['path'])}, .type = {c_text(entry['type'])}, .etag = {etag},\n"
            f"     {pointers}, {lengths}, .immutable = {immutable}}},\n")


def table(rows):
    return ("extern const struct asset assets[];\nextern const size_t n_assets;\n\n"
            + "const struct asset assets[] = {\n" + "".join(rows) + "};\n"
            + "const size_t n_assets = sizeof assets / sizeof assets[0];\n")


def placeholder():
    lines = "\n".join("    " + c_text(line + "\n") for line in PLACEHOLDER.splitlines())
    code = f"static const char page[] =\n{lines};\n\n"
    digest = hashlib.sha256(PLACEHOLDER.encode()).hexdigest()[:16]
    rows = [row({"path": path, "type": "text/html; charset=utf-8", "hash": digest, "immutable": False},
                {"data": "(const unsigned char *)page"}, {"data": "sizeof page - 1"}) for path in PLACEHOLDER_PATHS]
    return HEAD + code + table(rows), []


def embed(dist):
    """(C text, files read)."""
    entries = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))["files"]
    code, rows, read = [], [], [dist / "manifest.json"]
    for number, entry in enumerate(entries):
        names, sizes = {}, {}
        for kind, field in (("data", "file"), ("br", "br"), ("gz", "gz")):
            if not entry.get(field):
                continue
            path = (dist / entry[field]).resolve()
            if not path.is_file() or dist not in path.parents:
                fail(f"{entry[field]} of manifest.json is not a file in {dist}; run `npm run build` again")
            names[kind], sizes[kind] = f"file_{number}_{kind}", path.stat().st_size
            code.append(include(f"file_{number}_{kind}", path))
            read.append(path)
        rows.append(row(entry, names, sizes))
    if not rows:
        fail("manifest.json lists no files")
    return HEAD + "".join(code) + "\n" + table(rows), read


def write_depfile(path, target, dependencies):
    escaped = [str(name).replace("$", "$$").replace("#", "\\#").replace(" ", "\\ ") for name in dependencies]
    pathlib.Path(path).write_text(f"{target}: {' '.join(escaped)}\n", encoding="utf-8")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    dist = pathlib.Path(sys.argv[1]).resolve()
    if (dist / "manifest.json").is_file():
        code, read = embed(dist)
    else:
        code, read = placeholder()
        # What would change when somebody builds the browser side: the nearest folder that is there.
        read = [next(folder for folder in (dist, *dist.parents) if folder.is_dir())]
    pathlib.Path(sys.argv[2]).write_text(code, encoding="utf-8")
    if len(sys.argv) == 4:
        write_depfile(sys.argv[3], sys.argv[2], [pathlib.Path(__file__).resolve(), *read])


if __name__ == "__main__":
    main()

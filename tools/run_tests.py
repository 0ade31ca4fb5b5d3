#!/usr/bin/env python3
"""Runs the test programs of a build tree and adds up what they say.

    run_tests.py --tree build-asan --counts FILE [--jobs N] [--timeout S] [name…]

A test program is an executable unit-* or api-* in the tree; its last "N passed, N failed" line is its result. A program that
ends by a signal, with a code other than 0 and no failed test, without a result, or with no test at all counts as one failed
test. What a program wrote is kept in TREE/test-logs and shown only when it failed. Names choose programs that contain one.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

RESULT = re.compile(r"^(\d+) passed, (\d+) failed\s*$", re.M)
SHOWN_LINES_MAX = 120
SCRATCH_BYTES = 4 << 30
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": f"halt_on_error=0:exitcode=66:second_deadlock_stack=1:suppressions={os.path.join(os.path.dirname(os.path.abspath(__file__)), 'tsan_suppressions.txt')}",
}
LONGEST = ("unit-test_reminders", "api-test_cards_pay", "api-test_documents", "api-test_contract", "api-test_feeds", "unit-test_power", "unit-test_cli")
running, running_lock = set(), threading.Lock()


def programs(tree, names):
    def wanted(path):
        return path.is_file() and os.access(path, os.X_OK) and path.name.startswith(("unit-", "api-")) and "." not in path.name
    found = sorted(p for p in tree.iterdir() if wanted(p))
    known = {source_name(p) for p in sources()}
    wanted_ones = [p for p in found if p.name in known and (not names or any(n in p.name for n in names))]
    return sorted(wanted_ones, key=lambda p: LONGEST.index(p.name) if p.name in LONGEST else len(LONGEST)) # so that none is left alone at the end


def sources():
    """The test sources of now: an executable whose source has gone is a left-over and is not run."""
    out = []
    for kind in ("unit", "api"):
        listing = subprocess.run([sys.executable, pathlib.Path(__file__).with_name("list_sources.py"), kind],
                                 capture_output=True, text=True, check=True).stdout
        out += [(kind, line) for line in listing.split()]
    return out


def source_name(source):
    kind, path = source
    return f"{kind}-{pathlib.PurePath(path).stem}"


def scratch():
    """In memory where there is room: each commit of a test waits for the disk otherwise, and no test takes the power away from a real one."""
    try:
        there = os.statvfs("/dev/shm")
        return "/dev/shm" if there.f_bavail * there.f_frsize > SCRATCH_BYTES and os.access("/dev/shm", os.W_OK | os.X_OK) else None
    except OSError:
        return None


def run_one(program, tree, timeout):
    """(name, passed, failed, seconds, why it failed or None, log path)"""
    log = tree / "test-logs" / f"{program.name}.log"
    folder = tempfile.mkdtemp(prefix="clinicd-test-", dir=scratch())
    env = {**SANITIZERS, **os.environ, "TMPDIR": folder, "BUILD_DIR": str(tree)}
    started, why = time.monotonic(), None
    with log.open("wb") as out:
        process = subprocess.Popen([str(program)], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=env,
                                   start_new_session=True)
        with running_lock:
            running.add(process)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            why, code = f"still running after {timeout} s", None
        end_group(process)
        with running_lock:
            running.discard(process)
    shutil.rmtree(folder, ignore_errors=True)
    passed, failed, why = judge(log.read_text(errors="replace"), code, why)
    return program.name, passed, failed, time.monotonic() - started, why, log


def end_group(process):
    """The program and what it started and forgot: its own session, so nobody else is hit."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def judge(text, code, why):
    results = RESULT.findall(text)
    passed, failed = (int(results[-1][0]), int(results[-1][1])) if results else (0, 0)
    if why is None and code is not None and code < 0:
        why = f"ended by {signal.Signals(-code).name}"
    elif why is None and not results:
        why = f"no result, exit code {code}"
    elif why is None and passed + failed == 0:
        why = "ran no test"
    elif why is None and code != 0 and failed == 0:
        why = f"exit code {code}"
    if why:
        failed += 1
    elif failed:
        why = f"{failed} failed"
    return passed, failed, why


def show(result):
    name, passed, failed, seconds, why, log = result
    print(f"{'FAIL' if failed else 'ok  '} {name:<34} {passed:>5} passed {seconds:6.1f} s{'  ' + why if why else ''}", flush=True)
    if failed:
        lines = log.read_text(errors="replace").splitlines()
        interesting = [line for line in lines if not line.startswith("ok  ")]
        for line in interesting[-SHOWN_LINES_MAX:]:
            print(f"     | {line}")
        print(f"     | (all of it: {log})", flush=True)


def stop_all(signum, _frame):
    with running_lock:
        for process in running:
            end_group(process)
    sys.exit(128 + signum)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tree", type=pathlib.Path, required=True)
    parser.add_argument("--counts", type=pathlib.Path, help="append 'passed failed' to this file")
    parser.add_argument("--jobs", type=int, default=min(4, 1 + (os.cpu_count() or 1))) # much of a test is waiting
    parser.add_argument("--timeout", type=int, default=300)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop_all)
    tree = args.tree.resolve()
    (tree / "test-logs").mkdir(exist_ok=True)
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run_one, p, tree, args.timeout) for p in programs(tree, args.names)]):
            result = done.result()
            show(result)
            passed += result[1]
            failed += result[2]
    if args.counts:
        with args.counts.open("a") as out:
            out.write(f"{passed} {failed}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

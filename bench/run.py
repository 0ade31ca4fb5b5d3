#!/usr/bin/env python3
"""./dev bench: fills a clinic, drives the real server with bench-load, measures what the databases alone can do, and writes
bench/RESULTS.md. PostgreSQL is measured when CLINICD_TEST_PG is set (tests/lib/with_postgres sets it)."""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import streams

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
PASSWORD = "bench-bench-bench"
EMAIL, OWNER = "desk@demo.test", "owner@demo.test"
# Everything comes from one address and one session here; the limits are measured by their own tests.
SETTINGS = {"CLINICD_RATE_SESSION_PER_SECOND": "1000000", "CLINICD_RATE_SESSION_BURST": "1000000", "CLINICD_RATE_LOGIN_PER_MINUTE": "100000",
            "CLINICD_RATE_PUBLIC_PER_MINUTE": "1000000", "CLINICD_STRIPE_API_URL": "http://127.0.0.1:9", "CLINICD_LOG": "warn"}
# (scenario, connections); "book" runs with as many clients as the aim says for the engine
RUNS = [("calendar", 1), ("calendar", 32), ("month", 1), ("cards", 1), ("slots_one", 1), ("slots", 1), ("slots", 8), ("slots_chair", 1), ("book", 1), ("book", None), ("wallet", None),
        ("race", 32), ("race", 1000), ("webhook", 128), ("webhook_again", 32)]
CLIENTS = {"sqlite": 64, "postgres": 32}


class Server:
    """The program on one database, with the demo clinic and the past of bench/seed.py in it."""

    def __init__(self, engine, folder, appointments):
        self.engine, self.data = engine, folder
        self.port = free_port()
        url = {} if engine == "sqlite" else {"CLINICD_DATABASE_URL": os.environ["CLINICD_TEST_PG"]}
        self.env = {**{k: v for k, v in os.environ.items() if not k.startswith("CLINICD_")}, **SETTINGS, **url,
                    "CLINICD_LISTEN": f"127.0.0.1:{self.port}", "CLINICD_BASE_URL": f"http://127.0.0.1:{self.port}"}
        self.run("init")
        self.run("demo", "--password", PASSWORD)
        say(f"{engine}: filling with {appointments} appointments")
        subprocess.run([sys.executable, ROOT / "bench" / "seed.py", self.seed_url(), "--appointments", str(appointments)], check=True)
        self.process = None

    def run(self, command, *args):
        subprocess.run([BUILD / "clinicd", command, "--data", self.data, *args], env=self.env, check=True, stdout=subprocess.DEVNULL)

    def seed_url(self):
        if self.engine == "sqlite":
            return f"sqlite:{self.data / 'clinicd.db'}"
        return os.environ["CLINICD_TEST_PG_ADMIN"].replace("/postgres?", "/clinicd?")

    def start(self):
        """Returns the seconds from the start of the process to the first good answer of /ready."""
        log = (self.data / "server.log").open("w")
        begun = time.monotonic()
        self.process = subprocess.Popen([BUILD / "clinicd", "serve", "--data", self.data], env=self.env, stdout=log, stderr=log)
        while self.process.poll() is None and time.monotonic() < begun + 30:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=2)
                return time.monotonic() - begun
            except OSError:
                time.sleep(0.005)
        sys.exit(f"the server did not come up:\n{(self.data / 'server.log').read_text()[-2000:]}")

    def start_often(self):
        """The median of five starts, and what the last one takes of memory before anybody has asked for anything."""
        took = []
        for _ in range(5):
            self.stop()
            took.append(self.start())
        time.sleep(1)
        return sorted(took)[2], self.memory()

    def memory(self):
        return int(re.search(r"VmRSS:\s*(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1]) * 1024

    def size(self):
        if self.engine == "sqlite":
            return sum(f.stat().st_size for f in self.data.glob("clinicd.db*"))
        return int(psql(self.seed_url(), "SELECT pg_database_size(current_database())"))

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def load(self, window, scenario, connections, seconds):
        watch = [self.process.pid] + ([postmaster()] if self.engine == "postgres" else [])
        args = [str(BUILD / "bench-load"), "--scenario", scenario, "--connections", str(connections), "--seconds", str(seconds), "--email", OWNER if scenario.startswith(("webhook", "wallet")) else EMAIL,
                "--password", PASSWORD, "--port", str(self.port), "--window", str(window), "--windows", str(len(RUNS) + 1)] + [x for pid in watch for x in ("--pid", str(pid))]
        done = subprocess.run(args, stdout=subprocess.PIPE, text=True)
        if not done.stdout:
            sys.exit(f"bench-load {scenario} gave no result")
        result = json.loads(done.stdout)
        if done.returncode != 0:
            result["failed"] = True
        return result


def say(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def psql(url, sql):
    return subprocess.run(["psql", "-X", "-At", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, url], capture_output=True, text=True, check=True).stdout.strip()


def postmaster():
    """The parent of our own backend."""
    out = subprocess.run(["psql", "-X", "-At", "-q", os.environ["CLINICD_TEST_PG_ADMIN"]], capture_output=True, text=True, check=True,
                         input="SELECT pg_backend_pid() AS pid \\gset\n\\setenv PID :pid\n\\! sed -n 's/^PPid:[[:space:]]*//p' /proc/$PID/status\n")
    return int(out.stdout.strip())


def ceiling(*args):
    done = subprocess.run([BUILD / "bench-ceiling", *map(str, args)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench-ceiling {args}: {done.stdout}{done.stderr}")
    return done.stdout


def ceiling_sqlite(server, seconds):
    """On a copy, so that the figures of the server do not depend on the order."""
    copy = server.data / "ceiling.db"
    shutil.copy(server.data / "clinicd.db", copy)
    out = [json.loads(ceiling("book", copy, seconds, batch)) for batch in (1, 8, 64)]
    for part in server.data.glob("ceiling.db*"):
        part.unlink()
    return out


def ledger_sqlite(server, seconds, transfers=1_000_000):
    """The ledger in files of its own: its transfers beside a bare loop that writes the same rows, a statement, the proof."""
    with tempfile.TemporaryDirectory(dir=server.data) as folder:
        return json.loads(ceiling("ledger", folder, seconds, transfers))


def ceiling_postgres(server, seconds):
    admin, url = server.seed_url(), os.environ["CLINICD_TEST_PG"]
    psql(admin, """CREATE FUNCTION bench_id(n bigint) RETURNS uuid LANGUAGE sql STABLE AS
        $$ SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || lpad(to_hex(n), 20, '0'))::uuid $$""")
    tenant, location = psql(admin, "SELECT l.tenant_id, l.id FROM location l JOIN tenant t ON t.tenant_id = l.tenant_id WHERE t.slug = 'demo'"
                                   " AND l.name <> 'Bench annex' LIMIT 1").split("|")
    service = psql(admin, "SELECT id FROM service WHERE name = 'Bench visit'")
    psql(admin, "INSERT INTO session (token_hash, id, tenant_id, member_id, account_id, kind, created_at, seen_at, expires_at, address, user_agent)"
                f" SELECT 'bench', m.id, m.tenant_id, m.id, m.account_id, 'bearer', 0, 0, 0, '', '' FROM member m WHERE m.tenant_id = '{tenant}' LIMIT 1")
    values = {"token": "bench", "tenant": tenant, "location": location, "service": service, "first_start": 65744 * 86400 * 1000000, "i": 0, "now": int(time.time() * 1e6),
              "providers": 10, "clients": 5000}
    out = []
    for run, (clients, what) in enumerate(((1, "reads"), (8, "reads"), (32, "writes"), (32, "reads"))):
        script = server.data / "booking.pgbench"
        script.write_text(ceiling("pgbench", what))
        watch = postmaster()
        args = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(2, clients)), "-T", str(seconds), "-f", str(script)]
        before = cpu_of_children(watch)
        options = {**os.environ, "PGOPTIONS": "-c plan_cache_mode=force_generic_plan -c jit=off"}
        done = subprocess.run([*args, *(x for k, v in {**values, "first": run * 400_000}.items() for x in ("-D", f"{k}={v}")), url],
                              capture_output=True, text=True, env=options)
        time.sleep(0.5)  # the postmaster counts a backend's time when it has seen its end
        after = cpu_of_children(watch)
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        if not found or "failed transactions: 0" not in done.stdout.replace("number of ", "") or "ERROR" in done.stderr:
            sys.exit(f"pgbench: {done.stdout}{done.stderr}")
        rate = float(found[1])
        out.append({"clients": clients, "what": what, "per_second": rate, "cpu_us_per_booking": (after - before) / (rate * seconds) * 1e6})
    psql(admin, "DROP FUNCTION bench_id; DELETE FROM session WHERE token_hash = 'bench'")
    return out


def cpu_of_children(pid):
    """Seconds of a process and its children, ended ones included (from its own account of them)."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0.0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if stat.parent.name == str(pid):
            total += sum(int(x) for x in fields[11:15]) / ticks
        elif fields[1] == str(pid):
            total += sum(int(x) for x in fields[11:13]) / ticks
    return total


# ---- the report ----

def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) // 1024 // 1024
    system = re.search(r'PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text())[1]
    return (f"{os.cpu_count()} CPUs ({model[1] if model else platform.machine()}), {memory} GiB of memory, {system}, Linux {platform.release()}; load average"
            f" before the start {os.getloadavg()[0]:.1f}. Server, database and load generator share these CPUs.")


def fsync_us(folder):
    """The median of one 4 KiB write with fdatasync: what each commit waits for at least."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder) as f:
        for _ in range(200):
            started = time.perf_counter()
            os.pwrite(f.fileno(), b"x" * 4096, 0)
            os.fdatasync(f.fileno())
            times.append(time.perf_counter() - started)
    return sorted(times)[100] * 1e6


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def server_rows(results):
    rows = []
    for r in results:
        races = f"{r['rounds']} races, {r['rounds_without_one_winner']} without exactly one winner" if "rounds" in r else ""
        status = ", ".join(f"{n}× {code}" for code, n in r["status"].items())
        rows.append([r["scenario"], r["connections"], r["per_second"], r["wanted_per_second"], r["p50_ms"], r["p99_ms"], r["cpu_us_per_request"],
                     "; ".join(x for x in (status, races, f"{r['broken']} broken" if r["broken"] else "") if x)])
    return rows


def aims(engine, found):
    """What was asked for beside what was measured."""
    def cpu(scenario, connections=1):
        return next(r["cpu_us_per_request"] for r in found["server"] if (r["scenario"], r["connections"]) == (scenario, connections))

    book = next(r for r in found["server"] if (r["scenario"], r["connections"]) == ("book", CLIENTS[engine]))
    wallet = next(r for r in found["server"] if r["scenario"] == "wallet")
    top, writes, bare = found["ceiling"][-1]["per_second"], found["ceiling"][-2]["per_second"], found["bare"]
    crowd = next(r for r in found["server"] if (r["scenario"], r["connections"]) == ("race", 1000))
    told, again = (next(r for r in found["server"] if r["scenario"] == name) for name in ("webhook", "webhook_again"))
    share = 70 if engine == "sqlite" else 80
    return [
        ["bookings a second, %d clients, of the database alone" % CLIENTS[engine], f"≥ {share}%", f"{book['wanted_per_second'] / top:.0%}"
         f" ({book['wanted_per_second']:,} of {top:,.0f}" + (f"; of its writes alone {book['wanted_per_second'] / writes:.0%} of {writes:,.0f})" if engine == "postgres" else ")")],
        ["the same paid from a wallet, of the plain ones", "≥ 60%", f"{wallet['wanted_per_second'] / book['wanted_per_second']:.0%} ({wallet['wanted_per_second']:,})"],
        ["day of ten providers, CPU against its bare statement", "≤ 1.5", f"{cpu('calendar') / bare['cpu_us_per_query']:.2f} ({cpu('calendar')} of"
         f" {bare['cpu_us_per_query']:.0f} µs, {bare['rows_per_query']:.0f} rows)"],
        ["free times, 1 provider, 30 days, CPU", "< 1 ms", f"{cpu('slots_one') / 1000:.2f} ms"],
        ["free times, 10 providers, 7 days, CPU", "< 2 ms", f"{cpu('slots') / 1000:.2f} ms"],
        ["free times, 20 providers, 31 days, with a chair, CPU", "< 10 ms", f"{cpu('slots_chair') / 1000:.2f} ms"],
        ["the month view of about 3,000 appointments, CPU", "< 15 ms", f"{cpu('month') / 1000:.2f} ms"],
        [f"start to /ready, {found['bytes'] / 1e9:.2f} GB", "≤ 300 ms", f"{found['start_s'] * 1000:.0f} ms"],
        ["memory, idle, 100 clinics", "≤ 64 MB", f"{found['idle_bytes'] / 1e6:.1f} MB ({found['memory_bytes'] / 1e6:.0f} MB after all of the rows below)"],
        [f"{streams.STREAMS} event streams: more memory; a change reaches all", "< 64 MB; < 1 s", f"{found['streams']['bytes'] / 1e6:.1f} MB; "
         + ("not all" if found["streams"]["seconds"] is None else f"{found['streams']['seconds'] * 1000:.0f} ms, the slowest of {streams.ROUNDS}")],
        ["events of Stripe a second, 128 senders, each on disk before its answer", "≥ 2,000", f"{told['wanted_per_second']:,} ({told['cpu_us_per_request']} µs of CPU each, its job included);"
         f" the same again {again['wanted_per_second']:,} ({again['cpu_us_per_request']} µs)"],
        ["1,000 clients want one time", "one 201, no 5xx, ≤ 2 s", f"{crowd.get('rounds', 0)} races, {crowd.get('rounds_without_one_winner', 0)} without exactly one winner;"
         f" the last answer after {crowd['max_ms'] / 1000:.2f} s; answers " + ", ".join(f"{n}× {code}" for code, n in crowd["status"].items())],
    ] + ledger_aims(found.get("ledger"))


def ledger_aims(led):
    """Measured on SQLite alone."""
    if not led:
        return []
    return [
        ["ledger transfers a second, 128 writers, of a bare loop that writes the same rows", "≥ 70%", f"{led['program_per_second'] / led['bare_per_second']:.0%}"
         f" ({led['program_per_second']:,.0f} of {led['bare_per_second']:,.0f})"],
        ["statement of an account with 100,000 transfers, first page, CPU", "< 2 ms", f"{led['page_us'] / 1000:.2f} ms"],
        [f"`verify ledger` over {led['transfers']:,} transfers", "< 5 s", f"{led['verify_s']:.1f} s ({led['verify_cpu_s']:.1f} s of CPU); sealing them {led['seal_s']:.1f} s"],
    ]


def report(args, about, engines):
    binary = (BUILD / "clinicd").stat().st_size
    parts = ["# Measured", "",
             f"Written by `./dev bench` on {time.strftime('%Y-%m-%d')}: {args.appointments:,} appointments in one clinic of 100, {args.seconds} s per row after 1 s"
             " of warm-up, the release build.", "", f"Machine: {about}", "",
             f"The program with its pages and symbols is {binary / 1e6:.1f} MB (aim: 10 MB).", "",
             "`book` = POST /api/v1/appointments at free times, everything included (session, checks, audit, event); `wallet` = the same, paid from"
             " the client's wallet (order, transfers, audit in the same commit); `race` = all connections want overlapping"
             " times of one provider at once, exactly one may win; `calendar` = one day of ten providers; `month` = what the month view asks for, 22 days of them (numbers and the first four of each day), `cards` = the same days whole; `slots` = free times of"
             " ten providers in a week, `slots_one` of one in 30 days, `slots_chair` of twenty in 31 days for a service that needs a chair. Requests a second,"
             " latency and CPU are those of a closed loop on the same machine; CPU is of the server and its database processes.", "",
             "The database alone: the statements are the program's own, taken from its tables by `bench-ceiling`. SQLite: one writer, a savepoint per booking,"
             " so many bookings per commit, synchronous=FULL. PostgreSQL: pgbench, the three trips of the server, each a pipeline: who asks; the client and"
             " what is in the way; BEGIN, the settings of row-level security, the advisory locks, appointment, two claims, audit, event, two reminders, the client's next visit,"
             " COMMIT; `writes`: the third alone; as the program's role. The bare statement of the calendar runs in a loop on one connection, every column fetched.", ""]
    for engine, found in engines.items():
        parts += [f"## {engine}", "", table(["what", "aim", "measured"], aims(engine, found)), "",
                  table(["scenario", "connections", "requests/s", "wanted/s", "p50 ms", "p99 ms", "CPU µs/request", "answers"], server_rows(found["server"])), "",
                  table(["database alone: batch or clients", "bookings/s", "CPU µs/booking"],
                        [[c.get("batch") or f"{c['clients']} {c['what']}", round(c["per_second"]), round(c["cpu_us_per_booking"])] for c in found["ceiling"]]), ""]
    return "\n".join(parts)


def measure(engine, args):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="data-", dir=BUILD))
    server = Server(engine, folder, args.appointments)
    try:
        found = {"ceiling": (ceiling_sqlite if engine == "sqlite" else ceiling_postgres)(server, args.seconds), "bytes": server.size()}
        if engine == "sqlite":
            found["ledger"] = ledger_sqlite(server, args.seconds)
        found["bare"] = json.loads(ceiling("calendar", server.seed_url() if engine == "sqlite" else os.environ["CLINICD_TEST_PG"], args.seconds))
        found["start_s"], found["idle_bytes"] = server.start_often()
        found["server"] = []
        for window, (scenario, connections) in enumerate(RUNS):
            connections = connections or CLIENTS[engine]
            say(f"{engine}: {scenario}, {connections} connections")
            if engine == "postgres" and scenario == "wallet":
                # Its tables are new: plans made for empty ones last until the server analyses them, which it does each minute.
                server.load(len(RUNS), scenario, connections, 1)
                psql(server.seed_url(), "ANALYZE")
            found["server"].append(server.load(window, scenario, connections, max(args.seconds, 10) if connections == 1000 else args.seconds))
        found["memory_bytes"] = server.memory()
        server.stop()
        server.start()
        say(f"{engine}: {streams.STREAMS} event streams")
        found["streams"] = streams.measure(server, EMAIL, PASSWORD)
        return found
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--appointments", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--engines", default="sqlite,postgres")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench" / "RESULTS.md")
    args = parser.parse_args()
    about = machine() + f" One 4 KiB write with fdatasync takes {fsync_us(BUILD):.0f} µs."
    wanted = [e for e in args.engines.split(",") if e == "sqlite" or "CLINICD_TEST_PG" in os.environ]
    engines = {engine: measure(engine, args) for engine in wanted}
    args.out.write_text(report(args, about, engines))
    print(args.out.read_text())
    bad = [r for found in engines.values() for r in found["server"] if r.get("failed")]
    for r in bad:
        print(f"FAILED: {r['scenario']} with {r['connections']} connections: {r}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

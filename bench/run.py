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

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
PASSWORD = "bench-bench-bench"
EMAIL = "desk@demo.test"
# Everything comes from one address and one session here; the limits are measured by their own tests.
SETTINGS = {"CLINICD_RATE_SESSION_PER_SECOND": "1000000", "CLINICD_RATE_SESSION_BURST": "1000000", "CLINICD_RATE_LOGIN_PER_MINUTE": "100000",
            "CLINICD_LOG": "warn"}
# (scenario, connections)
RUNS = [("calendar", 1), ("calendar", 32), ("slots", 1), ("slots", 8), ("book", 1), ("book", 8), ("book", 32), ("book", 128), ("race", 8), ("race", 32)]


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
        log = (self.data / "server.log").open("w")
        self.process = subprocess.Popen([BUILD / "clinicd", "serve", "--data", self.data], env=self.env, stdout=log, stderr=log)
        for _ in range(200):
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=2)
                return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"the server did not come up:\n{(self.data / 'server.log').read_text()[-2000:]}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def load(self, window, scenario, connections, seconds):
        watch = [self.process.pid] + ([postmaster()] if self.engine == "postgres" else [])
        args = [str(BUILD / "bench-load"), "--scenario", scenario, "--connections", str(connections), "--seconds", str(seconds), "--email", EMAIL,
                "--password", PASSWORD, "--port", str(self.port), "--window", str(window), "--windows", str(len(RUNS))] + [x for pid in watch for x in ("--pid", str(pid))]
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


def ceiling_sqlite(server, seconds):
    """On a copy, so that the figures of the server do not depend on the order."""
    copy = server.data / "ceiling.db"
    shutil.copy(server.data / "clinicd.db", copy)
    out = []
    for batch in (1, 8, 32):
        done = subprocess.run([BUILD / "bench-ceiling_sqlite", copy, str(seconds), str(batch)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"ceiling_sqlite: {done.stderr}")
        out.append(json.loads(done.stdout))
    copy.unlink()
    return out


def ceiling_postgres(server, seconds):
    url = server.seed_url()
    psql(url, """CREATE TABLE bench_provider AS SELECT row_number() OVER () AS n, id FROM provider WHERE name LIKE 'Bench Provider%';
        CREATE TABLE bench_client AS SELECT row_number() OVER () AS n, client_id, id AS patient_id FROM patient WHERE name LIKE 'Bench Client%';
        CREATE UNIQUE INDEX ON bench_provider (n); CREATE UNIQUE INDEX ON bench_client (n); ANALYZE bench_provider, bench_client;
        CREATE FUNCTION bench_id(n bigint) RETURNS uuid LANGUAGE sql STABLE AS
        $$ SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || lpad(to_hex(n), 20, '0'))::uuid $$""")
    tenant, location = psql(url, "SELECT l.tenant_id, l.id FROM location l JOIN tenant t ON t.tenant_id = l.tenant_id WHERE t.slug = 'demo' LIMIT 1").split("|")
    service = psql(url, "SELECT id FROM service WHERE name = 'Bench visit'")
    values = {"tenant": tenant, "location": location, "service": service, "first_start": 65744 * 86400 * 1000000,
              "providers": psql(url, "SELECT count(*) FROM bench_provider"), "clients": psql(url, "SELECT count(*) FROM bench_client")}
    out = []
    for clients in (1, 8, 32):
        watch = postmaster()
        args = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(2, clients)), "-T", str(seconds), "-f", str(ROOT / "bench/booking.pgbench")]
        before = cpu_of_children(watch)
        done = subprocess.run([*args, *(x for k, v in values.items() for x in ("-D", f"{k}={v}")), url], capture_output=True, text=True)
        time.sleep(0.5)  # the postmaster counts a backend's time when it has seen its end
        after = cpu_of_children(watch)
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        if not found:
            sys.exit(f"pgbench: {done.stdout}{done.stderr}")
        rate = float(found[1])
        out.append({"clients": clients, "per_second": rate, "cpu_us_per_booking": (after - before) / (rate * seconds) * 1e6})
    psql(url, "DROP FUNCTION bench_id; DROP TABLE bench_provider, bench_client")
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


def report(args, about, engines):
    parts = ["# Measured", "",
             f"Written by `./dev bench` on {time.strftime('%Y-%m-%d')}: {args.appointments:,} appointments in one clinic, {args.seconds} s per row after 1 s of"
             " warm-up, the release build.", "", f"Machine: {about}", "",
             "`book` = POST /api/v1/appointments at free times, everything included (session, checks, audit, event, mail job); `race` = all connections"
             " want overlapping times of one provider at once, exactly one may win; `calendar` = one day of all providers; `slots` = free times of one"
             " service in a week. Requests a second, latency and CPU are those of a closed loop on the same machine; CPU is of the server and its"
             " database processes.", ""]
    for engine, found in engines.items():
        parts += [f"## {engine}", "", table(["scenario", "connections", "requests/s", "wanted/s", "p50 ms", "p99 ms", "CPU µs/request", "answers"],
                                            server_rows(found["server"])), ""]
        parts += ["What the database alone does with the same writes:", "",
                  table(["batch or clients", "bookings/s", "CPU µs/booking"],
                        [[c.get("batch") or c["clients"], round(c["per_second"]), round(c["cpu_us_per_booking"])] for c in found["ceiling"]]), ""]
        book = max(r["wanted_per_second"] for r in found["server"] if r["scenario"] == "book")
        top = max(c["per_second"] for c in found["ceiling"])
        parts += [f"The server books {book:,.0f} a second at best, {book / top:.0%} of {top:,.0f} for the database alone.", ""]
    return "\n".join(parts)


def measure(engine, args):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="data-", dir=BUILD))
    server = Server(engine, folder, args.appointments)
    try:
        ceiling = (ceiling_sqlite if engine == "sqlite" else ceiling_postgres)(server, args.seconds)
        server.start()
        results = []
        for window, (scenario, connections) in enumerate(RUNS):
            say(f"{engine}: {scenario}, {connections} connections")
            results.append(server.load(window, scenario, connections, args.seconds))
        return {"server": results, "ceiling": ceiling}
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--appointments", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=8)
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

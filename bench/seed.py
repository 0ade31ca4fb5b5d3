#!/usr/bin/env python3
"""Fills the demo clinic with a long past, straight into the tables: what measurements need, in a minute.

    seed.py sqlite:PATH|postgresql://… --appointments 1000000

Adds ten providers and one service ("Bench visit", 30 minutes, no buffers, no room) to the clinic `demo`, 5,000 clients with
themselves as patients, and half-hour appointments on working days from 60 days ahead backwards, each with its claims on
provider and patient, as the program would have written them. A second location has ten more providers; all twenty give
"Bench chair", which takes one of ten chairs at each place; half of them are taken on the last 31 days. 99 more clinics stand
beside it, empty. The server must not run. Not for real data: it writes past the program's rules (the database's own rules,
constraints and triggers, do hold).
"""
import argparse
import os
import random
import sqlite3
import subprocess
import sys
import time
import uuid

PROVIDERS, CLIENTS, MINUTES, CHAIRS, TENANTS = 10, 5000, 30, 10, 100
DAYS_AHEAD, CHAIR_DAYS = 60, 31
DAY_BEGINS_MIN, DAY_ENDS_MIN = 8 * 60, 18 * 60
USEC = 1_000_000
DAY = 86_400
BATCH = 20_000
rng = random.Random(7)

COLUMNS = {
    "tenant": "tenant_id slug name time_zone currency locale brand_color booking_enabled booking_min_notice_min booking_horizon_days cancel_notice_min"
              " move_notice_min hold_minutes week_start version created_at",
    "provider": "tenant_id id name color bookable position archived version",
    "service": "tenant_id id name duration_min buffer_before_min buffer_after_min step_min price_minor currency color public any_provider position"
               " archived version resource_kind",
    "location": "tenant_id id name time_zone archived version",
    "resource": "tenant_id id location_id name kind archived version",
    "service_provider": "tenant_id service_id provider_id",
    "provider_hours": "tenant_id id provider_id location_id weekday start_min end_min",
    "client": "tenant_id id name name_folded phone_digits status visits no_shows cancellations version created_at updated_at",
    "patient": "tenant_id id client_id kind name archived version",
    "appointment": "tenant_id id client_id patient_id service_id provider_id location_id starts_at ends_at buffer_before_min buffer_after_min"
                   " time_zone status price_minor currency source sequence version created_at updated_at",
    "appointment_part": "tenant_id appointment_id position resource_id starts_at ends_at",
    "blocked_time": "tenant_id id kind subject_id starts_at ends_at version",
    "claim": "tenant_id subject_id starts_at owner_id ends_at core_start core_end kind shared",
}


def uuid7(seconds):
    """Ordered by the second it is made for, as the program's ids are."""
    value = (int(seconds * 1000) & (1 << 48) - 1) << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62)
    return uuid.UUID(int=value)


def numbered(n):
    """Providers from 1, clients from 100,000, patients from 200,000: so that pgbench can name them (bench/ceiling)."""
    return uuid.UUID(f"00000000-0000-7000-8000-{n:012d}")


def people(tenant, location, now):
    """(table, row) of everything but the appointments, and what the appointments need."""
    rows, providers, clients, service, chair = [], [], [], uuid7(now), uuid7(now)
    annex = uuid7(now)
    rows.append(("location", (tenant, annex, "Bench annex", "Europe/Bucharest", 0, 1)))
    rows.append(("service", (tenant, service, "Bench visit", MINUTES, 0, 0, 15, 5000, "EUR", "#0f766e", 1, 1, 900, 0, 1, None)))
    rows.append(("service", (tenant, chair, "Bench chair", MINUTES, 0, 0, 15, 5000, "EUR", "#7c3aed", 1, 1, 901, 0, 1, "chair")))
    chairs = {place: [uuid7(now) for _ in range(CHAIRS)] for place in (location, annex)}
    for place, ids in chairs.items():
        rows += [("resource", (tenant, one, place, f"Bench chair {n + 1}", "chair", 0, 1)) for n, one in enumerate(ids)]
    for n in range(2 * PROVIDERS):
        provider, place = numbered(n + 1), location if n < PROVIDERS else annex
        providers.append(provider)
        rows.append(("provider", (tenant, provider, f"Bench Provider {n + 1}", "#2563eb", 1, 900 + n, 0, 1)))
        rows += [("service_provider", (tenant, given, provider)) for given in ((service, chair) if n < PROVIDERS else (chair,))]
        for weekday in range(1, 6):
            rows.append(("provider_hours", (tenant, uuid7(now), provider, place, weekday, DAY_BEGINS_MIN, DAY_ENDS_MIN)))
    for n in range(CLIENTS):
        client, patient, name = numbered(100_000 + n + 1), numbered(200_000 + n + 1), f"Bench Client {n + 1}"
        clients.append((client, patient))
        rows.append(("client", (tenant, client, name, name.lower(), "", "active", 0, 0, 0, 1, int(now * USEC), int(now * USEC))))
        rows.append(("patient", (tenant, patient, client, "self", name, 0, 1)))
    return rows, service, providers, clients, [(annex, chair, one) for one in chairs[annex]], chairs[location]


def chair_times(tenant, zone, providers, clients, annex_chairs, chairs, now):
    """Every other half hour of the annex, and of the chairs at the first place, on the last days that are filled."""
    booked, claims, used, blocked = [], [], [], []
    for day in range(int(now // DAY) + DAYS_AHEAD - CHAIR_DAYS, int(now // DAY) + DAYS_AHEAD):
        if (day + 3) % 7 >= 5:
            continue
        for slot in range(0, (DAY_ENDS_MIN - DAY_BEGINS_MIN) // MINUTES, 2):
            starts = (day * DAY + (DAY_BEGINS_MIN + slot * MINUTES) * 60) * USEC
            ends = starts + MINUTES * 60 * USEC
            for n, (annex, service, chair) in enumerate(annex_chairs):
                client, patient = clients[-1 - (slot * len(annex_chairs) + n) % 1000]
                one, provider = uuid7(now), providers[PROVIDERS + n]
                booked.append((tenant, one, client, patient, service, provider, annex, starts, ends, 0, 0, zone, "scheduled", 5000, "EUR", "staff", 0, 1,
                               int(now * USEC), int(now * USEC)))
                used.append((tenant, one, 0, chair, starts, ends))
                claims += [(tenant, subject, starts, one, ends, starts, ends, "appointment", 0) for subject in (provider, chair)]
            for chair in chairs:
                one = uuid7(now)
                blocked.append((tenant, one, "resource", chair, starts, ends, 1))
                claims.append((tenant, chair, starts, one, ends, starts, ends, "blocked", 0))
    return booked, claims, used, blocked


def appointments(tenant, location, zone, service, providers, clients, count, now):
    """Batches of (appointment rows, claim rows), the oldest first so that ids and time grow together."""
    per_day = PROVIDERS * ((DAY_ENDS_MIN - DAY_BEGINS_MIN) // MINUTES)
    working_days, day = [], int(now // DAY) + DAYS_AHEAD - 1
    while len(working_days) * per_day < count:
        if (day + 3) % 7 < 5:  # 1970-01-01 was a Thursday
            working_days.append(day)
        day -= 1
    made, booked, claims = 0, [], []
    for day in reversed(working_days):
        for slot in range((DAY_ENDS_MIN - DAY_BEGINS_MIN) // MINUTES):
            starts = day * DAY + (DAY_BEGINS_MIN + slot * MINUTES) * 60
            ends, written = starts + MINUTES * 60, starts - rng.randrange(1, 30) * DAY
            first = rng.randrange(CLIENTS)
            for n, provider in enumerate(providers[:PROVIDERS]):
                if made == count:
                    break
                client, patient = clients[(first + n) % CLIENTS]
                one, status = uuid7(written), "completed" if ends < now else "scheduled"
                booked.append((tenant, one, client, patient, service, provider, location, starts * USEC, ends * USEC, 0, 0, zone, status, 5000,
                               "EUR", "staff", 0, 1, written * USEC, written * USEC))
                for subject in (provider, patient):
                    claims.append((tenant, subject, starts * USEC, one, ends * USEC, starts * USEC, ends * USEC, "appointment", 0))
                made += 1
        if len(booked) >= BATCH:
            yield booked, claims
            booked, claims = [], []
    yield booked, claims


class Sqlite:
    def __init__(self, url):
        self.db = sqlite3.connect(url.removeprefix("sqlite:"), isolation_level=None)
        for line in ("PRAGMA foreign_keys=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-262144", "BEGIN IMMEDIATE"):
            self.db.execute(line)

    def one(self, sql):
        return [uuid.UUID(bytes=value) if isinstance(value, bytes) else value for value in self.db.execute(sql).fetchone()]

    def insert(self, table, rows):
        names = COLUMNS[table].split()
        plain = ([value.bytes if isinstance(value, uuid.UUID) else value for value in row] for row in rows)
        self.db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", plain)

    def finish(self):
        for line in ("COMMIT", "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"):
            self.db.execute(line)
        self.db.close()


class Postgres:
    """Through psql: no driver to install. As a superuser, whom row-level security does not bind."""

    def __init__(self, url):
        self.url = url

    def psql(self, *args, data=None):
        return subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-At", *args, self.url], input=data, capture_output=True, text=True, check=True).stdout

    def one(self, sql):
        out = self.psql("-F", "\t", "-c", sql).splitlines()[0].split("\t")
        return [uuid.UUID(value) if len(value) == 36 else value for value in out]

    def insert(self, table, rows):
        def cell(value):  # nothing at all is NULL, two quotes are an empty text
            return "" if value is None else '"' + str(value).replace('"', '""') + '"'

        text = "".join(",".join(map(cell, row)) + "\n" for row in rows)
        # References hold by construction; checking five of them per row would take minutes.
        self.psql("-c", "SET session_replication_role = replica", "-c", f"COPY {table} ({', '.join(COLUMNS[table].split())}) FROM STDIN WITH (FORMAT csv)", data=text)

    def finish(self):
        self.psql("-c", "VACUUM ANALYZE")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--appointments", type=int, default=1_000_000)
    args = parser.parse_args()
    started, now = time.monotonic(), time.time()
    store = Sqlite(args.url) if args.url.startswith("sqlite:") else Postgres(args.url)
    tenant, location, zone = store.one("SELECT l.tenant_id, l.id, l.time_zone FROM location l JOIN tenant t ON t.tenant_id = l.tenant_id"
                                       " WHERE t.slug = 'demo' ORDER BY l.id LIMIT 1")
    rows, service, providers, clients, annex, chairs = people(tenant, location, now)
    store.insert("tenant", [(uuid7(now), f"bench-{n + 1}", f"Bench {n + 1}", zone, "EUR", "en", "#0f766e", 1, 120, 60, 1440, 1440, 10, 1, 1, int(now * USEC))
                            for n in range(TENANTS - 1)])
    for table in COLUMNS:
        if some := [row for name, row in rows if name == table]:
            store.insert(table, some)
    for booked, claims in appointments(tenant, location, zone, service, providers, clients, args.appointments, now):
        store.insert("appointment", booked)
        store.insert("claim", claims)
    for table, some in zip(("appointment", "claim", "appointment_part", "blocked_time"), chair_times(tenant, zone, providers, clients, annex, chairs, now)):
        store.insert(table, some)
    store.finish()
    print(f"{args.appointments} appointments in {time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    os.environ.setdefault("PGCONNECT_TIMEOUT", "10")
    main()

#!/usr/bin/env python3
"""Holds a running clinicd to its own description of the API.

  contract_fuzz.py http://127.0.0.1:PORT --password P [--mail FOLDER] [--rounds N] [--seconds N] [--seed N] [--verbose]

For every operation of /api/v1/openapi.json it sends inputs that the schema allows and inputs that it does not, as
owner, staff, viewer and nobody, and looks at the answers: never 5xx, only documented statuses, bodies as described,
2xx only for what the schema allows, no 400 or 415 for what it allows, 422 says which fields, and nothing of another
clinic. It expects the demo clinic (clinicd demo --password P) on loopback, and changes it. Limits should be wide, or most
answers are 429: CLINICD_RATE_LOGIN_PER_MINUTE, CLINICD_RATE_BOOKING_PER_MINUTE, CLINICD_RATE_PUBLIC_PER_MINUTE.

The work is a number of rounds, the same on every machine; --seconds is how long that may take at most, and not to be
ready by then is a failure. --mail is where the server writes its letters: the links in them are followed. With --verbose it
tells what was answered, and which operations never said yes. The last line is "N passed, N failed".
"""
import argparse
import collections
import datetime
import email
import email.policy
import http.client
import json
import os
import random
import re
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
from contract_schema import problems
from contract_values import NASTY_TEXT, Values

API = "/api/v1"
LOGINS = {"owner": "owner@demo.test", "staff": "desk@demo.test", "viewer": "viewer@demo.test", "spare": "provider@demo.test"}
ROLES = ["owner"] * 9 + ["staff", "viewer", None]
SPARE_ONLY = ("/auth/logout", "/auth/sessions/{id}", "/auth/password")
# What stands in the middle of the clinic: more of it, because most ways through the program begin there.
CENTRAL = re.compile(r"^/(appointments|visits|sessions|waitlist|calendar|blocked-times|public|services|providers)\b")
# Of which sort of appointment something is asked (book_each).
FITTING = {"approve": "request", "decline": "request", "recurring": "series", "join": "remote", "move": "plain", "cancel": "plain", "restore": "plain", "undo": "plain"}
OPEN = {"booking_enabled": True, "booking_min_notice_min": 0, "booking_horizon_days": 90, "cancel_notice_min": 0, "move_notice_min": 0, "hold_minutes": 10,
    "max_per_client_day": None, "max_per_client_week": None, "max_per_client_open": None}


# ---- The program under test ---------------------------------------------------------------------------------------


class Client:
    def __init__(self, host, port):
        self.host, self.port, self.conn = host, port, None

    def ask(self, method, target, headers, body):
        """(status, headers, body) or a text: why there was no answer."""
        for attempt in (0, 1):
            fresh = self.conn is None
            if fresh:
                self.conn = http.client.HTTPConnection(self.host, self.port, timeout=30)
            try:
                self.conn.putrequest(method, target, skip_accept_encoding=True)
                for name, value in headers:
                    self.conn.putheader(name, value)
                if body is not None:
                    self.conn.putheader("Content-Length", str(len(body)))
                self.conn.endheaders(body)
                r = self.conn.getresponse()
                stream = (r.getheader("Content-Type") or "").startswith("text/event-stream")
                data = b"" if stream else r.read()
                if stream or r.getheader("Connection") == "close":
                    self.close()
                return r.status, {k.lower(): v for k, v in r.getheaders()}, data
            except (OSError, http.client.HTTPException) as e:
                self.close()
                if fresh or attempt:
                    return f"no answer: {type(e).__name__} {e}"
        return "no answer"

    def close(self):
        if self.conn:
            self.conn.close()
        self.conn = None


class Fuzz:
    def __init__(self, args, host, port):
        self.rng = random.Random(args.seed)
        self.values = Values(self.rng)
        self.client = Client(host, port)
        self.password, self.verbose, self.mail = args.password, args.verbose, args.mail
        self.values.password, self.values.spare = args.password, LOGINS["spare"]
        self.passed, self.failed, self.asked, self.letters = 0, 0, 0, set()
        self.seen = collections.OrderedDict()
        self.statuses = collections.defaultdict(collections.Counter)
        self.tokens, self.refused_at, self.slots, self.foreign = {}, {}, {}, set()
        answer = self.client.ask("GET", API + "/openapi.json", [], None)
        if isinstance(answer, str) or answer[0] != 200:
            sys.exit(f"contract_fuzz: no description of the API: {answer}")
        self.doc = json.loads(answer[2])
        self.operations = [(m.upper(), p, o) for p, ms in self.doc["paths"].items() for m, o in ms.items()]

    def sign_in(self, role):
        if role in self.refused_at and self.asked < self.refused_at[role] + 100:
            return
        password = self.values.password if role == "spare" else self.password
        r = self.say("POST", "/auth/token", {"email": LOGINS[role], "password": password}, None)
        if r:
            self.tokens[role] = r["token"]
        else:
            self.tokens.pop(role, None)
            self.refused_at[role] = self.asked

    def say(self, method, path, body, token):
        """A request that is meant to work; its data, or None."""
        headers = [("Authorization", "Bearer " + token)] if token else [("X-Forwarded-For", f"198.51.100.{self.rng.randint(1, 250)}")]
        data = None if body is None else json.dumps(body).encode()
        r = self.client.ask(method, API + path, headers + ([("Content-Type", "application/json")] if data else []), data)
        return json.loads(r[2]).get("data") if isinstance(r, tuple) and r[0] < 300 and r[2] else None

    # ---- a clinic to ask for

    def as_owner(self, method, path, body=None):
        return self.say(method, path, body, self.tokens.get("owner"))

    def make(self, kind, path, body):
        row = self.as_owner("POST", path, body) or {}
        if "id" in row:
            self.values.ids[kind].add(row["id"])
        return row.get("id")

    def furnish(self):
        """Fresh ground: the requests soon make all that is there unfit to be booked."""
        n = f"{self.rng.getrandbits(32):x}"
        self.as_owner("PATCH", "/tenant", OPEN)
        self.as_owner("PUT", "/reminders/rules", {"rules": [{"before_min": 1440, "late_min": 1440, "channel": "email", "template": "confirm"}]})
        self.as_owner("PUT", "/telehealth/settings", {"url_template": "https://meet.example.org/{room}", "opens_before_min": 1440, "closes_after_min": 1440})
        place = self.make("location", "/locations", {"name": "Place " + n, "time_zone": "Europe/Bucharest"})
        chair = self.make("resource", "/resources", {"name": "Chair " + n, "kind": "chair", "location_id": place})
        week = [{"location_id": place, "weekday": d, "start": "06:00", "end": "22:00"} for d in range(1, 8)]
        people = [self.make("provider", "/providers", {"name": f"{name} {n}"}) for name in ("Ada", "Bo")]
        for row in people:
            self.as_owner("PUT", f"/providers/{row}/hours", {"weekly": week, "exceptions": []})
        common = {"duration_min": 30, "public": True, "provider_ids": people}
        two = [{"kind": "provider", "quantity": 2, "provider_ids": people}, {"kind": "resource", "resource_kind": "chair"}]
        services = [self.make("service", "/services", dict(common, name=f"{name} {n}", **extra)) for name, extra in (
            ("Plain", {}), ("Asked", {"approval_required": True, "approval_holds_time": True}), ("Group", {"seats": 4}), ("Seen from afar", {"telehealth": True}),
            ("Seated", {"resource_kind": "chair", "buffer_before_min": 10}), ("Two", {"parts": two}))]
        client = self.make("client", "/clients", {"name": "Client " + n, "email": f"c{n}@example.org", "phone": "+40211234567"})
        if client:
            self.make("patient", "/patients", {"client_id": client, "kind": "animal", "name": "Rex " + n})
        self.values.harvest("link", self.as_owner("POST", "/booking-links", {"service_ids": services[:3]}))
        self.values.harvest("feed", self.as_owner("POST", "/feeds", {"kind": "client", "subject_id": client, "detail": "full"}))
        if None not in services and chair and client:
            self.learn_times(services)
            self.book_each(services, client)

    def book_each(self, services, client):
        """One of every sort, so that what can only be done to that sort is done to something."""
        plain, asked, group, afar, seated, two = services
        for sort, service in (("plain", plain), ("request", asked), ("seat", group), ("remote", afar), ("plain", seated), ("plain", two)):
            slot = self.a_slot(service, soon=sort == "remote")
            if not slot:
                continue
            visitor = {"name": "Visitor", "email": f"v{self.rng.getrandbits(24)}@example.org"}
            made = self.say("POST", f"/public/{self.values.slugs[-1]}/bookings", dict(slot, client=visitor), None) if sort == "request" \
                else self.as_owner("POST", "/appointments", dict(slot, client_id=client))
            self.values.harvest("booking" if sort == "request" else "appointment", made)
            row = (made or {}).get("appointment", made) or {}
            if "id" in row:
                self.values.ids[sort].add(row["id"])
        slot = self.a_slot(plain)
        if slot:
            made = self.as_owner("POST", "/appointments/recurring", dict(slot, client_id=client, rrule="FREQ=WEEKLY;COUNT=3", on_conflict="skip")) or {}
            for row in made.get("appointments", []):
                self.values.ids["series"].add(row["appointment_id"])
        wait = self.make("waitlist", "/waitlist", {"client_id": client, "service_id": plain})
        slot = self.a_slot(plain)
        if wait and slot:
            self.as_owner("POST", f"/waitlist/{wait}/offer", {k: slot[k] for k in ("provider_id", "start")})

    def a_slot(self, service, soon=False):
        found = [s for s in self.slots.get(self.values.slugs[-1], []) if s["service_id"] == service]
        return found[0] if found and soon else self.rng.choice(found) if found else None

    def other_clinic(self):
        """Somebody else's rows, to be named and never to be seen."""
        n = f"{self.rng.getrandbits(40):x}"
        who = {"email": f"o{n}@example.net", "password": "another-clinic-1"}
        made = self.say("POST", "/auth/register", dict(who, tenant_name="Other", slug="other-" + n, name="Other", time_zone="Etc/UTC", currency="EUR"), None)
        token = (self.say("POST", "/auth/token", who, None) or {}).get("token")
        if not made or not token:
            sys.exit("contract_fuzz: the other clinic cannot be made")
        place = (self.say("GET", "/locations", None, token) or [{}])[0].get("id")
        service = self.say("POST", "/services", {"name": "Theirs", "duration_min": 30}, token)
        provider = self.say("POST", "/providers", {"name": "Theirs", "service_ids": [service["id"]]}, token)
        week = [{"location_id": place, "weekday": d, "start": "00:00", "end": "24:00"} for d in range(1, 8)]
        self.say("PUT", f"/providers/{provider['id']}/hours", {"weekly": week, "exceptions": []}, token)
        client = self.say("POST", "/clients", {"name": "Theirs"}, token)
        chair = self.say("POST", "/resources", {"name": "Theirs", "kind": "chair", "location_id": place}, token)
        start = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=9)).strftime("%Y-%m-%dT10:00:00Z")
        booked = self.say("POST", "/appointments", {"client_id": client["id"], "service_id": service["id"], "provider_id": provider["id"], "start": start}, token)
        for kind, row in (("service", service), ("provider", provider), ("client", client), ("resource", chair), ("appointment", booked), ("location", {"id": place})):
            self.values.harvest_foreign(kind, row)
        self.foreign = {i.encode() for ids in self.values.foreign.values() for i in ids}

    def learn_times(self, services):
        """Free times as a visitor sees them."""
        slug, found = self.values.slugs[-1], []
        days = [datetime.date.today() + datetime.timedelta(days=d) for d in (1, 12)]
        for row in services:
            slots = self.say("GET", f"/public/{slug}/slots?service_id={row}&from={days[0]}&to={days[1]}", None, None)
            found += [{"service_id": row, "start": s["start"], "provider_id": s["provider_id"]} for s in (slots or [])[:1] + self.rng.sample(slots or [], min(12, len(slots or [])))]
        if found:
            self.slots[slug] = found

    def read_letters(self):
        """The links that only a letter tells."""
        for name in sorted(os.listdir(self.mail)) if self.mail and os.path.isdir(self.mail) else []:
            if name in self.letters or not name.endswith(".eml"):
                continue
            self.letters.add(name)
            with open(os.path.join(self.mail, name), "rb") as f:
                letter = email.message_from_binary_file(f, policy=email.policy.default)
            for part in letter.walk():
                if part.get_content_type() == "text/plain":
                    self.values.harvest_links(part.get_content())

    # ---- one request

    def path(self, template, op):
        ok, out = True, template
        for p in op.get("parameters", []):
            if p["in"] != "path":
                continue
            value = self.path_value(p["name"], template)
            if self.rng.random() < 0.05:
                value = self.rng.choice([t for t in NASTY_TEXT if t and "\ud800" not in t] + ["..", ".", "%2e%2e", "\u00e9"])
                ok = False
            out = out.replace("{" + p["name"] + "}", urllib.parse.quote(value, safe=""))
        return out, ok

    def path_value(self, name, template):
        if name == "id":
            fitting = FITTING.get(template.rsplit("/", 1)[1]) if template.startswith("/appointments") else None
            return self.values.an_id(fitting if fitting and self.rng.random() < 0.7 else kind_of(template))
        if name == "slug":
            return self.values.slugs[-1]
        if name == "feed":
            return self.values.a_link("feed") + ".ics"
        return self.values.a_link({"bookings": "b", "links": "l", "reminders": "u", "offers": "o", "waits": "w"}.get(template.split("/")[2], "b"))

    def query(self, op):
        params = [p for p in op.get("parameters", []) if p["in"] == "query"]
        pairs, ok = [], True
        often = self.rng.choice([0, 0.4, 1])
        for p in params:
            if not p["required"] and self.rng.random() > often:
                continue
            value = self.values.valid(self.doc, p["schema"], p["name"])
            if self.rng.random() < 0.06:
                value, ok = self.values.nasty(), None
            if not p["required"] or value is not None:
                pairs.append((p["name"], json.dumps(value) if not isinstance(value, str) else value))
        roll = self.rng.random()
        if pairs and roll < 0.04:
            pairs.append(self.rng.choice(pairs))
            ok = False
        elif roll < 0.08:
            pairs.append((self.rng.choice(["unknown", "tenant_id", "", "page[]", "é"]), "1"))
            ok = False
        elif pairs and roll < 0.10:
            pairs.pop()
            ok = None
        text = "&".join(urllib.parse.quote(k, safe="", errors="replace") + "=" + urllib.parse.quote(v.encode("utf-8", "surrogatepass"), safe="") for k, v in pairs)
        if self.rng.random() < 0.02:
            text, ok = text + self.rng.choice(["&%", "&a=%zz", "&%00=1", "&a=%ff", "&&&=", "&=", "?x"]), None
        if len(text) > 2000:
            text, ok = text[:2000], None
        return text, ok

    def body(self, op):
        """(bytes or None, whether the schema allows it, None: do not judge, whether the bytes are JSON)"""
        if "requestBody" not in op:
            return (None, True) if self.rng.random() < 0.9 else self.rng.choice([(b"{}", None), (b"[1]", False), (b"x", False)])
        if "application/json" not in op["requestBody"]["content"]:
            return self.rng.choice([None, b"", b"List-Unsubscribe=One-Click", b"[1]", b"\xff\x00"]), None
        schema = op["requestBody"]["content"]["application/json"]["schema"]
        value = self.values.valid(self.doc, schema)
        if self.rng.random() < 0.35:
            for _ in range(self.rng.choice([1, 1, 1, 3])):
                value = self.values.spoil(value)
        data = json.dumps(value, ensure_ascii=self.rng.random() < 0.5).encode("utf-8", "surrogatepass")
        ok = not problems(self.doc, schema, value)
        if "\\ud800" in ascii(value) or "\\x00" in ascii(value):
            ok = False
        roll = self.rng.random()
        if roll < 0.08:
            data, ok = self.rng.choice([(b"", False), (data[:self.rng.randint(0, len(data))], None), (b"\xff" + data, False), (b"[" * 5000, False), (b"{\"a\":" * 3000, False),
                (b"{\"a\":1e999}", False), (b"{\"a\":NaN}", False), (b"{\"a\":1,\"a\":1}", False), (b"null", False), (b"\"text\"", False), (data + b"}", False),
                (data + b" \n", ok), (b"\xef\xbb\xbf" + data, None), (json.dumps({f"k{i}": i for i in range(5000)}).encode(), False),
                (b"{\"name\":\"" + b"a" * 70000 + b"\"}", False)])
        if data == b"":
            ok = None if not schema.get("required") else False
        return data, ok

    def headers(self, method, op, data):
        out, ok = [], True
        roll = self.rng.random()
        if data is not None and data != b"":
            kind = "application/json"
            if roll < 0.06:
                kind, ok = self.rng.choice([(k, None) for k in ("text/plain", "application/json; charset=utf-8", "APPLICATION/JSON", "application/jsonx", "", "multipart/form-data",
                    "application/json, text/plain", "application/json;", "application/x-www-form-urlencoded", "text/json")])
            out.append(("Content-Type", kind))
        if roll > 0.75 and method != "GET":
            out.append(("If-Match", self.rng.choice(['"1"', '"2"', '"999999999999999"', "*", "", '"', '""', '"-1"', '" 1"', '"+1"', '"abc"', 'W/"1"', "1", '"1", "2"', '"9223372036854775808"', '"' + "9" * 300 + '"', "é".encode().decode("latin-1")])))
            ok = None
        if roll > 0.9 or roll < 0.1:
            key = self.rng.choice(["k", f"key-{self.rng.getrandbits(40)}", "a" * 255, "a" * 256, "", " ", "ÿ", "a b", "'; --"])
            out.append(("Idempotency-Key", key))
            ok = None if not re.match(r"^[!-~]{1,255}\Z", key) else ok
        if method == "GET" and roll < 0.2:
            out.append(("If-None-Match", self.rng.choice(['"1"', '*', 'W/"1"', '"1", "2"', "", "garbage"])))
        if roll < 0.03:
            out.append(self.rng.choice([("X-Forwarded-For", "1.2.3.4, ::1, garbage"), ("X-Forwarded-Proto", "https"), ("Accept", "text/html"), ("Last-Event-ID", "-1.zz"), ("Range", "bytes=0-1"),
                ("Origin", "http://evil.example"), ("X-Request-Id", "mine"), ("Cookie", "clinicd=\"; theme=dark; =; ;;"), ("Accept-Encoding", "br;q=0, *")]))
            ok = None
        return out, ok

    def a_time(self, op):
        """Now and then a body that names a time which is free, so that bookings are made and links are learnt."""
        slots = self.slots.get(self.values.slugs[-1])
        schema = op.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        wanted = schema.get("properties", {})
        if not slots or not ({"start", "provider_id"} <= set(wanted) or "items" in wanted) or self.rng.random() < 0.4:
            return None
        body = self.values.valid(self.doc, schema, "", self.rng.choice([0, 0, 0.2]))
        body.update({k: v for k, v in self.rng.choice(slots).items() if k in wanted})
        if "items" in wanted:
            some = self.rng.sample(slots, min(len(slots), self.rng.choice([1, 2, 2, 3])))
            body["items"] = [{"service_id": s["service_id"], "provider_id": s["provider_id"], "start": s["start"]} for s in some]
            body["start"] = some[0]["start"]
        for name in ("hold_id", "resource_ids", "patient_id", "duration_min", "location_id", "link", "provider_ids"):
            if self.rng.random() < 0.8:
                body.pop(name, None)
        return json.dumps(body).encode() if not problems(self.doc, schema, body) else None

    def request(self, method, template, op, role):
        """(target, headers, body, whether the schema allows it, whether it allows the body)"""
        self.values.refocus()
        path, ok_path = self.path(template, op)
        query, ok_query = self.query(op)
        data, ok_body = self.body(op)
        free = self.a_time(op)
        data, ok_body = (free, True) if free else (data, ok_body)
        headers, ok_headers = self.headers(method, op, data)
        headers.append(("Authorization", "Bearer " + self.tokens[role]) if role else ("X-Forwarded-For", f"203.0.113.{self.rng.randint(1, 250)}"))
        verdicts = [ok_path, ok_query, ok_body, ok_headers]
        allowed = False if False in verdicts else None if None in verdicts else True
        return API + path + ("?" + query if query else ""), headers, data, allowed, ok_body

    def once(self, method, template, op):
        if method == "DELETE" and self.rng.random() < 0.5:
            return # else there would soon be nothing left to ask for
        role = "spare" if template in SPARE_ONLY else self.rng.choice(ROLES)
        if role and role not in self.tokens:
            self.sign_in(role)
            if role not in self.tokens:
                return
        target, headers, data, allowed, ok_body = self.request(method, template, op, role)
        r = self.client.ask(method, target, headers, data)
        self.asked += 1
        found = [r] if isinstance(r, str) else self.judge(method, template, op, r, allowed, ok_body, (target.encode(), data or b""))
        if isinstance(r, tuple) and template in SPARE_ONLY:
            self.after_spare(template, r[0], data)
        self.passed += not found
        self.failed += bool(found)
        for f in found:
            key = (method, template, re.sub(r"[0-9a-f]{8}-[-0-9a-f]{27}|\d+", "#", f)[:90])
            if key not in self.seen:
                what = f"{method} {target} {[h for h in headers if h[0] != 'Authorization']} {role} {(data or b'')[:1500]!r}"
                answer = r if isinstance(r, str) else f"{r[0]} {r[2][:300]!r}"
                print(f"FAIL {method} {template}: {f}\n     sent {what}\n     got  {answer}", flush=True)
            self.seen[key] = self.seen.get(key, 0) + 1

    def after_spare(self, template, status, data):
        if template == "/auth/password" and status < 300:
            self.values.password = json.loads(data)["new_password"]
        if status < 300 or status == 401:
            self.tokens.pop("spare", None)

    # ---- the answer

    def judge(self, method, template, op, r, allowed, ok_body, asked):
        status, headers, data = r
        self.statuses[f"{method} {template}"][status] += 1
        if status >= 500:
            return [f"status {status}"]
        if str(status) not in op["responses"]:
            return [f"status {status} is not documented"]
        if "x-request-id" not in headers:
            return ["no X-Request-Id"]
        content = op["responses"][str(status)].get("content")
        if not content:
            return [f"a body with {status}"] if data else []
        kind = headers.get("content-type", "").split(";")[0]
        if kind not in content:
            return [f"content type {kind!r} is not documented"]
        found = []
        if kind == "application/json":
            try:
                answer = json.loads(data)
            except ValueError as e:
                return [f"the answer is no JSON: {e}"]
            found += [f"{status} answer: {p}" for p in problems(self.doc, content[kind]["schema"], answer)[:3]]
            if status < 300:
                found += ["an id of another clinic"] if any(i in data and not any(i in part for part in asked) for i in self.foreign) else []
                self.values.harvest(kind_of(template), answer.get("data"))
                if template == "/tenant":
                    self.values.slugs.append(answer["data"]["slug"])
            elif status == 422 and answer.get("code") == "VALIDATION_ERROR" and not (answer.get("details") or {}).get("fields"):
                found.append("422 names no field")
            if status >= 400 and answer.get("request_id") != headers["x-request-id"]:
                found.append("request_id is not X-Request-Id")
        if status < 300 and allowed is False:
            found.append(f"{status} for what the schema does not allow" if ok_body is not False else f"{status} for a body that the schema does not allow")
        if status in (400, 415) and allowed:
            found.append(f"{status} for what the schema allows")
        return found

    def run(self, rounds, seconds):
        for role in LOGINS:
            self.sign_in(role)
        if "owner" not in self.tokens:
            sys.exit("contract_fuzz: cannot sign in as " + LOGINS["owner"])
        self.other_clinic()
        for method, template, op in self.operations: # learn what is there
            if method == "GET" and "{" not in template and template != "/events":
                self.values.harvest(kind_of(template), self.as_owner("GET", template))
        began, central = time.monotonic(), [o for o in self.operations if CENTRAL.match(o[1])]
        for n in range(rounds):
            if n % 4 == 0:
                self.furnish()
            self.read_letters()
            once = self.operations + central
            for operation in self.rng.sample(once, len(once)):
                self.once(*operation)
            if time.monotonic() > began + seconds:
                print(f"FAIL after {seconds:.0f} s only {n + 1} of {rounds} rounds were done")
                self.failed += 1
                break
        self.client.close()
        print(f"{self.asked} requests in {time.monotonic() - began:.1f} s")
        if self.verbose:
            self.tell()

    def tell(self):
        for name, counts in sorted(self.statuses.items()):
            print(f"{name}: {dict(sorted(counts.items()))}")
        never = [name for name, counts in sorted(self.statuses.items()) if min(counts) >= 400]
        print(f"{len(never)} operations never said yes: {', '.join(never)}")


def kind_of(template):
    """What an operation's rows are called in the names of id fields."""
    parts = template.strip("/").split("/")
    known = {"auth": "login", "blocked-times": "blocked", "booking-links": "link", "public": "hold", "waitlist": "waitlist", "calendar": "calendar"}
    return known.get(parts[0]) or parts[0].rstrip("s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("base")
    parser.add_argument("--password", required=True)
    parser.add_argument("--mail", default=None)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    url = urllib.parse.urlsplit(args.base)
    if url.hostname not in ("127.0.0.1", "::1", "localhost") or not url.port:
        sys.exit("contract_fuzz: only loopback, with a port")
    args.seed = random.randrange(2**32) if args.seed is None else args.seed
    print(f"seed {args.seed}")
    fuzz = Fuzz(args, url.hostname, url.port)
    fuzz.run(max(1, args.rounds), args.seconds)
    for (method, template, text), n in fuzz.seen.items():
        print(f"{n:6} x {method} {template}: {text}")
    print(f"{fuzz.passed} passed, {fuzz.failed} failed")
    sys.exit(1 if fuzz.failed else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Holds a running clinicd to its own description of the API.

  contract_fuzz.py http://127.0.0.1:PORT --password P [--seconds N] [--seed N] [--verbose]

For every operation of /api/v1/openapi.json it sends inputs that the schema allows and inputs that it does not, as
owner, staff, viewer and nobody, and looks at the answers: never 5xx, only documented statuses, bodies as described,
2xx only for what the schema allows, no 400 or 415 for what it allows, and 422 says which fields. It expects the demo
clinic (clinicd demo --password P) on loopback, and changes it. Limits should be wide, or most answers are 429:
CLINICD_RATE_LOGIN_PER_MINUTE, CLINICD_RATE_BOOKING_PER_MINUTE, CLINICD_RATE_PUBLIC_PER_MINUTE. The last line is "N passed, N failed".
"""
import argparse
import collections
import datetime
import http.client
import json
import random
import re
import sys
import time
import urllib.parse
import uuid

API = "/api/v1"
LOGINS = {"owner": "owner@demo.test", "staff": "desk@demo.test", "viewer": "viewer@demo.test", "spare": "provider@demo.test"}
SPARE_ONLY = ("/auth/logout", "/auth/sessions/{id}", "/auth/password")
UUID = re.compile(r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z")
INSTANT = re.compile(r"^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
ZONES = ["Europe/Bucharest", "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
MISSING = object()


# ---- JSON Schema, as much of it as the description uses ------------------------------------------------------------


def known_date(text):
    try:
        datetime.date.fromisoformat(text)
        return bool(re.match(r"^\d{4}-\d\d-\d\d\Z", text, re.ASCII))
    except ValueError:
        return False


def known_instant(text):
    m = INSTANT.match(text)
    return bool(m) and known_date(m[1]) and int(m[2]) < 24 and int(m[3]) < 60 and int(m[4]) <= 60


FORMATS = {"uuid": lambda s: bool(UUID.match(s)), "date": known_date, "date-time": known_instant}


def type_of(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value == value and abs(value) < 2**53 and value == int(value)):
        return "integer"
    if isinstance(value, float):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


def pattern(text):
    return re.compile(text[:-1] + r"\Z" if text.endswith("$") else text)


def problems(doc, schema, value, at=""):
    """What is wrong with value, as texts; empty: nothing."""
    if "$ref" in schema:
        schema = doc["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "oneOf" in schema:
        fits = sum(not problems(doc, s, value, at) for s in schema["oneOf"])
        return [] if fits == 1 else [f"{at}: fits {fits} of oneOf"]
    if "const" in schema and (value != schema["const"] or type(value) is not type(schema["const"])):
        return [f"{at}: is not {schema['const']!r}"]
    kind, want = type_of(value), schema.get("type")
    want = want if isinstance(want, list) else [want] if want else [kind]
    if kind not in want and not (kind == "integer" and "number" in want):
        return [f"{at}: {kind} instead of {want}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is not in the enum")
    if kind == "string":
        found += text_problems(schema, value, at)
    if kind in ("integer", "number") and value is not None:
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            found.append(f"{at}: {value} is out of range")
        if schema.get("format") == "int64" and not -(2**63) <= value < 2**63:
            found.append(f"{at}: {value} is no int64")
    if kind == "array":
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{at}: {len(value)} items")
        if schema.get("uniqueItems") and any(v in value[:i] for i, v in enumerate(value)):
            found.append(f"{at}: an item stands twice")
        for i, item in enumerate(value):
            found += problems(doc, schema.get("items", {}), item, f"{at}[{i}]")
    if kind == "object":
        for name in schema.get("required", []):
            if name not in value:
                found.append(f"{at}.{name}: is missing")
        for name, member in value.items():
            if name in schema.get("properties", {}):
                found += problems(doc, schema["properties"][name], member, f"{at}.{name}")
            elif schema.get("additionalProperties") is False:
                found.append(f"{at}.{name}: is not known")
    return found


def text_problems(schema, value, at):
    found = []
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        found.append(f"{at}: {len(value)} characters")
    if "pattern" in schema and not pattern(schema["pattern"]).match(value):
        found.append(f"{at}: {value[:60]!r} does not match")
    if schema.get("format") in FORMATS and not FORMATS[schema["format"]](value):
        found.append(f"{at}: {value[:60]!r} is no {schema['format']}")
    return found


# ---- Values --------------------------------------------------------------------------------------------------------

NASTY_TEXT = ["", " ", "\t", "\u00a0", "\u200b", "\ufeff", "\u0000", "a\u0000b", "\u001f", "\u007f", "\u0085", "\u202e", "\ud800", "\U0010ffff", "e\u0301" * 40,
    "🧑🏽‍⚕️" * 20, "ß" * 500, "İ", "../../etc/passwd", "'; DROP TABLE client; --", "<script>alert(1)</script>", "{{7*7}}", "%s%n", "a\r\nBcc: x@y.zz", "%00",
    "null", "true", "NaN", "-1", "9" * 400, "a" * 501, "x" * 3000, "2026-02-30", "2026-13-01", "24:00", "25:61", "0000-00-00", "9999-12-31", "9999-12-31T23:59:59Z",
    "2026-11-23T09:00:00+99:99", "2026-11-23T23:59:60Z", "1900-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z", "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "{" + str(uuid.UUID(int=5)) + "}", str(uuid.UUID(int=6)).replace("-", ""), "a@b", "@", "x@" + "d" * 260 + ".com",
    "\"quoted\"@example.com", "ünïcode@example.com", "+", "+40 (21) 123-45-67", "00000000000000000000", "Europe/Nowhere", "../UTC", "posixrules", "EUR ", "eur", "€€€",
    "#GGGGGG", "#fff", "-slug", "slug-", "Slug", "--", "a" * 61]
NASTY = [None, True, False, 0, -1, 1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30, 0.5, -0.0, 3.0, 1e308, [], {}, [[]], [None], {"": 1}, [1] * 600, {"a": {"b": {}}}]


class Values:
    def __init__(self, rng):
        self.rng = rng
        self.ids = collections.defaultdict(lambda: collections.deque(maxlen=60))
        self.slugs = collections.deque(["demo"], maxlen=2)
        self.tokens = collections.deque(maxlen=20)

    def harvest(self, kind, value):
        """Learns ids from an answer, so that requests name rows that are there."""
        if isinstance(value, list):
            for item in value[:50]:
                self.harvest(kind, item)
        elif isinstance(value, dict):
            for name, member in value.items():
                if isinstance(member, (dict, list)):
                    self.harvest(name[:-1] if name.endswith("s") else name, member)
                elif isinstance(member, str) and name == "id":
                    self.ids[kind].append(member)
                elif isinstance(member, str) and name.endswith("_id") and name != "request_id":
                    self.ids[name[:-3]].append(member)
                elif isinstance(member, str) and name == "token" and len(member) == 64:
                    self.tokens.append(member)

    def an_id(self, name):
        kind = re.sub(r"_ids?$", "", name)
        kinds = {"subject": ["provider", "resource", "location"], "except": ["appointment"], "entity": ["client", "appointment"], "actor": ["member"]}.get(kind, [kind])
        pool = self.ids[self.rng.choice(kinds)]
        if pool and self.rng.random() < 0.9:
            return self.rng.choice(pool)
        return str(uuid.UUID(int=self.rng.getrandbits(128)))

    def date(self):
        days = self.rng.choice([0, 1, 2, 3, 7, 20, 60, -1, -400, 800, self.rng.randint(-3000, 3000)])
        return (datetime.date.today() + datetime.timedelta(days=days)).isoformat()

    def instant(self):
        if self.rng.random() < 0.05:
            return self.rng.choice(["1900-01-01T00:00:00Z", "2199-12-31T23:59:00Z", "2026-03-29T01:00:00+02:00"])
        return f"{self.date()}T{self.rng.randint(0, 23):02}:{self.rng.choice(['00', '15', '30', '45', '07'])}:00Z"

    def text(self, name, schema):
        rng, low, high = self.rng, schema.get("minLength", 0), min(schema.get("maxLength", 40), 3000)
        if name.endswith("zone") and rng.random() < 0.9:
            return rng.choice(ZONES)
        if name in ("from", "to"):
            return rng.choice([self.date(), self.instant()])
        if name == "slug":
            return f"c{rng.getrandbits(40):x}"
        if name == "phone":
            return rng.choice(["+40211234567", "0211234567", "12345", "123456789012345"])
        if name == "tenant":
            return self.slugs[-1]
        if rng.random() < 0.15:
            n = rng.choice([max(low, 1), high])
            return "".join(rng.choice("aé漢🐈 z") for _ in range(n - 1)) + "x"
        word = rng.choice(["Ana", "Ion Ă", "O'Neil", "x" * max(low, 1), "a\nb", "Ünïcödé 🦷", f"n{rng.getrandbits(30)}", "  padded"])
        return (word + "y" * low)[:high] if len(word) < low else word[:high]

    def valid(self, doc, schema, name=""):
        for _ in range(20):
            value = self.some(doc, schema, name)
            if not problems(doc, schema, value):
                return value
        return value

    def some(self, doc, schema, name):
        rng = self.rng
        if "oneOf" in schema:
            return self.valid(doc, rng.choice(schema["oneOf"]), name)
        kind = schema.get("type", "string")
        if isinstance(kind, list):
            kind = kind[0] if rng.random() < 0.8 else "null"
        if kind == "null":
            return None
        if "enum" in schema:
            return rng.choice([v for v in schema["enum"] if v is not None])
        if kind == "object":
            must = schema.get("required", [])
            often = rng.choice([0.1, 0.5, 1.0])
            return {k: self.valid(doc, s, k) for k, s in schema.get("properties", {}).items() if k in must or rng.random() < often}
        if kind == "array":
            n = rng.choice([schema.get("minItems", 0), 1, 2, rng.randint(0, 5), min(schema.get("maxItems", 3), 500) if rng.random() < 0.05 else 1])
            return [self.valid(doc, schema["items"], name) for _ in range(n)]
        if kind == "boolean":
            return rng.random() < 0.7
        if kind == "integer":
            low, high = schema.get("minimum", 0), schema.get("maximum", 10**6)
            return rng.choice([low, high, min(low + 1, high), rng.randint(low, high), rng.randint(low, min(high, low + 60))])
        return self.string(name, schema)

    def string(self, name, schema):
        rng, form, pat = self.rng, schema.get("format"), schema.get("pattern", "")
        if form == "uuid":
            return self.an_id(name)
        if form == "date":
            return self.date()
        if form == "date-time":
            return self.instant()
        if form == "email":
            return rng.choice(["owner@demo.test", "Visitor@Example.com", f"v{rng.getrandbits(24)}@example.org"])
        if pat.startswith("^(([01]"):
            return rng.choice(["00:00", "24:00", f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}"])
        if pat.startswith("^[A-Z]{3}$"):
            return rng.choice(["EUR", "RON", "XXX"])
        if pat.startswith("^#"):
            return f"#{rng.getrandbits(24):06x}"
        return self.text(name, schema)

    def nasty(self):
        return self.rng.choice(NASTY_TEXT) if self.rng.random() < 0.6 else self.rng.choice(NASTY)

    def spoil(self, value):
        """A copy with one thing changed somewhere."""
        value = json.loads(json.dumps(value))
        spots = [(None, None)] if self.rng.random() < 0.03 else []
        def walk(v):
            for k in (v if isinstance(v, dict) else range(len(v)) if isinstance(v, list) else ()):
                spots.append((v, k))
                walk(v[k])
        walk(value)
        objects = [value] + [v[k] for v, k in spots if v is not None and isinstance(v[k], dict)]
        if not spots or self.rng.random() < 0.15:
            target = self.rng.choice(objects)
            if isinstance(target, dict):
                target[self.rng.choice(["extra", "id", "tenant_id", "version", "__proto__", "", "a.b", "é", "x" * 300, "archived"])] = self.nasty()
            return value
        holder, key = self.rng.choice(spots)
        if holder is None:
            return self.nasty()
        if isinstance(holder, dict) and self.rng.random() < 0.2:
            del holder[key]
        else:
            holder[key] = self.nasty()
        return value


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
        self.password, self.verbose = args.password, args.verbose
        self.passed, self.failed = 0, 0
        self.seen = collections.OrderedDict()
        self.statuses = collections.defaultdict(collections.Counter)
        self.tokens, self.blocked_until, self.slots = {}, {}, {}
        answer = self.client.ask("GET", API + "/openapi.json", [], None)
        if isinstance(answer, str) or answer[0] != 200:
            sys.exit(f"contract_fuzz: no description of the API: {answer}")
        self.doc = json.loads(answer[2])
        self.operations = [(m.upper(), p, o) for p, ms in self.doc["paths"].items() for m, o in ms.items()]

    def sign_in(self, role):
        if time.monotonic() < self.blocked_until.get(role, 0):
            return
        body = json.dumps({"email": LOGINS[role], "password": self.password}).encode()
        r = self.client.ask("POST", API + "/auth/token", [("Content-Type", "application/json")], body)
        if isinstance(r, tuple) and r[0] == 200:
            self.tokens[role] = json.loads(r[2])["data"]["token"]
        else:
            self.tokens.pop(role, None)
            self.blocked_until[role] = time.monotonic() + 5

    # ---- one request

    def path(self, template, op):
        ok, out = True, template
        for p in op.get("parameters", []):
            if p["in"] != "path":
                continue
            kind = template.split("/")[1]
            kind = "hold" if "holds" in template else "blocked" if kind == "blocked-times" else kind[:-1]
            value = self.values.an_id("session" if "sessions" in template else kind) if p["name"] == "id" else self.values.slugs[-1] if p["name"] == "slug" \
                else self.rng.choice(self.values.tokens) if self.values.tokens else "A" * 64
            if self.rng.random() < 0.08:
                value = self.rng.choice([t for t in NASTY_TEXT if t and "\ud800" not in t] + ["..", ".", "%2e%2e", "\u00e9"])
                ok = False
            out = out.replace("{" + p["name"] + "}", urllib.parse.quote(value, safe=""))
        return out, ok

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
        schema = op["requestBody"]["content"]["application/json"]["schema"]
        value = self.values.valid(self.doc, schema)
        if self.rng.random() < 0.5:
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
        if not {"start", "service_id"} <= set(wanted) or not slots or self.rng.random() < 0.5:
            return None
        body = self.values.valid(self.doc, schema)
        body.update({k: v for k, v in self.rng.choice(slots).items() if k in wanted})
        for name in ("hold_id", "resource_ids", "patient_id", "duration_min"):
            body.pop(name, None)
        return json.dumps(body).encode() if not problems(self.doc, schema, body) else None

    def learn_times(self):
        """Free times as a visitor sees them; the clinic was left open for that by nobody in particular."""
        slug, token = self.values.slugs[-1], self.tokens.get("owner")
        if not token:
            return
        auth = [("Authorization", "Bearer " + token)]
        patch = json.dumps({"booking_enabled": True, "booking_min_notice_min": 0, "booking_horizon_days": 90, "cancel_notice_min": 0, "move_notice_min": 0}).encode()
        self.client.ask("PATCH", API + "/tenant", auth + [("Content-Type", "application/json")], patch)
        found = []
        for row in list(self.values.ids["service"])[-12:]:
            days = [datetime.date.today() + datetime.timedelta(days=d) for d in (1, 20)]
            r = self.client.ask("GET", f"{API}/public/{slug}/slots?service_id={row}&from={days[0]}&to={days[1]}", [], None)
            if isinstance(r, tuple) and r[0] == 200:
                slots = json.loads(r[2])["data"]
                found += [{"service_id": row, "start": s["start"], "provider_id": s["provider_id"]} for s in self.rng.sample(slots, min(8, len(slots)))]
        self.slots[slug] = found

    def once(self, method, template, op):
        if method == "DELETE" and self.rng.random() < 0.7:
            return # else there would soon be nothing left to ask for
        role = "spare" if template in SPARE_ONLY else self.rng.choice(["owner"] * 6 + ["staff", "viewer", None])
        if role and role not in self.tokens:
            self.sign_in(role)
            if role not in self.tokens:
                return
        path, ok_path = self.path(template, op)
        query, ok_query = self.query(op)
        data, ok_body = self.body(op)
        free = self.a_time(op)
        data, ok_body = (free, True) if free else (data, ok_body)
        headers, ok_headers = self.headers(method, op, data)
        if role:
            headers.append(("Authorization", "Bearer " + self.tokens[role]))
        r = self.client.ask(method, API + path + ("?" + query if query else ""), headers, data)
        verdicts = [ok_path, ok_query, ok_body, ok_headers]
        allowed = False if False in verdicts else None if None in verdicts else True
        what = f"{method} {path}{'?' + query if query else ''} {[h for h in headers if h[0] != 'Authorization']} {role} {(data or b'')[:600]!r}"
        found = [r] if isinstance(r, str) else self.judge(method, template, op, r, allowed, ok_body)
        if isinstance(r, tuple) and r[0] == 401 and role:
            self.tokens.pop(role, None)
        self.passed += not found
        self.failed += bool(found)
        for f in found:
            key = (method, template, re.sub(r"[0-9a-f]{8}-[-0-9a-f]{27}|\d+", "#", f)[:90])
            if key not in self.seen:
                answer = r if isinstance(r, str) else f"{r[0]} {r[2][:300]!r}"
                print(f"FAIL {method} {template}: {f}\n     sent {what}\n     got  {answer}", flush=True)
            self.seen[key] = self.seen.get(key, 0) + 1

    # ---- the answer

    def judge(self, method, template, op, r, allowed, ok_body):
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
                self.values.harvest("blocked" if template.startswith("/blocked") else template.split("/")[-2 if template.endswith(("}", "restore", "move", "state", "cancel")) else -1].rstrip("s")
                    if not template.endswith("}") else template.split("/")[-2].rstrip("s"), answer.get("data"))
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

    def run(self, seconds):
        for role in LOGINS:
            self.sign_in(role)
        if "owner" not in self.tokens:
            sys.exit("contract_fuzz: cannot sign in as " + LOGINS["owner"])
        for method, template, op in self.operations: # learn what is there
            if method == "GET" and "{" not in template and template != "/events":
                r = self.client.ask(method, API + template, [("Authorization", "Bearer " + self.tokens["owner"])], None)
                if isinstance(r, tuple) and r[0] == 200:
                    self.values.harvest(template.split("/")[-1].rstrip("s"), json.loads(r[2]).get("data"))
        end, rounds = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            if rounds % 3 == 0:
                self.learn_times()
            rounds += 1
            for operation in self.rng.sample(self.operations, len(self.operations)):
                if time.monotonic() >= end:
                    break
                self.once(*operation)
        self.client.close()
        if self.verbose:
            for name, counts in sorted(self.statuses.items()):
                print(f"{name}: {dict(sorted(counts.items()))}")
        return rounds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("base")
    parser.add_argument("--password", required=True)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    url = urllib.parse.urlsplit(args.base)
    if url.hostname not in ("127.0.0.1", "::1", "localhost") or not url.port:
        sys.exit("contract_fuzz: only loopback, with a port")
    args.seed = random.randrange(2**32) if args.seed is None else args.seed
    print(f"seed {args.seed}")
    fuzz = Fuzz(args, url.hostname, url.port)
    rounds = fuzz.run(min(args.seconds, 3600))
    if rounds < 1:
        fuzz.failed += 1
    for (method, template, text), n in fuzz.seen.items():
        print(f"{n:6} x {method} {template}: {text}")
    print(f"{fuzz.passed} passed, {fuzz.failed} failed")
    sys.exit(1 if fuzz.failed else 0)


if __name__ == "__main__":
    main()

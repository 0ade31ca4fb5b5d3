"""Values for contract_fuzz.py: what a schema allows, made of what is there (ids, links, times), and what it does not allow."""
import collections
import datetime
import json
import re
import uuid

from contract_schema import known_instant, problems

UTC = datetime.timezone.utc
MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)
ZONES = ["Europe/Bucharest", "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
RULES = ["FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;COUNT=4", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR;COUNT=5", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3",
    "FREQ=MONTHLY;BYDAY=-1FR;COUNT=4", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2", "FREQ=DAILY;COUNT=500", "FREQ=WEEKLY;UNTIL=20270401T000000Z",
    "RRULE:FREQ=DAILY;COUNT=2", "FREQ=DAILY", "FREQ=SECONDLY;COUNT=2", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2", "freq=daily;count=2"]
# Clocks that jump, the ends of days, months and years, and the ends of what the program knows.
EDGES = ["2027-03-28T01:00:00", "2026-10-25T01:00:00", "2027-03-14T07:00:00", "2027-10-31T00:30:00", "2026-12-31T22:00:00", "2027-01-01T00:00:00",
    "2028-02-29T00:00:00", "2027-02-28T22:00:00"]
FARTHEST = ["1900-01-01T00:00:00Z", "2199-12-31T23:59:00Z", "2199-12-31T23:59:59.999999Z", "2026-03-29T01:00:00+02:00", "1970-01-01T00:00:00Z", "2026-11-23T09:00:00-12:00"]
LINK = re.compile(r"/([a-z]+)/([A-Za-z0-9_-]{64})(?![A-Za-z0-9_-])(\.ics)?")
# Whose ids go into a field that is not called after its kind.
KINDS = {"subject": ["provider", "resource", "location", "client"], "except": ["appointment"], "entity": ["client", "appointment", "service"], "actor": ["member"],
    "from_location": ["location"], "to_location": ["location"], "patient": ["patient"]}


class Pool:
    """What was seen first and what was seen last: the demo's own rows stay reachable however many are made."""

    def __init__(self):
        self.first, self.last = [], collections.deque(maxlen=40)

    def add(self, value):
        if value in self.first or value in self.last:
            return
        (self.first if len(self.first) < 20 else self.last).append(value)

    def __len__(self):
        return len(self.first) + len(self.last)

    def choice(self, rng):
        return rng.choice(self.last if self.last and (not self.first or rng.random() < 0.6) else self.first)


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
        self.ids, self.links = collections.defaultdict(Pool), collections.defaultdict(Pool)
        self.slugs = collections.deque(["demo"], maxlen=2)
        self.times = Pool()
        self.foreign = {}
        self.own_logins, self.spare, self.password = set(), "", ""
        self.focus = datetime.datetime.now(UTC)

    # ---- what is there

    def harvest(self, kind, value):
        """Learns ids, links and times from an answer, so that requests name what is there."""
        if isinstance(value, list):
            for item in value[:50]:
                self.harvest(kind, item)
        elif isinstance(value, dict):
            for name, member in value.items():
                if isinstance(member, (dict, list)):
                    self.harvest(name[:-1] if name.endswith("s") else name, member)
                elif isinstance(member, str):
                    self.harvest_text(kind, name, member)

    def harvest_text(self, kind, name, text):
        if name == "id":
            self.ids[kind].add(text)
        elif name.endswith("_id") and name != "request_id":
            self.ids[name[:-3]].add(text)
        elif name == "token" and len(text) == 64:
            self.links["b" if kind == "booking" else "l"].add(text)
        elif name in ("start", "end", "starts_at", "ends_at", "expires_at") and known_instant(text):
            self.times.add(text)
        self.harvest_links(text)

    def harvest_links(self, text):
        for kind, token, feed in LINK.findall(text):
            self.links["feed" if feed else kind].add(token)

    def harvest_foreign(self, kind, value):
        """The ids of somebody else's clinic: they may be named, and must never be answered."""
        other = Values(self.rng)
        other.harvest(kind, value)
        for k, pool in other.ids.items():
            for row in pool.first:
                self.foreign.setdefault(k, []).append(row)

    def kinds_of(self, name):
        kind = re.sub(r"_ids?$", "", name)
        return KINDS.get(kind, [kind])

    def an_id(self, name):
        """Mostly a row of the right kind; now and then of another kind, of another clinic, or of nobody."""
        rng, kind = self.rng, self.rng.choice(self.kinds_of(name))
        roll = rng.random()
        if roll < 0.06:
            kind = rng.choice(sorted(self.ids) or [kind])
        elif roll < 0.09 and self.foreign:
            return rng.choice(self.foreign.get(kind) or self.foreign[rng.choice(sorted(self.foreign))])
        pool = self.ids[kind]
        if len(pool) and roll < 0.96:
            return pool.choice(rng)
        return str(uuid.UUID(int=rng.getrandbits(128)))

    def a_link(self, kind):
        pool = self.links[kind if self.rng.random() < 0.9 else self.rng.choice(sorted(self.links) or [kind])]
        return pool.choice(self.rng) if len(pool) else "A" * 64

    # ---- times: all of one request lie around one of them, or they would hardly ever be in order

    def refocus(self):
        rng, roll = self.rng, self.rng.random()
        if roll < 0.35 and len(self.times):
            at = datetime.datetime.fromisoformat(self.times.choice(rng).replace("Z", "+00:00")).astimezone(UTC)
        elif roll < 0.5:
            at = datetime.datetime.fromisoformat(rng.choice(EDGES)).replace(tzinfo=UTC)
        else:
            now = datetime.datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
            at = now + rng.choice([0, 1, 2, 3, 7, 20, 60, -1, -400, 800, rng.randint(-3000, 3000)]) * DAY + rng.randint(0, 95) * 15 * MINUTE
        self.focus = min(max(at, datetime.datetime(1901, 1, 1, tzinfo=UTC)), datetime.datetime(2198, 1, 1, tzinfo=UTC))

    def moment(self):
        step = self.rng.choice([0, 0, 0, 15, 30, 60, 60, 120, 1440, 1440, 10080, 40 * 1440, 400 * 1440, -15, -60, -1440, self.rng.randint(-600, 600)])
        tick = self.rng.choice([0] * 20 + [1, -1])
        return self.focus + step * MINUTE + datetime.timedelta(microseconds=tick)

    def date(self):
        return self.moment().date().isoformat()

    def instant(self):
        if self.rng.random() < 0.03:
            return self.rng.choice(FARTHEST)
        at = self.moment()
        if self.rng.random() < 0.1:
            return at.astimezone(datetime.timezone(self.rng.choice([-720, -210, 120, 345, 840]) * MINUTE)).isoformat()
        return at.isoformat().replace("+00:00", "Z")

    # ---- what a schema allows

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
        if name == "rrule" and rng.random() < 0.95:
            return rng.choice(RULES)
        if name == "link" and rng.random() < 0.7:
            return self.a_link("l")
        if name.endswith("password") and rng.random() < 0.8:
            return self.password
        if rng.random() < 0.15:
            n = rng.choice([max(low, 1), high])
            return "".join(rng.choice("aé漢🐈 z") for _ in range(n - 1)) + "x"
        word = rng.choice(["Ana", "Ion Ă", "O'Neil", "x" * max(low, 1), "a\nb", "Ünïcödé 🦷", f"n{rng.getrandbits(30)}", "  padded"])
        return (word + "y" * low)[:high] if len(word) < low else word[:high]

    def valid(self, doc, schema, name="", often=None):
        for _ in range(20):
            value = self.some(doc, schema, name, often)
            if not problems(doc, schema, value):
                return value
        return value

    def some(self, doc, schema, name, often):
        """often: how much of what may be left out is there; 1: all of it, with a value."""
        rng = self.rng
        if "oneOf" in schema:
            return self.valid(doc, schema["oneOf"][0] if often == 1 else rng.choice(schema["oneOf"]), name, often)
        kind = schema.get("type", "string")
        if isinstance(kind, list):
            kind = kind[0] if often == 1 or rng.random() < 0.8 else "null"
        if kind == "null":
            return None
        if "enum" in schema:
            return rng.choice([v for v in schema["enum"] if v is not None])
        if kind == "object":
            must = schema.get("required", [])
            often = rng.choice([0.05, 0.2, 0.5, 1]) if often is None else often
            return {k: self.valid(doc, s, k, often) for k, s in schema.get("properties", {}).items() if k in must or rng.random() < often}
        if kind == "array":
            return self.list(doc, schema, name, often)
        if kind == "boolean":
            return rng.random() < 0.7
        if kind == "integer":
            low, high = schema.get("minimum", 0), schema.get("maximum", 10**6)
            return rng.choice([low, high, min(low + 1, high), rng.randint(low, high), rng.randint(low, min(high, low + 60)), min(max(low, 30), high)])
        return self.string(name, schema)

    def list(self, doc, schema, name, often):
        rng = self.rng
        n = rng.choice([schema.get("minItems", 0), 1, 1, 2, rng.randint(0, 5), min(schema.get("maxItems", 3), 500) if rng.random() < 0.05 else 1])
        out = [self.valid(doc, schema["items"], name, often) for _ in range(n)]
        if out and rng.random() < 0.12:
            out.append(json.loads(json.dumps(rng.choice(out)))) # the same twice
        return out

    def string(self, name, schema):
        rng, form, pat = self.rng, schema.get("format"), schema.get("pattern", "")
        if form == "uuid":
            return self.an_id(name)
        if form == "date":
            return self.date()
        if form == "date-time":
            return self.instant()
        if form == "email":
            return rng.choice([self.spare, "Visitor@Example.com", f"v{rng.getrandbits(24)}@example.org"])
        if pat.startswith("^(([01]"):
            return rng.choice(["00:00", "24:00", "08:00", "12:00", "18:00", f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}"])
        if pat.startswith("^[A-Z]{3}$"):
            return rng.choice(["EUR", "RON", "XXX"])
        if pat.startswith("^#"):
            return f"#{rng.getrandbits(24):06x}"
        return self.text(name, schema)

    # ---- what it does not

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

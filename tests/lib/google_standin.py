#!/usr/bin/env python3
"""A stand-in for Google's sign-in and Calendar API (v3) on loopback, for tests. It keeps calendars, tokens and sync tokens as Google does, and looks at every request: what
Google would not understand is a violation, which the test reads at the end (GET /_/state). Prints its port and serves until its standard input ends.

The test steers it by POST /_/...: account, event, delete, purge, expire_access, revoke, forget_sync, page, fault, reset.
A fault: {"match": "POST /api/calendars/primary/events", "kind": slow | wrong | half | empty | 401 | 403rate | 429 | 410 | 500 | 500after, "times": n, "seconds": s}."""
import base64
import copy
import datetime
import hashlib
import json
import re
import secrets
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLIENT_ID, CLIENT_SECRET = "clinic-client", "clinic-secret"
SCOPE = "https://www.googleapis.com/auth/calendar.events.owned"
EVENT_FIELDS = {"id", "status", "summary", "location", "start", "end", "transparency", "visibility", "extendedProperties"}
LIST_QUERY = {"singleEvents", "showDeleted", "maxResults", "fields", "timeMin", "timeMax", "syncToken", "pageToken"}
ITEM_FIELDS = {"id", "etag", "status", "transparency", "eventType", "start", "end", "attendees", "extendedProperties"}
LOCK = threading.RLock()


class World:
    def __init__(self):
        self.accounts, self.codes, self.access, self.refresh, self.channels = {}, {}, {}, {}, {}
        self.violations, self.faults, self.counts, self.log, self.revoked, self.stopped = [], [], {}, [], [], []
        self.next_account, self.seq, self.page, self.expires_in, self.oldest = "ada@example.org", 0, 250, 3600, 0

    def calendar(self, account):
        return self.accounts.setdefault(account, {"zone": "Europe/Bucharest", "events": {}})

    def touch(self, account, event):
        self.seq += 1
        event["_seq"] = self.seq
        event["etag"] = f'"{self.seq}000"'
        event.setdefault("status", "confirmed")
        self.calendar(account)["events"][event["id"]] = event


WORLD = World()


def instant(t, zone="UTC"):
    if not isinstance(t, dict):
        raise ValueError("no time")
    if t.get("dateTime"):
        return datetime.datetime.fromisoformat(t["dateTime"].replace("Z", "+00:00"))
    return datetime.datetime.fromisoformat(t["date"] + "T00:00:00+00:00")


def public(event):
    return {k: v for k, v in event.items() if not k.startswith("_")}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def violation(self, what):
        WORLD.violations.append(f"{self.command} {self.path[:200]}: {what}")

    def send(self, status, body=None, headers=(), raw=None, declared=None):
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(declared if declared is not None else len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        if declared is not None and declared != len(data):
            self.close_connection = True

    def refuse(self, status, reason, headers=()):
        self.send(status, {"error": {"code": status, "message": reason, "errors": [{"domain": "global", "reason": reason, "message": reason}]}}, headers)

    def body_text(self):
        n = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(n).decode() if n else ""

    # ---- faults ----
    def fault(self, route):
        for f in WORLD.faults:
            if f["times"] > 0 and route.startswith(f["match"]):
                f["times"] -= 1
                return f
        return None

    def misbehave(self, f, answer):
        """True: the request is not to be done any more."""
        kind = f["kind"]
        if kind == "slow":
            time.sleep(f.get("seconds", 3))
            return False
        if kind == "401":
            self.refuse(401, "authError")
        elif kind == "403rate":
            self.refuse(403, "rateLimitExceeded")
        elif kind == "429":
            self.refuse(429, "rateLimitExceeded", [("Retry-After", str(f.get("seconds", 2)))])
        elif kind == "410":
            self.refuse(410, "fullSyncRequired")
        elif kind == "500":
            self.refuse(500, "backendError")
        elif kind == "wrong":
            self.send(200, raw=b'{"items": [{"id": 5, "start": "noon"}], "nextSyncToken"')
        elif kind == "empty":
            self.send(200, {})
        else:
            return False
        return True

    def do(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
        text = self.body_text()
        if url.path.startswith("/_/"):
            with LOCK:
                return self.steer(url.path[3:], json.loads(text or "{}"))
        route = f"{self.command} {url.path}"
        with LOCK:
            WORLD.log.append(route)
            f = self.fault(route)
        if f and self.misbehave(f, None):
            return None
        with LOCK:
            kind = f["kind"] if f else ""
            if kind in ("half", "500after"):
                done, self.send = self.send, lambda *a, **k: None
                self.route(url.path, query, text)
                self.send = done
                if kind == "500after":
                    return self.refuse(500, "backendError")
                whole = json.dumps(self.last if hasattr(self, "last") and self.last else {"items": []}).encode()
                return self.send(200, raw=whole[: len(whole) // 2], declared=len(whole))
            return self.route(url.path, query, text)

    do_GET = do_POST = do_PATCH = do_DELETE = do

    def answer(self, status, body=None):
        self.last = body
        self.send(status, body)

    def count(self, what):
        WORLD.counts[what] = WORLD.counts.get(what, 0) + 1

    # ---- steering ----
    def steer(self, what, b):
        w = WORLD
        account = b.get("account", w.next_account)
        if what == "state":
            return self.send(200, {"counts": w.counts, "violations": w.violations, "log": w.log[-200:], "revoked": w.revoked, "stopped": w.stopped, "channels": list(w.channels.values()),
                                   "events": {a: [public(e) for e in c["events"].values()] for a, c in w.accounts.items()}})
        if what == "account":
            w.next_account = account
            w.calendar(account)
        elif what == "event":
            old = w.calendar(account)["events"].get(b["event"]["id"], {})
            w.touch(account, {**old, **b["event"]})
        elif what == "delete":
            w.touch(account, {**w.calendar(account)["events"][b["id"]], "status": "cancelled"})
        elif what == "purge":
            del w.calendar(account)["events"][b["id"]]
        elif what == "expire_access":
            w.access.clear()
        elif what == "revoke":
            w.access.clear()
            w.refresh.clear()
        elif what == "forget_sync":
            w.oldest = w.seq + 1
        elif what == "page":
            w.page = b["size"]
        elif what == "expires":
            w.expires_in = b["seconds"]
        elif what == "fault":
            w.faults.append({"times": 1, **b})
        elif what == "clear":
            w.counts, w.log, w.faults = {}, [], []
        elif what == "reset":
            w.__init__()
        else:
            return self.refuse(404, what)
        return self.send(200, {})

    # ---- routes ----
    def route(self, path, query, text):
        if path == "/auth":
            return self.authorize(query)
        if path == "/token":
            return self.token(text)
        if path == "/revoke":
            return self.revoke(text)
        if not path.startswith("/api/"):
            self.violation("unknown address")
            return self.refuse(404, "notFound")
        account = self.who()
        if not account:
            self.count("unauthorized")
            return self.refuse(401, "authError")
        m = re.fullmatch(r"/api/calendars/primary/events(?:/([^/]+))?", path)
        if path == "/api/channels/stop":
            return self.stop(text)
        if not m:
            self.violation("unknown address")
            return self.refuse(404, "notFound")
        if m[1] == "watch":
            return self.watch(account, text)
        name = {("GET", False): self.list, ("POST", False): self.insert, ("GET", True): self.get, ("PATCH", True): self.patch, ("DELETE", True): self.delete}.get((self.command, bool(m[1])))
        if not name:
            self.violation("unknown method")
            return self.refuse(405, "notAllowed")
        return name(account, m[1], {k: v[0] for k, v in query.items()}, text)

    def who(self):
        h = self.headers.get("Authorization", "")
        if not h.startswith("Bearer "):
            self.violation("no bearer token")
            return None
        got = WORLD.access.get(h[7:])
        return got["account"] if got and got["until"] > time.time() else None

    # ---- OAuth 2 ----
    def authorize(self, query):
        q = {k: v[0] for k, v in query.items()}
        want = {"response_type": "code", "access_type": "offline", "prompt": "consent", "client_id": CLIENT_ID, "scope": SCOPE, "code_challenge_method": "S256"}
        for k, v in want.items():
            if q.get(k) != v:
                self.violation(f"{k} is {q.get(k)!r}")
        if set(q) != set(want) | {"redirect_uri", "state", "code_challenge"}:
            self.violation(f"parameters {sorted(q)}")
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}", q.get("code_challenge", "")) or len(q.get("state", "")) < 32:
            self.violation("challenge or state")
        code = "4/" + secrets.token_urlsafe(24)
        WORLD.codes[code] = {"challenge": q["code_challenge"], "redirect_uri": q["redirect_uri"], "account": WORLD.next_account}
        self.count("authorize")
        to = q["redirect_uri"] + "?" + urllib.parse.urlencode({"state": q["state"], "code": code, "scope": SCOPE, "authuser": "0", "prompt": "consent"})
        if "text/html" in self.headers.get("Accept", ""):  # a browser, whose person allows it
            return self.send(302, None, [("Location", to)])
        return self.send(200, {"to": to})

    def form(self, text, fields):
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            self.violation("not a form")
        q = {k: v[0] for k, v in urllib.parse.parse_qs(text, strict_parsing=True).items()}
        if set(q) != fields:
            self.violation(f"form {sorted(q)}")
        return q

    def token(self, text):
        code = "authorization_code" in text
        q = self.form(text, {"grant_type", "client_id", "client_secret"} | ({"code", "redirect_uri", "code_verifier"} if code else {"refresh_token"}))
        if q.get("client_id") != CLIENT_ID or q.get("client_secret") != CLIENT_SECRET:
            return self.send(401, {"error": "invalid_client"})
        out = {"access_token": "ya29." + secrets.token_urlsafe(32), "expires_in": WORLD.expires_in, "token_type": "Bearer", "scope": SCOPE}
        if code:
            self.count("exchange")
            c = WORLD.codes.pop(q["code"], None)
            hashed = base64.urlsafe_b64encode(hashlib.sha256(q["code_verifier"].encode()).digest()).rstrip(b"=").decode()
            if not c or c["redirect_uri"] != q["redirect_uri"] or c["challenge"] != hashed or not 43 <= len(q["code_verifier"]) <= 128:
                return self.answer(400, {"error": "invalid_grant", "error_description": "Bad Request"})
            account = c["account"]
            out["refresh_token"] = "1//" + secrets.token_urlsafe(32)
            WORLD.refresh[out["refresh_token"]] = account
        else:
            self.count("refresh")
            account = WORLD.refresh.get(q["refresh_token"])
            if not account:
                return self.answer(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
        WORLD.access[out["access_token"]] = {"account": account, "until": time.time() + WORLD.expires_in}
        self.answer(200, out)

    def revoke(self, text):
        q = self.form(text, {"token"})
        WORLD.revoked.append(WORLD.refresh.pop(q["token"], None))
        self.answer(200, {})

    # ---- events ----
    def json_body(self, fields):
        if self.headers.get("Content-Type") != "application/json":
            self.violation("not JSON")

        def once(pairs):
            if len({k for k, _ in pairs}) != len(pairs):
                self.violation("a member stands twice")
            return dict(pairs)
        b = json.loads(self.text, object_pairs_hook=once)
        if not set(b) <= fields:
            self.violation(f"unknown members {sorted(set(b) - fields)}")
        return b

    def check_event(self, b, whole):
        try:
            if instant(b["end"]) <= instant(b["start"]):
                self.violation("end is not after start")
        except (KeyError, ValueError, TypeError) as e:
            self.violation(f"times: {e!r}")
        for t in (b.get("start", {}), b.get("end", {})):
            if not set(t) <= {"dateTime", "timeZone", "date"} or (whole and "date" in t):
                self.violation(f"time {t}")
        if b.get("status") not in ("confirmed", "tentative") or b.get("transparency") != "opaque" or b.get("visibility") != "private":
            self.violation("status, transparency or visibility")
        marks = b.get("extendedProperties", {}).get("private", {})
        if set(marks) != {"clinicd", "clinicd_clinic"} or not all(isinstance(v, str) for v in marks.values()):
            self.violation("extended properties")
        if any(not isinstance(b.get(k), str) for k in ("summary", "location")):
            self.violation("summary or location")

    def list(self, account, _, q, text):
        w, c = WORLD, WORLD.calendar(account)
        self.count("list")
        if not set(q) <= LIST_QUERY:
            self.violation(f"query {sorted(q)}")
        if q.get("singleEvents") != "true" or q.get("showDeleted") != "true" or "fields" not in q:
            self.violation("the parameters are not those of the first request")
        size = min(int(q.get("maxResults", 250)), w.page)
        if "syncToken" in q:
            if set(q) & {"timeMin", "timeMax"}:
                self.violation("a window beside a sync token")
            self.count("incremental")
            since = int(re.fullmatch(r"sync-(\d+)=", q["syncToken"])[1])
            if since < w.oldest:
                return self.refuse(410, "fullSyncRequired")
            found = [e for e in c["events"].values() if e["_seq"] > since]
        else:
            self.count("full")
            low, high = instant({"dateTime": q["timeMin"]}), instant({"dateTime": q["timeMax"]})
            found = [e for e in c["events"].values() if instant(e["end"]) > low and instant(e["start"]) < high]
        found.sort(key=lambda e: e["_seq"])
        at = int(re.fullmatch(r"page-(\d+)", q["pageToken"])[1]) if "pageToken" in q else 0
        out = {"timeZone": c["zone"], "summary": account, "items": [{k: v for k, v in e.items() if k in ITEM_FIELDS} for e in found[at:at + size]]}
        for i in out["items"]:
            if "extendedProperties" in i:
                i["extendedProperties"] = {"private": i["extendedProperties"].get("private", {})}
        if at + size < len(found):
            out["nextPageToken"] = f"page-{at + size}"
        else:
            out["nextSyncToken"] = f"sync-{w.seq}="
        self.answer(200, out)

    def insert(self, account, _, q, text):
        self.count("insert")
        self.text = text
        b = self.json_body(EVENT_FIELDS)
        if q != {"sendUpdates": "none"}:
            self.violation(f"query {q}")
        self.check_event(b, True)
        if not re.fullmatch(r"[a-v0-9]{5,1024}", b.get("id", "")):
            self.violation(f"id {b.get('id')}")
        if b["id"] in WORLD.calendar(account)["events"]:
            return self.refuse(409, "duplicate")
        event = dict(b)
        WORLD.touch(account, event)
        return self.answer(200, public(event))

    def find(self, account, event_id):
        e = WORLD.calendar(account)["events"].get(event_id)
        if not e:
            self.refuse(404, "notFound")
        return e

    def get(self, account, event_id, q, text):
        self.count("get")
        e = self.find(account, event_id)
        if e:
            self.answer(200, public(e))

    def patch(self, account, event_id, q, text):
        self.count("patch")
        self.text = text
        b = self.json_body(EVENT_FIELDS - {"id"})
        self.check_event({**b, "start": {k: v for k, v in b["start"].items() if v is not None}, "end": {k: v for k, v in b["end"].items() if v is not None}}, False)
        if q != {"sendUpdates": "none"} or not self.headers.get("If-Match"):
            self.violation("no If-Match, or mail to guests")
        e = self.find(account, event_id)
        if not e:
            return None
        if self.headers["If-Match"] != e["etag"]:
            return self.refuse(412, "conditionNotMet")
        e = copy.deepcopy(e)
        for k, v in b.items():
            e[k] = {x: y for x, y in {**e.get(k, {}), **v}.items() if y is not None} if isinstance(v, dict) and k in ("start", "end") else v
        WORLD.touch(account, e)
        return self.answer(200, public(e))

    def delete(self, account, event_id, q, text):
        self.count("delete")
        if text or q != {"sendUpdates": "none"}:
            self.violation("a body, or mail to guests")
        e = self.find(account, event_id)
        if not e:
            return None
        if e["status"] == "cancelled":
            return self.refuse(410, "deleted")
        WORLD.touch(account, {**e, "status": "cancelled"})
        return self.answer(204)

    # ---- channels ----
    def watch(self, account, text):
        self.count("watch")
        self.text = text
        b = self.json_body({"id", "type", "address", "token", "params"})
        if b.get("type") != "web_hook" or not str(b.get("address", "")).startswith("https://") or len(b.get("token", "")) < 32 or len(b.get("id", "")) > 64:
            self.violation("channel")
        ttl = int(b.get("params", {}).get("ttl", 604800))
        WORLD.channels[b["id"]] = {**b, "resourceId": "res-" + b["id"][:8], "account": account}
        self.answer(200, {"kind": "api#channel", "id": b["id"], "resourceId": "res-" + b["id"][:8], "resourceUri": "x", "token": b["token"], "expiration": str(int((time.time() + ttl) * 1000))})

    def stop(self, text):
        self.count("stop")
        self.text = text
        b = self.json_body({"id", "resourceId"})
        c = WORLD.channels.pop(b.get("id"), None)
        if not c or c["resourceId"] != b.get("resourceId"):
            return self.refuse(404, "notFound")
        WORLD.stopped.append(b["id"])
        return self.answer(204)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        kind, value, _ = sys.exc_info()
        if not isinstance(value, (ConnectionError, BrokenPipeError)):
            WORLD.violations.append(f"the stand-in could not follow: {kind.__name__}: {value}")


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()

// A stand-in for Stripe's API (2023-08-16) on loopback, for tests. It keeps what Stripe keeps, takes only the parameters that Stripe's OpenAPI description has (params.json),
// honours Idempotency-Key as Stripe does, and sends webhooks signed by Stripe's own package. Prints its port and serves until its standard input ends.
//
// Steered by POST /_/…: reset, state, clear, webhook, hold, release, pay, settle, lapse, refund, refund_step, refund_mode, dispute, dispute_step, payout, fault, send, live, account.
// A fault: {"match": "POST /v1/refunds", "kind": slow | down | half | wrong | empty | 401 | 409 | 429 | 500 | 500after | downafter, "times": n, "seconds": s}.
import { createServer, request } from "node:http";
import { readFileSync } from "node:fs";
import Stripe from "stripe";
import { Refusal, World } from "./world.mjs";

const SPEC = JSON.parse(readFileSync(new URL("./params.json", import.meta.url), "utf8"));
const stripe = new Stripe("sk_test_of_the_stand_in");
let world, it;

function reset() {
    world = new World(server.address().port);
    world.onEvent = (e) => tell(e);
    it = { accounts: {}, keys: new Map(), answers: new Map(), faults: [], violations: [], counts: {}, requests: [], sent: [], held: null, times: 1, drop: [], delay: 0, url: null, secrets: [] };
}

// ---- what comes in ----

const violation = (text) => it.violations.push(text);

function parseForm(text, where) {
    const out = {}, seen = new Set();
    for (const part of text ? text.split("&") : []) {
        const [key, value] = part.split("=").map((s) => decodeURIComponent(s.replaceAll("+", " ")));
        const path = [...key.matchAll(/^[^[]+|\[([^\]]*)\]/g)].map((m) => m[1] ?? m[0]);
        if (seen.has(key) && !key.endsWith("[]")) violation(`${where}: ${key} comes twice`);
        seen.add(key);
        let at = out;
        path.forEach((name, i) => {
            const slot = name === "" ? Object.keys(at).length : name;
            if (i === path.length - 1) at[slot] = value ?? "";
            else at = at[slot] ??= {};
        });
    }
    return out;
}

// The value by the description's type; what it does not allow is refused as Stripe refuses it.
function read(spec, v, name) {
    if (spec.any) {
        for (const one of spec.any) {
            try { return read(one, v, name); } catch { /* the next one may take it */ }
        }
        throw new Refusal(400, "parameter_invalid", `Invalid ${name}`, name);
    }
    if (spec.t === "object" || spec.t === "map" || spec.t === "array") {
        if (typeof v !== "object") throw new Refusal(400, null, `Invalid ${spec.t === "array" ? "array" : "object"}`, name);
        if (spec.t === "array") return Object.keys(v).map((k) => read(spec.items, v[k], `${name}[${k}]`));
        if (spec.t === "map") return readMap(v, name);
        return readObject(spec, v, name);
    }
    if (typeof v !== "string") throw new Refusal(400, null, `Invalid string: ${name}`, name);
    if (spec.t === "integer") {
        if (!/^-?\d{1,15}$/.test(v)) throw new Refusal(400, "parameter_invalid_integer", `Invalid integer: ${v}`, name);
        return Number(v);
    }
    if (spec.t === "boolean") {
        if (v !== "true" && v !== "false") throw new Refusal(400, null, `Invalid boolean: ${v}`, name);
        return v === "true";
    }
    if (spec.enum && !spec.enum.includes(v)) throw new Refusal(400, null, `Invalid ${name}: must be one of ${spec.enum.join(", ")}`, name);
    if (v.length > (spec.max ?? 5000)) throw new Refusal(400, null, `${name} is too long`, name);
    if (v === "") throw new Refusal(400, "parameter_invalid_empty", `You passed an empty string for '${name}'.`, name);
    return v;
}

function readMap(v, name) {
    if (Object.keys(v).length > 50) throw new Refusal(400, null, "Metadata has more than 50 keys", name);
    for (const [k, text] of Object.entries(v))
        if (k.length > 40 || /[[\]]/.test(k) || typeof text !== "string" || text.length > 500) throw new Refusal(400, null, `Invalid metadata ${k}`, name);
    return v;
}

function readObject(spec, v, name) {
    const out = {};
    for (const [k, one] of Object.entries(v)) {
        const full = name ? `${name}[${k}]` : k;
        if (!spec.p?.[k]) throw new Refusal(400, "parameter_unknown", `Received unknown parameter: ${full}`, full);
        out[k] = read(spec.p[k], one, full);
    }
    for (const k of spec.req ?? []) if (!(k in out)) throw new Refusal(400, "parameter_missing", `Missing required param: ${name ? `${name}[${k}]` : k}.`, k);
    return out;
}

// ---- what Stripe does ----

function expand(object, paths) {
    const out = structuredClone(object);
    for (const path of paths ?? []) {
        let at = out;
        for (const name of path.split(".")) {
            if (at === null) break; // nothing there to expand
            if (!(name in at)) throw new Refusal(400, null, `This property cannot be expanded (${path}).`, "expand");
            if (typeof at[name] === "string") at[name] = structuredClone(world.objects.get(at[name]) ?? at[name]);
            at = at[name];
        }
    }
    return out;
}

function page(url, list, p, fits) {
    let all = list.filter((o) => world.ownerOf(o) === world.account).filter(fits);
    const c = p.created ?? {};
    all = all.filter((o) => o.created >= (c.gte ?? 0) && o.created > (c.gt ?? -1) && o.created <= (c.lte ?? Infinity) && o.created < (c.lt ?? Infinity));
    if (p.starting_after) all = all.slice(all.findIndex((o) => o.id === p.starting_after) + 1);
    const n = p.limit ?? 10;
    if (n < 1 || n > 100) throw new Refusal(400, null, "limit must be from 1 to 100", "limit");
    const data = all.slice(0, n).map((o) => {
        const inner = (p.expand ?? []).map((e) => e.replace(/^data\./, ""));
        return expand(o, inner);
    });
    return { object: "list", url, has_more: all.length > n, data };
}

const does = {
    "POST /v1/checkout/sessions": (p) => world.session(p),
    "GET /v1/checkout/sessions": (p) => page("/v1/checkout/sessions", world.lists.session, p, (s) => !p.payment_intent || s.payment_intent === p.payment_intent),
    "GET /v1/checkout/sessions/{id}": (p, key) => expand(world.open(world.get("checkout.session", key).id), p.expand),
    "POST /v1/checkout/sessions/{id}/expire": (p, key) => world.expire(key),
    "GET /v1/payment_intents/{id}": (p, key) => expand(world.get("payment_intent", key), p.expand),
    "GET /v1/charges/{id}": (p, key) => expand(world.get("charge", key), p.expand),
    "POST /v1/refunds": (p) => world.refund(p),
    "GET /v1/refunds": (p) => page("/v1/refunds", world.lists.refund, p, (r) => (!p.payment_intent || r.payment_intent === p.payment_intent) && (!p.charge || r.charge === p.charge)),
    "GET /v1/refunds/{id}": (p, key) => expand(world.get("refund", key), p.expand),
    "GET /v1/disputes/{id}": (p, key) => expand(world.get("dispute", key), p.expand),
    "GET /v1/disputes": (p) => page("/v1/disputes", world.lists.dispute, p, (d) => !p.payment_intent || d.payment_intent === p.payment_intent),
    "GET /v1/balance_transactions": (p) => page("/v1/balance_transactions", world.lists.txn, p, (t) => (!p.source || t.source === p.source) && (!p.type || t.type === p.type)),
    "GET /v1/balance_transactions/{id}": (p, key) => expand(world.get("balance_transaction", key), p.expand),
    "GET /v1/events": (p) => page("/v1/events", world.lists.event, p, (e) => !p.type || e.type === p.type),
    "GET /v1/events/{id}": (p, key) => expand(world.get("event", key), p.expand),
};

const failure = (status, e) => ({ status, body: { error: { type: e.type ?? "api_error", code: e.code ?? undefined, message: e.message, param: e.param ?? undefined } } });

function route(method, path) {
    if (SPEC[`${method} ${path}`]) return { name: `${method} ${path}` };
    const m = path.match(/^(\/v1\/(?:checkout\/sessions|[a-z_]+))\/([A-Za-z0-9_]+)(\/expire)?$/);
    const name = m && `${method} ${m[1]}/{id}${m[3] ?? ""}`;
    return name && SPEC[name] ? { name, id: m[2] } : null;
}

function fault(name) {
    const f = it.faults.find((one) => one.times > 0 && name.startsWith(one.match));
    if (f) f.times--;
    return f;
}

// Whose key it is: all are of one account, unless said otherwise. What an account does not have is not there for its key.
const accountOf = (req) => it.accounts[(req.headers.authorization ?? "").slice(7)] ?? "first";

function check(req, body, name) {
    const auth = req.headers.authorization ?? "", want = world.live ? /^Bearer (sk|rk)_live_\w{8,}$/ : /^Bearer (sk|rk)_test_\w{8,}$/;
    if (!want.test(auth) || auth.includes("revoked")) throw new Refusal(401, null, `Invalid API Key provided: ${auth.slice(7, 12)}****`);
    if (!/^\d{4}-\d\d-\d\d$/.test(req.headers["stripe-version"] ?? "")) violation(`${name}: no Stripe-Version`);
    if (req.method === "POST" && body && req.headers["content-type"] !== "application/x-www-form-urlencoded") violation(`${name}: ${req.headers["content-type"]}`);
    if (req.method === "POST" && !req.headers["idempotency-key"]) violation(`${name}: no Idempotency-Key`);
    if ((req.headers["idempotency-key"] ?? "").length > 255) violation(`${name}: long Idempotency-Key`);
}

function perform(r, params, account) {
    world.account = account;
    try {
        return { status: 200, body: structuredClone(does[r.name](params, r.id)) };
    } catch (e) {
        if (!(e instanceof Refusal)) throw e;
        return failure(e.status, e);
    } finally {
        world.account = null;
    }
}

// An answer as it was given is given again; parameters that could not be read are not kept.
function answer(req, r, body, query, broken) {
    const account = accountOf(req), key = req.headers["idempotency-key"] && `${account} ${req.headers["idempotency-key"]}`, print = `${r.name} ${r.id} ${body}`;
    const before = req.method === "POST" && key ? it.keys.get(key) : null;
    if (before && before.print !== print)
        return failure(400, { type: "idempotency_error", message: "Keys for idempotent requests can only be used with the same parameters they were first used with." });
    if (before) return { ...before.answer, replayed: true };
    const params = readObject(SPEC[r.name], parseForm(req.method === "GET" ? query : body, r.name), "");
    it.counts[r.name] = (it.counts[r.name] ?? 0) + 1;
    let got = perform(r, params, account);
    if (broken === "500after") got = failure(500, { message: "An unknown error occurred" });
    if (req.method === "POST" && key) it.keys.set(key, { print, answer: got });
    return got;
}

async function api(req, res, url, body) {
    const r = route(req.method, url.pathname);
    if (!r) {
        violation(`${req.method} ${url.pathname} is not there`);
        return send(res, failure(404, new Refusal(404, null, "Unrecognized request URL")));
    }
    it.requests.push({ name: r.name, key: req.headers["idempotency-key"] ?? null, version: req.headers["stripe-version"] ?? null, account: req.headers["stripe-account"] ?? null, by: accountOf(req) });
    const f = fault(r.name), kind = f?.kind;
    if (kind === "down") return res.destroy();
    if (kind === "wrong") return send(res, { status: 200, text: "<html>" });
    if (kind === "empty") return send(res, { status: 200, text: "" });
    if (["401", "409", "429", "500"].includes(kind))
        return send(res, { ...failure(Number(kind), { message: "As asked", type: kind === "409" ? "idempotency_error" : "api_error" }), retry: f.seconds });
    let got;
    try {
        check(req, body, r.name);
        got = answer(req, r, body, url.search.slice(1), kind);
    } catch (e) {
        if (!(e instanceof Refusal)) throw e;
        if (e.status === 400) violation(`${r.name}: ${e.message}`);
        got = failure(e.status, e);
    }
    if (kind === "slow") await new Promise((done) => setTimeout(done, (f.seconds ?? 3) * 1000));
    if (kind === "downafter") return res.destroy();
    if (kind === "half") {
        res.writeHead(200, { "content-length": 5000, "content-type": "application/json" });
        res.write(JSON.stringify(got.body).slice(0, 40));
        return setTimeout(() => res.destroy(), 20);
    }
    return send(res, got);
}

function send(res, got) {
    const head = { "content-type": "application/json", "request-id": "req_1" };
    if (got.replayed) head["idempotent-replayed"] = "true";
    if (got.retry) head["retry-after"] = String(got.retry);
    const text = got.text ?? JSON.stringify(got.body);
    head["content-length"] = Buffer.byteLength(text);
    res.writeHead(got.status, head);
    res.end(text);
}

// ---- webhooks ----

const signed = (payload, secret, timestamp) => stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });

function deliver(url, payload, signature) {
    return new Promise((done) => {
        const headers = { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(payload) };
        if (signature !== null) headers["stripe-signature"] = signature;
        const req = request(url, { method: "POST", headers }, (res) => {
            let text = "";
            res.on("data", (d) => (text += d));
            res.on("end", () => done({ status: res.statusCode, text }));
            res.on("error", () => done({ status: res.statusCode, text }));
        });
        req.on("error", () => done({ status: 0, text: "" }));
        if (payload.length < 1000000) return req.end(payload);
        req.flushHeaders(); // what is too long is refused by its head
        return setTimeout(() => req.destroyed || req.end(payload), 500);
    });
}

async function push(e) {
    const payload = JSON.stringify(e);
    for (let i = 0; i < it.times; i++) {
        const got = await deliver(it.url, payload, signed(payload, it.secrets[0]));
        it.sent.push({ id: e.id, type: e.type, status: got.status });
    }
}

function tell(e) {
    if (it.held) it.held.push(e);
    else if (it.url && !it.drop.some((d) => d === "*" || e.type.startsWith(d))) setTimeout(() => push(e), it.delay);
}

function shuffled(list, seed) {
    const out = [...list];
    let x = seed >>> 0 || 1;
    for (let i = out.length - 1; i > 0; i--) {
        x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
        const k = x % (i + 1);
        [out[i], out[k]] = [out[k], out[i]];
    }
    return out;
}

// What was held goes out: in this order (indices), or shuffled by a seed; each so many times; one after the other or all at once.
async function release(o) {
    let list = o.order ? o.order.map((i) => it.held[i]) : [...it.held];
    list = list.flatMap((e) => Array(o.times ?? 1).fill(e));
    if (o.seed) list = shuffled(list, o.seed);
    const out = [];
    const one = async (e) => {
        const payload = JSON.stringify(e), got = await deliver(it.url, payload, signed(payload, it.secrets[0]));
        out.push(got.status);
    };
    if (o.at_once) await Promise.all(list.map(one));
    else for (const e of list) await one(e);
    if (!o.keep) it.held = o.go_on ? null : [];
    return { statuses: out };
}

// Any body with any signature: what the program answers.
async function sendAny(o) {
    const payload = o.size ? JSON.stringify({ ...o.event, padding: "x".repeat(o.size) }) : o.body ?? JSON.stringify(o.event);
    const at = Math.floor(Date.now() / 1000) + (o.skew ?? 0);
    const header = o.header !== undefined ? o.header : signed(o.signed_body ?? payload, o.secret ?? it.secrets[0], at);
    return deliver(o.url ?? it.url, payload, header);
}

const steer = {
    reset: () => reset(),
    clear: () => Object.assign(it, { counts: {}, requests: [], sent: [] }),
    webhook: (o) => Object.assign(it, { url: o.url ?? it.url, secrets: o.secrets ?? it.secrets, times: o.times ?? 1, drop: o.drop ?? [], delay: o.delay ?? 0 }),
    hold: () => { it.held = []; },
    held: () => ({ held: it.held ?? [] }),
    release,
    live: (o) => { world.live = o.live; },
    account: (o) => { it.accounts[o.key] = o.account; },
    pay: (o) => world.pay(o.session, o.how ?? "ok"),
    settle: (o) => world.settle(o.session, o.ok),
    lapse: (o) => world.lapse(world.get("checkout.session", o.session)),
    refund: (o) => world.refund(o),
    refund_step: (o) => world.refundStep(o.refund, o.status),
    refund_mode: (o) => { world.refundMode = o.mode; },
    dispute: (o) => world.dispute(o.intent, o.amount, o.status),
    dispute_step: (o) => world.disputeStep(o.dispute, o.status),
    payout: (o) => world.payout(o.currency ?? "eur"),
    session: (o) => world.session(o),
    fault: (o) => { it.faults.push({ times: 1, ...o }); },
    calm: () => { it.faults = []; },
    send: sendAny,
    sign: (o) => ({ header: signed(o.body, o.secret, Math.floor(Date.now() / 1000) + (o.skew ?? 0)) }),
    state: () => ({ violations: it.violations, counts: it.counts, requests: it.requests, sent: it.sent, sessions: world.lists.session, refunds: world.lists.refund,
        disputes: world.lists.dispute, transactions: world.lists.txn, events: world.lists.event.map((e) => ({ id: e.id, type: e.type })) }),
};

// ---- the page people pay on, for browsers ----

const PAGE = (s) => `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Checkout (stand-in)</title><h1>${s.amount_total} ${s.currency}</h1>
<form method="post"><button name="how" value="ok">Pay</button><button name="how" value="decline">Declined card</button></form><a href="${s.cancel_url}">Back</a>`;

function payPage(req, res, key, body) {
    let s = world.open(world.get("checkout.session", key).id), text = "";
    if (req.method === "POST" && s.status === "open") {
        const how = parseForm(body, "page").how;
        s = world.pay(key, how);
        if (how === "decline") text = "<p role=alert>Your card was declined.</p>";
    }
    if (s.status === "complete") {
        res.writeHead(303, { location: s.success_url.replace("{CHECKOUT_SESSION_ID}", s.id) });
        return res.end();
    }
    res.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    return res.end(s.status === "open" ? PAGE(s) + text : "<!doctype html><link rel=icon href=data:,><title>Over</title><h1>This page has expired</h1>");
}

async function serve(req, res) {
    const url = new URL(req.url, "http://127.0.0.1");
    let body = "";
    for await (const part of req) body += part;
    try {
        if (url.pathname.startsWith("/v1/")) return await api(req, res, url, body);
        if (url.pathname.startsWith("/pay/")) return payPage(req, res, url.pathname.slice(5), body);
        const what = steer[url.pathname.slice(3)];
        if (!what) return send(res, { status: 404, body: {} });
        return send(res, { status: 200, body: (await what(body ? JSON.parse(body) : {})) ?? {} });
    } catch (e) {
        if (!(e instanceof Refusal)) console.error(e);
        return send(res, failure(e.status ?? 500, e));
    }
}

const server = createServer(serve);
server.keepAliveTimeout = 60000;
server.listen(0, "127.0.0.1", () => {
    reset();
    console.log(server.address().port);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

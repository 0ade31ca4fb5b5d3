// What the stand-in knows: sessions, intents, charges, refunds, disputes, balance transactions and events, and how they come about. No sockets here.
import { randomBytes } from "node:crypto";

export const FEE = (amount) => Math.round(amount * 0.015) + 25;
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const id = (prefix) => prefix + [...randomBytes(24)].map((b) => LETTERS[b % 62]).join("");
const seconds = () => Math.floor(Date.now() / 1000);

export class Refusal extends Error {
    constructor(status, code, message, param, type = "invalid_request_error") {
        super(message);
        Object.assign(this, { status, code, param, type });
    }
}

export class World {
    constructor(port) {
        this.port = port;
        this.live = false;
        this.account = null; // who asks; null: nobody of the outside
        this.acting = "first"; // whose things happen then
        this.owners = new WeakMap();
        this.objects = new Map();
        this.lists = { session: [], refund: [], dispute: [], txn: [], event: [] };
        this.refundMode = "succeeded";
        this.onEvent = () => {};
    }

    keep(list, o) {
        this.objects.set(o.id, o);
        this.owners.set(o, this.account ?? this.acting);
        if (list) this.lists[list].unshift(o);
        return o;
    }

    get(kind, key) {
        const o = this.objects.get(key);
        if (!o || o.object !== kind || (this.account && this.ownerOf(o) !== this.account)) throw new Refusal(404, "resource_missing", `No such ${kind}: '${key}'`, "id");
        if (!this.account) this.acting = this.ownerOf(o);
        return o;
    }

    ownerOf(o) {
        return this.owners.get(o);
    }

    tell(type, object) {
        const e = this.keep("event", { id: id("evt_1"), object: "event", api_version: "2023-08-16", created: seconds(), livemode: this.live, pending_webhooks: 1,
            request: { id: null, idempotency_key: null }, type, data: { object: structuredClone(object) } });
        this.onEvent(e);
        return e;
    }

    // ---- checkout ----

    session(p) {
        const item = p.line_items?.[0];
        const total = (p.line_items ?? []).reduce((sum, l) => sum + l.price_data.unit_amount * (l.quantity ?? 1), 0);
        const currency = item?.price_data.currency;
        if (p.mode !== "payment") throw new Refusal(400, "parameter_missing", "You must provide mode", "mode");
        if (!item) throw new Refusal(400, "parameter_missing", "Missing required param: line_items.", "line_items");
        if (currency !== currency.toLowerCase() || !/^[a-z]{3}$/.test(currency)) throw new Refusal(400, null, `Invalid currency: ${currency}`, "line_items[0][price_data][currency]");
        if (total < 50 && !["jpy", "krw", "huf"].includes(currency))
            throw new Refusal(400, "amount_too_small", "The Checkout Session's total amount due must add up to at least €0.50", "line_items");
        const until = p.expires_at ?? seconds() + 86400;
        if (until < seconds() + 1800 - 5 || until > seconds() + 86400 + 5)
            throw new Refusal(400, null, "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.", "expires_at");
        const s = this.keep("session", { id: id(this.live ? "cs_live_" : "cs_test_"), object: "checkout.session", amount_subtotal: total, amount_total: total, cancel_url: p.cancel_url ?? null,
            client_reference_id: p.client_reference_id ?? null, created: seconds(), currency, customer: null, customer_email: p.customer_email ?? null, expires_at: until,
            livemode: this.live, metadata: p.metadata ?? {}, mode: "payment", payment_intent: null, payment_method_types: ["card"], payment_status: "unpaid", status: "open",
            success_url: p.success_url, url: null });
        s.url = `http://127.0.0.1:${this.port}/pay/${s.id}`;
        Object.defineProperty(s, "intentMetadata", { value: p.payment_intent_data?.metadata ?? {}, enumerable: false });
        return s;
    }

    intent(s) {
        if (s.payment_intent) return this.get("payment_intent", s.payment_intent);
        const pi = this.keep(null, { id: id("pi_3"), object: "payment_intent", amount: s.amount_total, amount_received: 0, canceled_at: null, created: seconds(), currency: s.currency,
            last_payment_error: null, latest_charge: null, livemode: this.live, metadata: s.intentMetadata, payment_method_types: ["card"], status: "requires_payment_method" });
        s.payment_intent = pi.id;
        this.tell("payment_intent.created", pi);
        return pi;
    }

    charge(pi, ok) {
        const c = this.keep(null, { id: id("ch_3"), object: "charge", amount: pi.amount, amount_captured: ok ? pi.amount : 0, amount_refunded: 0, balance_transaction: null, captured: ok,
            created: seconds(), currency: pi.currency, disputed: false, failure_code: ok ? null : "card_declined", failure_message: ok ? null : "Your card was declined.",
            livemode: this.live, metadata: pi.metadata, paid: ok, payment_intent: pi.id, refunded: false, status: ok ? "succeeded" : "failed",
            billing_details: { email: "payer@example.org", name: "Somebody Else" } });
        pi.latest_charge = c.id;
        if (ok) c.balance_transaction = this.txn("charge", c.id, c.amount, FEE(c.amount), c.currency).id;
        return c;
    }

    txn(type, source, amount, fee, currency) {
        return this.keep("txn", { id: id("txn_3"), object: "balance_transaction", amount, available_on: seconds() + 86400, created: seconds(), currency, description: null,
            exchange_rate: null, fee, fee_details: fee ? [{ amount: fee, currency, description: "Stripe processing fees", type: "stripe_fee" }] : [], net: amount - fee,
            reporting_category: type, source, status: "pending", type });
    }

    open(key) {
        const s = this.get("checkout.session", key);
        if (s.status === "open" && s.expires_at <= seconds()) this.lapse(s);
        return s;
    }

    // how: ok, decline, async (the money comes later), 3ds is "ok" after a while
    pay(key, how) {
        const s = this.open(key);
        if (s.status !== "open") throw new Refusal(400, "session_over", `This session is ${s.status}`);
        const pi = this.intent(s);
        if (how === "decline") {
            const c = this.charge(pi, false);
            pi.last_payment_error = { charge: c.id, code: "card_declined", decline_code: "generic_decline", message: "Your card was declined.", type: "card_error" };
            this.tell("charge.failed", c);
            this.tell("payment_intent.payment_failed", pi);
            return s;
        }
        s.status = "complete";
        s.url = null;
        if (how === "async") {
            pi.status = "processing";
            this.tell("payment_intent.processing", pi);
            this.tell("checkout.session.completed", s);
            return s;
        }
        this.paid(s, pi);
        this.tell("checkout.session.completed", s);
        return s;
    }

    paid(s, pi) {
        pi.status = "succeeded";
        pi.amount_received = pi.amount;
        pi.last_payment_error = null;
        s.payment_status = "paid";
        const c = this.charge(pi, true);
        this.tell("charge.succeeded", c);
        this.tell("payment_intent.succeeded", pi);
    }

    settle(key, ok) {
        const s = this.get("checkout.session", key), pi = this.intent(s);
        if (pi.status !== "processing") throw new Refusal(400, null, "Nothing is under way");
        if (ok) {
            this.paid(s, pi);
            return this.tell("checkout.session.async_payment_succeeded", s);
        }
        pi.status = "requires_payment_method";
        pi.last_payment_error = { code: "payment_intent_payment_attempt_failed", message: "The payment failed.", type: "invalid_request_error" };
        this.tell("payment_intent.payment_failed", pi);
        return this.tell("checkout.session.async_payment_failed", s);
    }

    lapse(s) {
        s.status = "expired";
        s.url = null;
        this.tell("checkout.session.expired", s);
        return s;
    }

    expire(key) {
        const s = this.open(key);
        if (s.status !== "open") throw new Refusal(400, null, `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${s.status}\`.`);
        return this.lapse(s);
    }

    // ---- refunds ----

    refund(p) {
        const charge = p.charge ? this.get("charge", p.charge) : this.get("charge", this.get("payment_intent", p.payment_intent).latest_charge ?? "");
        const amount = p.amount ?? charge.amount - charge.amount_refunded;
        if (!charge.paid) throw new Refusal(400, "charge_not_paid", `Charge ${charge.id} is not paid`);
        if (charge.disputed) throw new Refusal(400, "charge_disputed", `Charge ${charge.id} has been charged back; cannot issue a refund.`);
        if (charge.amount_refunded >= charge.amount) throw new Refusal(400, "charge_already_refunded", `Charge ${charge.id} has already been refunded.`);
        if (amount < 1 || amount > charge.amount - charge.amount_refunded)
            throw new Refusal(400, null, `Refund amount (${amount}) is greater than unrefunded amount on charge (${charge.amount - charge.amount_refunded})`, "amount");
        const r = this.keep("refund", { id: id("re_3"), object: "refund", amount, balance_transaction: null, charge: charge.id, created: seconds(), currency: charge.currency,
            failure_reason: null, metadata: p.metadata ?? {}, payment_intent: charge.payment_intent, reason: p.reason ?? null, status: this.refundMode === "pending" ? "pending" : "succeeded" });
        charge.amount_refunded += amount;
        charge.refunded = charge.amount_refunded === charge.amount;
        r.balance_transaction = this.txn("refund", r.id, -amount, 0, charge.currency).id;
        this.tell("charge.refunded", charge);
        this.tell("refund.created", r);
        return r;
    }

    refundStep(key, status) {
        const r = this.get("refund", key), charge = this.get("charge", r.charge);
        r.status = status;
        if (status === "failed" || status === "canceled") {
            r.failure_reason = "expired_or_canceled_card";
            charge.amount_refunded -= r.amount;
            charge.refunded = false;
            this.txn("refund_failure", r.id, r.amount, 0, charge.currency);
            this.tell("refund.failed", r);
        }
        this.tell("charge.refund.updated", r);
        return this.tell("refund.updated", r);
    }

    // ---- disputes, payouts ----

    dispute(key, amount, status = "needs_response") {
        const pi = this.get("payment_intent", key), charge = this.get("charge", pi.latest_charge);
        const d = this.keep("dispute", { id: id("dp_1"), object: "dispute", amount: amount ?? charge.amount, balance_transactions: [], charge: charge.id, created: seconds(),
            currency: charge.currency, evidence_details: { due_by: seconds() + 7 * 86400, has_evidence: false, past_due: false, submission_count: 0 }, is_charge_refundable: false,
            livemode: this.live, metadata: {}, payment_intent: pi.id, reason: "fraudulent", status });
        charge.disputed = true;
        if (!status.startsWith("warning")) d.balance_transactions.push(this.txn("adjustment", d.id, -d.amount, 1500, d.currency));
        this.tell("charge.dispute.created", d);
        if (d.balance_transactions.length) this.tell("charge.dispute.funds_withdrawn", d);
        return d;
    }

    disputeStep(key, status) {
        const d = this.get("dispute", key);
        d.status = status;
        if (status === "won") {
            d.balance_transactions.push(this.txn("adjustment", d.id, d.amount, 0, d.currency));
            this.tell("charge.dispute.funds_reinstated", d);
        }
        this.tell("charge.dispute.updated", d);
        if (["won", "lost", "warning_closed"].includes(status)) this.tell("charge.dispute.closed", d);
        return d;
    }

    payout(currency) {
        const amount = this.lists.txn.filter((t) => t.currency === currency).reduce((sum, t) => sum + t.net, 0);
        const key = id("po_1");
        this.txn("payout", key, -amount, 0, currency);
        return { id: key, amount };
    }
}

/*
 * mock.mjs - a small server that speaks the public part of the contract, with made-up data and the real security headers.
 * For looking at the pages and for the browser tests. Memory only, loopback only.
 *
 *   [DIST=dir] node test/mock.mjs [PORT]          http://127.0.0.1:8765/book/demo
 *
 * Clinics: demo, long (long names, many people, two places), one (one service, one person), empty (nothing free),
 * later (free again in 50 days), taken (every hold is refused), race (the booking is refused, not the hold), expired,
 * closed, slow, broken, free-text errors: an e-mail at "@invalid.test" is refused by the server.
 */
import { readFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = process.env.DIST ?? join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');
export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const HEADERS = {
  'Content-Security-Policy': CSP,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
const DAY = 86_400_000;
const id = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const iso = (ms) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

const PEOPLE = [
  { id: id(11), name: 'Dr. Ana Petrović', title: 'Dentist', color: '#2563eb' },
  { id: id(12), name: 'Jonas Weber', title: 'Dentist', color: '#c2410c' },
  { id: id(13), name: 'Mei-Lin Chen', title: 'Dental hygienist', color: '#7c3aed' },
];
const service = (n, name, description, duration, price, people, any = true) =>
  ({ id: id(n), name, description, duration_min: duration, price_minor: price, currency: 'EUR', color: '#0f766e', any_provider: any, provider_ids: people });

function base(slug, more = {}) {
  return {
    name: 'Lindenhof Dental', slug, time_zone: 'Europe/Berlin', currency: 'EUR', locale: 'en', brand_color: null, phone: '+49 30 5550 1234',
    email: 'hello@lindenhof.example', website: null, address: 'Lindenstraße 14, 10969 Berlin', booking_enabled: true, min_notice_min: 120,
    horizon_days: 90, cancel_notice_min: 1440, move_notice_min: 1440, policy: 'You can move or cancel online until 24 hours before the appointment. After that, please call us.',
    locations: [{ id: id(1), name: 'Lindenhof', time_zone: 'Europe/Berlin', address: 'Lindenstraße 14, 10969 Berlin', phone: null }],
    services: [
      service(21, 'Check-up', 'A look at teeth and gums, with X-ray if needed.', 30, 4500, PEOPLE.slice(0, 2).map((p) => p.id)),
      service(22, 'Professional cleaning', 'Removal of plaque and stains, polishing, advice on care at home.', 60, 9500, PEOPLE.map((p) => p.id)),
      service(23, 'Pain consultation', 'Something hurts: a short appointment soon.', 20, 0, PEOPLE.slice(0, 2).map((p) => p.id)),
      service(24, 'Whitening', 'Two shades lighter in one visit.', 75, 24900, [PEOPLE[2].id], false),
    ],
    providers: PEOPLE, ...more,
  };
}
const LONG = 'Gemeinschaftspraxis für Kieferorthopädie, Oralchirurgie und Zahnheilkunde am Donaudampfschifffahrtsplatz';
const many = Array.from({ length: 9 }, (_, n) => ({ id: id(31 + n), name: `Dr. Maximiliane von und zu Hohenstein-Wackerbarth ${n + 1}`, title: 'Fachzahnärztin für Kieferorthopädie', color: '#888888' }));
const CLINICS = {
  demo: base('demo'),
  brand: base('brand', { name: 'Sunny Paws Vets', brand_color: '#ffd400' }),
  one: base('one', { name: 'Ada Osteopathy', brand_color: '#7c3aed', providers: [PEOPLE[0]], services: [service(21, 'Treatment', null, 45, 8000, [PEOPLE[0].id])] }),
  long: base('long', {
    name: LONG, brand_color: '#be185d', providers: many,
    services: [
      service(21, 'Kieferorthopädische Erstberatung einschließlich Panoramaschichtaufnahme und Behandlungsplanung', 'Eine sehr ausführliche Beschreibung, die über mehrere Zeilen geht, damit man sieht, wie die Karte damit umgeht und ob alles lesbar bleibt. '.repeat(2), 150, 12_345_600, many.map((p) => p.id)),
      service(22, 'Kontrolle', null, 15, 0, many.slice(0, 4).map((p) => p.id), false),
    ],
    locations: [
      { id: id(1), name: 'Donaudampfschifffahrtsplatz', time_zone: 'Europe/Berlin', address: 'Donaudampfschifffahrtsplatz 128a, Hinterhaus, 3. Obergeschoss', phone: null },
      { id: id(2), name: 'Am Kirchweiher', time_zone: 'Europe/Berlin', address: 'Am Kirchweiher 3', phone: null },
    ],
  }),
  empty: base('empty'), later: base('later', { horizon_days: 120 }), taken: base('taken'), race: base('race'), expired: base('expired'), slow: base('slow'),
  limited: base('limited'), closed: base('closed', { booking_enabled: false }), noservices: base('noservices', { services: [] }),
};

const holds = new Map();
const bookings = new Map();
const answers = new Map();
export const log = [];
let counter = 100;

class Refusal extends Error {
  constructor(status, code, text, details = null, headers = {}) { super(text); Object.assign(this, { status, code, details, headers }); }
}

/** Half-hour starts, 9 to 17:30 Berlin winter time on working days, thinned out so that it looks real. */
function slotsOf(clinic, query) {
  const what = clinic.services.find((s) => s.id === query.get('service_id'));
  if (!what) throw new Refusal(422, 'VALIDATION_ERROR', 'Some fields are not right.', { fields: { service_id: 'is unknown' } });
  const from = Date.parse(`${query.get('from')}T00:00:00Z`) - 14 * 3_600_000;
  const to = Date.parse(`${query.get('to')}T00:00:00Z`) + 38 * 3_600_000;
  if (to - from > 45 * DAY) throw new Refusal(422, 'VALIDATION_ERROR', 'At most 42 days at once.');
  const dayIn = new Intl.DateTimeFormat('en-CA', { timeZone: query.get('zone') || clinic.time_zone });
  const found = [];
  const earliest = Date.now() + clinic.min_notice_min * 60_000;
  for (let day = Math.floor(from / DAY) * DAY; day < to; day += DAY) {
    const weekday = new Date(day).getUTCDay();
    if (weekday === 0 || weekday === 6 || clinic.slug === 'empty') continue;
    if (clinic.slug === 'later' && day < Date.now() + 50 * DAY) continue;
    for (const person of what.provider_ids) {
      if (query.get('provider_id') && query.get('provider_id') !== person) continue;
      for (const place of clinic.locations) {
        if (query.get('location_id') && query.get('location_id') !== place.id) continue;
        for (let m = 480; m < 1020; m += 30) {
          const start = day + m * 60_000;
          const dice = (Math.floor(start / 60_000) * 7919 + person.charCodeAt(35) * 104_729 + place.id.charCodeAt(35) * 31) % 100;
          if (start < earliest || dice < 68 || (Math.floor(day / DAY) % 5 === 2)) continue;
          const date = dayIn.format(start);
          if (date < query.get('from') || date > query.get('to')) continue;
          found.push({ start: iso(start), end: iso(start + what.duration_min * 60_000), provider_id: person, location_id: place.id });
        }
      }
    }
  }
  return found;
}

function conflict(clinic, body) {
  const at = Date.parse(body.start);
  const next = [1, 2, 3, 4, 5].map((n) => ({ start: iso(at + n * 1_800_000), end: iso(at + n * 1_800_000 + 1_800_000), provider_id: clinic.providers[0].id, location_id: clinic.locations[0].id }));
  return new Refusal(409, 'CONFLICT_DETECTED', 'Somebody has just taken this time.', { next });
}

function takeHold(clinic, body) {
  if (clinic.slug === 'taken') throw conflict(clinic, body);
  const what = clinic.services.find((s) => s.id === body.service_id);
  const hold = { id: id(counter += 1), expires_at: iso(Date.now() + 600_000), provider_id: body.provider_id ?? what.provider_ids[0], start: body.start, end: iso(Date.parse(body.start) + what.duration_min * 60_000) };
  holds.set(hold.id, hold);
  return [201, hold];
}

function makeBooking(clinic, body) {
  if (clinic.slug === 'limited') throw new Refusal(429, 'RATE_LIMITED', 'Too many bookings from here. Please wait a minute.', null, { 'Retry-After': '42' });
  if (clinic.slug === 'race' && body.hold_id && !clinic.raced) { clinic.raced = true; throw conflict(clinic, body); }
  if (clinic.slug === 'expired' && body.hold_id) throw new Refusal(409, 'HOLD_EXPIRED', 'The time is no longer held.');
  if (body.client.email.endsWith('@invalid.test')) throw new Refusal(422, 'VALIDATION_ERROR', 'Some fields are not right.', { fields: { 'client.email': 'is not an address that takes mail' } });
  const what = clinic.services.find((s) => s.id === body.service_id);
  const person = clinic.providers.find((p) => p.id === (body.provider_id ?? what.provider_ids[0]));
  const token = `tok${counter += 1}`;
  const appointment = {
    id: id(counter += 1), status: 'scheduled', start: body.start, end: iso(Date.parse(body.start) + what.duration_min * 60_000), provider_id: person.id, service_id: what.id,
    provider_name: person.name, service_name: what.name, location_id: clinic.locations[0].id, location_name: clinic.locations[0].name, price_minor: what.price_minor, currency: what.currency, time_zone: clinic.time_zone,
  };
  bookings.set(token, { appointment: { ...appointment, client_name: body.client.name }, clinic, payment: null, can_restore: false, can_move: true, can_cancel: true });
  holds.delete(body.hold_id);
  return [201, { appointment, token }];
}

function shown(token) {
  const found = bookings.get(token);
  if (!found) throw new Refusal(404, 'NOT_FOUND', 'There is nothing here.');
  const { services, providers, locations, ...clinic } = found.clinic;
  const start = Date.parse(found.appointment.start);
  return { ...found, clinic, move_until: iso(start - 1440 * 60_000), cancel_until: iso(start - 1440 * 60_000), calendar_url: `/api/v1/public/bookings/${token}/calendar` };
}

function act(token, body) {
  const found = bookings.get(token);
  if (!found) throw new Refusal(404, 'NOT_FOUND', 'There is nothing here.');
  const a = found.appointment;
  if (body.action === 'confirm') a.status = 'confirmed';
  if (body.action === 'cancel') Object.assign(a, { status: 'cancelled' });
  if (body.action === 'restore') a.status = 'scheduled';
  if (body.action === 'move') {
    const length = Date.parse(a.end) - Date.parse(a.start);
    Object.assign(a, { start: body.start, end: iso(Date.parse(body.start) + length) });
  }
  const live = a.status !== 'cancelled';
  Object.assign(found, { can_move: live, can_cancel: live, can_restore: a.status === 'cancelled' });
  return [200, shown(token)];
}

const SESSION = {
  member: { id: id(1), name: 'Ana Petrović', email: 'ana@example.org', role: 'owner' },
  tenant: { id: id(2), name: 'Lindenhof Dental', slug: 'demo', time_zone: 'Europe/Berlin', currency: 'EUR', locale: 'en' },
  permissions: ['schedule.read', 'schedule.write', 'settings.read', 'settings.write', 'clients.read', 'clients.write'],
  csrf_token: 'csrf', expires_at: iso(Date.now() + DAY), idle_expires_at: iso(Date.now() + 3_600_000),
};
function signIn(body) {
  if (body.password === 'slow down') throw new Refusal(429, 'RATE_LIMITED', 'Too many attempts.', null, { 'Retry-After': '25' });
  if (body.password !== 'correct horse battery') throw new Refusal(401, 'UNAUTHENTICATED', 'No member with this e-mail address and password.');
  return [200, SESSION];
}

function api(method, path, query, body) {
  const part = path.split('/').map(decodeURIComponent);
  if (part[0] === 'auth') {
    if (part[1] === 'login') return signIn(body);
    if (part[1] === 'register') return [201, { ...SESSION, tenant: { ...SESSION.tenant, name: body.tenant_name, slug: body.slug } }];
    throw new Refusal(401, 'UNAUTHENTICATED', 'Please sign in.');
  }
  if (part[0] === 'public' && part[1] === 'bookings') return method === 'GET' ? [200, shown(part[2])] : act(part[2], body);
  if (part[0] !== 'public') throw new Refusal(404, 'NOT_FOUND', 'There is nothing here.');
  if (part[1] === 'broken') throw new Refusal(500, 'INTERNAL', 'Something went wrong on our side.');
  const clinic = CLINICS[part[1]];
  if (!clinic) throw new Refusal(404, 'NOT_FOUND', 'There is no such clinic.');
  if (part.length === 2) return [200, clinic];
  if (part[2] === 'slots') return [200, slotsOf(clinic, query)];
  if (part[2] === 'holds' && part.length === 3) return takeHold(clinic, body);
  if (part[2] === 'holds' && part[4] === 'release') { holds.delete(part[3]); return [204, null]; }
  if (part[2] === 'bookings') return makeBooking(clinic, body);
  throw new Refusal(404, 'NOT_FOUND', 'There is nothing here.');
}

function sendFile(response, path, more = {}) {
  const manifest = JSON.parse(readFileSync(join(DIST, 'manifest.json'), 'utf8'));
  const entry = manifest.files.find((file) => file.path === path);
  if (!entry || !existsSync(join(DIST, entry.file))) { response.writeHead(404, HEADERS).end('not found'); return; }
  const encoded = entry.br !== null;
  response.writeHead(200, { ...HEADERS, ...more, 'Content-Type': entry.type, ETag: `"${entry.hash}"`, 'Cache-Control': entry.immutable ? 'public, max-age=31536000, immutable' : 'no-cache', ...(encoded ? { 'Content-Encoding': 'br' } : {}) });
  response.end(readFileSync(join(DIST, encoded ? entry.br : entry.file)));
}

function calendar(response) {
  response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/calendar; charset=utf-8', 'Content-Disposition': 'attachment; filename="appointment.ics"' });
  response.end('BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n');
}

async function answer(request, response) {
  const url = new URL(request.url, 'http://localhost');
  const { pathname } = url;
  if (/^\/api\/v1\/public\/bookings\/[^/]+\/calendar$/.test(pathname)) return calendar(response);
  if (!pathname.startsWith('/api/v1/')) {
    if (/^\/(book|b)\//.test(pathname)) return sendFile(response, '/booking.html');
    if (/^\/(app|signin|register)(\/|$)/.test(pathname)) return sendFile(response, '/app.html');
    return sendFile(response, pathname);
  }
  let text = '';
  for await (const chunk of request) text += chunk;
  const key = request.headers['idempotency-key'];
  log.push({ method: request.method, path: pathname, query: url.search, key: key ?? null, body: text });
  if (pathname.includes('/slow')) await new Promise((done) => { setTimeout(done, 2500); });
  let status = 200;
  let headers = {};
  let reply;
  try {
    if (key && answers.has(key)) [status, reply] = answers.get(key);
    else {
      const [code, data] = api(request.method, pathname.slice(8), url.searchParams, text ? JSON.parse(text) : null);
      status = code;
      reply = { success: true, data, meta: { timestamp: iso(Date.now()), cached: false } };
      if (key) answers.set(key, [status, reply]);
    }
  } catch (error) {
    const known = error instanceof Refusal ? error : new Refusal(500, 'INTERNAL', String(error));
    ({ status, headers } = known);
    reply = { success: false, error: known.message, code: known.code, details: known.details, request_id: 'req-7f3a1c' };
  }
  response.writeHead(status, { ...HEADERS, ...headers, 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(status === 204 ? undefined : JSON.stringify(reply));
}

export function startMock(port = 0) {
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => { response.writeHead(500).end(String(error)); });
  });
  return new Promise((done) => { server.listen(port, '127.0.0.1', () => done(server)); });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await startMock(Number(process.argv[2] ?? 8765));
  process.stdout.write(`http://127.0.0.1:${server.address().port}/book/demo\n`);
}

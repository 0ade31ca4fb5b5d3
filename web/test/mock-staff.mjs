// A stand-in for the server while the staff app is developed and tested: the API's contract over in-memory data.
//   node test/mock-staff.mjs [--port 8099] [--many] [--empty]
// Sign in as owner@clinic.test or viewer@clinic.test with any password of ten characters.
// POST /__mock {latency, fail, conflict, signOut, shrinkSession} changes how it behaves from then on.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { join, extname } from 'node:path';

const argument = (name) => process.argv.includes(name);
const valueOf = (name, fallback) => { const i = process.argv.indexOf(name); return i > 0 ? process.argv[i + 1] : fallback; };
const port = Number(valueOf('--port', '8099'));
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const ZONE = 'Europe/Berlin';
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";
const behaviour = { latency: 30, fail: '', conflict: false, signOut: false, shrinkSession: false };

// ---- time ----
const parts = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' });
function wall(ms) {
  const p = Object.fromEntries(parts.formatToParts(new Date(ms)).map((x) => [x.type, x.value]));
  return { date: `${p.year}-${p.month}-${p.day}`, minutes: Number(p.hour) * 60 + Number(p.minute) };
}
function instant(date, minutes) {
  const utc = Date.parse(`${date}T00:00:00Z`) + minutes * 60000;
  for (const offset of [3600000, 7200000]) {
    const w = wall(utc - offset);
    if (Date.parse(`${w.date}T00:00:00Z`) + w.minutes * 60000 === utc) return utc - offset;
  }
  return utc - 3600000;
}
const iso = (ms) => new Date(ms).toISOString().replace('.000Z', 'Z');
const addDays = (date, n) => iso(Date.parse(`${date}T00:00:00Z`) + n * 864e5).slice(0, 10);
const weekday = (date) => ((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7) + 1;
const today = () => wall(Date.now()).date;
const monday = (date) => addDays(date, 1 - weekday(date));
const hm = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
const bound = (text, end) => (text.length === 10 ? instant(end ? addDays(text, 1) : text, 0) : Date.parse(text));

// ---- data ----
let seed = 7;
const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
const pick = (list) => list[Math.floor(random() * list.length)];
const now0 = iso(Date.now());
const db = {
  tenant: { id: randomUUID(), name: 'Riverside Dental', slug: 'riverside', time_zone: ZONE, currency: 'EUR', locale: 'en', brand_color: '#0f766e', phone: '+49 30 555 010', email: 'hello@riverside.test', website: null, address: 'Uferstraße 12, Berlin', booking_enabled: true, booking_min_notice_min: 120, booking_horizon_days: 90, cancel_notice_min: 1440, move_notice_min: 1440, hold_minutes: 10, week_start: 1, version: 1 },
  locations: [], resources: [], providers: [], services: [], clients: [], patients: [], appointments: [], blocked: [], holidays: [], audit: [], members: [], hours: new Map(), sessions: [],
};
function seedData() {
  const main = { id: randomUUID(), name: 'Riverside', time_zone: ZONE, address: 'Uferstraße 12, Berlin', phone: null, archived: false, version: 1 };
  const north = { id: randomUUID(), name: 'Northgate', time_zone: ZONE, address: 'Nordallee 3, Berlin', phone: null, archived: false, version: 1 };
  db.locations.push(main, north);
  for (const name of ['Chair 1', 'Chair 2']) db.resources.push({ id: randomUUID(), name, kind: 'chair', location_id: main.id, archived: false, version: 1 });
  const services = [['Check-up', 30, '#2563eb', 4500], ['Hygiene', 45, '#0d9488', 8900], ['Filling', 60, '#b45309', 14000], ['Root canal', 90, '#be123c', 42000], ['Emergency', 20, '#7c3aed', 6000]];
  services.forEach(([name, duration_min, color, price_minor], position) => db.services.push({ id: randomUUID(), name, description: null, duration_min, buffer_before_min: 0, buffer_after_min: 5, step_min: 15, price_minor, currency: 'EUR', color, public: name !== 'Root canal', any_provider: true, min_notice_min: null, horizon_days: null, max_per_day: null, resource_kind: 'chair', lead_min: null, seats: 1, parts: [], provider_ids: [], position, archived: false, version: 1 }));
  [['Dr. Leila Amari', 'Dentist', '#2563eb'], ['Dr. Jonas Brandt', 'Dentist', '#0d9488'], ['Maya Costa', 'Hygienist', '#b45309']].forEach(([name, title, color], position) => {
    const provider = { id: randomUUID(), name, title, color, member_id: null, bookable: true, position, service_ids: db.services.map((s) => s.id), archived: false, version: 1 };
    db.providers.push(provider);
    const weekly = [];
    for (let d = 1; d <= 6; d += 1) {
      if (d === 6 && position !== 2) continue;
      if (d === 6) weekly.push({ location_id: main.id, weekday: d, start: '09:00', end: '13:00' });
      else weekly.push({ location_id: main.id, weekday: d, start: '08:00', end: '12:30' }, { location_id: main.id, weekday: d, start: '13:30', end: position === 1 ? '16:00' : '18:00' });
    }
    db.hours.set(provider.id, { weekly, exceptions: [] });
  });
  for (const s of db.services) s.provider_ids = db.providers.map((p) => p.id);
  const first = ['Anna', 'Ben', 'Clara', 'David', 'Elif', 'Finn', 'Greta', 'Hassan', 'Ines', 'Jakob', 'Karla', 'Liam', 'Mina', 'Noah', 'Olga', 'Paul', 'Rosa', 'Sami', 'Tilda', 'Viktor'];
  const last = ['Albers', 'Becker', 'Conti', 'Demir', 'Engel', 'Fischer', 'Graf', 'Hoffmann', 'Ivanova', 'Jansen', 'Keller', 'Lorenz', 'Meyer', 'Novak', 'Okafor', 'Peters'];
  if (argument('--empty')) return;
  for (let i = 0; i < 180; i += 1) addClient({ name: i === 3 ? 'Maximiliane-Alexandra von und zu Hohenstein-Wolfsburg' : `${pick(first)} ${pick(last)}`, phone: `+49 30 555 ${1000 + i}`, email: i % 4 ? `client${i}@mail.test` : null, status: pick(['active', 'active', 'active', 'lead', 'inactive']) });
  const animal = { id: randomUUID(), client_id: db.clients[1].id, kind: 'animal', name: 'Biscuit', date_of_birth: '2021-04-02', sex: 'female', species: 'Dog', breed: 'Beagle', chip: '276098100000001', notes: null, archived: false, version: 1 };
  db.patients.push(animal, { id: randomUUID(), client_id: db.clients[1].id, kind: 'dependant', name: 'Emma', date_of_birth: '2018-06-10', sex: 'female', species: null, breed: null, chip: null, notes: null, archived: false, version: 1 });
  const perWeek = argument('--many') ? 300 : 60;
  for (const start of [monday(today()), addDays(monday(today()), 7)]) fillWeek(start, perWeek);
  db.blocked.push({ id: randomUUID(), kind: 'provider', subject_id: db.providers[0].id, start: iso(instant(addDays(monday(today()), 7), 750)), end: iso(instant(addDays(monday(today()), 7), 810)), reason: 'Team meeting', version: 1 });
  for (let i = 0; i < 130; i += 1) db.audit.push({ id: String(1000 - i), at: iso(Date.now() - i * 1.7e6), actor_kind: 'member', actor_id: db.members[0]?.id ?? null, actor_name: 'Olivia Owner', action: pick(['create', 'update', 'delete', 'login']), entity: pick(['appointment', 'client', 'service']), entity_id: db.clients[i].id, changes: i % 3 ? { status: ['scheduled', 'confirmed'], notes: [null, 'Called back'] } : null, address: '127.0.0.1', request_id: randomUUID().slice(0, 8), warning: i === 4 });
}
function addClient(input) {
  const id = randomUUID();
  const client = { id, name: input.name, email: input.email ?? null, phone: input.phone ?? null, status: input.status ?? 'active', source: input.source ?? null, notes: input.notes ?? null, date_of_birth: input.date_of_birth ?? null, address: input.address ?? null, time_zone: null, locale: null, stats: { visits: Math.floor(random() * 12), no_shows: Math.floor(random() * 2), cancellations: 0, last_visit_at: random() > 0.4 ? iso(Date.now() - random() * 2e10) : null, next_visit_at: null }, deleted: false, version: 1, created_at: now0, updated_at: now0 };
  db.clients.push(client);
  db.patients.push({ id: randomUUID(), client_id: id, kind: 'self', name: client.name, date_of_birth: client.date_of_birth, sex: null, species: null, breed: null, chip: null, notes: null, archived: false, version: 1 });
  return client;
}
function fillWeek(start, total) {
  let made = 0;
  for (let tries = 0; made < total && tries < total * 60; tries += 1) {
    const provider = pick(db.providers);
    const date = addDays(start, Math.floor(random() * 6));
    const service = pick(db.services);
    const range = argument('--many') ? [420, 840] : [480, 600];
    const from = instant(date, range[0] + Math.floor(random() * (range[1] / 15)) * 15);
    const row = makeAppointment({ client: pick(db.clients), service, provider, start: from, end: from + service.duration_min * 60000, resource_ids: [pick(db.resources).id] });
    if (!argument('--many') && (conflictsOf(row, null).length > 0 || !isOpen(provider.id, date, row))) continue;
    row.status = from < Date.now() ? pick(['completed', 'completed', 'no_show']) : pick(['scheduled', 'scheduled', 'confirmed', 'checked_in', 'in_progress', 'cancelled']);
    db.appointments.push(row);
    made += 1;
  }
}
function isOpen(providerId, date, row) {
  const w = db.hours.get(providerId).weekly.filter((h) => h.weekday === weekday(date));
  const s = wall(row.startMs).minutes;
  const e = s + (row.endMs - row.startMs) / 60000;
  return w.some((h) => hm(h.start) <= s && e <= hm(h.end));
}
function makeAppointment({ client, patient, service, provider, start, end, resource_ids, notes, source, overbook }) {
  const p = patient ?? db.patients.find((x) => x.client_id === client.id);
  return { id: randomUUID(), client_id: client.id, patient_id: p.id, service_id: service.id, provider_id: provider.id, location_id: db.locations[0].id, resource_ids: resource_ids ?? [], startMs: start, endMs: end, status: 'scheduled', notes: notes ?? null, price_minor: service.price_minor, currency: 'EUR', source: source ?? 'staff', overbook_reason: overbook?.reason ?? null, cancel_reason: null, cancelled_by: null, sequence: 0, version: 1, created_at: now0, updated_at: now0 };
}
const NEXT = { pending_payment: ['scheduled', 'cancelled'], scheduled: ['confirmed', 'checked_in', 'no_show', 'cancelled'], confirmed: ['checked_in', 'no_show', 'cancelled', 'scheduled'], checked_in: ['in_progress', 'no_show', 'cancelled', 'confirmed'], in_progress: ['completed', 'checked_in'], completed: ['in_progress'], cancelled: [], no_show: ['checked_in'], expired: [], requested: ['cancelled'], declined: [] };
const byId = (list, id) => list.find((x) => x.id === id);
function view(a) {
  const c = byId(db.clients, a.client_id), p = byId(db.patients, a.patient_id), s = byId(db.services, a.service_id), pr = byId(db.providers, a.provider_id);
  const { startMs, endMs, ...rest } = a;
  return { ...rest, start: iso(startMs), end: iso(endMs), client_name: c.name, client_phone: c.phone, patient_name: p.name, patient_kind: p.kind, service_name: s.name, service_color: s.color, provider_name: pr.name, time_zone: ZONE, transitions: NEXT[a.status] };
}
function item(a) {
  const v = view(a);
  return { id: v.id, client_id: v.client_id, client_name: v.client_name, patient_id: v.patient_id, patient_name: v.patient_name, patient_kind: v.patient_kind, service_id: v.service_id, service_name: v.service_name, color: v.service_color, provider_id: v.provider_id, location_id: v.location_id, resource_ids: v.resource_ids, start: v.start, end: v.end, status: v.status, notes: v.notes !== null, overbooked: v.overbook_reason !== null, version: v.version };
}
const dead = (a) => a.status === 'cancelled' || a.status === 'expired' || a.status === 'declined' || a.status === 'no_show';
function conflictsOf(row, except) {
  const found = [];
  for (const a of db.appointments) {
    if (a.id === except || a.id === row.id || dead(a) || a.startMs >= row.endMs || row.startMs >= a.endMs) continue;
    const base = { start: iso(a.startMs), end: iso(a.endMs), appointment_id: a.id, what: 'appointment' };
    if (a.provider_id === row.provider_id) found.push({ kind: 'provider', subject_id: a.provider_id, ...base });
    else if (a.patient_id === row.patient_id) found.push({ kind: 'patient', subject_id: a.patient_id, ...base });
    else for (const r of a.resource_ids) if (row.resource_ids.includes(r)) found.push({ kind: 'resource', subject_id: r, ...base });
  }
  for (const b of db.blocked) if (b.subject_id === row.provider_id && Date.parse(b.start) < row.endMs && row.startMs < Date.parse(b.end)) found.push({ kind: 'provider', subject_id: b.subject_id, start: b.start, end: b.end, appointment_id: null, what: 'blocked' });
  return found;
}
function slots(service, from, to, providerId, limit = 500) {
  const out = [];
  for (let date = from; date <= to && out.length < limit; date = addDays(date, 1)) {
    for (const p of db.providers) {
      if (providerId && p.id !== providerId) continue;
      for (const h of db.hours.get(p.id).weekly.filter((x) => x.weekday === weekday(date))) {
        for (let m = hm(h.start); m + service.duration_min <= hm(h.end); m += 15) {
          const s = instant(date, m);
          const row = { id: '', provider_id: p.id, patient_id: '', resource_ids: [], startMs: s, endMs: s + service.duration_min * 60000 };
          if (s > Date.now() && conflictsOf(row, null).length === 0) out.push({ start: iso(s), end: iso(row.endMs), provider_id: p.id, location_id: h.location_id });
        }
      }
    }
  }
  return out.sort((a, b) => (a.start < b.start ? -1 : 1)).slice(0, limit);
}

// ---- live events ----
const streams = new Set();
let cursor = 0;
function emit(topic, data) {
  cursor += 1;
  for (const s of streams) s.write(`id: ${cursor}\nevent: ${topic}\ndata: ${JSON.stringify({ at: iso(Date.now()), detail: null, ...data })}\n\n`);
}
const emitAppointment = (kind, a) => emit(`appointment.${kind}`, { id: a.id, version: a.version, detail: { provider_id: a.provider_id, start: iso(a.startMs), end: iso(a.endMs) } });
setInterval(() => { for (const s of streams) s.write(': ping\n\n'); }, 15000).unref();

// ---- answers ----
class Fault extends Error { constructor(status, code, text, details = null) { super(text); Object.assign(this, { status, code, details }); } }
const missing = () => new Fault(404, 'NOT_FOUND', 'There is nothing here by that id.');
const need = (list, id) => { const row = byId(list, id); if (!row) throw missing(); return row; };
const stale = (c, row) => { const v = c.headers['if-match']; if (v && v !== `"${row.version}"`) throw new Fault(412, 'STALE_VERSION', 'Somebody else has changed this in the meantime.'); };
const bump = (row, body) => { Object.assign(row, body); row.version += 1; return row; };
const paged = (c, list, most = 50) => {
  const limit = Math.min(200, Number(c.query.get('limit') ?? most)), page = Number(c.query.get('page') ?? 1);
  return { data: list.slice((page - 1) * limit, page * limit), pagination: { page, limit, total: list.length, pages: Math.ceil(list.length / limit) } };
};
const fields = (map) => { if (Object.keys(map).length) throw new Fault(422, 'VALIDATION_ERROR', 'Some of this is not right.', { fields: map }); };

const sessions = new Map();
const PERMISSIONS = { owner: ['schedule.read', 'schedule.write', 'schedule.overbook', 'schedule.undo', 'clients.read', 'clients.write', 'settings.read', 'settings.write', 'team.read', 'team.write', 'audit.read'], viewer: ['schedule.read', 'clients.read'] };
function sessionView(s) {
  const idle = behaviour.shrinkSession ? 60000 : 3600000;
  return { member: s.member, tenant: { id: db.tenant.id, name: db.tenant.name, slug: db.tenant.slug, time_zone: ZONE, currency: 'EUR', locale: 'en' }, permissions: PERMISSIONS[s.member.role], csrf_token: s.csrf, expires_at: iso(Date.now() + 12 * 36e5), idle_expires_at: iso(Date.now() + idle) };
}
const routes = [];
const on = (method, path, handler, permission) => routes.push({ method, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}$`), handler, permission });

on('GET', 'auth/session', (c) => sessionView(c.session));
on('GET', 'auth/sessions', (c) => [{ id: c.session.id, created_at: now0, seen_at: iso(Date.now()), address: '127.0.0.1', user_agent: 'Chromium on Linux', kind: 'cookie', current: true }, ...db.sessions]);
on('DELETE', 'auth/sessions/{id}', (c, id) => { db.sessions = db.sessions.filter((s) => s.id !== id); return null; });
on('POST', 'auth/logout', (c) => { sessions.delete(c.session.id); return null; });
on('POST', 'auth/password', (c) => { if ((c.body.new_password ?? '').length < 10) fields({ new_password: 'must have at least 10 characters' }); return null; });
on('GET', 'tenant', () => db.tenant, 'settings.read');
on('PATCH', 'tenant', (c) => { stale(c, db.tenant); if (c.body.name === '') fields({ name: 'is required' }); bump(db.tenant, c.body); emit('tenant.changed', { id: db.tenant.id, version: db.tenant.version }); return db.tenant; }, 'settings.write');
on('GET', 'members', () => db.members, 'team.read');
for (const [path, list, topic] of [['locations', 'locations', 'location'], ['providers', 'providers', 'provider'], ['resources', 'resources', 'resource'], ['services', 'services', 'service']]) {
  on('GET', path, (c) => paged(c, db[list].filter((x) => c.query.get('archived') === 'true' || !x.archived), 200));
  on('POST', path, (c) => {
    if (!c.body.name) fields({ name: 'is required' });
    const base = list === 'services' ? { description: null, buffer_before_min: 0, buffer_after_min: 0, step_min: 15, price_minor: 0, currency: 'EUR', color: '#2563eb', public: true, any_provider: true, min_notice_min: null, horizon_days: null, max_per_day: null, resource_kind: null, lead_min: null, seats: 1, parts: [], provider_ids: [], position: 9 } : list === 'providers' ? { title: null, color: '#2563eb', member_id: null, bookable: true, position: 9, service_ids: [] } : list === 'locations' ? { time_zone: ZONE, address: null, phone: null } : {};
    const row = { id: randomUUID(), ...base, ...c.body, archived: false, version: 1 };
    if (list === 'providers') db.hours.set(row.id, { weekly: [], exceptions: [] });
    db[list].push(row); emit(`${topic}.changed`, { id: row.id, version: 1 });
    return { status: 201, data: row };
  }, 'settings.write');
  on('GET', `${path}/{id}`, (c, id) => need(db[list], id));
  on('PATCH', `${path}/{id}`, (c, id) => { const row = need(db[list], id); stale(c, row); if (c.body.name === '') fields({ name: 'is required' }); bump(row, c.body); emit(`${topic}.changed`, { id, version: row.version }); return row; }, 'settings.write');
  on('DELETE', `${path}/{id}`, (c, id) => { bump(need(db[list], id), { archived: true }); emit(`${topic}.changed`, { id, version: 1 }); return null; }, 'settings.write');
  on('POST', `${path}/{id}/restore`, (c, id) => bump(need(db[list], id), { archived: false }), 'settings.write');
}
on('GET', 'providers/{id}/hours', (c, id) => ({ ...db.hours.get(need(db.providers, id).id), version: need(db.providers, id).version }));
on('PUT', 'providers/{id}/hours', (c, id) => {
  const p = need(db.providers, id); stale(c, p);
  const bad = {};
  c.body.weekly.forEach((h, i) => { if (hm(h.end) <= hm(h.start)) bad[`weekly[${i}].end`] = 'must be after the start'; });
  fields(bad);
  db.hours.set(id, { weekly: c.body.weekly, exceptions: c.body.exceptions }); p.version += 1; emit('provider.changed', { id, version: p.version });
  return { ...db.hours.get(id), version: p.version };
}, 'settings.write');
on('GET', 'holidays', () => db.holidays);
on('POST', 'holidays', (c) => { if (!c.body.name) fields({ name: 'is required' }); const row = { id: randomUUID(), location_id: null, ...c.body }; db.holidays.push(row); return { status: 201, data: row }; }, 'settings.write');
on('DELETE', 'holidays/{id}', (c, id) => { db.holidays = db.holidays.filter((h) => h.id !== id); return null; }, 'settings.write');

on('GET', 'clients', (c) => {
  const q = (c.query.get('q') ?? '').toLowerCase(), digits = q.replace(/\D/g, ''), status = c.query.get('status'), deleted = c.query.get('deleted') === 'true';
  const list = db.clients.filter((x) => x.deleted === deleted && (!status || x.status === status) && (!q || x.name.toLowerCase().split(/[ -]/).some((w) => w.startsWith(q)) || x.name.toLowerCase().startsWith(q) || (x.email ?? '').startsWith(q) || (digits.length > 2 && (x.phone ?? '').replace(/\D/g, '').includes(digits))));
  const sort = c.query.get('sort') ?? 'name', down = sort.startsWith('-') ? -1 : 1, key = sort.replace('-', '');
  const of = (x) => (key === 'name' ? x.name : key === 'created' ? x.created_at : x.stats.last_visit_at ?? '');
  return paged(c, list.sort((a, b) => down * of(a).localeCompare(of(b))));
}, 'clients.read');
on('POST', 'clients', (c) => {
  const bad = {};
  if (!c.body.name) bad.name = 'is required';
  if (c.body.email && !c.body.email.includes('@')) bad.email = 'is not an e-mail address';
  fields(bad);
  const row = addClient(c.body); row.stats = { visits: 0, no_shows: 0, cancellations: 0, last_visit_at: null, next_visit_at: null };
  emit('client.created', { id: row.id, version: 1 });
  return { status: 201, data: { ...row, patients: db.patients.filter((p) => p.client_id === row.id) } };
}, 'clients.write');
on('GET', 'clients/{id}', (c, id) => ({ ...need(db.clients, id), patients: db.patients.filter((p) => p.client_id === id && !p.archived) }), 'clients.read');
on('PATCH', 'clients/{id}', (c, id) => { const row = need(db.clients, id); stale(c, row); const bad = {}; if (c.body.name === '') bad.name = 'is required'; if (c.body.email && !c.body.email.includes('@')) bad.email = 'is not an e-mail address'; fields(bad); bump(row, c.body); emit('client.changed', { id, version: row.version }); return { ...row, patients: db.patients.filter((p) => p.client_id === id) }; }, 'clients.write');
on('DELETE', 'clients/{id}', (c, id) => { bump(need(db.clients, id), { deleted: true }); emit('client.deleted', { id, version: 1 }); return null; }, 'clients.write');
on('POST', 'clients/{id}/restore', (c, id) => bump(need(db.clients, id), { deleted: false }), 'clients.write');
on('GET', 'patients', (c) => paged(c, db.patients.filter((p) => p.client_id === c.query.get('client_id') && !p.archived)), 'clients.read');
on('POST', 'patients', (c) => { if (!c.body.name) fields({ name: 'is required' }); const row = { id: randomUUID(), date_of_birth: null, sex: null, species: null, breed: null, chip: null, notes: null, ...c.body, archived: false, version: 1 }; db.patients.push(row); return { status: 201, data: row }; }, 'clients.write');
on('PATCH', 'patients/{id}', (c, id) => { const row = need(db.patients, id); stale(c, row); return bump(row, c.body); }, 'clients.write');
on('DELETE', 'patients/{id}', (c, id) => { bump(need(db.patients, id), { archived: true }); return null; }, 'clients.write');

on('GET', 'appointments', (c) => paged(c, db.appointments.filter((a) => (!c.query.get('client_id') || a.client_id === c.query.get('client_id')) && (!c.query.get('from') || a.endMs > bound(c.query.get('from'))) && (!c.query.get('to') || a.startMs < bound(c.query.get('to'), true))).sort((a, b) => b.startMs - a.startMs).map(view)), 'schedule.read');
on('GET', 'appointments/{id}', (c, id) => view(need(db.appointments, id)), 'schedule.read');
function claim(c, row, except, overbook) {
  const conflicts = conflictsOf(row, except);
  if ((conflicts.length > 0 && !overbook) || behaviour.conflict) {
    behaviour.conflict = false;
    const service = byId(db.services, row.service_id);
    throw new Fault(409, 'CONFLICT_DETECTED', 'That time is taken.', { conflicts, next: slots(service, wall(Math.max(row.startMs, Date.now())).date, addDays(wall(Math.max(row.startMs, Date.now())).date, 6), row.provider_id, 5) });
  }
}
on('POST', 'appointments', (c) => {
  const b = c.body, bad = {};
  for (const k of ['client_id', 'service_id', 'start']) if (!b[k]) bad[k] = 'is required';
  fields(bad);
  const client = need(db.clients, b.client_id), service = need(db.services, b.service_id), start = Date.parse(b.start);
  const provider = b.provider_id ? need(db.providers, b.provider_id) : db.providers[0];
  const row = makeAppointment({ client, patient: b.patient_id && byId(db.patients, b.patient_id), service, provider, start, end: start + (b.duration_min ?? service.duration_min) * 60000, resource_ids: b.resource_ids, notes: b.notes, overbook: b.overbook });
  claim(c, row, null, b.overbook);
  db.appointments.push(row); emitAppointment('created', row);
  return { status: 201, data: view(row) };
}, 'schedule.write');
on('PATCH', 'appointments/{id}', (c, id) => { const a = need(db.appointments, id); stale(c, a); bump(a, c.body); emitAppointment('changed', a); return view(a); }, 'schedule.write');
on('DELETE', 'appointments/{id}', (c, id) => { const a = need(db.appointments, id); bump(a, { status: 'cancelled' }); emitAppointment('cancelled', a); return null; }, 'schedule.write');
on('POST', 'appointments/{id}/move', (c, id) => {
  const a = need(db.appointments, id); stale(c, a);
  const b = c.body, start = Date.parse(b.start);
  const next = { ...a, startMs: start, endMs: b.end ? Date.parse(b.end) : start + (a.endMs - a.startMs), provider_id: b.provider_id ?? a.provider_id, resource_ids: b.resource_ids ?? a.resource_ids };
  claim(c, next, id, b.overbook);
  bump(a, { startMs: next.startMs, endMs: next.endMs, provider_id: next.provider_id, resource_ids: next.resource_ids, sequence: a.sequence + 1, overbook_reason: b.overbook?.reason ?? a.overbook_reason });
  emitAppointment('changed', a);
  return view(a);
}, 'schedule.write');
on('POST', 'appointments/{id}/cancel', (c, id) => { const a = need(db.appointments, id); stale(c, a); bump(a, { before: a.status, status: 'cancelled', cancel_reason: c.body.reason ?? null, cancelled_by: 'Olivia Owner' }); emitAppointment('cancelled', a); return view(a); }, 'schedule.write');
on('POST', 'appointments/{id}/restore', (c, id) => { const a = need(db.appointments, id); claim(c, a, id, null); bump(a, { status: a.before ?? 'scheduled', cancel_reason: null, cancelled_by: null }); emitAppointment('changed', a); return view(a); }, 'schedule.write');
on('POST', 'appointments/{id}/state', (c, id) => { const a = need(db.appointments, id); stale(c, a); if (!NEXT[a.status].includes(c.body.status)) throw new Fault(409, 'ILLEGAL_TRANSITION', `A ${a.status} appointment cannot become ${c.body.status}.`); bump(a, { status: c.body.status }); emitAppointment('changed', a); return view(a); }, 'schedule.write');

on('GET', 'calendar', (c) => {
  const from = bound(c.query.get('from')), to = bound(c.query.get('to'), true), provider = c.query.get('provider_id');
  const open = [];
  for (let date = wall(from).date; instant(date, 0) < to; date = addDays(date, 1)) for (const p of db.providers.filter((x) => !x.archived)) for (const h of db.hours.get(p.id).weekly) if (h.weekday === weekday(date) && (!provider || p.id === provider)) open.push({ provider_id: p.id, location_id: h.location_id, start: iso(instant(date, hm(h.start))), end: iso(instant(date, hm(h.end))) });
  return { appointments: db.appointments.filter((a) => a.startMs < to && a.endMs > from && (!provider || a.provider_id === provider)).map(item), blocked: db.blocked.filter((b) => Date.parse(b.start) < to && Date.parse(b.end) > from), open, from: iso(from), to: iso(to) };
}, 'schedule.read');
on('GET', 'calendar/slots', (c) => slots(need(db.services, c.query.get('service_id')), c.query.get('from'), c.query.get('to'), c.query.get('provider_id')), 'schedule.read');
on('GET', 'calendar/conflicts', (c) => {
  const service = need(db.services, c.query.get('service_id')), start = Date.parse(c.query.get('start')), except = c.query.get('except');
  const row = { id: '', provider_id: c.query.get('provider_id'), patient_id: c.query.get('patient_id') ?? '', resource_ids: (c.query.get('resource_ids') ?? '').split(',').filter(Boolean), startMs: start, endMs: start + Number(c.query.get('duration_min') ?? service.duration_min) * 60000 };
  const conflicts = conflictsOf(row, except);
  return { free: conflicts.length === 0, conflicts, next: conflicts.length ? slots(service, wall(start).date, addDays(wall(start).date, 6), row.provider_id, 5) : [] };
}, 'schedule.read');
on('GET', 'blocked-times', (c) => db.blocked.filter((b) => Date.parse(b.end) > bound(c.query.get('from')) && Date.parse(b.start) < bound(c.query.get('to'), true)), 'schedule.read');
on('POST', 'blocked-times', (c) => {
  const row = { id: randomUUID(), reason: null, ...c.body, version: 1 }; const force = row.force; delete row.force;
  const hit = db.appointments.filter((a) => !dead(a) && a.provider_id === row.subject_id && a.startMs < Date.parse(row.end) && Date.parse(row.start) < a.endMs);
  if (hit.length && !force) throw new Fault(409, 'CONFLICT_DETECTED', 'Appointments are already booked then.', { conflicts: hit.map((a) => ({ kind: 'provider', subject_id: a.provider_id, start: iso(a.startMs), end: iso(a.endMs), appointment_id: a.id, what: 'appointment' })), next: [] });
  db.blocked.push(row); emit('blocked.created', { id: row.id, version: 1 });
  return { status: 201, data: row };
}, 'schedule.write');
on('DELETE', 'blocked-times/{id}', (c, id) => { db.blocked = db.blocked.filter((b) => b.id !== id); emit('blocked.deleted', { id, version: 1 }); return null; }, 'schedule.write');
on('GET', 'audit', (c) => paged(c, db.audit.filter((r) => (!c.query.get('entity') || r.entity === c.query.get('entity')) && (!c.query.get('entity_id') || r.entity_id === c.query.get('entity_id')) && (!c.query.get('action') || r.action === c.query.get('action')))), 'audit.read');

// ---- server ----
function send(res, status, body, headers = {}) {
  res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
  res.end(body === null ? undefined : JSON.stringify(body));
}
function signedIn(req) {
  const id = /(?:^|; )clinicd=([^;]+)/.exec(req.headers.cookie ?? '')?.[1];
  return (id && sessions.get(id)) || null;
}
async function api(req, res, url, body) {
  const path = url.pathname.slice('/api/v1/'.length), request_id = randomUUID().slice(0, 12);
  try {
    if (behaviour.signOut) { behaviour.signOut = false; sessions.clear(); }
    if (behaviour.fail && path.startsWith(behaviour.fail)) throw new Fault(503, 'UNAVAILABLE', 'The service is not available just now.');
    if (path === 'auth/login' && req.method === 'POST') {
      if ((body.password ?? '').length < 10) throw new Fault(401, 'UNAUTHENTICATED', 'The e-mail address or the password is not right.');
      const role = body.email.startsWith('viewer') ? 'viewer' : 'owner';
      const s = { id: randomUUID(), csrf: randomUUID(), member: { id: db.members[0].id, name: role === 'owner' ? 'Olivia Owner' : 'Vera Viewer', email: body.email, role } };
      sessions.set(s.id, s);
      return send(res, 200, ok(sessionView(s)), { 'Set-Cookie': `clinicd=${s.id}; Path=/; HttpOnly; SameSite=Lax` });
    }
    const session = signedIn(req);
    if (!session) throw new Fault(401, 'UNAUTHENTICATED', 'Sign in to go on.');
    if (path === 'events') {
      res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      res.write(`retry: 1000\n: hello\n\n`); streams.add(res); req.on('close', () => streams.delete(res));
      return undefined;
    }
    if (req.method !== 'GET' && req.headers['x-csrf-token'] !== session.csrf) throw new Fault(403, 'CSRF', 'The page has to be loaded again.');
    for (const r of routes) {
      const match = r.method === req.method && r.pattern.exec(path);
      if (!match) continue;
      if (r.permission && !PERMISSIONS[session.member.role].includes(r.permission)) throw new Fault(403, 'FORBIDDEN', 'Your role does not allow this.');
      const result = r.handler({ query: url.searchParams, headers: req.headers, body, session }, ...match.slice(1).map(decodeURIComponent));
      if (result === null) return send(res, 204, null);
      if (result.pagination) return send(res, 200, ok(result.data, { pagination: result.pagination }));
      if (result.status && result.data) return send(res, result.status, ok(result.data));
      return send(res, 200, ok(result), result.version ? { ETag: `"${result.version}"` } : {});
    }
    throw missing();
  } catch (fault) {
    if (!(fault instanceof Fault)) console.error(fault);
    return send(res, fault.status ?? 500, { success: false, error: fault.message, code: fault.code ?? 'INTERNAL', details: fault.details ?? null, request_id });
  }
}
const ok = (data, meta = {}) => ({ success: true, data, meta: { timestamp: iso(Date.now()), cached: false, ...meta } });
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html; charset=utf-8', '.json': 'application/json', '.woff2': 'font/woff2', '.map': 'application/json' };
async function page(req, res, url) {
  if (url.pathname === '/') { res.writeHead(302, { Location: '/app' }); res.end(); return; }
  const isApp = url.pathname === '/app' || url.pathname.startsWith('/app/');
  const file = isApp ? 'app.html' : decodeURIComponent(url.pathname.slice(1));
  try {
    let data = await readFile(join(dist, file.replaceAll('..', '')));
    const theme = /(?:^|; )theme=(light|dark)/.exec(req.headers.cookie ?? '')?.[1];
    if (isApp && theme) data = Buffer.from(data.toString().replace(/<html([^>]*?)( data-theme="[^"]*")?>/, `<html$1 data-theme="${theme}">`));
    res.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'same-origin', 'Cross-Origin-Opener-Policy': 'same-origin' });
    res.end(data);
  } catch { res.writeHead(404); res.end('not found'); }
}
db.members.push({ id: randomUUID(), name: 'Olivia Owner', email: 'owner@clinic.test', role: 'owner', created_at: now0 }, { id: randomUUID(), name: 'Vera Viewer', email: 'viewer@clinic.test', role: 'viewer', created_at: now0 });
db.sessions.push({ id: randomUUID(), created_at: now0, seen_at: now0, address: '10.0.0.7', user_agent: 'Firefox on Windows', kind: 'cookie', current: false });
seedData();
createServer(async (req, res) => {
  const url = new URL(req.url, `http://${req.headers.host}`);
  let body = null;
  if (req.method !== 'GET') { const chunks = []; for await (const chunk of req) chunks.push(chunk); const text = Buffer.concat(chunks).toString(); try { body = text ? JSON.parse(text) : {}; } catch { return send(res, 400, { success: false, error: 'That is not JSON.', code: 'BAD_REQUEST', details: null, request_id: 'x' }); } }
  if (url.pathname === '/__mock') { Object.assign(behaviour, body); if (body?.emit) emit(body.emit, { id: randomUUID(), version: 1 }); return send(res, 200, behaviour); }
  if (url.pathname.startsWith('/api/v1/')) { if (behaviour.latency && !url.pathname.endsWith('/events')) await new Promise((r) => setTimeout(r, behaviour.latency)); return api(req, res, url, body); }
  return page(req, res, url);
}).listen(port, '127.0.0.1', () => console.log(`mock clinic on http://127.0.0.1:${port}/app`));

/**
 * Changes of others, as they happen. One stream while somebody is signed in and the page is visible or was a moment ago;
 * what it says becomes invalidations of the query cache, gathered for a moment so that a burst reads once.
 */
import { signal } from '@preact/signals';
import { invalidate, type Key } from '../lib/query';
import { urlOf } from '../lib/http';
import { loadSession, session } from './session';

export type LiveState = 'connecting' | 'live' | 'lost' | 'off';
export const live = signal<LiveState>('off');

export interface LiveHold { readonly id: string; readonly provider_id: string; readonly start: string; readonly end: string; readonly until: number }
/** Times that visitors of the booking page hold just now. */
export const holds = signal<readonly LiveHold[]>([]);

const HOLD_MS = 15 * 60_000;
const GATHER_MS = 150;

/** An order shows in lists, documents and drawers, and in what its client has. */
const MONEY: readonly Key[] = [['orders'], ['order'], ['payments'], ['refunds'], ['appointment'], ['calendar'], ['ledger'], ['documents'], ['document'], ['credits'], ['tills'], ['till-session'], ['wallet-cover'], ['package-visit']];

const TOPICS: Readonly<Record<string, readonly Key[]>> = {
  'appointment.created': [['groups'], ['flow'], ['gap'], ['calendar'], ['month'], ['appointments'], ['appointment'], ['requests'], ['sync']],
  'appointment.changed': [['groups'], ['flow'], ['gap'], ['calendar'], ['month'], ['appointments'], ['appointment'], ['requests'], ['sync']],
  'appointment.cancelled': [['groups'], ['flow'], ['gap'], ['calendar'], ['month'], ['appointments'], ['appointment'], ['requests']],
  'booking_link.changed': [['links']],
  'hold.created': [],
  'hold.released': [],
  'client.created': [['clients']],
  'client.changed': [['clients'], ['client'], ['calendar']],
  'client.deleted': [['clients'], ['client']],
  'blocked.created': [['calendar'], ['gap'], ['blocked']],
  'blocked.changed': [['calendar'], ['gap'], ['blocked']],
  'blocked.deleted': [['calendar'], ['gap'], ['blocked']],
  'provider.changed': [['providers'], ['hours'], ['calendar']],
  'session.changed': [['groups'], ['calendar']],
  'service.changed': [['services'], ['calendar']],
  'location.changed': [['locations'], ['calendar']],
  'resource.changed': [['resources'], ['calendar']],
  'order.created': MONEY,
  'order.paid': MONEY,
  'order.changed': MONEY,
  'ledger.posted': [['ledger']],
  'waitlist.changed': [['waitlist'], ['gap'], ['calendar']],
  'wallet.changed': [['wallets'], ['wallet-cover'], ['package-visit'], ['claims']],
  'appointment.visit': [['package-visit'], ['appointment']],
  'benefits.changed': [['benefits']],
  'cards.difference': [['cards']],
  'cards.dispute': [['cards'], ['orders'], ['order']],
  'cards.settings': [['cards']],
  'claim.changed': [['claims']],
  'tenant.changed': [['tenant']],
  'till.changed': [['tills'], ['till-session'], ['till-sessions'], ['till-moves']],
  'tax_rate.changed': [['tax-rates']],
  'product.changed': [['products']],
  'document.issued': [['documents'], ['document'], ['credits']],
  'document.settings': [['document-settings']],
  'flow.changed': [['flow']],
  'reminders.changed': [['reminders']],
  'telehealth.changed': [['telehealth']],
  'google.changed': [['google'], ['sync']],
  'google.restored': [['google'], ['sync']],
  'busy.changed': [['calendar'], ['google'], ['sync']],
  'feed.changed': [['feeds']],
};

let source: EventSource | null = null;
let timer = 0;
let gathered = new Map<string, Key>();

function flush(): void {
  timer = 0;
  const keys = [...gathered.values()];
  gathered = new Map();
  if (keys.length > 0) invalidate(...keys);
}

function gather(keys: readonly Key[]): void {
  for (const key of keys) gathered.set(JSON.stringify(key), key);
  if (timer === 0) timer = window.setTimeout(flush, GATHER_MS);
}

function noteHold(topic: string, text: string): void {
  const message = JSON.parse(text) as { id: string; detail: { provider_id?: string; start?: string; end?: string } | null };
  const rest = holds.value.filter((hold) => hold.id !== message.id && hold.until > Date.now());
  const { provider_id, start, end } = message.detail ?? {};
  holds.value = topic === 'hold.created' && provider_id && start && end ? [...rest, { id: message.id, provider_id, start, end, until: Date.now() + HOLD_MS }] : rest;
}

export function startLive(): void {
  stopLive();
  live.value = 'connecting';
  let opened = false;
  const stream = new EventSource(urlOf('events'));
  source = stream;
  stream.onopen = () => {
    // After a gap everything that is shown may be old.
    if (opened) invalidate([]);
    opened = true;
    live.value = 'live';
  };
  stream.onerror = () => {
    live.value = 'lost';
    // The browser gives up on an answer that is no stream (401, 503): try again ourselves.
    if (stream.readyState === EventSource.CLOSED) window.setTimeout(() => { if (source === stream) startLive(); }, 5000);
  };
  stream.addEventListener('reset', () => invalidate([]));
  stream.addEventListener('member.changed', () => { if (session.value?.email_verified === null) void loadSession(); });
  for (const [topic, keys] of Object.entries(TOPICS)) {
    stream.addEventListener(topic, (event) => {
      if (topic.startsWith('hold.')) noteHold(topic, (event as MessageEvent<string>).data);
      else gather(keys);
    });
  }
}

export function stopLive(): void {
  source?.close();
  source = null;
  live.value = 'off';
}

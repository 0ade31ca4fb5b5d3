import { get, post } from '../api/client';
import type { Booked, Hold, OpenedLink, ManageAction, ManagedBooking, PublicBooking, PublicClinic, Question, Slot, WalletQuote } from '../api/types';
import type { PlainDate } from '../lib/time';
import { windows } from './slots';

/** The private link this visit came by; the server opens its services to it. */
let link: string | null = null;
export function cameBy(token: string): void { link = token; }
const linked = (): { link?: string } => (link ? { link } : {});

const at = (slug: string): string => `public/${encodeURIComponent(slug)}`;
const bookingAt = (token: string): string => `public/bookings/${encodeURIComponent(token)}`;

export interface Wanted {
  service_id: string;
  provider_id: string | null;
  location_id: string | null;
  zone: string;
  link?: string;
}

export const getClinic = async (slug: string, signal?: AbortSignal): Promise<PublicClinic> => (await get<PublicClinic>(at(slug), { signal })).data;

export const getLink = async (token: string, signal?: AbortSignal): Promise<OpenedLink> =>
  (await get<OpenedLink>(`public/links/${encodeURIComponent(token)}`, { signal })).data;

export const getQuestions = async (slug: string, service_id: string, signal?: AbortSignal): Promise<Question[]> =>
  (await get<Question[]>(`${at(slug)}/questions`, { query: { ...linked(), service_id }, signal })).data;

export async function getSlots(slug: string, wanted: Wanted, from: PlainDate, to: PlainDate, signal?: AbortSignal): Promise<Slot[]> {
  return (await get<Slot[]>(`${at(slug)}/slots`, { query: { ...linked(), ...wanted, from, to }, signal })).data;
}

/** The first free time from a day on, or null when there is none until `last`. */
export async function findNext(slug: string, wanted: Wanted, from: PlainDate, last: PlainDate, signal?: AbortSignal): Promise<Slot | null> {
  for (const range of windows(from, last)) {
    const slots = await getSlots(slug, wanted, range.from, range.to, signal);
    const first = slots.reduce<Slot | null>((best, slot) => (best === null || slot.start < best.start ? slot : best), null);
    if (first) return first;
  }
  return null;
}

export interface HoldWish {
  service_id: string;
  provider_id?: string;
  location_id?: string;
  start: string;
}
export const takeHold = async (slug: string, wish: HoldWish, idempotencyKey: string): Promise<Hold> =>
  (await post<Hold>(`${at(slug)}/holds`, { ...wish, ...linked() }, { idempotencyKey })).data;

/** Best effort: a hold that is not released ends by itself. */
export async function releaseHold(slug: string, id: string): Promise<void> {
  try {
    await post(`${at(slug)}/holds/${encodeURIComponent(id)}/release`, undefined, { keepalive: true });
  } catch {
    /* See above. */
  }
}

export const book = async (slug: string, booking: PublicBooking, idempotencyKey: string): Promise<Booked> =>
  (await post<Booked>(`${at(slug)}/bookings`, { ...booking, ...linked() }, { idempotencyKey })).data;

export interface AskedCode { id: string; expires_at: string }
export const askForCode = async (slug: string, email: string, idempotencyKey: string): Promise<AskedCode> =>
  (await post<AskedCode>(`${at(slug)}/proofs`, { email }, { idempotencyKey })).data;

export const confirmCode = async (slug: string, id: string, code: string): Promise<{ proof: string; expires_at: string }> =>
  (await post<{ proof: string; expires_at: string }>(`${at(slug)}/proofs/${encodeURIComponent(id)}/confirm`, { code })).data;

export const quoteWallet = async (slug: string, wish: { proof: string; service_id: string; start: string }): Promise<WalletQuote> =>
  (await post<WalletQuote>(`${at(slug)}/wallet-quote`, { ...wish, ...linked() })).data;

export const getBooking = async (token: string, signal?: AbortSignal): Promise<ManagedBooking> =>
  (await get<ManagedBooking>(bookingAt(token), { signal })).data;

export const actOnBooking = async (token: string, action: ManageAction, idempotencyKey: string, version: number): Promise<ManagedBooking> =>
  (await post<ManagedBooking>(bookingAt(token), action, { idempotencyKey, version })).data;

export const payBooking = async (token: string, idempotencyKey: string): Promise<ManagedBooking> =>
  (await post<ManagedBooking>(`${bookingAt(token)}/pay`, undefined, { idempotencyKey })).data;

export const calendarUrl = (token: string): string => `/api/v1/${bookingAt(token)}/calendar`;

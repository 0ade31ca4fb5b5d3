/** Card payments: how they are set up, what Stripe told, and where both do not say the same. */
import { get } from '../../api/client';
import type { Reply } from '../../lib/http';
import { useQuery } from '../../lib/query';

export interface CardSettings {
  readonly mode: 'none' | 'test' | 'live';
  readonly enabled: boolean;
  readonly account: string | null;
  readonly key_hint: string | null;
  readonly last_error: string | null;
  readonly webhook_url: string;
  readonly old_keys: readonly { readonly key_hint: string; readonly replaced_at: string }[];
  readonly webhook_secrets: readonly { readonly id: string; readonly hint: string; readonly created_at: string }[];
  readonly version: number;
}
export interface CardEvent {
  readonly event_id: string;
  readonly type: string;
  readonly received_at: string;
  readonly state: 'received' | 'done' | 'ignored' | 'parked' | 'refused';
  readonly note: string | null;
}
export interface Difference {
  readonly id: string;
  readonly kind: 'unpaid_here' | 'unpaid_there' | 'refund_here' | 'refund_there' | 'amount' | 'unknown' | 'stuck';
  readonly object_id: string;
  readonly currency: string | null;
  readonly here_minor: number | null;
  readonly there_minor: number | null;
  readonly state: 'open' | 'repairing' | 'repaired';
  readonly note: string | null;
  readonly found_at: string;
}
export interface Dispute {
  readonly id: string;
  readonly dispute_id: string;
  readonly currency: string;
  readonly amount_minor: number;
  readonly state: 'inquiry' | 'open' | 'won' | 'lost';
  readonly reason: string | null;
  readonly due_by: string | null;
}

export const useCards = () => useQuery<CardSettings>(['cards', 'settings'], async (signal) => (await get<CardSettings>('cards/settings', { signal })).data);
export const useDifferences = () => useQuery<Difference[]>(['cards', 'differences'], async (signal) => (await get<Difference[]>('cards/differences', { query: { limit: 50 }, signal })).data);
export const useDisputes = () => useQuery<Dispute[]>(['cards', 'disputes'], async (signal) => (await get<Dispute[]>('cards/disputes', { signal })).data);
export const useEvents = (state: string) => useQuery<Reply<CardEvent[]>>(['cards', 'events', state], (signal) => get<CardEvent[]>('cards/events', { query: { limit: 50, ...(state ? { state } : {}) }, signal }));

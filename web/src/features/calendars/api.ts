/** What the server says of outside calendars. */
import { get } from '../../api/client';
import { useQuery, type QueryState } from '../../lib/query';

export type Detail = 'busy' | 'initials' | 'full';
export const DETAILS: readonly Detail[] = ['busy', 'initials', 'full'];

export interface Problem {
  readonly appointment_id: string;
  readonly start: string;
  readonly end: string;
  readonly what: 'failed' | 'changed' | 'overlap';
  readonly at: string | null;
  readonly error: string | null;
}
export interface GoogleLink {
  readonly provider_id: string;
  readonly state: 'off' | 'none' | 'connecting' | 'connected' | 'needs_reconnect';
  readonly account: string | null;
  readonly detail: Detail;
  readonly last_sync_at: string | null;
  readonly error: string | null;
  readonly retry_at: string | null;
  readonly pending: number;
  readonly failed: number;
  readonly push: boolean;
  readonly problems: readonly Problem[];
}
export interface GoogleSync {
  readonly state: 'none' | 'pending' | 'synced' | 'failed';
  readonly error: string | null;
  readonly synced_at: string | null;
  readonly changed_at: string | null;
  readonly overlap: boolean;
}
export type FeedKind = 'provider' | 'resource' | 'client';
export interface Feed {
  readonly id: string;
  readonly kind: FeedKind;
  readonly subject_id: string;
  readonly subject_name: string | null;
  readonly detail: Detail;
  readonly created_at: string;
  readonly rotated_at: string;
  readonly version: number;
}
export interface FeedMade extends Feed { readonly url: string }

export const useGoogle = (provider: string): QueryState<GoogleLink> =>
  useQuery(['google', provider], async (signal) => (await get<GoogleLink>(`providers/${provider}/google`, { signal })).data);
export const useFeeds = (subject: string | null): QueryState<Feed[]> =>
  useQuery(['feeds', subject ?? ''], async (signal) => (await get<Feed[]>('feeds', { query: subject ? { subject_id: subject } : {}, signal })).data);
export const useSync = (appointment: string): QueryState<GoogleSync> =>
  useQuery(['sync', appointment], async (signal) => (await get<GoogleSync>(`appointments/${appointment}/sync`, { signal })).data);

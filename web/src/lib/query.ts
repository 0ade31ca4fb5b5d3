/**
 * What was read from the server, kept for a while. Keys are arrays from factories (['appointments', from, to]);
 * invalidating a prefix re-reads what is on the screen and forgets the rest.
 *
 *   const clients = useQuery(q.clients(filter), (signal) => api.clients.list(filter, signal));
 *   invalidate(['clients']);
 *   const undo = optimistic(q.client(id), (old) => ({ ...old, name }));   // undo() puts it back
 */
import { useEffect, useReducer } from 'preact/hooks';
import { ApiError } from './http';

export type Key = readonly (string | number | boolean | null | undefined)[];
export type Loader<T> = (signal: AbortSignal) => Promise<T>;

const STALE_MS = 30_000;
const FORGET_MS = 5 * 60_000;
const ENTRIES_MAX = 200;

interface Entry {
  key: Key;
  data: unknown;
  error: ApiError | Error | null;
  loadedAt: number;
  usedAt: number;
  loader: Loader<unknown> | null;
  running: AbortController | null;
  listeners: Set<() => void>;
}

export interface QueryState<T> {
  data: T | undefined;
  error: ApiError | Error | null;
  /** A request is under way; with data it is a re-read. */
  loading: boolean;
  reload: () => void;
}

const entries = new Map<string, Entry>();
const idOf = (key: Key): string => JSON.stringify(key);
const covers = (prefix: Key, key: Key): boolean => prefix.every((part, index) => part === key[index]);

function entryOf(key: Key): Entry {
  const id = idOf(key);
  let entry = entries.get(id);
  if (!entry) {
    forgetOld();
    entry = { key, data: undefined, error: null, loadedAt: 0, usedAt: Date.now(), loader: null, running: null, listeners: new Set() };
    entries.set(id, entry);
  }
  return entry;
}

function forgetOld(): void {
  const limit = Date.now() - FORGET_MS;
  for (const [id, entry] of entries) {
    if (entry.listeners.size === 0 && !entry.running && (entry.usedAt < limit || entries.size > ENTRIES_MAX)) entries.delete(id);
  }
}

const tell = (entry: Entry): void => { for (const listener of entry.listeners) listener(); };

async function load(entry: Entry): Promise<void> {
  if (!entry.loader || entry.running) return;
  const running = new AbortController();
  entry.running = running;
  tell(entry);
  try {
    const data = await entry.loader(running.signal);
    if (entry.running !== running) return;
    Object.assign(entry, { data, error: null, loadedAt: Date.now() });
  } catch (error) {
    if (entry.running !== running) return;
    entry.error = error as Error;
  }
  entry.running = null;
  tell(entry);
}

function reload(entry: Entry): void {
  entry.running?.abort();
  entry.running = null;
  void load(entry);
}

/** key null: nothing is wanted yet. */
export function useQuery<T>(key: Key | null, loader: Loader<T>): QueryState<T> {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  const entry = key ? entryOf(key) : null;
  const id = key ? idOf(key) : '';
  if (entry) entry.loader = loader as Loader<unknown>;
  useEffect(() => {
    if (!entry) return undefined;
    const listener = (): void => redraw();
    entry.listeners.add(listener);
    if (Date.now() - entry.loadedAt > STALE_MS || entry.error) void load(entry);
    return () => {
      entry.usedAt = Date.now();
      entry.listeners.delete(listener);
      if (entry.listeners.size === 0 && entry.running) {
        entry.running.abort();
        entry.running = null;
      }
    };
  }, [id]);
  return {
    data: entry?.data as T | undefined,
    error: entry?.error ?? null,
    loading: entry !== null && (entry.running !== null || (entry.data === undefined && entry.error === null)),
    reload: () => { if (entry) reload(entry); },
  };
}

/** Re-reads what is shown and forgets what is not, of every key that starts with the prefix. */
export function invalidate(...prefixes: Key[]): void {
  for (const entry of entries.values()) {
    if (!prefixes.some((prefix) => covers(prefix, entry.key))) continue;
    // Emptied, not taken out: somebody may be drawing it just now, whose listener comes a moment later.
    if (entry.listeners.size === 0) Object.assign(entry, { data: undefined, error: null, loadedAt: 0 });
    else reload(entry);
  }
}

/** Changes every held answer below a prefix at once; returns what puts all of them back as they were. */
export function optimistic<T>(prefix: Key, change: (old: T) => T): () => void {
  const before: [Entry, unknown][] = [];
  for (const entry of entries.values()) {
    if (!covers(prefix, entry.key)) continue;
    entry.running?.abort();
    entry.running = null;
    before.push([entry, entry.data]);
    if (entry.data !== undefined) entry.data = change(entry.data as T);
    tell(entry);
  }
  return () => {
    for (const [entry, data] of before) {
      entry.data = data;
      tell(entry);
    }
  };
}

export function peekQuery<T>(key: Key): T | undefined {
  return entries.get(idOf(key))?.data as T | undefined;
}
export function setQueryData<T>(key: Key, data: T): void {
  const entry = entryOf(key);
  Object.assign(entry, { data, error: null, loadedAt: Date.now() });
  tell(entry);
}
/* What failed for want of a connection is read again when there is one. */
globalThis.addEventListener?.('online', () => {
  for (const entry of entries.values()) if (entry.error && entry.listeners.size > 0) reload(entry);
});

/** After signing out. */
export function forgetAll(): void {
  for (const entry of entries.values()) entry.running?.abort();
  entries.clear();
}

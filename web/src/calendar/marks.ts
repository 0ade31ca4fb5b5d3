/** What the cards of the calendar show besides the appointments: group sessions, the state in Google Calendar, who waits how long. */
import { useMemo } from 'preact/hooks';
import { get } from '../api/client';
import type { CalendarItem, GroupSession } from '../api/types';
import { useServices } from '../app/data';
import { useQuery } from '../lib/query';
import type { Mark } from './card';
import type { Wall } from './model';

interface Window { readonly from: string; readonly to: string }
interface Shown { readonly appointment_id: string; readonly state: 'pending' | 'synced' | 'failed' }
interface Board { readonly items: readonly { readonly id: string; readonly status: string; readonly arrived_at: string | null }[] }

const NO_SESSIONS: readonly GroupSession[] = [];
const NOTHING: ReadonlyMap<string, Mark> = new Map();

/** The sessions of the window; asked for only where a service has seats. */
export function useSessions(window: Window | null): readonly GroupSession[] {
  const services = useServices().data;
  const wanted = window !== null && (services?.some((s) => s.seats > 1) ?? false);
  const { from, to } = window ?? { from: '', to: '' };
  const query = useQuery<GroupSession[]>(wanted ? ['groups', from, to] : null, async (signal) => (await get<GroupSession[]>('sessions', { query: { from, to }, signal })).data);
  return query.data ?? NO_SESSIONS;
}

/** By appointment. */
export function useMarks(window: Window | null, items: readonly CalendarItem[], now: Wall): ReadonlyMap<string, Mark> {
  const { from, to } = window ?? { from: '', to: '' };
  const sync = useQuery<Shown[]>(window ? ['sync', from, to] : null, async (signal) => (await get<Shown[]>('google/shown', { query: { from, to }, signal })).data).data;
  const waiting = items.some((item) => item.status === 'checked_in' && Date.parse(item.start) < Date.now() + 86_400_000);
  const board = useQuery<Board>(waiting ? ['flow', now.date, 'calendar'] : null, async (signal) => (await get<Board>('flow', { query: { date: now.date }, signal })).data).data;
  return useMemo(() => {
    if (!sync?.length && !(waiting && board)) return NOTHING;
    const marks = new Map<string, Mark>();
    for (const one of sync ?? []) marks.set(one.appointment_id, { sync: one.state });
    for (const one of (waiting && board?.items) || []) {
      if (one.status === 'checked_in' && one.arrived_at) marks.set(one.id, { ...marks.get(one.id), waiting: Math.max(0, Math.floor((Date.now() - Date.parse(one.arrived_at)) / 60_000)) });
    }
    return marks;
  }, [sync, board, waiting, now.minute]);
}

/** The board's data: one row of the day, the lanes, and what is said about time. Pure. */
import type { Status } from '../../api/types';

export interface FlowItem {
  readonly id: string; readonly client_id: string; readonly client_name: string; readonly patient_name: string; readonly patient_kind: string;
  readonly service_name: string; readonly color: string; readonly provider_id: string; readonly provider_name: string;
  readonly location_id: string; readonly location_name: string; readonly time_zone: string; readonly start: string; readonly end: string;
  readonly status: Status; readonly version: number; readonly notes: boolean;
  readonly arrived_at: string | null; readonly started_at: string | null; readonly completed_at: string | null; readonly transitions: readonly Status[];
}
export interface FlowBoard { readonly date: string; readonly time_zone: string; readonly now: string; readonly late_after_min: number | null; readonly items: readonly FlowItem[] }

export type Lane = 'expected' | 'waiting' | 'treated' | 'done';
export const LANES: readonly Lane[] = ['expected', 'waiting', 'treated', 'done'];

export function laneOf(status: Status): Lane {
  if (status === 'checked_in') return 'waiting';
  if (status === 'in_progress') return 'treated';
  return status === 'completed' || status === 'no_show' ? 'done' : 'expected';
}

const at = (text: string | null): number => (text === null ? 0 : Date.parse(text));

/** Who waits longest comes first; who is done, last done first; the others by their time. */
export function inLane(items: readonly FlowItem[], lane: Lane): FlowItem[] {
  const rows = items.filter((item) => laneOf(item.status) === lane);
  if (lane === 'waiting') return rows.sort((a, b) => at(a.arrived_at) - at(b.arrived_at));
  if (lane === 'treated') return rows.sort((a, b) => at(a.started_at) - at(b.started_at));
  if (lane === 'done') return rows.sort((a, b) => at(b.completed_at ?? b.start) - at(a.completed_at ?? a.start));
  return rows.sort((a, b) => at(a.start) - at(b.start));
}

export const minutesSince = (instant: string, now: number): number => Math.max(0, Math.floor((now - Date.parse(instant)) / 60_000));

/** Minutes late, or null: not late, or the clinic does not want to know. */
export function lateBy(item: FlowItem, lateAfter: number | null, now: number): number | null {
  if (lateAfter === null || laneOf(item.status) !== 'expected') return null;
  const minutes = Math.floor((now - Date.parse(item.start)) / 60_000);
  return minutes >= lateAfter && minutes > 0 ? minutes : null;
}

export type Said = { readonly key: 'due' | 'late' | 'waiting' | 'treated' | 'done' | 'missed' | 'expected'; readonly minutes: number };
export function saidOf(item: FlowItem, lateAfter: number | null, now: number): Said {
  const late = lateBy(item, lateAfter, now);
  if (late !== null) return { key: 'late', minutes: late };
  if (item.status === 'checked_in' && item.arrived_at) return { key: 'waiting', minutes: minutesSince(item.arrived_at, now) };
  if (item.status === 'in_progress' && item.started_at) return { key: 'treated', minutes: minutesSince(item.started_at, now) };
  if (item.status === 'no_show') return { key: 'missed', minutes: 0 };
  if (item.status === 'completed') return { key: 'done', minutes: item.started_at && item.completed_at ? minutesSince(item.started_at, Date.parse(item.completed_at)) : 0 };
  const left = Math.ceil((Date.parse(item.start) - now) / 60_000);
  return left >= 0 && left <= 60 ? { key: 'due', minutes: left } : { key: 'expected', minutes: 0 };
}

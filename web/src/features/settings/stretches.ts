/** The weekly hours as a picture: stretches in minutes, and what a pull or a key makes of them. Pure. */
import type { WeeklyHours } from '../../api/types';
import { clockOf, minutesOf } from '../../lib/time';
import { endOf } from './weekly';

export const STEP = 15;

export interface Stretch { readonly weekday: number; readonly start: number; readonly end: number; readonly location_id: string }
export interface Drawn extends Stretch { readonly index: number }

/** Rows that can be drawn; half-typed ones cannot. */
export function drawnOf(rows: readonly WeeklyHours[]): Drawn[] {
  return rows
    .map((row, index) => ({ index, weekday: row.weekday, start: minutesOf(row.start), end: endOf(row.end), location_id: row.location_id }))
    .filter((one) => one.end > one.start);
}

/** Full hours around everything, and at least a usual day. */
export function rangeOf(drawn: readonly Stretch[]): { readonly first: number; readonly last: number } {
  const first = Math.min(420, ...drawn.map((one) => one.start));
  const last = Math.max(1200, ...drawn.map((one) => one.end));
  return { first: Math.floor(first / 60) * 60, last: Math.ceil(last / 60) * 60 };
}

export const snap = (minute: number): number => Math.round(minute / STEP) * STEP;

/** Within the day, and never shorter than a step. */
export function fit(one: Stretch): Stretch {
  const length = Math.max(STEP, one.end - one.start);
  const start = Math.min(Math.max(0, one.start), 1440 - STEP);
  return { ...one, start, end: Math.min(1440, Math.max(start + STEP, one.start < 0 ? length : one.end)) };
}

/** The first other stretch of the day that is in the way, or null. */
export function inTheWay(rows: readonly WeeklyHours[], index: number | null, one: Stretch): Drawn | null {
  return drawnOf(rows).find((other) => other.index !== index && other.weekday === one.weekday && other.start < one.end && one.start < other.end) ?? null;
}

export function asRow(one: Stretch): WeeklyHours {
  return { location_id: one.location_id, weekday: one.weekday, start: clockOf(one.start), end: one.end === 1440 ? '24:00' : clockOf(one.end) };
}

/** The rows with this stretch in place of the one at `index`, or new; null when another is in the way. */
export function put(rows: readonly WeeklyHours[], index: number | null, one: Stretch): WeeklyHours[] | null {
  const next = fit(one);
  if (inTheWay(rows, index, next)) return null;
  return index === null ? [...rows, asRow(next)] : rows.map((row, i) => (i === index ? asRow(next) : row));
}

/** What a key does to a stretch: arrows move it, with Shift its end, with Alt its beginning; null: not such a key. */
export function byKey(one: Stretch, event: { readonly key: string; readonly shiftKey: boolean; readonly altKey: boolean }, days: readonly number[]): Stretch | null {
  const vertical = event.key === 'ArrowUp' ? -STEP : event.key === 'ArrowDown' ? STEP : 0;
  const sideways = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
  if (vertical !== 0) {
    if (event.shiftKey) return fit({ ...one, end: Math.max(one.start + STEP, one.end + vertical) });
    if (event.altKey) return fit({ ...one, start: Math.min(one.end - STEP, one.start + vertical) });
    const by = Math.max(-one.start, Math.min(1440 - one.end, vertical));
    return { ...one, start: one.start + by, end: one.end + by };
  }
  const day = days[days.indexOf(one.weekday) + sideways];
  return sideways !== 0 && day !== undefined && !event.shiftKey && !event.altKey ? { ...one, weekday: day } : null;
}

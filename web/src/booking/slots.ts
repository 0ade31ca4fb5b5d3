/** Free times by day, as the picker shows them. Pure. */
import type { Slot } from '../api/types';
import { addDays, dateIn, daysBetween, millis, wallTime, type PlainDate } from '../lib/time';

export type DayPart = 'morning' | 'afternoon' | 'evening';

/** The server answers at most so many days at once. */
export const WINDOW_DAYS = 42;

/** One button for a time, though several people may be free: who it is decides the server. */
export function withoutTwins(slots: readonly Slot[], keepLocations: boolean): Slot[] {
  const seen = new Set<string>();
  return slots.filter((slot) => {
    const key = keepLocations ? `${slot.start} ${slot.location_id}` : slot.start;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

export function byDay(slots: readonly Slot[], zone: string): Map<PlainDate, Slot[]> {
  const days = new Map<PlainDate, Slot[]>();
  const sorted = [...slots].sort((one, other) => millis(one.start) - millis(other.start));
  for (const slot of sorted) {
    const date = dateIn(slot.start, zone);
    const list = days.get(date);
    if (list) list.push(slot);
    else days.set(date, [slot]);
  }
  return days;
}

export function byPart(slots: readonly Slot[], zone: string): { part: DayPart; slots: Slot[] }[] {
  const parts: Record<DayPart, Slot[]> = { morning: [], afternoon: [], evening: [] };
  for (const slot of slots) {
    const { minutes } = wallTime(slot.start, zone);
    parts[minutes < 720 ? 'morning' : minutes < 1020 ? 'afternoon' : 'evening'].push(slot);
  }
  return (Object.keys(parts) as DayPart[]).map((part) => ({ part, slots: parts[part] })).filter((group) => group.slots.length > 0);
}

/** The windows to ask for, one after the other, when looking for the next free day. */
export function windows(from: PlainDate, last: PlainDate): { from: PlainDate; to: PlainDate }[] {
  const found: { from: PlainDate; to: PlainDate }[] = [];
  for (let start = from; start <= last && found.length < 20; start = addDays(start, WINDOW_DAYS)) {
    const end = addDays(start, WINDOW_DAYS - 1);
    found.push({ from: start, to: end < last ? end : last });
  }
  return found;
}

/** The free times nearest to a wanted one, in the order of the clock. */
export function nearest(slots: readonly Slot[], wanted: string, count: number): Slot[] {
  const distance = (slot: Slot): number => Math.abs(millis(slot.start) - millis(wanted));
  return [...slots].sort((one, other) => distance(one) - distance(other)).slice(0, count)
    .sort((one, other) => millis(one.start) - millis(other.start));
}

/** Where an arrow key leads in the month grid; null: not one of its keys. */
export function walkDays(key: string, day: PlainDate, weekStart: number, rtl = false): { days: number } | { months: number } | null {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() - weekStart + 7) % 7;
  switch (key) {
    case 'ArrowLeft': return { days: rtl ? 1 : -1 };
    case 'ArrowRight': return { days: rtl ? -1 : 1 };
    case 'ArrowUp': return { days: -7 };
    case 'ArrowDown': return { days: 7 };
    case 'Home': return { days: -weekday };
    case 'End': return { days: 6 - weekday };
    case 'PageUp': return { months: -1 };
    case 'PageDown': return { months: 1 };
    default: return null;
  }
}

export function clampDay(day: PlainDate, first: PlainDate, last: PlainDate): PlainDate {
  if (daysBetween(first, day) < 0) return first;
  return daysBetween(day, last) < 0 ? last : day;
}

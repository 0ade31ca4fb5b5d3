/** The weekly hours as the editor holds them, and what is wrong with them. Pure. */
import type { HoursException, WeeklyHours } from '../../api/types';
import { minutesOf } from '../../lib/time';
import { t } from './text';

export const WEEKDAYS = [t('clinic.monday'), t('weekly.tuesday'), t('weekly.wednesday'), t('weekly.thursday'), t('weekly.friday'), t('clinic.saturday'), t('clinic.sunday')] as const;

/** Messages by index of the row; no entry: nothing wrong. */
export type RowErrors = ReadonlyMap<number, string>;

export function checkWeekly(rows: readonly WeeklyHours[]): RowErrors {
  const errors = new Map<number, string>();
  rows.forEach((row, index) => {
    const start = minutesOf(row.start);
    const end = endOf(row.end);
    if (Number.isNaN(start) || Number.isNaN(end)) errors.set(index, 'Enter both times.');
    else if (end <= start) errors.set(index, 'The end must be after the start.');
    else if (rows.some((other, i) => i < index && other.weekday === row.weekday && minutesOf(other.start) < end && start < endOf(other.end))) errors.set(index, 'This overlaps another time of the same day.');
  });
  return errors;
}

export function checkExceptions(rows: readonly HoursException[]): RowErrors {
  const errors = new Map<number, string>();
  rows.forEach((row, index) => {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(row.date)) errors.set(index, 'Choose a day.');
    else if (!row.closed && (Number.isNaN(minutesOf(row.start ?? '')) || Number.isNaN(endOf(row.end ?? '')))) errors.set(index, 'Enter both times.');
    else if (!row.closed && endOf(row.end ?? '') <= minutesOf(row.start ?? '')) errors.set(index, 'The end must be after the start.');
  });
  return errors;
}

/** Midnight at the end of a day is 24:00; a time field can only say 00:00. */
export function endOf(text: string): number {
  const minutes = minutesOf(text);
  return minutes === 0 ? 1440 : minutes;
}

export function toServer(rows: readonly WeeklyHours[]): WeeklyHours[] {
  return [...rows].map((row) => ({ ...row, end: row.end === '00:00' ? '24:00' : row.end })).sort((a, b) => a.weekday - b.weekday || (a.start < b.start ? -1 : 1));
}

/** The next stretch of a day: after a pause behind the last one, or the usual morning. */
export function nextStretch(rows: readonly WeeklyHours[], weekday: number, locationId: string): WeeklyHours {
  const last = rows.filter((r) => r.weekday === weekday).sort((a, b) => (a.end < b.end ? 1 : -1))[0];
  const start = last ? Math.min(endOf(last.end) + 60, 1380) : 540;
  const end = last ? Math.min(start + 240, 1440) : 1020;
  const text = (m: number): string => `${String(Math.floor(m / 60) % 24).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;
  return { location_id: last?.location_id ?? locationId, weekday, start: text(start), end: text(end) };
}

/** Copies the stretches of one weekday to the other working days. */
export function copyDay(rows: readonly WeeklyHours[], from: number): WeeklyHours[] {
  const model = rows.filter((r) => r.weekday === from);
  const rest = rows.filter((r) => r.weekday === from || r.weekday > 5);
  const days = [1, 2, 3, 4, 5].filter((day) => day !== from);
  return [...rest, ...days.flatMap((weekday) => model.map((row) => ({ ...row, weekday })))];
}

/** Months of several providers as one. Pure. */
import type { CalendarMonth, MonthDay } from '../api/types';

/** Numbers add up; the first few of a day are the earliest of each. */
export function mergeMonths(months: readonly CalendarMonth[]): CalendarMonth {
  const days = new Map<string, MonthDay>();
  for (const day of months.flatMap((month) => month.days)) {
    const old = days.get(day.date);
    const most = Math.max(old?.first.length ?? 0, day.first.length);
    const first = [...(old?.first ?? []), ...day.first].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0)).slice(0, Math.max(most, 3));
    days.set(day.date, { date: day.date, total: (old?.total ?? 0) + day.total, requested: (old?.requested ?? 0) + day.requested, first });
  }
  return { time_zone: months[0]?.time_zone ?? 'UTC', days: [...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1)) };
}

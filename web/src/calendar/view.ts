/** What the address says about the calendar, and the days that follow from it. Pure. */
import { addDays, addMonths, dateRange, formatDate, isPlainDate, monthWeeks, startOfMonth, startOfWeek, type PlainDate } from '../lib/time';

export type ViewName = 'day' | 'week' | 'month' | 'agenda';
const VIEWS: readonly string[] = ['day', 'week', 'month', 'agenda'];
export type By = 'provider' | 'resource';

export interface CalendarView {
  readonly view: ViewName;
  readonly by: By;
  readonly date: PlainDate;
  readonly location: string | null;
  readonly hidden: ReadonlySet<string>;
  /** Columns in another order than the settings': ids, what is not named comes after them. */
  readonly order: readonly string[];
  readonly cancelled: boolean;
}

export function readView(query: URLSearchParams, today: PlainDate, narrow: boolean): CalendarView {
  const view = query.get('view');
  const date = query.get('date') ?? '';
  return {
    view: VIEWS.includes(view ?? '') ? (view as ViewName) : narrow ? 'agenda' : 'day',
    by: query.get('by') === 'chair' ? 'resource' : 'provider',
    date: isPlainDate(date) ? date : today,
    location: query.get('location'),
    hidden: new Set((query.get('hide') ?? '').split(',').filter(Boolean)),
    order: (query.get('order') ?? '').split(',').filter(Boolean),
    cancelled: query.get('cancelled') === '1',
  };
}

export function datesOf(view: CalendarView, weekStart: number): PlainDate[] {
  if (view.view === 'day') return [view.date];
  if (view.view === 'month') return monthWeeks(view.date, weekStart).flat();
  const first = view.view === 'week' ? startOfWeek(view.date, weekStart) : view.date;
  return dateRange(first, addDays(first, 6));
}

/** The date that "next" or "previous" leads to. */
export function stepDate(view: CalendarView, direction: 1 | -1): PlainDate {
  if (view.view === 'month') return addMonths(startOfMonth(view.date), direction);
  return addDays(view.date, direction * (view.view === 'day' ? 1 : 7));
}

export function titleOf(dates: readonly PlainDate[], locale?: string): string {
  const first = dates[0] ?? '';
  const last = dates[dates.length - 1] ?? first;
  if (first === last) return formatDate(first, 'full', locale);
  const [firstDay, lastDay] = [Number(first.slice(8)), Number(last.slice(8))];
  if (first.slice(0, 7) === last.slice(0, 7)) return `${firstDay} – ${lastDay} ${formatDate(last, 'month', locale)}`;
  return `${formatDate(first, 'short', locale).replace(/^\w+,?\s/, '')} – ${formatDate(last, 'short', locale).replace(/^\w+,?\s/, '')} ${last.slice(0, 4)}`;
}

/** Days of a week that are worth a column: working days, and others when somebody works or is booked. */
export function usedDates(dates: readonly PlainDate[], used: ReadonlySet<PlainDate>, today: PlainDate): PlainDate[] {
  return dates.filter((date) => used.has(date) || date === today || new Date(`${date}T00:00:00Z`).getUTCDay() % 6 !== 0);
}

/** Columns in the wanted order; those that the order does not name keep theirs, at the end. */
export function ordered<T extends { readonly id: string }>(list: readonly T[], order: readonly string[]): readonly T[] {
  if (order.length === 0) return list;
  const place = (item: T): number => (order.includes(item.id) ? order.indexOf(item.id) : order.length);
  return [...list].sort((a, b) => place(a) - place(b));
}

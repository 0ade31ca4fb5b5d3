/** What the fields of a repetition say, as an RFC 5545 rule. The server expands it; nothing here knows dates. */
export type Unit = 'days' | 'weeks' | 'months' | 'monthsDay' | 'years';
export interface Repetition {
  readonly every: string;
  readonly unit: Unit;
  /** MO … SU; empty: the day of the start. */
  readonly days: ReadonlySet<string>;
  /** 'never': only what may go on without an end, such as blocked time. */
  readonly ends: 'after' | 'until' | 'never';
  readonly times: string;
  readonly until: string;
}
export const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
const FREQ: Record<Unit, string> = { days: 'DAILY', weeks: 'WEEKLY', months: 'MONTHLY', monthsDay: 'MONTHLY', years: 'YEARLY' };

/** "2MO" for the second Monday; the fifth is the last, so that each month has one. */
function nthWeekday(date: string): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const weekday = DAYS[(new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7] ?? 'MO';
  const nth = Math.ceil(day / 7);
  return `${nth > 4 ? -1 : nth}${weekday}`;
}

/** null: a number or a day is missing. */
export function ruleOf(r: Repetition, date: string): string | null {
  const every = Number(r.every);
  const times = Number(r.times);
  if (!Number.isInteger(every) || every < 1 || every > 99) return null;
  if (r.ends === 'after' && (!Number.isInteger(times) || times < 1 || times > 366)) return null;
  if (r.ends === 'until' && !/^\d{4}-\d\d-\d\d$/.test(r.until)) return null;
  const parts = [`FREQ=${FREQ[r.unit]}`];
  if (every > 1) parts.push(`INTERVAL=${every}`);
  if (r.unit === 'weeks' && r.days.size > 0) parts.push(`BYDAY=${DAYS.filter((d) => r.days.has(d)).join(',')}`);
  if (r.unit === 'monthsDay') parts.push(`BYDAY=${nthWeekday(date)}`);
  if (r.ends !== 'never') parts.push(r.ends === 'after' ? `COUNT=${times}` : `UNTIL=${r.until.replace(/-/g, '')}`);
  return parts.join(';');
}

/**
 * Dates and times without a library. Two kinds of value and no third:
 *   instant    a point of the world's time: RFC 3339 text from the server, or milliseconds
 *   PlainDate  a day on somebody's wall calendar, "2026-11-23"
 * A wall time (day and minutes) belongs to a zone. The server decides what a wall time means; the functions here only show
 * instants in a zone, and find the instant of a wall time where the grid must draw it.
 */
export type PlainDate = string;
export type Minutes = number;
export type Instant = string | number;

export interface WallTime {
  date: PlainDate;
  minutes: Minutes;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export const millis = (instant: Instant): number => (typeof instant === 'number' ? instant : Date.parse(instant));

/* --- plain dates --- */

const utc = (date: PlainDate): Date => new Date(`${date}T00:00:00Z`);
const plain = (ms: number): PlainDate => new Date(ms).toISOString().slice(0, 10);

export function isPlainDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(utc(text).getTime()) && plain(utc(text).getTime()) === text;
}
export function addDays(date: PlainDate, days: number): PlainDate {
  return plain(utc(date).getTime() + days * DAY_MS);
}
/** The same day of another month, or that month's last day. */
export function addMonths(date: PlainDate, months: number): PlainDate {
  const day = Number(date.slice(8));
  const first = utc(`${date.slice(0, 7)}-01`);
  first.setUTCMonth(first.getUTCMonth() + months);
  const month = plain(first.getTime());
  return `${month.slice(0, 8)}${String(Math.min(day, daysInMonth(month))).padStart(2, '0')}`;
}
export function daysInMonth(date: PlainDate): number {
  return new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)), 0)).getUTCDate();
}
export function daysBetween(from: PlainDate, to: PlainDate): number {
  return Math.round((utc(to).getTime() - utc(from).getTime()) / DAY_MS);
}
/** 1 is Monday, 7 is Sunday. */
export function weekdayOf(date: PlainDate): number {
  return utc(date).getUTCDay() || 7;
}
export function startOfMonth(date: PlainDate): PlainDate {
  return `${date.slice(0, 8)}01`;
}
export function endOfMonth(date: PlainDate): PlainDate {
  return `${date.slice(0, 8)}${daysInMonth(date)}`;
}
export function startOfWeek(date: PlainDate, weekStart = 1): PlainDate {
  return addDays(date, -((weekdayOf(date) - weekStart + 7) % 7));
}
export function dateRange(from: PlainDate, to: PlainDate): PlainDate[] {
  const days: PlainDate[] = [];
  for (let day = from; day <= to && days.length < 400; day = addDays(day, 1)) days.push(day);
  return days;
}
/** The weeks that show a month, each of seven days, from `weekStart`. */
export function monthWeeks(date: PlainDate, weekStart = 1): PlainDate[][] {
  const weeks: PlainDate[][] = [];
  for (let day = startOfWeek(startOfMonth(date), weekStart); day <= endOfMonth(date); day = addDays(day, 7)) {
    weeks.push(dateRange(day, addDays(day, 6)));
  }
  return weeks;
}

/* --- zones --- */

const formatters = new Map<string, Intl.DateTimeFormat>();
let preset: string | undefined;

/** Whose words and clock (12 or 24 hours) dates and times have where nothing else is said; the browser's before that. */
export function setLocale(locale: string): void {
  try {
    preset = Intl.getCanonicalLocales(locale)[0];
  } catch {
    preset = undefined;
  }
  clocks.clear();
}

function formatter(locale: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale ?? preset ?? ''}|${JSON.stringify(options)}`;
  let found = formatters.get(key);
  if (!found) formatters.set(key, (found = new Intl.DateTimeFormat(locale ?? preset, options)));
  return found;
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
export function isZone(zone: string): boolean {
  try {
    formatter('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** What the wall clock of a zone shows at an instant. */
export function wallTime(instant: Instant, zone: string): WallTime {
  const parts = formatter('en-GB', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  }).formatToParts(millis(instant));
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '00';
  return { date: `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`, minutes: Number(of('hour')) * 60 + Number(of('minute')) };
}
export function dateIn(instant: Instant, zone: string): PlainDate {
  return wallTime(instant, zone).date;
}
export function todayIn(zone: string, now: number = Date.now()): PlainDate {
  return dateIn(now, zone);
}
/** Minutes the zone is ahead of UTC at an instant. */
export function offsetMinutes(instant: Instant, zone: string): Minutes {
  const ms = Math.floor(millis(instant) / MINUTE_MS) * MINUTE_MS;
  const wall = wallTime(ms, zone);
  return (utc(wall.date).getTime() + wall.minutes * MINUTE_MS - ms) / MINUTE_MS;
}
/**
 * The instant (milliseconds) of a wall time. A time that the clocks jump over gives the instant as far behind the jump;
 * a time that comes twice gives the first: what the server does too.
 */
export function instantOf(date: PlainDate, minutes: Minutes, zone: string): number {
  const local = utc(date).getTime() + minutes * MINUTE_MS;
  const before = offsetMinutes(local - DAY_MS, zone);
  const after = offsetMinutes(local + DAY_MS, zone);
  const candidates = [local - before * MINUTE_MS, local - after * MINUTE_MS];
  const fits = candidates.filter((ms) => offsetMinutes(ms, zone) === (local - ms) / MINUTE_MS);
  return fits.length > 0 ? Math.min(...fits) : (candidates[0] as number);
}
/** "2026-11-23T09:00:00Z", as the API wants it. */
export function toInstantText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/* --- showing --- */

/** Full hours have one digit by 12 hours ("9:05 AM") and two by 24 ("09:05"). */
const hours = new Map<string, 'numeric' | '2-digit'>();
function clockOptions(locale: string | undefined): Intl.DateTimeFormatOptions {
  const key = locale ?? preset ?? '';
  let hour = hours.get(key);
  if (!hour) hours.set(key, (hour = formatter(locale, { hour: 'numeric', timeZone: 'UTC' }).resolvedOptions().hour12 ? 'numeric' : '2-digit'));
  return { hour, minute: '2-digit' };
}

export type DateStyle = 'full' | 'long' | 'short' | 'dated' | 'weekday' | 'weekdayLong' | 'month';

const DATE_STYLES: Record<DateStyle, Intl.DateTimeFormatOptions> = {
  full: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  long: { weekday: 'long', day: 'numeric', month: 'long' },
  short: { weekday: 'short', day: 'numeric', month: 'short' },
  dated: { day: 'numeric', month: 'short', year: 'numeric' },
  weekday: { weekday: 'short' },
  weekdayLong: { weekday: 'long' },
  month: { month: 'long', year: 'numeric' },
};

/** Short days say their year when it is another than this one. */
const yearIn = (ms: number, zone: string): string => formatter('en', { year: 'numeric', timeZone: zone }).format(ms);
const shortOf = (ms: number, zone: string): Intl.DateTimeFormatOptions => (yearIn(ms, zone) === yearIn(Date.now(), zone) ? DATE_STYLES.short : { ...DATE_STYLES.short, year: 'numeric' });

export function formatDate(date: PlainDate, style: DateStyle = 'long', locale?: string): string {
  const ms = utc(date).getTime();
  return formatter(locale, { ...(style === 'short' ? shortOf(ms, 'UTC') : DATE_STYLES[style]), timeZone: 'UTC' }).format(ms);
}
export function formatTime(instant: Instant, zone: string, locale?: string): string {
  return formatter(locale, { ...clockOptions(locale), timeZone: zone }).format(millis(instant));
}
export function formatTimeRange(start: Instant, end: Instant, zone: string, locale?: string): string {
  return formatter(locale, { ...clockOptions(locale), timeZone: zone }).formatRange(millis(start), millis(end));
}
export function formatDateTime(instant: Instant, zone: string, locale?: string): string {
  return formatter(locale, { ...shortOf(millis(instant), zone), ...clockOptions(locale), timeZone: zone }).format(millis(instant));
}
/** Minutes of the day as people read them, by 12 or by 24 hours; past midnight they begin again. */
export function formatMinutes(minutes: Minutes, locale?: string): string {
  return formatter(locale, { ...clockOptions(locale), timeZone: 'UTC' }).format(minutes * MINUTE_MS);
}
const clocks = new Map<Minutes, string>();
/** The same in the preset locale: the calendar asks for every card. */
export function showClock(minutes: Minutes): string {
  let text = clocks.get(minutes);
  if (text === undefined) clocks.set(minutes, (text = formatMinutes(minutes)));
  return text;
}
/** A full hour beside a scale: "9 AM" or "09:00". */
export function showHour(minutes: Minutes): string {
  return clockOptions(undefined).hour === 'numeric' ? formatter(undefined, { hour: 'numeric', timeZone: 'UTC' }).format(minutes * MINUTE_MS) : showClock(minutes);
}
export function minutesOf(clock: string): Minutes {
  const match = /^(\d{1,2}):(\d{2})$/.exec(clock.trim());
  return match ? Number(match[1]) * 60 + Number(match[2]) : NaN;
}
/** "09:05": what time fields hold and the API reads. People read showClock. */
export function clockOf(minutes: Minutes): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
/** "45 min", "1 h 30 min", "2 days". */
export function formatDuration(minutes: Minutes, locale?: string): string {
  const unit = (value: number, name: string, style: 'short' | 'long'): string =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: style }).format(value);
  if (minutes >= 2880 && minutes % 1440 === 0) return unit(minutes / 1440, 'day', 'long');
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 ? unit(hours, 'hour', 'short') : '', rest > 0 || hours === 0 ? unit(rest, 'minute', 'short') : ''].filter(Boolean).join(' ');
}
/** "Berlin", from "Europe/Berlin". */
export function zoneCity(zone: string): string {
  return (zone.split('/').pop() ?? zone).replace(/_/g, ' ');
}
/** "GMT+1" at an instant. */
export function zoneOffset(zone: string, instant: Instant = Date.now(), locale?: string): string {
  return formatter(locale, { timeZone: zone, timeZoneName: 'shortOffset' }).formatToParts(millis(instant))
    .find((part) => part.type === 'timeZoneName')?.value ?? zone;
}
/** Do two zones show the same clock at an instant? */
export function sameClock(one: string, other: string, instant: Instant = Date.now()): boolean {
  return one === other || offsetMinutes(instant, one) === offsetMinutes(instant, other);
}

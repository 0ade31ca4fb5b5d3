/**
 * From what the server sends to what the grid draws: columns, the items in each, closed hours. Pure; the zone's
 * arithmetic comes in as a function.
 */
import type { DayRange, Interval } from './geometry';
import { complement, visibleRange } from './geometry';
import { showClock } from '../lib/time';
import { layoutLanes, type Lane } from './layout';

export type PlainDate = string;

export interface Wall {
  readonly date: PlainDate;
  /** Minutes since midnight. */
  readonly minute: number;
}

export type ToWall = (instant: string) => Wall;

/** Somebody or something besides the lead provider, with the window it is needed for. */
export interface PartLike {
  readonly subject_id: string;
  readonly kind: 'provider' | 'resource';
  readonly start: string;
  readonly end: string;
}

export interface ItemLike {
  readonly id: string;
  readonly provider_id: string;
  readonly resource_ids: readonly string[];
  readonly parts?: readonly PartLike[];
  /** The lead provider is there for the first so many minutes; null: all the time. */
  readonly lead_min?: number | null;
  readonly start: string;
  readonly end: string;
  readonly status: string;
}

export interface BlockedLike {
  readonly id: string;
  readonly kind: string;
  readonly subject_id: string;
  readonly start: string;
  readonly end: string;
}

export interface OpenLike {
  readonly provider_id: string;
  readonly location_id: string;
  readonly start: string;
  readonly end: string;
}

export interface Subject {
  readonly id: string;
  readonly name: string;
  readonly color: string | null;
  readonly detail: string | null;
}

export interface Column {
  readonly key: string;
  readonly date: PlainDate;
  readonly kind: 'provider' | 'resource';
  /** The provider or the resource; '' is "no chair". */
  readonly subject: Subject;
}

/** In its column an item takes its own window: all of it, the lead provider's first minutes, or the part of a helper or resource. */
export type Share = 'all' | 'lead' | 'part';

export interface PlacedItem<T extends ItemLike> {
  readonly item: T;
  readonly start: number;
  readonly end: number;
  readonly share: Share;
  /** The whole of it, on the same scale. */
  readonly whole: Interval;
  readonly lane: Lane;
}

export interface PlacedBlock<B extends BlockedLike> extends Interval {
  readonly block: B;
}

export interface ColumnContent<T extends ItemLike, B extends BlockedLike> {
  readonly column: Column;
  readonly items: readonly PlacedItem<T>[];
  readonly blocked: readonly PlacedBlock<B>[];
  readonly closed: readonly Interval[];
  readonly openMinutes: number;
}

export interface GridModel<T extends ItemLike, B extends BlockedLike> {
  readonly range: DayRange;
  readonly columns: readonly ColumnContent<T, B>[];
}

export const NO_RESOURCE: Subject = { id: '', name: 'No chair', color: null, detail: null };

export function columnKey(date: PlainDate, subjectId: string): string {
  return `${date}/${subjectId}`;
}

export function buildColumns(dates: readonly PlainDate[], kind: Column['kind'], subjects: readonly Subject[]): Column[] {
  return dates.flatMap((date) => subjects.map((subject) => ({ key: columnKey(date, subject.id), date, kind, subject })));
}

interface Raw<T> {
  readonly item: T;
  readonly start: number;
  readonly end: number;
  readonly share: Share;
  readonly whole: Interval;
}

/** Whose columns an item stands in, and from when to when in each. */
function windowsOf(item: ItemLike, byResource: boolean): { readonly subject: string; readonly start: string; readonly end: string; readonly share: Share }[] {
  const parts = (item.parts ?? []).filter((p) => (p.kind === 'resource') === byResource);
  const own = (p: PartLike): Share => (p.start === item.start && p.end === item.end ? 'all' : 'part');
  if (byResource) {
    if (item.resource_ids.length === 0) return [{ subject: '', start: item.start, end: item.end, share: 'all' }];
    return item.resource_ids.map((subject) => {
      const part = parts.find((p) => p.subject_id === subject);
      return part ? { subject, start: part.start, end: part.end, share: own(part) } : { subject, start: item.start, end: item.end, share: 'all' };
    });
  }
  const lead = item.lead_min ? new Date(Date.parse(item.start) + item.lead_min * 60_000).toISOString() : item.end;
  const split = item.lead_min ? Date.parse(lead) < Date.parse(item.end) : false;
  return [
    { subject: item.provider_id, start: item.start, end: split ? lead : item.end, share: split ? 'lead' : 'all' },
    // A helper's column shows a part, also when it is as long as the whole: it is moved where the lead provider is.
    ...parts.filter((p) => p.subject_id !== item.provider_id).map((p) => ({ subject: p.subject_id, start: p.start, end: p.end, share: 'part' as const })),
  ];
}

/** Minutes of a stretch on the day it begins; an end on a later day counts on past 24:00. */
export function minutesOn(start: Wall, end: Wall): Interval {
  const days = start.date === end.date ? 0 : dayDistance(start.date, end.date);
  // The hour that a clock change repeats may put the end before the start on the wall clock: draw it as one row.
  return { start: start.minute, end: Math.max(end.minute + days * 1440, start.minute + 5) };
}

export function dayDistance(from: PlainDate, to: PlainDate): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/** The part of a stretch that lies on `date`, or null. */
function clip(date: PlainDate, start: Wall, end: Wall): Interval | null {
  const from = start.minute + dayDistance(date, start.date) * 1440;
  const to = end.minute + dayDistance(date, end.date) * 1440;
  if (to <= 0 || from >= 1440 || to <= from) return null;
  return { start: Math.max(0, from), end: Math.min(1440, to) };
}

export interface GridInput<T extends ItemLike, B extends BlockedLike> {
  readonly columns: readonly Column[];
  readonly items: readonly T[];
  readonly blocked: readonly B[];
  readonly open: readonly OpenLike[];
  readonly toWall: ToWall;
}

export function buildGrid<T extends ItemLike, B extends BlockedLike>(input: GridInput<T, B>): GridModel<T, B> {
  const raw = new Map<string, Raw<T>[]>();
  const extent: Interval[] = [];
  const known = new Set(input.columns.map((c) => c.key));
  const byResource = input.columns.some((c) => c.kind === 'resource');
  for (const item of input.items) {
    const start = input.toWall(item.start);
    const whole = minutesOn(start, input.toWall(item.end));
    for (const window of windowsOf(item, byResource)) {
      const from = input.toWall(window.start);
      const key = columnKey(from.date, window.subject);
      if (!known.has(key)) continue;
      const span = window.share === 'all' ? whole : minutesOn(from, input.toWall(window.end));
      push(raw, key, { item, ...span, share: window.share, whole });
      extent.push({ start: span.start, end: Math.min(1440, span.end) });
    }
  }
  const open = openByKey(input, byResource);
  for (const intervals of open.values()) extent.push(...intervals);
  const range = visibleRange(extent);
  const columns = input.columns.map((column) => {
    const intervals = open.get(column.key) ?? [];
    return {
      column,
      items: place(raw.get(column.key) ?? []),
      blocked: blockedOn(input, column),
      closed: complement(intervals, range),
      openMinutes: intervals.reduce((sum, i) => sum + i.end - i.start, 0),
    };
  });
  return { range, columns };
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function place<T extends ItemLike>(raw: readonly Raw<T>[]): PlacedItem<T>[] {
  const lanes = layoutLanes(raw.map((r) => ({ id: r.item.id, start: r.start, end: r.end })));
  return [...raw]
    .sort((a, b) => a.start - b.start || b.end - a.end || (a.item.id < b.item.id ? -1 : 1))
    .map((r) => ({ ...r, lane: lanes.get(r.item.id)! }));
}

/** Opening hours per column. A chair has none of its own: it is open whenever anybody works. */
function openByKey<T extends ItemLike, B extends BlockedLike>(input: GridInput<T, B>, byResource: boolean): Map<string, Interval[]> {
  const result = new Map<string, Interval[]>();
  const dates = [...new Set(input.columns.map((c) => c.date))];
  for (const stretch of input.open) {
    const start = input.toWall(stretch.start);
    const end = input.toWall(stretch.end);
    for (const date of dates) {
      const part = clip(date, start, end);
      if (!part) continue;
      if (!byResource) push(result, columnKey(date, stretch.provider_id), part);
      else for (const c of input.columns) if (c.date === date) push(result, c.key, part);
    }
  }
  return result;
}

function blockedOn<T extends ItemLike, B extends BlockedLike>(input: GridInput<T, B>, column: Column): PlacedBlock<B>[] {
  const found: PlacedBlock<B>[] = [];
  for (const block of input.blocked) {
    if (block.kind !== 'location' && block.subject_id !== column.subject.id) continue;
    const part = clip(column.date, input.toWall(block.start), input.toWall(block.end));
    if (part) found.push({ block, ...part });
  }
  return found;
}

/** A time of day, also past midnight ("24:30" becomes "00:30"). */
export function clock(minute: number): string {
  return showClock(((minute % 1440) + 1440) % 1440);
}

/** "45 min", "1 h", "1 h 30 min". */
export function duration(minutes: number): string {
  const h = Math.floor(minutes / 60);
  const m = minutes % 60;
  if (h === 0) return `${m} min`;
  return m === 0 ? `${h} h` : `${h} h ${m} min`;
}

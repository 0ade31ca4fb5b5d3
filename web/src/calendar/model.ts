/**
 * From what the server sends to what the grid draws: columns, the items in each, closed hours. Pure; the zone's
 * arithmetic comes in as a function.
 */
import type { DayRange, Interval } from './geometry';
import { complement, visibleRange } from './geometry';
import { layoutLanes, type Lane } from './layout';

export type PlainDate = string;

export interface Wall {
  readonly date: PlainDate;
  /** Minutes since midnight. */
  readonly minute: number;
}

export type ToWall = (instant: string) => Wall;

export interface ItemLike {
  readonly id: string;
  readonly provider_id: string;
  readonly resource_ids: readonly string[];
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

export interface PlacedItem<T extends ItemLike> {
  readonly item: T;
  readonly start: number;
  readonly end: number;
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
    const span = minutesOn(start, input.toWall(item.end));
    const subjects = byResource ? (item.resource_ids.length > 0 ? item.resource_ids : ['']) : [item.provider_id];
    for (const subject of subjects) {
      const key = columnKey(start.date, subject);
      if (!known.has(key)) continue;
      push(raw, key, { item, ...span });
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
    .map((r) => ({ item: r.item, start: r.start, end: r.end, lane: lanes.get(r.item.id)! }));
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

/** "09:05", also past midnight ("24:30" becomes "00:30"). */
export function clock(minute: number): string {
  const m = ((minute % 1440) + 1440) % 1440;
  return `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;
}

/** "45 min", "1 h", "1 h 30 min". */
export function duration(minutes: number): string {
  const h = Math.floor(minutes / 60);
  const m = minutes % 60;
  if (h === 0) return `${m} min`;
  return m === 0 ? `${h} h` : `${h} h ${m} min`;
}

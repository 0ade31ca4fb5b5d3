/**
 * Minutes and pixels of the day grid, and the free stretches of a column. Pure.
 *
 * A day is drawn from `firstMinute` to `lastMinute` (wall time of the clinic). A row is SNAP minutes: everything that is
 * dragged or walked by keyboard lands on a row.
 */

export const SNAP = 15;
export const DAY = 1440;

export interface DayRange {
  readonly first: number;
  readonly last: number;
}

export interface Interval {
  readonly start: number;
  readonly end: number;
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

export function snap(minute: number, step = SNAP): number {
  return Math.round(minute / step) * step;
}

export function snapDown(minute: number, step = SNAP): number {
  return Math.floor(minute / step) * step;
}

/** The hours that must be visible: opening hours and everything that lies outside them, on whole hours, at least eight. */
export function visibleRange(intervals: readonly Interval[], fallback: DayRange = { first: 480, last: 1080 }): DayRange {
  if (intervals.length === 0) return fallback;
  let first = DAY;
  let last = 0;
  for (const interval of intervals) {
    first = Math.min(first, interval.start);
    last = Math.max(last, interval.end);
  }
  first = clamp(Math.floor(first / 60) * 60, 0, DAY - 60);
  last = clamp(Math.ceil(last / 60) * 60, first + 60, DAY);
  const missing = 480 - (last - first);
  if (missing > 0) {
    last = Math.min(DAY, last + missing);
    first = Math.max(0, last - 480);
  }
  return { first, last };
}

/** The minute under a pointer that is `y` px below the top of the column. */
export function minuteAt(y: number, columnHeight: number, range: DayRange): number {
  if (columnHeight <= 0) return range.first;
  return range.first + (clamp(y, 0, columnHeight) / columnHeight) * (range.last - range.first);
}

/** Where a dragged item starts: its grabbed point stays under the pointer, it snaps, and it stays within the day. */
export function dropStart(pointerMinute: number, grabOffset: number, length: number, range: DayRange): number {
  const lastStart = Math.max(range.first, range.last - length);
  return clamp(snap(pointerMinute - grabOffset), range.first, lastStart);
}

/** The new end of an item whose lower edge is dragged. */
export function resizeEnd(start: number, pointerMinute: number, range: DayRange): number {
  return clamp(snap(pointerMinute), start + SNAP, Math.max(range.last, start + SNAP));
}

/** What a drag over empty time selects, whichever direction it went. */
export function selectionOf(anchor: number, pointer: number, range: DayRange): Interval {
  const low = Math.min(anchor, pointer);
  const high = Math.max(anchor, pointer);
  const start = clamp(snapDown(low), range.first, range.last - SNAP);
  const end = clamp(Math.ceil(high / SNAP) * SNAP, start + SNAP, range.last);
  return { start, end };
}

/** Merges intervals that overlap or touch; the result is sorted. */
export function mergeIntervals(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter((i) => i.end > i.start).sort((a, b) => a.start - b.start);
  const merged: { start: number; end: number }[] = [];
  for (const interval of sorted) {
    const last = merged[merged.length - 1];
    if (last && interval.start <= last.end) last.end = Math.max(last.end, interval.end);
    else merged.push({ start: interval.start, end: interval.end });
  }
  return merged;
}

/** What of `range` is not covered by `intervals`: the closed hours of a column, given the open ones. */
export function complement(intervals: readonly Interval[], range: DayRange): Interval[] {
  const gaps: Interval[] = [];
  let at = range.first;
  for (const interval of mergeIntervals(intervals)) {
    const start = clamp(interval.start, range.first, range.last);
    const end = clamp(interval.end, range.first, range.last);
    if (start > at) gaps.push({ start: at, end: start });
    at = Math.max(at, end);
  }
  if (at < range.last) gaps.push({ start: at, end: range.last });
  return gaps;
}

/** The stretches a receptionist can book: open minus taken. */
export function freeStretches(open: readonly Interval[], taken: readonly Interval[], range: DayRange): Interval[] {
  const notOpen = complement(open, range);
  return complement([...notOpen, ...taken], range);
}

/** Pixels per frame the scroller moves while something is dragged near its edge (0 in the middle). */
export function autoScrollSpeed(pointer: number, low: number, high: number, edge = 48, fastest = 14): number {
  if (pointer < low + edge) return -Math.ceil(fastest * clamp((low + edge - pointer) / edge, 0, 1));
  if (pointer > high - edge) return Math.ceil(fastest * clamp((pointer - (high - edge)) / edge, 0, 1));
  return 0;
}

/**
 * Walking the grid with the arrow keys: appointments and the empty rows between them are the stations. Pure.
 *
 * Up and down visit every appointment of a column in the order it is drawn, and every empty row; left and right keep the
 * time of day. A row that is covered by an appointment is no station of its own.
 */
import { compareSpans, type Span } from './layout';
import { clamp, SNAP, snapDown, type DayRange } from './geometry';

export interface Station {
  readonly column: number;
  /** The time that left and right keep. */
  readonly minute: number;
  /** The appointment, or null for an empty row. */
  readonly id: string | null;
}

export interface WalkGrid {
  readonly columns: readonly (readonly Span[])[];
  readonly range: DayRange;
}

export type WalkKey = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight' | 'PageUp' | 'PageDown' | 'Home' | 'End';

const WALK_KEYS: readonly string[] = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End'];

export function isWalkKey(key: string): key is WalkKey {
  return WALK_KEYS.includes(key);
}

export function walk(grid: WalkGrid, from: Station, key: WalkKey): Station {
  const column = clamp(from.column, 0, Math.max(0, grid.columns.length - 1));
  switch (key) {
    case 'ArrowDown':
      return down(grid, { ...from, column });
    case 'ArrowUp':
      return up(grid, { ...from, column });
    case 'ArrowLeft':
      return stationAt(grid, column - 1, from.minute);
    case 'ArrowRight':
      return stationAt(grid, column + 1, from.minute);
    case 'PageUp':
      return stationAt(grid, column, from.minute - 120);
    case 'PageDown':
      return stationAt(grid, column, from.minute + 120);
    case 'Home':
      return stationAt(grid, column, grid.range.first);
    case 'End':
      return stationAt(grid, column, grid.range.last - SNAP);
  }
}

/** The station at a time of day: what covers that row, or the empty row itself. */
export function stationAt(grid: WalkGrid, wantedColumn: number, wantedMinute: number): Station {
  const column = clamp(wantedColumn, 0, Math.max(0, grid.columns.length - 1));
  const minute = clamp(wantedMinute, grid.range.first, grid.range.last - SNAP);
  const row = snapDown(minute);
  const hit = sortedColumn(grid, column).find((span) => span.start < row + SNAP && span.end > row);
  return { column, minute: hit ? minute : row, id: hit ? hit.id : null };
}

/** Where a station is now that appointments have moved or gone: the same appointment, else the row where it was. */
export function settle(grid: WalkGrid, station: Station): Station {
  if (station.id !== null) {
    for (let column = 0; column < grid.columns.length; column += 1) {
      const span = grid.columns[column]?.find((s) => s.id === station.id);
      if (span) return { column, minute: clamp(station.minute, span.start, Math.max(span.start, span.end - 1)), id: span.id };
    }
  }
  return stationAt(grid, station.column, station.minute);
}

function sortedColumn(grid: WalkGrid, column: number): Span[] {
  return [...(grid.columns[column] ?? [])].sort(compareSpans);
}

function covers(span: Span, row: number): boolean {
  return span.start < row + SNAP && span.end > row;
}

function atSpan(column: number, span: Span): Station {
  return { column, minute: span.start, id: span.id };
}

function down(grid: WalkGrid, from: Station): Station {
  const spans = sortedColumn(grid, from.column);
  const index = from.id === null ? -1 : spans.findIndex((s) => s.id === from.id);
  const here = index >= 0 ? spans[index] : undefined;
  const later = here ? spans.slice(index + 1) : spans.filter((s) => s.start >= from.minute);
  let row = here ? Math.ceil(here.end / SNAP) * SNAP : snapDown(from.minute) + SNAP;
  const next = later[0];
  for (;;) {
    if (next && next.start < row + SNAP) return atSpan(from.column, next);
    if (row >= grid.range.last) return from;
    const cover = spans.find((s) => covers(s, row));
    if (!cover) return { column: from.column, minute: row, id: null };
    row = Math.max(row + SNAP, Math.ceil(cover.end / SNAP) * SNAP);
  }
}

function up(grid: WalkGrid, from: Station): Station {
  const spans = sortedColumn(grid, from.column);
  const index = from.id === null ? -1 : spans.findIndex((s) => s.id === from.id);
  const here = index >= 0 ? spans[index] : undefined;
  const earlier = here ? spans.slice(0, index) : spans.filter((s) => s.start < from.minute);
  const row = snapDown(here ? here.start : from.minute) - SNAP;
  const last = earlier[earlier.length - 1];
  if (last && (earlier.some((s) => covers(s, row)) || last.end > row + SNAP || last.start > row)) return atSpan(from.column, last);
  if (row < grid.range.first) return last ? atSpan(from.column, last) : from;
  return { column: from.column, minute: row, id: null };
}

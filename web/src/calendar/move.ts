/**
 * The keyboard move of an appointment as a state machine. Pure: a state and a key give a state and what is to be done.
 *
 * M starts it, arrows walk (up and down by a row, left and right by a column, with Shift by an hour), [ and ] change the
 * length, Enter drops, Escape puts back. The grid only draws `draft` and says `sentence` aloud.
 */
import { clamp, SNAP, type DayRange } from './geometry';

export interface Place {
  /** Index of the column. */
  readonly column: number;
  readonly start: number;
  readonly end: number;
}

export interface Moving {
  readonly id: string;
  readonly from: Place;
  readonly draft: Place;
}

export type MoveState = Moving | null;

export interface MoveBounds {
  readonly columns: number;
  readonly range: DayRange;
}

export type MoveEffect =
  | { readonly kind: 'none' }
  | { readonly kind: 'moved' }
  | { readonly kind: 'edge' }
  | { readonly kind: 'drop'; readonly id: string; readonly from: Place; readonly to: Place }
  | { readonly kind: 'cancel'; readonly id: string };

export interface MoveStep {
  readonly state: MoveState;
  readonly effect: MoveEffect;
  /** True when the key belongs to the move and must not reach anybody else. */
  readonly handled: boolean;
}

export interface MoveKey {
  readonly key: string;
  readonly shiftKey?: boolean;
}

export function beginMove(id: string, place: Place): Moving {
  return { id, from: place, draft: place };
}

export function samePlace(a: Place, b: Place): boolean {
  return a.column === b.column && a.start === b.start && a.end === b.end;
}

export function stepMove(state: Moving, key: MoveKey, bounds: MoveBounds): MoveStep {
  const step = key.shiftKey ? 60 : SNAP;
  switch (key.key) {
    case 'ArrowUp':
      return shifted(state, slide(state.draft, -step, bounds));
    case 'ArrowDown':
      return shifted(state, slide(state.draft, step, bounds));
    case 'ArrowLeft':
      return shifted(state, toColumn(state.draft, state.draft.column - 1, bounds));
    case 'ArrowRight':
      return shifted(state, toColumn(state.draft, state.draft.column + 1, bounds));
    case 'Home':
      return shifted(state, slide(state.draft, bounds.range.first - state.draft.start, bounds));
    case 'End':
      return shifted(state, slide(state.draft, bounds.range.last - state.draft.end, bounds));
    case '[':
    case '-':
      return shifted(state, stretch(state.draft, -SNAP, bounds));
    case ']':
    case '+':
      return shifted(state, stretch(state.draft, SNAP, bounds));
    case 'Enter':
    case ' ':
      return drop(state);
    case 'Escape':
      return { state: null, effect: { kind: 'cancel', id: state.id }, handled: true };
    case 'Tab':
      // Leaving the grid in the middle of a move would lose it out of sight: put back first.
      return { state: null, effect: { kind: 'cancel', id: state.id }, handled: false };
    default:
      return { state, effect: { kind: 'none' }, handled: key.key.length === 1 };
  }
}

function drop(state: Moving): MoveStep {
  if (samePlace(state.from, state.draft)) return { state: null, effect: { kind: 'cancel', id: state.id }, handled: true };
  return { state: null, effect: { kind: 'drop', id: state.id, from: state.from, to: state.draft }, handled: true };
}

function shifted(state: Moving, draft: Place): MoveStep {
  if (samePlace(draft, state.draft)) return { state, effect: { kind: 'edge' }, handled: true };
  return { state: { ...state, draft }, effect: { kind: 'moved' }, handled: true };
}

/** Moves in time; an appointment off the rows (09:05) first comes onto them. */
function slide(place: Place, by: number, bounds: MoveBounds): Place {
  const length = place.end - place.start;
  const wanted = place.start + by;
  const onRow = by < 0 ? Math.ceil(wanted / SNAP) * SNAP : Math.floor(wanted / SNAP) * SNAP;
  const low = Math.min(bounds.range.first, place.start);
  const high = Math.max(bounds.range.last - length, place.start);
  const start = clamp(onRow, low, high);
  return { ...place, start, end: start + length };
}

function toColumn(place: Place, column: number, bounds: MoveBounds): Place {
  return { ...place, column: clamp(column, 0, Math.max(0, bounds.columns - 1)) };
}

function stretch(place: Place, by: number, bounds: MoveBounds): Place {
  const end = clamp(place.end + by, place.start + SNAP, Math.max(bounds.range.last, place.end));
  return { ...place, end };
}

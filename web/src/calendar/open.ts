/** What stands open over the page: a new appointment, an existing one, blocking of time, the search for a free time. */
import { computed, signal } from '@preact/signals';
import type { BlockedTime, CalendarItem, ConflictDetails, Slot } from '../api/types';
import type { MoveTo } from './actions';

export interface NewRequest {
  readonly clientId?: string;
  readonly clientName?: string;
  readonly providerId?: string;
  readonly resourceId?: string;
  readonly locationId?: string;
  readonly serviceId?: string;
  readonly date?: string;
  readonly minute?: number;
  /** Minutes, when a stretch was selected. */
  readonly length?: number;
}

/** What is wanted of an appointment at once; null: to look at it. */
export type ExistingAct = 'cancel' | 'pay' | null;
export type Editing = { readonly kind: 'new'; readonly request: NewRequest; readonly turn: number } | { readonly kind: 'existing'; readonly id: string; readonly act: ExistingAct; readonly turn: number };

export const editing = signal<Editing | null>(null);
export const blocking = signal<NewRequest | null>(null);
export const unblocking = signal<BlockedTime | null>(null);
export const finding = signal<NewRequest | null>(null);

/** A group session that was opened: its id. */
export const seating = signal<string | null>(null);

/** A free stretch for the waitlist; end null: as long as it is free. */
export interface Gap { readonly providerId: string; readonly start: string; readonly end: string | null }
export const filling = signal<Gap | null>(null);

/** The order of the columns is being changed. */
export const arranging = signal(false);

/** A refused time, for the dialog. */
export interface ConflictCase {
  readonly title: string;
  readonly details: ConflictDetails;
  readonly timeZone: string;
  readonly bookAnyway: ((reason: string) => Promise<void>) | null;
  readonly take: ((slot: Slot) => void) | null;
}
export const conflictCase = signal<ConflictCase | null>(null);

/** One of a series was dragged elsewhere: this one, the following, or all? */
export interface SeriesMove { readonly item: CalendarItem; readonly to: MoveTo }
export const seriesMove = signal<SeriesMove | null>(null);

/** True while any dialog of the calendar is wanted. */
export const dialogWanted = computed(() => (editing.value ?? blocking.value ?? unblocking.value ?? finding.value ?? seating.value ?? conflictCase.value ?? filling.value ?? seriesMove.value) !== null || arranging.value);

/** The appointment that was just booked, moved or found: the grid leads the eye to it. */
export const flash = signal<string | null>(null);

let turn = 0;

/** What a card stands for. */
export function openItem(item: CalendarItem): void {
  if (item.session) seating.value = item.session.id;
  else openExisting(item.id);
}

export function openNew(request: NewRequest): void {
  turn += 1;
  editing.value = { kind: 'new', request, turn };
}

export function openExisting(id: string, act: ExistingAct = null): void {
  turn += 1;
  editing.value = { kind: 'existing', id, act, turn };
}

export function flashItem(id: string): void {
  flash.value = id;
  setTimeout(() => { if (flash.peek() === id) flash.value = null; }, 1800);
}

const LAST_SERVICE = 'clinicd.last-service';

/** The service that was booked last here: the preset of the next booking. */
export function lastService(): string | null {
  try {
    return localStorage.getItem(LAST_SERVICE);
  } catch {
    return null;
  }
}

export function rememberService(id: string): void {
  try {
    localStorage.setItem(LAST_SERVICE, id);
  } catch {
    // Private windows may refuse: there is no preset then.
  }
}

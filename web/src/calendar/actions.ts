/**
 * Changes of appointments, all after one pattern: show at once, send with the version, and on refusal put back.
 *   200            keep what the server answered; a toast offers Undo, which is an ordinary change
 *   412            somebody else was first: put back, read again, say so
 *   409 conflict   put back; a dialog lists what is in the way and the next free times
 *   no answer      put back; a toast offers to try again
 */
import { get, post } from '../api/client';
import type { Appointment, CalendarItem, CalendarRange, ConflictDetails, Slot, Status } from '../api/types';
import { zoneAt } from '../app/data';
import { can } from '../app/session';
import { changing } from '../app/ui/undo';
import { ApiError } from '../lib/http';
import { invalidate, optimistic, setQueryData } from '../lib/query';
import { showClock, formatDate, wallTime } from '../lib/time';
import { announce } from '../ui/Announcer';
import { showToast } from '../ui/Toast';
import { suggestFill } from './gap';
import { displayName } from './names';
import { conflictCase, flashItem, openExisting, seriesMove } from './open';
import { STATUS } from './status';
import { t } from '../app/text';

export interface MoveTo {
  readonly start: string;
  readonly end: string;
  readonly provider_id?: string;
  readonly resource_ids?: readonly string[];
  readonly location_id?: string;
}

export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'CONFLICT_DETECTED';
}

export function isStale(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 412 || (error.status === 409 && error.code !== 'CONFLICT_DETECTED'));
}

/** In words, by the clock of the place. */
export function whenText(instant: string, locationId: string | null): string {
  const wall = wallTime(instant, zoneAt(locationId));
  return `${formatDate(wall.date, 'short')}, ${showClock(wall.minutes)}`;
}

export function toItem(a: Appointment): CalendarItem {
  return {
    id: a.id, client_id: a.client_id, client_name: a.client_name, patient_id: a.patient_id, patient_name: a.patient_name, patient_kind: a.patient_kind,
    service_id: a.service_id, service_name: a.service_name, color: a.service_color, provider_id: a.provider_id, location_id: a.location_id,
    resource_ids: a.resource_ids, start: a.start, end: a.end, status: a.status, notes: a.notes !== null && a.notes !== '', overbooked: a.overbook_reason !== null, parts: a.parts ?? [], lead_min: a.lead_min ?? null, series: a.series_id !== null, owes: a.order_state === 'open' && a.order_paid_minor < a.order_total_minor, version: a.version,
  };
}

function patchItem(id: string, change: (item: CalendarItem) => CalendarItem): () => void {
  return optimistic<CalendarRange>(['calendar'], (old) => ({ ...old, appointments: old.appointments.map((item) => (item.id === id ? change(item) : item)) }));
}

/** Puts the server's answer into everything that is held. */
export function accept(appointment: Appointment): void {
  const item = toItem(appointment);
  optimistic<CalendarRange>(['calendar'], (old) => {
    const inside = item.start < old.to && item.end > old.from;
    const rest = old.appointments.filter((other) => other.id !== item.id);
    return { ...old, appointments: inside ? [...rest, item] : rest };
  });
  setQueryData(['appointment', item.id], appointment);
  invalidate(['appointments']);
}

/** What every refusal but a taken time comes to. */
export function explain(error: unknown, name: string, id: string, again: () => void): void {
  if (isStale(error)) {
    invalidate(['calendar'], ['appointment', id]);
    const text = error.status === 412 ? t('actions.someoneElseChangedIt', { name }) : error.message;
    showToast(text, { danger: true, action: { label: t('actions.show'), run: () => openExisting(id) } });
    return;
  }
  const api = error instanceof ApiError ? error : null;
  if (api && !api.transient) {
    showToast(t('actions.wasPutBack', { name, message: api.message }), { danger: true });
    return;
  }
  showToast(t('actions.wasPutBack2', { name, t: api?.message ?? t('action.wentWrong') }), { danger: true, action: { label: t('lazy.retry'), run: again } });
}

/** One of a series that goes to another time or provider: whether the others go along is asked first. */
export function moveOrAsk(item: CalendarItem, to: MoveTo): void {
  const elsewhere = to.start !== item.start || to.end !== item.end || (to.provider_id !== undefined && to.provider_id !== item.provider_id);
  if (item.series && elsewhere) seriesMove.value = { item, to };
  else void moveItem(item, to);
}

export function moveItem(item: CalendarItem, to: MoveTo, undoable = true): Promise<void> {
  return changing(() => move(item, to, undoable));
}

async function move(item: CalendarItem, to: MoveTo, undoable: boolean): Promise<void> {
  const name = displayName(item);
  const putBack = patchItem(item.id, (old) => ({ ...old, start: to.start, end: to.end, provider_id: to.provider_id ?? old.provider_id, resource_ids: [...(to.resource_ids ?? old.resource_ids)] }));
  try {
    const { data } = await post<Appointment>(`appointments/${item.id}/move`, to, { version: item.version });
    accept(data);
    flashItem(item.id);
    announce(t('actions.movedTo', { name, when: whenText(data.start, data.location_id), providerName: data.provider_name }));
    const back: MoveTo = { start: item.start, end: item.end, provider_id: item.provider_id, resource_ids: item.resource_ids };
    showToast(t('actions.movedTo2', { name, when: whenText(data.start, data.location_id) }), undoable ? { action: { label: t('undo'), run: () => void moveItem(toItem(data), back, false) } } : {});
  } catch (error) {
    putBack();
    if (isConflict(error)) {
      announce(t('actions.thatTimeIsTaken'));
      conflictCase.value = {
        title: t('actions.cannotBeMovedThere', { name }),
        details: error.details as ConflictDetails,
        timeZone: zoneAt(item.location_id),
        bookAnyway: can('schedule.overbook') ? (reason) => forceMove(item, to, reason) : null,
        take: (slot) => void moveItem(item, { ...to, start: slot.start, end: endFor(item, slot), provider_id: slot.provider_id }),
      };
    } else explain(error, name, item.id, () => void moveItem(item, to, undoable));
  }
}

function endFor(item: Pick<CalendarItem, 'start' | 'end'>, slot: Slot): string {
  const length = Date.parse(item.end) - Date.parse(item.start);
  return new Date(Date.parse(slot.start) + length).toISOString().replace('.000Z', 'Z');
}

async function forceMove(item: CalendarItem, to: MoveTo, reason: string): Promise<void> {
  const { data } = await post<Appointment>(`appointments/${item.id}/move`, { ...to, overbook: { reason } }, { version: item.version });
  accept(data);
  flashItem(item.id);
  showToast(t('actions.movedToOverAnother', { name: displayName(item), when: whenText(data.start, data.location_id) }));
}

export function setStatus(item: CalendarItem, status: Status, undoable = true): Promise<void> {
  return changing(() => advance(item, status, undoable));
}

async function advance(item: CalendarItem, status: Status, undoable: boolean): Promise<void> {
  const name = displayName(item);
  const before = item.status;
  const putBack = patchItem(item.id, (old) => ({ ...old, status }));
  try {
    const { data } = await post<Appointment>(`appointments/${item.id}/state`, { status }, { version: item.version });
    accept(data);
    announce(`${name}: ${STATUS[status].label}.`);
    const canUndo = undoable && data.transitions.includes(before);
    showToast(`${name}: ${STATUS[status].label}`, canUndo ? { action: { label: t('undo'), run: () => void setStatus(toItem(data), before, false) } } : {});
  } catch (error) {
    putBack();
    explain(error, name, item.id, () => void setStatus(item, status, undoable));
  }
}

export function cancelItem(item: CalendarItem, reason: string, notify: boolean, money: Record<string, unknown> = {}): Promise<boolean> {
  return changing(() => cancel(item, reason, notify, money));
}

async function cancel(item: CalendarItem, reason: string, notify: boolean, money: Record<string, unknown>): Promise<boolean> {
  const name = displayName(item);
  const putBack = patchItem(item.id, (old) => ({ ...old, status: 'cancelled' }));
  try {
    const { data } = await post<Appointment>(`appointments/${item.id}/cancel`, { ...(reason ? { reason } : {}), notify, ...money }, { version: item.version });
    accept(data);
    announce(t('action.cancelled', { name }));
    showToast(t('action.cancelled', { name }), { action: { label: t('undo'), run: () => void restoreItem(toItem(data)) } });
    void suggestFill(data);
    return true;
  } catch (error) {
    putBack();
    explain(error, name, item.id, () => void cancelItem(item, reason, notify, money));
    return false;
  }
}

export async function restoreItem(item: CalendarItem): Promise<void> {
  const name = displayName(item);
  try {
    const { data } = await post<Appointment>(`appointments/${item.id}/restore`, {}, { version: item.version });
    accept(data);
    flashItem(item.id);
    showToast(t('actions.isBackOn', { name, when: whenText(data.start, data.location_id) }));
  } catch (error) {
    if (isConflict(error)) {
      conflictCase.value = { title: t('actions.cannotBeRestoredThe', { name }), details: error.details as ConflictDetails, timeZone: zoneAt(item.location_id), bookAnyway: null, take: null };
    } else explain(error, name, item.id, () => void restoreItem(item));
  }
}

/** The room's address is given out only when it is open; it opens beside the calendar. */
export async function joinVideo(id: string): Promise<void> {
  try {
    window.open((await get<{ url: string }>(`appointments/${id}/join`)).data.url, '_blank', 'noopener,noreferrer');
  } catch (error) {
    showToast(error instanceof ApiError ? error.message : 'The video room could not be opened', { danger: true });
  }
}

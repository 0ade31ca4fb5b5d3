/**
 * Dragging in the grid: an appointment, its lower edge, or empty time. Mouse and pen start after a few pixels, touch after
 * a long press (until then a finger scrolls). Near an edge the grid scrolls by itself. Escape gives up.
 */
import type { Signal } from '@preact/signals';
import type { CalendarItem } from '../api/types';
import { autoScrollSpeed, dropStart, minuteAt, resizeEnd, selectionOf, type DayRange } from './geometry';
import { displayName } from './names';
import { isDead } from './status';

export interface Ghost {
  readonly column: number;
  readonly start: number;
  readonly end: number;
  /** The first minute of the grid, so that the ghost needs nothing else to be placed. */
  readonly first: number;
  readonly taken: boolean;
  readonly label: string | null;
}

export type DragResult =
  | { readonly kind: 'select'; readonly column: number; readonly start: number; readonly end: number }
  | { readonly kind: 'move'; readonly id: string; readonly fromColumn: number; readonly column: number; readonly start: number; readonly end: number };

export interface DragHost {
  readonly grid: HTMLElement;
  readonly scroller: HTMLElement;
  readonly ghost: Signal<Ghost | null>;
  canWrite(): boolean;
  range(): DayRange;
  find(id: string, column: number): { readonly item: CalendarItem; readonly start: number; readonly end: number } | null;
  taken(column: number, start: number, end: number, except: string | null): boolean;
  done(result: DragResult): void;
}

const SLOP = 4;
const LONG_PRESS = 380;

interface Drag {
  readonly pointer: number;
  readonly kind: 'move' | 'resize' | 'select';
  readonly x: number;
  readonly y: number;
  readonly column: number;
  /** Minute under the pointer when it went down. */
  readonly anchor: number;
  readonly id: string | null;
  readonly start: number;
  readonly end: number;
  readonly label: string | null;
  active: boolean;
  lastX: number;
  lastY: number;
  timer: number;
  frame: number;
  columns: readonly { readonly left: number; readonly right: number }[];
}

export function attachDrag(host: DragHost): () => void {
  let drag: Drag | null = null;
  let swallowClick = false;

  const bodyBox = (): DOMRect | null => host.grid.querySelector('[data-col]')?.getBoundingClientRect() ?? null;
  const minuteOf = (clientY: number): number => {
    const box = bodyBox();
    return box ? minuteAt(clientY - box.top, box.height, host.range()) : 0;
  };

  const begin = (event: PointerEvent): void => {
    swallowClick = false;
    if (drag || event.button !== 0 || !event.isPrimary || !host.canWrite()) return;
    const target = event.target as HTMLElement;
    const columnElement = target.closest<HTMLElement>('[data-col]');
    if (!columnElement || target.closest('[data-next], [data-block]')) return;
    const column = Number(columnElement.dataset['col']);
    const grip = target.closest<HTMLElement>('[data-grip]')?.dataset['grip'];
    const id = grip ?? target.closest<HTMLElement>('[data-id]')?.dataset['id'] ?? null;
    const found = id === null ? null : host.find(id, column);
    if (id !== null && (!found || isDead(found.item.status))) return;
    const anchor = minuteOf(event.clientY);
    drag = {
      pointer: event.pointerId, kind: grip ? 'resize' : id ? 'move' : 'select', x: event.clientX, y: event.clientY, column, anchor, id,
      start: found?.start ?? anchor, end: found?.end ?? anchor, label: found ? displayName(found.item) : null,
      active: false, lastX: event.clientX, lastY: event.clientY, timer: 0, frame: 0, columns: [],
    };
    if (event.pointerType === 'touch') drag.timer = window.setTimeout(activate, LONG_PRESS);
  };

  const activate = (): void => {
    if (!drag || drag.active) return;
    drag.active = true;
    const origin = host.grid.getBoundingClientRect().left;
    drag.columns = [...host.grid.querySelectorAll<HTMLElement>('[data-col]')].map((element) => {
      const box = element.getBoundingClientRect();
      return { left: box.left - origin, right: box.right - origin };
    });
    document.documentElement.classList.add('cal-dragging');
    navigator.vibrate?.(10);
    try {
      host.grid.setPointerCapture(drag.pointer);
    } catch {
      // The pointer may be gone already: the next event ends the drag.
    }
    show();
    drag.frame = requestAnimationFrame(scroll);
  };

  const move = (event: PointerEvent): void => {
    if (!drag || event.pointerId !== drag.pointer) return;
    drag.lastX = event.clientX;
    drag.lastY = event.clientY;
    if (!drag.active) {
      const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > SLOP;
      if (!far) return;
      if (event.pointerType === 'touch') return end();
      activate();
      return;
    }
    show();
  };

  const columnAt = (clientX: number, fallback: number): number => {
    if (!drag) return fallback;
    const x = clientX - host.grid.getBoundingClientRect().left;
    const index = drag.columns.findIndex((c) => x >= c.left && x < c.right);
    if (index >= 0) return index;
    const first = drag.columns[0];
    return first && x < first.left ? 0 : drag.columns.length - 1;
  };

  const place = (): { column: number; start: number; end: number } | null => {
    if (!drag) return null;
    const range = host.range();
    const minute = minuteOf(drag.lastY);
    if (drag.kind === 'select') return { column: drag.column, ...selectionOf(drag.anchor, minute, range) };
    if (drag.kind === 'resize') return { column: drag.column, start: drag.start, end: resizeEnd(drag.start, minute, range) };
    const length = drag.end - drag.start;
    const start = dropStart(minute, drag.anchor - drag.start, length, range);
    return { column: columnAt(drag.lastX, drag.column), start, end: start + length };
  };

  const show = (): void => {
    const at = place();
    if (!drag || !at) return;
    const old = host.ghost.peek();
    if (old && old.column === at.column && old.start === at.start && old.end === at.end) return;
    host.ghost.value = { ...at, first: host.range().first, taken: host.taken(at.column, at.start, at.end, drag.id), label: drag.label };
  };

  const scroll = (): void => {
    if (!drag?.active) return;
    const box = host.scroller.getBoundingClientRect();
    const dy = autoScrollSpeed(drag.lastY, box.top + 60, box.bottom);
    const dx = drag.kind === 'move' ? autoScrollSpeed(drag.lastX, box.left + 56, box.right) : 0;
    if (dx !== 0 || dy !== 0) {
      host.scroller.scrollBy({ left: dx, top: dy, behavior: 'instant' });
      show();
    }
    drag.frame = requestAnimationFrame(scroll);
  };

  const end = (): void => {
    if (!drag) return;
    clearTimeout(drag.timer);
    cancelAnimationFrame(drag.frame);
    document.documentElement.classList.remove('cal-dragging');
    if (host.grid.hasPointerCapture(drag.pointer)) host.grid.releasePointerCapture(drag.pointer);
    host.ghost.value = null;
    drag = null;
  };

  const up = (event: PointerEvent): void => {
    if (!drag || event.pointerId !== drag.pointer) return;
    const { active, id, kind, column: fromColumn, start, end: oldEnd } = drag;
    const at = active ? place() : null;
    end();
    if (!at) return;
    swallowClick = true;
    // The click that follows belongs to the drag; without one (pointer released elsewhere) the next click is free again.
    setTimeout(() => (swallowClick = false), 0);
    if (kind === 'select') host.done({ kind: 'select', ...at });
    else if (id !== null && (at.column !== fromColumn || at.start !== start || at.end !== oldEnd)) host.done({ kind: 'move', id, fromColumn, ...at });
  };

  const click = (event: MouseEvent): void => {
    if (!swallowClick) return;
    swallowClick = false;
    event.preventDefault();
    event.stopPropagation();
  };
  const key = (event: KeyboardEvent): void => {
    if (!drag?.active || event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    // The button is still down: the click of its release is nobody's.
    swallowClick = true;
    end();
  };
  const noScroll = (event: TouchEvent): void => {
    if (drag?.active && event.cancelable) event.preventDefault();
  };
  const noMenu = (event: Event): void => {
    if (drag?.active) event.preventDefault();
  };

  host.grid.addEventListener('pointerdown', begin);
  host.grid.addEventListener('pointermove', move);
  host.grid.addEventListener('pointerup', up);
  host.grid.addEventListener('pointercancel', end);
  host.grid.addEventListener('click', click, true);
  host.grid.addEventListener('contextmenu', noMenu);
  host.grid.addEventListener('touchmove', noScroll, { passive: false });
  window.addEventListener('keydown', key, true);
  return () => {
    end();
    host.grid.removeEventListener('pointerdown', begin);
    host.grid.removeEventListener('pointermove', move);
    host.grid.removeEventListener('pointerup', up);
    host.grid.removeEventListener('pointercancel', end);
    host.grid.removeEventListener('click', click, true);
    host.grid.removeEventListener('contextmenu', noMenu);
    host.grid.removeEventListener('touchmove', noScroll);
    window.removeEventListener('keydown', key, true);
  };
}


/**
 * Keys of the application. Each can be set anew or switched off, all together too (WCAG 2.1.4: single keys must be).
 * A sequence is two keys with a blank ("g c"). What is pressed in a text field is text.
 */
import { signal } from '@preact/signals';
import { t } from './text';

export interface Shortcut {
  readonly id: string;
  readonly label: string;
  readonly group: 'everywhere' | 'calendar' | 'focus';
  readonly preset: string;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { id: 'go.calendar', label: t('page.toCalendar'), group: 'everywhere', preset: 'g c' },
  { id: 'go.flow', label: t('shortcuts.goToTheWaiting'), group: 'everywhere', preset: 'g w' },
  { id: 'go.clients', label: t('shortcuts.goToClients'), group: 'everywhere', preset: 'g p' },
  { id: 'go.settings', label: t('shortcuts.goToSettings'), group: 'everywhere', preset: 'g s' },
  { id: 'new', label: t('new.title'), group: 'everywhere', preset: 'c' },
  { id: 'keys', label: t('shortcuts.showTheShortcuts'), group: 'everywhere', preset: '?' },
  { id: 'today', label: t('calendar.today'), group: 'calendar', preset: 't' },
  { id: 'next', label: t('shortcuts.nextDayWeekOr'), group: 'calendar', preset: 'j' },
  { id: 'previous', label: t('shortcuts.previousDayWeekOr'), group: 'calendar', preset: 'k' },
  { id: 'view.day', label: t('view.day'), group: 'calendar', preset: 'd' },
  { id: 'view.week', label: t('view.week'), group: 'calendar', preset: 'w' },
  { id: 'view.month', label: t('view.month'), group: 'calendar', preset: 'o' },
  { id: 'view.agenda', label: t('view.agenda'), group: 'calendar', preset: 'e' },
  { id: 'find', label: t('find.title'), group: 'calendar', preset: 'f' },
  { id: 'block', label: t('block.blockTime'), group: 'calendar', preset: 'b' },
  { id: 'move', label: t('shortcuts.moveWithTheArrow'), group: 'focus', preset: 'm' },
  { id: 'advance', label: t('shortcuts.nextStateArrivedIn'), group: 'focus', preset: 'a' },
  { id: 'cancel', label: t('shortcuts.cancelAnAppointment'), group: 'focus', preset: 'x' },
  { id: 'pay', label: t('existingAppointment.takePayment'), group: 'focus', preset: 'p' },
  { id: 'gap', label: t('shortcuts.fillAGap'), group: 'focus', preset: 'l' },
];

interface Saved { readonly on: boolean; readonly keys: Readonly<Record<string, string>> }

const STORE = 'clinicd.shortcuts';

export function parseSaved(text: string | null): Saved {
  try {
    const value = JSON.parse(text ?? '{}') as { on?: unknown; keys?: unknown };
    const keys: Record<string, string> = {};
    if (typeof value.keys === 'object' && value.keys !== null) {
      for (const [id, key] of Object.entries(value.keys)) if (typeof key === 'string' && SHORTCUTS.some((s) => s.id === id)) keys[id] = key;
    }
    return { on: value.on !== false, keys };
  } catch {
    return { on: true, keys: {} };
  }
}

function readSaved(): Saved {
  try {
    return parseSaved(localStorage.getItem(STORE));
  } catch {
    return { on: true, keys: {} };
  }
}

export const saved = signal<Saved>(typeof localStorage === 'undefined' ? { on: true, keys: {} } : readSaved());

function save(next: Saved): void {
  saved.value = next;
  try {
    localStorage.setItem(STORE, JSON.stringify(next));
  } catch {
    // Private windows may refuse: then the choice lasts as long as the page.
  }
}

export function setShortcutsOn(on: boolean): void {
  save({ ...saved.value, on });
}

/** key '' switches one off; undefined takes the preset again. */
export function setKey(id: string, key: string | undefined): void {
  const keys = { ...saved.value.keys };
  if (key === undefined) delete keys[id];
  else keys[id] = key.trim().toLowerCase();
  save({ ...saved.value, keys });
}

export function keyOf(id: string): string {
  return saved.value.keys[id] ?? SHORTCUTS.find((s) => s.id === id)?.preset ?? '';
}

/** Another shortcut that has the key already, or null. */
export function clash(id: string, key: string): Shortcut | null {
  return key === '' ? null : (SHORTCUTS.find((s) => s.id !== id && keyOf(s.id) === key) ?? null);
}

/** "G C" */
export function showKey(key: string): string {
  return key.split(' ').map((k) => (k.length === 1 ? k.toUpperCase() : k)).join(' ');
}

export interface KeyLike { readonly key: string; readonly ctrlKey: boolean; readonly metaKey: boolean; readonly altKey: boolean }

export function pressed(event: KeyLike): string | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return null;
  return event.key.toLowerCase();
}

/** For the grid: which of the given actions a single key means. */
export function actionOf(event: KeyLike, ids: readonly string[]): string | null {
  const key = pressed(event);
  if (key === null || !saved.value.on) return null;
  return ids.find((id) => keyOf(id) === key) ?? null;
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio], [type=button]), textarea, select');
}

const SEQUENCE_MS = 1200;

/** Listens on the window; `run` gets the id and answers whether it did something. Returns what stops it. */
export function listen(run: (id: string) => boolean): () => void {
  let first = '';
  let timer = 0;
  const onKey = (event: KeyboardEvent): void => {
    const key = pressed(event);
    if (key === null || !saved.value.on || event.defaultPrevented || isTyping(event.target) || document.querySelector('dialog[open]')) return;
    const whole = first === '' ? key : `${first} ${key}`;
    clearTimeout(timer);
    first = '';
    const hit = SHORTCUTS.find((s) => keyOf(s.id) === whole && s.group !== 'focus');
    if (hit && run(hit.id)) {
      event.preventDefault();
      return;
    }
    if (SHORTCUTS.some((s) => keyOf(s.id).startsWith(`${key} `))) {
      first = key;
      timer = window.setTimeout(() => (first = ''), SEQUENCE_MS);
    }
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}

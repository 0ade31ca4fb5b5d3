import { signal } from '@preact/signals';
import { Button } from './Button';

interface Toast {
  id: number;
  text: string;
  danger: boolean;
  action: { label: string; run: () => void } | null;
}

const SHOW_MS = 10_000;
const TOASTS_MAX = 3;
const toasts = signal<Toast[]>([]);
let counter = 0;

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** A short message at the foot of the page, for ten seconds; with an action (Undo, Try again) when there is one. */
export function showToast(text: string, options: { danger?: boolean; action?: Toast['action'] } = {}): number {
  counter += 1;
  const id = counter;
  toasts.value = [...toasts.value.slice(1 - TOASTS_MAX), { id, text, danger: options.danger ?? false, action: options.action ?? null }];
  setTimeout(() => dismissToast(id), SHOW_MS);
  return id;
}

/** The newest toast until now. */
export const newestToast = (): number => counter;

/** What the newest toast with this action does, of those behind `after`, or null; the toast is taken away. */
export function lastAction(label: string, after = 0): (() => void) | null {
  const toast = [...toasts.value].reverse().find((one) => one.id > after && one.action?.label === label);
  if (!toast?.action) return null;
  dismissToast(toast.id);
  return toast.action.run;
}

/** Put once, near the end of the page. */
export function Toasts({ closeLabel }: { closeLabel: string }) {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div class={toast.danger ? 'toast toast-danger' : 'toast'} key={toast.id}>
          <span>{toast.text}</span>
          {toast.action ? (
            <Button kind="quiet" size="sm" onClick={() => { dismissToast(toast.id); toast.action?.run(); }}>{toast.action.label}</Button>
          ) : null}
          <Button kind="quiet" size="sm" icon="x" aria-label={closeLabel} onClick={() => dismissToast(toast.id)} />
        </div>
      ))}
    </div>
  );
}

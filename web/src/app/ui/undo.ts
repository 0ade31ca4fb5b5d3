/**
 * Undo: offered for ten seconds by a toast, and by Ctrl+Z while it stands there. While a change is under way Ctrl+Z means that one: it
 * waits for the answer, and does nothing when the change was refused.
 */
import { isTyping } from '../shortcuts';
import { lastAction, newestToast, showToast } from '../../ui/Toast';
import { t } from '../text';

export function undoToast(text: string, undo: () => void): void {
  showToast(text, { action: { label: t('undo'), run: undo } });
}

let underWay: { readonly answered: Promise<void>; readonly since: number } | null = null;

/** Runs a change that says in a toast how it is undone. */
export function changing<T>(run: () => Promise<T>): Promise<T> {
  const since = newestToast();
  const work = run();
  const mine = { since, answered: work.then(() => undefined, () => undefined).then(() => { if (underWay === mine) underWay = null; }) };
  underWay = mine;
  return work;
}

/** Listens for Ctrl+Z outside text fields. Returns what stops it. */
export function listenUndo(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== 'z' || isTyping(event.target) || document.querySelector('dialog[open]')) return;
    if (underWay) {
      const { answered, since } = underWay;
      event.preventDefault();
      void answered.then(() => lastAction(t('undo'), since)?.());
      return;
    }
    const run = lastAction(t('undo'));
    if (!run) return;
    event.preventDefault();
    run();
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}

/** Undo: offered for ten seconds by a toast, and by Ctrl+Z while it stands there. */
import { isTyping } from '../shortcuts';
import { lastAction, showToast } from '../../ui/Toast';
import { t } from '../text';

export function undoToast(text: string, undo: () => void): void {
  showToast(text, { action: { label: t('undo'), run: undo } });
}

/** Listens for Ctrl+Z outside text fields. Returns what stops it. */
export function listenUndo(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== 'z' || isTyping(event.target) || document.querySelector('dialog[open]')) return;
    const run = lastAction(t('undo'));
    if (!run) return;
    event.preventDefault();
    run();
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}

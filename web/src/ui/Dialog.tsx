import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Button } from './Button';

interface Props {
  title: string;
  closeLabel: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
  /** Buttons at the end. */
  foot?: ComponentChildren;
}

/** A modal <dialog>: the browser keeps the focus inside, Escape closes, and the focus returns to where it was. */
export function Dialog({ title, closeLabel, onClose, wide = false, children, foot }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Before the next key arrives: whoever types at once types into the dialog.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = box.current;
    dialog?.showModal();
    return () => {
      dialog?.close(); /* while it is open nothing behind it takes the focus */
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={wide ? 'dialog dialog-wide' : 'dialog'}
      aria-labelledby={titleId}
      onCancel={(event) => { event.preventDefault(); onClose(); }}
      onMouseDown={(event) => { if (event.target === box.current) onClose(); }}
    >
      <div class="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <Button kind="quiet" size="sm" icon="x" aria-label={closeLabel} onClick={onClose} />
      </div>
      <div class="dialog-body">{children}</div>
      {foot ? <div class="dialog-foot">{foot}</div> : null}
    </dialog>
  );
}

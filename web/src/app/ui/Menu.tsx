/** A button with a panel below it: <details>-like, closed by Escape, by a click elsewhere, and when the focus leaves. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Icon } from '../../ui/Icon';
import type { IconName } from '../../ui/icons';

interface Props {
  readonly label: string;
  readonly icon?: IconName;
  readonly iconOnly?: boolean;
  readonly buttonClass?: string;
  readonly align?: 'start' | 'end';
  readonly up?: boolean;
  readonly face?: ComponentChildren;
  readonly children: (close: () => void) => ComponentChildren;
}

export function Disclosure({ label, icon, iconOnly, buttonClass = 'btn btn-secondary btn-sm', align = 'end', up, face, children }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    window.addEventListener('pointerdown', outside, true);
    return () => window.removeEventListener('pointerdown', outside, true);
  }, [open]);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div
      class="menu"
      ref={root}
      onKeyDown={(event) => { if (event.key === 'Escape' && open) { event.stopPropagation(); close(); } }}
      onFocusOut={(event) => { if (event.relatedTarget instanceof Node && !root.current?.contains(event.relatedTarget)) setOpen(false); }}
    >
      <button ref={button} type="button" class={`${buttonClass}${iconOnly ? ' btn-icon' : ''}`} aria-expanded={open} aria-controls={id} aria-label={iconOnly ? label : undefined} title={iconOnly || face ? label : undefined} onClick={() => setOpen(!open)}>
        {face ?? (
          <>
            {icon ? <Icon name={icon} /> : null}
            {iconOnly ? null : label}
          </>
        )}
      </button>
      <div id={id} class={`menu-panel menu-${align}${up ? ' menu-up' : ''}`} hidden={!open}>{open ? children(close) : null}</div>
    </div>
  );
}

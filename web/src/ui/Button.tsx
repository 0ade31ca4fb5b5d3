import type { ComponentChildren, JSX, Ref } from 'preact';
import { Icon } from './Icon';
import type { IconName } from './icons';

export type ButtonKind = 'primary' | 'secondary' | 'quiet' | 'danger' | 'danger-quiet';

type Native = Omit<JSX.HTMLAttributes<HTMLButtonElement>, 'size' | 'icon'>;
interface Props extends Native {
  kind?: ButtonKind;
  size?: 'sm' | 'lg';
  icon?: IconName;
  /** Shows that the action runs; a second press does nothing and the button keeps the focus. */
  busy?: boolean;
  block?: boolean;
  type?: 'button' | 'submit';
  /** Id of the form that a submit button outside of it belongs to. */
  form?: string;
  disabled?: boolean;
  buttonRef?: Ref<HTMLButtonElement>;
  children?: ComponentChildren;
}

/** A button that is busy or disabled stays focusable (aria-disabled), so that the focus is never lost. */
export function Button({ kind = 'secondary', size, icon, busy = false, block = false, type = 'button', disabled = false, buttonRef, children, onClick, class: extra, ...rest }: Props) {
  const inert = busy || disabled;
  const iconOnly = children === undefined;
  const classes = ['btn', `btn-${kind}`, size ? `btn-${size}` : '', block ? 'btn-block' : '', iconOnly ? 'btn-icon' : '', extra ?? ''];
  return (
    <button
      {...rest}
      ref={buttonRef}
      type={type}
      class={classes.filter(Boolean).join(' ')}
      aria-disabled={inert ? 'true' : undefined}
      aria-busy={busy ? 'true' : undefined}
      onClick={(event) => {
        if (inert) event.preventDefault();
        else (onClick as ((event: JSX.TargetedMouseEvent<HTMLButtonElement>) => void) | undefined)?.(event);
      }}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon ? <Icon name={icon} /> : null}
      {children}
    </button>
  );
}

import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { formatDate, isPlainDate } from '../lib/time';
import { Icon } from './Icon';

export interface FieldShellProps {
  id: string;
  /** Empty: the control brings its own. */
  label: string;
  hint?: string;
  error?: string | null;
  /** The word behind the label of a field that may stay empty ("optional"). */
  optional?: string;
  children: ComponentChildren;
}

export const describedBy = (id: string, hint?: string, error?: string | null): string | undefined =>
  [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || undefined;

/** After a refused attempt: to the first field that says what is wrong with it, once that is on the page. */
export function focusWrong(inside: Element | null): void {
  requestAnimationFrame(() => inside?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}

/** Label, hint and error around any control; the control sets aria-describedby with describedBy(). */
export function FieldShell({ id, label, hint, error, optional, children }: FieldShellProps) {
  return (
    <div class="field">
      {label ? (
        <label class="field-label" for={id}>
          {label}
          {optional ? <span class="field-optional"> ({optional})</span> : null}
        </label>
      ) : null}
      {hint ? <p class="field-hint" id={`${id}-hint`}>{hint}</p> : null}
      {children}
      {error ? (
        <p class="field-error" id={`${id}-error`}>
          <Icon name="circle-alert" size="sm" />
          <span>{error}</span>
        </p>
      ) : null}
    </div>
  );
}

type Common = Pick<FieldShellProps, 'label' | 'hint' | 'error' | 'optional'> & { id?: string; value: string; onValue: (value: string) => void };
type InputProps = Common & Omit<JSX.InputHTMLAttributes<HTMLInputElement>, 'value' | 'id' | 'label'>;
type AreaProps = Common & Omit<JSX.TextareaHTMLAttributes<HTMLTextAreaElement>, 'value' | 'id' | 'label'>;
type SelectProps = Common & Omit<JSX.SelectHTMLAttributes<HTMLSelectElement>, 'value' | 'id' | 'label'> & { children: ComponentChildren };

/** A browser writes days in its own language, not the clinic's: beside the field stands in words which day it is. */
export const daySaid = (value: string): string | null => (isPlainDate(value) ? formatDate(value, 'full') : null);

export function TextField({ id, label, hint, error, optional, value, onValue, ...rest }: InputProps) {
  const own = useId();
  const at = id ?? own;
  const said = rest.type === 'date' ? daySaid(value) : null;
  return (
    <FieldShell id={at} label={label} hint={hint} error={error} optional={optional}>
      <input
        type="text"
        {...rest}
        id={at}
        class="input"
        value={value}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={[said ? `${at}-said` : '', describedBy(at, hint, error)].filter(Boolean).join(' ') || undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {said ? <p class="field-hint" id={`${at}-said`}>{said}</p> : null}
    </FieldShell>
  );
}

export function TextArea({ id, label, hint, error, optional, value, onValue, ...rest }: AreaProps) {
  const own = useId();
  const at = id ?? own;
  return (
    <FieldShell id={at} label={label} hint={hint} error={error} optional={optional}>
      <textarea
        rows={3}
        {...rest}
        id={at}
        class="input"
        value={value}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={describedBy(at, hint, error)}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </FieldShell>
  );
}

export function SelectField({ id, label, hint, error, optional, value, onValue, children, ...rest }: SelectProps) {
  const own = useId();
  const at = id ?? own;
  return (
    <FieldShell id={at} label={label} hint={hint} error={error} optional={optional}>
      <select
        {...rest}
        id={at}
        class="input"
        value={value}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={describedBy(at, hint, error)}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {children}
      </select>
    </FieldShell>
  );
}

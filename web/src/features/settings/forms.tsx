/** What the sections of the settings share: fields of numbers and colours, saving with the version, the bar with the button. */
import type { ComponentChildren } from 'preact';
import { ApiError } from '../../lib/http';
import { Button } from '../../ui/Button';
import { ErrorSummary } from '../../ui/ErrorSummary';
import { FieldShell, TextField } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import type { Form } from '../../ui/useForm';
import { can } from '../../app/session';

export const mayWrite = (): boolean => can('settings.write');

/** A refused version in words that say what to do. */
export async function withVersion<T>(what: string, save: () => Promise<T>): Promise<T> {
  try {
    return await save();
  } catch (error) {
    if (error instanceof ApiError && error.status === 412) {
      throw new ApiError(412, error.code, `Somebody else changed ${what} while you were typing. Reload the page to see theirs, then change it again.`, {}, error.requestId);
    }
    throw error;
  }
}

/** Text of a number field; empty is null. */
export function numberOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text);
}
export function textOrNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}

interface FrameProps<V extends Record<string, string>> {
  readonly form: Form<V>;
  readonly labels: Partial<Record<keyof V, string>>;
  readonly saveLabel?: string;
  readonly extra?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function FormFrame<V extends Record<string, string>>({ form, labels, saveLabel = 'Save', extra, children }: FrameProps<V>) {
  return (
    <form class="form" noValidate onSubmit={form.onSubmit}>
      <ErrorSummary form={form} title={(count) => `Please check ${count === 1 ? 'one field' : `${count} fields`}`} labels={labels} />
      <fieldset class="stack" disabled={!mayWrite()}>{children}</fieldset>
      {mayWrite() ? (
        <div class="save-bar">
          <Button kind="primary" type="submit" busy={form.busy}>{saveLabel}</Button>
          {form.dirty ? <span class="muted small">Unsaved changes</span> : null}
          {extra}
        </div>
      ) : null}
    </form>
  );
}

interface NumberProps { readonly id: string; readonly name: string; readonly value: string; readonly error: string | null; readonly onValue: (value: string) => void; readonly label: string; readonly hint?: string; readonly min?: number; readonly max?: number; readonly step?: number; readonly required?: boolean; readonly optional?: string; readonly placeholder?: string }

export function NumberField({ min = 0, max = 100_000, step = 1, ...rest }: NumberProps) {
  return <TextField {...rest} type="number" inputMode="numeric" min={min} max={max} step={step} />;
}

interface ColorProps { readonly id: string; readonly name: string; readonly value: string; readonly error: string | null; readonly onValue: (value: string) => void; readonly label: string }

export function ColorField({ id, name, value, error, onValue, label }: ColorProps) {
  const valid = /^#[0-9a-f]{6}$/i.test(value);
  return (
    <FieldShell id={id} label={label} error={error}>
      <div class="color-field">
        <input type="color" aria-label={`${label}: choose`} value={valid ? value : '#000000'} onInput={(event) => onValue(event.currentTarget.value)} />
        <input id={id} name={name} class="input" value={value} pattern="#[0-9a-fA-F]{6}" data-invalid="A colour is # and six digits, like #0f6b5f." aria-invalid={error ? 'true' : undefined} aria-describedby={error ? `${id}-error` : undefined} onInput={(event) => onValue(event.currentTarget.value)} />
      </div>
    </FieldShell>
  );
}

export function Check({ label, checked, onChange }: { readonly label: string; readonly checked: boolean; readonly onChange: (checked: boolean) => void }) {
  return <label class="check"><input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} /> <span>{label}</span></label>;
}

export function Chips({ label, options, chosen, onChange }: { readonly label: string; readonly options: readonly { readonly id: string; readonly name: string }[]; readonly chosen: ReadonlySet<string>; readonly onChange: (next: ReadonlySet<string>) => void }) {
  return (
    <fieldset class="stack-sm">
      <legend class="field-label">{label}</legend>
      <div class="chips">
        {options.map((option) => (
          <label key={option.id} class="chip-check">
            <input
              type="checkbox"
              checked={chosen.has(option.id)}
              onChange={() => {
                const next = new Set(chosen);
                if (!next.delete(option.id)) next.add(option.id);
                onChange(next);
              }}
            />
            {option.name}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function Back({ to, label }: { readonly to: string; readonly label: string }) {
  return <a class="crumb" href={to}><Icon name="chevron-left" size="sm" /> {label}</a>;
}

/** The choice of IANA zones that the browser knows. */
export function zones(current: string): readonly string[] {
  const known = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
  return known.includes(current) ? known : [current, ...known];
}

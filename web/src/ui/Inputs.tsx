/** Fields of one kind of value, on TextField: numbers, days, times of day, colours. */
import { FieldShell, TextField } from './Field';

interface Common {
  readonly id?: string;
  readonly name?: string;
  readonly label: string;
  readonly value: string;
  readonly error?: string | null;
  readonly hint?: string;
  readonly optional?: string;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly placeholder?: string;
  /** What is said when the browser refuses the value. */
  readonly 'data-invalid'?: string;
  readonly onValue: (value: string) => void;
}

export function NumberField({ min = 0, max = 100_000, step = 1, ...rest }: Common & { readonly min?: number; readonly max?: number; readonly step?: number }) {
  return <TextField {...rest} type="number" inputMode="numeric" min={min} max={max} step={step} />;
}

/** A day, YYYY-MM-DD. */
export function DateField(props: Common & { readonly min?: string; readonly max?: string }) {
  return <TextField {...props} type="date" />;
}

/** A time of day on the clinic's clock, HH:MM; typed times need not be on the step. */
export function TimeField({ step = 5, ...rest }: Common & { readonly step?: number }) {
  return <TextField {...rest} type="time" step={step * 60} />;
}

export function ColorField({ id, name, value, error, onValue, label, chooseLabel, invalid }: Common & { readonly id: string; readonly chooseLabel: string; readonly invalid: string }) {
  const valid = /^#[0-9a-f]{6}$/i.test(value);
  return (
    <FieldShell id={id} label={label} error={error}>
      <div class="color-field">
        <input type="color" aria-label={chooseLabel} value={valid ? value : '#000000'} onInput={(event) => onValue(event.currentTarget.value)} />
        <input id={id} name={name} class="input" value={value} pattern="#[0-9a-fA-F]{6}" data-invalid={invalid} aria-invalid={error ? 'true' : undefined} aria-describedby={error ? `${id}-error` : undefined} onInput={(event) => onValue(event.currentTarget.value)} />
      </div>
    </FieldShell>
  );
}

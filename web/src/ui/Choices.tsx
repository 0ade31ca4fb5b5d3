/** Choices: one checkbox, several as chips, one of a few as cards with a sentence each. */
import { useId } from 'preact/hooks';
import { Icon } from './Icon';

interface CheckProps { readonly label: string; readonly hint?: string; readonly checked: boolean; readonly disabled?: boolean; readonly onChange: (checked: boolean) => void }

export function Check({ label, hint, checked, disabled, onChange }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}{hint ? <span class="field-hint check-hint">{hint}</span> : null}</span>
    </label>
  );
}

interface ChipsProps {
  readonly label: string;
  readonly hint?: string;
  readonly options: readonly { readonly id: string; readonly name: string }[];
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (next: ReadonlySet<string>) => void;
}

export function Chips({ label, hint, options, chosen, onChange }: ChipsProps) {
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  };
  return (
    <fieldset class="stack-sm">
      <legend class="field-label">{label}</legend>
      {hint ? <p class="field-hint">{hint}</p> : null}
      <div class="chips">
        {options.map((option) => (
          <label key={option.id} class="chip-check"><input type="checkbox" checked={chosen.has(option.id)} onChange={() => toggle(option.id)} />{option.name}</label>
        ))}
      </div>
    </fieldset>
  );
}

export interface Card<V extends string> { readonly value: V; readonly label: string; readonly text?: string; readonly disabled?: boolean }

interface CardsProps<V extends string> {
  readonly label: string;
  readonly value: V;
  readonly options: readonly Card<V>[];
  readonly error?: string | null;
  readonly onChange: (value: V) => void;
}

export function RadioCards<V extends string>({ label, value, options, error, onChange }: CardsProps<V>) {
  const name = useId();
  return (
    <fieldset class="stack-sm" aria-describedby={error ? `${name}-error` : undefined}>
      <legend class="field-label">{label}</legend>
      <div class="cards">
        {options.map((option) => (
          <label key={option.value} class="card-radio">
            <input type="radio" name={name} value={option.value} checked={option.value === value} disabled={option.disabled} onChange={() => onChange(option.value)} />
            <span><strong>{option.label}</strong>{option.text ? <span class="field-hint">{option.text}</span> : null}</span>
          </label>
        ))}
      </div>
      {error ? <p class="field-error" id={`${name}-error`}><Icon name="circle-alert" size="sm" /><span>{error}</span></p> : null}
    </fieldset>
  );
}

/** One of a few, as buttons side by side. */
import { Icon } from '../../ui/Icon';
import type { IconName } from '../../ui/icons';

export interface Segment<V extends string> { readonly value: V; readonly label: string; readonly icon?: IconName }

interface Props<V extends string> {
  readonly label: string;
  readonly value: V;
  readonly options: readonly Segment<V>[];
  readonly onChange: (value: V) => void;
  readonly iconsOnly?: boolean;
}

export function Segmented<V extends string>({ label, value, options, onChange, iconsOnly }: Props<V>) {
  return (
    <div class="segmented" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === value} aria-label={iconsOnly ? option.label : undefined} title={iconsOnly ? option.label : undefined} onClick={() => { if (option.value !== value) onChange(option.value); }}>
          {option.icon ? <Icon name={option.icon} size="sm" /> : null}
          {iconsOnly ? null : option.label}
        </button>
      ))}
    </div>
  );
}

/** Days of the week as buttons, in the order of the clinic's week. 1 is Monday, 7 is Sunday. */
import { formatDate } from '../../lib/time';
import { session } from '../session';

/** 1 January 2024 was a Monday. */
export function weekdayName(day: number, style: 'weekday' | 'weekdayLong' = 'weekday'): string {
  return formatDate(`2024-01-${String(day).padStart(2, '0')}`, style, session.value?.tenant.locale);
}

/** The days in the order of the clinic's week. */
export function weekOrder(): readonly number[] {
  return Array.from({ length: 7 }, (_, i) => ((weekStart() - 1 + i) % 7) + 1);
}

export function weekStart(): number {
  return session.value?.tenant.week_start ?? 1;
}

interface Props { readonly label: string; readonly value: ReadonlySet<number>; readonly onChange: (value: ReadonlySet<number>) => void; readonly error?: string | null }

export function WeekdayPicker({ label, value, onChange, error }: Props) {
  const toggle = (day: number): void => {
    const next = new Set(value);
    if (!next.delete(day)) next.add(day);
    onChange(next);
  };
  return (
    <fieldset class="stack-sm">
      <legend class="field-label">{label}</legend>
      <div class="chips">
        {weekOrder().map((day) => (
          <label key={day} class="chip-check"><input type="checkbox" checked={value.has(day)} onChange={() => toggle(day)} />{weekdayName(day)}</label>
        ))}
      </div>
      {error ? <p class="field-error">{error}</p> : null}
    </fieldset>
  );
}

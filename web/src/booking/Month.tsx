import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../ui/Icon';
import { addDays, addMonths, endOfMonth, formatDate, monthWeeks, startOfMonth, type PlainDate } from '../lib/time';
import { clampDay, walkDays } from './slots';
import { locale, t } from './text';

interface Props {
  month: PlainDate;
  today: PlainDate;
  last: PlainDate;
  weekStart: number;
  selected: PlainDate | null;
  /** Free times of a day; undefined while they are loading. */
  count: (day: PlainDate) => number | undefined;
  busy: boolean;
  onMonth: (month: PlainDate) => void;
  onDay: (day: PlainDate) => void;
}

/** A month as a grid with one tab stop: arrows walk the days, Page Up and Down the months, Enter chooses. */
export function Month({ month, today, last, weekStart, selected, count, busy, onMonth, onDay }: Props) {
  const first = startOfMonth(month);
  const inMonth = (day: PlainDate): boolean => day.slice(0, 7) === month.slice(0, 7);
  const [cursor, setCursor] = useState<PlainDate>(selected ?? today);
  const grid = useRef<HTMLTableElement>(null);
  const focusNext = useRef(false);
  const lowest = clampDay(first, today, last);
  const tabStop = inMonth(cursor) ? cursor : selected && inMonth(selected) ? selected : lowest;

  useEffect(() => {
    if (!focusNext.current) return;
    focusNext.current = false;
    grid.current?.querySelector<HTMLButtonElement>('button[tabindex="0"]')?.focus();
  }, [cursor, month]);
  useEffect(() => { if (selected) setCursor(selected); }, [selected]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = walkDays(event.key, tabStop, weekStart, getComputedStyle(grid.current as Element).direction === 'rtl');
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const wanted = 'days' in step ? addDays(tabStop, step.days) : addMonths(tabStop, step.months);
    const next = clampDay(wanted, today, last);
    focusNext.current = true;
    setCursor(next);
    if (!inMonth(next)) onMonth(startOfMonth(next));
  };

  const label = (day: PlainDate): string => {
    const date = formatDate(day, 'long', locale()) + (day === today ? ` (${t('day.today')})` : '');
    const free = count(day);
    if (day < today || day > last) return t('day.past', { date });
    if (free === undefined) return date;
    return free > 0 ? t('day.free', { date, count: free }) : t('day.none', { date });
  };

  return (
    <div class="b-month">
      <div class="b-month-head">
        <h2 id="b-month-name" aria-live="polite">{formatDate(first, 'month', locale())}</h2>
        <MonthStep label={t('month.previous')} icon="chevron-left" off={first <= startOfMonth(today)} onStep={() => onMonth(addMonths(first, -1))} />
        <MonthStep label={t('month.next')} icon="chevron-right" off={endOfMonth(first) >= last} onStep={() => onMonth(addMonths(first, 1))} />
      </div>
      <table role="grid" ref={grid} aria-labelledby="b-month-name" aria-busy={busy} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            {(monthWeeks(first, weekStart)[0] ?? []).map((day) => (
              <th key={day} scope="col" abbr={new Intl.DateTimeFormat(locale(), { weekday: 'long', timeZone: 'UTC' }).format(new Date(day))}>
                {formatDate(day, 'weekday', locale()).slice(0, 2)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {monthWeeks(first, weekStart).map((week) => (
            <tr key={week[0]}>
              {week.map((day) => {
                if (!inMonth(day)) return <td key={day} role="gridcell" />;
                const free = count(day) ?? 0;
                const classes = ['b-day', free > 0 ? 'is-free' : '', day === today ? 'is-today' : '', day < today || day > last ? 'is-out' : '', busy ? 'is-busy' : ''];
                return (
                  <td key={day} role="gridcell" aria-selected={day === selected}>
                    <button
                      type="button"
                      class={classes.filter(Boolean).join(' ')}
                      tabIndex={day === tabStop ? 0 : -1}
                      aria-label={label(day)}
                      aria-current={day === today ? 'date' : undefined}
                      aria-disabled={free > 0 ? undefined : 'true'}
                      onClick={() => { setCursor(day); if (free > 0) onDay(day); }}
                    >
                      {Number(day.slice(8))}
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function MonthStep({ label, icon, off, onStep }: { label: string; icon: 'chevron-left' | 'chevron-right'; off: boolean; onStep: () => void }) {
  return (
    <button type="button" class="btn btn-quiet btn-icon" aria-label={label} aria-disabled={off ? 'true' : undefined} onClick={() => { if (!off) onStep(); }}>
      <Icon name={icon} />
    </button>
  );
}

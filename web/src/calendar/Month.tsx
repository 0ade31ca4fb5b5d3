/**
 * The month: a table of days, each with its number and its first appointments. One tab stop: arrow keys walk the days, Enter
 * opens a day, and the appointments of the day one stands on can be reached by Tab.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { CalendarMonth, MonthDay } from '../api/types';
import { useCalendar, useMonth } from '../app/data';
import { session } from '../app/session';
import { t } from '../app/text';
import { Failed } from '../app/ui/Page';
import { weekdayName, weekOrder } from '../app/ui/WeekdayPicker';
import { setQuery } from '../lib/router';
import { addDays, formatDate, instantOf, toInstantText, wallTime } from '../lib/time';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Skeleton } from '../ui/State';
import { clock } from './model';
import { displayName } from './names';
import { openExisting } from './open';
import { STATUS, isHiddenByDefault } from './status';

interface Props {
  readonly date: string;
  /** Whole weeks. */
  readonly dates: readonly string[];
  readonly today: string;
  readonly timeZone: string;
  readonly providers: readonly string[] | null;
  readonly location: string | null;
  readonly providerName: (id: string) => string;
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

export function Month(props: Props) {
  const { dates, date } = props;
  const query = useMonth(dates[0] ?? date, dates[dates.length - 1] ?? date, props.providers, props.location);
  const table = useRef<HTMLTableElement>(null);
  const [here, setHere] = useState(date);
  const [open, setOpen] = useState<string | null>(null);
  const wantFocus = useRef(false);
  useEffect(() => { setOpen(null); setHere(date); }, [date]);
  useLayoutEffect(() => {
    if (!wantFocus.current) return;
    wantFocus.current = false;
    table.current?.querySelector<HTMLElement>(`[data-date="${here}"]`)?.focus();
  }, [here, dates]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    const step = STEPS[event.key];
    if (step === undefined || !target.matches('[data-date]') || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = addDays(here, step);
    wantFocus.current = true;
    setHere(next);
    if (!dates.includes(next)) setQuery({ date: next });
  };
  if (query.error && !query.data) return <div class="cal-wrap"><Failed error={query.error} what={t('calendar.it')} onRetry={query.reload} /></div>;
  const weeks = Array.from({ length: dates.length / 7 }, (_, i) => dates.slice(i * 7, i * 7 + 7));
  return (
    <div class="month" aria-busy={query.loading && !query.data}>
      <table ref={table} onKeyDown={onKeyDown}>
        <caption class="visually-hidden">{t('month.caption', { month: formatDate(date, 'month', session.value?.tenant.locale) })}</caption>
        <thead><tr>{weekOrder().map((day) => <th key={day} scope="col"><abbr title={weekdayName(day, 'weekdayLong')}>{weekdayName(day)}</abbr></th>)}</tr></thead>
        <tbody>
          {weeks.map((week, row) => (
            <tr key={week[0]}>
              {week.map((day, column) => (
                <Cell
                  key={day} {...props} day={day} data={dayOf(query.data, day)} tabStop={day === (dates.includes(here) ? here : date)} inside={day.slice(0, 7) === date.slice(0, 7)}
                  place={`${row > 1 && row >= weeks.length - 2 ? ' month-pop-up' : ''}${column > 3 ? ' month-pop-end' : ''}`} open={open === day}
                  onFocus={() => setHere(day)} onOpen={(on) => setOpen(on ? day : null)}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function dayOf(month: CalendarMonth | undefined, date: string): MonthDay | null | undefined {
  return month ? (month.days.find((day) => day.date === date) ?? null) : undefined;
}

type CellProps = Props & {
  readonly day: string;
  /** undefined: not known yet. */
  readonly data: MonthDay | null | undefined;
  readonly tabStop: boolean;
  readonly inside: boolean;
  readonly place: string;
  readonly open: boolean;
  readonly onFocus: () => void;
  readonly onOpen: (open: boolean) => void;
};

const SHOWN = 3;

function Cell({ day, data, tabStop, inside, place, open, today, timeZone, onFocus, onOpen, ...rest }: CellProps) {
  const total = data?.total ?? 0;
  const first = data?.first ?? [];
  // A fourth appointment takes the line of "+1 more".
  const shown = total === SHOWN + 1 ? first : first.slice(0, SHOWN);
  const long = formatDate(day, 'long', session.value?.tenant.locale);
  const asked = data?.requested ? `, ${t('month.requested', { count: data.requested })}` : '';
  const name = data === undefined ? long : `${long}, ${t('month.count', { count: total })}${asked}`;
  const more = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    onOpen(false);
    more.current?.focus();
  };
  return (
    <td class={`${inside ? '' : 'month-out'}${day === today ? ' month-today' : ''}`} aria-current={day === today ? 'date' : undefined}>
      <button type="button" class="month-day" data-date={day} tabIndex={tabStop ? 0 : -1} aria-label={name} onFocus={onFocus} onClick={() => setQuery({ view: 'day', date: day }, { replace: false })}>
        <span class="month-number">{Number(day.slice(8))}</span>
        {total > 0 ? <span class="month-total">{total}</span> : null}
      </button>
      {data === undefined ? <Skeleton height="0.9rem" width="70%" /> : null}
      <ul class="month-list">
        {shown.map((item) => (
          <li key={item.id}>
            <button type="button" class={`month-item appt-${item.status}`} tabIndex={tabStop ? 0 : -1} style={{ '--c': item.color }} title={STATUS[item.status].label} aria-label={`${clock(wallTime(item.start, timeZone).minutes)} ${item.client_name}, ${rest.providerName(item.provider_id)}, ${STATUS[item.status].label}`} onClick={() => openExisting(item.id)}>
              <span class="dot" aria-hidden="true" /><span class="num">{clock(wallTime(item.start, timeZone).minutes)}</span> <span class="month-name">{item.client_name}</span>
            </button>
          </li>
        ))}
      </ul>
      {total > shown.length ? <button ref={more} type="button" class="month-more" tabIndex={tabStop ? 0 : -1} aria-expanded={open} aria-label={`${t('month.more', { count: total - shown.length })}, ${long}`} onClick={() => onOpen(!open)}>{t('month.more', { count: total - shown.length })}</button> : null}
      {open ? <DayPanel day={day} title={long} place={place} timeZone={timeZone} onClose={close} {...rest} /> : null}
    </td>
  );
}

interface PanelProps { readonly day: string; readonly title: string; readonly place: string; readonly timeZone: string; readonly providers: readonly string[] | null; readonly location: string | null; readonly onClose: () => void; readonly providerName: (id: string) => string }

/** Everything of one day, over the month. */
function DayPanel({ day, title, place, timeZone, providers, location, onClose, providerName }: PanelProps) {
  const box = useRef<HTMLDivElement>(null);
  const range = useCalendar(toInstantText(instantOf(day, 0, timeZone)), toInstantText(instantOf(addDays(day, 1), 0, timeZone)));
  useEffect(() => {
    box.current?.focus();
    const outside = (event: Event): void => { if (!box.current?.contains(event.target as Node)) onClose(); };
    window.addEventListener('pointerdown', outside, true);
    return () => window.removeEventListener('pointerdown', outside, true);
  }, []);
  const items = (range.data?.appointments ?? []).filter((item) => !isHiddenByDefault(item.status) && (!providers || providers.includes(item.provider_id)) && (!location || item.location_id === location)).sort((a, b) => (a.start < b.start ? -1 : 1));
  return (
    <div ref={box} class={`month-pop${place}`} role="dialog" aria-label={title} tabIndex={-1} onKeyDown={(event) => { if (event.key === 'Escape') { event.stopPropagation(); onClose(); } }}>
      <div class="month-pop-head"><strong>{title}</strong><Button kind="quiet" size="sm" icon="x" aria-label={t('dialog.close')} onClick={onClose} /></div>
      {!range.data ? <Skeleton height="6rem" /> : null}
      {range.error && !range.data ? <p class="small muted">{range.error.message}</p> : null}
      <ul>
        {items.map((item) => (
          <li key={item.id}>
            <button type="button" class={`month-item appt-${item.status}`} style={{ '--c': item.color }} onClick={() => openExisting(item.id)}>
              <span class="dot" aria-hidden="true" /><span class="num">{clock(wallTime(item.start, timeZone).minutes)}</span> <span class="month-name">{displayName(item)}</span> <span class="muted month-who">{providerName(item.provider_id)}</span> <Icon name={STATUS[item.status].icon} size="sm" /><span class="visually-hidden">{STATUS[item.status].label}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

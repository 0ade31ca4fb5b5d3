/** The calendar as a list: for phones, and complete for screen readers. */
import type { CalendarItem } from '../api/types';
import { can, session } from '../app/session';
import { formatDate } from '../lib/time';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Skeleton } from '../ui/State';
import { setStatus } from './actions';
import { clock, minutesOn, type ToWall, type Wall } from './model';
import { displayName } from './names';
import { openExisting } from './open';
import { nextStatus, STATUS } from './status';

interface Props {
  readonly dates: readonly string[];
  readonly items: readonly CalendarItem[];
  readonly now: Wall;
  readonly toWall: ToWall;
  readonly providerName: (id: string) => string;
  readonly busy: boolean;
  readonly onBook: (date: string) => void;
}

export function StatusText({ status }: { readonly status: CalendarItem['status'] }) {
  return <span class={`status status-${status}`}><Icon name={STATUS[status].icon} />{STATUS[status].label}</span>;
}

export function Agenda({ dates, items, now, toWall, providerName, busy, onBook }: Props) {
  const byDate = new Map<string, CalendarItem[]>();
  for (const item of [...items].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0))) {
    const date = toWall(item.start).date;
    byDate.set(date, [...(byDate.get(date) ?? []), item]);
  }
  return (
    <div class="agenda" aria-busy={busy} tabIndex={-1}>
      <div class="agenda-inner">
        {dates.map((date) => (
          <section key={date} class="agenda-day" aria-labelledby={`agenda-${date}`}>
            <div class="agenda-head">
              <h2 id={`agenda-${date}`}>
                {formatDate(date, 'long', session.value?.tenant.locale)}
                <span class="muted">{date === now.date ? 'Today' : ''}</span>
              </h2>
              {can('schedule.write') ? <Button kind="quiet" size="sm" icon="plus" aria-label={`Book on ${formatDate(date, 'long')}`} onClick={() => onBook(date)} /> : null}
            </div>
            {busy ? <Skeleton height="3.5rem" /> : <DayList date={date} items={byDate.get(date) ?? []} now={now} toWall={toWall} providerName={providerName} />}
          </section>
        ))}
      </div>
    </div>
  );
}

function DayList({ date, items, now, toWall, providerName }: { readonly date: string; readonly items: readonly CalendarItem[] } & Pick<Props, 'now' | 'toWall' | 'providerName'>) {
  if (items.length === 0) return <p class="agenda-none">No appointments</p>;
  const nowAt = date === now.date ? items.findIndex((item) => toWall(item.start).minute > now.minute) : -1;
  return (
    <ul class="agenda-list">
      {items.map((item, index) => {
        const start = toWall(item.start);
        const span = minutesOn(start, toWall(item.end));
        const next = can('schedule.write') ? nextStatus(item.status) : null;
        return (
          <li key={item.id} class={`agenda-item appt-${item.status}`} style={{ '--c': item.color }}>
            {index === nowAt ? <span class="agenda-nowline" aria-hidden="true" /> : null}
            <button type="button" class="agenda-row" onClick={() => openExisting(item.id)}>
              <span class="agenda-time"><strong>{clock(span.start)}</strong><span class="agenda-end">{clock(span.end)}</span></span>
              <span class="agenda-text">
                <span class="agenda-name appt-name">{displayName(item)}</span>
                <span class="agenda-what">{item.service_name} · {providerName(item.provider_id)}</span>
              </span>
              <StatusText status={item.status} />
            </button>
            {next ? <Button size="sm" class="agenda-next" onClick={() => void setStatus(item, next)} aria-label={`${displayName(item)}: mark as ${STATUS[next].label}`}>{STATUS[next].action}</Button> : null}
          </li>
        );
      })}
    </ul>
  );
}

/** The calendar as a list: for phones, and complete for screen readers. */
import type { VNode } from 'preact';
import type { BlockedTime, CalendarItem } from '../api/types';
import { can, session } from '../app/session';
import { t } from '../app/text';
import { formatDate } from '../lib/time';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Skeleton } from '../ui/State';
import { setStatus } from './actions';
import { seatText } from './card';
import { clock, minutesOn, type ToWall, type Wall } from './model';
import { displayName } from './names';
import { openItem, unblocking } from './open';
import { StatusText } from './StatusText';
import { nextStatus, STATUS } from './status';

interface Props {
  readonly dates: readonly string[];
  readonly items: readonly CalendarItem[];
  readonly blocked: readonly BlockedTime[];
  readonly now: Wall;
  readonly toWall: ToWall;
  readonly providerName: (id: string) => string;
  /** A provider or a chair. */
  readonly nameOf: (id: string) => string;
  readonly busy: boolean;
  readonly onBook: (date: string) => void;
}

/** A day's entries in their order: appointments, and the time that is blocked. */
type Entry = { readonly kind: 'item'; readonly item: CalendarItem; readonly at: Wall } | { readonly kind: 'blocked'; readonly block: BlockedTime; readonly at: Wall };

export function Agenda({ dates, items, blocked, now, toWall, busy, onBook, ...names }: Props) {
  const byDate = new Map<string, Entry[]>();
  const entries: Entry[] = [
    ...items.map((item) => ({ kind: 'item' as const, item, at: toWall(item.start) })),
    ...blocked.map((block) => ({ kind: 'blocked' as const, block, at: toWall(block.start) })),
  ];
  for (const entry of entries.sort((a, b) => (a.at.date < b.at.date ? -1 : a.at.date > b.at.date ? 1 : a.at.minute - b.at.minute))) {
    byDate.set(entry.at.date, [...(byDate.get(entry.at.date) ?? []), entry]);
  }
  const locale = session.value?.tenant.locale;
  return (
    <div class="agenda" aria-busy={busy} tabIndex={-1}>
      <div class="agenda-inner">
        {dates.map((date) => {
          const list = byDate.get(date) ?? [];
          const count = list.filter((entry) => entry.kind === 'item').length;
          return (
            <section key={date} class="agenda-day" aria-labelledby={`agenda-${date}`}>
              <div class="agenda-head">
                <h2 id={`agenda-${date}`}>
                  {formatDate(date, 'long', locale)}
                  <span class="muted">{[date === now.date ? t('calendar.today') : '', count > 0 ? t('month.count', { count }) : ''].filter(Boolean).join(' · ')}</span>
                </h2>
                {can('schedule.write') ? <Button kind="quiet" size="sm" icon="plus" aria-label={t('agenda.book', { day: formatDate(date, 'long', locale) })} onClick={() => onBook(date)} /> : null}
              </div>
              {busy ? <Skeleton height="3.5rem" /> : <DayList date={date} list={list} now={now} toWall={toWall} {...names} />}
            </section>
          );
        })}
      </div>
    </div>
  );
}

function DayList({ date, list, now, toWall, providerName, nameOf }: { readonly date: string; readonly list: readonly Entry[] } & Pick<Props, 'now' | 'toWall' | 'providerName' | 'nameOf'>) {
  if (list.length === 0) return <p class="agenda-none">{t('print.none')}</p>;
  const nowAt = date === now.date ? list.findIndex((entry) => entry.at.minute > now.minute) : -1;
  return (
    <ul class="agenda-list">
      {list.map((entry, index) => {
        const line = index === nowAt ? <span class="agenda-nowline" aria-hidden="true" /> : null;
        if (entry.kind === 'item') return <ItemRow key={entry.item.id} item={entry.item} line={line} toWall={toWall} providerName={providerName} />;
        const span = minutesOn(entry.at, toWall(entry.block.end));
        return (
          <li key={entry.block.id} class="agenda-item agenda-blocked">
            {line}
            <button type="button" class="agenda-row" onClick={() => { unblocking.value = entry.block; }}>
              <span class="agenda-time"><strong>{clock(span.start)}</strong><span class="agenda-end">{clock(span.end)}</span></span>
              <span class="agenda-text"><span class="agenda-name">{entry.block.reason ?? t('print.blocked')}</span><span class="agenda-what">{nameOf(entry.block.subject_id)}</span></span>
              <span class="status"><Icon name="lock" />{t('print.blocked')}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function ItemRow({ item, line, toWall, providerName }: { readonly item: CalendarItem; readonly line: VNode | null } & Pick<Props, 'toWall' | 'providerName'>) {
  const span = minutesOn(toWall(item.start), toWall(item.end));
  const next = can('schedule.write') && !item.session ? nextStatus(item.status) : null;
  return (
    <li class={`agenda-item appt-${item.status}`} style={{ '--c': item.color }}>
      {line}
      <button type="button" class="agenda-row" onClick={() => openItem(item)}>
        <span class="agenda-time"><strong>{clock(span.start)}</strong><span class="agenda-end">{clock(span.end)}</span></span>
        <span class="agenda-text">
          <span class="agenda-name appt-name">{displayName(item)}</span>
          <span class="agenda-what">{item.service_name} · {providerName(item.provider_id)}</span>
        </span>
        {item.session ? <span class="status"><Icon name="users" />{seatText(item)}</span> : <StatusText status={item.status} />}
      </button>
      {next ? <Button size="sm" class="agenda-next" onClick={() => void setStatus(item, next)} aria-label={t('status.mark', { name: displayName(item), status: STATUS[next].label })}>{STATUS[next].action}</Button> : null}
    </li>
  );
}

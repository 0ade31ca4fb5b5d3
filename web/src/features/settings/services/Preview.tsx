/** The next days with the times that a visitor of the booking page would be offered. */
import { get } from '../../../api/client';
import type { Service, Slot } from '../../../api/types';
import { session, zone } from '../../../app/session';
import { useQuery } from '../../../lib/query';
import { addDays, clockOf, formatDate, todayIn, wallTime } from '../../../lib/time';
import { Icon } from '../../../ui/Icon';
import { Skeleton } from '../../../ui/State';
import { t } from '../text';

const DAYS_AHEAD = 14;
const DAYS_SHOWN = 5;
const TIMES_SHOWN = 8;

export function Preview({ service }: { readonly service: Service }) {
  const today = todayIn(zone.value);
  const slots = useQuery<Slot[]>(['slots', 'preview', service.id, service.version], async (signal) => (await get<Slot[]>('calendar/slots', { query: { service_id: service.id, from: today, to: addDays(today, DAYS_AHEAD - 1) }, signal })).data);
  const days = new Map<string, Set<string>>();
  for (const slot of slots.data ?? []) {
    const wall = wallTime(slot.start, zone.value);
    days.set(wall.date, (days.get(wall.date) ?? new Set()).add(clockOf(wall.minutes)));
  }
  return (
    <section class="panel preview" aria-busy={slots.loading}>
      <h2>{t('preview.title')}</h2>
      <p class="muted small">{service.public ? t('preview.lead') : t('preview.hidden')}</p>
      {!slots.data && !slots.error ? <Skeleton height="6rem" /> : null}
      {slots.error ? <p class="muted small">{t('preview.failed', { reason: slots.error.message })}</p> : null}
      {slots.data && days.size === 0 ? <p class="muted small">{t('preview.none')}</p> : null}
      <ul class="preview-days">
        {[...days].slice(0, DAYS_SHOWN).map(([date, times]) => (
          <li key={date}>
            <span>{formatDate(date, 'short')}</span>
            <span class="preview-times">
              {[...times].slice(0, TIMES_SHOWN).map((time) => <span key={time} class="badge num">{time}</span>)}
              {times.size > TIMES_SHOWN ? <span class="muted small">{t('preview.more', { count: times.size - TIMES_SHOWN })}</span> : null}
            </span>
          </li>
        ))}
      </ul>
      {service.public ? <p class="small"><a href={`/book/${session.value?.tenant.slug ?? ''}`} target="_blank" rel="noopener">{t('preview.page')} <Icon name="external-link" size="sm" class="icon-inline" /><span class="visually-hidden"> {t('newTab')}</span></a></p> : null}
    </section>
  );
}

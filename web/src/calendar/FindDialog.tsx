/** The next free times for a service: choose one and book. */
import { useState } from 'preact/hooks';
import { get } from '../api/client';
import type { Slot } from '../api/types';
import { useProviders, useServices, zoneAt } from '../app/data';
import { can, zone } from '../app/session';
import { Failed, Loading } from '../app/ui/Page';
import { useQuery } from '../lib/query';
import { addDays, showClock, formatDate, todayIn, wallTime } from '../lib/time';
import { Dialog } from '../ui/Dialog';
import { SelectField, TextField } from '../ui/Field';
import { Empty } from '../ui/State';
import { finding, lastService, openNew, type NewRequest } from './open';
import { setQuery, address } from '../lib/router';
import { t } from '../app/text';

const DAYS = 14;
const PER_DAY = 12;

export function FindHost() {
  const request = finding.value;
  return request ? <FindDialog request={request} /> : null;
}

function FindDialog({ request }: { readonly request: NewRequest }) {
  const services = useServices().data ?? [];
  const providers = useProviders().data ?? [];
  const today = todayIn(zone.value);
  const [serviceChoice, setService] = useState(request.serviceId ?? lastService() ?? '');
  const [provider, setProvider] = useState(request.providerId ?? '');
  const [from, setFrom] = useState(request.date && request.date > today ? request.date : today);
  const service = services.find((s) => s.id === serviceChoice) ?? services[0];
  const close = (): void => { finding.value = null; };
  const slots = useQuery<Slot[]>(service && from ? ['slots', service.id, provider, from] : null, async (signal) => (await get<Slot[]>('calendar/slots', { query: { service_id: service?.id, provider_id: provider, from, to: addDays(from, DAYS - 1) }, signal })).data);
  const days = new Map<string, Slot[]>();
  for (const slot of slots.data ?? []) {
    const date = wallTime(slot.start, zoneAt(slot.location_id)).date;
    days.set(date, [...(days.get(date) ?? []), slot]);
  }
  const take = (slot: Slot): void => {
    const wall = wallTime(slot.start, zoneAt(slot.location_id));
    close();
    if (address.value.path.startsWith('/app/calendar') || address.value.path === '/app') setQuery({ date: wall.date });
    if (can('schedule.write')) openNew({ ...request, serviceId: service?.id, providerId: slot.provider_id, locationId: slot.location_id, date: wall.date, minute: wall.minutes });
  };
  const name = (id: string): string => providers.find((p) => p.id === id)?.name ?? '';
  return (
    <Dialog wide title={t('find.title')} closeLabel={t('dialog.close')} onClose={close}>
      <div class="form-row">
        <SelectField autoFocus label={t('print.service')} value={service?.id ?? ''} onValue={setService}>{services.map((s) => <option key={s.id} value={s.id}>{s.name} · {s.duration_min} {t('find.min')}</option>)}</SelectField>
        <SelectField label={t('provider')} value={provider} onValue={setProvider}>
          <option value="">{t('find.anybody')}</option>
          {providers.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
        </SelectField>
        <TextField label={t('find.from')} type="date" min={today} value={from} onValue={setFrom} />
      </div>
      {slots.error ? <Failed error={slots.error} what={t('find.theFreeTimes')} onRetry={slots.reload} /> : null}
      {!slots.error && !slots.data ? <Loading what={t('find.freeTimes')} rows={4} /> : null}
      {slots.data && slots.data.length === 0 ? <Empty icon="calendar-x" title={t('find.noFreeTimeIn')} text={t('find.chooseALaterDay')} live /> : null}
      <div class="find-days" role="region" aria-label={t('find.freeTimes2')}>
        {[...days].slice(0, 6).map(([date, list]) => (
          <section key={date}>
            <h3>{formatDate(date, 'long')} <span class="muted small">{list.length} {t('find.free')}</span></h3>
            <ul class="next-times">
              {list.slice(0, PER_DAY).map((slot) => (
                <li key={`${slot.start}${slot.provider_id}`}>
                  <button type="button" class="slot" onClick={() => take(slot)}>
                    <strong class="num">{showClock(wallTime(slot.start, zoneAt(slot.location_id)).minutes)}</strong>
                    <span class="muted">{name(slot.provider_id)}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

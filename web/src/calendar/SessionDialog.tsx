/** A group session as it was opened from the calendar: who has a seat, and another one to give. */
import { get } from '../api/client';
import type { GroupSession } from '../api/types';
import { zoneAt } from '../app/data';
import { can } from '../app/session';
import { Failed, Loading } from '../app/ui/Page';
import { useQuery } from '../lib/query';
import { wallTime } from '../lib/time';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { rangeText } from './ConflictDialog';
import { openExisting, openNew, seating } from './open';
import { t } from '../app/text';

export function SessionHost() {
  const id = seating.value;
  return id ? <SessionDialog id={id} /> : null;
}

const close = (): void => { seating.value = null; };

function SessionDialog({ id }: { readonly id: string }) {
  const query = useQuery<GroupSession>(['groups', id], async (signal) => (await get<GroupSession>(`sessions/${id}`, { signal })).data);
  const s = query.data;
  const free = s ? s.seats - s.taken : 0;
  const add = (): void => {
    if (!s) return;
    const wall = wallTime(s.start, zoneAt(s.location_id));
    close();
    openNew({ serviceId: s.service_id, providerId: s.provider_id, locationId: s.location_id, date: wall.date, minute: wall.minutes });
  };
  return (
    <Dialog
      title={s?.service_name ?? t('groups.session')}
      closeLabel={t('dialog.close')}
      onClose={close}
      foot={s ? (
        <>
          <a class="btn btn-secondary foot-start" href={`/app/groups/${id}`} onClick={close}>{t('groups.whole')}</a>
          {can('schedule.write') && free > 0 ? <Button kind="primary" icon="user-plus" onClick={add}>{t('groups.give')}</Button> : null}
        </>
      ) : undefined}
    >
      {query.error && !s ? <Failed error={query.error} what={t('groups.session')} onRetry={query.reload} /> : null}
      {!s && !query.error ? <Loading what={t('groups.session')} rows={3} /> : null}
      {s ? (
        <>
          <p><span class="num">{rangeText(s.start, s.end, zoneAt(s.location_id))}</span> · {s.provider_name}<br /><strong>{t('card.seats', { taken: s.taken, count: s.seats })}</strong></p>
          <ul class="rows">
            {(s.roster ?? []).map((seat) => (
              <li key={seat.id}><button type="button" class="link-btn row-text" onClick={() => { close(); openExisting(seat.id); }}>{seat.patient_name}</button><span class="muted small">{t('groups.seat', { n: seat.seat_no })}</span></li>
            ))}
          </ul>
        </>
      ) : null}
    </Dialog>
  );
}

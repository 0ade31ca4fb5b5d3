/** Free times for one who waits; a press offers the time and keeps it until it is answered. */
import { useState } from 'preact/hooks';
import { create, get } from '../../api/client';
import type { Slot } from '../../api/types';
import { useProviders } from '../../app/data';
import { session, zone } from '../../app/session';
import { texts } from '../../app/text';
import { DateField, Dialog, Failed, Loading } from '../../app/ui';
import type { ApiError } from '../../lib/http';
import { invalidate, useQuery } from '../../lib/query';
import { addDays, dateIn, formatDate, formatTime, minutesOf, todayIn, wallTime, weekdayOf } from '../../lib/time';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import { showToast } from '../../ui/Toast';
import en from './en.json';
import type { Want } from './types';

const t = texts(en);
const SHOWN = 24;

function suits(want: Want, slot: Slot): boolean {
  const day = dateIn(slot.start, zone.value);
  const from = wallTime(slot.start, zone.value).minutes;
  const to = from + (Date.parse(slot.end) - Date.parse(slot.start)) / 60_000;
  if ((want.not_before && day < want.not_before) || (want.not_after && day > want.not_after)) return false;
  return want.windows.length === 0 || want.windows.some((w) => w.weekday === weekdayOf(day) && from >= minutesOf(w.start) && to <= minutesOf(w.end));
}

export function OfferDialog({ want, onClose }: { readonly want: Want; readonly onClose: () => void }) {
  const today = todayIn(zone.value);
  const [from, setFrom] = useState(want.not_before && want.not_before > today ? want.not_before : today);
  const [busy, setBusy] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const providers = useProviders().data ?? [];
  const query = { service_id: want.service_id, ...(want.provider_id ? { provider_id: want.provider_id } : {}), ...(want.location_id ? { location_id: want.location_id } : {}), from, to: addDays(from, 13) };
  const slots = useQuery<Slot[]>(from ? ['gap', 'slots', want.id, from] : null, async (signal) => (await get<Slot[]>('calendar/slots', { query, signal })).data);
  const fitting = (slots.data ?? []).filter((slot) => suits(want, slot)).slice(0, SHOWN);
  const locale = session.value?.tenant.locale;
  const offer = async (slot: Slot): Promise<void> => {
    setBusy(slot.start + slot.provider_id);
    setError(null);
    try {
      await create(`waitlist/${want.id}/offer`, { start: slot.start, provider_id: slot.provider_id, location_id: slot.location_id });
      showToast(t('offer.done', { name: want.client_name }));
      invalidate(['waitlist'], ['gap'], ['calendar']);
      onClose();
    } catch (failure) {
      setError(t('offer.failed', { reason: (failure as ApiError).message }));
      invalidate(['waitlist'], ['gap'], ['calendar']);
      setBusy(null);
    }
  };
  return (
    <Dialog title={t('offer.to', { name: want.client_name })} closeLabel={t('close')} onClose={onClose}>
      <div class="stack">
        {error ? <Notice tone="danger" live><p>{error}</p></Notice> : null}
        <DateField id="wl-from" name="from" label={t('offer.day')} value={from} error={null} onValue={setFrom} min={today} />
        {slots.error && !slots.data ? <Failed error={slots.error} what={t('offer.times')} onRetry={slots.reload} /> : null}
        {!slots.data && !slots.error ? <Loading what={t('offer.times')} rows={3} /> : null}
        {slots.data && fitting.length === 0 ? <p class="muted">{t('offer.none')}</p> : null}
        {fitting.length > 0 ? (
          <ul class="rows" aria-label={t('offer.times')}>
            {fitting.map((slot) => (
              <li key={slot.start + slot.provider_id}>
                <span class="row-text">
                  <span class="num">{formatDate(dateIn(slot.start, zone.value), 'short', locale)}, {formatTime(slot.start, zone.value, locale)}</span>
                  <span class="muted">{providers.find((p) => p.id === slot.provider_id)?.name ?? ''}</span>
                </span>
                <Button size="sm" busy={busy === slot.start + slot.provider_id} disabled={busy !== null} onClick={() => void offer(slot)}
                  aria-label={`${t('offer')}: ${formatDate(dateIn(slot.start, zone.value), 'short', locale)}, ${formatTime(slot.start, zone.value, locale)}`}>{t('offer')}</Button>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
    </Dialog>
  );
}

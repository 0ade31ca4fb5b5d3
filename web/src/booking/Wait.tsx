/** The page behind "leave the waitlist" in a mail: opening it shows what one waits for, the button leaves. */
import { useState } from 'preact/hooks';
import { get, post } from '../api/client';
import { applyBrand } from '../lib/color';
import { ApiError } from '../lib/http';
import { setQueryData, useQuery } from '../lib/query';
import { formatDate } from '../lib/time';
import { groupWindows, type WeekWindow, type WindowGroup } from '../lib/windows';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';
import { Empty, ErrorState } from '../ui/State';
import { LoadingScreen, ScreenHead, Shell } from './Shell';
import { m } from './more';
import { locale, t } from './text';
import { dayName } from './WaitForm';

interface Waiting {
  readonly status: 'waiting' | 'offered' | 'booked' | 'withdrawn' | 'lapsed';
  readonly service_name: string; readonly provider_name: string | null; readonly location_name: string | null;
  readonly windows: readonly WeekWindow[]; readonly not_before: string | null; readonly not_after: string | null;
  readonly clinic_name: string; readonly slug: string; readonly brand_color: string;
}

function timeWords({ start, end }: WindowGroup): string {
  if (start === '00:00') return end === '24:00' ? '' : ` ${m('wait.time.until', { time: end })}`;
  return ` ${end === '24:00' ? m('wait.time.from', { time: start }) : `${start}–${end}`}`;
}

function whenWords(one: Waiting): string {
  const days = groupWindows(one.windows).map((w) => `${w.days.length === 7 ? m('wait.daily') : w.days.map(dayName).join(', ')}${timeWords(w)}`);
  const dates = [one.not_before ? m('wait.from.date', { date: formatDate(one.not_before, 'long', locale()) }) : '', one.not_after ? m('wait.until.date', { date: formatDate(one.not_after, 'long', locale()) }) : ''];
  return [...days, ...dates].filter(Boolean).join('; ') || m('wait.anytime');
}

export function Wait({ token }: { readonly token: string }) {
  const path = `public/waits/${encodeURIComponent(token)}`;
  const query = useQuery<Waiting>(['wait', token], async (signal) => {
    const { data } = await get<Waiting>(path, { signal });
    applyBrand(data.brand_color);
    return data;
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const one = query.data;
  if (!one) {
    const missing = query.error instanceof ApiError && [404, 422].includes(query.error.status);
    return (
      <Shell clinic={null} bare={query.error !== null}>
        {missing ? <Empty level={1} icon="calendar-x" title={m('offer.missing.title')} text={m('offer.missing.text')} />
          : query.error ? <ErrorState level={1} error={query.error} title={m('stop.failed')} retryLabel={t('retry')} requestLabel={t('error.request')} onRetry={query.reload} />
            : <LoadingScreen />}
      </Shell>
    );
  }
  const leave = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      setQueryData(['wait', token], (await post<Waiting>(path, { action: 'leave' })).data);
    } catch (failure) {
      setError(failure as ApiError);
    } finally {
      setBusy(false);
    }
  };
  const waits = one.status === 'waiting' || one.status === 'offered';
  return (
    <Shell clinic={{ name: one.clinic_name }}>
      <ScreenHead title={m('wait.page')} clinicName={one.clinic_name} quiet />
      {error ? <Notice tone="danger" live><p>{error.message}</p></Notice> : null}
      <Notice tone={waits ? 'info' : 'ok'} live><p>{m(`wait.status.${one.status}`)}</p></Notice>
      <dl class="b-facts">
        <div><dt>{t('summary.service')}</dt><dd>{one.service_name}</dd></div>
        <div><dt>{t('summary.with')}</dt><dd>{one.provider_name ?? t('provider.any')}</dd></div>
        {one.location_name ? <div><dt>{t('summary.where')}</dt><dd>{one.location_name}</dd></div> : null}
        <div><dt>{t('summary.when')}</dt><dd>{whenWords(one)}</dd></div>
      </dl>
      <div class="form-actions">
        {waits ? <Button kind="primary" busy={busy} onClick={() => void leave()}>{m('wait.leave')}</Button>
          : <a class="btn btn-secondary" href={`/book/${encodeURIComponent(one.slug)}`}>{m('offer.book')}</a>}
      </div>
    </Shell>
  );
}

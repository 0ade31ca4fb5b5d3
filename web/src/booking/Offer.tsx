/** A time that has become free, offered to somebody who waits: the link shows it, a press of a button answers. */
import { useRef, useState } from 'preact/hooks';
import { get, post } from '../api/client';
import { applyBrand } from '../lib/color';
import { ApiError } from '../lib/http';
import { setQueryData, useQuery } from '../lib/query';
import { dateIn, formatDate, formatDateTime, formatTimeRange } from '../lib/time';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';
import { Empty, ErrorState } from '../ui/State';
import { getClinic } from './api';
import { LoadingScreen, ScreenHead, Shell } from './Shell';
import { m } from './more';
import { locale, t } from './text';
import { settleZone, zone } from './zone';
import { ZoneSwitch } from './ZoneSwitch';

interface Offered {
  readonly status: 'open' | 'accepted' | 'declined' | 'lapsed' | 'taken_back';
  readonly start: string; readonly end: string; readonly expires_at: string;
  readonly service_name: string; readonly provider_name: string; readonly location_name: string; readonly time_zone: string;
  readonly clinic_name: string; readonly slug: string; readonly phone: string | null; readonly brand_color: string; readonly manage_url: string | null;
}
type Answer = 'accept' | 'decline';

export function Offer({ token }: { token: string }) {
  const path = `public/offers/${encodeURIComponent(token)}`;
  const query = useQuery(['offer', token], async (signal) => {
    const { data } = await get<Offered>(path, { signal });
    applyBrand(data.brand_color);
    settleZone(data.time_zone);
    return data;
  });
  const slug = query.data?.slug;
  const clinic = useQuery(slug ? ['clinic', slug] : null, (signal) => getClinic(slug as string, signal));
  const [busy, setBusy] = useState<Answer | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const message = useRef<HTMLDivElement>(null);
  const offer = query.data;
  if (!offer) {
    const missing = query.error instanceof ApiError && [404, 422].includes(query.error.status);
    return (
      <Shell clinic={null} bare={query.error !== null}>
        {missing ? <Empty level={1} icon="calendar-x" title={m('offer.missing.title')} text={m('offer.missing.text')} />
          : query.error ? <ErrorState level={1} error={query.error} title={m('offer.error')} retryLabel={t('retry')} requestLabel={t('error.request')} onRetry={query.reload} />
            : <LoadingScreen />}
      </Shell>
    );
  }
  const answer = async (action: Answer): Promise<void> => {
    setBusy(action);
    setError(null);
    try {
      setQueryData(['offer', token], (await post<Offered>(path, { action })).data);
    } catch (failure) {
      setError(failure as ApiError);
      if (failure instanceof ApiError && failure.status === 409) query.reload();
    } finally {
      setBusy(null);
      setTimeout(() => message.current?.focus(), 0);
    }
  };
  return (
    <Shell clinic={clinic.data ?? null}>
      <ScreenHead title={m('offer.title')} clinicName={offer.clinic_name} />
      {offer.status === 'open' && !error ? null : (
        <Notice tone={offer.status === 'accepted' ? 'ok' : 'info'} live noticeRef={message}><p>{error && error.status !== 409 ? error.message : m(`offer.status.${offer.status}`)}</p></Notice>
      )}
      <article class={offer.status === 'open' || offer.status === 'accepted' ? 'b-card' : 'b-card is-over'}>
        <div class="b-card-head">
          <h2>{formatDate(dateIn(offer.start, zone.value), 'full', locale())}</h2>
          <p class="b-card-time num"><time dateTime={offer.start}>{formatTimeRange(offer.start, offer.end, zone.value, locale())}</time></p>
          <ZoneSwitch clinicZone={offer.time_zone} at={offer.start} />
        </div>
        <dl class="b-facts">
          <div><dt>{t('summary.service')}</dt><dd>{offer.service_name}</dd></div>
          <div><dt>{t('summary.with')}</dt><dd>{offer.provider_name}</dd></div>
          <div><dt>{t('summary.where')}</dt><dd>{offer.location_name}</dd></div>
        </dl>
      </article>
      {offer.status === 'open' ? (
        <>
          <p class="small muted">{m('offer.until', { time: formatDateTime(offer.expires_at, zone.value, locale()) })}</p>
          <div class="form-actions">
            <Button kind="primary" icon="check" busy={busy === 'accept'} disabled={busy !== null} onClick={() => void answer('accept')}>{m('offer.accept')}</Button>
            <Button busy={busy === 'decline'} disabled={busy !== null} onClick={() => void answer('decline')}>{m('offer.decline')}</Button>
          </div>
        </>
      ) : offer.manage_url ? <p><a class="btn btn-secondary" href={`/b/${offer.manage_url.split('/').pop() ?? ''}`}>{m('offer.manage')}</a></p>
        : <p><a class="btn btn-secondary" href={`/book/${encodeURIComponent(offer.slug)}`}>{m('offer.book')}</a></p>}
    </Shell>
  );
}

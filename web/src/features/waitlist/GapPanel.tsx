/** "Fill this gap": who of the waitlist fits a free stretch of one provider; a press offers it. Shows what is offered there already, live. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { create, get, post } from '../../api/client';
import { useProviders } from '../../app/data';
import { can, session, zone } from '../../app/session';
import { texts } from '../../app/text';
import { Dialog, Empty, Failed, Loading } from '../../app/ui';
import { filling, type Gap } from '../../calendar/open';
import { anHour, stretchOf, type Stretch } from '../../calendar/stretch';
import type { ApiError } from '../../lib/http';
import { invalidate, useQuery } from '../../lib/query';
import { dateIn, formatDate, formatTime, formatTimeRange } from '../../lib/time';
import { announce } from '../../ui/Announcer';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import en from './en.json';
import type { Match, Running } from './types';

const t = texts(en);
const locale = (): string | undefined => session.value?.tenant.locale;
const clock = (instant: string): string => formatTime(instant, zone.value, locale());

/** What is free is looked up once: an offer in it takes time from it, and still belongs to it. */
function useGap(gap: Gap) {
  const found = useRef<Stretch | null>(null);
  return useQuery<{ stretch: Stretch; offers: Running[]; matches: Match[] }>(['gap', gap.providerId, gap.start, gap.end], async (signal) => {
    const stretch = found.current ?? (await stretchOf(gap, signal)) ?? anHour(gap);
    found.current = stretch;
    const [offers, matches] = await Promise.all([
      get<Running[]>('waitlist/offers', { query: { from: stretch.start, to: stretch.end, provider_id: gap.providerId }, signal }),
      get<Match[]>('waitlist/matches', { query: { provider_id: gap.providerId, start: stretch.start, end: stretch.end }, signal }),
    ]);
    return { stretch, offers: offers.data, matches: matches.data };
  });
}

export function GapHost() {
  const gap = filling.value;
  return gap ? <GapPanel key={gap.start + gap.providerId} gap={gap} onClose={() => { filling.value = null; }} /> : null;
}

function GapPanel({ gap, onClose }: { readonly gap: Gap; readonly onClose: () => void }) {
  const query = useGap(gap);
  const provider = useProviders().data?.find((one) => one.id === gap.providerId)?.name ?? '';
  const [busy, setBusy] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const data = query.data;
  const writes = can('schedule.write');
  const act = async (id: string, work: () => Promise<unknown>, said: string): Promise<void> => {
    setBusy(id);
    setError(null);
    try {
      await work();
      announce(said);
    } catch (failure) {
      setError(t('failed', { reason: (failure as ApiError).message }));
    }
    invalidate(['gap'], ['waitlist'], ['calendar']);
    setBusy(null);
  };
  const open = data?.offers.filter((one) => one.status === 'open') ?? [];
  const closed = data?.offers.filter((one) => one.status !== 'open' && one.status !== 'accepted') ?? [];
  return (
    <Dialog title={t('gap.title')} closeLabel={t('close')} onClose={onClose}>
      <div class="stack">
        <p><strong>{provider}</strong>{data ? <span class="num"> · {formatDate(dateIn(data.stretch.start, zone.value), 'long', locale())}, {formatTimeRange(data.stretch.start, data.stretch.end, zone.value, locale())}</span> : null}</p>
        {error ? <Notice tone="danger" live><p>{error}</p></Notice> : null}
        {query.error && !data ? <Failed error={query.error} what={t('gap.what')} onRetry={query.reload} /> : null}
        {!data && !query.error ? <Loading what={t('gap.loading')} rows={3} /> : null}
        {open.length > 0 ? (
          <section class="stack">
            <h3>{t('gap.running')}</h3>
            <ul class="rows">{open.map((one) => <Offer key={one.id} offer={one} busy={busy === one.want_id} off={busy !== null || !writes} onBack={() => void act(one.want_id, () => post(`waitlist/${one.want_id}/take-back`), t('back.done'))} />)}</ul>
          </section>
        ) : null}
        {data && data.matches.length > 0 ? (
          <section class="stack">
            <h3>{t('gap.fits')}</h3>
            <ul class="rows">
              {data.matches.map((one) => (
                <li key={one.want_id}>
                  <span class="row-text">
                    <span><a href={`/app/clients/${one.client_id}`}>{one.client_name}</a>{one.priority > 0 ? <> <span class="badge badge-warn">{t('urgent', { n: one.priority })}</span></> : null}</span>
                    <span class="muted"><span class="num">{clock(one.start)}</span> · {one.service_name}{one.client_phone ? <> · <span class="num">{one.client_phone}</span></> : null}</span>
                    {one.note ? <span class="muted small">{one.note}</span> : null}
                  </span>
                  {writes ? <Button size="sm" busy={busy === one.want_id} disabled={busy !== null} aria-label={t('gap.offer', { name: one.client_name, time: clock(one.start) })} onClick={() => void act(one.want_id, () => create(`waitlist/${one.want_id}/offer`, { start: one.start, provider_id: one.provider_id, location_id: one.location_id }), t('offer.done', { name: one.client_name }))}>{t('gap.do')}</Button> : null}
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        {data && data.matches.length === 0 && open.length === 0 ? <Empty icon="clock" title={t('gap.none')} text={t('gap.none.text')}><a class="btn btn-secondary" href="/app/waitlist">{t('gap.list')}</a></Empty> : null}
        {closed.length > 0 ? (
          <section class="stack">
            <h3>{t('gap.before')}</h3>
            <ul class="rows">{closed.map((one) => <li key={one.id}><span class="row-text"><span>{one.client_name}</span><span class="muted"><span class="num">{clock(one.start)}</span> · {t(`gap.${one.status as 'declined' | 'lapsed' | 'taken_back'}`)}</span></span></li>)}</ul>
          </section>
        ) : null}
      </div>
    </Dialog>
  );
}

function Offer({ offer, busy, off, onBack }: { readonly offer: Running; readonly busy: boolean; readonly off: boolean; readonly onBack: () => void }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.ceil((Date.parse(offer.expires_at) - now) / 60_000));
  const waits = Date.parse(offer.sends_at) > now ? t('gap.sends', { time: clock(offer.sends_at) }) : t('gap.left', { count: left, time: clock(offer.expires_at) });
  return (
    <li>
      <span class="row-text">
        <span><a href={`/app/clients/${offer.client_id}`}>{offer.client_name}</a> <span class="badge badge-warn">{t('status.offered')}</span></span>
        <span class="muted"><span class="num">{clock(offer.start)}</span> · {offer.service_name} · {waits}</span>
      </span>
      <Button size="sm" icon="undo-2" busy={busy} disabled={off} aria-label={t('gap.back', { name: offer.client_name })} onClick={onBack}>{t('back')}</Button>
    </li>
  );
}

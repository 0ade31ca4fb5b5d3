/** What a block would hit, before it is saved: the bookings by name, and how often it repeats. */
import { useEffect, useState } from 'preact/hooks';
import { post } from '../../api/client';
import type { BlockedLook, BookingHit } from '../../api/types';
import { session, zone } from '../../app/session';
import { texts } from '../../app/text';
import { ApiError } from '../../lib/http';
import { formatDateTime } from '../../lib/time';
import { Icon } from '../../ui/Icon';
import { Notice } from '../../ui/Notice';
import en from './en.json';

const t = texts(en);
const WAIT_MS = 250;
const COUNTED_MAX = 500;
const SHOWN = 6;

export interface Looked { readonly look: BlockedLook | null; readonly failure: string | null }

/** Asks a moment after the last change. body null: there is nothing to ask about. */
export function useLook(body: Readonly<Record<string, unknown>> | null): Looked {
  const [look, setLook] = useState<BlockedLook | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const key = body ? JSON.stringify(body) : '';
  useEffect(() => {
    setLook(null);
    setFailure(null);
    if (key === '') return undefined;
    const control = new AbortController();
    const timer = setTimeout(() => {
      post<BlockedLook>('calendar/blocked-preview', JSON.parse(key), { signal: control.signal }).then(
        ({ data }) => setLook(data),
        (error: unknown) => {
          if (control.signal.aborted) return;
          const fields = error instanceof ApiError ? Object.values(error.fields) : [];
          setFailure(fields[0] ?? (error instanceof ApiError ? error.message : t('failed')));
        },
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [key]);
  return { look, failure };
}

export function HitList({ hits, total }: { readonly hits: readonly BookingHit[]; readonly total: number }) {
  const shown = hits.slice(0, SHOWN);
  return (
    <Notice tone="warn" title={total > COUNTED_MAX ? t('manyHits', { count: COUNTED_MAX }) : t('hits', { count: total })}>
      <ul class="block-hits">
        {shown.map((hit) => (
          <li key={hit.appointment_id}><strong>{hit.client_name}</strong> · <span class="num">{formatDateTime(hit.start, zone.value, session.value?.tenant.locale)}</span> · {hit.service_name} · {hit.provider_name}</li>
        ))}
      </ul>
      {total > shown.length ? <p class="small">{t('more', { count: Math.min(total, COUNTED_MAX) - shown.length })}</p> : null}
      <p>{t('stay')}</p>
    </Notice>
  );
}

export function LookResult({ looked, asked }: { readonly looked: Looked; readonly asked: boolean }) {
  const { look, failure } = looked;
  return (
    <div role="status" class="stack-sm">
      {failure ? <Notice tone="warn"><p>{failure.charAt(0).toUpperCase() + failure.slice(1)}</p></Notice> : null}
      {asked && !look && !failure ? <p class="muted small">{t('looking')}</p> : null}
      {look?.sentence ? <p class="small"><Icon name="repeat" size="sm" class="icon-inline" /> {t(look.ends ? 'dates' : 'datesOn', { sentence: look.sentence, count: look.total })}</p> : null}
      {look?.occurrences.some((o) => o.dst_shifted) ? <p class="muted small">{t('shifted')}</p> : null}
      {look && look.hits_total === 0 ? <p class="check-free"><Icon name="circle-check" size="sm" /> {t('nobody')}</p> : null}
      {look && look.hits_total > 0 ? <HitList hits={look.hits} total={look.hits_total} /> : null}
    </div>
  );
}

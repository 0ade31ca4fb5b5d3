/** Where somebody comes back to who paid an order at the card's page and has no appointment's page: paid, not paid, pay again. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, post } from '../api/client';
import { applyBrand } from '../lib/color';
import { ApiError } from '../lib/http';
import { setQueryData, useQuery } from '../lib/query';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';
import { Empty, ErrorState } from '../ui/State';
import { m } from './more';
import { Once } from './once';
import { LoadingScreen, ScreenHead, Shell } from './Shell';
import { priceText } from './Summary';
import { t } from './text';

const ASK_MS = 1500;
const ASKS_MAX = 80; /* two minutes */

interface Result {
  readonly clinic_name: string; readonly brand_color: string; readonly what: string | null; readonly currency: string;
  readonly state: 'paid' | 'processing' | 'preparing' | 'ready' | 'open' | 'over'; readonly url: string | null;
  readonly total_minor: number; readonly paid_minor: number; readonly open_minor: number;
}

export function Paid({ token }: { readonly token: string }) {
  const path = `public/payments/${encodeURIComponent(token)}`;
  const key = ['paid', token];
  const query = useQuery<Result>(key, async (signal) => {
    const { data } = await get<Result>(path, { signal });
    applyBrand(data.brand_color);
    return data;
  });
  const [leaving, setLeaving] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const asks = useRef(0);
  const once = useRef(new Once());
  const now = query.data;
  useEffect(() => { if (leaving && now?.url) window.location.assign(now.url); }, [leaving, now?.url]);
  /* The word of a payment comes after the payer. */
  const waits = now !== undefined && now.state !== 'paid' && now.state !== 'over';
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => {
      if (++asks.current > ASKS_MAX) clearInterval(timer);
      else void get<Result>(path).then(({ data }) => { setError(null); setQueryData(key, data); }, () => setError(m('pay.error')));
    }, ASK_MS);
    return () => clearInterval(timer);
  }, [waits]);
  if (!now) {
    const missing = query.error instanceof ApiError && query.error.status === 404;
    return (
      <Shell clinic={null} bare={query.error !== null}>
        {missing ? <Empty level={1} icon="calendar-x" title={m('paid.missing')} text={m('stop.missing.text')} />
          : query.error ? <ErrorState level={1} error={query.error} title={m('pay.error')} retryLabel={t('retry')} requestLabel={t('error.request')} onRetry={query.reload} />
            : <LoadingScreen />}
      </Shell>
    );
  }
  const pay = async (): Promise<void> => {
    setError(null);
    setLeaving(true);
    asks.current = 0;
    try {
      setQueryData(key, (await post<Result>(path, undefined, { idempotencyKey: once.current.keyFor({ at: Date.now() }) })).data);
    } catch (failure) {
      setLeaving(false);
      setError((failure as Error).message);
    }
  };
  const money = (minor: number): string => priceText(minor, now.currency);
  const payable = now.state === 'open' || now.state === 'ready';
  return (
    <Shell clinic={{ name: now.clinic_name }}>
      <ScreenHead title={m(now.state === 'paid' ? 'paid.title' : now.state === 'over' ? 'paid.over.title' : 'paid.open.title')} clinicName={now.clinic_name} quiet />
      {now.what ? <p>{now.what} · {money(now.total_minor)}</p> : null}
      {error ? <Notice tone="danger" live><p>{error}</p></Notice> : null}
      {now.state === 'paid' ? <Notice tone="ok" live><p>{m('paid.text', { amount: money(now.paid_minor) })}</p></Notice>
        : now.state === 'over' ? <p>{m('paid.over')}</p>
          : <Notice tone="info" live><p>{m(now.state === 'processing' ? 'paid.processing' : 'paid.open', { amount: money(now.open_minor) })}</p></Notice>}
      {payable ? <div class="form-actions"><Button kind="primary" icon="wallet" busy={leaving} onClick={() => void pay()}>{m('pay.now', { due: money(now.open_minor) })}</Button></div>
        : now.state === 'preparing' ? <p class="muted" role="status">{m('pay.preparing')}</p> : null}
    </Shell>
  );
}

/** Priorities and weights: who gets the bookings that are left to the clinic. */
import { useState } from 'preact/hooks';
import { get, put } from '../../../api/client';
import type { Provider, Service, Share } from '../../../api/types';
import { useDirtyGuard } from '../../../app/ui/useDirtyGuard';
import type { ApiError } from '../../../lib/http';
import { invalidate, useQuery } from '../../../lib/query';
import { Button } from '../../../ui/Button';
import { Notice } from '../../../ui/Notice';
import { showToast } from '../../../ui/Toast';
import { mayWrite, withVersion } from '../forms';
import { t } from '../text';

interface Shares { shares: Share[]; version: number }
const PRIORITIES = ['4', '3', '2', '1', '0'] as const;

export function ShareEditor({ service, providers }: { readonly service: Service; readonly providers: readonly Provider[] }) {
  const read = useQuery<Shares>(['shares', service.id, service.version], async (signal) => (await get<Shares>(`services/${service.id}/shares`, { signal })).data);
  const names = new Map(providers.map((p) => [p.id, p.name]));
  if (!read.data || !service.any_provider || read.data.shares.filter((s) => names.has(s.provider_id)).length < 2) return null;
  return <Editor key={read.data.version} service={service} read={read.data} names={names} />;
}

function Editor({ service, read, names }: { readonly service: Service; readonly read: Shares; readonly names: ReadonlyMap<string, string> }) {
  const start = read.shares.filter((s) => names.has(s.provider_id)).sort((a, b) => (names.get(a.provider_id) ?? '').localeCompare(names.get(b.provider_id) ?? ''));
  const [rows, setRows] = useState<readonly Share[]>(start);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const dirty = JSON.stringify(rows) !== JSON.stringify(start);
  const letGo = useDirtyGuard(dirty);
  const set = (id: string, change: Partial<Share>): void => setRows(rows.map((row) => (row.provider_id === id ? { ...row, ...change } : row)));
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await withVersion(t('service.it'), () => put<Shares>(`services/${service.id}/shares`, { shares: rows }, { version: read.version }));
      letGo();
      invalidate(['services'], ['shares']);
      showToast(t('shares.saved'));
    } catch (error) {
      setFailure(error as ApiError);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="panel stack">
      <h2>{t('shares.title')}</h2>
      <p class="muted small">{t('shares.lead')}</p>
      {failure ? <Notice tone="danger" live><p>{failure.message}</p></Notice> : null}
      <form class="stack" noValidate onSubmit={(event) => void save(event)}>
        <fieldset class="stack-sm" disabled={!mayWrite()}>
          <legend class="visually-hidden">{t('shares.title')}</legend>
          <div class="share-grid">
            <span class="muted small">{t('shares.provider')}</span><span class="muted small">{t('shares.priorityHead')}</span><span class="muted small">{t('shares.weightHead')}</span>
            {rows.map((row) => {
              const name = names.get(row.provider_id) ?? '';
              return (
                <>
                  <span class="share-name">{name}</span>
                  <select class="input" aria-label={t('shares.priority', { name })} value={String(row.priority)} onChange={(event) => set(row.provider_id, { priority: Number(event.currentTarget.value) })}>
                    {PRIORITIES.map((p) => <option key={p} value={p}>{t(`shares.p${p}`)}</option>)}
                  </select>
                  <input class="input num" type="number" inputMode="numeric" min={0} max={1000} aria-label={t('shares.weight', { name })} value={row.weight} onInput={(event) => set(row.provider_id, { weight: Number(event.currentTarget.value) })} />
                </>
              );
            })}
          </div>
        </fieldset>
        {mayWrite() ? <div class="form-actions"><Button kind={dirty ? 'primary' : 'secondary'} type="submit" busy={busy} disabled={!dirty}>{t('shares.save')}</Button></div> : null}
      </form>
    </section>
  );
}

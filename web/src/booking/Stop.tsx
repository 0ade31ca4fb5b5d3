/** The page behind "no more reminders" in a mail: opening it changes nothing, the button does. */
import { useState } from 'preact/hooks';
import { get, post } from '../api/client';
import { applyBrand } from '../lib/color';
import { ApiError } from '../lib/http';
import { setQueryData, useQuery } from '../lib/query';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';
import { Empty, ErrorState } from '../ui/State';
import { LoadingScreen, ScreenHead, Shell } from './Shell';
import { m } from './more';
import { t } from './text';

interface ReminderLink { readonly clinic_name: string; readonly brand_color: string; readonly wanted: boolean }

export function Stop({ token }: { readonly token: string }) {
  const path = `public/reminders/${encodeURIComponent(token)}`;
  const query = useQuery<ReminderLink>(['reminders', token], async (signal) => {
    const { data } = await get<ReminderLink>(path, { signal });
    applyBrand(data.brand_color);
    return data;
  });
  const [busy, setBusy] = useState(false);
  const [changed, setChanged] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const link = query.data;
  if (!link) {
    const missing = query.error instanceof ApiError && query.error.status === 404;
    return (
      <Shell clinic={null} bare={query.error !== null}>
        {missing ? <Empty level={1} icon="calendar-x" title={m('stop.missing')} text={m('stop.missing.text')} />
          : query.error ? <ErrorState level={1} error={query.error} title={m('stop.failed')} retryLabel={t('retry')} requestLabel={t('error.request')} onRetry={query.reload} />
            : <LoadingScreen />}
      </Shell>
    );
  }
  const set = async (wanted: boolean): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      setQueryData(['reminders', token], (await post<ReminderLink>(path, { wanted })).data);
      setChanged(true);
    } catch (failure) {
      setError(failure as ApiError);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Shell clinic={{ name: link.clinic_name }}>
      <ScreenHead title={m('stop.title')} clinicName={link.clinic_name} quiet />
      {error ? <Notice tone="danger" live><p>{error.message}</p></Notice> : null}
      {changed ? <Notice tone="ok" live><p>{m(link.wanted ? 'stop.started' : 'stop.stopped')}</p></Notice> : null}
      <p>{m(link.wanted ? 'stop.on' : 'stop.off', { clinic: link.clinic_name })}</p>
      <p class="small muted">{m('stop.note')}</p>
      <div class="form-actions">
        <Button kind={link.wanted ? 'primary' : 'secondary'} busy={busy} onClick={() => void set(!link.wanted)}>{m(link.wanted ? 'stop.submit' : 'stop.again')}</Button>
      </div>
    </Shell>
  );
}

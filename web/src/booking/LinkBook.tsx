/** A visit by a private link: its services, perhaps one provider, perhaps for somebody the clinic knows. */
import type { ComponentType } from 'preact';
import type { OpenedLink, PublicClinic } from '../api/types';
import { applyBrand } from '../lib/color';
import { ApiError } from '../lib/http';
import { useQuery } from '../lib/query';
import { Empty, ErrorState } from '../ui/State';
import { cameBy, getLink } from './api';
import { LoadingScreen, Shell } from './Shell';
import { m } from './more';
import { t } from './text';
import { settleZone } from './zone';

/** Flow comes from the page: it is there already. */
export function LinkBook({ token, Flow }: { token: string; Flow: ComponentType<{ clinic: PublicClinic; known?: string | null }> }) {
  const query = useQuery<OpenedLink>(['link', token], async (signal) => {
    const opened = await getLink(token, signal);
    cameBy(token);
    applyBrand(opened.clinic.brand_color);
    settleZone(opened.clinic.time_zone);
    return opened;
  });
  const opened = query.data;
  if (!opened) {
    const over = query.error instanceof ApiError && [404, 409].includes(query.error.status);
    return (
      <Shell clinic={null} bare={query.error !== null}>
        {over ? <Empty level={1} icon="calendar-x" title={m('link.over.title')} text={m('link.over.text')} />
          : query.error ? <ErrorState level={1} error={query.error} title={t('error.clinic')} retryLabel={t('retry')} requestLabel={t('error.request')} onRetry={query.reload} />
            : <LoadingScreen />}
      </Shell>
    );
  }
  const only = opened.provider_id;
  const clinic: PublicClinic = only ? { ...opened.clinic, services: opened.clinic.services.filter((s) => s.provider_ids.includes(only)).map((s) => ({ ...s, provider_ids: [only] })) } : opened.clinic;
  return <Flow clinic={clinic} known={opened.client_name} />;
}

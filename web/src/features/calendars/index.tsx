/** Outside calendars: Google per provider, and feeds per provider and resource (those of a client stand at the client). */
import type { Provider, Resource } from '../../api/types';
import { useProviders, useResources } from '../../app/data';
import { Avatar, Empty, Failed, Icon, Loading, Notice, Page } from '../../app/ui';
import { can } from '../../app/session';
import { address } from '../../lib/router';
import { Back } from '../settings/forms';
import type { SectionProps } from '../settings/sections';
import { useFeeds } from './api';
import { Feeds } from './Feeds';
import { Google, GoogleState } from './Google';
import { t } from './text';

const RETURNS = ['connected', 'denied', 'expired', 'failed'] as const;

export default function Calendars({ id }: SectionProps) {
  const providers = useProviders();
  const resources = useResources();
  const failed = providers.error && !providers.data ? providers : resources.error && !resources.data ? resources : null;
  if (failed?.error) return <Page narrow title={t('title')}><Failed error={failed.error} what={t('title')} onRetry={failed.reload} /></Page>;
  if (!providers.data || !resources.data) return <Page narrow title={t('title')}><Loading what={t('title')} /></Page>;
  return id === null ? <List providers={providers.data} resources={resources.data} /> : <One provider={providers.data.find((p) => p.id === id)} resource={resources.data.find((r) => r.id === id)} />;
}

function List({ providers, resources }: { readonly providers: readonly Provider[]; readonly resources: readonly Resource[] }) {
  const feeds = useFeeds(null).data;
  const count = (id: string): string => {
    const n = feeds?.filter((f) => f.subject_id === id).length ?? 0;
    return n > 0 ? t('feeds.count', { count: n }) : t('feeds.noneShort');
  };
  const how = RETURNS.find((one) => one === address.value.query.get('google'));
  return (
    <Page narrow title={t('title')} lead={t('lead')}>
      {how ? <Notice live tone={how === 'connected' ? 'ok' : 'warn'}><p>{t(`back.${how}`)}</p></Notice> : null}
      {providers.length === 0 ? <Empty icon="calendar" title={t('title')} text={t('noProviders')} /> : null}
      {providers.length > 0 ? <h2 class="calendars-group">{t('providers')}</h2> : null}
      <ul class="rows">
        {providers.map((p) => (
          <li key={p.id}>
            <Avatar name={p.name} color={p.color} />
            <span class="row-text"><a class="row-link" href={`/app/settings/calendars/${p.id}`}>{p.name}</a><span class="muted">{count(p.id)}</span></span>
            <GoogleState provider={p.id} />
            <Icon name="chevron-right" size="sm" class="cell-dim" />
          </li>
        ))}
      </ul>
      {resources.length > 0 ? <h2 class="calendars-group">{t('resources')}</h2> : null}
      <ul class="rows">
        {resources.map((r) => (
          <li key={r.id}>
            <Icon name="monitor" />
            <span class="row-text"><a class="row-link" href={`/app/settings/calendars/${r.id}`}>{r.name}</a><span class="muted">{count(r.id)}</span></span>
            <Icon name="chevron-right" size="sm" class="cell-dim" />
          </li>
        ))}
      </ul>
    </Page>
  );
}

function One({ provider, resource }: { readonly provider: Provider | undefined; readonly resource: Resource | undefined }) {
  const back = <Back to="/app/settings/calendars" label={t('back')} />;
  const row = provider ?? resource;
  if (!row) return <Page narrow title={t('title')} before={back}><Empty icon="circle-help" title={t('notFound')} /></Page>;
  return (
    <Page narrow title={row.name} before={back}>
      <div class="stack">
        {provider ? <Google key={provider.id} provider={provider} /> : null}
        {can('schedule.write') ? <Feeds key={row.id} kind={provider ? 'provider' : 'resource'} subject={row.id} /> : null}
      </div>
    </Page>
  );
}

/** What the three lists have around them. */
import type { ComponentChildren } from 'preact';
import { Failed, LinkTabs, Loading, Page } from '../../app/ui';
import type { QueryState } from '../../lib/query';
import { t } from './text';

type Name = 'plans' | 'claims' | 'corrections';
const HREF: Readonly<Record<Name, string>> = { plans: '/app/wallets', claims: '/app/wallets/claims', corrections: '/app/wallets/corrections' };

export function Frame({ name, actions, children }: { readonly name: Name; readonly actions?: ComponentChildren; readonly children: ComponentChildren }) {
  const tabs = (['plans', 'claims', 'corrections'] as const).map((one) => ({ href: HREF[one], label: t(`tab.${one}`), current: one === name }));
  return (
    <Page narrow title={t('title')} part={t(`tab.${name}`)} lead={t(`lead.${name}`)} actions={actions}>
      <LinkTabs label={t('title')} tabs={tabs} />
      {children}
    </Page>
  );
}

/** A failure or the waiting, or what was read. */
export function Loaded<T>({ query, what, children }: { readonly query: QueryState<T>; readonly what: string; readonly children: (data: T) => ComponentChildren }) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  return query.error ? <Failed error={query.error} what={what} onRetry={query.reload} /> : <Loading what={what} rows={5} />;
}

/** Corrections of wallets that wait for a second person. */
import { get, post } from '../../api/client';
import { can, session, zone } from '../../app/session';
import { Button, Empty, Table, type Column } from '../../app/ui';
import { useQuery } from '../../lib/query';
import { formatDateTime } from '../../lib/time';
import { Frame, Loaded } from './Frame';
import { locale, money, run, t } from './text';
import type { Adjustment } from './types';

export function Corrections() {
  const query = useQuery<Adjustment[]>(['wallets', 'corrections'], async (signal) => (await get<Adjustment[]>('wallet-adjustments', { signal })).data);
  return (
    <Frame name="corrections">
      <Loaded query={query} what={t('tab.corrections')}>
        {(rows) => (rows.length === 0 ? <Empty icon="circle-check" title={t('correction.none')} /> : <Table caption={t('tab.corrections')} columns={COLUMNS} rows={rows} rowKey={(row) => row.id} />)}
      </Loaded>
    </Frame>
  );
}

/** Nobody decides on the own. */
function Decide({ row }: { readonly row: Adjustment }) {
  if (!can('wallets.approve')) return null;
  if (row.asked_by === session.value?.member.id) return <span class="muted">{t('correction.own')}</span>;
  const decide = (how: 'approve' | 'refuse', done: string): void => void run(() => post(`wallet-adjustments/${row.id}/${how}`), done);
  return (
    <>
      <Button size="sm" kind="primary" aria-label={t('correction.approveOf', { name: row.client_name })} onClick={() => decide('approve', t('correction.approved'))}>{t('correction.approve')}</Button>
      <Button size="sm" kind="danger-quiet" aria-label={t('correction.refuseOf', { name: row.client_name })} onClick={() => decide('refuse', t('correction.refused'))}>{t('correction.refuse')}</Button>
    </>
  );
}

const COLUMNS: readonly Column<Adjustment>[] = [
  { key: 'client', head: t('client'), cell: (row) => <>{row.client_name}<br /><span class="muted">{row.reason}</span></> },
  { key: 'amount', head: t('amount'), num: true, nowrap: true, cell: (row) => money(row.amount_minor, row.unit) },
  { key: 'by', head: t('correction.by'), dim: true, hideSmall: true, cell: (row) => <>{row.asked_by_name}<br />{formatDateTime(row.created_at, zone.value, locale())}</> },
  { key: 'act', head: t('actions'), cell: (row) => <span class="wallet-acts"><Decide row={row} /></span> },
];

/** The money tab of a client: what is open, and every order. */
import { get } from '../../api/client';
import { Empty, Failed, Loading, Table } from '../../app/ui';
import { useQuery } from '../../lib/query';
import { ORDER_COLUMNS } from './index';
import { money, t, when } from './text';
import type { OrderHead } from './types';

const COLUMNS = [{ key: 'when', head: t('when'), cell: (o: OrderHead) => <a class="table-link" href={`/app/orders/${o.id}`}>{when(o.created_at)}</a> }, ...ORDER_COLUMNS.filter((c) => c.key !== 'who' && c.key !== 'when')];

export function ClientMoney({ clientId }: { readonly clientId: string }) {
  const list = useQuery<OrderHead[]>(['orders', 'client', clientId], async (signal) => (await get<OrderHead[]>('orders', { query: { client_id: clientId, limit: 100 }, signal })).data);
  const rows = list.data;
  if (!rows) return list.error ? <Failed error={list.error} what={t('what')} onRetry={list.reload} /> : <Loading what={t('what')} />;
  if (rows.length === 0) return <Empty icon="wallet" title={t('empty.client')} text={t('empty.clientText')} />;
  const currency = rows[0]?.currency ?? 'EUR';
  const sum = (pick: (o: OrderHead) => number): string => money(rows.filter((o) => o.currency === currency).reduce((all, o) => all + pick(o), 0), currency);
  return (
    <>
      <dl class="facts">
        <div><dt>{t('facts.open')}</dt><dd class="num">{sum((o) => o.open_minor)}</dd></div>
        <div><dt>{t('facts.paid')}</dt><dd class="num">{sum((o) => o.paid_minor)}</dd></div>
        <div><dt>{t('facts.refunded')}</dt><dd class="num">{sum((o) => o.refunded_minor)}</dd></div>
      </dl>
      <Table caption={t('all')} columns={COLUMNS} rows={rows} rowKey={(o) => o.id} />
    </>
  );
}

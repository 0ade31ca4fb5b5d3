/** The money tab of a client: all orders added up, and the newest of them. */
import { get } from '../../api/client';
import { can } from '../../app/session';
import { Empty, Failed, Icon, Loading, Table } from '../../app/ui';
import { useQuery } from '../../lib/query';
import { ORDER_COLUMNS } from './index';
import { money, t, when } from './text';
import type { OrderHead } from './types';

interface Sum { readonly currency: string; readonly orders: number; readonly open_minor: number; readonly paid_minor: number; readonly refunded_minor: number }
const SHOWN = 100;
const COLUMNS = [{ key: 'when', head: t('when'), cell: (o: OrderHead) => <a class="table-link" href={`/app/orders/${o.id}`}>{when(o.created_at)}</a> }, ...ORDER_COLUMNS.filter((c) => c.key !== 'who' && c.key !== 'when')];

export function ClientMoney({ clientId }: { readonly clientId: string }) {
  const list = useQuery<OrderHead[]>(['orders', 'client', clientId], async (signal) => (await get<OrderHead[]>('orders', { query: { client_id: clientId, limit: SHOWN }, signal })).data);
  const sums = useQuery<Sum[]>(['orders', 'sum', clientId], async (signal) => (await get<Sum[]>(`clients/${clientId}/money`, { signal })).data);
  const rows = list.data;
  const make = can('orders.write') ? <a class="btn btn-secondary btn-sm" href={`/app/orders/new?client=${clientId}`}><Icon name="plus" /> {t('sell')}</a> : null;
  if (!rows) return list.error ? <Failed error={list.error} what={t('what')} onRetry={list.reload} /> : <Loading what={t('what')} />;
  if (rows.length === 0) return <Empty icon="wallet" title={t('empty.client')} text={t('empty.clientText')}>{make}</Empty>;
  const all = (sums.data ?? []).reduce((n, one) => n + one.orders, 0);
  return (
    <>
      {sums.error && !sums.data ? <Failed error={sums.error} what={t('what')} onRetry={sums.reload} /> : null}
      {(sums.data ?? []).map((one) => (
        <dl key={one.currency} class="facts">
          <div><dt>{t('facts.open')}</dt><dd class="num">{money(one.open_minor, one.currency)}</dd></div>
          <div><dt>{t('facts.paid')}</dt><dd class="num">{money(one.paid_minor, one.currency)}</dd></div>
          <div><dt>{t('facts.refunded')}</dt><dd class="num">{money(one.refunded_minor, one.currency)}</dd></div>
        </dl>
      ))}
      {make ? <p class="order-acts">{make}</p> : null}
      <Table caption={t('all')} columns={COLUMNS} rows={rows} rowKey={(o) => o.id} />
      {all > rows.length ? <p class="muted small">{t('newestOf', { shown: rows.length, all })}</p> : null}
    </>
  );
}

/** Orders, payments and refunds: the lists, and a new order. */
import type { ComponentChildren } from 'preact';
import { get } from '../../api/client';
import type { Client } from '../../api/types';
import type { ScreenProps } from '../../app/routes';
import { Screens, type ScreenList } from '../../app/Screens';
import { can } from '../../app/session';
import { Empty, Failed, Icon, LinkTabs, Loading, Page, Table, type Column } from '../../app/ui';
import { lazyDialog } from '../../app/lazy';
import type { Reply } from '../../lib/http';
import { useQuery } from '../../lib/query';
import { address } from '../../lib/router';
import { money, t, when } from './text';
import type { OrderHead, PaymentItem, RefundItem } from './types';
import { Back, One, PaymentState, RefundState, Standing } from './View';

const LinesForm = lazyDialog(async () => (await import('./Lines')).LinesForm);
const LIST: ScreenList = [['', All], ['open', Open], ['payments', Payments], ['refunds', Refunds], ['new', New], [':id', One]];
export default function Orders({ rest }: ScreenProps) { return <Screens rest={rest} list={LIST} />; }

type Part = 'orders' | 'open' | 'payments' | 'refunds';
interface ListProps<T> { readonly part: Part; readonly path: string; readonly query: Record<string, string>; readonly columns: readonly Column<T>[] }

/** One of the lists, newest first; older rows by the place where the last page ended. */
function List<T extends { id: string }>({ part, path, query, columns }: ListProps<T>) {
  const cursor = address.value.query.get('cursor') ?? '';
  const list = useQuery<Reply<T[]>>([path, part, cursor], (signal) => get<T[]>(path, { query: { ...query, ...(cursor ? { cursor } : {}) }, signal }));
  const rows = list.data?.data;
  const next = list.data?.meta.pagination?.next_cursor;
  const here = part === 'orders' ? '/app/orders' : `/app/orders/${part}`;
  return (
    <Frame part={part}>
      {list.error && !rows ? <Failed error={list.error} what={t('what')} onRetry={list.reload} /> : null}
      {!rows && !list.error ? <Loading what={t('what')} /> : null}
      {rows && rows.length === 0 ? <Empty icon="wallet" title={t(`empty.${part}`)} text={t(`empty.${part}Text`)} /> : null}
      {rows && rows.length > 0 ? <Table caption={t(part === 'orders' ? 'all' : part)} columns={columns} rows={rows} rowKey={(row) => row.id} /> : null}
      {cursor || next ? <p class="pager">{cursor ? <a href={here}>{t('newest')}</a> : null}{next ? <a href={`${here}?cursor=${encodeURIComponent(next)}`}>{t('older')}</a> : null}</p> : null}
    </Frame>
  );
}

function Frame({ part, children }: { readonly part: Part; readonly children: ComponentChildren }) {
  const tabs = (['orders', 'open', 'payments', 'refunds'] as const).map((one) => ({ href: one === 'orders' ? '/app/orders' : `/app/orders/${one}`, label: t(one === 'orders' ? 'all' : one), current: one === part }));
  return (
    <Page title={t('title')} part={t(part === 'orders' ? 'all' : part)} lead={t('lead')} actions={can('orders.write') ? <a class="btn btn-primary btn-sm" href="/app/orders/new"><Icon name="plus" /> {t('sell')}</a> : undefined}>
      <LinkTabs label={t('parts')} tabs={tabs} />
      {children}
    </Page>
  );
}

const name = (row: { client_name: string | null }): string => row.client_name ?? t('desk');
export const ORDER_COLUMNS: readonly Column<OrderHead>[] = [
  { key: 'who', head: t('who'), cell: (o) => <a class="table-link order-who" href={`/app/orders/${o.id}`}>{name(o)}</a> },
  { key: 'when', head: t('when'), dim: true, nowrap: true, fold: true, cell: (o) => when(o.created_at) },
  { key: 'total', head: t('total'), num: true, nowrap: true, cell: (o) => money(o.total_minor, o.currency) },
  { key: 'open', head: t('openAmount'), num: true, nowrap: true, hideSmall: true, cell: (o) => (o.open_minor ? money(o.open_minor, o.currency) : '–') },
  { key: 'state', head: t('state'), cell: (o) => <Standing order={o} /> },
];
const PAYMENT_COLUMNS: readonly Column<PaymentItem>[] = [
  { key: 'who', head: t('who'), cell: (p) => <a class="table-link order-who" href={`/app/orders/${p.order_id}`}>{name(p)}</a> },
  { key: 'when', head: t('when'), dim: true, nowrap: true, fold: true, cell: (p) => when(p.created_at) },
  { key: 'how', head: t('how'), fold: true, cell: (p) => t(`method.${p.method}`) },
  { key: 'amount', head: t('amount'), num: true, nowrap: true, cell: (p) => money(p.amount_minor, p.currency) },
  { key: 'state', head: t('state'), cell: (p) => <PaymentState state={p.state} /> },
];
const REFUND_COLUMNS: readonly Column<RefundItem>[] = [
  { key: 'who', head: t('who'), cell: (f) => <a class="table-link order-who" href={`/app/orders/${f.order_id}`}>{name(f)}</a> },
  { key: 'when', head: t('when'), dim: true, nowrap: true, fold: true, cell: (f) => when(f.created_at) },
  { key: 'how', head: t('how'), hideSmall: true, cell: (f) => t(`method.${f.method}`) },
  { key: 'reason', head: t('reason'), fold: true, dim: true, cell: (f) => f.failure ?? f.reason ?? '–' },
  { key: 'amount', head: t('amount'), num: true, nowrap: true, cell: (f) => money(f.amount_minor, f.currency) },
  { key: 'state', head: t('state'), cell: (f) => <RefundState state={f.state} /> },
];

function All() { return <List<OrderHead> part="orders" path="orders" query={{}} columns={ORDER_COLUMNS} />; }
function Open() { return <List<OrderHead> part="open" path="orders" query={{ state: 'open' }} columns={ORDER_COLUMNS} />; }
function Payments() { return <List<PaymentItem> part="payments" path="payments" query={{}} columns={PAYMENT_COLUMNS} />; }
function Refunds() { return <List<RefundItem> part="refunds" path="refunds" query={{}} columns={REFUND_COLUMNS} />; }
/** Over the counter, or for the client that the address names. */
function New() {
  const id = address.value.query.get('client');
  const client = useQuery<Client>(id ? ['client', id] : null, async (signal) => (await get<Client>(`clients/${id ?? ''}`, { signal })).data);
  const known = client.data;
  return (
    <Page narrow title={t('sell')} before={<Back />}>
      {id && !known ? client.error ? <Failed error={client.error} what={t('who')} onRetry={client.reload} /> : <Loading what={t('who')} /> : <LinesForm {...(known ? { client: { id: known.id, label: known.name, detail: null } } : {})} />}
    </Page>
  );
}

/** For the screen of an order: its documents, and the buttons that issue its invoice and the receipts of its payments. */
import { useState } from 'preact/hooks';
import { create, get } from '../../api/client';
import type { DocumentItem, PaperDocument } from '../../api/types';
import { can } from '../../app/session';
import { Button, showToast } from '../../app/ui';
import { invalidate, useQuery } from '../../lib/query';
import { t } from './text';

interface Props {
  readonly order: { readonly id: string; readonly state: string };
  readonly payments: readonly { readonly id: string; readonly state: string }[];
}

export function OrderDocuments({ order, payments }: Props) {
  const [busy, setBusy] = useState(false);
  const list = useQuery<DocumentItem[]>(['documents', 'of', order.id], async (signal) => (await get<DocumentItem[]>('documents', { query: { order_id: order.id, limit: 200 }, signal })).data);
  const issue = async (path: string): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      const { data } = await create<PaperDocument>(path, {});
      showToast(t('issued', { number: data.number }));
    } catch (error) {
      showToast((error as Error).message, { danger: true });
    }
    setBusy(false);
    invalidate(['documents'], ['order', order.id]);
  };
  if (!list.data) return null;
  const invoiced = list.data.some((d) => d.kind === 'invoice');
  const waiting = payments.filter((p) => p.state === 'succeeded' && !list.data?.some((d) => d.payment_id === p.id));
  const may = can('orders.write');
  return (
    <div class="chips">
      {list.data.map((d) => <a key={d.id} class="btn btn-sm" href={`/app/invoices/${d.id}`}>{t(`kind.${d.kind}`)} {d.number}</a>)}
      {may && !invoiced && (order.state === 'open' || order.state === 'paid') ? <Button size="sm" busy={busy} onClick={() => void issue(`orders/${order.id}/invoice`)}>{t('issue')}</Button> : null}
      {may ? waiting.map((p) => <Button key={p.id} size="sm" busy={busy} onClick={() => void issue(`payments/${p.id}/receipt`)}>{t('issue.receipt')}</Button>) : null}
    </div>
  );
}

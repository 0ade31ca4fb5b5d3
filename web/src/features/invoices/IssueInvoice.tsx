/** For the screen of an order: its invoice, or the button that issues it. */
import { useState } from 'preact/hooks';
import { create, get } from '../../api/client';
import type { DocumentItem, PaperDocument } from '../../api/types';
import { can } from '../../app/session';
import { Button, showToast } from '../../app/ui';
import { invalidate, useQuery } from '../../lib/query';
import { t } from './text';

export function IssueInvoice({ orderId, over = false }: { readonly orderId: string; readonly over?: boolean }) {
  const [busy, setBusy] = useState(false);
  const there = useQuery<DocumentItem | null>(['documents', 'invoice-of', orderId], async (signal) => (await get<DocumentItem[]>('documents', { query: { order_id: orderId, kind: 'invoice', limit: 1 }, signal })).data[0] ?? null);
  if (there.data) return <a class="btn btn-sm" href={`/app/invoices/${there.data.id}`}>{t('see', { number: there.data.number })}</a>;
  if (there.data === undefined || over || !can('orders.write')) return null;
  const issue = async (): Promise<void> => {
    setBusy(true);
    try {
      const { data } = await create<PaperDocument>(`orders/${orderId}/invoice`, {});
      showToast(t('issued', { number: data.number }));
    } catch (error) {
      showToast((error as Error).message, { danger: true });
    }
    setBusy(false);
    invalidate(['documents'], ['order', orderId]);
  };
  return <Button size="sm" busy={busy} onClick={() => void issue()}>{t('issue')}</Button>;
}

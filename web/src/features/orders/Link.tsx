/** A link on which the client pays the order by card: sent by the desk, or opened where the client can reach it. Nothing is shown where cards are not taken. */
import { useEffect, useState } from 'preact/hooks';
import { create } from '../../api/client';
import { Button, showToast, TextField } from '../../app/ui';
import { ApiError } from '../../lib/http';
import { useCards } from '../cards/api';
import { refresh, t } from './text';
import type { Order } from './types';

interface Props { readonly order: Order; readonly minor: number | null /* no amount */; readonly onProblem: (text: string) => void }

export function ByLink({ order, minor, onProblem }: Props) {
  const cards = useCards().data;
  const [url, setUrl] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => { if (url) document.getElementById('order-link')?.focus(); }, [url]); /* chosen: ready to be copied; and the button that had the focus is gone */
  if (!cards?.enabled || cards.mode === 'none') return null;
  const make = async (): Promise<void> => {
    if (busy) return;
    if (minor === null) return onProblem(t('pay.wrong'));
    setBusy(true);
    try {
      setUrl((await create<{ result_url: string }>(`orders/${order.id}/checkout`, minor === order.open_minor ? {} : { amount_minor: minor })).data.result_url);
      refresh();
    } catch (error) {
      const amount = error instanceof ApiError ? error.fields['amount_minor'] : undefined;
      onProblem(amount ? `${t('pay.amount')} ${amount}` : (error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  if (!url) return <div class="pay-link"><Button size="sm" icon="link" busy={busy} onClick={() => void make()}>{t('link')}</Button></div>;
  const copy = (): void => void navigator.clipboard?.writeText(url).then(() => showToast(t('link.copied')), () => undefined);
  return (
    <div class="pay-link">
      <TextField id="order-link" label={t('link.label')} hint={t('link.hint')} value={url} readOnly onValue={() => undefined} onFocus={(event) => event.currentTarget.select()} />
      <Button icon="copy" aria-label={t('link.copy')} onClick={copy} />
    </div>
  );
}

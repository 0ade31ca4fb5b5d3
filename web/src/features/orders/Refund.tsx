/** Gives money of one payment back: all that is left of it, or a part. */
import { useState } from 'preact/hooks';
import { create } from '../../api/client';
import { Button, Dialog, focusWrong, Notice, showToast, TextField } from '../../app/ui';
import { ApiError } from '../../lib/http';
import { editMoney, parseMoney } from '../../lib/money';
import { money, refresh, t } from './text';
import { useDrawerOf } from './tills';
import type { Order, Payment } from './types';

/** What we only write down: the money itself goes back by somebody's hand. */
const BY_HAND: readonly string[] = ['terminal', 'transfer', 'other'];

export function RefundDialog({ payment: p, onClose }: { readonly payment: Payment; readonly onClose: () => void }) {
  const drawer = useDrawerOf(p.method === 'cash' ? p.till_session_id : null);
  const left = p.amount_minor - p.refunded_minor;
  const [amount, setAmount] = useState(editMoney(left, p.currency));
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const minor = parseMoney(amount, p.currency);
  const wrong = minor === null || minor < 1 || minor > left;
  const give = async (): Promise<void> => {
    setTried(true);
    setProblem(null);
    if (busy || wrong || reason.trim() === '') return;
    setBusy(true);
    try {
      await create<Order>(`orders/${p.order_id}/refunds`, { payment_id: p.id, amount_minor: minor, reason: reason.trim(), ...(drawer?.session_id ? { till_session_id: drawer.session_id } : {}) });
      refresh();
      onClose();
      showToast(t('back.done', { amount: money(minor, p.currency) }));
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('back.of', { amount: money(p.amount_minor, p.currency), method: t(`method.${p.method}`) })} closeLabel={t('close')} onClose={onClose}
      foot={<><Button class="foot-start" onClick={onClose}>{t('close')}</Button><Button kind="danger" type="submit" form="refund" busy={busy}>{t('back')}</Button></>}>
      <form id="refund" class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void give(); focusWrong(event.currentTarget); }}>
        {problem ? <Notice tone="danger" live><p>{problem}</p></Notice> : null}
        <p class="muted">{t('back.way', { method: t(`method.${p.method}`) })} {p.method === 'card' ? t('back.later') : BY_HAND.includes(p.method) ? t('back.hand') : ''}</p>
        {drawer ? drawer.session_id ? <p>{t('back.till', { till: drawer.name })}</p> : <Notice tone="warn"><p>{t('back.tillClosed', { till: drawer.name })} <a href="/app/till" onClick={onClose}>{t('pay.toTill')}</a></p></Notice> : null}
        <TextField label={t('amount')} value={amount} inputMode="decimal" required error={tried && wrong ? t('back.wrong') : undefined} onValue={setAmount} />
        <TextField label={t('reason')} hint={t('reason.hint')} autoFocus value={reason} maxLength={300} required error={tried && reason.trim() === '' ? t('back.why') : undefined} onValue={setReason} />
      </form>
    </Dialog>
  );
}

/** Takes a payment: of an appointment (its order is made when there is none) or of an order. One press on the way it was paid is enough. */
import { useEffect, useState } from 'preact/hooks';
import { create, get } from '../../api/client';
import { Button, Dialog, Failed, focusWrong, Loading, Notice, SelectField, showToast, TextField } from '../../app/ui';
import { ApiError } from '../../lib/http';
import { editMoney, parseMoney } from '../../lib/money';
import { invalidate, useQuery } from '../../lib/query';
import { navigate } from '../../lib/router';
import { ByLink } from './Link';
import { money, refresh, t } from './text';
import type { Method, Order } from './types';
import { NoTill, useOpenTills } from './tills';
import { FromPackage, FromWallet } from './Wallet';

const WAYS: readonly Method[] = ['terminal', 'cash', 'transfer', 'other'];

export function PayDialog({ appointmentId, orderId, onClose }: { readonly appointmentId?: string; readonly orderId?: string; readonly onClose: () => void }) {
  const [order, setOrder] = useState<Order | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let here = true;
    setError(null);
    const asked = appointmentId ? create<Order>(`appointments/${appointmentId}/order`, {}) : get<Order>(`orders/${orderId ?? ''}`);
    asked.then(({ data }) => { if (here) setOrder(data); }, (failed: unknown) => { if (here) setError(failed as Error); });
    return () => { here = false; };
  }, [appointmentId, orderId, turn]);
  const id = order?.id ?? null;
  const now = useQuery<Order>(id ? ['order', id] : null, async (signal) => (await get<Order>(`orders/${id ?? ''}`, { signal })).data).data; /* others take payments too */
  if (order) return <Take order={now && now.id === id && now.version > order.version ? now : order} appointmentId={appointmentId} onClose={onClose} onReload={() => setTurn((n) => n + 1)} />;
  return (
    <Dialog title={t('pay')} closeLabel={t('close')} onClose={onClose}>
      {!error ? <Loading what={t('theOrder')} rows={3} /> : null}
      {error instanceof ApiError && error.status === 409 ? <Notice tone="info"><p>{error.message}</p></Notice> : null}
      {error && !(error instanceof ApiError && error.status === 409) ? <Failed error={error} what={t('theOrder')} onRetry={() => setTurn((n) => n + 1)} /> : null}
      {error && appointmentId ? <FromPackage appointmentId={appointmentId} onDone={() => setTurn((n) => n + 1)} /> : null}
    </Dialog>
  );
}

/** Issued, or the one that is there; its page prints and mails it. */
async function receiptOf(payment: string): Promise<void> {
  try {
    const { data } = await create<{ id: string }>(`payments/${payment}/receipt`, {});
    invalidate(['documents']);
    navigate(`/app/invoices/${data.id}`);
  } catch (error) {
    showToast((error as Error).message, { danger: true });
  }
}

function Take({ order, appointmentId, onClose, onReload }: { readonly order: Order; readonly appointmentId?: string | undefined; readonly onClose: () => void; readonly onReload: () => void }) {
  const { known, open } = useOpenTills(order.location_id);
  const [amount, setAmount] = useState(editMoney(order.open_minor, order.currency));
  const [reference, setReference] = useState('');
  const [till, setTill] = useState('');
  const [busy, setBusy] = useState<Method | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => setAmount(editMoney(order.open_minor, order.currency)), [order.open_minor, order.currency]); /* somebody, or the wallet, paid a part meanwhile */
  const minor = parseMoney(amount, order.currency);
  const wrong = minor === null || minor < 1 || minor > order.open_minor;
  const take = async (method: Method): Promise<void> => {
    if (busy) return;
    setProblem(wrong ? t('pay.wrong') : null);
    if (wrong) return focusWrong(document.querySelector('dialog[open] form.pay-form'));
    setBusy(method);
    try {
      const session = open.find((one) => one.id === till)?.session_id ?? open[0]?.session_id;
      const body = { method, amount_minor: minor, ...(reference.trim() ? { reference: reference.trim() } : {}), ...(method === 'cash' && session ? { till_session_id: session } : {}) };
      const { data } = await create<Order>(`orders/${order.id}/payments`, body);
      const made = data.payments.find((one) => !order.payments.some((before) => before.id === one.id));
      refresh();
      onClose();
      showToast(t('pay.taken', { amount: money(minor, order.currency) }), made ? { action: { label: t('pay.receipt'), run: () => void receiptOf(made.id) } } : {});
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error));
      if (error instanceof ApiError && error.status === 409) onReload();
    } finally {
      setBusy(null);
    }
  };
  const none = order.open_minor === 0;
  const done = (left: boolean): void => { if (left) onReload(); else onClose(); };
  return (
    <Dialog title={t('pay')} closeLabel={t('close')} onClose={onClose} foot={<a class="btn btn-secondary foot-start" href={`/app/orders/${order.id}`} onClick={onClose}>{t('pay.show')}</a>}>
      {problem ? <Notice tone="danger" live><p>{problem}</p></Notice> : null}
      <dl class="facts">
        <div><dt>{t('facts.total')}</dt><dd class="num">{money(order.total_minor, order.currency)}</dd></div>
        <div><dt>{t('facts.paid')}</dt><dd class="num">{money(order.paid_minor - order.refunded_minor, order.currency)}</dd></div>
        <div><dt>{t('facts.open')}</dt><dd class="num">{money(order.open_minor, order.currency)}</dd></div>
      </dl>
      <FromWallet key={order.version} order={order} onDone={done} />
      {appointmentId && order.paid_minor === 0 ? <FromPackage appointmentId={appointmentId} onDone={done} /> : null}
      {none ? <Notice tone="info"><p>{order.state === 'paid' ? t('pay.nothing') : t('pay.over')}</p></Notice> : (
        <form class="stack pay-form" noValidate onSubmit={(event) => { event.preventDefault(); void take('terminal'); }}>
          <div class="pay-ways" role="group" aria-label={wrong ? t('pay') : t('pay.as', { amount: money(minor, order.currency) })}>
            {WAYS.map((way, i) => (
              <Button key={way} kind={i === 0 ? 'primary' : 'secondary'} type={i === 0 ? 'submit' : 'button'} busy={busy === way} disabled={way === 'cash' && open.length === 0} onClick={i === 0 ? undefined : () => void take(way)}>
                {t(`method.${way}`)}
              </Button>
            ))}
          </div>
          {known && open.length === 0 ? <NoTill onLeave={onClose} /> : null}
          {open.length > 1 ? <SelectField label={t('pay.till')} value={till} onValue={setTill}>{open.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</SelectField> : null}
          <div class="form-row">
            <TextField label={t('pay.amount')} value={amount} inputMode="decimal" error={problem && wrong ? t('pay.wrong') : undefined} onValue={setAmount} />
            <TextField label={t('reference')} hint={t('reference.hint')} optional={t('optional')} maxLength={120} value={reference} onValue={setReference} />
          </div>
        </form>
      )}
      {none ? null : <ByLink order={order} minor={wrong ? null : minor} onProblem={setProblem} />}
    </Dialog>
  );
}

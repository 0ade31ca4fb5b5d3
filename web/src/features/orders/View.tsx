/** One order: lines, payments, refunds, and what can be done with it. */
import { useState } from 'preact/hooks';
import { get, post } from '../../api/client';
import type { ParamsProps } from '../../app/Screens';
import { lazyDialog } from '../../app/lazy';
import { can } from '../../app/session';
import { Badge, Button, confirm, Failed, Icon, Loading, Page, showToast, type BadgeTone } from '../../app/ui';
import { openExisting } from '../../calendar/open';
import { useQuery } from '../../lib/query';
import { OrderDocuments } from '../invoices/OrderDocuments';
import { money, refresh, t, TONES, when } from './text';
import type { Order, OrderHead, Payment, Refund } from './types';

const PayDialog = lazyDialog(async () => (await import('./Pay')).PayDialog);
const RefundDialog = lazyDialog(async () => (await import('./Refund')).RefundDialog);
const LinesForm = lazyDialog(async () => (await import('./Lines')).LinesForm);

export const Standing = ({ order }: { readonly order: OrderHead }) => <Badge tone={TONES[order.standing]}>{t(`standing.${order.standing}`)}</Badge>;
const PAYMENT_TONES: Readonly<Record<Payment['state'], BadgeTone>> = { created: 'plain', processing: 'info', succeeded: 'ok', failed: 'danger', expired: 'plain' };
const REFUND_TONES: Readonly<Record<Refund['state'], BadgeTone>> = { requested: 'info', submitted: 'info', succeeded: 'ok', failed: 'danger' };
export const PaymentState = ({ state }: { readonly state: Payment['state'] }) => <Badge tone={PAYMENT_TONES[state]}>{t(`payment.${state}`)}</Badge>;
export const RefundState = ({ state }: { readonly state: Refund['state'] }) => <Badge tone={REFUND_TONES[state]}>{t(`refund.${state}`)}</Badge>;
export const Back = () => <a class="crumb" href="/app/orders"><Icon name="chevron-left" size="sm" /> {t('title')}</a>;

export function One({ params }: ParamsProps) {
  const id = params['id'] ?? '';
  const query = useQuery<Order>(['order', id], async (signal) => (await get<Order>(`orders/${id}`, { signal })).data);
  const [paying, setPaying] = useState(false);
  const [editing, setEditing] = useState(false);
  const [returning, setReturning] = useState<string | null>(null);
  const o = query.data;
  const returned = o?.payments.find((p) => p.id === returning);
  if (!o) return <Page narrow title={t('order')} before={<Back />}>{query.error ? <Failed error={query.error} what={t('theOrder')} onRetry={query.reload} /> : <Loading what={t('theOrder')} />}</Page>;
  const untouched = o.state === 'open' && o.paid_minor === 0 && o.due_minor === 0 && !o.invoiced && o.payments.length === 0;
  const cancel = async (): Promise<void> => {
    if (!(await confirm({ title: t('cancel.title'), text: t('cancel.text'), yes: t('cancel.yes'), no: t('cancel.no') }))) return;
    try {
      await post<Order>(`orders/${o.id}/cancel`, {}, { version: o.version });
      showToast(t('cancelled'));
    } catch (error) {
      showToast((error as Error).message, { danger: true });
    }
    refresh();
  };
  return (
    <Page narrow title={o.client_name ?? t('desk')} lead={when(o.created_at)} before={<Back />}
      actions={<><Standing order={o} />{o.invoiced ? <Badge>{t('invoiced')}</Badge> : null}{can('orders.write') && o.open_minor > 0 ? <Button kind="primary" size="sm" icon="wallet" onClick={() => setPaying(true)}>{t('pay')}</Button> : null}</>}>
      <dl class="facts">
        <div><dt>{t('facts.total')}</dt><dd class="num">{money(o.total_minor, o.currency)}</dd></div>
        <div><dt>{t('facts.paid')}</dt><dd class="num">{money(o.paid_minor, o.currency)}</dd></div>
        {o.refunded_minor ? <div><dt>{t('facts.refunded')}</dt><dd class="num">{money(o.refunded_minor, o.currency)}</dd></div> : null}
        {o.kept_minor ? <div><dt>{t('facts.kept')}</dt><dd class="num">{money(o.kept_minor, o.currency)}</dd></div> : null}
        <div><dt>{t('facts.open')}</dt><dd class="num">{money(o.open_minor, o.currency)}</dd></div>
      </dl>
      {o.note ? <p>{o.note}</p> : null}
      {o.appointments.map((a) => <p key={a.id}>{t('appointments')} <button type="button" class="link-btn" onClick={() => openExisting(a.id)}>{when(a.start)}</button></p>)}
      <h2 class="order-part">{t('lines')}</h2>
      {editing ? <LinesForm order={o} onDone={() => setEditing(false)} /> : <Lines order={o} />}
      {untouched && can('orders.write') && !editing ? <p class="order-acts"><Button size="sm" icon="pencil" onClick={() => setEditing(true)}>{t('change')}</Button></p> : null}
      {o.payments.length > 0 ? <><h2 class="order-part">{t('payments')}</h2><ul class="rows">{o.payments.map((p) => <PaymentRow key={p.id} payment={p} onReturn={() => setReturning(p.id)} />)}</ul></> : null}
      {o.refunds.length > 0 ? <><h2 class="order-part">{t('refunds')}</h2><ul class="rows">{o.refunds.map((f) => <RefundRow key={f.id} refund={f} />)}</ul></> : null}
      <h2 class="order-part">{t('documents')}</h2>
      <OrderDocuments order={o} payments={o.payments} />
      {o.state === 'open' && o.refundable_minor === 0 && can('orders.write') ? <p class="danger-zone"><Button kind="danger-quiet" size="sm" icon="ban" onClick={() => void cancel()}>{t('cancel')}</Button></p> : null}
      {paying ? <PayDialog orderId={o.id} onClose={() => setPaying(false)} /> : null}
      {returned ? <RefundDialog payment={returned} onClose={() => setReturning(null)} /> : null}
    </Page>
  );
}

function Lines({ order: o }: { readonly order: Order }) {
  return (
    <div class="table-wrap" role="region" aria-label={t('lines')} tabIndex={0}>
      <table class="table">
        <thead><tr><th scope="col">{t('line.what')}</th><th scope="col" class="num hide-sm">{t('line.quantity')}</th><th scope="col" class="num hide-sm">{t('line.price')}</th><th scope="col" class="num hide-sm">{t('line.discount')}</th><th scope="col" class="hide-sm">{t('line.tax')}</th><th scope="col" class="num">{t('line.total')}</th></tr></thead>
        <tbody>
          {o.lines.map((l) => (
            <tr key={l.position}>
              <td class="order-what">{l.description}<span class="order-each muted small">{l.quantity} × {money(l.unit_minor, o.currency)}</span></td>
              <td class="num hide-sm">{l.quantity}</td>
              <td class="num cell-nowrap hide-sm">{money(l.unit_minor, o.currency)}</td>
              <td class="num cell-nowrap hide-sm">{l.discount_minor ? money(l.discount_minor, o.currency) : '–'}</td>
              <td class="cell-dim hide-sm">{l.tax_name ?? t('noTax')}</td>
              <td class="num cell-nowrap">{money(l.total_minor, o.currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PaymentRow({ payment: p, onReturn }: { readonly payment: Payment; readonly onReturn: () => void }) {
  const left = p.state === 'succeeded' ? p.amount_minor - p.refunded_minor : 0;
  const facts = [when(p.created_at), p.reference, p.failure, p.refunded_minor ? t('ofIt', { amount: money(p.refunded_minor, p.currency) }) : null].filter(Boolean);
  return (
    <li class="order-row">
      <span class="row-text"><strong>{t(`method.${p.method}`)}, {money(p.amount_minor, p.currency)}</strong><span class="muted">{facts.join(' · ')}</span></span>
      <PaymentState state={p.state} />
      {left > 0 && can('refunds.write') ? <Button size="sm" kind="danger-quiet" icon="undo-2" onClick={onReturn}>{t('back')}</Button> : null}
    </li>
  );
}

function RefundRow({ refund: f }: { readonly refund: Refund }) {
  return (
    <li class="order-row">
      <span class="row-text"><strong>{money(f.amount_minor, f.currency)}</strong><span class="muted">{[when(f.created_at), f.reason, f.failure].filter(Boolean).join(' · ')}</span></span>
      <RefundState state={f.state} />
    </li>
  );
}

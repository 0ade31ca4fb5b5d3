/** Takes an invoice back, whole or in part, line by line. */
import { useState } from 'preact/hooks';
import { create, get } from '../../api/client';
import type { DocumentItem, PaperDocument } from '../../api/types';
import { session } from '../../app/session';
import { Button, Dialog, Failed, Loading, Notice, showToast, TextField } from '../../app/ui';
import type { ApiError } from '../../lib/http';
import { editMoney, formatMoney, parseMoney } from '../../lib/money';
import { invalidate, useQuery } from '../../lib/query';
import { navigate } from '../../lib/router';
import { left } from './model';
import { t } from './text';

const FORM = 'credit-note';

export function CreditDialog({ invoice, onClose }: { readonly invoice: PaperDocument; readonly onClose: () => void }) {
  const credits = useQuery<PaperDocument[]>(['credits', invoice.id, invoice.credited_minor], async (signal) => {
    const { data } = await get<DocumentItem[]>('documents', { query: { order_id: invoice.order_id, kind: 'credit_note', limit: 200 }, signal });
    return Promise.all(data.filter((d) => d.of_id === invoice.id).map(async (d) => (await get<PaperDocument>(`documents/${d.id}`, { signal })).data));
  });
  return (
    <Dialog title={t('credit.title', { number: invoice.number })} closeLabel={t('dismiss')} onClose={onClose} foot={<><Button class="foot-start" onClick={onClose}>{t('cancel')}</Button><Button kind="primary" type="submit" form={FORM} disabled={!credits.data}>{t('credit.issue')}</Button></>}>
      {credits.error && !credits.data ? <Failed error={credits.error} what={t('title')} onRetry={credits.reload} /> : null}
      {!credits.data && !credits.error ? <Loading what={t('title')} rows={3} /> : null}
      {credits.data ? <CreditForm invoice={invoice} rest={left(invoice.lines, credits.data.map((d) => d.lines))} /> : null}
    </Dialog>
  );
}

function CreditForm({ invoice, rest }: { readonly invoice: PaperDocument; readonly rest: ReadonlyMap<number, number> }) {
  const lines = invoice.lines.filter((l) => (rest.get(l.position) ?? 0) > 0);
  const [amounts, setAmounts] = useState<ReadonlyMap<number, string>>(new Map(lines.map((l) => [l.position, editMoney(rest.get(l.position) ?? 0, invoice.currency)])));
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const money = (minor: number): string => formatMoney(minor, invoice.currency, session.value?.tenant.locale);
  const amountOf = (position: number): number | null => {
    const text = amounts.get(position)?.trim() ?? '';
    const amount = text === '' ? 0 : parseMoney(text, invoice.currency);
    return amount === null || amount > (rest.get(position) ?? 0) ? null : amount;
  };
  const issue = async (): Promise<void> => {
    const wanted = lines.map((l) => ({ position: l.position, total_minor: amountOf(l.position) }));
    setTried(true);
    if (busy || !reason.trim() || wanted.some((w) => w.total_minor === null) || wanted.every((w) => w.total_minor === 0)) return;
    setBusy(true);
    setFailure(null);
    try {
      const { data } = await create<PaperDocument>(`documents/${invoice.id}/credit-note`, { reason: reason.trim(), lines: wanted.filter((w) => w.total_minor) });
      invalidate(['documents'], ['document'], ['credits']);
      showToast(t('credit.done', { number: data.number }));
      navigate(`/app/invoices/${data.id}`);
    } catch (error) {
      setFailure(error as ApiError);
      setBusy(false);
    }
  };
  const none = lines.every((l) => amountOf(l.position) === 0);
  return (
    <form id={FORM} class="stack" noValidate aria-busy={busy} onSubmit={(event) => { event.preventDefault(); void issue(); }}>
      <p class="small muted">{t('credit.lead')}</p>
      {failure || (tried && none) ? <Notice tone="danger" live><p>{failure?.message ?? t('credit.nothing')}</p></Notice> : null}
      <TextField label={t('credit.reason')} autoFocus required maxLength={300} value={reason} error={tried && !reason.trim() ? t('credit.reasonWanted') : null} onValue={setReason} />
      {lines.map((l) => {
        const max = money(rest.get(l.position) ?? 0);
        return <TextField key={l.position} label={t('credit.part', { name: l.description, amount: max })} inputMode="decimal" value={amounts.get(l.position) ?? ''} error={tried && amountOf(l.position) === null ? t('credit.wanted', { amount: max }) : null} onValue={(value) => setAmounts(new Map(amounts).set(l.position, value))} />;
      })}
    </form>
  );
}

/** How documents are numbered and what stands on them: a section of the settings. */
import { get, patch } from '../../api/client';
import type { DocumentSettings } from '../../api/types';
import { Failed, Loading, Page, showToast, TextArea, TextField, useDirtyGuard, useForm } from '../../app/ui';
import { setQueryData, useQuery } from '../../lib/query';
import { Check, FormFrame, NumberField, textOrNull, withVersion } from '../settings/forms';
import type { SectionProps } from '../settings/sections';
import { t } from './text';

const KEY = ['document-settings'] as const;

export default function DocumentsSettings(_: SectionProps) {
  const query = useQuery<DocumentSettings>(KEY, async (signal) => (await get<DocumentSettings>('document-settings', { signal })).data);
  return (
    <Page narrow title={t('settings.title')} lead={t('settings.lead')}>
      {query.error && !query.data ? <Failed error={query.error} what={t('settings.title')} onRetry={query.reload} /> : null}
      {!query.data && !query.error ? <Loading what={t('settings.title')} /> : null}
      {query.data ? <SettingsForm key={query.data.version} row={query.data} /> : null}
    </Page>
  );
}

function SettingsForm({ row }: { readonly row: DocumentSettings }) {
  const form = useForm({
    initial: {
      legal_name: row.legal_name ?? '', tax_id: row.tax_id ?? '', notes: row.notes ?? '', legal_text: row.legal_text ?? '', payment_days: String(row.payment_days), yearly: row.yearly ? '1' : '', receipts_online: row.receipts_online ? '1' : '', receipts_desk: row.receipts_desk ? '1' : '',
      invoice_prefix: row.invoice_prefix, receipt_prefix: row.receipt_prefix, credit_note_prefix: row.credit_note_prefix,
      next_invoice: String(row.next_invoice), next_receipt: String(row.next_receipt), next_credit_note: String(row.next_credit_note),
    },
    submit: async (v) => {
      const body = {
        legal_name: textOrNull(v.legal_name), tax_id: textOrNull(v.tax_id), notes: textOrNull(v.notes), legal_text: textOrNull(v.legal_text), payment_days: Number(v.payment_days), yearly: v.yearly === '1', receipts_online: v.receipts_online === '1', receipts_desk: v.receipts_desk === '1',
        invoice_prefix: v.invoice_prefix.trim(), receipt_prefix: v.receipt_prefix.trim(), credit_note_prefix: v.credit_note_prefix.trim(),
        // A number that nobody touched may have been drawn meanwhile.
        ...(Number(v.next_invoice) === row.next_invoice ? {} : { next_invoice: Number(v.next_invoice) }),
        ...(Number(v.next_receipt) === row.next_receipt ? {} : { next_receipt: Number(v.next_receipt) }),
        ...(Number(v.next_credit_note) === row.next_credit_note ? {} : { next_credit_note: Number(v.next_credit_note) }),
      };
      const { data } = await withVersion(t('settings.it'), () => patch<DocumentSettings>('document-settings', body, { version: row.version }));
      letGo();
      setQueryData(KEY, data);
      showToast(t('settings.saved'));
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  const pair = (prefix: 'invoice_prefix' | 'receipt_prefix' | 'credit_note_prefix', next: 'next_invoice' | 'next_receipt' | 'next_credit_note', label: string) => (
    <div class="form-row">
      <TextField {...form.bind(prefix)} label={label} maxLength={20} />
      <NumberField {...form.bind(next)} label={t('settings.next')} hint={t('settings.next.hint')} min={1} max={99_999_999} required />
    </div>
  );
  return (
    <FormFrame form={form} labels={{ legal_name: t('settings.legalName'), tax_id: t('settings.taxId'), receipt_prefix: t('settings.prefix.receipt'), credit_note_prefix: t('settings.prefix.credit'), next_invoice: t('settings.next') }}>
      <section class="panel stack">
        <h2>{t('settings.head')}</h2>
        <div class="form-row">
          <TextField {...form.bind('legal_name')} label={t('settings.legalName')} hint={t('settings.legalName.hint')} optional={t('optional')} maxLength={200} />
          <TextField {...form.bind('tax_id')} label={t('settings.taxId')} hint={t('settings.taxId.hint')} optional={t('optional')} maxLength={80} />
        </div>
        <TextArea {...form.bind('notes')} label={t('settings.notes')} hint={t('settings.notes.hint')} optional={t('optional')} maxLength={1000} />
        <TextArea {...form.bind('legal_text')} label={t('settings.legalText')} optional={t('optional')} rows={2} maxLength={500} />
        <NumberField {...form.bind('payment_days')} label={t('settings.days')} hint={t('settings.days.hint')} max={365} required />
      </section>
      <section class="panel stack">
        <h2>{t('settings.receipts')}</h2>
        <p class="muted">{t('settings.receiptsText')}</p>
        <Check label={t('settings.receipts.online')} checked={form.values.receipts_online === '1'} onChange={(checked) => form.set('receipts_online', checked ? '1' : '')} />
        <Check label={t('settings.receipts.desk')} checked={form.values.receipts_desk === '1'} onChange={(checked) => form.set('receipts_desk', checked ? '1' : '')} />
      </section>
      <section class="panel stack">
        <h2>{t('settings.numbers')}</h2>
        <p class="muted">{t('settings.numbersText')}</p>
        {pair('invoice_prefix', 'next_invoice', t('settings.prefix.invoice'))}
        {pair('receipt_prefix', 'next_receipt', t('settings.prefix.receipt'))}
        {pair('credit_note_prefix', 'next_credit_note', t('settings.prefix.credit'))}
        <Check label={t('settings.yearly')} checked={form.values.yearly === '1'} onChange={(checked) => form.set('yearly', checked ? '1' : '')} />
      </section>
    </FormFrame>
  );
}

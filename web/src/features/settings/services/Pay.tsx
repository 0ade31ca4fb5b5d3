/** What visitors pay in advance, and the tax in the price. */
import { get } from '../../../api/client';
import type { TaxRate } from '../../../api/types';
import { editMoney, parseMoney } from '../../../lib/money';
import { useQuery } from '../../../lib/query';
import { SelectField, TextField } from '../../../ui/Field';
import { NumberField } from '../../../ui/Inputs';
import { numberOf } from '../forms';
import { t } from '../text';
import type { SectionProps, ServiceSection } from './section';

const KINDS = ['later', 'deposit', 'full'] as const;

export const pay: ServiceSection = {
  title: t('pay.title'),
  lead: t('pay.lead'),
  initial: (row, { currency }) => ({
    pay: row?.pay ?? 'later', deposit_of: row?.deposit_percent ? 'percent' : 'minor', deposit_percent: String(row?.deposit_percent ?? 20),
    deposit_minor: editMoney(row?.deposit_minor ?? 0, currency), tax_rate_id: row?.tax_rate_id ?? '',
  }),
  body: (v, { currency }) => {
    const deposit = v['pay'] === 'deposit', percent = v['deposit_of'] === 'percent';
    return {
      pay: v['pay'], deposit_percent: deposit && percent ? numberOf(v['deposit_percent'] ?? '') : null,
      deposit_minor: deposit && !percent ? parseMoney(v['deposit_minor'] ?? '', currency) : null, tax_rate_id: v['tax_rate_id'] || null,
    };
  },
  labels: { pay: t('pay.when'), deposit_minor: t('pay.deposit'), deposit_percent: t('pay.deposit') },
  validate: (v, { currency }) => (v['pay'] === 'deposit' && v['deposit_of'] !== 'percent' && !parseMoney(v['deposit_minor'] ?? '', currency) ? { deposit_minor: t('pay.depositWanted') } : {}),
  Part: Pay,
};

function Pay({ form, context }: SectionProps) {
  const rates = useQuery<TaxRate[]>(['tax-rates'], async (signal) => (await get<TaxRate[]>('tax-rates', { signal })).data);
  const chosen = form.values['tax_rate_id'];
  const deposit = form.values['pay'] === 'deposit', percent = form.values['deposit_of'] === 'percent';
  return (
    <>
      <div class="form-row">
        <SelectField {...form.bind('pay')} label={t('pay.when')}>{KINDS.map((kind) => <option key={kind} value={kind}>{t(`pay.${kind}`)}</option>)}</SelectField>
        <SelectField {...form.bind('tax_rate_id')} label={t('pay.tax')}>
          <option value="">{t('pay.noTax')}</option>
          {(rates.data ?? []).filter((one) => !one.archived || one.id === chosen).map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
        </SelectField>
      </div>
      {deposit ? (
        <div class="form-row">
          <SelectField {...form.bind('deposit_of')} label={t('pay.depositOf')}><option value="percent">{t('pay.percent')}</option><option value="minor">{t('pay.amount')}</option></SelectField>
          {percent ? <NumberField {...form.bind('deposit_percent')} label={t('pay.depositPercent')} min={1} max={100} required />
            : <TextField {...form.bind('deposit_minor')} label={t('pay.depositAmount', { currency: context.currency })} inputMode="decimal" required />}
        </div>
      ) : null}
      {form.values['pay'] === 'later' ? null : <p class="small muted">{t('pay.cards')}{' '}<a href="/app/settings/terms">{t('terms.title')}</a></p>}
    </>
  );
}

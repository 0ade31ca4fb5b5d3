/** A plan: its time, what a family may use, and each category with limit, coverage and co-payment. */
import { create, patch } from '../../api/client';
import { useState } from 'preact/hooks';
import { Button, DateField, Dialog, FormFrame, NumberField, SelectField, TextField, useForm, withVersion } from '../../app/ui';
import { zone } from '../../app/session';
import { editMoney, parseMoney } from '../../lib/money';
import { invalidate } from '../../lib/query';
import { todayIn } from '../../lib/time';
import { currency, t } from './text';
import { CATEGORIES, type Category, type Policy, type Sponsor } from './types';

interface Row { readonly category: Category; readonly limit: string; readonly coverage: string; readonly copay: string }
const PPM = 10_000;

export function PlanDialog({ sponsor, plan, onClose }: { readonly sponsor: { readonly id: Sponsor['id']; readonly name: string }; readonly plan?: Policy; readonly onClose: () => void }) {
  const unit = plan?.currency ?? currency();
  const [rows, setRows] = useState<readonly Row[]>(() => plan
    ? plan.categories.map((c) => ({ category: c.category, limit: editMoney(c.limit_minor, unit), coverage: String(c.coverage_ppm / PPM), copay: editMoney(c.copay_minor, unit) }))
    : [{ category: 'consultation', limit: '', coverage: '100', copay: '' }]);
  const form = useForm({
    initial: { name: plan?.name ?? '', starts_on: plan?.starts_on ?? `${todayIn(zone.value).slice(0, 4)}-01-01`, ends_on: plan?.ends_on ?? '', family: plan?.family_limit_minor != null ? editMoney(plan.family_limit_minor, unit) : '' },
    fieldOf: (path) => ({ family_limit_minor: 'family' })[path] ?? path,
    validate: (v) => ({
      ...(v.family && parseMoney(v.family, unit) === null ? { family: t('amount.wrong') } : {}),
      ...(rows.some((r) => !parseMoney(r.limit, unit) || (r.copay && parseMoney(r.copay, unit) === null)) ? { name: t('plan.amounts') } : {}),
    }),
    submit: async (v) => {
      const categories = rows.map((r) => ({ category: r.category, limit_minor: parseMoney(r.limit, unit) ?? 0, coverage_ppm: Math.round(Number(r.coverage) * PPM), copay_minor: parseMoney(r.copay, unit) ?? 0 }));
      const open = { name: v.name.trim(), ends_on: v.ends_on || null, family_limit_minor: v.family ? parseMoney(v.family, unit) : null, categories };
      if (plan) await withVersion(t('the.plan'), () => patch<Policy>(`benefit-policies/${plan.id}`, open, { version: plan.version }));
      else await create<Policy>('benefit-policies', { ...open, sponsor_id: sponsor.id, starts_on: v.starts_on });
      invalidate(['benefits']);
      onClose();
    },
  });
  const change = (at: number, part: Partial<Row>): void => setRows(rows.map((row, i) => (i === at ? { ...row, ...part } : row)));
  const free = CATEGORIES.filter((c) => !rows.some((r) => r.category === c));
  return (
    <Dialog title={plan ? t('plan.edit') : t('plan.newFor', { name: sponsor.name })} closeLabel={t('close')} onClose={onClose}>
      <FormFrame form={form} labels={{ name: t('plan.name'), starts_on: t('from'), ends_on: t('to'), family: t('plan.family') }} saveLabel={t('save')}>
        <TextField {...form.bind('name')} autoFocus label={t('plan.name')} required maxLength={120} />
        <div class="form-row">
          {plan ? null : <DateField {...form.bind('starts_on')} label={t('from')} />}
          <DateField {...form.bind('ends_on')} label={t('to')} optional={t('optional')} />
        </div>
        <TextField {...form.bind('family')} inputMode="decimal" label={t('plan.family')} hint={t('plan.familyHint')} optional={t('optional')} />
        {rows.map((row, at) => (
          <fieldset key={row.category} class="wallet-category">
            <legend>{t(`category.${row.category}`)}</legend>
            <div class="form-row">
              <SelectField label={t('category')} value={row.category} onValue={(value) => change(at, { category: value as Category })}>
                {[row.category, ...free].map((c) => <option key={c} value={c}>{t(`category.${c}`)}</option>)}
              </SelectField>
              <TextField label={t('plan.limit')} inputMode="decimal" value={row.limit} required onValue={(limit) => change(at, { limit })} />
            </div>
            <div class="form-row">
              <NumberField label={t('plan.coverage')} value={row.coverage} min={1} max={100} onValue={(coverage) => change(at, { coverage })} />
              <TextField label={t('plan.copay')} inputMode="decimal" value={row.copay} optional={t('optional')} onValue={(copay) => change(at, { copay })} />
            </div>
            {rows.length > 1 ? <Button size="sm" kind="quiet" icon="trash-2" onClick={() => setRows(rows.filter((_, i) => i !== at))}>{t('plan.remove', { name: t(`category.${row.category}`) })}</Button> : null}
          </fieldset>
        ))}
        {free[0] ? <Button size="sm" icon="plus" onClick={() => setRows([...rows, { category: free[0] as Category, limit: '', coverage: '100', copay: '' }])}>{t('plan.add')}</Button> : null}
      </FormFrame>
    </Dialog>
  );
}

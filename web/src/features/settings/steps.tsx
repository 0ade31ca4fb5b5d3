/** The steps of cancellation terms in a form: of the clinic, and of a service that has its own. */
import { useState } from 'preact/hooks';
import type { Terms } from '../../api/types';
import { editMoney, parseMoney } from '../../lib/money';
import { Button } from '../../ui/Button';
import { TextField } from '../../ui/Field';
import { NumberField } from '../../ui/Inputs';
import type { Form } from '../../ui/useForm';
import { numberOf } from './forms';
import { t } from './text';

export interface KeptTerms { readonly inherited: boolean; readonly terms: Terms; readonly words: string; readonly version: number }
type Values = Record<string, string>;
const STEPS_MAX = 6;

interface Steps { readonly count: number; readonly dirty: boolean; readonly setCount: (count: number) => void }

export function useSteps(terms: Terms): Steps {
  const [count, setCount] = useState(terms.tiers.length);
  return { count, dirty: count !== terms.tiers.length, setCount };
}

export function termsForm(terms: Terms, currency: string) {
  const initial: Values = { no_show: String(terms.no_show_percent), fee: editMoney(terms.fee_minor, currency) };
  for (let i = 0; i < STEPS_MAX; i += 1) {
    initial[`hours${i}`] = String((terms.tiers[i]?.notice_min ?? 0) / 60);
    initial[`percent${i}`] = String(terms.tiers[i]?.refund_percent ?? 0);
  }
  return {
    initial,
    fieldOf: (path: string): string => path.replace(/^tiers\[(\d)\]\.notice_min$/, 'hours$1').replace(/^tiers\[(\d)\]\.refund_percent$/, 'percent$1').replace('no_show_percent', 'no_show').replace('fee_minor', 'fee'),
    validate: (v: Values): Values => (parseMoney(v['fee'] ?? '', currency) === null ? { fee: t('terms.feeWanted') } : {}),
    bodyOf: (v: Values, count: number) => ({
      tiers: Array.from({ length: count }, (_, i) => ({ notice_min: Math.round((numberOf(v[`hours${i}`] ?? '') ?? 0) * 60), refund_percent: numberOf(v[`percent${i}`] ?? '') ?? 0 })),
      no_show_percent: numberOf(v['no_show'] ?? '') ?? 0,
      fee_minor: parseMoney(v['fee'] ?? '', currency) ?? 0,
    }),
  };
}

export function StepFields({ form, steps, currency }: { readonly form: Form<Values>; readonly steps: Steps; readonly currency: string }) {
  const { count, setCount } = steps;
  return (
    <>
      {Array.from({ length: count }, (_, i) => (
        <fieldset key={i} class="form-row" aria-label={t('terms.tier', { i: i + 1 })}>
          <NumberField {...form.bind(`hours${i}`)} label={t('terms.hours')} max={8760} step={0.25} required />
          <NumberField {...form.bind(`percent${i}`)} label={t('terms.percent')} max={100} required />
        </fieldset>
      ))}
      <div class="form-actions">
        {count < STEPS_MAX ? <Button icon="plus" onClick={() => setCount(count + 1)}>{t('terms.add')}</Button> : null}
        {count > 0 ? <Button kind="quiet" onClick={() => setCount(count - 1)}>{t('terms.remove')}</Button> : null}
      </div>
      <div class="form-row">
        <NumberField {...form.bind('no_show')} label={t('terms.noShow')} max={100} required />
        <TextField {...form.bind('fee')} label={t('terms.fee', { currency })} hint={t('terms.feeHint')} inputMode="decimal" required />
      </div>
    </>
  );
}

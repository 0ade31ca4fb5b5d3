/** What goes back when a paid booking is cancelled, and how long a booking waits for its money. */
import { useState } from 'preact/hooks';
import { get, patch, put } from '../../api/client';
import type { Tenant, Terms as Agreed } from '../../api/types';
import { useTenant } from '../../app/data';
import { Button, Failed, FormFrame, Loading, NumberField, numberOf, Page, showToast, TextField, useDirtyGuard, useForm, withVersion } from '../../app/ui';
import { editMoney, parseMoney } from '../../lib/money';
import { setQueryData, useQuery } from '../../lib/query';
import type { SectionProps } from './sections';
import { t } from './text';

interface Kept { readonly inherited: boolean; readonly terms: Agreed; readonly words: string; readonly version: number }
const KEY = ['cancellation-terms'] as const;
const TIERS_MAX = 6;

export default function Terms(_: SectionProps) {
  const tenant = useTenant();
  const kept = useQuery<Kept>(KEY, async (signal) => (await get<Kept>('cancellation-terms', { signal })).data);
  const error = kept.error ?? tenant.error;
  return (
    <Page narrow title={t('terms.title')} lead={t('terms.lead')}>
      {error && !(kept.data && tenant.data) ? <Failed error={error} what={t('terms.title')} onRetry={() => { kept.reload(); tenant.reload(); }} /> : null}
      {!(kept.data && tenant.data) && !error ? <Loading what={t('terms.title')} /> : null}
      {kept.data && tenant.data ? <TermsForm key={`${kept.data.version}:${tenant.data.version}`} kept={kept.data} tenant={tenant.data} /> : null}
    </Page>
  );
}

function TermsForm({ kept, tenant }: { readonly kept: Kept; readonly tenant: Tenant }) {
  const { terms } = kept;
  const [count, setCount] = useState(terms.tiers.length);
  const initial: Record<string, string> = { minutes: String(tenant.pay_minutes), no_show: String(terms.no_show_percent), fee: editMoney(terms.fee_minor, tenant.currency) };
  for (let i = 0; i < TIERS_MAX; i += 1) {
    initial[`hours${i}`] = String((terms.tiers[i]?.notice_min ?? 0) / 60);
    initial[`percent${i}`] = String(terms.tiers[i]?.refund_percent ?? 0);
  }
  const form = useForm<Record<string, string>>({
    initial,
    fieldOf: (path) => path.replace(/^tiers\[(\d)\]\.notice_min$/, 'hours$1').replace(/^tiers\[(\d)\]\.refund_percent$/, 'percent$1').replace('pay_minutes', 'minutes').replace('no_show_percent', 'no_show').replace('fee_minor', 'fee'),
    validate: (v) => (parseMoney(v['fee'] ?? '', tenant.currency) === null ? { fee: t('terms.feeWanted') } : {}),
    submit: async (v) => {
      const tiers = Array.from({ length: count }, (_, i) => ({ notice_min: Math.round((numberOf(v[`hours${i}`] ?? '') ?? 0) * 60), refund_percent: numberOf(v[`percent${i}`] ?? '') ?? 0 }));
      const body = { tiers, no_show_percent: numberOf(v['no_show'] ?? '') ?? 0, fee_minor: parseMoney(v['fee'] ?? '', tenant.currency) ?? 0 };
      const { data } = await withVersion(t('terms.title'), () => put<Kept>('cancellation-terms', body, { version: kept.version }));
      if (Number(v['minutes']) !== tenant.pay_minutes) {
        const changed = await withVersion(t('terms.title'), () => patch<Tenant>('tenant', { pay_minutes: Number(v['minutes']) }, { version: tenant.version }));
        setQueryData(['tenant'], changed.data);
      }
      letGo();
      setQueryData(KEY, data);
      showToast(t('clinic.saved'));
    },
  });
  const letGo = useDirtyGuard(form.dirty || count !== terms.tiers.length);
  return (
    <FormFrame form={form} labels={{ minutes: t('terms.minutes'), no_show: t('terms.noShow'), fee: t('terms.fee', { currency: tenant.currency }) }}>
      <section class="panel stack">
        <h2>{t('terms.back')}</h2>
        <p class="muted">{kept.words}</p>
        {Array.from({ length: count }, (_, i) => (
          <fieldset key={i} class="form-row" aria-label={t('terms.tier', { i: i + 1 })}>
            <NumberField {...form.bind(`hours${i}`)} label={t('terms.hours')} max={8760} step={0.25} required />
            <NumberField {...form.bind(`percent${i}`)} label={t('terms.percent')} max={100} required />
          </fieldset>
        ))}
        <div class="form-actions">
          {count < TIERS_MAX ? <Button icon="plus" onClick={() => setCount(count + 1)}>{t('terms.add')}</Button> : null}
          {count > 0 ? <Button kind="quiet" onClick={() => setCount(count - 1)}>{t('terms.remove')}</Button> : null}
        </div>
        <div class="form-row">
          <NumberField {...form.bind('no_show')} label={t('terms.noShow')} max={100} required />
          <TextField {...form.bind('fee')} label={t('terms.fee', { currency: tenant.currency })} hint={t('terms.feeHint')} inputMode="decimal" required />
        </div>
        <p class="small muted">{t('terms.frozen')}</p>
      </section>
      <section class="panel stack">
        <h2>{t('terms.wait')}</h2>
        <div class="form-row"><NumberField {...form.bind('minutes')} label={t('terms.minutes')} hint={t('terms.minutesHint')} min={10} max={1440} required /></div>
      </section>
    </FormFrame>
  );
}

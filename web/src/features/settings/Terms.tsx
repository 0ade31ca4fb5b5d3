/** What goes back when a paid booking is cancelled, and how long a booking waits for its money. */
import { get, patch, put } from '../../api/client';
import type { Tenant } from '../../api/types';
import { useTenant } from '../../app/data';
import { Failed, FormFrame, Loading, NumberField, Page, showToast, useDirtyGuard, useForm, withVersion } from '../../app/ui';
import { setQueryData, useQuery } from '../../lib/query';
import type { SectionProps } from './sections';
import { StepFields, termsForm, useSteps, type KeptTerms } from './steps';
import { t } from './text';

const KEY = ['cancellation-terms'] as const;

export default function Terms(_: SectionProps) {
  const tenant = useTenant();
  const kept = useQuery<KeptTerms>(KEY, async (signal) => (await get<KeptTerms>('cancellation-terms', { signal })).data);
  const error = kept.error ?? tenant.error;
  return (
    <Page narrow title={t('terms.title')} lead={t('terms.lead')}>
      {error && !(kept.data && tenant.data) ? <Failed error={error} what={t('terms.title')} onRetry={() => { kept.reload(); tenant.reload(); }} /> : null}
      {!(kept.data && tenant.data) && !error ? <Loading what={t('terms.title')} /> : null}
      {kept.data && tenant.data ? <TermsForm key={`${kept.data.version}:${tenant.data.version}`} kept={kept.data} tenant={tenant.data} /> : null}
    </Page>
  );
}

function TermsForm({ kept, tenant }: { readonly kept: KeptTerms; readonly tenant: Tenant }) {
  const steps = useSteps(kept.terms);
  const { initial, fieldOf, validate, bodyOf } = termsForm(kept.terms, tenant.currency);
  const form = useForm<Record<string, string>>({
    initial: { ...initial, minutes: String(tenant.pay_minutes) },
    fieldOf: (path) => (path === 'pay_minutes' ? 'minutes' : fieldOf(path)),
    validate,
    submit: async (v) => {
      const { data } = await withVersion(t('terms.title'), () => put<KeptTerms>('cancellation-terms', bodyOf(v, steps.count), { version: kept.version }));
      if (Number(v['minutes']) !== tenant.pay_minutes) {
        const changed = await withVersion(t('terms.title'), () => patch<Tenant>('tenant', { pay_minutes: Number(v['minutes']) }, { version: tenant.version }));
        setQueryData(['tenant'], changed.data);
      }
      letGo();
      setQueryData(KEY, data);
      showToast(t('clinic.saved'));
    },
  });
  const letGo = useDirtyGuard(form.dirty || steps.dirty);
  return (
    <FormFrame form={form} labels={{ minutes: t('terms.minutes'), no_show: t('terms.noShow'), fee: t('terms.fee', { currency: tenant.currency }) }}>
      <section class="panel stack">
        <h2>{t('terms.back')}</h2>
        <p class="muted">{kept.words}</p>
        <StepFields form={form} steps={steps} currency={tenant.currency} />
        <p class="small muted">{t('terms.frozen')}</p>
      </section>
      <section class="panel stack">
        <h2>{t('terms.wait')}</h2>
        <div class="form-row"><NumberField {...form.bind('minutes')} label={t('terms.minutes')} hint={t('terms.minutesHint')} min={10} max={1440} required /></div>
      </section>
    </FormFrame>
  );
}

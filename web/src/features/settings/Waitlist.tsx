/** The waitlist: who may join it, and for how long, how long before and to whom first a time is offered. */
import { patch } from '../../api/client';
import type { Tenant } from '../../api/types';
import { useTenant } from '../../app/data';
import { Failed, FormFrame, Loading, NumberField, Page, SelectField, showToast, useDirtyGuard, useForm, withVersion } from '../../app/ui';
import { setQueryData } from '../../lib/query';
import { Check } from './forms';
import type { SectionProps } from './sections';
import { t } from './text';

const ORDERS = ['urgent', 'waiting', 'longest'] as const;

export default function Waitlist(_: SectionProps) {
  const tenant = useTenant();
  return (
    <Page narrow title={t('waitlist.title')} lead={t('waitlist.lead')}>
      {tenant.error && !tenant.data ? <Failed error={tenant.error} what={t('visits.theseSettings')} onRetry={tenant.reload} /> : null}
      {!tenant.data && !tenant.error ? <Loading what={t('visits.theSettings')} /> : null}
      {tenant.data ? <WaitlistForm key={tenant.data.version} tenant={tenant.data} /> : null}
    </Page>
  );
}

function WaitlistForm({ tenant }: { readonly tenant: Tenant }) {
  const form = useForm({
    initial: { open: tenant.waitlist_public ? '1' : '', auto: tenant.waitlist_auto ? '1' : '', minutes: String(tenant.waitlist_offer_min), notice: String(tenant.waitlist_notice_min), order: tenant.waitlist_order as string },
    fieldOf: (path) => ({ waitlist_offer_min: 'minutes', waitlist_notice_min: 'notice', waitlist_order: 'order' })[path] ?? path,
    submit: async (v) => {
      const body = { waitlist_public: v.open === '1', waitlist_auto: v.auto === '1', waitlist_offer_min: Number(v.minutes), waitlist_notice_min: Number(v.notice), waitlist_order: v.order };
      const { data } = await withVersion(t('visits.theseSettings2'), () => patch<Tenant>('tenant', body, { version: tenant.version }));
      letGo();
      setQueryData(['tenant'], data);
      showToast(t('clinic.saved'));
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  return (
    <FormFrame form={form} labels={{ minutes: t('waitlist.minutes'), notice: t('waitlist.notice'), order: t('waitlist.order') }}>
      <section class="panel stack">
        <h2>{t('waitlist.who')}</h2>
        <Check label={t('waitlist.public')} hint={t('waitlist.publicHint')} checked={form.values.open === '1'} onChange={(on) => form.set('open', on ? '1' : '')} />
        <Check label={t('waitlist.auto')} hint={t('waitlist.autoHint')} checked={form.values.auto === '1'} onChange={(on) => form.set('auto', on ? '1' : '')} />
        <SelectField {...form.bind('order')} label={t('waitlist.order')}>
          {ORDERS.map((order) => <option key={order} value={order}>{t(`waitlist.order.${order}`)}</option>)}
        </SelectField>
      </section>
      <section class="panel stack">
        <h2>{t('waitlist.offers')}</h2>
        <div class="form-row">
          <NumberField {...form.bind('minutes')} label={t('waitlist.minutes')} hint={t('waitlist.minutesHint')} min={5} max={2880} required />
          <NumberField {...form.bind('notice')} label={t('waitlist.notice')} hint={t('waitlist.noticeHint')} max={43200} required />
        </div>
        <p class="small muted">{t('waitlist.quiet')} <a href="/app/settings/reminders">{t('reminders.reminders')}</a></p>
      </section>
    </FormFrame>
  );
}

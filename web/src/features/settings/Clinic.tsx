/** The clinic itself: name, ways to reach it, and the rules of booking. */
import { patch } from '../../api/client';
import type { Tenant } from '../../api/types';
import { useTenant } from '../../app/data';
import { staySignedIn } from '../../app/session';
import { Failed, Loading, Page } from '../../app/ui/Page';
import { setQueryData } from '../../lib/query';
import { Icon } from '../../ui/Icon';
import { SelectField, TextField } from '../../ui/Field';
import { showToast } from '../../ui/Toast';
import { useForm } from '../../ui/useForm';
import { useDirtyGuard } from '../../app/ui/useDirtyGuard';
import { Check, ColorField, FormFrame, NumberField, numberOf, textOrNull, withVersion, zones } from './forms';
import type { SectionProps } from './sections';
import { t } from './text';

export default function Clinic(_: SectionProps) {
  const tenant = useTenant();
  return (
    <Page narrow title={t('clinic.clinic')} lead={t('clinic.whatClientsSeeAnd')}>
      {tenant.error && !tenant.data ? <Failed error={tenant.error} what={t('clinic.theClinic')} onRetry={tenant.reload} /> : null}
      {!tenant.data && !tenant.error ? <Loading what={t('clinic.theClinic2')} /> : null}
      {tenant.data ? <ClinicForm key={tenant.data.version} tenant={tenant.data} /> : null}
    </Page>
  );
}

const LABELS: Record<string, string> = { name: t('service.name'), time_zone: t('clinic.timeZone'), brand_color: t('service.colour'), phone: t('clinic.phone'), email: t('email'), website: t('clinic.website'), address: t('clinic.address'), booking_min_notice_min: t('service.notice'), booking_horizon_days: t('service.horizon'), cancel_notice_min: t('clinic.noticeToCancel'), move_notice_min: t('clinic.noticeToMove'), hold_minutes: t('clinic.heldWhileBooking'), currency: t('clinic.currency'), max_per_client_day: t('service.limitDay'), max_per_client_week: t('service.limitWeek'), max_per_client_open: t('service.limitOpen') };

function ClinicForm({ tenant }: { readonly tenant: Tenant }) {
  const form = useForm({
    initial: {
      name: tenant.name, time_zone: tenant.time_zone, currency: tenant.currency, brand_color: tenant.brand_color ?? '', phone: tenant.phone ?? '', email: tenant.email ?? '', website: tenant.website ?? '', address: tenant.address ?? '',
      booking_enabled: tenant.booking_enabled ? '1' : '', booking_min_notice_min: String(tenant.booking_min_notice_min), booking_horizon_days: String(tenant.booking_horizon_days),
      max_per_client_day: tenant.max_per_client_day?.toString() ?? '', max_per_client_week: tenant.max_per_client_week?.toString() ?? '', max_per_client_open: tenant.max_per_client_open?.toString() ?? '',
      cancel_notice_min: String(tenant.cancel_notice_min), move_notice_min: String(tenant.move_notice_min), hold_minutes: String(tenant.hold_minutes), week_start: String(tenant.week_start),
    },
    submit: async (v) => {
      const body = {
        name: v.name.trim(), time_zone: v.time_zone, currency: v.currency.trim().toUpperCase(), brand_color: textOrNull(v.brand_color), phone: textOrNull(v.phone), email: textOrNull(v.email), website: textOrNull(v.website), address: textOrNull(v.address),
        booking_enabled: v.booking_enabled === '1', booking_min_notice_min: Number(v.booking_min_notice_min), booking_horizon_days: Number(v.booking_horizon_days), cancel_notice_min: Number(v.cancel_notice_min),
        move_notice_min: Number(v.move_notice_min), hold_minutes: Number(v.hold_minutes), week_start: Number(v.week_start),
        max_per_client_day: numberOf(v.max_per_client_day), max_per_client_week: numberOf(v.max_per_client_week), max_per_client_open: numberOf(v.max_per_client_open),
      };
      const { data } = await withVersion(t('clinic.theClinic2'), () => patch<Tenant>('tenant', body, { version: tenant.version }));
      letGo();
      setQueryData(['tenant'], data);
      void staySignedIn();
      showToast(t('clinic.saved'));
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  const set = (name: keyof typeof form.values) => (value: string) => form.set(name, value);
  return (
    <FormFrame form={form} labels={LABELS}>
      <section class="panel stack">
        <h2>{t('clinic.aboutTheClinic')}</h2>
        <TextField {...form.bind('name')} label={LABELS['name'] ?? ''} required data-invalid={t('clinic.enterTheClinicsName')} />
        <div class="form-row">
          <TextField {...form.bind('phone')} type="tel" label={t('clinic.phone')} optional={t('optional')} />
          <TextField {...form.bind('email')} type="email" label={t('email')} optional={t('optional')} />
        </div>
        <TextField {...form.bind('address')} label={t('clinic.address')} optional={t('optional')} />
        <div class="form-row">
          <TextField {...form.bind('website')} type="url" label={t('clinic.website')} optional={t('optional')} />
          <ColorField {...form.bind('brand_color')} label={t('service.colour')} />
        </div>
        <div class="form-row">
          <SelectField {...form.bind('time_zone')} label={t('clinic.timeZone')}>{zones(tenant.time_zone).map((name) => <option key={name} value={name}>{name}</option>)}</SelectField>
          <SelectField {...form.bind('week_start')} label={t('clinic.theWeekBeginsOn')}><option value="1">{t('clinic.monday')}</option><option value="6">{t('clinic.saturday')}</option><option value="7">{t('clinic.sunday')}</option></SelectField>
          <TextField {...form.bind('currency')} label={t('clinic.currency')} maxLength={3} pattern="[A-Za-z]{3}" data-invalid={t('clinic.threeLettersLikeEur')} />
        </div>
      </section>
      <section class="panel stack">
        <h2>{t('service.booking')}</h2>
        <Check label={t('clinic.clientsCanBookOn')} checked={form.values.booking_enabled === '1'} onChange={(checked) => set('booking_enabled')(checked ? '1' : '')} />
        <p class="small"><a href={`/book/${tenant.slug}`} target="_blank" rel="noopener">{t('preview.page')}{' '}<Icon name="external-link" size="sm" class="icon-inline" /><span class="visually-hidden"> {t('newTab')}</span></a></p>
        <div class="form-row">
          <NumberField {...form.bind('booking_min_notice_min')} label={t('service.notice')} hint={t('clinic.minutesBeforeTheStart')} required />
          <NumberField {...form.bind('booking_horizon_days')} label={t('service.horizon')} hint={t('clinic.days')} min={1} max={730} required />
          <NumberField {...form.bind('hold_minutes')} label={t('clinic.heldWhileBooking')} hint={t('service.minutes')} min={1} max={60} required />
        </div>
        <div class="form-row">
          <NumberField {...form.bind('cancel_notice_min')} label={t('clinic.noticeToCancel')} hint={t('clinic.minutesBeforeTheStart')} required />
          <NumberField {...form.bind('move_notice_min')} label={t('clinic.noticeToMove')} hint={t('clinic.minutesBeforeTheStart')} required />
        </div>
        <h3>{t('service.limits')}</h3>
        <div class="form-row">
          <NumberField {...form.bind('max_per_client_day')} label={t('service.limitDay')} hint={t('clinic.allServicesEmptyNo')} min={1} max={100} />
          <NumberField {...form.bind('max_per_client_week')} label={t('service.limitWeek')} hint={t('service.maxPerDayHint')} min={1} max={100} />
          <NumberField {...form.bind('max_per_client_open')} label={t('service.limitOpen')} hint={t('service.maxPerDayHint')} min={1} max={100} />
        </div>
      </section>
    </FormFrame>
  );
}

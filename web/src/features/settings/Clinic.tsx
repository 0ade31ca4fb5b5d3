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

export default function Clinic(_: SectionProps) {
  const tenant = useTenant();
  return (
    <Page narrow title="Clinic" lead="What clients see, and the rules for booking on line.">
      {tenant.error && !tenant.data ? <Failed error={tenant.error} what="The clinic" onRetry={tenant.reload} /> : null}
      {!tenant.data && !tenant.error ? <Loading what="the clinic" /> : null}
      {tenant.data ? <ClinicForm key={tenant.data.version} tenant={tenant.data} /> : null}
    </Page>
  );
}

const LABELS: Record<string, string> = { name: 'Name', time_zone: 'Time zone', brand_color: 'Colour', phone: 'Phone', email: 'E-mail', website: 'Website', address: 'Address', booking_min_notice_min: 'Shortest notice', booking_horizon_days: 'How far ahead', cancel_notice_min: 'Notice to cancel', move_notice_min: 'Notice to move', hold_minutes: 'Held while booking', currency: 'Currency', max_per_client_day: 'A day', max_per_client_week: 'A week', max_per_client_open: 'Still to come' };

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
      const { data } = await withVersion('the clinic', () => patch<Tenant>('tenant', body, { version: tenant.version }));
      letGo();
      setQueryData(['tenant'], data);
      void staySignedIn();
      showToast('Saved');
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  const set = (name: keyof typeof form.values) => (value: string) => form.set(name, value);
  return (
    <FormFrame form={form} labels={LABELS}>
      <section class="panel stack">
        <h2>About the clinic</h2>
        <TextField {...form.bind('name')} label={LABELS['name'] ?? ''} required data-invalid="Enter the clinic’s name." />
        <div class="form-row">
          <TextField {...form.bind('phone')} type="tel" label="Phone" optional="optional" />
          <TextField {...form.bind('email')} type="email" label="E-mail" optional="optional" />
        </div>
        <TextField {...form.bind('address')} label="Address" optional="optional" />
        <div class="form-row">
          <TextField {...form.bind('website')} type="url" label="Website" optional="optional" />
          <ColorField {...form.bind('brand_color')} label="Colour" />
        </div>
        <div class="form-row">
          <SelectField {...form.bind('time_zone')} label="Time zone">{zones(tenant.time_zone).map((name) => <option key={name} value={name}>{name}</option>)}</SelectField>
          <SelectField {...form.bind('week_start')} label="The week begins on"><option value="1">Monday</option><option value="6">Saturday</option><option value="7">Sunday</option></SelectField>
          <TextField {...form.bind('currency')} label="Currency" maxLength={3} pattern="[A-Za-z]{3}" data-invalid="Three letters, like EUR." />
        </div>
      </section>
      <section class="panel stack">
        <h2>Booking on line</h2>
        <Check label="Clients can book on line" checked={form.values.booking_enabled === '1'} onChange={(checked) => set('booking_enabled')(checked ? '1' : '')} />
        <p class="small"><a href={`/book/${tenant.slug}`} target="_blank" rel="noopener">Open the booking page <Icon name="external-link" size="sm" class="icon-inline" /><span class="visually-hidden"> in a new tab</span></a></p>
        <div class="form-row">
          <NumberField {...form.bind('booking_min_notice_min')} label="Shortest notice" hint="Minutes before the start" required />
          <NumberField {...form.bind('booking_horizon_days')} label="How far ahead" hint="Days" min={1} max={730} required />
          <NumberField {...form.bind('hold_minutes')} label="Held while booking" hint="Minutes" min={1} max={60} required />
        </div>
        <div class="form-row">
          <NumberField {...form.bind('cancel_notice_min')} label="Notice to cancel" hint="Minutes before the start" required />
          <NumberField {...form.bind('move_notice_min')} label="Notice to move" hint="Minutes before the start" required />
        </div>
        <h3>Limits for one client</h3>
        <div class="form-row">
          <NumberField {...form.bind('max_per_client_day')} label="A day" hint="All services; empty: no limit" min={1} max={100} />
          <NumberField {...form.bind('max_per_client_week')} label="A week" hint="Empty: no limit" min={1} max={100} />
          <NumberField {...form.bind('max_per_client_open')} label="Still to come" hint="Empty: no limit" min={1} max={100} />
        </div>
      </section>
    </FormFrame>
  );
}

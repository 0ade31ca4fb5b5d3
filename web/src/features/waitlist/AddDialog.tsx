/** Somebody new on the list: who, what for, with whom, and when it suits. */
import { useState } from 'preact/hooks';
import { create, get } from '../../api/client';
import type { Client } from '../../api/types';
import { useLocations, useProviders, useServices } from '../../app/data';
import { texts } from '../../app/text';
import { Combobox, DateField, Dialog, FormFrame, NumberField, SelectField, TextArea, TimeField, WeekdayPicker, numberOf, textOrNull, type Option } from '../../app/ui';
import { invalidate } from '../../lib/query';
import { showToast } from '../../ui/Toast';
import { useForm } from '../../ui/useForm';
import en from './en.json';

const t = texts(en);
const INITIAL = { client: '', service: '', provider: '', location: '', not_before: '', not_after: '', start: '', end: '', min_notice_min: '60', priority: '0', note: '' };

async function searchClients(text: string, signal: AbortSignal): Promise<readonly Option[]> {
  const { data } = await get<Client[]>('clients', { query: { q: text, limit: 8, sort: text === '' ? '-last_visit' : 'name' }, signal });
  return data.map((c) => ({ id: c.id, label: c.name, detail: c.phone ?? c.email }));
}

export function AddDialog({ onClose }: { readonly onClose: () => void }) {
  const services = useServices().data ?? [];
  const providers = useProviders().data ?? [];
  const locations = useLocations().data ?? [];
  const [client, setClient] = useState<Option | null>(null);
  const [days, setDays] = useState<ReadonlySet<number>>(new Set());
  const form = useForm({
    initial: INITIAL,
    fieldOf: (path) => ({ client_id: 'client', service_id: 'service', provider_id: 'provider', location_id: 'location' })[path] ?? (path.startsWith('windows') ? 'end' : path),
    validate: (v) => ({ ...(client ? {} : { client: t('client.missing') }), ...(v.service ? {} : { service: t('service.missing') }) }),
    submit: async (v) => {
      const limited = days.size > 0 || v.start !== '' || v.end !== '';
      const windows = limited ? [...(days.size > 0 ? days : [1, 2, 3, 4, 5, 6, 7])].map((weekday) => ({ weekday, start: v.start || '00:00', end: v.end || '24:00' })) : [];
      await create('waitlist', {
        client_id: client?.id, service_id: v.service, provider_id: v.provider || null, location_id: v.location || null, windows,
        not_before: v.not_before || null, not_after: v.not_after || null, min_notice_min: numberOf(v.min_notice_min) ?? 0, priority: numberOf(v.priority) ?? 0, note: textOrNull(v.note),
      });
      invalidate(['waitlist']);
      showToast(t('added', { name: client?.label ?? '' }));
      onClose();
    },
  });
  const offered = providers.filter((p) => form.values.service === '' || p.service_ids.includes(form.values.service));
  const labels = { client: t('client'), service: t('service'), provider: t('provider'), not_before: t('notbefore'), not_after: t('notafter'), start: t('time.from'), end: t('time.to'), min_notice_min: t('notice'), priority: t('priority'), note: t('note') };
  return (
    <Dialog title={t('add')} closeLabel={t('close')} onClose={onClose}>
      <FormFrame form={form} labels={labels} saveLabel={t('save')}>
        <Combobox id={form.bind('client').id} label={t('client')} value={client} error={form.errors.client ?? null} autoFocus search={searchClients} onChoose={setClient} />
        <SelectField {...form.bind('service')} label={t('service')} required>
          <option value=""> </option>
          {services.map((s) => <option key={s.id} value={s.id}>{s.name}</option>)}
        </SelectField>
        <SelectField {...form.bind('provider')} label={t('provider')}>
          <option value="">{t('anybody')}</option>
          {offered.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
        </SelectField>
        {locations.length > 1 ? (
          <SelectField {...form.bind('location')} label={t('location')}>
            <option value="">{t('anywhere')}</option>
            {locations.map((l) => <option key={l.id} value={l.id}>{l.name}</option>)}
          </SelectField>
        ) : null}
        <WeekdayPicker label={t('days')} value={days} onChange={setDays} />
        <div class="form-row">
          <TimeField {...form.bind('start')} label={t('time.from')} />
          <TimeField {...form.bind('end')} label={t('time.to')} />
        </div>
        <div class="form-row">
          <DateField {...form.bind('not_before')} label={t('notbefore')} />
          <DateField {...form.bind('not_after')} label={t('notafter')} />
        </div>
        <div class="form-row">
          <NumberField {...form.bind('min_notice_min')} label={t('notice')} max={43200} />
          <NumberField {...form.bind('priority')} label={t('priority')} hint={t('priority.hint')} max={9} />
        </div>
        <TextArea {...form.bind('note')} label={t('note')} maxLength={1000} />
      </FormFrame>
    </Dialog>
  );
}

/** What can be booked: length, buffers, price, who offers it; with a look at what the public would see. */
import { useState } from 'preact/hooks';
import { create, get, patch } from '../../api/client';
import type { Service, Slot } from '../../api/types';
import { useProviders, useServices } from '../../app/data';
import { session, zone } from '../../app/session';
import { editMoney, formatMoney, parseMoney } from '../../lib/money';
import { invalidate, useQuery } from '../../lib/query';
import { navigate } from '../../lib/router';
import { addDays, clockOf, formatDate, formatDuration, todayIn, wallTime } from '../../lib/time';
import { Button } from '../../ui/Button';
import { SelectField, TextArea, TextField } from '../../ui/Field';
import { Skeleton } from '../../ui/State';
import { showToast } from '../../ui/Toast';
import { useForm } from '../../ui/useForm';
import { useDirtyGuard } from '../../app/ui/useDirtyGuard';
import { Check, Chips, ColorField, FormFrame, numberOf, NumberField, textOrNull, withVersion } from './forms';
import { archive, RecordEdit, RecordList } from './records';
import type { SectionProps } from './sections';

export default function Services({ id }: SectionProps) {
  const query = useServices();
  const providers = useProviders().data;
  if (id !== null) {
    return (
      <RecordEdit id={id} path="services" listTitle="Services" newTitle="New service" query={query}>
        {(row) => (
          <>
            <ServiceForm key={`${row?.version ?? 0}/${providers ? 1 : 0}`} row={row} position={query.data?.length ?? 0} />
            {row ? <Preview key={row.version} service={row} /> : null}
          </>
        )}
      </RecordEdit>
    );
  }
  return (
    <RecordList
      title="Services" lead="What clients can book, how long it takes and what it costs." path="services" add="Add service" query={query} icon="list" emptyText="Add the first service: a name and a length are enough."
      mark={(s) => <span class="dot" style={{ '--c': s.color }} aria-hidden="true" />}
      detail={(s) => `${formatDuration(s.duration_min)} · ${formatMoney(s.price_minor, s.currency, session.value?.tenant.locale)}`}
      end={(s) => <span class={`badge${s.public ? ' badge-ok' : ''}`}>{s.public ? 'On line' : 'Team only'}</span>}
    />
  );
}

const LABELS: Record<string, string> = { name: 'Name', description: 'Description', duration_min: 'Length', buffer_before_min: 'Before', buffer_after_min: 'After', step_min: 'Starts every', price: 'Price', color: 'Colour', min_notice_min: 'Shortest notice', horizon_days: 'How far ahead', max_per_day: 'Most per day' };

function ServiceForm({ row, position }: { readonly row: Service | null; readonly position: number }) {
  const providers = useProviders().data ?? [];
  const currency = row?.currency ?? session.value?.tenant.currency ?? 'EUR';
  const startIds = row?.provider_ids ?? providers.map((p) => p.id);
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set(startIds));
  const form = useForm({
    initial: {
      name: row?.name ?? '', description: row?.description ?? '', duration_min: String(row?.duration_min ?? 30), buffer_before_min: String(row?.buffer_before_min ?? 0), buffer_after_min: String(row?.buffer_after_min ?? 0),
      step_min: String(row?.step_min ?? 15), price: editMoney(row?.price_minor ?? 0, currency), color: row?.color ?? '#2563eb', public: row?.public === false ? '' : '1', any_provider: row?.any_provider === false ? '' : '1',
      min_notice_min: row?.min_notice_min?.toString() ?? '', horizon_days: row?.horizon_days?.toString() ?? '', max_per_day: row?.max_per_day?.toString() ?? '', resource_kind: row?.resource_kind ?? '',
    },
    validate: (v) => (parseMoney(v.price, currency) === null ? { price: 'Enter an amount, like 45.00.' } : {}),
    fieldOf: (path) => (path === 'price_minor' ? 'price' : path),
    submit: async (v) => {
      const body = {
        name: v.name.trim(), description: textOrNull(v.description), duration_min: Number(v.duration_min), buffer_before_min: Number(v.buffer_before_min), buffer_after_min: Number(v.buffer_after_min), step_min: Number(v.step_min),
        price_minor: parseMoney(v.price, currency) ?? 0, currency, color: v.color, public: v.public === '1', any_provider: v.any_provider === '1', min_notice_min: numberOf(v.min_notice_min), horizon_days: numberOf(v.horizon_days),
        max_per_day: numberOf(v.max_per_day), resource_kind: v.resource_kind || null, provider_ids: [...ids],
      };
      if (row) await withVersion('this service', () => patch<Service>(`services/${row.id}`, body, { version: row.version }));
      else await create<Service>('services', { ...body, position });
      letGo();
      invalidate(['services'], ['providers'], ['calendar'], ['slots']);
      showToast(`${body.name} saved`);
      if (!row) navigate('/app/settings/services');
    },
  });
  const idsDirty = ids.size !== startIds.length || startIds.some((id) => !ids.has(id));
  const letGo = useDirtyGuard(form.dirty || idsDirty);
  return (
    <FormFrame form={form} labels={LABELS} extra={row ? <Button kind="danger-quiet" size="sm" onClick={() => void archive('services', row, 'It can no longer be booked. Appointments that exist stay.')}>Archive…</Button> : null}>
      <div class="form-row">
        <TextField {...form.bind('name')} label="Name" required data-invalid="Enter a name." />
        <ColorField {...form.bind('color')} label="Colour" />
      </div>
      <TextArea {...form.bind('description')} label="Description" optional="optional" hint="Shown on the booking page" rows={2} />
      <div class="form-row form-row-4">
        <NumberField {...form.bind('duration_min')} label="Length" hint="Minutes" min={5} max={1440} required />
        <NumberField {...form.bind('buffer_before_min')} label="Before" hint="Minutes kept" max={240} required />
        <NumberField {...form.bind('buffer_after_min')} label="After" hint="Minutes kept" max={240} required />
        <NumberField {...form.bind('step_min')} label="Starts every" hint="Minutes" min={5} max={240} required />
      </div>
      <div class="form-row">
        <TextField {...form.bind('price')} label={`Price (${currency})`} inputMode="decimal" required />
        <SelectField {...form.bind('resource_kind')} label="Needs"><option value="">Nothing but the provider</option><option value="chair">A chair</option><option value="room">A room</option><option value="device">A device</option></SelectField>
      </div>
      <Chips label="Offered by" options={providers} chosen={ids} onChange={setIds} />
      <Check label="Can be booked on line" checked={form.values.public === '1'} onChange={(checked) => form.set('public', checked ? '1' : '')} />
      <Check label="Clients may choose “whoever is free”" checked={form.values.any_provider === '1'} onChange={(checked) => form.set('any_provider', checked ? '1' : '')} />
      <div class="form-row">
        <NumberField {...form.bind('min_notice_min')} label="Shortest notice" hint="Minutes; empty: as the clinic" />
        <NumberField {...form.bind('horizon_days')} label="How far ahead" hint="Days; empty: as the clinic" />
        <NumberField {...form.bind('max_per_day')} label="Most per day" hint="Empty: no limit" min={1} />
      </div>
    </FormFrame>
  );
}

/** The next days with the times that a visitor of the booking page would be offered. */
function Preview({ service }: { readonly service: Service }) {
  const today = todayIn(zone.value);
  const slots = useQuery<Slot[]>(['slots', 'preview', service.id, service.version], async (signal) => (await get<Slot[]>('calendar/slots', { query: { service_id: service.id, from: today, to: addDays(today, 13) }, signal })).data);
  const days = new Map<string, Set<string>>();
  for (const slot of slots.data ?? []) {
    const wall = wallTime(slot.start, zone.value);
    days.set(wall.date, (days.get(wall.date) ?? new Set()).add(clockOf(wall.minutes)));
  }
  return (
    <section class="panel preview" aria-busy={slots.loading}>
      <h2>What is free now</h2>
      {!slots.data && !slots.error ? <Skeleton height="6rem" /> : null}
      {slots.error ? <p class="muted small">The free times could not be read: {slots.error.message}</p> : null}
      {slots.data && days.size === 0 ? <p class="muted small">No free time in the next two weeks. Check the hours of its providers, the notice and how far ahead it can be booked.</p> : null}
      <ul class="preview-days">
        {[...days].slice(0, 5).map(([date, times]) => (
          <li key={date}><span>{formatDate(date, 'short')}</span><span class="muted num">{[...times].slice(0, 8).join('  ')}{times.size > 8 ? `  and ${times.size - 8} more` : ''}</span></li>
        ))}
      </ul>
    </section>
  );
}

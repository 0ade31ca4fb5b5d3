/** Who treats: name, colour, services; and below, the hours. */
import { useState } from 'preact/hooks';
import { create, patch } from '../../api/client';
import type { Provider } from '../../api/types';
import { useProviders, useServices } from '../../app/data';
import { invalidate } from '../../lib/query';
import { navigate } from '../../lib/router';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { TextField } from '../../ui/Field';
import { showToast } from '../../ui/Toast';
import { useForm } from '../../ui/useForm';
import { useDirtyGuard } from '../../app/ui/useDirtyGuard';
import { Check, Chips, ColorField, FormFrame, textOrNull, withVersion } from './forms';
import { HoursEditor } from './HoursEditor';
import { archive, RecordEdit, RecordList } from './records';
import type { SectionProps } from './sections';

export default function Providers({ id }: SectionProps) {
  const query = useProviders();
  const services = useServices().data;
  if (id !== null) {
    return (
      <RecordEdit id={id} path="providers" listTitle="Providers and hours" newTitle="New provider" query={query}>
        {(row) => (
          <>
            <ProviderForm key={`${row?.id ?? 'new'}/${services ? 1 : 0}`} row={row} position={query.data?.length ?? 0} />
            {row ? <HoursEditor provider={row} /> : null}
          </>
        )}
      </RecordEdit>
    );
  }
  return (
    <RecordList
      title="Providers and hours" lead="Everybody here has a column in the calendar." path="providers" add="Add provider" query={query} icon="stethoscope" emptyText="Add who treats clients, then the hours they work."
      mark={(p) => <Avatar name={p.name} color={p.color} />}
      detail={(p) => [p.title, `${p.service_ids.length} ${p.service_ids.length === 1 ? 'service' : 'services'}`].filter(Boolean).join(' · ')}
      end={(p) => (p.bookable ? null : <span class="badge">Not bookable</span>)}
    />
  );
}

function ProviderForm({ row, position }: { readonly row: Provider | null; readonly position: number }) {
  const services = useServices().data ?? [];
  const startIds = row?.service_ids ?? services.map((s) => s.id);
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set(startIds));
  const form = useForm({
    initial: { name: row?.name ?? '', title: row?.title ?? '', color: row?.color ?? '#0f766e', bookable: row?.bookable === false ? '' : '1' },
    submit: async (v) => {
      const body = { name: v.name.trim(), title: textOrNull(v.title), color: v.color, bookable: v.bookable === '1', service_ids: [...ids] };
      const { data } = row ? await withVersion('this provider', () => patch<Provider>(`providers/${row.id}`, body, { version: row.version })) : await create<Provider>('providers', { ...body, position });
      letGo();
      invalidate(['providers'], ['services'], ['calendar'], ['hours', data.id]);
      showToast(`${body.name} saved`);
      if (!row) navigate(`/app/settings/providers/${data.id}`);
    },
  });
  const idsDirty = ids.size !== startIds.length || startIds.some((id) => !ids.has(id));
  const letGo = useDirtyGuard(form.dirty || idsDirty);
  return (
    <FormFrame form={form} labels={{ name: 'Name', title: 'Title', color: 'Colour' }} saveLabel={row ? 'Save provider' : 'Create provider'} extra={row ? <Button kind="danger-quiet" size="sm" onClick={() => void archive('providers', row, 'The column disappears from the calendar. Appointments that exist stay.')}>Archive…</Button> : null}>
      <div class="form-row">
        <TextField {...form.bind('name')} label="Name" required data-invalid="Enter a name." />
        <TextField {...form.bind('title')} label="Title" optional="optional" placeholder="Dentist" />
        <ColorField {...form.bind('color')} label="Colour" />
      </div>
      {services.length > 0 ? <Chips label="Offers" options={services} chosen={ids} onChange={setIds} /> : null}
      <Check label="Can be booked" checked={form.values.bookable === '1'} onChange={(checked) => form.set('bookable', checked ? '1' : '')} />
    </FormFrame>
  );
}

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
import { t } from './text';

export default function Providers({ id }: SectionProps) {
  const query = useProviders();
  const services = useServices().data;
  if (id !== null) {
    return (
      <RecordEdit id={id} path="providers" listTitle={t('providers.providersAndHours')} newTitle={t('providers.newProvider')} query={query} ready={services !== undefined}>
        {(row) => (
          <>
            <ProviderForm key={row?.id ?? 'new'} row={row} position={query.data?.length ?? 0} />
            {row ? <HoursEditor provider={row} /> : null}
          </>
        )}
      </RecordEdit>
    );
  }
  return (
    <RecordList
      title={t('providers.providersAndHours')} lead={t('providers.everybodyHereHasA')} path="providers" add={t('providers.addProvider')} query={query} icon="stethoscope" emptyText={t('providers.addWhoTreatsClients')}
      mark={(p) => <Avatar name={p.name} color={p.color} />}
      detail={(p) => [p.title, t('services.count', { count: p.service_ids.length })].filter(Boolean).join(' · ')}
      end={(p) => (p.bookable ? null : <span class="badge">{t('providers.notBookable')}</span>)}
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
      const { data } = row ? await withVersion(t('providers.thisProvider'), () => patch<Provider>(`providers/${row.id}`, body, { version: row.version })) : await create<Provider>('providers', { ...body, position });
      letGo();
      invalidate(['providers'], ['services'], ['calendar'], ['hours', data.id]);
      showToast(t('saved', { name: body.name }));
      if (!row) navigate(`/app/settings/providers/${data.id}`);
    },
  });
  const idsDirty = ids.size !== startIds.length || startIds.some((id) => !ids.has(id));
  const letGo = useDirtyGuard(form.dirty || idsDirty);
  return (
    <FormFrame form={form} labels={{ name: t('service.name'), title: t('providers.title'), color: t('service.colour') }} saveLabel={row ? t('providers.saveProvider') : t('providers.createProvider')} extra={row ? <Button kind="danger-quiet" size="sm" onClick={() => void archive('providers', row, t('providers.theColumnDisappearsFrom'))}>{t('archive')}</Button> : null}>
      <div class="form-row">
        <TextField {...form.bind('name')} label={t('service.name')} required data-invalid={t('service.nameWanted')} />
        <TextField {...form.bind('title')} label={t('providers.title')} optional={t('optional')} placeholder={t('providers.dentist')} />
        <ColorField {...form.bind('color')} label={t('service.colour')} />
      </div>
      {services.length > 0 ? <Chips label={t('providers.offers')} options={services} chosen={ids} onChange={setIds} /> : null}
      <Check label={t('providers.canBeBooked')} checked={form.values.bookable === '1'} onChange={(checked) => form.set('bookable', checked ? '1' : '')} />
    </FormFrame>
  );
}

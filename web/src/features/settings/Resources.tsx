/** Chairs, rooms and devices: what an appointment needs besides people. */
import { create, patch } from '../../api/client';
import type { Resource } from '../../api/types';
import { useLocations, useResources } from '../../app/data';
import { invalidate } from '../../lib/query';
import { navigate } from '../../lib/router';
import { Button } from '../../ui/Button';
import { SelectField, TextField } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { showToast } from '../../ui/Toast';
import { useForm } from '../../ui/useForm';
import { useDirtyGuard } from '../../app/ui/useDirtyGuard';
import { FormFrame, withVersion } from './forms';
import { archive, RecordEdit, RecordList } from './records';
import type { SectionProps } from './sections';
import { t } from './text';

const KIND: Record<Resource['kind'], string> = { chair: t('resources.chair'), room: t('resources.room'), device: t('resources.device') };

export default function Resources({ id }: SectionProps) {
  const query = useResources();
  const known = useLocations().data;
  const locations = known ?? [];
  if (id !== null) return <RecordEdit id={id} path="resources" listTitle={t('resources.chairsAndRooms')} newTitle={t('resources.newChairOrRoom')} query={query} ready={known !== undefined}>{(row) => <ResourceForm key={row?.version ?? 0} row={row} />}</RecordEdit>;
  return <RecordList title={t('resources.chairsAndRooms')} lead={t('resources.aServiceThatNeeds')} path="resources" add={t('resources.addChairOrRoom')} query={query} icon="monitor" emptyText={t('resources.addChairsRoomsOr')} detail={(r) => `${KIND[r.kind]} · ${locations.find((l) => l.id === r.location_id)?.name ?? ''}`} />;
}

function ResourceForm({ row }: { readonly row: Resource | null }) {
  const locations = useLocations().data ?? [];
  const form = useForm({
    initial: { name: row?.name ?? '', kind: row?.kind ?? 'chair', location_id: row?.location_id ?? locations[0]?.id ?? '' },
    submit: async (v) => {
      const body = { name: v.name.trim(), kind: v.kind, location_id: v.location_id };
      if (row) await withVersion(t('resources.thisEntry'), () => patch<Resource>(`resources/${row.id}`, body, { version: row.version }));
      else await create<Resource>('resources', body);
      letGo();
      invalidate(['resources']);
      showToast(t('saved', { name: body.name }));
      if (!row) navigate('/app/settings/resources');
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  if (locations.length === 0) return <Notice tone="info" title={t('resources.aLocationComesFirst')}><p>{t('resources.chairsAndRoomsStand')}{' '}<a href="/app/settings/locations/new">{t('resources.addOne')}</a>.</p></Notice>;
  return (
    <FormFrame form={form} labels={{ name: t('service.name'), kind: t('resources.kind'), location_id: t('closures.location') }} extra={row ? <Button kind="danger-quiet" size="sm" onClick={() => void archive('resources', row, t('resources.itIsNoLonger'))}>{t('archive')}</Button> : null}>
      <TextField {...form.bind('name')} label={t('service.name')} required data-invalid={t('service.nameWanted')} />
      <div class="form-row">
        <SelectField {...form.bind('kind')} label={t('resources.kind')}>{Object.entries(KIND).map(([value, word]) => <option key={value} value={value}>{word}</option>)}</SelectField>
        <SelectField {...form.bind('location_id')} label={t('closures.location')}>{locations.map((l) => <option key={l.id} value={l.id}>{l.name}</option>)}</SelectField>
      </div>
    </FormFrame>
  );
}

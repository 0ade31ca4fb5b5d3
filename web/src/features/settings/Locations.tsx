/** The clinic's sites. */
import { create, patch } from '../../api/client';
import type { Location } from '../../api/types';
import { useLocations } from '../../app/data';
import { zone } from '../../app/session';
import { invalidate } from '../../lib/query';
import { navigate } from '../../lib/router';
import { zoneCity } from '../../lib/time';
import { Button } from '../../ui/Button';
import { SelectField, TextField } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import { showToast } from '../../ui/Toast';
import { useForm } from '../../ui/useForm';
import { useDirtyGuard } from '../../app/ui/useDirtyGuard';
import { FormFrame, textOrNull, withVersion, zones } from './forms';
import { archive, RecordEdit, RecordList } from './records';
import type { SectionProps } from './sections';
import { t } from './text';

export default function Locations({ id }: SectionProps) {
  const query = useLocations();
  if (id !== null) return <RecordEdit id={id} path="locations" listTitle={t('locations.locations')} newTitle={t('locations.newLocation')} query={query}>{(row) => <LocationForm key={row?.version ?? 0} row={row} />}</RecordEdit>;
  return <RecordList title={t('locations.locations')} lead={t('locations.eachSiteHasIts')} path="locations" add={t('locations.addLocation')} query={query} icon="map-pin" emptyText={t('locations.addTheFirstPlace')} mark={() => <Icon name="map-pin" />} detail={(l) => [l.address, zoneCity(l.time_zone)].filter(Boolean).join(' · ')} />;
}

function LocationForm({ row }: { readonly row: Location | null }) {
  const form = useForm({
    initial: { name: row?.name ?? '', time_zone: row?.time_zone ?? zone.value, address: row?.address ?? '', phone: row?.phone ?? '' },
    submit: async (v) => {
      const body = { name: v.name.trim(), time_zone: v.time_zone, address: textOrNull(v.address), phone: textOrNull(v.phone) };
      if (row) await withVersion(t('locations.thisLocation'), () => patch<Location>(`locations/${row.id}`, body, { version: row.version }));
      else await create<Location>('locations', body);
      letGo();
      invalidate(['locations']);
      showToast(t('saved', { name: body.name }));
      if (!row) navigate('/app/settings/locations');
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  return (
    <FormFrame form={form} labels={{ name: 'Name', time_zone: t('clinic.timeZone'), address: t('clinic.address'), phone: t('clinic.phone') }} extra={row ? <Button kind="danger-quiet" size="sm" onClick={() => void archive('locations', row, t('locations.nothingNewCanBe'))}>{t('archive')}</Button> : null}>
      <TextField {...form.bind('name')} label={t('service.name')} required data-invalid={t('service.nameWanted')} />
      <TextField {...form.bind('address')} label={t('clinic.address')} optional={t('optional')} />
      <div class="form-row">
        <TextField {...form.bind('phone')} type="tel" label={t('clinic.phone')} optional={t('optional')} />
        <SelectField {...form.bind('time_zone')} label={t('clinic.timeZone')}>{zones(form.values.time_zone).map((name) => <option key={name} value={name}>{name}</option>)}</SelectField>
      </div>
    </FormFrame>
  );
}

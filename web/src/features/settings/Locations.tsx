/** The clinic's sites. Another time zone asks what should stay, when something lies ahead. */
import { useState } from 'preact/hooks';
import { create, patch } from '../../api/client';
import type { Location } from '../../api/types';
import { useLocations } from '../../app/data';
import { zone } from '../../app/session';
import { ApiError } from '../../lib/http';
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
import { ZoneQuestion, type Ahead, type Keep, type ZoneConflict, type ZoneRefusal } from './ZoneQuestion';
import { ZoneReport } from './ZoneReport';

export default function Locations({ id }: SectionProps) {
  const query = useLocations();
  if (id !== null) return <RecordEdit id={id} path="locations" listTitle={t('locations.locations')} newTitle={t('locations.newLocation')} query={query}>{(row) => <LocationForm key={row?.version ?? 0} row={row} />}</RecordEdit>;
  return <RecordList title={t('locations.locations')} lead={t('locations.eachSiteHasIts')} path="locations" add={t('locations.addLocation')} query={query} icon="map-pin" emptyText={t('locations.addTheFirstPlace')} mark={() => <Icon name="map-pin" />} detail={(l) => [l.address, zoneCity(l.time_zone)].filter(Boolean).join(' · ')} after={<ZoneReport />} />;
}


function LocationForm({ row }: { readonly row: Location | null }) {
  const [ahead, setAhead] = useState<Ahead | null>(null);
  const [failed, setFailed] = useState<ZoneRefusal | null>(null);
  const decide = async (keep: Keep): Promise<void> => {
    if (!row) return;
    const v = form.values;
    try {
      await patch<Location>(`locations/${row.id}`, { name: v.name.trim(), time_zone: v.time_zone, address: textOrNull(v.address), phone: textOrNull(v.phone), keep }, { version: row.version });
      letGo();
      setAhead(null);
      invalidate(['locations'], ['calendar']);
      showToast(t('saved', { name: v.name.trim() }));
    } catch (error) {
      setFailed({ message: error instanceof ApiError ? error.message : String(error), conflicts: error instanceof ApiError ? ((error.details['conflicts'] as ZoneConflict[] | undefined) ?? []) : [] });
    }
  };
  const form = useForm({
    initial: { name: row?.name ?? '', time_zone: row?.time_zone ?? zone.value, address: row?.address ?? '', phone: row?.phone ?? '' },
    submit: async (v) => {
      const body = { name: v.name.trim(), time_zone: v.time_zone, address: textOrNull(v.address), phone: textOrNull(v.phone) };
      try {
        if (row) await withVersion(t('locations.thisLocation'), () => patch<Location>(`locations/${row.id}`, body, { version: row.version }));
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'NEEDS_DECISION') throw error;
        setFailed(null);
        setAhead(error.details as unknown as Ahead);
        return;
      }
      if (!row) await create<Location>('locations', body);
      letGo();
      invalidate(['locations']);
      showToast(t('saved', { name: body.name }));
      if (!row) navigate('/app/settings/locations');
    },
  });
  const letGo = useDirtyGuard(form.dirty);
  const question = ahead === null ? null : (
    <ZoneQuestion ahead={ahead} failed={failed} oldZone={row?.time_zone ?? ''} newZone={form.values.time_zone} onDecide={(keep) => void decide(keep)} onClose={() => setAhead(null)} />
  );
  return (
    <>{question}<FormFrame form={form} labels={{ name: t('service.name'), time_zone: t('clinic.timeZone'), address: t('clinic.address'), phone: t('clinic.phone') }} extra={row ? <Button kind="danger-quiet" size="sm" onClick={() => void archive('locations', row, t('locations.nothingNewCanBe'))}>{t('archive')}</Button> : null}>
      <TextField {...form.bind('name')} label={t('service.name')} required data-invalid={t('service.nameWanted')} />
      <TextField {...form.bind('address')} label={t('clinic.address')} optional={t('optional')} />
      <div class="form-row">
        <TextField {...form.bind('phone')} type="tel" label={t('clinic.phone')} optional={t('optional')} />
        <SelectField {...form.bind('time_zone')} label={t('clinic.timeZone')}>{zones(form.values.time_zone).map((name) => <option key={name} value={name}>{name}</option>)}</SelectField>
      </div>
    </FormFrame></>
  );
}

/** Who is treated: the client, people who depend on them, animals. */
import { checkTitle } from '../../app/ui/FormFrame';
import { useState } from 'preact/hooks';
import { create, patch, remove } from '../../api/client';
import type { Client, Patient } from '../../api/types';
import { can } from '../../app/session';
import { confirm } from '../../app/ui/Confirm';
import { invalidate } from '../../lib/query';
import { formatDate } from '../../lib/time';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { ErrorSummary } from '../../ui/ErrorSummary';
import { SelectField, TextArea, TextField } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import { showToast } from '../../ui/Toast';
import { useForm } from '../../ui/useForm';
import { bodyOf } from './ClientForm';
import { t } from './text';

const KIND: Record<Patient['kind'], string> = { self: t('patients.theClient'), dependant: t('patients.dependant'), animal: t('patients.animal') };

function describe(p: Patient): string {
  const parts = [KIND[p.kind], p.species, p.breed, p.sex && p.sex !== 'unknown' ? p.sex : null, p.date_of_birth ? `born ${formatDate(p.date_of_birth, 'short')}` : null, p.chip ? `chip ${p.chip}` : null];
  return parts.filter(Boolean).join(' · ');
}

export function Patients({ client }: { readonly client: Client }) {
  const [open, setOpen] = useState<Patient | 'new' | null>(null);
  const patients = (client.patients ?? []).filter((p) => !p.archived);
  const writable = can('clients.write') && !client.deleted;
  return (
    <>
      <ul class="rows">
        {patients.map((p) => (
          <li key={p.id}>
            <Icon name={p.kind === 'animal' ? 'paw-print' : 'user'} />
            <span class="row-text"><span>{p.name}</span><span class="muted">{describe(p)}</span></span>
            {writable ? <Button size="sm" kind="quiet" icon="pencil" aria-label={t('patients.edit', { name: p.name })} onClick={() => setOpen(p)} /> : null}
            {writable && p.kind !== 'self' ? <Button size="sm" kind="quiet" icon="trash-2" aria-label={t('patients.remove', { name: p.name })} onClick={() => void removePatient(client, p)} /> : null}
          </li>
        ))}
      </ul>
      {writable ? <p class="below"><Button icon="plus" size="sm" onClick={() => setOpen('new')}>{t('patients.addADependantOr')}</Button></p> : null}
      {open ? <PatientDialog client={client} patient={open === 'new' ? null : open} onClose={() => setOpen(null)} /> : null}
    </>
  );
}

async function removePatient(client: Client, p: Patient): Promise<void> {
  if (!(await confirm({ title: t('patients.remove2', { name: p.name }), text: t('patients.pastAppointmentsKeepThe'), yes: t('patients.remove', { name: p.name }), no: t('patients.keep') }))) return;
  try {
    await remove(`patients/${p.id}`, { version: p.version });
    invalidate(['client', client.id]);
    showToast(t('removed', { name: p.name }));
  } catch (error) {
    showToast(t('notRemoved', { name: p.name, reason: (error as Error).message }), { danger: true });
  }
}

interface Values extends Record<string, string> { name: string; kind: string; date_of_birth: string; sex: string; species: string; breed: string; chip: string; notes: string }

function PatientDialog({ client, patient, onClose }: { readonly client: Client; readonly patient: Patient | null; readonly onClose: () => void }) {
  const form = useForm<Values>({
    initial: { name: patient?.name ?? '', kind: patient?.kind ?? 'dependant', date_of_birth: patient?.date_of_birth ?? '', sex: patient?.sex ?? '', species: patient?.species ?? '', breed: patient?.breed ?? '', chip: patient?.chip ?? '', notes: patient?.notes ?? '' },
    submit: async (values) => {
      const { kind, species, breed, chip, ...rest } = values;
      const body = { ...bodyOf(rest), ...(kind === 'animal' ? bodyOf({ species, breed, chip }) : {}) };
      if (patient) await patch<Patient>(`patients/${patient.id}`, body, { version: patient.version });
      else await create<Patient>('patients', { ...Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)), client_id: client.id, kind });
      invalidate(['client', client.id]);
      showToast(t('saved', { name: values.name }));
      onClose();
    },
  });
  const animal = form.values.kind === 'animal';
  const close = async (): Promise<void> => {
    if (form.dirty && !(await confirm({ title: t('patients.discardWhatYouEntered'), text: t('patients.itHasNotBeen'), yes: t('patients.discard'), no: t('patients.goOn') }))) return;
    onClose();
  };
  return (
    <Dialog title={patient ? t('patients.edit', { name: patient.name }) : t('patients.addAPatient')} closeLabel={t('patients.close')} onClose={() => void close()}>
      <form class="stack" noValidate onSubmit={form.onSubmit}>
        <ErrorSummary form={form} title={checkTitle} labels={{ name: t('patients.name'), date_of_birth: t('patients.dateOfBirth') }} />
        {patient ? null : (
          <SelectField {...form.bind('kind')} label={t('patients.kind')}>
            <option value="dependant">{t('patients.dependant')}</option>
            <option value="animal">{t('patients.animal')}</option>
          </SelectField>
        )}
        <TextField {...form.bind('name')} label={t('patients.name')} required data-invalid={t('patients.enterAName')} autocomplete="off" />
        <div class="form-row">
          <TextField {...form.bind('date_of_birth')} type="date" label={t('patients.dateOfBirth')} optional={t('optional')} />
          <SelectField {...form.bind('sex')} label={t('patients.sex')} optional={t('optional')}>
            <option value="">{t('patients.notGiven')}</option>
            <option value="female">{t('patients.female')}</option>
            <option value="male">{t('patients.male')}</option>
            <option value="other">{t('patients.other')}</option>
            <option value="unknown">{t('patients.unknown')}</option>
          </SelectField>
        </div>
        {animal ? (
          <>
            <div class="form-row">
              <TextField {...form.bind('species')} label={t('patients.species')} optional={t('optional')} />
              <TextField {...form.bind('breed')} label={t('patients.breed')} optional={t('optional')} />
            </div>
            <TextField {...form.bind('chip')} label={t('patients.chipNumber')} optional={t('optional')} inputMode="numeric" />
          </>
        ) : null}
        <TextArea {...form.bind('notes')} label={t('patients.notes')} optional={t('optional')} rows={2} />
        <div class="form-actions"><Button kind="primary" type="submit" busy={form.busy}>{t('patients.save')}</Button></div>
      </form>
    </Dialog>
  );
}

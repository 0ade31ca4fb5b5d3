/** Who is treated: the client, people who depend on them, animals. */
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

const KIND: Record<Patient['kind'], string> = { self: 'The client', dependant: 'Dependant', animal: 'Animal' };

function describe(p: Patient): string {
  const parts = [KIND[p.kind], p.species, p.breed, p.sex && p.sex !== 'unknown' ? p.sex : null, p.date_of_birth ? `born ${formatDate(p.date_of_birth, 'short')} ${p.date_of_birth.slice(0, 4)}` : null, p.chip ? `chip ${p.chip}` : null];
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
            {writable ? <Button size="sm" kind="quiet" icon="pencil" aria-label={`Edit ${p.name}`} onClick={() => setOpen(p)} /> : null}
            {writable && p.kind !== 'self' ? <Button size="sm" kind="quiet" icon="trash-2" aria-label={`Remove ${p.name}`} onClick={() => void removePatient(client, p)} /> : null}
          </li>
        ))}
      </ul>
      {writable ? <p class="below"><Button icon="plus" size="sm" onClick={() => setOpen('new')}>Add a dependant or an animal</Button></p> : null}
      {open ? <PatientDialog client={client} patient={open === 'new' ? null : open} onClose={() => setOpen(null)} /> : null}
    </>
  );
}

async function removePatient(client: Client, p: Patient): Promise<void> {
  if (!(await confirm({ title: `Remove ${p.name}?`, text: 'Past appointments keep the name. Nothing new can be booked.', yes: `Remove ${p.name}`, no: 'Keep' }))) return;
  try {
    await remove(`patients/${p.id}`, { version: p.version });
    invalidate(['client', client.id]);
    showToast(`${p.name} removed`);
  } catch (error) {
    showToast(`${p.name} was not removed: ${(error as Error).message}`, { danger: true });
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
      showToast(`${values.name} saved`);
      onClose();
    },
  });
  const animal = form.values.kind === 'animal';
  const close = async (): Promise<void> => {
    if (form.dirty && !(await confirm({ title: 'Discard what you entered?', text: 'It has not been saved.', yes: 'Discard', no: 'Go on' }))) return;
    onClose();
  };
  return (
    <Dialog title={patient ? `Edit ${patient.name}` : 'Add a patient'} closeLabel="Close" onClose={() => void close()}>
      <form class="stack" noValidate onSubmit={form.onSubmit}>
        <ErrorSummary form={form} title={(count) => `Please check ${count === 1 ? 'one field' : `${count} fields`}`} labels={{ name: 'Name', date_of_birth: 'Date of birth' }} />
        {patient ? null : (
          <SelectField {...form.bind('kind')} label="Kind">
            <option value="dependant">Dependant</option>
            <option value="animal">Animal</option>
          </SelectField>
        )}
        <TextField {...form.bind('name')} label="Name" required data-invalid="Enter a name." autocomplete="off" />
        <div class="form-row">
          <TextField {...form.bind('date_of_birth')} type="date" label="Date of birth" optional="optional" />
          <SelectField {...form.bind('sex')} label="Sex" optional="optional">
            <option value="">Not given</option>
            <option value="female">Female</option>
            <option value="male">Male</option>
            <option value="other">Other</option>
            <option value="unknown">Unknown</option>
          </SelectField>
        </div>
        {animal ? (
          <>
            <div class="form-row">
              <TextField {...form.bind('species')} label="Species" optional="optional" />
              <TextField {...form.bind('breed')} label="Breed" optional="optional" />
            </div>
            <TextField {...form.bind('chip')} label="Chip number" optional="optional" inputMode="numeric" />
          </>
        ) : null}
        <TextArea {...form.bind('notes')} label="Notes" optional="optional" rows={2} />
        <div class="form-actions"><Button kind="primary" type="submit" busy={form.busy}>Save</Button></div>
      </form>
    </Dialog>
  );
}

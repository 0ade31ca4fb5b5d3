/** Name, ways to reach, notes. Used for a new client and for an existing one. */
import type { Client } from '../../api/types';
import { Button } from '../../ui/Button';
import { ErrorSummary } from '../../ui/ErrorSummary';
import { SelectField, TextArea, TextField } from '../../ui/Field';
import { useForm } from '../../ui/useForm';
import { useDirtyGuard } from '../../app/ui/useDirtyGuard';

export const STATUS_WORDS: Record<Client['status'], string> = { lead: 'Lead', active: 'Active', inactive: 'Inactive', blocked: 'Blocked' };

interface Values extends Record<string, string> { name: string; email: string; phone: string; status: string; date_of_birth: string; address: string; source: string; notes: string }
export type ClientBody = Record<string, string | null>;

const LABELS: Record<string, string> = { name: 'Name', email: 'E-mail', phone: 'Phone', status: 'Status', date_of_birth: 'Date of birth', address: 'Address', source: 'How they found you', notes: 'Notes' };

interface Props {
  readonly initial: Partial<Client>;
  readonly saveLabel: string;
  readonly readOnly?: boolean;
  /** Saves; what it returns runs once the form is clean (a navigation would ask otherwise). */
  readonly submit: (body: ClientBody) => Promise<() => void>;
}

export function bodyOf(values: Record<string, string>): ClientBody {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.trim() === '' && name !== 'name' ? null : value.trim()]));
}

export function ClientForm({ initial, saveLabel, readOnly = false, submit }: Props) {
  const start: Values = {
    name: initial.name ?? '', email: initial.email ?? '', phone: initial.phone ?? '', status: initial.status ?? 'active', date_of_birth: initial.date_of_birth ?? '',
    address: initial.address ?? '', source: initial.source ?? '', notes: initial.notes ?? '',
  };
  const form = useForm<Values>({
    initial: start,
    submit: async (values) => {
      const after = await submit(bodyOf(values));
      letGo();
      after();
    },
  });
  const letGo = useDirtyGuard(form.dirty && !readOnly);
  return (
    <form class="form" noValidate onSubmit={form.onSubmit}>
      <ErrorSummary form={form} title={(count) => `Please check ${count === 1 ? 'one field' : `${count} fields`}`} labels={LABELS} />
      <fieldset class="stack" disabled={readOnly}>
        <legend class="visually-hidden">Client</legend>
        <TextField {...form.bind('name')} label="Name" required autocomplete="off" maxLength={200} data-invalid="Enter a name." />
        <div class="form-row">
          <TextField {...form.bind('phone')} label="Phone" type="tel" optional="optional" autocomplete="off" />
          <TextField {...form.bind('email')} label="E-mail" type="email" optional="optional" autocomplete="off" />
        </div>
        <div class="form-row">
          <TextField {...form.bind('date_of_birth')} label="Date of birth" type="date" optional="optional" />
          <SelectField {...form.bind('status')} label="Status">{Object.entries(STATUS_WORDS).map(([value, word]) => <option key={value} value={value}>{word}</option>)}</SelectField>
        </div>
        <TextField {...form.bind('address')} label="Address" optional="optional" autocomplete="off" />
        <TextField {...form.bind('source')} label="How they found you" optional="optional" />
        <TextArea {...form.bind('notes')} label="Notes" optional="optional" rows={4} />
      </fieldset>
      {readOnly ? null : (
        <div class="form-actions">
          <Button kind="primary" type="submit" busy={form.busy}>{saveLabel}</Button>
          {form.dirty ? <span class="muted small">Unsaved changes</span> : null}
        </div>
      )}
    </form>
  );
}

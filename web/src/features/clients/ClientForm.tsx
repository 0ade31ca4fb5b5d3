/** Name, ways to reach, notes. Used for a new client and for an existing one. */
import { checkTitle } from '../../app/ui/FormFrame';
import type { Client } from '../../api/types';
import { Button } from '../../ui/Button';
import { ErrorSummary } from '../../ui/ErrorSummary';
import { SelectField, TextArea, TextField } from '../../ui/Field';
import { useForm } from '../../ui/useForm';
import { useDirtyGuard } from '../../app/ui/useDirtyGuard';
import { t } from './text';

export const STATUS_WORDS: Record<Client['status'], string> = { lead: t('clientForm.lead'), active: t('clientForm.active'), inactive: t('clientForm.inactive'), blocked: t('clientForm.blocked') };

interface Values extends Record<string, string> { name: string; email: string; phone: string; status: string; date_of_birth: string; address: string; source: string; notes: string }
export type ClientBody = Record<string, string | null>;

const LABELS: Record<string, string> = { name: t('patients.name'), email: t('email'), phone: t('clients.phone'), status: t('clients.status'), date_of_birth: t('patients.dateOfBirth'), address: t('clientForm.address'), source: t('clientForm.howTheyFoundYou'), notes: t('patients.notes') };

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
      <ErrorSummary form={form} title={checkTitle} labels={LABELS} />
      <fieldset class="stack" disabled={readOnly}>
        <legend class="visually-hidden">{t('client.client')}</legend>
        <TextField {...form.bind('name')} label={t('patients.name')} required autocomplete="off" maxLength={200} data-invalid={t('patients.enterAName')} />
        <div class="form-row">
          <TextField {...form.bind('phone')} label={t('clients.phone')} type="tel" optional={t('optional')} autocomplete="off" />
          <TextField {...form.bind('email')} label={t('email')} type="email" optional={t('optional')} autocomplete="off" />
        </div>
        <div class="form-row">
          <TextField {...form.bind('date_of_birth')} label={t('patients.dateOfBirth')} type="date" optional={t('optional')} />
          <SelectField {...form.bind('status')} label={t('clients.status')}>{Object.entries(STATUS_WORDS).map(([value, word]) => <option key={value} value={value}>{word}</option>)}</SelectField>
        </div>
        <TextField {...form.bind('address')} label={t('clientForm.address')} optional={t('optional')} autocomplete="off" />
        <TextField {...form.bind('source')} label={t('clientForm.howTheyFoundYou')} optional={t('optional')} />
        <TextArea {...form.bind('notes')} label={t('patients.notes')} optional={t('optional')} rows={4} />
      </fieldset>
      {readOnly ? null : (
        <div class="form-actions">
          <Button kind="primary" type="submit" busy={form.busy}>{saveLabel}</Button>
          {form.dirty ? <span class="muted small">{t('clientForm.unsavedChanges')}</span> : null}
        </div>
      )}
    </form>
  );
}

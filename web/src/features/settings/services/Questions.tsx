/** What is asked before a booking: a list with its own save, because answers refer to it. */
import { useState } from 'preact/hooks';
import { get, put } from '../../../api/client';
import type { Question, QuestionKind, Service } from '../../../api/types';
import { ListEditor } from '../../../app/ui/ListEditor';
import { Failed, Loading } from '../../../app/ui/Page';
import { useDirtyGuard } from '../../../app/ui/useDirtyGuard';
import { ApiError } from '../../../lib/http';
import { invalidate, useQuery } from '../../../lib/query';
import { Button } from '../../../ui/Button';
import { Check } from '../../../ui/Choices';
import { SelectField, TextArea, TextField } from '../../../ui/Field';
import { NumberField } from '../../../ui/Inputs';
import { Notice } from '../../../ui/Notice';
import { showToast } from '../../../ui/Toast';
import { mayWrite, numberOf, withVersion } from '../forms';
import { t } from '../text';

interface Asked { questions: Question[]; version: number }
/** A question while it is edited: numbers and choices are texts. */
interface Row { id: string | null; kind: QuestionKind; text: string; help: string; required: boolean; choices: string; min: string; max: string }

const KINDS: readonly QuestionKind[] = ['text', 'long_text', 'choice', 'multi_choice', 'number', 'date', 'yes_no', 'consent'];
const MEASURED: readonly QuestionKind[] = ['text', 'long_text', 'multi_choice', 'number'];
const chosen = (kind: QuestionKind): boolean => kind === 'choice' || kind === 'multi_choice';
const rowOf = (q: Question): Row => ({ id: q.id, kind: q.kind, text: q.text, help: q.help ?? '', required: q.required, choices: q.choices.join('\n'), min: q.min?.toString() ?? '', max: q.max?.toString() ?? '' });
const fresh = (): Row => ({ id: null, kind: 'text', text: '', help: '', required: false, choices: '', min: '', max: '' });

function bodyOf(row: Row): Record<string, unknown> {
  const measured = MEASURED.includes(row.kind);
  return {
    ...(row.id ? { id: row.id } : {}), kind: row.kind, text: row.text.trim(), help: row.help.trim() || null, required: row.required,
    choices: chosen(row.kind) ? row.choices.split('\n').map((line) => line.trim()).filter(Boolean) : [],
    min: measured ? numberOf(row.min) : null, max: measured ? numberOf(row.max) : null,
  };
}

export function Questions({ service }: { readonly service: Service }) {
  const key = ['questions', service.id, service.version] as const;
  const asked = useQuery<Asked>(key, async (signal) => (await get<Asked>(`services/${service.id}/questions`, { signal })).data);
  return (
    <section class="panel stack" aria-busy={asked.loading}>
      <h2>{t('questions.title')}</h2>
      <p class="muted small">{t('questions.lead')}</p>
      {asked.error && !asked.data ? <Failed error={asked.error} what={t('questions.title')} onRetry={asked.reload} /> : null}
      {!asked.data && !asked.error ? <Loading what={t('questions.title')} rows={2} /> : null}
      {asked.data ? <Editor key={asked.data.version} service={service} asked={asked.data} /> : null}
    </section>
  );
}

function Editor({ service, asked }: { readonly service: Service; readonly asked: Asked }) {
  const start = asked.questions.map(rowOf);
  const [rows, setRows] = useState<readonly Row[]>(start);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const dirty = JSON.stringify(rows) !== JSON.stringify(start);
  const letGo = useDirtyGuard(dirty);
  const errorOf = (index: number, field: string): string | null => failure?.fields[`questions[${index}].${field}`] ?? null;
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await withVersion(t('service.it'), () => put<Asked>(`services/${service.id}/questions`, { questions: rows.map(bodyOf) }, { version: asked.version }));
      letGo();
      invalidate(['services'], ['questions']);
      showToast(t('questions.saved'));
    } catch (error) {
      setFailure(error as ApiError);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => void save(event)}>
      {failure ? <Notice tone="danger" live><p>{Object.values(failure.fields).length > 0 ? t('questions.check') : failure.message}</p></Notice> : null}
      <ListEditor<Row>
        label={t('questions.title')} labelHidden rows={rows} onChange={setRows} make={fresh} addLabel={t('questions.add')} max={20} disabled={!mayWrite()} emptyText={t('questions.none')}
        nameOf={(row, index) => row.text || t('questions.unnamed', { place: index + 1 })}
      >
        {(row, set, index) => <Fields row={row} onChange={set} error={(field) => errorOf(index, field)} />}
      </ListEditor>
      {mayWrite() ? <div class="form-actions"><Button kind={dirty ? 'primary' : 'secondary'} type="submit" busy={busy} disabled={!dirty}>{t('questions.save')}</Button></div> : null}
    </form>
  );
}

function Fields({ row, onChange, error }: { readonly row: Row; readonly onChange: (row: Row) => void; readonly error: (field: string) => string | null }) {
  const bind = (name: 'text' | 'help' | 'choices' | 'min' | 'max') => ({ value: row[name], error: error(name), onValue: (value: string) => onChange({ ...row, [name]: value }) });
  return (
    <>
      <div class="form-row">
        <TextField {...bind('text')} label={t('questions.text')} required maxLength={300} />
        <SelectField label={t('questions.kind')} value={row.kind} error={error('kind')} onValue={(kind) => onChange({ ...row, kind: kind as QuestionKind })}>
          {KINDS.map((kind) => <option key={kind} value={kind}>{t(`questions.kind.${kind}`)}</option>)}
        </SelectField>
      </div>
      {chosen(row.kind) ? <TextArea {...bind('choices')} label={t('questions.choices')} hint={t('questions.choicesHint')} rows={3} /> : null}
      <TextField {...bind('help')} label={t('questions.help')} optional={t('optional')} maxLength={500} />
      {MEASURED.includes(row.kind) ? (
        <div class="form-row">
          <NumberField {...bind('min')} label={t('questions.min')} min={row.kind === 'number' ? -1_000_000_000 : 0} optional={t('optional')} />
          <NumberField {...bind('max')} label={t('questions.max')} min={row.kind === 'number' ? -1_000_000_000 : 0} optional={t('optional')} />
        </div>
      ) : null}
      <Check label={row.kind === 'consent' ? t('questions.agree') : t('questions.required')} checked={row.required} onChange={(required) => onChange({ ...row, required })} />
    </>
  );
}

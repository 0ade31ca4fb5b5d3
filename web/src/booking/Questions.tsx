/** What the clinic asks before the booking. A part of its own: fetched for services that ask. */
import { useEffect } from 'preact/hooks';
import type { AnswerInput, Question } from '../api/types';
import { useQuery } from '../lib/query';
import { describedBy, FieldShell, SelectField, TextArea, TextField } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { ErrorState, Skeleton } from '../ui/State';
import type { Form } from '../ui/useForm';
import { getQuestions } from './api';
import { m } from './more';
import { t } from './text';

export const nameOf = (question: Question): string => `answers.${question.id}`;

/** Of the form's texts; picks of a multi_choice stand one a line. */
export function answersOf(questions: readonly Question[], values: Readonly<Record<string, string>>): AnswerInput[] {
  return questions.flatMap((question) => {
    const text = values[nameOf(question)]?.trim() ?? '';
    if (text === '') return [];
    return [question.kind === 'multi_choice' ? { question_id: question.id, values: text.split('\n') } : { question_id: question.id, value: text }];
  });
}

/** What the browser does not check by itself: a required list of boxes without a tick. */
export function missing(questions: readonly Question[], values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(questions.filter((q) => q.kind === 'multi_choice' && q.required && !values[nameOf(q)]).map((q) => [nameOf(q), t('details.required')]));
}

interface Props {
  slug: string;
  serviceId: string;
  form: Form<Record<string, string>>;
  onQuestions: (questions: readonly Question[]) => void;
}

export function Questions({ slug, serviceId, form, onQuestions }: Props) {
  const query = useQuery<Question[]>(['questions', slug, serviceId], (signal) => getQuestions(slug, serviceId, signal));
  useEffect(() => {
    if (!query.data) return;
    for (const question of query.data) if (form.values[nameOf(question)] === undefined) form.set(nameOf(question), '');
    onQuestions(query.data);
  }, [query.data]);
  if (query.error && !query.data) return <ErrorState error={query.error} title={m('error.questions')} retryLabel={t('retry')} onRetry={query.reload} />;
  if (!query.data) return <Skeleton height="6rem" />;
  return (
    <fieldset class="form b-questions">
      <legend class="visually-hidden">{m('questions.title')}</legend>
      {query.data.map((question) => <Field key={question.id} question={question} form={form} />)}
    </fieldset>
  );
}

function Field({ question: q, form }: { question: Question; form: Form<Record<string, string>> }) {
  const name = nameOf(q);
  const bound = form.bind(name);
  const common = { ...bound, value: bound.value ?? '', label: q.text, hint: q.help ?? undefined, required: q.required, 'data-invalid': t('details.required'), ...(q.required ? {} : { optional: t('optional') }) };
  switch (q.kind) {
    case 'long_text': return <TextArea {...common} maxLength={q.max ?? 2000} autocomplete="off" />;
    case 'number': return <TextField {...common} inputMode="decimal" autocomplete="off" pattern="-?[0-9]{1,15}([.,][0-9]{1,6})?" data-invalid={m('questions.number')} onValue={(value) => bound.onValue(value.replace(',', '.'))} />;
    case 'date': return <TextField {...common} type="date" />;
    case 'choice': return <Select {...common} options={q.choices.map((choice) => [choice, choice])} />;
    case 'yes_no': return <Select {...common} options={[['yes', m('yes')], ['no', m('no')]]} />;
    case 'multi_choice': return <Picks question={q} form={form} />;
    case 'consent': return <Consent question={q} form={form} />;
    default: return <TextField {...common} maxLength={q.max ?? 200} autocomplete="off" />;
  }
}

type SelectProps = Omit<Parameters<typeof SelectField>[0], 'children'> & { options: readonly (readonly [string, string])[] };
function Select({ options, ...rest }: SelectProps) {
  return (
    <SelectField {...rest}>
      <option value="">{m('questions.choose')}</option>
      {options.map(([value, word]) => <option key={value} value={value}>{word}</option>)}
    </SelectField>
  );
}

function Picks({ question: q, form }: { question: Question; form: Form<Record<string, string>> }) {
  const { id, value, error, onValue } = form.bind(nameOf(q));
  const picks = new Set((value ?? '').split('\n').filter(Boolean));
  return (
    <fieldset class="field" id={id} tabIndex={-1} aria-describedby={describedBy(id, q.help ?? undefined, error)}>
      <legend class="field-label">{q.text}{q.required ? '' : <span class="field-optional"> ({t('optional')})</span>}</legend>
      {q.help ? <p class="field-hint" id={`${id}-hint`}>{q.help}</p> : null}
      {q.choices.map((choice) => (
        <label key={choice} class="check">
          <input
            type="checkbox" checked={picks.has(choice)}
            onChange={(event) => {
              if (event.currentTarget.checked) picks.add(choice);
              else picks.delete(choice);
              onValue(q.choices.filter((one) => picks.has(one)).join('\n'));
            }}
          />{' '}
          <span>{choice}</span>
        </label>
      ))}
      {error ? <p class="field-error" id={`${id}-error`}><Icon name="circle-alert" size="sm" /><span>{error}</span></p> : null}
    </fieldset>
  );
}

function Consent({ question: q, form }: { question: Question; form: Form<Record<string, string>> }) {
  const { id, name, value, error, onValue } = form.bind(nameOf(q));
  return (
    <FieldShell id={id} label="" hint={q.help ?? undefined} error={error}>
      <label class="check">
        <input
          id={id} name={name} type="checkbox" checked={value === 'yes'} required={q.required} data-invalid={m('questions.agree')}
          aria-invalid={error ? 'true' : undefined} aria-describedby={describedBy(id, q.help ?? undefined, error)} onChange={(event) => onValue(event.currentTarget.checked ? 'yes' : '')}
        />{' '}
        <span>{q.text}</span>
      </label>
    </FieldShell>
  );
}

/** What a service asks before the booking, at the desk: nothing is required there, the client may answer later. */
import { get } from '../../api/client';
import type { AnswerInput, Question } from '../../api/types';
import { texts } from '../../app/text';
import { useQuery } from '../../lib/query';
import { Check } from '../../ui/Choices';
import { SelectField, TextArea, TextField } from '../../ui/Field';
import en from './en.json';

const t = texts(en);

/** Texts by question; picks of a multi_choice stand one a line. */
export type Answers = Readonly<Record<string, string>>;

export function answersOf(questions: readonly Question[], values: Answers): AnswerInput[] {
  return questions.flatMap((q) => {
    const text = values[q.id]?.trim() ?? '';
    if (text === '') return [];
    return [q.kind === 'multi_choice' ? { question_id: q.id, values: text.split('\n') } : { question_id: q.id, value: text }];
  });
}

interface Props { readonly serviceId: string; readonly values: Answers; readonly onChange: (values: Answers, answers: AnswerInput[]) => void }

export function Intake({ serviceId, values, onChange }: Props) {
  const query = useQuery<readonly Question[]>(['services', 'intake', serviceId], async (signal) => (await get<{ questions: Question[] }>(`services/${serviceId}/questions`, { signal })).data.questions);
  if (query.error && !query.data) return <p class="muted small">{t('failed')}</p>;
  const questions = query.data ?? [];
  const set = (id: string, value: string): void => {
    const next = { ...values, [id]: value };
    onChange(next, answersOf(questions, next));
  };
  return (
    <fieldset class="stack-sm intake">
      <legend class="field-label">{t('questions')}</legend>
      {questions.map((q) => <Asked key={q.id} q={q} value={values[q.id] ?? ''} onValue={(value) => set(q.id, value)} />)}
    </fieldset>
  );
}

function Asked({ q, value, onValue }: { readonly q: Question; readonly value: string; readonly onValue: (value: string) => void }) {
  const common = { id: `na-answers-${q.id}`, label: q.text, value, onValue, ...(q.help ? { hint: q.help } : {}), ...(q.required ? {} : { optional: t('optional') }) };
  switch (q.kind) {
    case 'long_text': return <TextArea {...common} rows={2} maxLength={q.max ?? 2000} autocomplete="off" />;
    case 'number': return <TextField {...common} inputMode="decimal" autocomplete="off" onValue={(text) => onValue(text.replace(',', '.'))} />;
    case 'date': return <TextField {...common} type="date" />;
    case 'choice': return <Select {...common} options={q.choices.map((choice) => [choice, choice])} />;
    case 'yes_no': return <Select {...common} options={[['yes', t('yes')], ['no', t('no')]]} />;
    case 'consent': return <Check label={q.text} {...(q.help ? { hint: q.help } : {})} checked={value === 'yes'} onChange={(on) => onValue(on ? 'yes' : '')} />;
    case 'multi_choice': return <Picks q={q} value={value} onValue={onValue} />;
    default: return <TextField {...common} maxLength={q.max ?? 200} autocomplete="off" />;
  }
}

function Picks({ q, value, onValue }: { readonly q: Question; readonly value: string; readonly onValue: (value: string) => void }) {
  const picks = new Set(value.split('\n').filter(Boolean));
  return (
    <fieldset class="stack-sm">
      <legend class="field-label">{q.text}</legend>
      {q.choices.map((choice) => <Check key={choice} label={choice} checked={picks.has(choice)} onChange={(on) => onValue(q.choices.filter((one) => (one === choice ? on : picks.has(one))).join('\n'))} />)}
    </fieldset>
  );
}

type SelectProps = Omit<Parameters<typeof SelectField>[0], 'children'> & { readonly options: readonly (readonly [string, string])[] };
function Select({ options, ...rest }: SelectProps) {
  return (
    <SelectField {...rest}>
      <option value="">{t('choose')}</option>
      {options.map(([value, word]) => <option key={value} value={value}>{word}</option>)}
    </SelectField>
  );
}

import type { Answer } from '../../api/types';
import { texts } from '../../app/text';
import en from './en.json';

const t = texts(en);
const WORDS: Record<string, string> = { yes: t('answers.yes'), no: t('answers.no') };

/** Questions as they were asked, with their answers. */
export function AnswerList({ answers }: { readonly answers: readonly Answer[] }) {
  return (
    <dl class="answers small" aria-label={t('answers')}>
      {answers.map((a) => (
        <div key={a.question_id}>
          <dt class="muted">{a.question}</dt>
          <dd>{a.kind === 'yes_no' || a.kind === 'consent' ? WORDS[a.value] ?? a.value : a.kind === 'multi_choice' ? a.value.split('\n').join(', ') : a.value}</dd>
        </div>
      ))}
    </dl>
  );
}

import type { Answer } from '../../api/types';

const WORDS: Record<string, string> = { yes: 'Yes', no: 'No' };

/** Questions as they were asked, with their answers. */
export function AnswerList({ answers, label }: { readonly answers: readonly Answer[]; readonly label: string }) {
  return (
    <dl class="answers small" aria-label={label}>
      {answers.map((a) => (
        <div key={a.question_id}>
          <dt class="muted">{a.question}</dt>
          <dd>{a.kind === 'yes_no' || a.kind === 'consent' ? WORDS[a.value] ?? a.value : a.kind === 'multi_choice' ? a.value.split('\n').join(', ') : a.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A question before something is lost. Its words name what happens: the buttons never say just "OK". */
import { signal } from '@preact/signals';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { t } from '../text';

interface Question { readonly title: string; readonly text: string; readonly yes: string; readonly no: string; readonly danger: boolean; readonly answer: (yes: boolean) => void }

const question = signal<Question | null>(null);

export function confirm(words: { title: string; text: string; yes: string; no?: string; danger?: boolean }): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = { no: t('confirm.keep'), danger: true, ...words, answer: (yes) => { question.value = null; resolve(yes); } };
  });
}

export function Confirms() {
  const asked = question.value;
  if (!asked) return null;
  return (
    <Dialog
      title={asked.title}
      closeLabel={t('dialog.close')}
      onClose={() => asked.answer(false)}
      foot={
        <>
          <Button kind="secondary" onClick={() => asked.answer(false)}>{asked.no}</Button>
          <Button kind={asked.danger ? 'danger' : 'primary'} onClick={() => asked.answer(true)}>{asked.yes}</Button>
        </>
      }
    >
      <p>{asked.text}</p>
    </Dialog>
  );
}

/** The error summary of the dialogs here: takes the focus, each line leads to its field. */
import { checkTitle } from '../app/ui/FormFrame';
import { useEffect, useRef } from 'preact/hooks';
import { Notice } from '../ui/Notice';
import { t } from '../app/text';

export interface Mistakes {
  readonly fields: Readonly<Record<string, string>>;
  readonly text: string | null;
  /** Counts the attempts, so that the focus goes to the summary again. */
  readonly turn: number;
}

export const NO_MISTAKES: Mistakes = { fields: {}, text: null, turn: 0 };

export function Summary({ mistakes, prefix, labels }: { readonly mistakes: Mistakes; readonly prefix: string; readonly labels: Readonly<Record<string, string>> }) {
  const box = useRef<HTMLDivElement>(null);
  const names = Object.keys(mistakes.fields);
  useEffect(() => {
    if (names.length > 0 || mistakes.text) box.current?.focus();
  }, [mistakes.turn]);
  if (names.length === 0 && !mistakes.text) return null;
  return (
    <Notice tone="danger" live noticeRef={box} title={names.length > 0 ? checkTitle(names.length) : t('summary.thatDidNotWork')}>
      {mistakes.text ? <p>{mistakes.text}</p> : null}
      {names.length > 0 ? (
        <ul>
          {names.map((name) => (
            <li key={name}>
              <a href={`#${prefix}-${name}`} onClick={(event) => { event.preventDefault(); document.getElementById(`${prefix}-${name}`)?.focus(); }}>{labels[name] ?? name}: {mistakes.fields[name]}</a>
            </li>
          ))}
        </ul>
      ) : null}
    </Notice>
  );
}

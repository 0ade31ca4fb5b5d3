/**
 * Rows that can be added, removed and put in another order. The list is the caller's; every change gives a new one. The focus
 * stays where the eye is: on the new row, on the row that follows a removed one, on the button that moved a row.
 *
 *   <ListEditor label={t('questions')} rows={rows} onChange={setRows} make={() => ({ text: '' })} addLabel={t('question.add')}
 *     nameOf={(row) => row.text} max={20}>
 *     {(row, set, index) => <TextField label={t('question')} value={row.text} onValue={(text) => set({ ...row, text })} />}
 *   </ListEditor>
 */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { announce } from '../../ui/Announcer';
import { Button } from '../../ui/Button';
import { t } from '../text';

interface Props<T> {
  readonly label: string;
  /** A heading above says it already: the name is for those who do not see it. */
  readonly labelHidden?: boolean;
  readonly hint?: string;
  readonly rows: readonly T[];
  readonly onChange: (rows: readonly T[]) => void;
  readonly make: () => T;
  readonly addLabel: string;
  /** For the names of the row's buttons. */
  readonly nameOf: (row: T, index: number) => string;
  readonly max?: number;
  readonly min?: number;
  /** False: the order means nothing, no arrows. */
  readonly sortable?: boolean;
  readonly disabled?: boolean;
  readonly emptyText?: string;
  readonly children: (row: T, set: (row: T) => void, index: number) => ComponentChildren;
}

const FIELDS = 'input:not([type=hidden]), select, textarea';

export function ListEditor<T>(props: Props<T>) {
  const { rows, onChange, max = 50, min = 0, sortable = true, disabled = false } = props;
  const list = useRef<HTMLOListElement>(null);
  const focus = (index: number, selector: string): void => {
    requestAnimationFrame(() => list.current?.children[index]?.querySelector<HTMLElement>(selector)?.focus());
  };
  const add = (): void => {
    onChange([...rows, props.make()]);
    focus(rows.length, FIELDS);
  };
  const drop = (index: number): void => {
    const name = props.nameOf(rows[index] as T, index);
    onChange(rows.filter((_, i) => i !== index));
    announce(t('list.removed', { name }));
    if (rows.length > 1) focus(Math.min(index, rows.length - 2), '.list-remove');
  };
  const swap = (index: number, by: 1 | -1): void => {
    const next = [...rows];
    [next[index], next[index + by]] = [next[index + by] as T, next[index] as T];
    onChange(next);
    announce(t('list.moved', { name: props.nameOf(rows[index] as T, index), place: index + by + 1 }));
    focus(index + by, by === 1 && index + by < rows.length - 1 ? '.list-down' : by === 1 ? '.list-up' : index + by > 0 ? '.list-up' : '.list-down');
  };
  return (
    <fieldset class="stack-sm" disabled={disabled}>
      <legend class={props.labelHidden ? 'visually-hidden' : 'field-label'}>{props.label}</legend>
      {props.hint ? <p class="field-hint">{props.hint}</p> : null}
      {rows.length === 0 && props.emptyText ? <p class="muted small">{props.emptyText}</p> : null}
      <ol class="list-editor" ref={list}>
        {rows.map((row, index) => {
          const name = props.nameOf(row, index);
          return (
            <li key={index}>
              <div class="list-fields">{props.children(row, (next) => onChange(rows.map((old, i) => (i === index ? next : old))), index)}</div>
              <div class="list-tools">
                {sortable && rows.length > 1 ? (
                  <>
                    <Button class="list-up" kind="quiet" size="sm" icon="chevron-up" aria-label={t('list.up', { name })} disabled={index === 0} onClick={() => swap(index, -1)} />
                    <Button class="list-down" kind="quiet" size="sm" icon="chevron-down" aria-label={t('list.down', { name })} disabled={index === rows.length - 1} onClick={() => swap(index, 1)} />
                  </>
                ) : null}
                <Button class="list-remove" kind="quiet" size="sm" icon="trash-2" aria-label={t('list.remove', { name })} disabled={rows.length <= min} onClick={() => drop(index)} />
              </div>
            </li>
          );
        })}
      </ol>
      {rows.length < max ? <div><Button size="sm" icon="plus" onClick={add}>{props.addLabel}</Button></div> : null}
    </fieldset>
  );
}

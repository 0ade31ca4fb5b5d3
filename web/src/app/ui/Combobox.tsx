/**
 * A text field with a list that the server answers, after the pattern of the ARIA authoring guide: the focus stays in the
 * field, arrows choose, Enter takes. The last line may offer to create what was typed.
 */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { FieldShell, describedBy } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import type { IconName } from '../../ui/icons';
import { t } from '../text';

/** With an icon: not somebody to choose but something to do; the field stays empty. */
export interface Option { readonly id: string; readonly label: string; readonly detail: string | null; readonly icon?: IconName }

interface Props {
  readonly label: string;
  readonly value: Option | null;
  readonly optional?: string;
  readonly placeholder?: string;
  readonly error?: string | null;
  readonly autoFocus?: boolean;
  readonly search: (text: string, signal: AbortSignal) => Promise<readonly Option[]>;
  readonly onChoose: (option: Option | null) => void;
  /** Offered as the last line for a text that is not empty. */
  readonly createLabel?: (text: string) => string;
  readonly onCreate?: (text: string) => void;
  readonly id?: string;
}

const WAIT_MS = 160;

export function Combobox(props: Props) {
  const own = useId();
  const id = props.id ?? own;
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(props.value?.label ?? '');
  const [open, setOpen] = useState(false);
  const [options, setOptions] = useState<readonly Option[]>([]);
  const [state, setState] = useState<'idle' | 'busy' | 'failed'>('idle');
  const [active, setActive] = useState(-1);
  const typed = text.trim();
  const creating = props.onCreate !== undefined && typed !== '' && typed !== props.value?.label;
  const count = options.length + (creating ? 1 : 0);

  useEffect(() => setText(props.value?.label ?? ''), [props.value?.id]);

  useEffect(() => {
    if (!open) return undefined;
    const control = new AbortController();
    const wanted = typed === props.value?.label ? '' : typed;
    setState('busy');
    const timer = setTimeout(() => {
      props.search(wanted, control.signal).then(
        (found) => {
          setOptions(found);
          setActive(found.length > 0 && wanted !== '' ? 0 : -1);
          setState('idle');
        },
        () => {
          if (!control.signal.aborted) setState('failed');
        },
      );
    }, wanted === '' ? 0 : WAIT_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [open, typed]);

  const take = (index: number): void => {
    const option = options[index];
    setOpen(false);
    if (option) {
      setText(option.icon ? '' : option.label);
      props.onChoose(option);
    } else if (creating) props.onCreate?.(typed);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) setOpen(true);
      else if (count > 0) setActive((active + (event.key === 'ArrowDown' ? 1 : count - (active < 0 ? 0 : 1))) % count);
    } else if (event.key === 'Enter' && open && active >= 0 && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      take(active);
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    } else if (event.key === 'Tab') setOpen(false);
  };

  const status = !open ? '' : state === 'busy' ? '' : state === 'failed' ? t('combobox.theListCouldNot') : `${options.length} found`;
  return (
    <FieldShell id={id} label={props.label} optional={props.optional} error={props.error}>
      <div class="combo" onFocusOut={(event) => { if (!(event.relatedTarget instanceof Node) || !event.currentTarget.contains(event.relatedTarget)) { setOpen(false); if (props.value && text !== props.value.label) setText(props.value.label); } }}>
        <Icon name="search" class="combo-icon" />
        <input
          ref={input}
          id={id}
          class="input"
          type="text"
          role="combobox"
          autoFocus={props.autoFocus}
          autocomplete="off"
          spellcheck={false}
          aria-expanded={open && count > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={open && active >= 0 ? `${id}-o${active}` : undefined}
          aria-invalid={props.error ? 'true' : undefined}
          aria-describedby={describedBy(id, undefined, props.error)}
          placeholder={props.placeholder}
          value={text}
          onInput={(event) => { setText(event.currentTarget.value); setOpen(true); if (event.currentTarget.value === '' && props.value) props.onChoose(null); }}
          onFocus={(event) => { event.currentTarget.select(); setOpen(true); }}
          onClick={() => setOpen(true)}
          onKeyDown={onKeyDown}
        />
        <ul class="combo-list" id={`${id}-list`} role="listbox" aria-label={props.label} hidden={!open || (count === 0 && state === 'idle' && typed === '')}>
          {options.map((option, index) => (
            <li key={option.id} id={`${id}-o${index}`} role="option" aria-selected={index === active} class={option.icon ? 'combo-option combo-act' : 'combo-option'} onMouseDown={(event) => event.preventDefault()} onMouseMove={() => { if (active !== index) setActive(index); }} onClick={() => take(index)}>
              {option.icon ? <Icon name={option.icon} /> : null}
              <span class="combo-label">{option.label}</span>
              {option.detail ? <span class="combo-detail">{option.detail}</span> : null}
            </li>
          ))}
          {state === 'failed' ? <li class="combo-none" role="option" aria-selected={false} aria-disabled="true">{t('combobox.theListCouldNot2')}</li> : null}
          {state === 'idle' && options.length === 0 && typed !== '' ? <li class="combo-none" role="option" aria-selected={false} aria-disabled="true">{t('combobox.nobodyFoundFor')}{typed}”</li> : null}
          {creating ? (
            <li id={`${id}-o${options.length}`} role="option" aria-selected={active === options.length} class="combo-option combo-create" onMouseDown={(event) => event.preventDefault()} onMouseMove={() => { if (active !== options.length) setActive(options.length); }} onClick={() => take(options.length)}>
              <Icon name="user-plus" />
              <span>{props.createLabel?.(typed) ?? t('combobox.create', { typed })}</span>
            </li>
          ) : null}
        </ul>
        <span class="visually-hidden" role="status">{status}</span>
      </div>
    </FieldShell>
  );
}

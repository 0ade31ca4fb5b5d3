/** The repetition of a new appointment: the rule by a few fields, and every date it gives with what is in its way. */
import { useEffect, useState } from 'preact/hooks';
import { post } from '../../api/client';
import type { Slot } from '../../api/types';
import { texts } from '../../app/text';
import { zone } from '../../app/session';
import { ApiError } from '../../lib/http';
import { showClock, formatDate, wallTime } from '../../lib/time';
import { Check, Chips } from '../../ui/Choices';
import { SelectField, TextField } from '../../ui/Field';
import { Icon } from '../../ui/Icon';
import { Notice } from '../../ui/Notice';
import en from './en.json';
import { DAYS, ruleOf, type Repetition, type Unit } from './rule';

const t = texts(en);

export interface Occurrence {
  at: string;
  start: string;
  end: string;
  wall: string;
  dst_shifted: boolean;
  conflicts: { reason: string; start: string | null; end: string | null }[];
  alternatives: Slot[];
}
interface Preview { rrule: string; sentence: string; time_zone: string; conflicts: number; occurrences: Occurrence[] }

/** What the dialog sends when it saves; count 0: there is nothing to book yet. */
export interface Repeating { readonly rrule: string; readonly changes: readonly { at: string; start: string | null }[]; readonly also_closed: boolean; readonly count: number }

interface Props {
  /** The appointment as it would be booked; null while something is missing. */
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly date: string;
  readonly every: { readonly every: string; readonly unit: Unit };
  /** Rises when the dates must be looked at again. */
  readonly turn: number;
  readonly onChange: (value: Repeating | null) => void;
}

const WAIT_MS = 250;
const CLOSED = new Set(['outside_hours', 'holiday', 'time_off']);
const dayName = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'UTC' });

export function whenOf(instant: string): string {
  const wall = wallTime(instant, zone.value);
  return `${formatDate(wall.date, 'short')}, ${showClock(wall.minutes)}`;
}

export function Repeat({ body, date, every, turn, onChange }: Props) {
  const [rule, setRule] = useState<Repetition>({ ...every, days: new Set(), ends: 'after', times: '5', until: '' });
  const [alsoClosed, setAlsoClosed] = useState(false);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  /** By occurrence: another start, or null for "leave out". */
  const [choices, setChoices] = useState<Readonly<Record<string, string | null>>>({});
  const text = ruleOf(rule, date);
  const key = body && text ? JSON.stringify({ ...body, rrule: text, ...(alsoClosed ? { also_closed: true } : {}) }) : '';

  useEffect(() => {
    setPreview(null);
    setFailure(null);
    setChoices({});
    if (key === '') return undefined;
    const control = new AbortController();
    const timer = setTimeout(() => {
      post<Preview>('calendar/recurrence-preview', JSON.parse(key), { signal: control.signal }).then(
        ({ data }) => setPreview(data),
        (error: unknown) => {
          if (control.signal.aborted) return;
          const fields = error instanceof ApiError ? Object.values(error.fields) : [];
          setFailure(fields[0] ?? (error instanceof ApiError ? error.message : t('repeat.failed')));
        },
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [key, turn]);

  useEffect(() => {
    if (!preview || !text) return onChange(null);
    const changes = preview.occurrences.flatMap((o) => {
      const chosen = choices[o.at];
      if (chosen !== undefined) return [{ at: o.at, start: chosen }];
      return o.conflicts.length > 0 ? [{ at: o.at, start: null }] : [];
    });
    return onChange({ rrule: text, changes, also_closed: alsoClosed, count: preview.occurrences.length - changes.filter((c) => c.start === null).length });
  }, [preview, choices]);

  const closedOnly = preview?.occurrences.some((o) => o.conflicts.length > 0 && o.conflicts.every((c) => CLOSED.has(c.reason))) ?? false;
  const units: Unit[] = ['days', 'weeks', 'months', 'monthsDay', 'years'];
  return (
    <div class="stack repeat">
      <div class="repeat-row">
        <TextField id="re-every" type="number" inputMode="numeric" min={1} max={99} label={t('repeat.every')} value={rule.every} onValue={(v) => setRule({ ...rule, every: v })} />
        <SelectField id="re-unit" label={t('repeat.unit')} value={rule.unit} onValue={(v) => setRule({ ...rule, unit: v as Unit })}>
          {units.map((u) => <option key={u} value={u}>{t(`repeat.${u}` as 'repeat.days')}</option>)}
        </SelectField>
        <SelectField id="re-ends" label={t('repeat.ends')} value={rule.ends} onValue={(v) => setRule({ ...rule, ends: v as Repetition['ends'] })}>
          <option value="after">{t('repeat.after')}</option>
          <option value="until">{t('repeat.until')}</option>
        </SelectField>
        {rule.ends === 'after' ? (
          <TextField id="re-times" type="number" inputMode="numeric" min={1} max={366} label={t('repeat.times')} value={rule.times} onValue={(v) => setRule({ ...rule, times: v })} />
        ) : (
          <TextField id="re-until" type="date" min={date} label={t('repeat.date')} value={rule.until} onValue={(v) => setRule({ ...rule, until: v })} />
        )}
      </div>
      {rule.unit === 'weeks' ? (
        <Chips label={t('repeat.on')} options={DAYS.map((d, i) => ({ id: d, name: dayName.format(Date.UTC(2024, 0, 1 + i)) }))} chosen={rule.days} onChange={(days) => setRule({ ...rule, days })} />
      ) : null}
      <div role="status">
        {!body ? <p class="muted small">{t('repeat.provider')}</p> : null}
        {failure ? <Notice tone="warn"><p>{failure.charAt(0).toUpperCase() + failure.slice(1)}</p></Notice> : null}
        {body && text && !preview && !failure ? <p class="muted small">{t('repeat.looking')}</p> : null}
        {preview ? (
          <p class={preview.conflicts > 0 ? 'repeat-taken' : 'check-free'}>
            <Icon name={preview.conflicts > 0 ? 'triangle-alert' : 'circle-check'} size="sm" />{' '}
            {preview.conflicts > 0 ? t('repeat.taken', { count: preview.conflicts, total: preview.occurrences.length }) : t('repeat.free', { count: preview.occurrences.length })}
          </p>
        ) : null}
      </div>
      {preview && (closedOnly || alsoClosed) ? <Check label={t('repeat.closed')} checked={alsoClosed} onChange={setAlsoClosed} /> : null}
      {preview ? (
        <ol class="repeat-list" aria-label={preview.sentence} tabIndex={0}>
          {preview.occurrences.map((o) => <OccurrenceRow key={o.at} o={o} choice={choices[o.at]} onChoice={(c) => { const next = { ...choices }; if (c === undefined) delete next[o.at]; else next[o.at] = c; setChoices(next); }} />)}
        </ol>
      ) : null}
    </div>
  );
}

interface RowProps { readonly o: Occurrence; readonly choice: string | null | undefined; readonly onChoice: (choice: string | null | undefined) => void }

function OccurrenceRow({ o, choice, onChoice }: RowProps) {
  const when = whenOf(o.start);
  const note = o.dst_shifted ? <span class="muted small"> {t('repeat.shifted')}</span> : null;
  if (o.conflicts.length === 0) {
    return <li><label class="check"><input type="checkbox" aria-label={t('repeat.book', { when })} checked={choice !== null} onChange={(event) => onChoice(event.currentTarget.checked ? undefined : null)} /> <span class="num">{when}{note}</span></label></li>;
  }
  return (
    <li class="repeat-bad">
      <span class="num">{when}{note}</span>
      <span class="small">{o.conflicts.map((c) => t(`reason.${c.reason}` as 'reason.past')).join(', ')}</span>
      <select class="input" aria-label={t('repeat.instead', { when })} value={choice ?? ''} onChange={(event) => onChoice(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}>
        <option value="">{t('repeat.leaveOut')}</option>
        {o.alternatives.map((s) => <option key={s.start} value={s.start}>{whenOf(s.start)}</option>)}
      </select>
    </li>
  );
}

/** How blocked time repeats: the words of a series, and without an end if wanted. */
import { texts } from '../../app/text';
import { Check, Chips } from '../../ui/Choices';
import { SelectField, TextField } from '../../ui/Field';
import series from '../series/en.json';
import { DAYS, type Repetition, type Unit } from '../series/rule';
import en from './en.json';

const t = texts(en);
const ts = texts(series);
const UNITS: readonly Unit[] = ['days', 'weeks', 'months', 'monthsDay', 'years'];
const dayName = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'UTC' });

export const FIRST_REPETITION: Repetition = { every: '1', unit: 'weeks', days: new Set(), ends: 'never', times: '5', until: '' };

interface Props { readonly on: boolean; readonly rule: Repetition; readonly date: string; readonly onOn: (on: boolean) => void; readonly onRule: (rule: Repetition) => void }

export function RepeatFields({ on, rule, date, onOn, onRule }: Props) {
  return (
    <>
      <Check label={t('repeats')} checked={on} onChange={onOn} />
      {on ? (
        <div class="stack block-repeat">
          <div class="block-repeat-row">
            <TextField id="bl-every" type="number" inputMode="numeric" min={1} max={99} label={ts('repeat.every')} value={rule.every} onValue={(v) => onRule({ ...rule, every: v })} />
            <SelectField id="bl-unit" label={ts('repeat.unit')} value={rule.unit} onValue={(v) => onRule({ ...rule, unit: v as Unit })}>
              {UNITS.map((u) => <option key={u} value={u}>{ts(`repeat.${u}` as 'repeat.days')}</option>)}
            </SelectField>
            <SelectField id="bl-ends" label={ts('repeat.ends')} value={rule.ends} onValue={(v) => onRule({ ...rule, ends: v as Repetition['ends'] })}>
              <option value="never">{t('never')}</option>
              <option value="after">{ts('repeat.after')}</option>
              <option value="until">{ts('repeat.until')}</option>
            </SelectField>
            {rule.ends === 'after' ? <TextField id="bl-times" type="number" inputMode="numeric" min={1} max={366} label={ts('repeat.times')} value={rule.times} onValue={(v) => onRule({ ...rule, times: v })} /> : null}
            {rule.ends === 'until' ? <TextField id="bl-last" type="date" min={date} label={ts('repeat.date')} value={rule.until} onValue={(v) => onRule({ ...rule, until: v })} /> : null}
          </div>
          {rule.unit === 'weeks' ? (
            <Chips label={ts('repeat.on')} options={DAYS.map((d, i) => ({ id: d, name: dayName.format(Date.UTC(2024, 0, 1 + i)) }))} chosen={rule.days} onChange={(days) => onRule({ ...rule, days })} />
          ) : null}
        </div>
      ) : null}
    </>
  );
}

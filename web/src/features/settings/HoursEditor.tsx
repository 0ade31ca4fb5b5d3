/** The weekly hours of a provider: several stretches a day, days that differ. Saved as a whole, with the provider's version. */
import { useRef, useState } from 'preact/hooks';
import { get, put } from '../../api/client';
import type { Hours, HoursException, Location, Provider, WeeklyHours } from '../../api/types';
import { q, useLocations } from '../../app/data';
import { Failed, Loading } from '../../app/ui/Page';
import { ApiError } from '../../lib/http';
import { invalidate, setQueryData, useQuery } from '../../lib/query';
import { announce } from '../../ui/Announcer';
import { Button } from '../../ui/Button';
import { daySaid } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { showToast } from '../../ui/Toast';
import { useDirtyGuard } from '../../app/ui/useDirtyGuard';
import { HoursGrid } from './HoursGrid';
import { mayWrite } from './forms';
import { checkExceptions, checkWeekly, copyDay, nextStretch, toServer, WEEKDAYS, type RowErrors } from './weekly';
import { t } from './text';

export function HoursEditor({ provider }: { readonly provider: Provider }) {
  const hours = useQuery<Hours>(q.hours(provider.id), async (signal) => (await get<Hours>(`providers/${provider.id}/hours`, { signal })).data);
  const locations = useLocations();
  return (
    <section class="panel above">
      <h2>{t('hoursEditor.workingHours')}</h2>
      <p class="muted">{t('hoursEditor.inTheTimeOf')}</p>
      {hours.error && !hours.data ? <Failed error={hours.error} what={t('hoursEditor.theHours')} onRetry={hours.reload} /> : null}
      {(!hours.data && !hours.error) || !locations.data ? <Loading what={t('hoursEditor.theHours2')} /> : null}
      {hours.data && locations.data ? <Editor key={hours.data.version} provider={provider} hours={hours.data} locations={locations.data} /> : null}
    </section>
  );
}

interface EditorProps { readonly provider: Provider; readonly hours: Hours; readonly locations: readonly Location[] }

function Editor({ provider, hours, locations }: EditorProps) {
  const [weekly, setWeekly] = useState<readonly WeeklyHours[]>(hours.weekly);
  const [exceptions, setExceptions] = useState<readonly HoursException[]>(hours.exceptions);
  const [shown, setShown] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const notice = useRef<HTMLDivElement>(null);
  const dirty = weekly !== hours.weekly || exceptions !== hours.exceptions;
  const letGo = useDirtyGuard(dirty);
  const weeklyErrors = checkWeekly(weekly);
  const exceptionErrors = checkExceptions(exceptions);
  const home = locations[0]?.id ?? '';
  const writable = mayWrite();

  const save = async (): Promise<void> => {
    setShown(true);
    setFailure(null);
    if (weeklyErrors.size + exceptionErrors.size > 0) {
      setFailure(t('hoursEditor.someTimesAreNot'));
      setTimeout(() => notice.current?.focus(), 0);
      return;
    }
    setBusy(true);
    try {
      const { data } = await put<Hours>(`providers/${provider.id}/hours`, { weekly: toServer(weekly), exceptions }, { version: hours.version });
      letGo();
      setQueryData(q.hours(provider.id), data);
      invalidate(['providers'], ['calendar'], ['slots']);
      showToast(t('hoursEditor.hoursOfSaved', { name: provider.name }));
    } catch (error) {
      const api = error instanceof ApiError ? error : null;
      const fields = Object.entries(api?.fields ?? {}).map(([path, text]) => `${path}: ${text}`);
      setFailure(api?.status === 412 ? t('hoursEditor.somebodyElseChangedThese') : fields.length > 0 ? fields.join('; ') : (error as Error).message);
      setTimeout(() => notice.current?.focus(), 0);
    } finally {
      setBusy(false);
    }
  };

  const change = (index: number, changes: Partial<WeeklyHours>): void => setWeekly(weekly.map((row, i) => (i === index ? { ...row, ...changes } : row)));
  const changeException = (index: number, changes: Partial<HoursException>): void => setExceptions(exceptions.map((row, i) => (i === index ? { ...row, ...changes } : row)));
  return (
    <form noValidate onSubmit={(event) => { event.preventDefault(); void save(); }}>
      {failure ? <Notice tone="danger" live noticeRef={notice} title={t('hoursEditor.theHoursAreNot')}><p>{failure}</p></Notice> : null}
      <fieldset disabled={!writable}>
        <legend class="visually-hidden">{t('hoursEditor.weeklyHours')}</legend>
        <HoursGrid rows={weekly} locations={locations} writable={writable} onChange={setWeekly} />
        {WEEKDAYS.map((name, day) => (
          <Weekday key={name} name={name} weekday={day + 1} rows={weekly} errors={shown ? weeklyErrors : null} locations={locations} writable={writable} onChange={change} onAdd={() => { setWeekly([...weekly, nextStretch(weekly, day + 1, home)]); announce(t('hoursEditor.timeAddedOn', { name })); }} onRemove={(index) => { setWeekly(weekly.filter((_, i) => i !== index)); announce(t('hoursEditor.timeRemoved')); }} onCopy={day < 5 ? () => { setWeekly(copyDay(weekly, day + 1)); announce(t('hoursEditor.copiedToMondayTo', { name })); } : null} />
        ))}
      </fieldset>
      <fieldset class="above" disabled={!writable}>
        <legend class="field-label">{t('hoursEditor.daysThatDiffer')}</legend>
        <ul class="hours-list">
          {exceptions.map((row, index) => (
            <li key={index}>
              <input type="date" class="input" aria-label={t('closures.day')} value={row.date} aria-describedby={`diff-${index}`} onChange={(event) => changeException(index, { date: event.currentTarget.value })} />
              <span class="muted small" id={`diff-${index}`}>{daySaid(row.date)}</span>
              <select class="input" aria-label={t('hoursEditor.openOrClosed')} value={row.closed ? 'closed' : 'open'} onChange={(event) => changeException(index, event.currentTarget.value === 'closed' ? { closed: true, start: null, end: null } : { closed: false, start: '09:00', end: '12:00', location_id: row.location_id ?? home })}>
                <option value="closed">{t('hoursEditor.notWorking')}</option>
                <option value="open">{t('hoursEditor.works')}</option>
              </select>
              {row.closed ? null : (
                <>
                  <input type="time" class="input" aria-label={t('hoursEditor.from')} value={row.start ?? ''} onChange={(event) => changeException(index, { start: event.currentTarget.value })} />
                  <span aria-hidden="true">–</span>
                  <input type="time" class="input" aria-label={t('hoursEditor.until')} value={row.end ?? ''} onChange={(event) => changeException(index, { end: event.currentTarget.value })} />
                </>
              )}
              <input class="input" aria-label={t('hoursEditor.note')} placeholder={t('hoursEditor.note')} value={row.note ?? ''} onInput={(event) => changeException(index, { note: event.currentTarget.value || null })} />
              {writable ? <Button kind="quiet" size="sm" icon="trash-2" aria-label={t('hoursEditor.remove', { date: row.date || 'this day' })} onClick={() => setExceptions(exceptions.filter((_, i) => i !== index))} /> : null}
              {shown && exceptionErrors.get(index) ? <span class="hours-error">{exceptionErrors.get(index)}</span> : null}
            </li>
          ))}
        </ul>
        {writable ? <p class="below"><Button size="sm" icon="plus" onClick={() => setExceptions([...exceptions, { date: '', closed: true, start: null, end: null, location_id: null, note: null }])}>{t('hoursEditor.addADay')}</Button></p> : null}
      </fieldset>
      {writable ? (
        <div class="save-bar">
          <Button kind="primary" type="submit" busy={busy}>{t('hoursEditor.saveHours')}</Button>
          {dirty ? <span class="muted small">{t('hoursEditor.unsavedChanges')}</span> : null}
        </div>
      ) : null}
    </form>
  );
}

interface DayProps {
  readonly name: string;
  readonly weekday: number;
  readonly rows: readonly WeeklyHours[];
  readonly errors: RowErrors | null;
  readonly locations: readonly Location[];
  readonly writable: boolean;
  readonly onChange: (index: number, changes: Partial<WeeklyHours>) => void;
  readonly onAdd: () => void;
  readonly onRemove: (index: number) => void;
  readonly onCopy: (() => void) | null;
}

function Weekday({ name, weekday, rows, errors, locations, writable, onChange, onAdd, onRemove, onCopy }: DayProps) {
  const mine = rows.map((row, index) => ({ row, index })).filter(({ row }) => row.weekday === weekday);
  return (
    <div class="hours-day" role="group" aria-label={name}>
      <span class="hours-name">{name}</span>
      {mine.length === 0 ? <p class="hours-off">{t('hoursEditor.notWorking')}</p> : (
        <ul class="hours-list">
          {mine.map(({ row, index }) => (
            <li key={index}>
              <input type="time" class="input" aria-label={t('hours.from', { day: name })} value={row.start} aria-invalid={errors?.has(index) || undefined} onChange={(event) => onChange(index, { start: event.currentTarget.value })} />
              <span aria-hidden="true">–</span>
              <input type="time" class="input" aria-label={t('hours.until', { day: name })} value={row.end === '24:00' ? '00:00' : row.end} aria-invalid={errors?.has(index) || undefined} onChange={(event) => onChange(index, { end: event.currentTarget.value })} />
              {locations.length > 1 ? (
                <select class="input" aria-label={t('hoursEditor.location', { name })} value={row.location_id} onChange={(event) => onChange(index, { location_id: event.currentTarget.value })}>
                  {locations.map((l) => <option key={l.id} value={l.id}>{l.name}</option>)}
                </select>
              ) : null}
              {writable ? <Button kind="quiet" size="sm" icon="trash-2" aria-label={t('hoursEditor.removeToOn', { start: row.start, end: row.end, name })} onClick={() => onRemove(index)} /> : null}
              {errors?.get(index) ? <span class="hours-error">{errors.get(index)}</span> : null}
            </li>
          ))}
        </ul>
      )}
      {writable ? (
        <div class="hours-add">
          <Button kind="quiet" size="sm" icon="plus" aria-label={t('hoursEditor.addATimeOn', { name })} title={t('hoursEditor.addATime')} onClick={onAdd} />
          {onCopy && mine.length > 0 ? <Button kind="quiet" size="sm" icon="copy" aria-label={t('hoursEditor.copyToMondayTo', { name })} title={t('hoursEditor.copyToMondayTo2')} onClick={onCopy} /> : null}
        </div>
      ) : null}
    </div>
  );
}

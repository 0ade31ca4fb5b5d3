/** Blocking time for a provider, a chair or a location, once or by a rule; changing it, and freeing it again. */
import { useState } from 'preact/hooks';
import { create, patch, remove } from '../../api/client';
import type { BlockedFull, BlockedTime, BlockPurpose, BookingHit, ConflictDetails } from '../../api/types';
import { useLocations, useProviders, useResources } from '../../app/data';
import { can, zone } from '../../app/session';
import { t, texts } from '../../app/text';
import type { Scope } from '../series/Scope';
import { HitList, LookResult, useLook } from './Look';
import { FIRST_REPETITION, RepeatFields } from './RepeatFields';
import en from './en.json';
import series from '../series/en.json';
import { ruleOf } from '../series/rule';
import { ApiError } from '../../lib/http';
import { invalidate } from '../../lib/query';
import { navigate } from '../../lib/router';
import { addDays, clockOf, formatDate, instantOf, isPlainDate, minutesOf, todayIn, toInstantText, wallTime } from '../../lib/time';
import { Button } from '../../ui/Button';
import { Check, RadioCards } from '../../ui/Choices';
import { Dialog } from '../../ui/Dialog';
import { SelectField, TextField } from '../../ui/Field';
import { showToast } from '../../ui/Toast';
import { isConflict } from '../../calendar/actions';
import { rangeText, useNameOf } from '../../calendar/ConflictDialog';
import { blocking, unblocking, type NewRequest } from '../../calendar/open';
import { NO_MISTAKES, Summary, type Mistakes } from '../../calendar/Summary';

const tb = texts(en);
const ts = texts(series);
const SCOPES: readonly Scope[] = ['this', 'following', 'all'];
const PURPOSES: readonly BlockPurpose[] = ['other', 'time_off', 'break'];
const PURPOSE: Record<BlockPurpose, string> = { other: tb('purpose.other'), time_off: tb('purpose.time_off'), break: tb('purpose.break') };
const MINUTE_MS = 60_000;

/** Of the same day: "Mon 3 Aug, 12:00 to 13:00"; of several, both days; of whole days, no times. */
function blockText(block: Pick<BlockedTime, 'start' | 'end' | 'all_day'>): string {
  const from = wallTime(block.start, zone.value);
  const last = wallTime(Date.parse(block.end) - MINUTE_MS, zone.value);
  if (!block.all_day && from.date === last.date) return rangeText(block.start, block.end);
  const clock = (minutes: number): string => (block.all_day ? '' : `, ${clockOf(minutes)}`);
  if (block.all_day && from.date === last.date) return formatDate(from.date, 'short');
  return tb('range', { start: `${formatDate(from.date, 'short')}${clock(from.minutes)}`, end: `${formatDate(last.date, 'short')}${clock(wallTime(block.end, zone.value).minutes)}` });
}

export function BlockHost() {
  const [changing, setChanging] = useState<BlockedTime | null>(null);
  if (changing) return <BlockDialog block={changing} onClose={() => { setChanging(null); unblocking.value = null; }} />;
  if (blocking.value) return <BlockDialog request={blocking.value} onClose={() => { blocking.value = null; }} />;
  if (unblocking.value) return <UnblockDialog block={unblocking.value} onChange={setChanging} />;
  return null;
}

/** What the fields say; the same for a new block and for one that is changed. */
interface Times { readonly allDay: boolean; readonly date: string; readonly until: string; readonly start: string; readonly end: string }

function timesOf(request: NewRequest, block?: BlockedTime): Times {
  if (!block) {
    const at = request.minute;
    return { allDay: false, date: request.date ?? todayIn(zone.value), until: '', start: at === undefined ? '12:00' : clockOf(at), end: at === undefined ? '13:00' : clockOf(at + (request.length ?? 60)) };
  }
  const from = wallTime(block.start, zone.value);
  const to = wallTime(block.end, zone.value);
  return { allDay: block.all_day ?? false, date: from.date, until: block.all_day ? addDays(to.date, to.minutes === 0 ? -1 : 0) : to.date, start: clockOf(from.minutes), end: clockOf(to.minutes) };
}

function mistakesIn(v: Times): Record<string, string> {
  const found: Record<string, string> = {};
  const last = v.until || v.date;
  if (!isPlainDate(v.date)) found['date'] = t('fields.chooseADay');
  if (!v.allDay && Number.isNaN(minutesOf(v.start))) found['start'] = t('fields.chooseATime');
  if (!v.allDay && Number.isNaN(minutesOf(v.end))) found['end'] = t('fields.chooseATime');
  if (last < v.date) found['until'] = t('block.theEndMustBe');
  else if (!v.allDay && last === v.date && minutesOf(v.end) <= minutesOf(v.start)) found['end'] = t('block.theEndMustBe');
  return found;
}

const bodyOf = (v: Times): Record<string, unknown> => (v.allDay
  ? { all_day: true, first_day: v.date, last_day: v.until || v.date }
  : { all_day: false, start: toInstantText(instantOf(v.date, minutesOf(v.start), zone.value)), end: toInstantText(instantOf(v.until || v.date, minutesOf(v.end), zone.value)) });

const FIELDS: Readonly<Record<string, string>> = { first_day: 'date', last_day: 'until' };

function BlockDialog({ request = {}, block, onClose }: { readonly request?: NewRequest; readonly block?: BlockedTime; readonly onClose: () => void }) {
  const providers = useProviders().data ?? [];
  const [subject, setSubject] = useState(block ? `${block.kind}:${block.subject_id}` : request.providerId ? `provider:${request.providerId}` : request.resourceId ? `resource:${request.resourceId}` : '');
  const [times, setTimes] = useState<Times>(() => timesOf(request, block));
  const [purpose, setPurpose] = useState<BlockPurpose>(block?.purpose ?? 'other');
  const [reason, setReason] = useState(block?.reason ?? '');
  const [repeats, setRepeats] = useState(false);
  const [rule, setRule] = useState(FIRST_REPETITION);
  const [scope, setScope] = useState<Scope>('this');
  const [mistakes, setMistakes] = useState<Mistakes>(NO_MISTAKES);
  const [hits, setHits] = useState<{ readonly list: readonly BookingHit[]; readonly total: number } | null>(null);
  const [busy, setBusy] = useState(false);
  const chosen = subject || (providers[0] ? `provider:${providers[0].id}` : '');
  const [kind, id] = chosen.split(':');
  const rrule = repeats ? ruleOf(rule, times.date) : null;
  const ready = !block && id !== undefined && Object.keys(mistakesIn(times)).length === 0 && (!repeats || rrule !== null);
  const asked = ready ? { kind, subject_id: id, ...bodyOf(times), ...(rrule ? { rrule } : {}) } : null;
  const looked = useLook(asked);
  const total = hits?.total ?? looked.look?.hits_total ?? 0;
  const fail = (fields: Record<string, string>, text: string | null): void => setMistakes((old) => ({ fields, text, turn: old.turn + 1 }));
  const change = (next: Partial<Times>): void => { setTimes({ ...times, ...next }); setHits(null); };

  const send = async (keep: boolean): Promise<BlockedFull> => {
    const words = { purpose, reason: reason.trim() || null, ...(keep ? { on_conflict: 'keep' } : {}) };
    if (!block) return (await create<BlockedFull>('blocked-times', { ...asked, ...words })).data;
    const before = JSON.stringify(bodyOf(timesOf({}, block))) === JSON.stringify(bodyOf(times));
    return (await patch<BlockedFull>(`blocked-times/${block.id}`, { ...(before ? {} : bodyOf(times)), ...words }, { query: { scope }, version: block.version })).data;
  };
  const save = async (keep: boolean, then?: 'move'): Promise<void> => {
    const found = mistakesIn(times);
    if (repeats && !rrule) found['every'] = t('fields.chooseADay');
    if (Object.keys(found).length > 0) return fail(found, null);
    setBusy(true);
    try {
      const data = await send(keep);
      onClose();
      invalidate(['calendar'], ['blocked']);
      const hit = data.hits_total > 0;
      if (then === 'move') return navigate(`/app/reslot/${data.id}`);
      const undo = block ? {} : { action: { label: t('undo'), run: () => void free(data, 'all') } };
      showToast(block ? tb('saved', { when: blockText(data) }) : t('block.blocked', { when: blockText(data) }), hit ? { action: { label: tb('move'), run: () => navigate(`/app/reslot/${data.id}`) } } : undo);
    } catch (error) {
      const details = isConflict(error) ? (error.details as ConflictDetails & { hits?: BookingHit[]; hits_total?: number }) : null;
      if (details?.hits && details.hits.length > 0) setHits({ list: details.hits, total: details.hits_total ?? details.hits.length });
      else if (error instanceof ApiError && Object.keys(error.fields).length > 0) fail(Object.fromEntries(Object.entries(error.fields).map(([name, text]) => [FIELDS[name] ?? name, text])), null);
      else fail({}, (error as Error).message);
    } finally {
      setBusy(false);
    }
    return undefined;
  };
  const plain = total === 0;
  return (
    <Dialog
      title={block ? tb('changeTitle') : t('block.blockTime')}
      closeLabel={t('dialog.close')}
      onClose={onClose}
      foot={
        <>
          <Button class="foot-start" onClick={onClose}>{t('newAppointment.cancel')}</Button>
          {plain ? <Button kind="primary" busy={busy} onClick={() => void save(false)}>{block ? tb('save') : t('block.block')}</Button> : null}
          {!plain ? <Button kind="danger-quiet" busy={busy} onClick={() => void save(true)}>{block ? tb('saveAnyway') : t('block.blockAllTheSame')}</Button> : null}
          {!plain && !block ? <Button kind="primary" busy={busy} onClick={() => void save(true, 'move')}>{tb('blockThenMove')}</Button> : null}
        </>
      }
    >
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); if (plain) void save(false); }}>
        <Summary mistakes={mistakes} prefix="bl" labels={{ date: t('find.from'), start: t('find.from'), until: t('block.until'), end: t('block.until'), every: tb('repeats') }} />
        {block?.rule_id ? <ScopeQuestion value={scope} onChange={(next) => { setScope(next); setHits(null); }} /> : null}
        {block ? null : <SubjectField value={chosen} onValue={(value) => { setSubject(value); setHits(null); }} />}
        <Check label={tb('allDay')} checked={times.allDay} onChange={(allDay) => change({ allDay })} />
        <div class={times.allDay ? 'block-days' : 'block-when'}>
          <TextField id="bl-date" type="date" label={t('find.from')} required value={times.date} error={mistakes.fields['date']} onValue={(date) => change({ date })} />
          {times.allDay ? null : <TextField id="bl-start" type="time" label={t('block.at')} step={300} required value={times.start} error={mistakes.fields['start']} onValue={(start) => change({ start })} />}
          <TextField id="bl-until" type="date" label={t('block.until')} min={times.date} value={times.until || times.date} error={mistakes.fields['until']} onValue={(until) => change({ until })} />
          {times.allDay ? null : <TextField id="bl-end" type="time" label={t('block.at')} step={300} required value={times.end} error={mistakes.fields['end']} onValue={(end) => change({ end })} />}
        </div>
        {block ? null : <RepeatFields on={repeats} rule={rule} date={times.date} onOn={(on) => { setRepeats(on); setHits(null); }} onRule={(next) => { setRule(next); setHits(null); }} />}
        <div class="form-row-2">
          <SelectField id="bl-purpose" label={tb('purpose')} value={purpose} onValue={(value) => setPurpose(value as BlockPurpose)}>
            {PURPOSES.map((one) => <option key={one} value={one}>{PURPOSE[one]}</option>)}
          </SelectField>
          <TextField id="bl-reason" label={t('existingAppointment.reason')} optional={t('optional')} value={reason} onValue={setReason} placeholder={t('block.lunchTrainingRepair')} maxLength={120} />
        </div>
        {hits ? <HitList hits={hits.list} total={hits.total} /> : block ? null : <LookResult looked={looked} asked={asked !== null} />}
        {block?.rule_id && scope !== 'this' ? <p class="muted small">{tb('unrepeat')}</p> : null}
      </form>
    </Dialog>
  );
}

function ScopeQuestion({ value, onChange }: { readonly value: Scope; readonly onChange: (scope: Scope) => void }) {
  return <RadioCards label={tb('which')} value={value} options={SCOPES.map((one) => ({ value: one, label: ts(`scope.${one}`) }))} onChange={onChange} />;
}

function SubjectField({ value, onValue }: { readonly value: string; readonly onValue: (value: string) => void }) {
  const providers = useProviders().data ?? [];
  const resources = useResources().data ?? [];
  const locations = useLocations().data ?? [];
  return (
    <SelectField id="bl-subject" autoFocus label={t('newAppointment.for')} value={value} onValue={onValue}>
      <optgroup label={t('columns.providers')}>{providers.map((p) => <option key={p.id} value={`provider:${p.id}`}>{p.name}</option>)}</optgroup>
      {resources.length > 0 ? <optgroup label={t('block.chairsAndRooms')}>{resources.map((r) => <option key={r.id} value={`resource:${r.id}`}>{r.name}</option>)}</optgroup> : null}
      <optgroup label={t('block.everybodyAtALocation')}>{locations.map((l) => <option key={l.id} value={`location:${l.id}`}>{l.name}</option>)}</optgroup>
    </SelectField>
  );
}

/** What was freed by itself can be blocked again; many are not brought back by one click. */
async function free(block: BlockedTime, scope: Scope): Promise<void> {
  try {
    await remove(`blocked-times/${block.id}`, { query: { scope } });
    invalidate(['calendar'], ['blocked']);
    if (block.rule_id && scope !== 'this') {
      showToast(tb('freed'));
      return;
    }
    const again = { kind: block.kind, subject_id: block.subject_id, start: block.start, end: block.end, purpose: block.purpose, ...(block.reason ? { reason: block.reason } : {}), on_conflict: 'keep' };
    showToast(t('block.theTimeIsOpen'), {
      action: { label: t('undo'), run: () => void create('blocked-times', again).then(() => invalidate(['calendar'], ['blocked']), () => showToast(t('block.itCouldNotBe'), { danger: true })) },
    });
  } catch (error) {
    showToast(t('block.stillBlocked', { reason: (error as Error).message }), { danger: true });
  }
}

function UnblockDialog({ block, onChange }: { readonly block: BlockedTime; readonly onChange: (block: BlockedTime) => void }) {
  const nameOf = useNameOf();
  const [scope, setScope] = useState<Scope>('this');
  const close = (): void => { unblocking.value = null; };
  const foot = (
    <>
      <Button kind="danger-quiet" class="foot-start" icon="trash-2" onClick={() => { close(); void free(block, scope); }}>{t('block.openThisTimeAgain')}</Button>
      <Button onClick={() => { close(); navigate(`/app/reslot/${block.id}`); }}>{tb('bookings')}</Button>
      <Button kind="primary" onClick={() => onChange(block)}>{tb('change')}</Button>
    </>
  );
  return (
    <Dialog title={block.reason ?? t('conflict.blockedTime')} closeLabel={t('dialog.close')} onClose={close} foot={can('schedule.write') ? foot : undefined}>
      <p>{block.kind === 'location' ? t('block.theWholeLocation') : nameOf(block.kind, block.subject_id)} {t('block.isBlocked')}{' '}<span class="num">{blockText(block)}</span>.</p>
      {block.purpose && block.purpose !== 'other' ? <p class="muted small">{PURPOSE[block.purpose]}</p> : null}
      {block.rule_id && can('schedule.write') ? <ScopeQuestion value={scope} onChange={setScope} /> : null}
    </Dialog>
  );
}

/** Blocking time for a provider, a chair or a location, and freeing it again. */
import { useState } from 'preact/hooks';
import { create, remove } from '../api/client';
import type { BlockedTime, ConflictDetails } from '../api/types';
import { useLocations, useProviders, useResources } from '../app/data';
import { can, zone } from '../app/session';
import { ApiError } from '../lib/http';
import { invalidate } from '../lib/query';
import { clockOf, instantOf, isPlainDate, minutesOf, todayIn, toInstantText } from '../lib/time';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { SelectField, TextField } from '../ui/Field';
import { Notice } from '../ui/Notice';
import { showToast } from '../ui/Toast';
import { isConflict } from './actions';
import { ConflictList, rangeText, useNameOf } from './ConflictDialog';
import { blocking, unblocking, type NewRequest } from './open';
import { NO_MISTAKES, Summary, type Mistakes } from './Summary';
import { t } from '../app/text';

export function BlockHost() {
  if (blocking.value) return <BlockDialog request={blocking.value} />;
  if (unblocking.value) return <UnblockDialog block={unblocking.value} />;
  return null;
}

function BlockDialog({ request }: { readonly request: NewRequest }) {
  const providers = useProviders().data ?? [];
  const resources = useResources().data ?? [];
  const locations = useLocations().data ?? [];
  const [subject, setSubject] = useState(request.providerId ? `provider:${request.providerId}` : request.resourceId ? `resource:${request.resourceId}` : '');
  const [date, setDate] = useState(request.date ?? todayIn(zone.value));
  const [until, setUntil] = useState('');
  const [start, setStart] = useState(request.minute === undefined ? '12:00' : clockOf(request.minute));
  const [end, setEnd] = useState(request.minute === undefined ? '13:00' : clockOf(request.minute + (request.length ?? 60)));
  const [reason, setReason] = useState('');
  const [mistakes, setMistakes] = useState<Mistakes>(NO_MISTAKES);
  const [conflict, setConflict] = useState<ConflictDetails | null>(null);
  const [busy, setBusy] = useState(false);
  const close = (): void => { blocking.value = null; };
  const fail = (fields: Record<string, string>, text: string | null): void => setMistakes((old) => ({ fields, text, turn: old.turn + 1 }));
  const chosen = subject || (providers[0] ? `provider:${providers[0].id}` : '');

  const save = async (force: boolean): Promise<void> => {
    const last = until || date;
    const found: Record<string, string> = {};
    if (!isPlainDate(date)) found['date'] = t('fields.chooseADay');
    if (Number.isNaN(minutesOf(start))) found['start'] = t('fields.chooseATime');
    if (Number.isNaN(minutesOf(end))) found['end'] = t('fields.chooseATime');
    if (last < date || (last === date && minutesOf(end) <= minutesOf(start))) found['end'] = t('block.theEndMustBe');
    if (Object.keys(found).length > 0) return fail(found, null);
    setBusy(true);
    try {
      const [kind, id] = chosen.split(':');
      const body = { kind, subject_id: id, start: toInstantText(instantOf(date, minutesOf(start), zone.value)), end: toInstantText(instantOf(last, minutesOf(end), zone.value)), ...(reason.trim() ? { reason: reason.trim() } : {}), ...(force ? { force: true } : {}) };
      const { data } = await create<BlockedTime>('blocked-times', body);
      close();
      invalidate(['calendar'], ['blocked']);
      showToast(t('block.blocked', { when: rangeText(data.start, data.end) }), { action: { label: t('undo'), run: () => void unblock(data) } });
    } catch (error) {
      if (isConflict(error)) setConflict(error.details as ConflictDetails);
      else fail(error instanceof ApiError ? { ...error.fields } : {}, error instanceof ApiError && Object.keys(error.fields).length > 0 ? null : (error as Error).message);
    } finally {
      setBusy(false);
    }
    return undefined;
  };
  return (
    <Dialog
      title={t('block.blockTime')}
      closeLabel={t('dialog.close')}
      onClose={close}
      foot={
        <>
          <Button onClick={close}>{t('newAppointment.cancel')}</Button>
          {conflict ? <Button kind="danger" busy={busy} onClick={() => void save(true)}>{t('block.blockAllTheSame')}</Button> : <Button kind="primary" busy={busy} onClick={() => void save(false)}>{t('block.block')}</Button>}
        </>
      }
    >
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void save(false); }}>
        <Summary mistakes={mistakes} prefix="bl" labels={{ date: t('existingAppointment.date'), start: t('find.from'), end: t('block.until') }} />
        <SelectField id="bl-subject" autoFocus label={t('newAppointment.for')} value={chosen} onValue={(value) => { setSubject(value); setConflict(null); }}>
          <optgroup label={t('columns.providers')}>{providers.map((p) => <option key={p.id} value={`provider:${p.id}`}>{p.name}</option>)}</optgroup>
          {resources.length > 0 ? <optgroup label={t('block.chairsAndRooms')}>{resources.map((r) => <option key={r.id} value={`resource:${r.id}`}>{r.name}</option>)}</optgroup> : null}
          <optgroup label={t('block.everybodyAtALocation')}>{locations.map((l) => <option key={l.id} value={`location:${l.id}`}>{l.name}</option>)}</optgroup>
        </SelectField>
        <div class="form-row-2">
          <TextField id="bl-date" type="date" label={t('find.from')} required value={date} error={mistakes.fields['date']} onValue={(value) => { setDate(value); setConflict(null); }} />
          <TextField id="bl-start" type="time" label={t('block.at')} step={300} required value={start} error={mistakes.fields['start']} onValue={(value) => { setStart(value); setConflict(null); }} />
          <TextField id="bl-until" type="date" label={t('block.until')} min={date} value={until || date} onValue={(value) => { setUntil(value); setConflict(null); }} />
          <TextField id="bl-end" type="time" label={t('block.at')} step={300} required value={end} error={mistakes.fields['end']} onValue={(value) => { setEnd(value); setConflict(null); }} />
        </div>
        <TextField id="bl-reason" label={t('existingAppointment.reason')} optional={t('optional')} value={reason} onValue={setReason} placeholder={t('block.lunchTrainingRepair')} maxLength={120} />
        {conflict ? (
          <Notice tone="warn" live title={t('block.thereAreBookingsIn')}>
            <ConflictList conflicts={conflict.conflicts ?? []} />
            <p>{t('block.theyStayAsThey')}</p>
          </Notice>
        ) : null}
      </form>
    </Dialog>
  );
}

async function unblock(block: BlockedTime): Promise<void> {
  try {
    await remove(`blocked-times/${block.id}`);
    invalidate(['calendar'], ['blocked']);
    showToast(t('block.theTimeIsOpen'), {
      action: { label: t('undo'), run: () => void create('blocked-times', { kind: block.kind, subject_id: block.subject_id, start: block.start, end: block.end, ...(block.reason ? { reason: block.reason } : {}), force: true }).then(() => invalidate(['calendar'], ['blocked']), () => showToast(t('block.itCouldNotBe'), { danger: true })) },
    });
  } catch (error) {
    showToast(t('block.stillBlocked', { reason: (error as Error).message }), { danger: true });
  }
}

function UnblockDialog({ block }: { readonly block: BlockedTime }) {
  const nameOf = useNameOf();
  const close = (): void => { unblocking.value = null; };
  return (
    <Dialog title={block.reason ?? t('conflict.blockedTime')} closeLabel={t('dialog.close')} onClose={close} foot={can('schedule.write') ? <Button kind="danger-quiet" icon="trash-2" onClick={() => { close(); void unblock(block); }}>{t('block.openThisTimeAgain')}</Button> : undefined}>
      <p>{block.kind === 'location' ? t('block.theWholeLocation') : nameOf(block.kind, block.subject_id)} {t('block.isBlocked')}{' '}<span class="num">{rangeText(block.start, block.end)}</span>.</p>
    </Dialog>
  );
}

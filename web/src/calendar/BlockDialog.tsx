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
    if (!isPlainDate(date)) found['date'] = 'Choose a day.';
    if (Number.isNaN(minutesOf(start))) found['start'] = 'Choose a time.';
    if (Number.isNaN(minutesOf(end))) found['end'] = 'Choose a time.';
    if (last < date || (last === date && minutesOf(end) <= minutesOf(start))) found['end'] = 'The end must be after the start.';
    if (Object.keys(found).length > 0) return fail(found, null);
    setBusy(true);
    try {
      const [kind, id] = chosen.split(':');
      const body = { kind, subject_id: id, start: toInstantText(instantOf(date, minutesOf(start), zone.value)), end: toInstantText(instantOf(last, minutesOf(end), zone.value)), ...(reason.trim() ? { reason: reason.trim() } : {}), ...(force ? { force: true } : {}) };
      const { data } = await create<BlockedTime>('blocked-times', body);
      close();
      invalidate(['calendar'], ['blocked']);
      showToast(`Blocked ${rangeText(data.start, data.end)}`, { action: { label: 'Undo', run: () => void unblock(data) } });
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
      title="Block time"
      closeLabel="Close"
      onClose={close}
      foot={
        <>
          <Button onClick={close}>Cancel</Button>
          {conflict ? <Button kind="danger" busy={busy} onClick={() => void save(true)}>Block all the same</Button> : <Button kind="primary" busy={busy} onClick={() => void save(false)}>Block</Button>}
        </>
      }
    >
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void save(false); }}>
        <Summary mistakes={mistakes} prefix="bl" labels={{ date: 'Date', start: 'From', end: 'Until' }} />
        <SelectField id="bl-subject" autoFocus label="For" value={chosen} onValue={(value) => { setSubject(value); setConflict(null); }}>
          <optgroup label="Providers">{providers.map((p) => <option key={p.id} value={`provider:${p.id}`}>{p.name}</option>)}</optgroup>
          {resources.length > 0 ? <optgroup label="Chairs and rooms">{resources.map((r) => <option key={r.id} value={`resource:${r.id}`}>{r.name}</option>)}</optgroup> : null}
          <optgroup label="Everybody at a location">{locations.map((l) => <option key={l.id} value={`location:${l.id}`}>{l.name}</option>)}</optgroup>
        </SelectField>
        <div class="form-row-2">
          <TextField id="bl-date" type="date" label="From" required value={date} error={mistakes.fields['date']} onValue={(value) => { setDate(value); setConflict(null); }} />
          <TextField id="bl-start" type="time" label="At" step={300} required value={start} error={mistakes.fields['start']} onValue={(value) => { setStart(value); setConflict(null); }} />
          <TextField id="bl-until" type="date" label="Until" min={date} value={until || date} onValue={(value) => { setUntil(value); setConflict(null); }} />
          <TextField id="bl-end" type="time" label="At" step={300} required value={end} error={mistakes.fields['end']} onValue={(value) => { setEnd(value); setConflict(null); }} />
        </div>
        <TextField id="bl-reason" label="Reason" optional="optional" value={reason} onValue={setReason} placeholder="Lunch, training, repair…" maxLength={120} />
        {conflict ? (
          <Notice tone="warn" live title="There are bookings in this time">
            <ConflictList conflicts={conflict.conflicts ?? []} />
            <p>They stay as they are: move them, or block all the same.</p>
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
    showToast('The time is open again', {
      action: { label: 'Undo', run: () => void create('blocked-times', { kind: block.kind, subject_id: block.subject_id, start: block.start, end: block.end, ...(block.reason ? { reason: block.reason } : {}), force: true }).then(() => invalidate(['calendar'], ['blocked']), () => showToast('It could not be blocked again', { danger: true })) },
    });
  } catch (error) {
    showToast(`Still blocked: ${(error as Error).message}`, { danger: true });
  }
}

function UnblockDialog({ block }: { readonly block: BlockedTime }) {
  const nameOf = useNameOf();
  const close = (): void => { unblocking.value = null; };
  return (
    <Dialog title={block.reason ?? 'Blocked time'} closeLabel="Close" onClose={close} foot={can('schedule.write') ? <Button kind="danger-quiet" icon="trash-2" onClick={() => { close(); void unblock(block); }}>Open this time again</Button> : undefined}>
      <p>{block.kind === 'location' ? 'The whole location' : nameOf(block.kind, block.subject_id)} is blocked: <span class="num">{rangeText(block.start, block.end)}</span>.</p>
    </Dialog>
  );
}

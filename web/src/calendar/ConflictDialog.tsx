/** A taken time: what is in the way, the next free times, and booking anyway for those who may. */
import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/client';
import type { Appointment, Conflict, Slot } from '../api/types';
import { q, useProviders, useResources, zoneAt } from '../app/data';
import { can, zone } from '../app/session';
import { showClock, formatDate, wallTime } from '../lib/time';
import { useQuery } from '../lib/query';
import { displayName } from './names';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { TextField } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { conflictCase, openExisting, type ConflictCase } from './open';
import { t } from '../app/text';

export function ConflictHost() {
  const shown = conflictCase.value;
  return shown ? <ConflictDialog shown={shown} /> : null;
}

const WHAT: Record<Conflict['what'], string> = { appointment: t('existingAppointment.appointment'), blocked: t('conflict.blockedTime'), hold: t('grid.beingBookedOnline'), calendar: t('conflict.entryInAnotherCalendar') };

export function useNameOf(): (kind: Conflict['kind'], id: string) => string {
  const providers = useProviders().data ?? [];
  const resources = useResources().data ?? [];
  return (kind, id) =>
    kind === 'provider' ? (providers.find((p) => p.id === id)?.name ?? t('conflict.theProvider')) : kind === 'resource' ? (resources.find((r) => r.id === id)?.name ?? t('conflict.theChair')) : kind === 'patient' ? t('conflict.thePatient') : t('conflict.theLocation');
}

export function rangeText(start: string, end: string, timeZone = zone.value): string {
  const from = wallTime(start, timeZone);
  return t('conflict.to', { date: formatDate(from.date, 'short'), start: showClock(from.minutes), minutes: showClock(wallTime(end, timeZone).minutes) });
}

export function ConflictList({ conflicts, timeZone }: { readonly conflicts: readonly Conflict[]; readonly timeZone?: string }) {
  const nameOf = useNameOf();
  return (
    <ul class="conflicts">
      {conflicts.map((c, index) => (
        <li key={index}>
          <Icon name={c.what === 'blocked' ? 'lock' : 'calendar'} size="sm" />
          <span><strong>{nameOf(c.kind, c.subject_id)}</strong> · {c.appointment_id ? <Who id={c.appointment_id} /> : WHAT[c.what]} · <span class="num">{rangeText(c.start, c.end, timeZone)}</span></span>
          {c.appointment_id ? <button type="button" class="link-btn small" onClick={() => { conflictCase.value = null; openExisting(c.appointment_id ?? ''); }}>{t('conflict.open')}</button> : null}
        </li>
      ))}
    </ul>
  );
}

/** Whose appointment it is, as soon as that is read. */
function Who({ id }: { readonly id: string }) {
  const { data } = useQuery<Appointment>(q.appointment(id), async (signal) => (await get<Appointment>(`appointments/${id}`, { signal })).data);
  return <>{data ? `${displayName(data)}, ${data.service_name}` : WHAT.appointment}</>;
}

export function NextTimes({ slots, onTake }: { readonly slots: readonly Slot[]; readonly onTake: (slot: Slot) => void }) {
  const nameOf = useNameOf();
  return (
    <ul class="next-times">
      {slots.map((slot) => {
        const wall = wallTime(slot.start, zoneAt(slot.location_id));
        return (
          <li key={`${slot.start}${slot.provider_id}`}>
            <button type="button" class="slot" onClick={() => onTake(slot)}>
              <strong class="num">{showClock(wall.minutes)}</strong>
              <span>{formatDate(wall.date, 'short')}</span>
              <span class="muted">{nameOf('provider', slot.provider_id)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function ConflictDialog({ shown }: { readonly shown: ConflictCase }) {
  const [reason, setReason] = useState('');
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const close = (): void => { conflictCase.value = null; };
  useEffect(() => { if (asking) document.getElementById('conflict-reason')?.focus(); }, [asking]);
  const conflicts = shown.details.conflicts ?? [];
  const next = shown.details.next ?? [];
  const force = async (): Promise<void> => {
    if (reason.trim() === '') return setFailure(t('conflict.pleaseSayWhyThe'));
    setBusy(true);
    try {
      await shown.bookAnyway?.(reason.trim());
      close();
    } catch (error) {
      setFailure((error as Error).message);
    } finally {
      setBusy(false);
    }
    return undefined;
  };
  return (
    <Dialog
      title={shown.title}
      closeLabel={t('dialog.close')}
      onClose={close}
      foot={
        <>
          {shown.bookAnyway && can('schedule.overbook') ? (
            asking ? <Button kind="danger" busy={busy} onClick={() => void force()}>{t('existingAppointment.bookOverIt')}</Button> : <Button kind="danger-quiet" onClick={() => setAsking(true)}>{t('existingAppointment.bookAnyway')}</Button>
          ) : null}
          <Button kind="primary" onClick={close}>{t('conflict.leaveAsItWas')}</Button>
        </>
      }
    >
      <Notice tone="warn">
        <p>{conflicts.length > 0 ? t('conflict.thisIsInThe') : t('conflict.theTimeIsTaken')}</p>
        <ConflictList conflicts={conflicts} timeZone={shown.timeZone} />
      </Notice>
      {shown.take && next.length > 0 ? (
        <div class="stack">
          <h3>{t('conflict.nextFreeTimes')}</h3>
          <NextTimes slots={next} onTake={(slot) => { close(); shown.take?.(slot); }} />
        </div>
      ) : null}
      {asking ? <TextField id="conflict-reason" label={t('existingAppointment.whyIsItBooked')} value={reason} onValue={setReason} error={failure} required /> : null}
    </Dialog>
  );
}

/** One appointment: who, when, its state and what can be done with it. */
import { useEffect, useState } from 'preact/hooks';
import { get, patch, post } from '../api/client';
import type { Answer, Appointment, ConflictDetails, Slot } from '../api/types';
import { q, useProviders, useResources, useServices } from '../app/data';
import { lazyDialog } from '../app/lazy';
import { can, session, zone } from '../app/session';
import { confirm } from '../app/ui/Confirm';
import { Failed, Loading } from '../app/ui/Page';
import type { Scope } from '../features/series/Scope';
import { ApiError } from '../lib/http';
import { formatMoney } from '../lib/money';
import { AnswerList } from '../features/requests/AnswerList';
import { invalidate, useQuery } from '../lib/query';
import { navigate } from '../lib/router';
import { browserZone, clockOf, formatDateTime, sameClock, wallTime, zoneCity, zoneOffset } from '../lib/time';
import { Sync } from '../features/calendars/Sync';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { TextArea, TextField } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { showToast } from '../ui/Toast';
import { CancelMoney, givingBody, useCancellation, type Giving } from './CancelMoney';
import { accept, cancelItem, isConflict, isStale, joinVideo, moveItem, restoreItem, setStatus, toItem, whenText } from './actions';
import { StatusText } from './StatusText';
import { rangeText } from './ConflictDialog';
import { checkWhen, CheckLine, instantsOf, useCheck, WhenFields, whenOf, type Check, type When } from './fields';
import { displayName } from './names';
import { fieldsOf } from './NewAppointment';
import { flashItem, type ExistingAct } from './open';
import { isDead, STATUS } from './status';
import { NO_MISTAKES, Summary, type Mistakes } from './Summary';
import { t } from '../app/text';

const loadScope = async () => await import('../features/series/Scope');
const ScopeDialog = lazyDialog(async () => (await loadScope()).ScopeDialog);
const ScopeChoice = lazyDialog(async () => (await loadScope()).ScopeChoice);
const PayDialog = lazyDialog(async () => (await import('../features/orders/Pay')).PayDialog);
const SeriesLine = lazyDialog(async () => (await loadScope()).SeriesLine);

interface Props { readonly id: string; readonly act: ExistingAct; readonly onClose: () => void }

export function ExistingAppointment({ id, act, onClose }: Props) {
  const query = useQuery<Appointment>(q.appointment(id), async (signal) => (await get<Appointment>(`appointments/${id}`, { signal })).data);
  if (query.data) return <Details key={id} appointment={query.data} act={act} onClose={onClose} onReload={query.reload} />;
  return (
    <Dialog title={t('existingAppointment.appointment')} closeLabel={t('dialog.close')} onClose={onClose}>
      {query.error ? <Failed error={query.error} what={t('existingAppointment.theAppointment')} onRetry={query.reload} /> : <Loading what={t('existingAppointment.theAppointment2')} rows={4} />}
    </Dialog>
  );
}

function initialWhen(a: Appointment): When {
  return { ...whenOf(a.start, a.end, a.time_zone), providerId: a.provider_id, resourceId: a.resource_ids[0] ?? '' };
}

function sameWhen(a: When, b: When): boolean {
  return a.date === b.date && a.time === b.time && a.length === b.length && a.providerId === b.providerId && a.resourceId === b.resourceId;
}

interface DetailsProps { readonly appointment: Appointment; readonly act: ExistingAct; readonly onClose: () => void; readonly onReload: () => void }

function Details({ appointment: a, act, onClose, onReload }: DetailsProps) {
  const providers = useProviders().data ?? [];
  const resources = useResources().data ?? [];
  const services = useServices().data ?? [];
  const [base, setBase] = useState(a);
  const [when, setWhen] = useState(initialWhen(a));
  const [notes, setNotes] = useState(a.notes ?? '');
  const [mistakes, setMistakes] = useState<Mistakes>(NO_MISTAKES);
  const [conflict, setConflict] = useState<ConflictDetails | null>(null);
  const [reason, setReason] = useState<string | null>(null);
  const [asking, setAsking] = useState(act === 'cancel');
  const [scoping, setScoping] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [paying, setPaying] = useState(act === 'pay');
  const item = toItem(a);
  const moved = !sameWhen(when, initialWhen(base));
  const noted = notes !== (base.notes ?? '');
  const dirty = moved || noted;
  const closed = isDead(a.status) || a.status === 'completed';
  const canWrite = can('schedule.write');
  const check = useCheck({ when, timeZone: a.time_zone, locationId: a.location_id, serviceId: a.service_id, patientId: a.patient_id, except: a.id }, moved && conflict === null);
  const shown: Check = conflict ? { state: 'taken', conflicts: conflict.conflicts ?? [], next: conflict.next ?? [] } : check;

  // Somebody else changed it while nothing was typed here: show theirs.
  if (base.version !== a.version && !dirty) {
    setBase(a);
    setWhen(initialWhen(a));
    setNotes(a.notes ?? '');
  }
  const outdated = base.version !== a.version;

  useEffect(() => { if (reason !== null) document.getElementById('ea-reason')?.focus(); }, [reason !== null]);

  const fail = (fields: Record<string, string>, text: string | null): void => setMistakes((old) => ({ fields, text, turn: old.turn + 1 }));
  const close = async (): Promise<void> => {
    if (dirty && !(await confirm({ title: t('existingAppointment.discardYourChanges'), text: t('existingAppointment.yourChangesToHave2', { displayName: displayName(item) }), yes: t('existingAppointment.discard'), no: t('existingAppointment.goOnEditing') }))) return;
    onClose();
  };
  const take = (slot: Slot): void => {
    const wall = wallTime(slot.start, a.time_zone);
    setConflict(null);
    setWhen({ ...when, date: wall.date, time: clockOf(wall.minutes), providerId: slot.provider_id });
  };

  /** The following or all of its series; those that cannot be changed stay, when that was said once. */
  const saveSeries = async (scope: Scope): Promise<void> => {
    const times = instantsOf(when, a.time_zone);
    if (!times) return undefined;
    const from = initialWhen(base);
    const body = {
      ...(when.date !== from.date || when.time !== from.time ? { start: times.start } : {}), ...(when.providerId !== from.providerId ? { provider_id: when.providerId } : {}),
      ...(when.length !== from.length ? { duration_min: Number(when.length) } : {}), ...(noted ? { notes: notes.trim() === '' ? null : notes.trim() } : {}),
      ...(problem ? { on_conflict: 'skip' } : {}),
    };
    setBusy(true);
    try {
      const { data } = await patch<{ appointments: unknown[]; left_out: unknown[] }>(`appointments/${a.id}/recurring`, body, { query: { scope } });
      onClose();
      invalidate(['calendar'], ['appointments'], ['appointment']);
      flashItem(a.id);
      showToast(data.left_out.length > 0 ? t('existingAppointment.changedStayedAsThey', { leftOut: data.left_out.length }) : t('existingAppointment.theSeriesWasChanged'));
    } catch (error) {
      const taken = isConflict(error) ? ((error.details['occurrences'] as unknown[] | undefined)?.length ?? 0) : 0;
      if (taken > 0) setProblem(t('existingAppointment.ofThemCannotBe', { taken }));
      else {
        setScoping(false);
        refused(error);
      }
    } finally {
      setBusy(false);
    }
    return undefined;
  };

  const save = async (scope?: Scope): Promise<void> => {
    if (busy) return;
    const found: Record<string, string> = { ...checkWhen(when) };
    if (reason !== null && reason.trim() === '') found['reason'] = t('existingAppointment.pleaseSayWhy');
    const times = instantsOf(when, a.time_zone);
    if (Object.keys(found).length > 0 || !times) return fail(found, null);
    setMistakes(NO_MISTAKES);
    if (a.series_id && !scope) return setScoping(true);
    if (scope && scope !== 'this') return saveSeries(scope);
    setScoping(false);
    setBusy(true);
    try {
      let latest = base;
      if (noted) latest = (await patch<Appointment>(`appointments/${a.id}`, { notes: notes.trim() === '' ? null : notes.trim() }, { version: latest.version })).data;
      if (noted) setBase(latest);
      if (moved) {
        const body = {
          ...times, ...(when.providerId !== a.provider_id ? { provider_id: when.providerId } : {}),
          ...(when.resourceId !== (a.resource_ids[0] ?? '') ? { resource_ids: when.resourceId ? [when.resourceId, ...a.resource_ids.slice(1)] : [] } : {}),
          ...(reason !== null ? { overbook: { reason: reason.trim() } } : {}),
        };
        latest = (await post<Appointment>(`appointments/${a.id}/move`, body, { version: latest.version })).data;
      }
      onClose();
      accept(latest);
      invalidate(['calendar']);
      flashItem(a.id);
      const back = { start: base.start, end: base.end, provider_id: base.provider_id, resource_ids: base.resource_ids };
      showToast(moved ? t('existingAppointment.movedTo2', { displayName: displayName(item), whenText: whenText(latest.start, latest.location_id) }) : t('existingAppointment.saved'), moved ? { action: { label: t('undo'), run: () => void moveItem(toItem(latest), back, false) } } : {});
    } catch (error) {
      refused(error);
    } finally {
      setBusy(false);
    }
    return undefined;
  };

  const refused = (error: unknown): void => {
    if (isConflict(error)) {
      setConflict(error.details as ConflictDetails);
      fail({}, t('existingAppointment.thatTimeIsTaken'));
    } else if (isStale(error)) {
      onReload();
      fail({}, t('existingAppointment.somebodyElseChangedThis'));
    } else if (error instanceof ApiError) {
      const fields = fieldsOf(error);
      fail(fields, Object.keys(fields).length > 0 ? null : error.message);
    } else fail({}, t('existingAppointment.somethingWentWrongPlease'));
  };

  if (scoping) return <ScopeDialog busy={busy} problem={problem} onChoose={(scope) => void save(scope)} onClose={() => { setScoping(false); setProblem(null); }} />;
  if (paying) return <PayDialog appointmentId={a.id} onClose={() => { if (act === 'pay') onClose(); else { setPaying(false); onReload(); } }} />;
  if (asking) return <CancelDialog appointment={a} onBack={() => (act === 'cancel' ? onClose() : setAsking(false))} onDone={onClose} />;
  const steps = a.transitions.filter((s) => s !== 'cancelled');
  const service = services.find((s) => s.id === a.service_id) ?? null;
  return (
    <Dialog
      title={displayName(item)}
      closeLabel={t('dialog.close')}
      onClose={() => void close()}
      foot={
        canWrite ? (
          <>
            {a.transitions.includes('cancelled') ? <Button kind="danger-quiet" class="foot-start" icon="calendar-x" onClick={() => setAsking(true)}>{t('existingAppointment.cancelAppointment')}</Button> : null}
            {a.telehealth ? <Button icon="external-link" onClick={() => void joinVideo(a.id)}>{t('existingAppointment.joinVideo')}</Button> : null}
            {a.status === 'cancelled' ? <Button class="foot-start" icon="undo-2" onClick={() => { onClose(); void restoreItem(item); }}>{t('existingAppointment.restore')}</Button> : null}
            {shown.state === 'taken' && can('schedule.overbook') && moved && reason === null ? <Button kind="danger-quiet" onClick={() => setReason('')}>{t('existingAppointment.bookAnyway')}</Button> : null}
            <Button kind="primary" busy={busy} disabled={!dirty} onClick={() => void save()}>{reason !== null ? t('existingAppointment.bookOverIt') : t('form.save')}</Button>
          </>
        ) : undefined
      }
    >
      <Summary mistakes={mistakes} prefix="ea" labels={{ date: t('existingAppointment.date'), time: t('print.time'), length: t('existingAppointment.minutes'), providerId: t('provider'), resourceId: t('print.chair'), notes: t('print.notes') }} />
      <Sync id={a.id} />
      {outdated ? (
        <Notice tone="warn" live title={t('existingAppointment.somebodyElseChangedThis2')}>
          <p>{t('existingAppointment.itNowSays')}{' '}{rangeText(a.start, a.end, a.time_zone)}, {STATUS[a.status].label.toLowerCase()}.</p>
          <button type="button" class="link-btn" onClick={() => { setBase(a); setWhen(initialWhen(a)); setNotes(a.notes ?? ''); }}>{t('existingAppointment.takeTheirs')}</button>
          <button type="button" class="link-btn" onClick={() => setBase({ ...base, version: a.version })}>{t('existingAppointment.keepMine')}</button>
        </Notice>
      ) : null}
      <div class="appt-face">
        <div class="appt-face-line">
          <StatusText status={a.status} />
          <span class="num">{rangeText(a.start, a.end, a.time_zone)}</span>
          {sameClock(browserZone(), a.time_zone, a.start) ? null : <span class="cal-zone cal-zone-differs"><Icon name="globe" size="sm" /> {zoneCity(a.time_zone)} {zoneOffset(a.time_zone, a.start)}</span>}
        </div>
        <div class="appt-face-line appt-face-what muted small">
          <span class="dot" style={{ '--c': a.service_color }} aria-hidden="true" />
          <span>{a.service_name} · {a.provider_name} · {formatMoney(a.price_minor, a.currency, session.value?.tenant.locale)}</span>
        </div>
        {(a.parts ?? []).filter((p) => p.kind === 'provider').map((p) => <div key={`${p.subject_id}${p.start}`} class="appt-face-line muted small"><Icon name="users" size="sm" /> <span>{p.name}, <span class="num">{rangeText(p.start, p.end, a.time_zone)}</span></span></div>)}
        <div class="appt-face-links">
          {can('clients.read') ? <a href={`/app/clients/${a.client_id}`} onClick={onClose}><Icon name="user" size="sm" /> {a.client_name}</a> : null}
          {a.client_phone ? <a href={`tel:${a.client_phone.replace(/[^+\d]/g, '')}`}><Icon name="phone" size="sm" /> {a.client_phone}</a> : null}
        </div>
        {a.series_id ? <SeriesLine id={a.id} /> : null}
        {a.cancel_reason ? <p class="small">{t('existingAppointment.cancelled')}{a.cancelled_by ? ` by ${a.cancelled_by}` : ''}: {a.cancel_reason}</p> : null}
        {a.overbook_reason ? <p class="small"><Icon name="triangle-alert" size="sm" class="icon-inline" /> {t('existingAppointment.bookedOverAnotherBooking')}{' '}{a.overbook_reason}</p> : null}
      </div>
      {canWrite && a.status === 'requested' ? (
        <p><Button kind="primary" size="sm" icon="calendar-check" onClick={() => { onClose(); navigate('/app/requests'); }}>{t('existingAppointment.approveOrDecline')}</Button></p>
      ) : null}
      <Money appointment={a} onPay={() => setPaying(true)} onClose={onClose} />
      <Answers id={a.id} />
      {canWrite && steps.length > 0 ? (
        <div class="steps" role="group" aria-label={t('existingAppointment.state')}>
          {steps.map((status) => <Button key={status} size="sm" icon={STATUS[status].icon} kind={status === 'no_show' ? 'danger-quiet' : 'secondary'} onClick={() => void setStatus(item, status)}>{STATUS[status].action}</Button>)}
        </div>
      ) : null}
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void save(); }} onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void save(); } }}>
        {canWrite && !closed ? (
          <>
            <WhenFields prefix="ea" when={when} errors={mistakes.fields} providers={providers} resources={resources} service={service} anyProvider={false} timeZone={a.time_zone} onChange={(changes) => { setConflict(null); setReason(null); setWhen({ ...when, ...changes }); }} />
            {moved ? <CheckLine check={shown} timeZone={a.time_zone} onTake={take} /> : null}
            {reason !== null ? <TextField id="ea-reason" label={t('existingAppointment.whyIsItBooked')} required value={reason} error={mistakes.fields['reason']} onValue={setReason} /> : null}
          </>
        ) : null}
        {canWrite ? <TextArea id="ea-notes" label={t('print.notes')} optional={t('optional')} value={notes} error={mistakes.fields['notes']} onValue={setNotes} rows={2} /> : a.notes ? <p>{a.notes}</p> : null}
      </form>
      <p class="muted small">{t('existingAppointment.booked')}{' '}{a.source === 'public' ? 'online' : a.source === 'import' ? t('existingAppointment.byImport') : t('existingAppointment.byTheTeam')} {t('existingAppointment.on')}{' '}{formatDateTime(a.created_at, zone.value, session.value?.tenant.locale)}</p>
    </Dialog>
  );
}

/** What was asked before the booking, as it was asked. */
function Answers({ id }: { readonly id: string }) {
  const { data } = useQuery<Answer[]>(['appointment', id, 'answers'], async (signal) => (await get<Answer[]>(`appointments/${id}/answers`, { signal })).data);
  return data && data.length > 0 ? <AnswerList answers={data} /> : null;
}

function CancelDialog({ appointment: a, onBack, onDone }: { readonly appointment: Appointment; readonly onBack: () => void; readonly onDone: () => void }) {
  const [reason, setReason] = useState('');
  const [notify, setNotify] = useState(true);
  const [scope, setScope] = useState<Scope>('this');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [giving, setGiving] = useState<Giving>({ who: 'clinic', amount: '' });
  const cancellation = useCancellation(a);
  const item = toItem(a);
  const run = async (): Promise<void> => {
    const money = givingBody(giving, cancellation.data, reason.trim());
    if (!money) return setProblem(t('cancelMoney.wrong'));
    setProblem(null);
    setBusy(true);
    if (scope !== 'this') {
      try {
        await post(`appointments/${a.id}/recurring/cancel`, { ...(reason.trim() ? { reason: reason.trim() } : {}), notify }, { query: { scope } });
        invalidate(['calendar'], ['appointments'], ['appointment']);
        showToast(t('existingAppointment.theAppointmentsOfThe'));
        return onDone();
      } catch (error) {
        setProblem((error as Error).message);
        return setBusy(false);
      }
    }
    if (await cancelItem(item, reason.trim(), notify, money)) onDone();
    else setBusy(false);
  };
  return (
    <Dialog
      title={t('existingAppointment.cancel2', { displayName: displayName(item) })}
      closeLabel={t('dialog.close')}
      onClose={onBack}
      foot={
        <>
          <Button onClick={onBack}>{t('existingAppointment.keepTheAppointment')}</Button>
          <Button kind="danger" busy={busy} onClick={() => void run()}>{t('existingAppointment.cancelAppointment2')}</Button>
        </>
      }
    >
      <p>{a.service_name} {t('existingAppointment.with')}{' '}{a.provider_name}, <span class="num">{rangeText(a.start, a.end, a.time_zone)}</span>{t('existingAppointment.theTimeBecomesFree')}</p>
      {problem ? <p role="alert">{problem}</p> : null}
      {a.series_id ? <ScopeChoice cancelling value={scope} onChange={setScope} /> : null}
      {a.order_id && scope === 'this' ? <CancelMoney query={cancellation} giving={giving} onGiving={setGiving} /> : null}
      <form onSubmit={(event) => { event.preventDefault(); void run(); }}>
        <TextField label={t('existingAppointment.reason')} optional={giving.who === 'other' ? '' : t('optional')} value={reason} onValue={setReason} autoFocus maxLength={200} />
      </form>
      <label class="check"><input type="checkbox" checked={notify} onChange={(event) => setNotify(event.currentTarget.checked)} /> <span>{t('existingAppointment.tellTheClientBy')}</span></label>
    </Dialog>
  );
}

/** What it costs and what is paid of it; the way to take the rest is one press. */
function Money({ appointment: a, onPay, onClose }: { readonly appointment: Appointment; readonly onPay: () => void; readonly onClose: () => void }) {
  const over = a.order_state === null || a.order_state === 'cancelled' || a.order_state === 'expired';
  const there = a.order_paid_minor - a.order_refunded_minor;
  const left = over ? (isDead(a.status) ? 0 : a.price_minor) : a.order_state === 'open' ? Math.max(0, a.order_total_minor - there) : 0;
  const show = (minor: number): string => formatMoney(minor, a.currency, session.value?.tenant.locale);
  if (!can('orders.read') || (left === 0 && over) || a.status === 'requested') return null;
  return (
    <p class="appt-money">
      <span>{left === 0 ? t('existingAppointment.paid', { amount: show(there) }) : there > 0 && !over ? t('existingAppointment.partPaid', { amount: show(left), paid: show(there) }) : t('existingAppointment.toPay', { amount: show(left) })}</span>
      {left > 0 && can('orders.write') ? <Button size="sm" icon="wallet" onClick={onPay}>{t('existingAppointment.takePayment')}</Button> : null}
      {a.order_id ? <a href={`/app/orders/${a.order_id}`} onClick={onClose}>{t('existingAppointment.order')}</a> : null}
    </p>
  );
}

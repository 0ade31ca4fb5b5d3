/** Booking: the client first, everything else preset from where it was opened and from the last booking. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { create, get, post } from '../api/client';
import type { AnswerInput, Appointment, Client, ConflictDetails, GroupSession, Patient, Slot } from '../api/types';
import { useProviders, useResources, useServices, zoneAt } from '../app/data';
import { lazyDialog } from '../app/lazy';
import { can } from '../app/session';
import { Combobox, type Option } from '../app/ui/Combobox';
import { confirm } from '../app/ui/Confirm';
import type { Answers } from '../features/intake/Intake';
import type { Further } from '../features/intake/Several';
import type { Repeating } from '../features/series/Repeat';
import type { Unit } from '../features/series/rule';
import { ApiError, newKey } from '../lib/http';
import { invalidate } from '../lib/query';
import { addDays, todayIn, clockOf, wallTime } from '../lib/time';
import { announce } from '../ui/Announcer';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { SelectField, TextArea, TextField } from '../ui/Field';
import { showToast } from '../ui/Toast';
import { blockAtOnce } from './block';
import { accept, cancelItem, isConflict, toItem, whenText } from './actions';
import { checkWhen, CheckLine, instantsOf, useCheck, WhenFields, type Check, type When } from './fields';
import type { Waiting } from './waiting';
import { displayName } from './names';
import { filling, finding, flashItem, lastService, rememberService, type NewRequest } from './open';
import { NO_MISTAKES, Summary, type Mistakes } from './Summary';
import { t } from '../app/text';

const Intake = lazyDialog(async () => (await import('../features/intake/Intake')).Intake);
const Several = lazyDialog(async () => (await import('../features/intake/Several')).Several);
const Seats = lazyDialog(async () => (await import('../features/intake/Seats')).Seats);
const Repeat = lazyDialog(async () => (await import('../features/series/Repeat')).Repeat);
const waiting = () => import('./waiting');
/** What is asked for most; everything else from there by the fields that appear. */
const REPEATS: readonly { readonly label: string; readonly every: string; readonly unit: Unit }[] = [
  { label: t('newAppointment.everyWeek'), every: '1', unit: 'weeks' }, { label: t('newAppointment.every2Weeks'), every: '2', unit: 'weeks' }, { label: t('newAppointment.every4Weeks'), every: '4', unit: 'weeks' }, { label: t('newAppointment.every6Weeks'), every: '6', unit: 'weeks' },
  { label: t('newAppointment.everyMonth'), every: '1', unit: 'monthsDay' }, { label: t('newAppointment.every6Months'), every: '6', unit: 'months' }, { label: t('newAppointment.everyDay'), every: '1', unit: 'days' },
];

const LABELS: Record<string, string> = { client: t('print.client'), name: t('newAppointment.name'), phone: t('newAppointment.phone'), email: t('email'), serviceId: t('print.service'), date: t('existingAppointment.date'), time: t('print.time'), length: t('existingAppointment.minutes'), providerId: t('provider'), resourceId: t('print.chair'), notes: t('print.notes') };
/** The server's paths and the fields here. */
const FIELD_OF: Record<string, string> = { client_id: 'client', service_id: 'serviceId', provider_id: 'providerId', start: 'time', duration_min: 'length', resource_ids: 'resourceId', patient_id: 'client' };

export function fieldsOf(error: ApiError): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [path, message] of Object.entries(error.fields)) {
    const name = path.split(/[.[]/)[0] ?? path;
    result[FIELD_OF[name] ?? name] = message.charAt(0).toUpperCase() + message.slice(1);
  }
  return result;
}

export async function searchClients(text: string, signal: AbortSignal): Promise<readonly Option[]> {
  const { data } = await get<Client[]>('clients', { query: { q: text, limit: 8, sort: text === '' ? '-last_visit' : 'name' }, signal });
  return data.map((c) => ({ id: c.id, label: c.name, detail: c.phone ?? c.email }));
}

function presetTime(request: NewRequest): string {
  const timeZone = zoneAt(request.locationId);
  if (request.minute !== undefined) return clockOf(request.minute);
  const now = wallTime(Date.now(), timeZone);
  if (request.date && request.date !== now.date) return '09:00';
  return clockOf(Math.min(1425, Math.ceil((now.minutes + 1) / 15) * 15));
}

export function NewAppointment({ request, onClose }: { readonly request: NewRequest; readonly onClose: () => void }) {
  const services = useServices().data ?? [];
  const providers = useProviders().data ?? [];
  const resources = useResources().data ?? [];
  const [client, setClient] = useState<Option | null>(request.clientId ? { id: request.clientId, label: request.clientName ?? '', detail: null } : null);
  const [fresh, setFresh] = useState<{ name: string; phone: string; email: string } | null>(null);
  const [patients, setPatients] = useState<readonly Patient[]>([]);
  const [patientId, setPatientId] = useState('');
  const [serviceChoice, setServiceChoice] = useState(request.serviceId ?? lastService() ?? '');
  const [lengthChoice, setLengthChoice] = useState(request.length ? String(request.length) : '');
  const [notes, setNotes] = useState('');
  const [when, setWhen] = useState<Omit<When, 'length'>>({ date: request.date ?? todayIn(zoneAt(request.locationId)), time: presetTime(request), providerId: request.providerId ?? '', resourceId: request.resourceId ?? '' });
  const [mistakes, setMistakes] = useState<Mistakes>(NO_MISTAKES);
  const [conflict, setConflict] = useState<ConflictDetails | null>(null);
  const [reason, setReason] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [repeat, setRepeat] = useState('');
  const [repeating, setRepeating] = useState<Repeating | null>(null);
  const [turn, setTurn] = useState(0);
  const [further, setFurther] = useState<readonly Further[]>([]);
  const [answers, setAnswers] = useState<{ readonly values: Answers; readonly list: readonly AnswerInput[] }>({ values: {}, list: [] });
  const [seated, setSeated] = useState(false);
  /** A time was taken after a refusal: it is booked as soon as it is in the fields. */
  const again = useRef(false);
  const keys = useRef({ client: newKey(), appointment: newKey() });
  const form = useRef<HTMLFormElement>(null);
  /** The service was chosen by hand. */
  const chose = useRef(false);

  const offered = services.filter((s) => !when.providerId || s.provider_ids.length === 0 || s.provider_ids.includes(when.providerId));
  const service = services.find((s) => s.id === serviceChoice && offered.includes(s)) ?? offered[0] ?? null;
  const timeZone = zoneAt(request.locationId);
  const full: When = { ...when, length: lengthChoice || String(service?.duration_min ?? 30) };
  const check = useCheck({ when: full, timeZone, locationId: request.locationId, serviceId: service?.id ?? '', patientId }, conflict === null && !seated && further.length === 0);
  const shown: Check = seated ? { state: 'idle' } : conflict ? { state: 'taken', conflicts: conflict.conflicts ?? [], next: conflict.next ?? [] } : check;
  const dirty = client?.id !== request.clientId || fresh !== null || notes !== '';

  useEffect(() => {
    setPatients([]);
    setPatientId('');
    if (!client) return undefined;
    const control = new AbortController();
    get<Client>(`clients/${client.id}`, { signal: control.signal }).then(({ data }) => setPatients((data.patients ?? []).filter((p) => !p.archived)), () => undefined);
    if (!request.serviceId) {
      // What somebody came for last is the best guess at what it is this time.
      get<Appointment[]>('appointments', { query: { client_id: client.id, from: addDays(todayIn(timeZone), -730), limit: 1 }, signal: control.signal }).then(({ data }) => { if (data[0] && !chose.current) setServiceChoice(data[0].service_id); }, () => undefined);
    }
    return () => control.abort();
  }, [client?.id]);

  // A field that appears because of a press takes the focus from the button that is gone.
  useEffect(() => { if (reason !== null) document.getElementById('na-reason')?.focus(); }, [reason !== null]);
  useEffect(() => { if (fresh) document.getElementById(fresh.name === '' ? 'na-name' : 'na-phone')?.focus(); }, [fresh !== null]);

  const change = (changes: Partial<When>): void => {
    setConflict(null);
    setReason(null);
    keys.current.appointment = newKey();
    const { length, ...rest } = changes;
    if (length !== undefined) setLengthChoice(length);
    if (Object.keys(rest).length > 0) setWhen({ ...when, ...rest });
  };
  const take = (slot: Slot): void => {
    const wall = wallTime(slot.start, timeZone);
    again.current = conflict !== null;
    change({ date: wall.date, time: clockOf(wall.minutes), providerId: slot.provider_id });
  };
  const join = (session: GroupSession): void => {
    const wall = wallTime(session.start, timeZone);
    change({ date: wall.date, time: clockOf(wall.minutes), providerId: session.provider_id, length: '' });
  };
  useEffect(() => {
    if (!again.current) return;
    again.current = false;
    void save();
  }, [when]);
  const fail = (fields: Record<string, string>, text: string | null): void => setMistakes((old) => ({ fields, text, turn: old.turn + 1 }));

  const close = async (): Promise<void> => {
    if (dirty && !(await confirm({ title: t('newAppointment.discardThisBooking'), text: t('newAppointment.whatYouHaveEntered'), yes: t('existingAppointment.discard'), no: t('newAppointment.goOnBooking') }))) return;
    onClose();
  };

  const clientId = async (): Promise<string> => {
    if (client) return client.id;
    const { data } = await create<Client>('clients', { name: fresh?.name.trim(), ...(fresh?.phone.trim() ? { phone: fresh.phone.trim() } : {}), ...(fresh?.email.trim() ? { email: fresh.email.trim() } : {}) }, { idempotencyKey: keys.current.client });
    // Should the time be refused now, the client stays chosen and is not created again.
    setClient({ id: data.id, label: data.name, detail: data.phone });
    setFresh(null);
    invalidate(['clients']);
    return data.id;
  };

  const save = async (): Promise<void> => {
    if (busy) return;
    const found: Record<string, string> = { ...checkWhen(full) };
    if (!client && !fresh) found['client'] = t('newAppointment.chooseWhoIsComing');
    if (fresh && fresh.name.trim() === '') found['name'] = t('newAppointment.enterAName');
    if (!service) found['serviceId'] = t('newAppointment.chooseAService');
    if (reason !== null && reason.trim() === '') found['reason'] = t('existingAppointment.pleaseSayWhy');
    if (repeat !== '' && !when.providerId) found['providerId'] = t('newAppointment.chooseAProviderA');
    const times = instantsOf(full, timeZone);
    if (repeat !== '' && Object.keys(found).length === 0 && (!repeating || repeating.count === 0)) return fail({}, t('newAppointment.noneOfTheDates'));
    if (Object.keys(found).length > 0 || !times || !service) return fail(found, null);
    setMistakes(NO_MISTAKES);
    setBusy(true);
    try {
      const body = {
        client_id: await clientId(), service_id: service.id, start: times.start, duration_min: Number(full.length),
        ...(patientId ? { patient_id: patientId } : {}), ...(when.providerId ? { provider_id: when.providerId } : {}), ...(when.resourceId ? { resource_ids: [when.resourceId] } : {}),
        ...(request.locationId ? { location_id: request.locationId } : {}), ...(notes.trim() ? { notes: notes.trim() } : {}), ...(reason !== null ? { overbook: { reason: reason.trim() } } : {}),
        ...(answers.list.length > 0 ? { answers: answers.list } : {}),
      };
      if (repeating) {
        const { count, ...rule } = repeating;
        const { data } = await create<{ appointments: { appointment_id: string }[] }>('appointments/recurring', { ...body, ...rule }, { idempotencyKey: keys.current.appointment });
        rememberService(service.id);
        onClose();
        invalidate(['calendar'], ['appointments']);
        flashItem(data.appointments[0]?.appointment_id ?? '');
        showToast(t('newAppointment.appointmentsBooked', { count }));
        return undefined;
      }
      if (further.length > 0) return await saveVisit(body);
      const { data } = await create<Appointment>('appointments', body, { idempotencyKey: keys.current.appointment });
      rememberService(service.id);
      done(data);
    } catch (error) {
      refused(error);
    } finally {
      setBusy(false);
    }
    return undefined;
  };

  const saveVisit = async (body: { client_id: string; start: string; service_id: string; notes?: string; patient_id?: string; provider_id?: string; resource_ids?: string[]; location_id?: string }): Promise<void> => {
    const { client_id, start, notes: text, service_id, provider_id, resource_ids, location_id, patient_id } = body;
    const own = patient_id ? { patient_id } : {};
    const first = { service_id, ...own, ...(provider_id ? { provider_id } : {}), ...(resource_ids ? { resource_ids } : {}), ...(location_id ? { location_id } : {}) };
    const items = [first, ...further.map((one) => ({ service_id: one.serviceId, ...own, ...(one.providerId ? { provider_id: one.providerId } : {}) }))];
    const { data } = await create<{ id: string; appointments: Appointment[] }>('visits', { client_id, start, items, ...(text ? { notes: text } : {}) }, { idempotencyKey: keys.current.appointment });
    rememberService(service_id);
    onClose();
    for (const one of data.appointments) accept(one);
    invalidate(['calendar'], ['appointments']);
    const [one] = data.appointments;
    if (!one) return;
    flashItem(one.id);
    showToast(t('newAppointment.visitBooked', { name: displayName(toItem(one)), when: whenText(one.start, one.location_id), count: data.appointments.length }), { action: { label: t('undo'), run: () => void post(`visits/${data.id}/cancel`, { notify: false }).then(() => invalidate(['calendar']), (error: unknown) => showToast((error as Error).message, { danger: true })) } });
  };

  const done = (data: Appointment): void => {
    onClose();
    accept(data);
    invalidate(['calendar'], ['appointments']);
    flashItem(data.id);
    const name = displayName(toItem(data));
    announce(t('newAppointment.bookedFor3', { name, whenText: whenText(data.start, data.location_id) }));
    showToast(t('newAppointment.bookedFor4', { name, whenText: whenText(data.start, data.location_id) }), { action: { label: t('undo'), run: () => void cancelItem(toItem(data), '', false) } });
  };

  const refused = (error: unknown): void => {
    keys.current.appointment = newKey();
    if (isConflict(error) && repeat !== '') {
      setTurn(turn + 1);
      fail({}, t('newAppointment.someOfTheseTimes'));
    } else if (isConflict(error)) {
      setConflict(error.details as ConflictDetails);
      setReason(null);
      fail({}, t('newAppointment.thatTimeWasTaken'));
    } else if (error instanceof ApiError) {
      const fields = fieldsOf(error);
      fail(fields, Object.keys(fields).length > 0 ? null : error.message);
    } else fail({}, t('existingAppointment.somethingWentWrongPlease'));
  };

  /** Before anybody is searched for, those who wait for such a time stand first. */
  const searchWho = async (text: string, signal: AbortSignal): Promise<readonly Option[]> => {
    if (text !== '' || client || !times || !request.providerId || request.minute === undefined) return searchClients(text, signal);
    const gap = { providerId: request.providerId, start: times.start, end: request.length ? times.end : null };
    const [who, clients] = await Promise.all([waiting().then(({ whoWaits }) => whoWaits(gap, timeZone, signal)).catch(() => []), searchClients(text, signal)]);
    return [...who, ...clients];
  };
  const chooseWho = (option: Option | null): void => {
    if (option?.icon) {
      onClose();
      void waiting().then(({ offerTo }) => offerTo(option as Waiting));
      return;
    }
    setClient(option);
    setMistakes(NO_MISTAKES);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void save();
    }
  };
  const isSelf = useMemo(() => patients.find((p) => p.kind === 'self')?.id ?? '', [patients]);
  const times = instantsOf(full, timeZone);
  const seriesBody = service && times && when.providerId ? {
    ...(client ? { client_id: client.id } : {}), ...(patientId ? { patient_id: patientId } : {}), service_id: service.id, provider_id: when.providerId, start: times.start, duration_min: Number(full.length),
    ...(when.resourceId ? { resource_ids: [when.resourceId] } : {}), ...(request.locationId ? { location_id: request.locationId } : {}),
  } : null;
  const preset = REPEATS.find((r) => r.label === repeat);
  /** A stretch that was drawn in somebody's column can be blocked as well as booked. */
  const drawn = request.length && (request.providerId || request.resourceId) && !client && !fresh ? times : null;
  const overbooking = repeat === '' && further.length === 0 && shown.state === 'taken' && can('schedule.overbook');
  return (
    <Dialog
      title={t('new.title')}
      closeLabel={t('dialog.close')}
      onClose={() => void close()}
      foot={
        <>
          {drawn ? <Button kind="quiet" icon="lock" class="foot-start" onClick={() => { onClose(); void blockAtOnce(request, drawn); }}>{t('block.block')}</Button> : null}
          <span class="foot-hint" aria-hidden="true"><kbd>{t('newAppointment.ctrl')}</kbd> <kbd>{t('grid.enter')}</kbd></span>
          <Button onClick={() => void close()}>{t('newAppointment.cancel')}</Button>
          {overbooking && reason === null ? <Button kind="danger-quiet" onClick={() => setReason('')}>{t('existingAppointment.bookAnyway')}</Button> : null}
          <Button kind={reason !== null ? 'danger' : 'primary'} busy={busy} onClick={() => void save()}>{reason !== null ? t('existingAppointment.bookOverIt') : repeating ? t('newAppointment.book', { count: repeating.count }) : t('form.save')}</Button>
        </>
      }
    >
      <form ref={form} class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void save(); }} onKeyDown={onKeyDown}>
        <Summary mistakes={mistakes} prefix="na" labels={LABELS} />
        {fresh ? (
          <fieldset class="fresh">
            <legend class="field-label">{t('palette.newClient')}{' '}<button type="button" class="link-btn small" onClick={() => setFresh(null)}>{t('newAppointment.chooseAnExistingOne')}</button></legend>
            <TextField id="na-name" label={t('newAppointment.name')} required value={fresh.name} error={mistakes.fields['name']} onValue={(name) => setFresh({ ...fresh, name })} autocomplete="off" />
            <div class="pair">
              <TextField id="na-phone" type="tel" label={t('newAppointment.phone')} optional={t('optional')} value={fresh.phone} error={mistakes.fields['phone']} onValue={(phone) => setFresh({ ...fresh, phone })} autocomplete="off" />
              <TextField id="na-email" type="email" label={t('email')} optional={t('optional')} value={fresh.email} error={mistakes.fields['email']} onValue={(email) => setFresh({ ...fresh, email })} autocomplete="off" />
            </div>
          </fieldset>
        ) : (
          <Combobox
            id="na-client"
            label={t('print.client')}
            value={client}
            placeholder={t('newAppointment.namePhoneOrE')}
            autoFocus={!client}
            error={mistakes.fields['client']}
            search={searchWho}
            onChoose={chooseWho}
            {...(can('clients.write') ? { createLabel: (text: string) => t('newAppointment.create', { text }), onCreate: (text: string) => { setClient(null); setFresh(/^[+\d ()-]+$/.test(text) ? { name: '', phone: text, email: '' } : { name: text, phone: '', email: '' }); } } : {})}
          />
        )}
        {patients.length > 1 ? (
          <SelectField id="na-patient" label={t('newAppointment.for')} value={patientId || isSelf} onValue={setPatientId}>
            {patients.map((p) => <option key={p.id} value={p.id}>{p.name}{p.kind === 'animal' ? ` (${p.species ?? 'animal'})` : p.kind === 'dependant' ? ' (dependant)' : ''}</option>)}
          </SelectField>
        ) : null}
        <SelectField id="na-serviceId" label={t('print.service')} value={service?.id ?? ''} error={mistakes.fields['serviceId']} onValue={(id) => { chose.current = true; setServiceChoice(id); setAnswers({ values: {}, list: [] }); setSeated(false); if (!request.length) setLengthChoice(''); setConflict(null); }}>
          {offered.map((s) => <option key={s.id} value={s.id}>{s.name} · {s.duration_min} {t('find.min')}</option>)}
        </SelectField>
        <WhenFields prefix="na" when={full} errors={mistakes.fields} providers={providers.filter((p) => p.bookable)} resources={resources} service={service} anyProvider fixedLength={further.length > 0} timeZone={timeZone} onChange={change} />
        {service && service.seats > 1 ? <Seats serviceId={service.id} start={times?.start ?? null} providerId={when.providerId} onTake={join} onJoin={setSeated} /> : null}
        {service && further.length > 0 ? <Several list={further} first={service} services={services.filter((s) => s.seats <= 1)} providers={providers} onChange={(list) => { keys.current.appointment = newKey(); setConflict(null); setFurther(list); }} /> : null}
        {preset ? null : <CheckLine check={shown} timeZone={timeZone} onTake={take} />}
        {further.length > 0 ? null : <SelectField id="na-repeat" label={t('newAppointment.repeat')} value={repeat} onValue={(value) => { setRepeat(value); setRepeating(null); setReason(null); setConflict(null); }}>
          <option value="">{t('newAppointment.doesNotRepeat')}</option>
          {REPEATS.map((r) => <option key={r.label} value={r.label}>{r.label}</option>)}
        </SelectField>}
        {preset ? <Repeat key={preset.label} body={seriesBody} date={full.date} every={preset} turn={turn} onChange={(value) => { keys.current.appointment = newKey(); setRepeating(value); }} /> : null}
        {reason !== null ? <TextField id="na-reason" label={t('existingAppointment.whyIsItBooked')} required value={reason} error={mistakes.fields['reason']} onValue={setReason} /> : null}
        {service && service.question_count > 0 && repeat === '' && further.length === 0 ? <Intake key={service.id} serviceId={service.id} values={answers.values} onChange={(values, list) => setAnswers({ values, list })} /> : null}
        <TextArea id="na-notes" label={t('print.notes')} optional={t('optional')} value={notes} onValue={setNotes} rows={2} />
        <p class="small links-line">{repeat === '' && further.length < 5 && service && service.seats <= 1 ? <button type="button" class="link-btn small" onClick={() => setFurther([...further, { serviceId: service.id, providerId: '' }])}>{t('newAppointment.anotherService')}</button> : null}
          <button type="button" class="link-btn small" onClick={() => { onClose(); finding.value = { ...request, serviceId: service?.id, ...(client ? { clientId: client.id, clientName: client.label } : {}) }; }}>{t('newAppointment.findTheNextFree')}</button>
          {request.providerId && times ? <button type="button" class="link-btn small" onClick={() => { onClose(); filling.value = { providerId: request.providerId as string, start: times.start, end: request.length ? times.end : null }; }}>{t('gap.who')}</button> : null}</p>
      </form>
    </Dialog>
  );
}

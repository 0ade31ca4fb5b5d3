import { useEffect, useRef, useState } from 'preact/hooks';
import type { BookingPayment, ManageAction, ManagedBooking, PublicClinic, PublicService, Slot, Status } from '../api/types';
import { applyBrand } from '../lib/color';
import { ApiError } from '../lib/http';
import { setQueryData, useQuery } from '../lib/query';
import { dateIn, formatDate, formatDateTime, formatTimeRange, sameClock, formatTime } from '../lib/time';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { TextArea } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { Empty, ErrorState } from '../ui/State';
import { actOnBooking, calendarUrl, cameBy, getBooking, getClinic } from './api';
import { Join } from './Join';
import { forgetPaying, Pay } from './Pay';
import { Once } from './once';
import { Picker } from './Picker';
import { LoadingScreen, ScreenHead, Shell } from './Shell';
import { priceText, termsText, whenText } from './Summary';
import { Taken, type TakenTime } from './Taken';
import { m } from './more';
import { locale, t } from './text';
import { isTaken } from './useHold';
import { settleZone, zone } from './zone';
import { ZoneSwitch } from './ZoneSwitch';

const TONES: Partial<Record<Status, string>> = {
  scheduled: 'badge-info', confirmed: 'badge-ok', checked_in: 'badge-ok', in_progress: 'badge-ok',
  pending_payment: 'badge-warn', requested: 'badge-warn', cancelled: 'badge-danger', declined: 'badge-danger', no_show: 'badge-danger',
};

/** Takes nobody's time any more, and not because it is over. */
const gone = (status: Status) => status === 'cancelled' || status === 'expired' || status === 'declined';

export function Manage({ token }: { token: string }) {
  const query = useQuery(['booking', token], async (signal) => {
    const booking = await getBooking(token, signal);
    applyBrand(booking.clinic.brand_color ?? null);
    settleZone(booking.clinic.time_zone);
    return booking;
  });
  const booking = query.data;
  if (!booking) {
    const missing = query.error instanceof ApiError && [401, 403, 404, 422].includes(query.error.status);
    return (
      <Shell clinic={null} bare={query.error !== null}>
        {missing ? <Empty level={1} icon="calendar-x" title={m('notfound.booking.title')} text={m('notfound.booking.text')} />
          : query.error ? <ErrorState level={1} error={query.error} title={m('error.booking')} retryLabel={t('retry')} requestLabel={t('error.request')} onRetry={query.reload} />
            : <LoadingScreen />}
      </Shell>
    );
  }
  return <Managed token={token} booking={booking} onChanged={(next) => setQueryData(['booking', token], next)} />;
}

type Done = ManageAction['action'];

interface ManagedProps {
  token: string;
  booking: ManagedBooking;
  onChanged: (booking: ManagedBooking) => void;
}

function Managed({ token, booking, onChanged }: ManagedProps) {
  cameBy(token); /* the times of its service, public or not */
  const [view, setView] = useState<'show' | 'move'>('show');
  const [cancelling, setCancelling] = useState(false);
  const [busy, setBusy] = useState<Done | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [taken, setTaken] = useState<TakenTime | null>(null);
  const once = useRef(new Once());
  const message = useRef<HTMLDivElement>(null);
  const { clinic, payment } = booking;
  const [arrived, setArrived] = useState(false);
  const settled = payment?.state === 'paid' || payment?.state === 'over';
  useEffect(() => { if (settled && forgetPaying(token)) setArrived(payment?.state === 'paid'); }, [settled]);

  /** Every change is a press of a button and a POST; opening the link changes nothing. */
  const act = async (action: ManageAction): Promise<boolean> => {
    if (busy) return false;
    setBusy(action.action);
    setError(null);
    setTaken(null);
    setDone(null);
    try {
      onChanged(await actOnBooking(token, action, once.current.keyFor(action), booking.appointment.version));
      once.current.forget();
      setDone(action.action);
      setView('show');
      setTimeout(() => message.current?.focus(), 0);
      return true;
    } catch (failure) {
      if (isTaken(failure) && action.action === 'move') {
        once.current.forget();
        setTaken({ start: action.start, next: (failure.details as { next?: Slot[] }).next ?? [] });
      } else {
        setError(failure as ApiError);
        once.current.forget();
        /* An old page: show what it is now. */
        if (failure instanceof ApiError && (failure.status === 412 || failure.status === 409)) getBooking(token).then(onChanged, () => undefined);
      }
      return false;
    } finally {
      setBusy(null);
    }
  };

  if (view === 'move') {
    return (
      <Shell clinic={clinic}>
        <MoveView booking={booking} busy={busy === 'move'} error={error} taken={taken} onTaken={setTaken} onBack={() => { setView('show'); setError(null); setTaken(null); }} onMove={act} />
      </Shell>
    );
  }
  return (
    <Shell clinic={clinic}>
      <ScreenHead title={m('manage.title')} clinicName={clinic.name} quiet={!done} />
      {done ? <Notice tone={done === 'cancel' ? 'info' : 'ok'} live noticeRef={message}><p>{m(`manage.done.${done}`)}</p></Notice> : null}
      {error ? <Notice tone="danger" live><p>{error.status === 412 ? m('manage.stale') : error.message}</p></Notice> : null}
      {arrived && !done ? <Notice tone="ok" live><p>{m('pay.arrived')}</p></Notice> : null}
      {payment?.can_pay ? <Pay token={token} booking={booking} payment={payment} onChanged={onChanged} /> : null}
      {booking.appointment.status === 'expired' && payment ? <Notice tone="plain"><p>{m('pay.over')}</p></Notice> : null}
      <Card booking={booking} token={token} />
      <Actions booking={booking} busy={busy} onAct={act} onMove={() => { setDone(null); setView('move'); }} onCancel={() => { setError(null); setCancelling(true); }} />
      {cancelling ? (
        <CancelDialog start={booking.appointment.start} payment={payment} busy={busy === 'cancel'} error={error} onClose={() => setCancelling(false)} onCancel={async (reason) => { if (await act({ action: 'cancel', ...(reason ? { reason } : {}) })) setCancelling(false); }} />
      ) : null}
    </Shell>
  );
}

function Card({ booking, token }: { booking: ManagedBooking; token: string }) {
  const { appointment: a, clinic } = booking;
  const over = gone(a.status);
  return (
    <article class={over ? 'b-card is-over' : 'b-card'}>
      <div class="b-card-head">
        <span class={`badge ${TONES[a.status] ?? ''}`}>{m(`manage.status.${a.status}`)}</span>
        <h2>{formatDate(dateIn(a.start, zone.value), 'full', locale())}</h2>
        <p class="b-card-time num"><time dateTime={a.start}>{formatTimeRange(a.start, a.end, zone.value, locale())}</time></p>
        <ZoneSwitch clinicZone={clinic.time_zone} at={a.start} />
        {sameClock(zone.value, a.time_zone, a.start) ? null : <p class="small muted">{t('zone.there', { time: formatTime(a.start, a.time_zone, locale()) })}</p>}
      </div>
      <dl class="b-facts">
        <div><dt>{t('summary.service')}</dt><dd>{a.service_name}</dd></div>
        <div><dt>{t('summary.with')}</dt><dd>{a.provider_name}</dd></div>
        <div><dt>{t('summary.where')}</dt><dd>{a.telehealth ? t('video.where') : <>{a.location_name}{clinic.address ? <small class="muted">{clinic.address}</small> : null}</>}</dd></div>
        <div><dt>{t('summary.price')}</dt><dd>{priceText(a.price_minor, a.currency)}</dd></div>
        {booking.payment && booking.payment.paid_minor > 0 ? <div><dt>{m('pay.paid')}</dt><dd>{priceText(booking.payment.paid_minor, booking.payment.currency)}{booking.payment.wallet_minor > 0 ? <small class="muted">{m('pay.wallet')}: {priceText(booking.payment.wallet_minor, booking.payment.currency)}</small> : null}</dd></div> : null}
        {booking.payment && booking.payment.refunded_minor > 0 ? <div><dt>{m('pay.refunded')}</dt><dd>{priceText(booking.payment.refunded_minor, booking.payment.currency)}</dd></div> : null}
        <div><dt>{t('summary.name')}</dt><dd>{a.client_name}</dd></div>
      </dl>
      {a.telehealth && !over && a.status !== 'completed' && a.status !== 'no_show' ? <Join token={token} /> : null}
      {over || a.status === 'requested' ? null : <p class="b-card-foot"><a class="btn btn-quiet btn-sm" href={calendarUrl(token)} download><Icon name="calendar-plus" />{t('done.calendar')}</a></p>}
    </article>
  );
}

interface ActionProps {
  booking: ManagedBooking;
  busy: Done | null;
  onAct: (action: ManageAction) => Promise<boolean>;
  onMove: () => void;
  onCancel: () => void;
}

function untilText(booking: ManagedBooking): string | null {
  const at = (instant: string | null): string => (instant ? formatDateTime(instant, zone.value, locale()) : '');
  const move = booking.can_move && booking.move_until ? at(booking.move_until) : null;
  const cancel = booking.can_cancel && booking.cancel_until ? at(booking.cancel_until) : null;
  if (cancel && move === cancel) return m('manage.until.both', { cancel });
  if (move && cancel) return m('manage.until', { move, cancel });
  if (cancel) return m('manage.until.cancel', { cancel });
  return move ? m('manage.until.move', { move }) : null;
}

function Actions({ booking, busy, onAct, onMove, onCancel }: ActionProps) {
  const { appointment: a, clinic } = booking;
  const past = Date.parse(a.end) < Date.now() || a.status === 'completed' || a.status === 'no_show';
  const rebook = <a class="btn btn-secondary" href={`/book/${encodeURIComponent(clinic.slug)}?service=${encodeURIComponent(a.service_id)}`}>{m('manage.rebook')}</a>;
  if (past) return <><p class="muted">{m('manage.past')}</p><div class="form-actions">{rebook}</div></>;
  const restorable = booking.can_restore;
  if (gone(a.status)) {
    return (
      <>
        {restorable ? <p class="small muted">{m('manage.restore.text')}</p> : null}
        <div class="form-actions">
          {rebook}
          {restorable ? <Button kind="quiet" icon="undo-2" busy={busy === 'restore'} onClick={() => void onAct({ action: 'restore' })}>{m('manage.restore')}</Button> : null}
        </div>
      </>
    );
  }
  const until = untilText(booking);
  const waiting = a.status === 'requested' ? m('manage.requested', { until: a.lapses_at ? whenText(a.lapses_at) : '' }) : null;
  const fixed = !booking.can_move && !booking.can_cancel;
  return (
    <>
      {waiting ? <Notice tone="plain"><p>{waiting}</p></Notice> : null}
      <div class="form-actions">
        {booking.can_confirm ? <Button kind="primary" icon="check" busy={busy === 'confirm'} onClick={() => void onAct({ action: 'confirm' })}>{m('manage.confirm')}</Button> : null}
        {booking.can_move ? <Button icon="calendar-clock" onClick={onMove}>{m('manage.move')}</Button> : null}
        {booking.can_cancel ? <Button kind="danger-quiet" onClick={onCancel}>{m('manage.cancel')}</Button> : null}
      </div>
      {fixed ? (
        <Notice tone="plain"><p>{m('manage.toolate')}</p>{clinic.phone ? <a href={`tel:${clinic.phone}`}>{t('contact.call', { phone: clinic.phone })}</a> : null}</Notice>
      ) : until ? <p class="small muted">{until}{clinic.phone ? <> {m('manage.after')} <a href={`tel:${clinic.phone}`}>{clinic.phone}</a></> : null}</p> : null}
    </>
  );
}

interface MoveProps {
  booking: ManagedBooking;
  busy: boolean;
  error: ApiError | null;
  taken: TakenTime | null;
  onTaken: (taken: TakenTime | null) => void;
  onBack: () => void;
  onMove: (action: ManageAction) => Promise<boolean>;
}

function MoveView({ booking, busy, error, taken, onTaken, onBack, onMove }: MoveProps) {
  const { appointment: a } = booking;
  const query = useQuery<PublicClinic>(['clinic', booking.clinic.slug], (signal) => getClinic(booking.clinic.slug, signal));
  const [provider, setProvider] = useState<string | null>(a.provider_id);
  const [location, setLocation] = useState<string | null>(null);
  const [slot, setSlot] = useState<Slot | null>(null);
  const check = useRef<HTMLHeadingElement>(null);
  useEffect(() => { if (slot) check.current?.focus(); }, [slot]);
  const clinic = query.data;
  const service: PublicService = booking.service;
  const choose = (chosen: Slot): void => { onTaken(null); setSlot(chosen); };
  const who = (chosen: Slot): string => provider ?? chosen.provider_id;
  return (
    <>
      <ScreenHead title={m('move.title')} clinicName={booking.clinic.name} onBack={slot ? () => setSlot(null) : onBack}>
        <p class="muted">{m('move.from', { when: whenText(a.start) })}</p>
      </ScreenHead>
      {error ? <Notice tone="danger" live><p>{error.message}</p></Notice> : null}
      {taken ? <Taken clinic={booking.clinic} taken={taken} keeps={false} busyStart={null} onSlot={choose} onOther={() => { onTaken(null); setSlot(null); }} /> : null}
      {query.error ? <ErrorState error={query.error} title={t('error.slots')} retryLabel={t('retry')} onRetry={query.reload} />
        : !clinic ? <LoadingScreen />
          : slot && !taken ? (
              <section class="b-card b-check" aria-labelledby="b-check-title">
                <h2 id="b-check-title" ref={check} tabIndex={-1}>{m('move.check.title')}</h2>
                <dl class="b-facts">
                  <div><dt>{m('move.check.from')}</dt><dd><s>{whenText(a.start)}</s></dd></div>
                  <div><dt>{m('move.check.to')}</dt><dd><strong>{whenText(slot.start)}</strong></dd></div>
                  <div><dt>{t('summary.with')}</dt><dd>{clinic.providers.find((one) => one.id === who(slot))?.name ?? a.provider_name}</dd></div>
                </dl>
                <ZoneSwitch clinicZone={clinic.time_zone} at={slot.start} />
                <div class="form-actions">
                  <Button kind="primary" busy={busy} onClick={() => void onMove({ action: 'move', start: slot.start, ...(who(slot) === a.provider_id ? {} : { provider_id: who(slot) }) })}>{m('move.check.submit')}</Button>
                  <Button kind="quiet" onClick={() => setSlot(null)}>{m('move.check.back')}</Button>
                </div>
              </section>
            ) : slot ? null : (
              <Picker clinic={clinic} service={service} provider={provider} onProvider={setProvider} location={location} onLocation={setLocation} chosen={null} busyStart={null} onSlot={choose} />
            )}
    </>
  );
}

interface CancelProps {
  start: string;
  payment: BookingPayment | null;
  busy: boolean;
  error: ApiError | null;
  onClose: () => void;
  onCancel: (reason: string) => Promise<void>;
}

/** What goes back, before anything is pressed. */
function refundText(payment: BookingPayment): string {
  const { currency } = payment, paid = payment.paid_minor - payment.refunded_minor, refund = payment.refund_minor;
  if (paid <= 0) return m('cancel.refund.unpaid');
  const amounts = { refund: priceText(refund, currency), paid: priceText(paid, currency) };
  return refund === paid ? m('cancel.refund.all', amounts) : refund > 0 ? m('cancel.refund.part', amounts) : m('cancel.refund.none', amounts);
}

function CancelDialog({ start, payment, busy, error, onClose, onCancel }: CancelProps) {
  const [reason, setReason] = useState('');
  return (
    <Dialog
      title={m('cancel.title')} closeLabel={t('close')} onClose={onClose}
      foot={(
        <>
          <Button onClick={onClose}>{m('cancel.keep')}</Button>
          <Button kind="danger" busy={busy} onClick={() => void onCancel(reason.trim())}>{m('cancel.submit')}</Button>
        </>
      )}
    >
      {error ? <Notice tone="danger" live><p>{error.message}</p></Notice> : null}
      {payment ? <p><strong>{refundText(payment)}</strong> {payment.paid_minor > 0 ? <span class="muted small">{termsText(payment.terms, start)}</span> : null}</p> : null}
      <TextArea label={m('cancel.reason')} optional={t('optional')} hint={m('cancel.reason.hint')} maxLength={500} value={reason} onValue={setReason} />
    </Dialog>
  );
}

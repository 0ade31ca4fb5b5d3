/** What a booking that is paid in advance still waits for: the way to the page one pays on, and back. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { BookingPayment, ManagedBooking } from '../api/types';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';
import { getBooking, payBooking } from './api';
import { m } from './more';
import { Once } from './once';
import { priceText, termsText, whenText } from './Summary';

const ASK_MS = 1500;
const ASKS_MAX = 80; /* two minutes; then one is asked instead */

/** Whoever was sent to pay comes back to this page before the word of it does. */
const LEFT = (token: string): string => `paying:${token}`;
const remembers = (token: string): boolean => sessionStorage.getItem(LEFT(token)) !== null;

interface Props {
  token: string;
  booking: ManagedBooking;
  payment: BookingPayment;
  onChanged: (booking: ManagedBooking) => void;
}

export function Pay({ token, booking, payment, onChanged }: Props) {
  const [straight, setStraight] = useState(window.location.hash === '#pay' && !remembers(token));
  const [back, setBack] = useState(remembers(token));
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const asks = useRef(0);
  const once = useRef(new Once());
  const { state, url } = payment;
  const waits = state === 'preparing' || back;

  const leave = (to: string): void => {
    sessionStorage.setItem(LEFT(token), '1');
    window.location.assign(to);
  };
  useEffect(() => {
    if (straight && url) {
      history.replaceState(history.state, '', window.location.pathname);
      leave(url);
    }
  }, [straight, url]);
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => {
      if (++asks.current > ASKS_MAX) {
        setBack(false);
        clearInterval(timer);
        return;
      }
      getBooking(token).then((next) => { setError(null); onChanged(next); }, () => setError(m('pay.error')));
    }, ASK_MS);
    return () => clearInterval(timer);
  }, [waits]);

  const again = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    asks.current = 0;
    try {
      const next = await payBooking(token, once.current.keyFor({ at: Date.now() }));
      setStraight(true);
      onChanged(next);
    } catch (failure) {
      setError((failure as Error).message);
      getBooking(token).then(onChanged, () => undefined);
    } finally {
      setBusy(false);
    }
  };
  const due = priceText(payment.due_minor, payment.currency);
  const rest = payment.total_minor - payment.due_minor - payment.paid_minor - payment.held_minor;
  return (
    <section class="b-card b-pay" aria-labelledby="b-pay-title">
      <h2 id="b-pay-title">{m('pay.title')}</h2>
      <p>{m('pay.due', { due, until: payment.pay_by ? whenText(payment.pay_by) : '' })}{rest > 0 ? ` ${m('pay.rest', { rest: priceText(rest, payment.currency) })}` : ''}</p>
      {payment.held_minor > 0 ? <p>{m('pay.held', { held: priceText(payment.held_minor, payment.currency) })}</p> : null}
      <p class="small muted">{termsText(payment.terms, booking.appointment.start)}</p>
      {error ? <Notice tone="danger" live><p>{error}</p></Notice> : null}
      {back ? <Notice tone="info" live><p>{m('pay.back')}</p></Notice>
        : state === 'failed' ? <Notice tone="warn" live><p>{m('pay.failed')}</p></Notice>
          : asks.current > ASKS_MAX && url ? <Notice tone="plain" live><p>{m('pay.stopped')}</p></Notice> : null}
      <div class="form-actions">
        {state === 'failed' ? <Button kind="primary" icon="wallet" busy={busy} onClick={() => void again()}>{m('pay.again')}</Button>
          : url && !straight ? <Button kind={back ? 'secondary' : 'primary'} icon="wallet" onClick={() => leave(url)}>{m('pay.now', { due })}</Button>
            : <p class="muted" role="status">{m(url ? 'pay.leaving' : 'pay.preparing')}</p>}
      </div>
    </section>
  );
}

/** Nothing is waited for any more. */
export function forgetPaying(token: string): boolean {
  const was = remembers(token);
  sessionStorage.removeItem(LEFT(token));
  return was;
}

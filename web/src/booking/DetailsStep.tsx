import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Hold, PublicClinic, PublicService, Slot } from '../api/types';
import { formatDuration } from '../lib/time';
import { announce } from '../ui/Announcer';
import { Button } from '../ui/Button';
import { ErrorSummary } from '../ui/ErrorSummary';
import { TextArea, TextField } from '../ui/Field';
import { Icon } from '../ui/Icon';
import type { Form } from '../ui/useForm';
import { ScreenHead, stepOf } from './Shell';
import { priceText, termsText } from './Summary';
import { Taken, type TakenTime } from './Taken';
import { locale, t } from './text';

export interface Details extends Record<string, string> {
  name: string;
  email: string;
  phone: string;
  notes: string;
}

interface Props {
  clinic: PublicClinic;
  service: PublicService;
  hold: Hold | null;
  form: Form<Details>;
  known: string | null;
  /** What the clinic asks, or null. */
  questions: ComponentChildren;
  labels: Record<string, string>;
  /** Paying from a wallet, where the clinic has them. */
  wallet: ComponentChildren;
  taken: TakenTime | null;
  busyStart: string | null;
  onSlot: (slot: Slot) => void;
  onBack: () => void;
}

export function DetailsStep({ clinic, service, hold, form, known, questions, labels: asked, wallet, taken, busyStart, onSlot, onBack }: Props) {
  const labels = { name: t('details.name'), email: t('details.email'), phone: t('details.phone'), notes: t('details.notes'), ...asked };
  return (
    <>
      <ScreenHead title={t('details.title')} clinicName={clinic.name} {...stepOf(clinic, 3)} onBack={onBack} />
      {taken ? <Taken clinic={clinic} taken={taken} keeps busyStart={busyStart} onSlot={onSlot} onOther={onBack} />
        : hold ? <HoldClock expiresAt={hold.expires_at} /> : null}
      <form class="form" noValidate onSubmit={form.onSubmit}>
        <ErrorSummary form={form} title={(count) => t('details.errors', { count })} labels={labels} />
        {known ? <p>{t('details.known', { name: known })}</p> : <Visitor form={form} labels={labels} />}
        <TextArea {...form.bind('notes')} label={labels.notes} optional={t('optional')} hint={t('details.notes.hint')} maxLength={1000} autocomplete="off" />
        {questions}
        {wallet}
        <Policy clinic={clinic} service={service} start={hold?.start ?? null} />
        <Button kind="primary" size="lg" type="submit" busy={form.busy} disabled={taken !== null} class="b-submit">{t(service.approval_required ? 'details.request' : service.due_minor > 0 ? 'details.pay' : 'details.submit')}</Button>
      </form>
    </>
  );
}

function Visitor({ form, labels }: { form: Form<Details>; labels: Record<'name' | 'email' | 'phone', string> }) {
  return (
    <>
      <TextField {...form.bind('name')} label={labels.name} autocomplete="name" required maxLength={120} pattern=".*\S.*" data-invalid={t('details.required')} />
      <div class="form-row">
        <TextField {...form.bind('email')} label={labels.email} type="email" inputMode="email" autocomplete="email" autocapitalize="none" spellcheck={false} required maxLength={254} data-invalid={t('details.email.invalid')} />
        <TextField {...form.bind('phone')} label={labels.phone} optional={t('optional')} type="tel" inputMode="tel" autocomplete="tel" maxLength={40} />
      </div>
    </>
  );
}

function Policy({ clinic, service, start }: { clinic: PublicClinic; service: PublicService; start: string | null }) {
  const notice = (minutes: number): string => formatDuration(minutes, locale());
  /* The clinic's own sentence, when the visitor reads its language and it speaks of both. */
  const { cancel_notice_min: cancel, move_notice_min: move } = service;
  const own = !service.terms && move === cancel && cancel === clinic.cancel_notice_min && clinic.move_notice_min === move && clinic.locale.split('-')[0] === t.language() ? clinic.policy : null;
  return (
    <section class="b-policy" aria-labelledby="b-policy-title">
      <h2 id="b-policy-title">{t('policy.title')}</h2>
      <ul>
        {service.approval_required ? <li><Icon name="clock" size="sm" />{t('policy.approval', { notice: notice(service.approval_expires_after_min) })}</li> : null}
        {service.due_minor > 0 ? <li><Icon name="wallet" size="sm" />{t('policy.pay', { due: priceText(service.due_minor, service.currency) })}</li> : null}
        {service.price_minor > service.due_minor ? <li><Icon name="wallet" size="sm" />{t('policy.price', { price: priceText(service.price_minor - service.due_minor, service.currency) })}</li> : null}
        {service.terms ? <li><Icon name="calendar-x" size="sm" />{termsText(service.terms, start)}</li> : null}
        {service.terms ? null : own ? <li><Icon name="calendar-x" size="sm" />{own}</li> : <li><Icon name="calendar-x" size="sm" />{cancel > 0 ? t('policy.cancel', { notice: notice(cancel) }) : t('policy.cancel.any')}</li>}
        {!own && move > 0 ? <li><Icon name="calendar-clock" size="sm" />{t('policy.move', { notice: notice(move) })}</li> : null}
      </ul>
    </section>
  );
}

/** Seen all the time, said aloud once, a minute before the end. */
function HoldClock({ expiresAt }: { expiresAt: string }) {
  const left = (): number => Math.max(0, Math.round((Date.parse(expiresAt) - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => {
      const now = left();
      setSeconds(now);
      if (now === 60) announce(t('hold.soon'));
      if (now === 0) {
        announce(t('hold.expired'));
        clearInterval(timer);
      }
    }, 1000);
    return () => clearInterval(timer);
  }, [expiresAt]);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return (
    <p class={seconds === 0 ? 'b-hold is-over' : 'b-hold'}>
      <Icon name="clock" size="sm" />
      <span class="num">{seconds === 0 ? t('hold.expired') : t('hold.left', { left: clock })}</span>
    </p>
  );
}

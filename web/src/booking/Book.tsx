import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { Booked, PublicBooking, PublicClinic, PublicService, Question, Slot } from '../api/types';
import { applyBrand } from '../lib/color';
import { ApiError } from '../lib/http';
import { useQuery } from '../lib/query';
import { Empty, ErrorState, Skeleton } from '../ui/State';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { useForm, type Form } from '../ui/useForm';
import { book, getClinic, type HoldWish } from './api';
import { peopleOf } from './Choices';
import { DetailsStep, type Details } from './DetailsStep';
import { DoneStep } from './DoneStep';
import { Once } from './once';
import { Picker } from './Picker';
import { ServiceStep } from './ServiceStep';
import { LoadingScreen, ScreenHead, Shell, stepOf } from './Shell';
import { Summary } from './Summary';
import { Taken } from './Taken';
import type { WalletChoice } from './Wallet';
import { t } from './text';
import { isTaken, useHold } from './useHold';
import { settleZone, zone } from './zone';

type Screen = 'service' | 'time' | 'wait' | 'details' | 'done';

export function Book({ slug }: { slug: string }) {
  const query = useQuery(['clinic', slug], async (signal) => {
    const clinic = await getClinic(slug, signal);
    applyBrand(clinic.brand_color);
    settleZone(clinic.time_zone);
    return clinic;
  });
  const clinic = query.data ?? null;
  if (!clinic) {
    const missing = query.error instanceof ApiError && query.error.status === 404;
    return (
      <Shell clinic={null} bare={query.error !== null}>
        {missing ? <Empty level={1} icon="calendar-x" title={t('notfound.title')} text={t('notfound.text')} />
          : query.error ? <ErrorState level={1} error={query.error} title={t('error.clinic')} retryLabel={t('retry')} requestLabel={t('error.request')} onRetry={query.reload} />
            : <LoadingScreen />}
      </Shell>
    );
  }
  if (!clinic.booking_enabled || clinic.services.length === 0) {
    const which = clinic.booking_enabled ? 'noservices' : 'closed';
    return (
      <Shell clinic={clinic}>
        <ScreenHead title={t(`${which}.title`)} clinicName={clinic.name} quiet />
        <p class="muted">{t(`${which}.text`, { clinic: clinic.name })}</p>
        {clinic.phone ? <p><a class="btn btn-primary" href={`tel:${clinic.phone}`}><Icon name="phone" />{t('contact.call', { phone: clinic.phone })}</a></p> : null}
      </Shell>
    );
  }
  return <Flow clinic={clinic} />;
}

/** The steps of a visit; the browser's Back goes one back. */
function useScreens(first: Screen, onLeave: (screen: Screen) => void): [Screen, (screen: Screen, replace?: boolean) => void] {
  const [screen, setScreen] = useState<Screen>(first);
  const now = useRef<Screen>(first);
  const leave = useRef(onLeave);
  leave.current = onLeave;
  useEffect(() => {
    history.replaceState({ screen: first }, '');
    const onPop = (event: PopStateEvent): void => {
      const wanted = ((event.state as { screen?: Screen } | null)?.screen) ?? first;
      leave.current(now.current);
      /* The way forward again leads through the choice of a time: the hold is gone. */
      now.current = wanted === 'details' || wanted === 'done' ? 'time' : wanted;
      setScreen(now.current);
    };
    window.addEventListener('popstate', onPop);
    return () => window.removeEventListener('popstate', onPop);
  }, []);
  const go = (next: Screen, replace = false): void => {
    if (replace) history.replaceState({ screen: next }, '');
    else history.pushState({ screen: next }, '');
    now.current = next;
    setScreen(next);
  };
  return [screen, go];
}

/** The part with the questions of the service and the wallet, and what was answered. */
function useAsking(service: PublicService | undefined, wallets: boolean | undefined) {
  const [part, setPart] = useState<typeof import('./later') | null>(null);
  const [asked, setAsked] = useState<readonly Question[]>([]);
  const asks = (service?.question_count ?? 0) > 0;
  const pays = Boolean(wallets && service && service.price_minor > 0 && !service.approval_required);
  useEffect(() => {
    setAsked([]);
    if (asks || pays) void import('./later').then(setPart, () => undefined);
  }, [service?.id]);
  return {
    Wallet: pays ? part?.Wallet : undefined,
    labels: Object.fromEntries(asked.map((one) => [`answers.${one.id}`, one.text])),
    answers: (values: Details): Partial<PublicBooking> => (part && asked.length > 0 ? { answers: part.answersOf(asked, values) } : {}),
    missing: (values: Details): Record<string, string> => part?.missing(asked, values) ?? {},
    fields: (slug: string, form: Form<Details>): ComponentChildren =>
      !asks || !service ? null : part ? <part.Questions key={service.id} slug={slug} serviceId={service.id} form={form as Form<Record<string, string>>} onQuestions={setAsked} /> : <Skeleton height="6rem" />,
  };
}

/** The form of the waitlist comes when somebody asks for it. */
function Waiting(props: Parameters<(typeof import('./later'))['WaitForm']>[0]) {
  const [part, setPart] = useState<typeof import('./later') | null>(null);
  useEffect(() => { void import('./later').then(setPart, props.onBack); }, []);
  return part ? <part.WaitForm {...props} /> : <LoadingScreen />;
}

/** A rule of the clinic, or of a wallet, in the visitor's language; the words come when they are needed. */
async function sayRule(error: unknown, wallet: boolean): Promise<unknown> {
  if (!(error instanceof ApiError) || !(wallet || error.code === 'BOOKING_RULE')) return error;
  return import('./later').then(({ inWords }) => inWords(error), () => error);
}

function firstChoice(clinic: PublicClinic): { service: string | null; provider: string | null } {
  const asked = new URLSearchParams(window.location.search);
  const service = clinic.services.find((one) => one.id === asked.get('service')) ?? (clinic.services.length === 1 ? clinic.services[0] : undefined);
  const provider = clinic.providers.find((one) => one.id === asked.get('provider') && service?.provider_ids.includes(one.id));
  return { service: service?.id ?? null, provider: provider?.id ?? null };
}

/** known: who the link was sent to; then nobody has to say who they are. */
export function Flow({ clinic, known = null }: { clinic: PublicClinic; known?: string | null }) {
  const [start] = useState(() => firstChoice(clinic));
  const [serviceId, setServiceId] = useState(start.service);
  const [provider, setProvider] = useState(start.provider);
  const [location, setLocation] = useState<string | null>(null);
  const [slot, setSlot] = useState<Slot | null>(null);
  const [booked, setBooked] = useState<Booked | null>(null);
  const moved = useRef(false);
  const once = useRef(new Once());
  const asking = useAsking(clinic.services.find((one) => one.id === serviceId), clinic.wallets);
  const [wallet, setWallet] = useState<WalletChoice | null>(null);
  const [refused, setRefused] = useState(0);
  const who = known ?? wallet?.person.name ?? null;
  const hold = useHold(clinic.slug);
  const onLeave = (from: Screen): void => {
    if (from === 'details') hold.release();
    setWallet(null);
    if (from === 'done') { setSlot(null); setBooked(null); }
    hold.clear();
  };
  const [screen, go] = useScreens(start.service ? 'time' : 'service', onLeave);
  const service = clinic.services.find((one) => one.id === serviceId) as PublicService;

  const wishFor = (chosen: Slot): HoldWish => {
    const only = service.provider_ids.length === 1 ? service.provider_ids[0] : undefined;
    const who = provider ?? only;
    const where = location ?? (clinic.locations.length > 1 ? chosen.location_id : undefined);
    return { service_id: service.id, start: chosen.start, ...(who ? { provider_id: who } : {}), ...(where ? { location_id: where } : {}) };
  };
  const chooseSlot = async (chosen: Slot): Promise<void> => {
    if (!(await hold.take(wishFor(chosen)))) return;
    setSlot(chosen);
    if (screen !== 'details') go('details');
  };
  const form = useForm<Details>({
    initial: { name: '', email: '', phone: '', notes: '' },
    fieldOf: (path) => (path.startsWith('answers.') ? path : (path.split('.').pop() ?? path)),
    validate: (values) => asking.missing(values),
    submit: (values) => confirm(values),
  });

  const send = (values: Details, chosen: Slot, holdId: string | null, holder: string | null): Promise<Booked> => {
    const booking: PublicBooking = {
      ...wishFor(chosen), ...(holder ? { provider_id: holder } : {}), ...(holdId ? { hold_id: holdId } : {}), zone: zone.value,
      ...(wallet ? { wallet: { proof: wallet.proof, client_id: wallet.person.client_id, expect_minor: wallet.person.covered_minor } } : known ? {} : { client: { name: values.name.trim(), email: values.email.trim(), ...(values.phone.trim() ? { phone: values.phone.trim() } : {}) } }),
      ...asking.answers(values),
      ...(values.notes.trim() ? { notes: values.notes.trim() } : {}),
    };
    return book(clinic.slug, booking, once.current.keyFor(booking));
  };
  const confirm = async (values: Details): Promise<void> => {
    if (!slot) return;
    try {
      let answer: Booked;
      try {
        answer = await send(values, slot, hold.hold?.id ?? null, hold.hold?.provider_id ?? null);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'HOLD_EXPIRED') throw error;
        /* The visitor was slow, and perhaps nobody else was quick. */
        answer = await send(values, slot, null, null);
      }
      once.current.forget();
      hold.used();
      if (answer.appointment.status === 'pending_payment') {
        window.location.assign(`/b/${encodeURIComponent(answer.token)}#pay`); /* where one pays, now and until the time runs out */
        return;
      }
      setBooked(answer);
      go('done', true);
    } catch (error) {
      if (wallet && !isTaken(error)) setRefused(refused + 1);
      if (!isTaken(error)) throw await sayRule(error, wallet !== null);
      once.current.forget();
      hold.setTaken(slot.start, error);
    }
  };
  const again = (): void => {
    setSlot(null);
    setBooked(null);
    if (clinic.services.length > 1) setServiceId(null);
    go(clinic.services.length > 1 ? 'service' : 'time');
  };

  const aside = screen === 'done' ? undefined : (
    <Summary
      clinic={clinic} serviceId={screen === 'service' ? null : serviceId} locationId={slot && screen === 'details' ? slot.location_id : location}
      providerId={screen === 'details' ? (hold.hold?.provider_id ?? provider) : provider} start={screen === 'details' ? (slot?.start ?? null) : null}
    />
  );
  return (
    <Shell clinic={clinic} aside={aside}>
      {screen === 'service' || !service ? (
        <ServiceStep
          clinic={clinic} quiet={!moved.current}
          onService={(id) => {
            const next = clinic.services.find((one) => one.id === id) as PublicService;
            moved.current = true;
            setServiceId(id);
            if (!peopleOf(clinic, next).some((one) => one.id === provider)) setProvider(null);
            go('time');
          }}
        />
      ) : screen === 'time' ? (
        <>
          <ScreenHead title={t('time.title')} clinicName={clinic.name} {...stepOf(clinic, 2)} quiet={!moved.current && start.service !== null} onBack={clinic.services.length > 1 ? () => (start.service ? go('service') : history.back()) : undefined} />
          <Picker
            clinic={clinic} service={service} provider={provider} location={location} chosen={slot?.start ?? null} busyStart={hold.busyStart}
            onProvider={(id) => { hold.clear(); setProvider(id); }} onLocation={(id) => { hold.clear(); setLocation(id); }}
            onSlot={(chosen) => { moved.current = true; void chooseSlot(chosen); }}
            notice={hold.taken ? <Taken clinic={clinic} taken={hold.taken} keeps={false} busyStart={hold.busyStart} onSlot={(chosen) => void chooseSlot(chosen)} />
              : hold.error ? <Notice tone="danger" live><p>{hold.error.message}</p></Notice> : undefined}
          />
          {clinic.waitlist ? <p><button type="button" class="link-btn small" onClick={() => { moved.current = true; go('wait'); }}>{t('wait.ask')}</button></p> : null}
        </>
      ) : screen === 'wait' ? (
        <Waiting clinic={clinic} service={service} provider={provider} location={location} onBack={() => history.back()} />
      ) : screen === 'details' ? (
        <>
          <DetailsStep
            clinic={clinic} hold={hold.hold} form={form} known={who}
            service={wallet ? { ...service, price_minor: wallet.person.card_minor + wallet.person.later_minor, due_minor: wallet.person.card_minor, terms: wallet.quote.terms } : service}
            wallet={asking.Wallet && slot ? <asking.Wallet slug={clinic.slug} service={service} start={slot.start} email={form.values.email} choice={wallet} refused={refused} onChoice={setWallet} /> : null}
            questions={asking.fields(clinic.slug, form)} labels={asking.labels} taken={hold.taken} busyStart={hold.busyStart} onSlot={(chosen) => void chooseSlot(chosen)} onBack={() => history.back()}
          />
          {hold.error ? <Notice tone="danger" live><p>{hold.error.message}</p></Notice> : null}
        </>
      ) : booked ? (
        <DoneStep clinic={clinic} booked={booked} name={(who ?? form.values.name).trim().split(/\s+/)[0] ?? ''} onAgain={again} />
      ) : null}
    </Shell>
  );
}

import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { PublicClinic, PublicService, Slot } from '../api/types';
import { useQuery } from '../lib/query';
import { addDays, dateIn, endOfMonth, formatDate, formatTime, startOfMonth, todayIn, type PlainDate } from '../lib/time';
import { Button } from '../ui/Button';
import { Empty, ErrorState, Skeleton } from '../ui/State';
import { findNext, getSlots, type Wanted } from './api';
import { Month } from './Month';
import { People, Places } from './Choices';
import { byDay, byPart, withoutTwins, type DayPart } from './slots';
import { locale, t } from './text';
import { zone } from './zone';
import { ZoneSwitch } from './ZoneSwitch';

interface Props {
  clinic: PublicClinic;
  service: PublicService;
  provider: string | null;
  onProvider: (id: string | null) => void;
  location: string | null;
  onLocation: (id: string | null) => void;
  /** The day and month to open with: of a time chosen earlier. */
  chosen: string | null;
  /** The start that is being held just now. */
  busyStart: string | null;
  onSlot: (slot: Slot) => void;
  /** Shown on top of the times: a time was taken. */
  notice?: ComponentChildren;
}

const weekStartOf = (): number => {
  const info = new Intl.Locale(locale()) as Intl.Locale & { weekInfo?: { firstDay: number }; getWeekInfo?: () => { firstDay: number } };
  return (info.getWeekInfo?.() ?? info.weekInfo)?.firstDay ?? 1;
};

export function Picker({ clinic, service, provider, onProvider, location, onLocation, chosen, busyStart, onSlot, notice }: Props) {
  const here = zone.value;
  const today = todayIn(here);
  const last = addDays(today, Math.max(1, clinic.horizon_days));
  const [month, setMonth] = useState<PlainDate>(() => startOfMonth(chosen ? dateIn(chosen, here) : today));
  const [day, setDay] = useState<PlainDate | null>(() => (chosen ? dateIn(chosen, here) : null));
  const timesHeading = useRef<HTMLHeadingElement>(null);
  const monthBox = useRef<HTMLDivElement>(null);
  const toTimes = useRef<PlainDate | null>(null);
  const lastChosen = useRef<string | null>(chosen);

  const ready = provider !== null || service.any_provider || service.provider_ids.length <= 1;
  const wanted: Wanted = { service_id: service.id, provider_id: provider, location_id: location, zone: here };
  const from = month > today ? month : today;
  const monthEnd = endOfMonth(month);
  const to = monthEnd < last ? monthEnd : last;
  const query = useQuery(ready ? ['slots', clinic.slug, ...Object.values(wanted), from, to] : null, (signal) => getSlots(clinic.slug, wanted, from, to, signal));
  const manyPlaces = new Set(query.data?.map((slot) => slot.location_id)).size > 1;
  const days = byDay(withoutTwins(query.data ?? [], manyPlaces), here);
  const first = days.size > 0 ? [...days.keys()][0] ?? null : null;
  const shown = day && day.slice(0, 7) === month.slice(0, 7) && days.has(day) ? day : first;

  /* Another zone: the day of the chosen instant may be another one. */
  useEffect(() => {
    if (!lastChosen.current) return;
    const date = dateIn(lastChosen.current, here);
    setDay(date);
    setMonth(startOfMonth(date));
  }, [here]);

  const chooseDay = (next: PlainDate): void => {
    setDay(next);
    lastChosen.current = null;
    if (next === shown) timesHeading.current?.focus();
    else toTimes.current = next;
  };
  /* When the times of the chosen day stand there, which may need an answer of the server. */
  useEffect(() => {
    if (toTimes.current === null || toTimes.current !== shown || !timesHeading.current) return;
    toTimes.current = null;
    timesHeading.current.focus();
  });

  return (
    <div class="b-picker">
      <People clinic={clinic} service={service} provider={provider} onProvider={onProvider} />
      <Places clinic={clinic} location={location} onLocation={onLocation} />
      {notice}
      {!ready ? <Empty icon="users" title={t('provider.choose')} /> : query.error ? (
        <ErrorState error={query.error} title={t('error.slots')} retryLabel={t('retry')} requestLabel={t('error.request')} onRetry={query.reload} />
      ) : (
        <div class="b-when">
          <div ref={monthBox} tabIndex={-1}>
            <Month
              month={month} today={today} last={last} weekStart={weekStartOf()} selected={shown} busy={query.loading && !query.data}
              count={(date) => (query.data ? (days.get(date)?.length ?? 0) : undefined)} onMonth={setMonth} onDay={chooseDay}
            />
          </div>
          <section class="b-times" aria-labelledby="b-times-title" aria-busy={query.loading && !query.data}>
            {!query.data ? <TimesSkeleton /> : shown ? (
              <Times
                clinic={clinic} day={shown} slots={days.get(shown) ?? []} chosen={chosen} busyStart={busyStart} heading={timesHeading}
                onSlot={(slot) => { lastChosen.current = slot.start; setDay(shown); onSlot(slot); }}
                onBack={() => monthBox.current?.querySelector<HTMLButtonElement>('button[tabindex="0"]')?.focus()}
                showPlace={manyPlaces}
              />
            ) : (
              <NoTimes clinic={clinic} wanted={wanted} month={month} from={addDays(to, 1)} last={last} onGo={(date) => { setMonth(startOfMonth(date)); chooseDay(date); }} />
            )}
          </section>
        </div>
      )}
    </div>
  );
}

const PART_TITLES: Record<DayPart, 'times.morning' | 'times.afternoon' | 'times.evening'> = {
  morning: 'times.morning', afternoon: 'times.afternoon', evening: 'times.evening',
};

interface TimesProps {
  clinic: PublicClinic;
  day: PlainDate;
  slots: Slot[];
  chosen: string | null;
  busyStart: string | null;
  showPlace: boolean;
  heading: { current: HTMLHeadingElement | null };
  onSlot: (slot: Slot) => void;
  onBack: () => void;
}

function Times({ clinic, day, slots, chosen, busyStart, showPlace, heading, onSlot, onBack }: TimesProps) {
  const place = (slot: Slot): string => clinic.locations.find((one) => one.id === slot.location_id)?.name ?? '';
  return (
    <>
      <h2 id="b-times-title" ref={heading} tabIndex={-1}>{formatDate(day, 'long', locale())}</h2>
      <p class="b-times-count small muted">{t('times.count', { count: slots.length })}</p>
      <ZoneSwitch clinicZone={clinic.time_zone} at={slots[0]?.start ?? Date.now()} />
      {byPart(slots, zone.value).map(({ part, slots: some }) => (
        <div class="b-part" key={part} role="group" aria-label={t(PART_TITLES[part])}>
          <p class="b-part-name" aria-hidden="true">{t(PART_TITLES[part])}</p>
          <ul class={showPlace ? 'b-slots b-slots-wide' : 'b-slots'}>
            {some.map((slot) => {
              const busy = busyStart === slot.start;
              return (
                <li key={slot.start + slot.location_id}>
                  <button
                    type="button" class="b-slot" aria-pressed={chosen === slot.start} aria-busy={busy ? 'true' : undefined}
                    aria-disabled={busyStart && !busy ? 'true' : undefined} onClick={() => { if (!busyStart) onSlot(slot); }}
                  >
                    {busy ? <span class="spinner" aria-hidden="true" /> : null}
                    <span class="num">{formatTime(slot.start, zone.value, locale())}</span>
                    {showPlace ? <span class="b-slot-place">{place(slot)}</span> : null}
                  </button>
                </li>
              );
            })}
          </ul>
        </div>
      ))}
      <p><button type="button" class="link-btn small b-to-days" onClick={onBack}>{t('times.toDays')}</button></p>
    </>
  );
}

function TimesSkeleton() {
  return (
    <>
      <h2 id="b-times-title" class="visually-hidden">{t('month.loading')}</h2>
      <Skeleton width="60%" height="1.5rem" />
      <Skeleton width="40%" />
      <div class="b-slots">{Array.from({ length: 9 }, (_, index) => <Skeleton key={index} height="2.75rem" />)}</div>
    </>
  );
}

interface NoTimesProps {
  clinic: PublicClinic;
  wanted: Wanted;
  month: PlainDate;
  from: PlainDate;
  last: PlainDate;
  onGo: (day: PlainDate) => void;
}

/** A month without free times: says so and offers the next day that has one. */
function NoTimes({ clinic, wanted, month, from, last, onGo }: NoTimesProps) {
  const next = useQuery(['slots', clinic.slug, 'next', ...Object.values(wanted), from, last], (signal) => findNext(clinic.slug, wanted, from, last, signal));
  const date = next.data ? dateIn(next.data.start, wanted.zone) : null;
  const text = date ? t('times.none.next', { date: formatDate(date, 'long', locale()) })
    : next.loading ? t('times.none.searching')
      : t('times.none.all', { date: formatDate(last, 'full', locale()) });
  return (
    <>
      <h2 id="b-times-title" class="visually-hidden">{formatDate(month, 'month', locale())}</h2>
      <Empty icon="calendar-off" level={3} live title={t('times.none.title', { month: formatDate(month, 'month', locale()) })} text={next.error ? next.error.message : text}>
        {next.error ? <Button onClick={next.reload} icon="rotate-ccw">{t('retry')}</Button> : null}
        {date ? <Button kind="primary" icon="calendar-days" onClick={() => onGo(date)}>{t('times.none.go', { date: formatDate(date, 'short', locale()) })}</Button> : null}
        {!date && !next.loading && clinic.phone ? <a class="btn btn-secondary" href={`tel:${clinic.phone}`}>{t('contact.call', { phone: clinic.phone })}</a> : null}
      </Empty>
    </>
  );
}

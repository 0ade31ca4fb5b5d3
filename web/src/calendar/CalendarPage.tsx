/** The calendar's screen: toolbar, filters in the address, the grid or the agenda, and what opens from them. */
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { BlockedTime, CalendarItem, CalendarRange, Provider, Resource } from '../api/types';
import { useCalendar, useLocations, useProviders, useResources } from '../app/data';
import { holds, live } from '../app/live';
import { can, session, zone } from '../app/session';
import { actionOf, listen, keyOf, showKey } from '../app/shortcuts';
import { useLazy, whenIdle } from '../app/lazy';
import { t } from '../app/text';
import { weekStart } from '../app/ui/WeekdayPicker';
import { Failed, useHeading } from '../app/ui/Page';
import { Segmented } from '../app/ui/Segmented';
import { address, setQuery } from '../lib/router';
import { addDays, formatDate, instantOf, toInstantText, wallTime } from '../lib/time';
import { announce } from '../ui/Announcer';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Empty, Skeleton } from '../ui/State';
import { showToast } from '../ui/Toast';
import { moveOrAsk, setStatus, type MoveTo } from './actions';
import { CalendarGrid } from './grid';
import type { Mark } from './card';
import { Filters, shownProviders } from './Filters';
import { withSessions } from './groups';
import { useMarks, useSessions } from './marks';
import { buildColumns, buildGrid, columnKey, NO_RESOURCE, type Column, type Subject, type ToWall, type Wall } from './model';
import { blocking, filling, finding, flash, openExisting, openItem, openNew, unblocking } from './open';
import type { SheetProps } from './PrintSheet';
import { isHiddenByDefault, nextStatus } from './status';
import { datesOf, ordered, readView, stepDate, titleOf, usedDates, type CalendarView, type ViewName } from './view';

const narrowQuery = typeof window === 'undefined' ? null : window.matchMedia('(max-width: 40rem)');
const narrow = signal(narrowQuery?.matches ?? false);
narrowQuery?.addEventListener('change', (event) => { narrow.value = event.matches; });

/** Instants become wall times once: the same 300 appointments are placed again at every change. */
function wallCache(timeZone: string): ToWall {
  const known = new Map<string, Wall>();
  return (instant) => {
    let wall = known.get(instant);
    if (!wall) {
      const at = wallTime(instant, timeZone);
      known.set(instant, (wall = { date: at.date, minute: at.minutes }));
    }
    return wall;
  };
}

function useNow(timeZone: string): Wall {
  const read = (): Wall => {
    const at = wallTime(Date.now(), timeZone);
    return { date: at.date, minute: at.minutes };
  };
  const [now, setNow] = useState(read);
  useEffect(() => {
    setNow(read());
    const timer = setInterval(() => setNow((old) => { const next = read(); return next.date === old.date && next.minute === old.minute ? old : next; }), 10_000);
    return () => clearInterval(timer);
  }, [timeZone]);
  return now;
}

function setView(changes: Readonly<Record<string, string | null>>): void {
  setQuery(changes, { replace: false });
}

export default function CalendarPage() {
  const providers = useProviders();
  const resources = useResources();
  const locations = useLocations();
  const location = locations.data?.find((l) => l.id === address.value.query.get('location')) ?? null;
  const timeZone = location?.time_zone ?? zone.value;
  const now = useNow(timeZone);
  const view = readView(address.value.query, now.date, narrow.value);
  const key = `${view.view}|${view.date}`;
  const first = weekStart();
  const dates = useMemo(() => datesOf(view, first), [key, first]);
  const from = toInstantText(instantOf(dates[0] ?? now.date, 0, timeZone));
  const to = toInstantText(instantOf(addDays(dates[dates.length - 1] ?? now.date, 1), 0, timeZone));
  const range = useCalendar(from, to, view.view !== 'month');
  const locale = session.value?.tenant.locale;
  const title = view.view === 'month' ? formatDate(view.date, 'month', locale) : titleOf(dates, locale);
  const heading = useHeading(title);

  const step = view.view === 'agenda' ? 'week' : view.view;

  const go = (direction: 1 | -1): void => setView({ date: stepDate(view, direction) });
  // Keys read the address: at typing speed the next key comes before the page is drawn again.
  const today = useRef(now.date);
  today.current = now.date;
  useEffect(() => listen((id) => runKey(id, readView(address.value.query, today.current, narrow.value))), []);
  useEffect(() => {
    if (range.data) announce(`${title}: ${t('month.count', { count: range.data.appointments.length })}`);
  }, [title, range.data === undefined]);

  const failed = providers.error ?? locations.error ?? (range.data ? null : range.error);
  return (
    <div class="cal">
      <div class="cal-bar">
        <Button size="sm" onClick={() => setView({ date: null })} title={withKey(t('calendar.today'), 'today')}>{t('calendar.today')}</Button>
        <div class="btn-pair">
          <Button size="sm" kind="quiet" icon="chevron-left" aria-label={t(`calendar.previous.${step}`)} onClick={() => go(-1)} />
          <Button size="sm" kind="quiet" icon="chevron-right" aria-label={t(`calendar.next.${step}`)} onClick={() => go(1)} />
        </div>
        <div class="cal-title">
          <h1 ref={heading} tabIndex={-1}>{title}</h1>
          <span class="cal-date btn btn-quiet btn-sm btn-icon">
            <Icon name="chevron-down" size="sm" />
            <input type="date" aria-label={t('calendar.goTo')} value={view.date} onChange={(event) => { if (event.currentTarget.value) setView({ date: event.currentTarget.value }); }} />
          </span>
        </div>
        <Segmented<ViewName> label={t('view')} value={view.view} onChange={(value) => setView({ view: value })} options={[{ value: 'day', label: t('view.day') }, { value: 'week', label: t('view.week') }, { value: 'month', label: t('view.month') }, { value: 'agenda', label: t('view.agenda') }]} />
        <Button size="sm" icon="search" onClick={() => { finding.value = {}; }} aria-label={t('find.short')} title={withKey(t('find.title'), 'find')}><span class="cal-hide-sm">{t('find.short')}</span></Button>
        {can('schedule.write') ? <Button size="sm" kind="primary" icon="plus" onClick={() => openNew({ date: view.date })} aria-label={t('new.title')} title={withKey(t('new.title'), 'new')}><span class="cal-hide-sm">{t('new.title')}</span></Button> : null}
      </div>
      <Filters view={view} providers={providers.data ?? []} resources={resources.data ?? []} locations={locations.data ?? []} timeZone={timeZone} />
      {live.value === 'lost' && range.data ? <p class="cal-note" role="status"><Icon name="wifi-off" size="sm" /> {t('calendar.lost')}</p> : null}
      {failed ? <div class="cal-wrap"><Failed error={failed} what={t('calendar.it')} onRetry={() => { providers.reload(); locations.reload(); range.reload(); }} /></div> : null}
      {!failed && (!providers.data || !resources.data) ? <GridSkeleton /> : null}
      {!failed && providers.data && resources.data ? (
        <Body view={view} dates={dates} now={now} timeZone={timeZone} range={range.data} from={from} to={to} busy={range.loading} providers={providers.data} resources={resources.data} />
      ) : null}
    </div>
  );
}

const withKey = (text: string, id: string): string => `${text} (${showKey(keyOf(id))})`;

function runKey(id: string, view: CalendarView): boolean {
  switch (id) {
    case 'today': setView({ date: null }); return true;
    case 'next': setView({ date: stepDate(view, 1) }); return true;
    case 'previous': setView({ date: stepDate(view, -1) }); return true;
    case 'view.day': setView({ view: 'day' }); return true;
    case 'view.week': setView({ view: 'week' }); return true;
    case 'view.month': setView({ view: 'month' }); return true;
    case 'view.agenda': setView({ view: 'agenda' }); return true;
    case 'find': finding.value = {}; return true;
    case 'block':
      if (!can('schedule.write')) return false;
      blocking.value = { date: view.date };
      return true;
    default: return false;
  }
}

// ---- body ----

interface BodyProps {
  readonly view: CalendarView;
  readonly dates: readonly string[];
  readonly now: Wall;
  readonly timeZone: string;
  readonly range: CalendarRange | undefined;
  readonly from: string;
  readonly to: string;
  readonly busy: boolean;
  readonly providers: readonly Provider[];
  readonly resources: readonly Resource[];
}

const loadAgenda = () => import('./Agenda');
const loadMonth = () => import('./Month');
const loadSheet = () => import('./PrintSheet');

/** Time of the providers' other calendars looks like blocked time, but it is not ours to free (version 0). */
function outsideBlocks(list: CalendarRange['outside']): BlockedTime[] {
  return (list ?? []).map((one, at) => ({ id: `outside-${at}`, kind: 'provider', subject_id: one.provider_id, start: one.start, end: one.end, reason: t('outside.reason'), version: 0 }));
}

const NOTHING: CalendarRange = { appointments: [], blocked: [], open: [], from: '', to: '' };

function subjectsOf(props: BodyProps, items: readonly CalendarItem[]): Subject[] {
  const { view, providers, resources } = props;
  if (view.by === 'provider') return ordered(providers, view.order).filter((p) => !view.hidden.has(p.id)).map((p) => ({ id: p.id, name: p.name, color: p.color, detail: p.title }));
  const chairs = ordered(resources, view.order).filter((r) => !view.hidden.has(r.id) && (!view.location || r.location_id === view.location)).map((r) => ({ id: r.id, name: r.name, color: null, detail: r.kind }));
  return items.some((item) => item.resource_ids.length === 0) ? [...chairs, NO_RESOURCE] : chairs;
}

function Body(props: BodyProps) {
  const { view, dates, now, timeZone, providers, resources } = props;
  const data = props.range ?? NOTHING;
  const toWall = useMemo(() => wallCache(timeZone), [timeZone]);
  const sessions = useSessions(props.range && view.view !== 'month' ? props : null);
  const single = useMemo(
    () => data.appointments.filter((item) => (!view.location || item.location_id === view.location) && (view.cancelled || !isHiddenByDefault(item.status))),
    [data, view.location, view.cancelled],
  );
  const items = useMemo(() => withSessions(single, sessions.filter((s) => !view.location || s.location_id === view.location)), [single, sessions, view.location]);
  const marks: ReadonlyMap<string, Mark> = useMarks(props.range && view.view !== 'month' ? props : null, single, now);
  const open = useMemo(() => data.open.filter((o) => !view.location || o.location_id === view.location), [data, view.location]);
  const hiddenKey = `${[...view.hidden].join()}|${view.order.join()}`;
  const model = useMemo(() => {
    const used = new Set([...items.map((i) => toWall(i.start).date), ...open.map((o) => toWall(o.start).date)]);
    const shown = view.view === 'week' ? usedDates(dates, used, now.date) : dates;
    const columns = buildColumns(shown, view.by, subjectsOf(props, items));
    const grid = { columns, blocked: [...data.blocked, ...outsideBlocks(data.outside)], open, toWall };
    return { ...buildGrid({ ...grid, items }), onPaper: () => buildGrid({ ...grid, items: single }) };
  }, [items, open, data, dates, view.view, view.by, hiddenKey, providers, resources, toWall, now.date]);

  const providerName = useMemo(() => {
    const names = new Map(providers.map((p) => [p.id, p.name]));
    return (id: string) => names.get(id) ?? t('provider.former');
  }, [providers]);
  const nameOf = useMemo(() => {
    const names = new Map([...providers, ...resources].map((one) => [one.id, one.name]));
    return (id: string) => names.get(id) ?? '';
  }, [providers, resources]);
  usePrintSheet(view.view === 'month' ? null : { model: model.onPaper, title: titleOf(dates, session.value?.tenant.locale), providerName, resourceName: nameOf });
  const heldTimes = useMemo(() => holds.value.map((h) => {
    const start = toWall(h.start);
    return { id: h.id, column: columnKey(start.date, h.provider_id), start: start.minute, end: toWall(h.end).minute };
  }), [holds.value, toWall]);

  if (providers.length === 0) {
    return (
      <Empty icon="stethoscope" title={t('calendar.nobody')} text={t('calendar.nobodyText')}>
        {can('settings.write') ? <a class="btn btn-primary" href="/app/settings/providers/new">{t('calendar.addProvider')}</a> : null}
      </Empty>
    );
  }
  if (view.view === 'agenda') {
    const blocked = data.blocked.filter((b) => b.kind === 'location' ? !view.location || b.subject_id === view.location : !view.hidden.has(b.subject_id));
    return <LazyView load={loadAgenda}>{({ Agenda }) => <Agenda dates={dates} items={items.filter((i) => !view.hidden.has(i.provider_id))} blocked={blocked} now={now} toWall={toWall} providerName={providerName} nameOf={nameOf} busy={props.busy && !props.range} onBook={(date) => openNew({ date })} />}</LazyView>;
  }
  if (view.view === 'month') {
    return <LazyView load={loadMonth}>{({ Month }) => <Month date={view.date} dates={dates} today={now.date} timeZone={timeZone} providers={shownProviders(view, providers)} location={view.location} providerName={providerName} />}</LazyView>;
  }
  if (model.columns.length === 0) {
    return (
      <Empty icon="eye-off" title={t('columns.hidden')} text={view.by === 'resource' ? t('columns.hiddenChairs') : t('columns.hiddenText')}>
        <Button kind="primary" onClick={() => setQuery({ hide: null, by: null })}>{t('columns.showProvidersAll')}</Button>
      </Empty>
    );
  }
  const idle = props.range !== undefined && open.length === 0;
  return (
    <div class="cal-wrap">
      {idle ? <p class="cal-note"><Icon name="calendar-off" size="sm" /> {view.view === 'day' ? t('calendar.idleDay') : t('calendar.idleWeek')} {can('schedule.write') ? t('calendar.bookAllTheSame') : ''}</p> : null}
      <CalendarGrid
        model={model}
        view={view.view}
        now={now}
        canWrite={can('schedule.write')}
        busy={props.busy && !props.range}
        holds={heldTimes}
        marks={marks}
        shortDay={shortDay}
        longDay={longDay}
        providerName={providerName}
        flash={flash}
        onOpen={openItem}
        onBook={(column, start, end) => openNew(bookRequest(column, start, end, view.location))}
        onMove={(item, fromColumn, toColumn, start, end) => moveOrAsk(item, moveRequest(item, fromColumn, toColumn, start, end, timeZone))}
        onNext={(item) => { const next = nextStatus(item.status); if (next) void setStatus(item, next); }}
        onCancel={(item) => openExisting(item.id, 'cancel')}
        onPay={(item) => { if (can('orders.write')) openExisting(item.id, 'pay'); }}
        onGap={(column, minute) => { if (column.kind === 'provider') filling.value = { providerId: column.subject.id, start: toInstantText(instantOf(column.date, minute, timeZone)), end: null }; }}
        onBlock={(block) => { if (block.version > 0) unblocking.value = block; else showToast(t('outside.cannot')); }}
        keyAction={gridKey}
        say={announce}
      />
    </div>
  );
}

/** A view that is a part of its own. */
function LazyView<M>({ load, children }: { readonly load: () => Promise<M>; readonly children: (module: M) => VNode }) {
  const { module, failed, retry } = useLazy(load);
  if (failed) return <Empty icon="wifi-off" title={t('lazy.failed')} text={t('lazy.failedText')} live><Button kind="primary" onClick={retry}>{t('lazy.retry')}</Button></Empty>;
  return module ? children(module) : <GridSkeleton />;
}

/** Whoever prints the page gets the sheet instead of the screen. */
function usePrintSheet(props: SheetProps | null): void {
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    let stop: (() => void) | null = null;
    let here = true;
    whenIdle(() => {
      loadSheet().then(({ printInstead }) => { if (here) stop = printInstead(() => latest.current); }, () => undefined);
    });
    return () => {
      here = false;
      stop?.();
    };
  }, []);
}

const gridKey = (event: KeyboardEvent): string | null => actionOf(event, ['move', 'advance', 'cancel', 'pay', 'gap']);
const shortDay = (date: string): string => formatDate(date, 'short', session.value?.tenant.locale);
const longDay = (date: string): string => formatDate(date, 'long', session.value?.tenant.locale);

function bookRequest(column: Column, start: number, end: number | null, location: string | null): Parameters<typeof openNew>[0] {
  const subject = column.kind === 'provider' ? { providerId: column.subject.id } : column.subject.id ? { resourceId: column.subject.id } : {};
  return { ...subject, date: column.date, minute: start, ...(end !== null && end - start > 15 ? { length: end - start } : {}), ...(location ? { locationId: location } : {}) };
}

function moveRequest(item: CalendarItem, from: Column, to: Column, start: number, end: number, timeZone: string): MoveTo {
  const first = instantOf(to.date, start, timeZone);
  const times = { start: toInstantText(first), end: toInstantText(first + (end - start) * 60_000) };
  if (to.kind === 'provider') return to.subject.id === item.provider_id ? times : { ...times, provider_id: to.subject.id };
  if (to.subject.id === from.subject.id) return times;
  const others = item.resource_ids.filter((id) => id !== from.subject.id && id !== to.subject.id);
  return { ...times, resource_ids: to.subject.id ? [...others, to.subject.id] : others };
}

function GridSkeleton() {
  return (
    <div class="cal-wrap" aria-busy="true">
      <span class="visually-hidden">{t('calendar.loading')}</span>
      <div class="cal-skeleton">
        {Array.from({ length: 12 }, (_, i) => <Skeleton key={i} height={`${3 + ((i * 5) % 7)}rem`} />)}
      </div>
    </div>
  );
}

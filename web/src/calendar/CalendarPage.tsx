/** The calendar's screen: toolbar, filters in the address, the grid or the agenda, and what opens from them. */
import { signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { CalendarItem, CalendarRange, Location, Provider, Resource } from '../api/types';
import { useCalendar, useLocations, useProviders, useResources } from '../app/data';
import { holds, live } from '../app/live';
import { can, session, zone } from '../app/session';
import { actionOf, listen, keyOf, showKey } from '../app/shortcuts';
import { Disclosure } from '../app/ui/Menu';
import { Failed, useHeading } from '../app/ui/Page';
import { Segmented } from '../app/ui/Segmented';
import { address, setQuery } from '../lib/router';
import { addDays, browserZone, formatDate, instantOf, sameClock, toInstantText, wallTime, zoneCity, zoneOffset } from '../lib/time';
import { announce } from '../ui/Announcer';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Empty, Skeleton } from '../ui/State';
import { moveItem, setStatus } from './actions';
import { Agenda } from './Agenda';
import { CalendarGrid } from './grid';
import { buildColumns, buildGrid, columnKey, NO_RESOURCE, type Column, type Subject, type ToWall, type Wall } from './model';
import { blocking, finding, flash, openExisting, openNew, unblocking } from './open';
import { isHiddenByDefault, nextStatus } from './status';
import { datesOf, readView, stepDate, titleOf, usedDates, type CalendarView, type ViewName } from './view';

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
  const dates = useMemo(() => datesOf(view, 1), [key]);
  const from = toInstantText(instantOf(dates[0] ?? now.date, 0, timeZone));
  const to = toInstantText(instantOf(addDays(dates[dates.length - 1] ?? now.date, 1), 0, timeZone));
  const range = useCalendar(from, to);
  const title = titleOf(dates);
  const heading = useHeading(title);

  const go = (direction: 1 | -1): void => setView({ date: stepDate(view, direction) });
  useEffect(() => listen((id) => runKey(id, view, go)), [key]);
  useEffect(() => {
    if (range.data) announce(`${title}: ${range.data.appointments.length} appointments`);
  }, [title, range.data === undefined]);

  const failed = providers.error ?? locations.error ?? (range.data ? null : range.error);
  return (
    <div class="cal">
      <div class="cal-bar">
        <Button size="sm" onClick={() => setView({ date: null })} title={`Today (${showKey(keyOf('today'))})`}>Today</Button>
        <div class="btn-pair">
          <Button size="sm" kind="quiet" icon="chevron-left" aria-label={view.view === 'day' ? 'Previous day' : 'Previous week'} onClick={() => go(-1)} />
          <Button size="sm" kind="quiet" icon="chevron-right" aria-label={view.view === 'day' ? 'Next day' : 'Next week'} onClick={() => go(1)} />
        </div>
        <div class="cal-title">
          <h1 ref={heading} tabIndex={-1}>{title}</h1>
          <span class="cal-date btn btn-quiet btn-sm btn-icon">
            <Icon name="chevron-down" size="sm" />
            <input type="date" aria-label="Go to a date" value={view.date} onChange={(event) => { if (event.currentTarget.value) setView({ date: event.currentTarget.value }); }} />
          </span>
        </div>
        <Segmented<ViewName> label="View" value={view.view} onChange={(value) => setView({ view: value })} options={[{ value: 'day', label: 'Day' }, { value: 'week', label: 'Week' }, { value: 'agenda', label: 'Agenda' }]} />
        <Button size="sm" icon="search" onClick={() => { finding.value = {}; }} aria-label="Find time" title={`Find the next free time (${showKey(keyOf('find'))})`}><span class="cal-hide-sm">Find time</span></Button>
        {can('schedule.write') ? <Button size="sm" kind="primary" icon="plus" onClick={() => openNew({ date: view.date })} aria-label="New appointment" title={`New appointment (${showKey(keyOf('new'))})`}><span class="cal-hide-sm">New appointment</span></Button> : null}
      </div>
      <Filters view={view} providers={providers.data ?? []} resources={resources.data ?? []} locations={locations.data ?? []} timeZone={timeZone} />
      {live.value === 'lost' && range.data ? <p class="cal-note" role="status"><Icon name="wifi-off" size="sm" /> The live connection is lost: changes of others appear late. Reconnecting.</p> : null}
      {failed ? <div class="cal-wrap"><Failed error={failed} what="The calendar" onRetry={() => { providers.reload(); locations.reload(); range.reload(); }} /></div> : null}
      {!failed && (!providers.data || !resources.data) ? <GridSkeleton /> : null}
      {!failed && providers.data && resources.data ? (
        <Body view={view} dates={dates} now={now} timeZone={timeZone} range={range.data} busy={range.loading} providers={providers.data} resources={resources.data} />
      ) : null}
    </div>
  );
}

function runKey(id: string, view: CalendarView, go: (direction: 1 | -1) => void): boolean {
  switch (id) {
    case 'today': setView({ date: null }); return true;
    case 'next': go(1); return true;
    case 'previous': go(-1); return true;
    case 'view.day': setView({ view: 'day' }); return true;
    case 'view.week': setView({ view: 'week' }); return true;
    case 'view.agenda': setView({ view: 'agenda' }); return true;
    case 'find': finding.value = {}; return true;
    case 'block':
      if (!can('schedule.write')) return false;
      blocking.value = { date: view.date };
      return true;
    default: return false;
  }
}

// ---- filters ----

interface FilterProps { readonly view: CalendarView; readonly providers: readonly Provider[]; readonly resources: readonly Resource[]; readonly locations: readonly Location[]; readonly timeZone: string }

function Filters({ view, providers, resources, locations, timeZone }: FilterProps) {
  const subjects = view.by === 'provider' || view.view === 'agenda' ? providers : resources;
  const toggle = (id: string): void => {
    const next = new Set(view.hidden);
    if (!next.delete(id)) next.add(id);
    setQuery({ hide: next.size > 0 ? [...next].join(',') : null });
  };
  const mine = browserZone();
  const differs = !sameClock(mine, timeZone);
  return (
    <div class="cal-sub">
      <div class="cal-people" role="group" aria-label={view.by === 'provider' ? 'Show providers' : 'Show chairs'}>
        {subjects.map((s) => (
          <button key={s.id} type="button" class="cal-person" aria-pressed={!view.hidden.has(s.id)} onClick={() => toggle(s.id)} style={{ '--c': 'color' in s ? s.color : 'var(--line-2)' }}>
            <span class="dot" aria-hidden="true" />{s.name}
          </button>
        ))}
      </div>
      <div class="cal-sub-end">
        <span class={`cal-zone${differs ? ' cal-zone-differs' : ''}`} title={differs ? `Your device shows the time of ${zoneCity(mine)}` : 'The clinic’s time zone'}>
          <Icon name="globe" size="sm" /> {differs ? `Clinic time, ${zoneCity(timeZone)} ${zoneOffset(timeZone)}` : zoneCity(timeZone)}
        </span>
        {locations.length > 1 ? (
          <select class="input input-sm" aria-label="Location" value={view.location ?? ''} onChange={(event) => setQuery({ location: event.currentTarget.value || null })}>
            <option value="">All locations</option>
            {locations.map((l) => <option key={l.id} value={l.id}>{l.name}</option>)}
          </select>
        ) : null}
        {view.view !== 'agenda' && resources.length > 0 ? (
          <Segmented<'provider' | 'resource'> label="Columns" value={view.by} onChange={(value) => setQuery({ by: value === 'resource' ? 'chair' : null, hide: null })} options={[{ value: 'provider', label: 'Providers' }, { value: 'resource', label: 'Chairs' }]} />
        ) : null}
        <Disclosure label="More" icon="ellipsis" iconOnly buttonClass="btn btn-quiet btn-sm">
          {(close) => (
            <div class="menu-body">
              <label class="menu-item check"><input type="checkbox" checked={view.cancelled} onChange={(event) => setQuery({ cancelled: event.currentTarget.checked ? '1' : null })} /> <span>Show cancelled</span></label>
              {view.hidden.size > 0 ? <button type="button" class="menu-item" onClick={() => { setQuery({ hide: null }); close(); }}><Icon name="eye" size="sm" /> Show all columns</button> : null}
              {can('schedule.write') ? <button type="button" class="menu-item" onClick={() => { close(); blocking.value = { date: view.date }; }}><Icon name="lock" size="sm" /> Block time…</button> : null}
              <button type="button" class="menu-item" onClick={() => { close(); window.print(); }}><Icon name="printer" size="sm" /> Print</button>
            </div>
          )}
        </Disclosure>
      </div>
    </div>
  );
}

// ---- body ----

interface BodyProps {
  readonly view: CalendarView;
  readonly dates: readonly string[];
  readonly now: Wall;
  readonly timeZone: string;
  readonly range: CalendarRange | undefined;
  readonly busy: boolean;
  readonly providers: readonly Provider[];
  readonly resources: readonly Resource[];
}

const NOTHING: CalendarRange = { appointments: [], blocked: [], open: [], from: '', to: '' };

function subjectsOf(props: BodyProps, items: readonly CalendarItem[]): Subject[] {
  const { view, providers, resources } = props;
  if (view.by === 'provider') return providers.filter((p) => !view.hidden.has(p.id)).map((p) => ({ id: p.id, name: p.name, color: p.color, detail: p.title }));
  const chairs = resources.filter((r) => !view.hidden.has(r.id) && (!view.location || r.location_id === view.location)).map((r) => ({ id: r.id, name: r.name, color: null, detail: r.kind }));
  return items.some((item) => item.resource_ids.length === 0) ? [...chairs, NO_RESOURCE] : chairs;
}

function Body(props: BodyProps) {
  const { view, dates, now, timeZone, providers, resources } = props;
  const data = props.range ?? NOTHING;
  const toWall = useMemo(() => wallCache(timeZone), [timeZone]);
  const items = useMemo(
    () => data.appointments.filter((item) => (!view.location || item.location_id === view.location) && (view.cancelled || !isHiddenByDefault(item.status))),
    [data, view.location, view.cancelled],
  );
  const open = useMemo(() => data.open.filter((o) => !view.location || o.location_id === view.location), [data, view.location]);
  const hiddenKey = [...view.hidden].join();
  const model = useMemo(() => {
    const used = new Set([...items.map((i) => toWall(i.start).date), ...open.map((o) => toWall(o.start).date)]);
    const shown = view.view === 'week' ? usedDates(dates, used, now.date) : dates;
    const columns = buildColumns(shown, view.by, subjectsOf(props, items));
    return buildGrid({ columns, items, blocked: data.blocked, open, toWall });
  }, [items, open, data, dates, view.view, view.by, hiddenKey, providers, resources, toWall, now.date]);

  const providerName = useMemo(() => {
    const names = new Map(providers.map((p) => [p.id, p.name]));
    return (id: string) => names.get(id) ?? 'a former provider';
  }, [providers]);
  const heldTimes = useMemo(() => holds.value.map((h) => {
    const start = toWall(h.start);
    return { id: h.id, column: columnKey(start.date, h.provider_id), start: start.minute, end: toWall(h.end).minute };
  }), [holds.value, toWall]);

  if (providers.length === 0) {
    return (
      <Empty icon="stethoscope" title="Nobody to book yet" text="The calendar has a column for each provider. Add the first one, with the hours they work.">
        {can('settings.write') ? <a class="btn btn-primary" href="/app/settings/providers/new">Add a provider</a> : null}
      </Empty>
    );
  }
  if (view.view === 'agenda') {
    return <Agenda dates={dates} items={items.filter((i) => !view.hidden.has(i.provider_id))} now={now} toWall={toWall} providerName={providerName} busy={props.busy && !props.range} onBook={(date) => openNew({ date })} />;
  }
  if (model.columns.length === 0) {
    return (
      <Empty icon="eye-off" title="Every column is hidden" text={view.by === 'resource' ? 'There is no chair at this location, or all are hidden.' : 'Choose above whom you want to see.'}>
        <Button kind="primary" onClick={() => setQuery({ hide: null, by: null })}>Show all providers</Button>
      </Empty>
    );
  }
  const idle = props.range !== undefined && open.length === 0;
  return (
    <div class="cal-wrap">
      {idle ? <p class="cal-note"><Icon name="calendar-off" size="sm" /> {view.view === 'day' ? 'Nobody works on this day.' : 'Nobody works in this week.'} {can('schedule.write') ? 'You can book all the same.' : ''}</p> : null}
      <CalendarGrid
        model={model}
        view={view.view}
        now={now}
        canWrite={can('schedule.write')}
        busy={props.busy && !props.range}
        holds={heldTimes}
        shortDay={shortDay}
        longDay={longDay}
        providerName={providerName}
        flash={flash}
        onOpen={(item) => openExisting(item.id)}
        onBook={(column, start, end) => openNew(bookRequest(column, start, end, view.location))}
        onMove={(item, fromColumn, toColumn, start, end) => void moveItem(item, moveRequest(item, fromColumn, toColumn, start, end, timeZone))}
        onNext={(item) => { const next = nextStatus(item.status); if (next) void setStatus(item, next); }}
        onCancel={(item) => openExisting(item.id, true)}
        onBlock={(block) => { unblocking.value = block; }}
        keyAction={gridKey}
        say={announce}
      />
    </div>
  );
}

const gridKey = (event: KeyboardEvent): string | null => actionOf(event, ['move', 'advance', 'cancel']);
const shortDay = (date: string): string => formatDate(date, 'short', session.value?.tenant.locale);
const longDay = (date: string): string => formatDate(date, 'long', session.value?.tenant.locale);

function bookRequest(column: Column, start: number, end: number | null, location: string | null): Parameters<typeof openNew>[0] {
  const subject = column.kind === 'provider' ? { providerId: column.subject.id } : column.subject.id ? { resourceId: column.subject.id } : {};
  return { ...subject, date: column.date, minute: start, ...(end !== null && end - start > 15 ? { length: end - start } : {}), ...(location ? { locationId: location } : {}) };
}

function moveRequest(item: CalendarItem, from: Column, to: Column, start: number, end: number, timeZone: string): Parameters<typeof moveItem>[1] {
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
      <span class="visually-hidden">Loading the calendar</span>
      <div class="cal-skeleton">
        {Array.from({ length: 12 }, (_, i) => <Skeleton key={i} height={`${3 + ((i * 5) % 7)}rem`} />)}
      </div>
    </div>
  );
}

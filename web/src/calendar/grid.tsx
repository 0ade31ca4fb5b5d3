/**
 * The day and week grid: one column per provider or chair (and day). It draws, it walks by keyboard, it drags; what
 * happens to an appointment is decided by its owner through the callbacks.
 *
 * The grid has one tab stop. Drags and keyboard moves change only the ghost, a signal of its own, so that columns are not
 * drawn again while the pointer moves.
 */
import { useSignal, type Signal } from '@preact/signals';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { memo } from '../app/memo';
import type { BlockedTime, CalendarItem } from '../api/types';
import { showHour } from '../lib/time';
import { initials } from '../ui/Avatar';
import { Icon } from '../ui/Icon';
import { AppointmentCard, cardLabel, type Content, type Mark } from './card';
import { attachDrag, type DragHost, type DragResult, type Ghost } from './drag';
import { snapDown, SNAP } from './geometry';
import { beginMove, stepMove, type Moving, type Place } from './move';
import { clock, duration, type Column, type GridModel, type Wall } from './model';
import { displayName } from './names';
import { isDead } from './status';
import { isWalkKey, settle, stationAt, walk, type Station, type WalkGrid } from './walk';
import { t } from '../app/text';

export interface CalendarGridProps {
  readonly model: GridModel<CalendarItem, BlockedTime>;
  readonly view: 'day' | 'week';
  readonly now: Wall | null;
  readonly canWrite: boolean;
  readonly busy: boolean;
  readonly marks: ReadonlyMap<string, Mark>;
  readonly holds: readonly { readonly id: string; readonly column: string; readonly start: number; readonly end: number }[];
  /** "Mon 23" */
  readonly shortDay: (date: string) => string;
  /** "Monday, 23 November" */
  readonly longDay: (date: string) => string;
  readonly providerName: (id: string) => string;
  readonly flash: Signal<string | null>;
  readonly onOpen: (item: CalendarItem) => void;
  readonly onBook: (column: Column, start: number, end: number | null) => void;
  readonly onMove: (item: CalendarItem, from: Column, to: Column, start: number, end: number) => void;
  readonly onNext: (item: CalendarItem) => void;
  readonly onCancel: (item: CalendarItem) => void;
  readonly onPay: (item: CalendarItem) => void;
  /** Who would take the free time at this minute? */
  readonly onGap: (column: Column, minute: number) => void;
  readonly onBlock: (block: BlockedTime) => void;
  /** Which of the grid's own keys this is ("move", "advance", "cancel"), as the person has set them. */
  readonly keyAction: (event: KeyboardEvent) => string | null;
  readonly say: (text: string) => void;
}

export function CalendarGrid(props: CalendarGridProps) {
  const { model, view } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const ghost = useSignal<Ghost | null>(null);
  const moving = useSignal<Moving | null>(null);
  const walkGrid = useMemo(() => toWalkGrid(model), [model]);
  const [station, setStation] = useState<Station>(() => firstStation(walkGrid, props.now, model));
  const here = settle(walkGrid, station);
  const hereRef = useRef(here);
  hereRef.current = here;
  const wantFocus = useRef(false);
  const hasFocus = useRef(false);
  const count = model.columns.length;
  const length = model.range.last - model.range.first;
  const days = view === 'week' ? daySpans(model) : [];

  useLayoutEffect(() => {
    const lost = hasFocus.current && document.activeElement === document.body;
    if (!wantFocus.current && !lost) return;
    wantFocus.current = false;
    focusStation(grid.current, here, !lost);
  });

  useLayoutEffect(() => scrollToStart(scroller.current, props.now, model), [model.columns[0]?.column.date, view]);

  const go = useCallback((next: Station) => {
    wantFocus.current = true;
    setStation(next);
  }, []);

  useEffect(() => {
    const outside = (event: Event): void => {
      if (!grid.current?.contains(event.target as Node)) hasFocus.current = false;
    };
    window.addEventListener('pointerdown', outside, true);
    return () => window.removeEventListener('pointerdown', outside, true);
  }, []);

  useEffect(() => {
    if (!grid.current || !scroller.current) return undefined;
    const host: DragHost = {
      grid: grid.current,
      scroller: scroller.current,
      ghost,
      canWrite: () => latest.current.canWrite && moving.value === null,
      range: () => latest.current.model.range,
      find: (id, column) => { const found = findItem(latest.current.model, id, column); return found && movable(found) ? found : null; },
      taken: (column, start, end, except) => overlapping(latest.current.model, column, start, end, except) !== null,
      done: (result) => finishDrag(latest.current, result),
    };
    return attachDrag(host);
  }, [ghost, moving]);

  const startMove = (): void => {
    const found = hereRef.current.id === null ? null : findItem(model, hereRef.current.id, hereRef.current.column);
    if (!found || !movable(found) || !props.canWrite || isDead(found.item.status)) return;
    const place: Place = { column: hereRef.current.column, start: found.start, end: found.end };
    moving.value = beginMove(found.item.id, place);
    props.say(t('grid.movingArrowKeysMove', { name: displayName(found.item), start: clock(found.start) }));
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (moving.value || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isWalkKey(event.key)) {
      event.preventDefault();
      go(walk(walkGrid, hereRef.current, event.key));
      return;
    }
    const action = props.keyAction(event);
    const found = hereRef.current.id === null ? null : findItem(model, hereRef.current.id, hereRef.current.column);
    const free = action === 'gap' && !found && props.canWrite ? model.columns[hereRef.current.column]?.column : undefined;
    if (free) {
      event.preventDefault();
      event.stopPropagation();
      props.onGap(free, hereRef.current.minute);
    }
    if (!action || !found) return;
    event.preventDefault();
    event.stopPropagation();
    if (found.item.session) return;
    if (action === 'move') startMove();
    else if (action === 'advance') props.onNext(found.item);
    else if (action === 'cancel') props.onCancel(found.item);
    else if (action === 'pay') props.onPay(found.item);
  };

  const onFocusIn = (event: FocusEvent): void => {
    hasFocus.current = true;
    const id = (event.target as HTMLElement).dataset['id'];
    const column = columnOf(event.target as HTMLElement);
    if (id && column !== null && (id !== hereRef.current.id || column !== hereRef.current.column)) {
      const found = findItem(model, id, column);
      if (found) setStation({ column, minute: found.start, id });
    }
  };

  const onFocusOut = (event: FocusEvent): void => {
    if (event.relatedTarget instanceof Node && !grid.current?.contains(event.relatedTarget)) hasFocus.current = false;
  };

  const onClick = (event: MouseEvent): void => {
    const target = event.target as HTMLElement;
    const next = target.closest<HTMLElement>('[data-next]');
    const column = columnOf(target);
    if (next && column !== null) {
      const found = findItem(model, next.dataset['next'] ?? '', column);
      if (found) props.onNext(found.item);
      return;
    }
    const card = target.closest<HTMLElement>('[data-id]');
    if (card && column !== null) {
      const found = findItem(model, card.dataset['id'] ?? '', column);
      if (found && !moving.value) props.onOpen(found.item);
      return;
    }
    const block = target.closest<HTMLElement>('[data-block]');
    if (block && column !== null) {
      const found = model.columns[column]?.blocked.find((b) => b.block.id === block.dataset['block']);
      if (found) props.onBlock(found.block);
      return;
    }
    if (column === null || !props.canWrite) return;
    const minute = minuteAtEvent(event, grid.current, column, model);
    const content = model.columns[column];
    if (minute === null || !content) return;
    setStation({ column, minute, id: null });
    props.onBook(content.column, minute, null);
  };

  return (
    <div class={`cal-scroll cal-${view}${props.canWrite ? '' : ' cal-readonly'}`} ref={scroller} aria-busy={props.busy}>
      <p id="cal-help" class="visually-hidden">
        {t('grid.arrowKeysWalkThrough')}
      </p>
      <div
        class="cal-grid"
        ref={grid}
        style={{ '--cols': count, '--len': length, '--spread': spreadOf(model) }}
        onKeyDown={onKeyDown}
        onFocusIn={onFocusIn}
        onFocusOut={onFocusOut}
        onClick={onClick}
      >
        <Heads model={model} days={days} shortDay={props.shortDay} today={props.now?.date ?? ''} />
        <Times range={model.range} now={props.now} />
        {model.columns.map((content, index) => (
          <GridColumn
            key={content.column.key}
            index={index}
            content={content}
            first={model.range.first}
            focusId={here.id !== null && here.column === index ? here.id : null}
            movingId={moving}
            dayStart={isDayStart(model, index)}
            label={`${content.column.subject.name}, ${props.longDay(content.column.date)}`}
            longDay={props.longDay}
            providerName={props.providerName}
            canWrite={props.canWrite}
            flash={props.flash}
            holds={props.holds}
            marks={props.marks}
          />
        ))}
        {here.id === null && count > 0 ? <Cursor station={here} model={model} longDay={props.longDay} canWrite={props.canWrite} onBook={props.onBook} /> : null}
        <NowLine model={model} now={props.now} />
        <HoverSlot model={model} grid={grid} ghost={ghost} canWrite={props.canWrite} />
        <GhostBox ghost={ghost} />
        <MoveMode moving={moving} model={model} walkGrid={walkGrid} latest={latest} grid={grid} go={go} setStation={setStation} />
      </div>
    </div>
  );
}

// ---- parts ----

/** Columns of a week get wider when appointments stand beside each other in them. */
function spreadOf(model: CalendarGridProps['model']): number {
  let most = 1;
  for (const content of model.columns) for (const placed of content.items) most = Math.max(most, placed.lane.lanes);
  return 1 + (Math.min(most, 4) - 1) * 0.35;
}

interface DaySpan { readonly date: string; readonly first: number; readonly span: number }

function daySpans(model: CalendarGridProps['model']): DaySpan[] {
  const spans: { date: string; first: number; span: number }[] = [];
  model.columns.forEach((content, index) => {
    const last = spans[spans.length - 1];
    if (last && last.date === content.column.date) last.span += 1;
    else spans.push({ date: content.column.date, first: index, span: 1 });
  });
  return spans;
}

function isDayStart(model: CalendarGridProps['model'], index: number): boolean {
  return index > 0 && model.columns[index - 1]?.column.date !== model.columns[index]?.column.date;
}

function headDetail(content: Content): string {
  const live = content.items.filter((i) => !isDead(i.item.status)).length;
  if (content.openMinutes === 0 && live === 0) return t('grid.notWorking');
  return live === 0 ? t('grid.free') : t('month.count', { count: live });
}

function shortDetail(content: Content): string {
  const live = content.items.filter((i) => !isDead(i.item.status)).length;
  return content.openMinutes === 0 && live === 0 ? t('grid.offDay') : live === 0 ? t('grid.freeDay') : t('grid.booked', { count: live });
}

interface HeadsProps { readonly model: CalendarGridProps['model']; readonly days: readonly DaySpan[]; readonly shortDay: (date: string) => string; readonly today: string }

const Heads = memo(function Heads({ model, days, shortDay, today }: HeadsProps) {
  return (
    <>
      <div class="cal-corner" style={{ gridColumn: 1, gridRow: '1 / span 2' }} />
      {days.map((day) => (
        <div key={day.date} class={`cal-dayhead${day.date === today ? ' cal-dayhead-today' : ''}`} style={{ gridRow: 1, gridColumn: `${day.first + 2} / span ${day.span}` }}>
          <span>{shortDay(day.date)}{day.date === today ? <span class="visually-hidden"> {t('grid.today')}</span> : null}</span>
        </div>
      ))}
      {model.columns.map((content, index) => (
        <div
          key={content.column.key}
          class={`cal-head${isDayStart(model, index) ? ' cal-day-first' : ''}`}
          style={{ gridRow: 2, gridColumn: index + 2, '--c': content.column.subject.color ?? 'var(--line-2)' }}
        >
          <span class="avatar" aria-hidden="true">{initials(content.column.subject.name)}</span>
          <span class="cal-head-text">
            <span class="cal-head-name" title={content.column.subject.name}>{content.column.subject.name}</span>
            <span class="cal-head-detail">{days.length > 0 ? shortDetail(content) : headDetail(content)}</span>
          </span>
        </div>
      ))}
    </>
  );
});

function Times({ range, now }: { readonly range: { readonly first: number; readonly last: number }; readonly now: Wall | null }) {
  const hours: number[] = [];
  for (let m = range.first; m < range.last; m += 60) hours.push(m);
  return (
    <div class="cal-times" aria-hidden="true">
      {hours.map((m) => (
        <span key={m} class={`cal-hour${m === range.first ? ' cal-hour-first' : ''}`} style={{ '--at': m - range.first }}>{showHour(m)}</span>
      ))}
      {now && now.minute >= range.first && now.minute <= range.last ? <span class="cal-now-label" style={{ '--at': now.minute - range.first }}>{clock(now.minute)}</span> : null}
    </div>
  );
}

interface ColumnProps {
  readonly index: number;
  readonly content: Content;
  readonly first: number;
  readonly focusId: string | null;
  readonly movingId: Signal<Moving | null>;
  readonly dayStart: boolean;
  readonly label: string;
  readonly longDay: (date: string) => string;
  readonly providerName: (id: string) => string;
  readonly canWrite: boolean;
  readonly flash: Signal<string | null>;
  readonly holds: CalendarGridProps['holds'];
  readonly marks: CalendarGridProps['marks'];
}

const GridColumn = memo(function GridColumn(props: ColumnProps) {
  const { content, first } = props;
  const { column } = content;
  const day = props.longDay(column.date);
  const movingId = props.movingId.value?.id ?? null;
  return (
    <div class={`cal-col${props.dayStart ? ' cal-day-first' : ''}`} data-col={props.index} style={{ gridColumn: props.index + 2 }}>
      {content.closed.map((gap) => <div key={gap.start} class="cal-closed" style={{ '--at': gap.start - first, '--for': gap.end - gap.start }} />)}
      {props.holds.filter((h) => h.column === column.key).map((h) => <div key={h.id} class="cal-hold" style={{ '--at': h.start - first, '--for': h.end - h.start }}>{t('grid.beingBookedOnline')}</div>)}
      {content.blocked.map((b) => (
        <button key={b.block.id} type="button" class="cal-blocked" data-block={b.block.id} tabIndex={-1} style={{ '--at': Math.max(0, b.start - first), '--for': b.end - Math.max(first, b.start) }} aria-label={t('blocked.name', { reason: b.block.reason ?? t('blocked.noReason'), day, start: clock(b.start), end: clock(b.end), whose: column.subject.name })}>
          <Icon name="lock" class="appt-flag" />
          <span>{b.block.reason ?? t('print.blocked')}</span>
        </button>
      ))}
      <ul aria-label={props.label}>
        {content.items.map((placed) => (
          <AppointmentCard
            key={placed.item.id}
            placed={placed}
            first={first}
            name={cardLabel(placed, day, props.providerName(placed.item.provider_id), props.marks.get(placed.item.id))}
            mark={props.marks.get(placed.item.id)}
            focusable={props.focusId === placed.item.id}
            moving={movingId === placed.item.id}
            flash={props.flash.value === placed.item.id}
            canWrite={props.canWrite}
            byResource={column.kind === 'resource' ? props.providerName(placed.item.provider_id) : null}
          />
        ))}
      </ul>
    </div>
  );
});

interface CursorProps { readonly station: Station; readonly model: CalendarGridProps['model']; readonly longDay: (date: string) => string; readonly canWrite: boolean; readonly onBook: CalendarGridProps['onBook'] }

/** The empty row that the keyboard is on: one element that walks, so that focus is never lost between rows. */
function Cursor({ station, model, longDay, canWrite, onBook }: CursorProps) {
  const content = model.columns[station.column];
  if (!content) return null;
  const closed = content.closed.some((c) => c.start <= station.minute && c.end > station.minute);
  const blocked = content.blocked.find((b) => b.start <= station.minute && b.end > station.minute);
  const state = blocked ? t('grid.blockedState', { reason: blocked.block.reason ?? '' }) : closed ? t('grid.outsideWorkingHours') : t('grid.freeState');
  return (
    <button
      type="button"
      class="cal-cursor"
      data-cursor="1"
      aria-disabled={!canWrite}
      aria-describedby="cal-help"
      aria-label={`${clock(station.minute)}, ${state}, ${content.column.subject.name}, ${longDay(content.column.date)}${canWrite ? `. ${t('grid.book')}` : ''}`}
      style={{ gridColumn: station.column + 2, '--at': station.minute - model.range.first, '--for': SNAP }}
      onClick={(event) => {
        event.stopPropagation();
        if (canWrite) onBook(content.column, station.minute, null);
      }}
    >
      {canWrite ? '+ ' : ''}{clock(station.minute)}
    </button>
  );
}

function NowLine({ model, now }: { readonly model: CalendarGridProps['model']; readonly now: Wall | null }) {
  if (!now || now.minute < model.range.first || now.minute > model.range.last) return null;
  const first = model.columns.findIndex((c) => c.column.date === now.date);
  if (first < 0) return null;
  const span = model.columns.filter((c) => c.column.date === now.date).length;
  return <div class="cal-now" aria-hidden="true" style={{ gridColumn: `${first + 2} / span ${span}`, '--at': now.minute - model.range.first }} />;
}

interface HoverProps { readonly model: CalendarGridProps['model']; readonly grid: { readonly current: HTMLDivElement | null }; readonly ghost: Signal<Ghost | null>; readonly canWrite: boolean }

/** Shows under the mouse what a click would book. Moved by hand: no drawing for a mouse that only passes. */
function HoverSlot({ model, grid, ghost, canWrite }: HoverProps) {
  const box = useRef<HTMLDivElement>(null);
  const text = useRef<HTMLSpanElement>(null);
  const latest = useRef(model);
  latest.current = model;
  useEffect(() => {
    const root = grid.current;
    if (!root || !canWrite) return undefined;
    const hide = (): void => box.current?.classList.remove('cal-hover-on');
    const move = (event: PointerEvent): void => {
      const target = event.target as HTMLElement;
      const element = box.current;
      const column = event.pointerType === 'mouse' && !ghost.peek() && !target.closest('.appt, .cal-blocked, .cal-head') ? columnOf(target) : null;
      const minute = column === null ? null : minuteAtEvent(event, root, column, latest.current);
      if (!element || column === null || minute === null) return hide();
      element.style.gridColumn = String(column + 2);
      element.style.setProperty('--at', String(minute - latest.current.range.first));
      if (text.current) text.current.textContent = clock(minute);
      element.classList.add('cal-hover-on');
    };
    root.addEventListener('pointermove', move);
    root.addEventListener('pointerleave', hide);
    root.addEventListener('pointerdown', hide);
    return () => {
      root.removeEventListener('pointermove', move);
      root.removeEventListener('pointerleave', hide);
      root.removeEventListener('pointerdown', hide);
    };
  }, [canWrite, grid, ghost]);
  return <div class="cal-hover" ref={box} aria-hidden="true" style={{ '--for': SNAP, gridColumn: 2, '--at': 0 }}>+ <span ref={text} /></div>;
}

function GhostBox({ ghost }: { readonly ghost: Signal<Ghost | null> }) {
  const value = ghost.value;
  if (!value) return null;
  return (
    <div class={`cal-ghost${value.taken ? ' cal-ghost-taken' : ''}`} aria-hidden="true" style={{ gridColumn: value.column + 2, '--at': value.start - value.first, '--for': value.end - value.start }}>
      {clock(value.start)} – {clock(value.end)}{value.taken ? ` · ${t('grid.taken')}` : ''}
      <small>{value.label ?? duration(value.end - value.start)}</small>
    </div>
  );
}

interface MoveProps {
  readonly moving: Signal<Moving | null>;
  readonly model: CalendarGridProps['model'];
  readonly walkGrid: WalkGrid;
  readonly latest: { readonly current: CalendarGridProps };
  readonly grid: { readonly current: HTMLDivElement | null };
  readonly go: (station: Station) => void;
  readonly setStation: (station: Station) => void;
}

/**
 * The keyboard move. Its listener is on the window and reads the signal: a listener that is renewed at every drawing
 * loses keys at typing speed.
 */
function MoveMode({ moving, latest, grid, go }: MoveProps) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const state = moving.peek();
      if (!state || event.ctrlKey || event.metaKey || event.altKey) return;
      const { model, say, longDay, onMove } = latest.current;
      const step = stepMove(state, event, { columns: model.columns.length, range: model.range });
      if (step.handled) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
      moving.value = step.state;
      const found = findItem(model, state.id, state.from.column);
      if (step.effect.kind === 'moved' && step.state) {
        say(placeText(model, step.state, longDay));
        requestAnimationFrame(() => grid.current?.querySelector('.cal-ghost')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }));
      } else if (step.effect.kind === 'edge') say(t('grid.thatIsTheEdge'));
      else if (step.effect.kind === 'cancel') {
        say(t('grid.putBack'));
        if (step.handled) go({ column: state.from.column, minute: state.from.start, id: state.id });
      } else if (step.effect.kind === 'drop' && found) {
        const from = model.columns[step.effect.from.column]?.column;
        const to = model.columns[step.effect.to.column]?.column;
        go({ column: step.effect.to.column, minute: step.effect.to.start, id: state.id });
        if (from && to) onMove(found.item, from, to, ...wholeOf(found, step.effect.to.start, step.effect.to.end));
      }
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, [moving, latest, grid, go]);
  const state = moving.value;
  if (!state) return null;
  const { model, longDay } = latest.current;
  const found = findItem(model, state.id, state.from.column);
  const hit = overlapping(model, state.draft.column, state.draft.start, state.draft.end, state.id);
  return (
    <>
      <div class={`cal-ghost${hit ? ' cal-ghost-taken' : ''}`} aria-hidden="true" style={{ gridColumn: state.draft.column + 2, '--at': state.draft.start - model.range.first, '--for': state.draft.end - state.draft.start }}>
        {clock(state.draft.start)} – {clock(state.draft.end)}{hit ? ` · ${t('grid.taken')}` : ''}
        <small>{found ? displayName(found.item) : ''}</small>
      </div>
      <div class="cal-movebar" role="group" aria-label={t('grid.movingAnAppointment')}>
        <span><strong>{found ? displayName(found.item) : ''}</strong> → {placeText(model, state, longDay)}</span>
        <span aria-hidden="true"><kbd>←</kbd> <kbd>↑</kbd> <kbd>↓</kbd> <kbd>→</kbd> {t('grid.move')}{' '}<kbd>[</kbd> <kbd>]</kbd> {t('grid.length')}{' '}<kbd>{t('grid.enter')}</kbd> {t('grid.drop')}{' '}<kbd>{t('palette.esc')}</kbd> {t('grid.putBack2')}</span>
      </div>
    </>
  );
}

// ---- helpers ----

function placeText(model: CalendarGridProps['model'], state: Moving, longDay: (date: string) => string): string {
  const content = model.columns[state.draft.column];
  const hit = overlapping(model, state.draft.column, state.draft.start, state.draft.end, state.id);
  const where = content ? `${content.column.subject.name}, ${longDay(content.column.date)}` : '';
  return t('grid.to', { start: clock(state.draft.start), end: clock(state.draft.end), where, name: hit ? `, overlaps ${displayName(hit)}` : '' });
}

/** A session stays where it is; a helper's part goes where the lead provider's goes. */
const movable = (placed: Content['items'][number]): boolean => placed.share !== 'part' && !placed.item.session;

/** The lead provider's minutes were moved: the rest comes along. */
function wholeOf(placed: Content['items'][number], start: number, end: number): [number, number] {
  return placed.share === 'lead' ? [start, start + placed.whole.end - placed.whole.start] : [start, end];
}

function findItem(model: CalendarGridProps['model'], id: string, column: number): Content['items'][number] | null {
  const inColumn = model.columns[column]?.items.find((p) => p.item.id === id);
  if (inColumn) return inColumn;
  for (const content of model.columns) {
    const found = content.items.find((p) => p.item.id === id);
    if (found) return found;
  }
  return null;
}

function overlapping(model: CalendarGridProps['model'], column: number, start: number, end: number, except: string | null): CalendarItem | null {
  const hit = model.columns[column]?.items.find((p) => p.item.id !== except && !isDead(p.item.status) && p.start < end && start < p.end);
  return hit ? hit.item : null;
}

function toWalkGrid(model: CalendarGridProps['model']): WalkGrid {
  return { range: model.range, columns: model.columns.map((c) => c.items.map((p) => ({ id: p.item.id, start: p.start, end: p.end }))) };
}

/** Where Tab lands first: now, or the first opening hour. */
function firstStation(grid: WalkGrid, now: Wall | null, model: CalendarGridProps['model']): Station {
  const today = now ? model.columns.findIndex((c) => c.column.date === now.date) : -1;
  if (now && today >= 0) return stationAt(grid, today, Math.min(now.minute, model.range.last - SNAP));
  return stationAt(grid, 0, Math.max(model.range.first, 540));
}

function focusStation(root: HTMLElement | null, station: Station, scroll: boolean): void {
  if (!root) return;
  const element =
    station.id === null
      ? root.querySelector<HTMLElement>('[data-cursor]')
      : (root.querySelector<HTMLElement>(`[data-col="${station.column}"] [data-id="${station.id}"]`) ?? root.querySelector<HTMLElement>(`[data-id="${station.id}"]`));
  element?.focus({ preventScroll: !scroll });
}

function scrollToStart(scroller: HTMLElement | null, now: Wall | null, model: CalendarGridProps['model']): void {
  if (!scroller || model.columns.length === 0) return;
  const today = now ? model.columns.findIndex((c) => c.column.date === now.date) : -1;
  const minute = now && today >= 0 ? now.minute - 90 : firstOpening(model);
  const column = scroller.querySelector<HTMLElement>(`[data-col="${Math.max(0, today)}"]`);
  if (!column) return;
  scroller.scrollTop = ((minute - model.range.first) / (model.range.last - model.range.first)) * column.offsetHeight;
  if (today > 0) scroller.scrollLeft = column.offsetLeft - 64;
}

function firstOpening(model: CalendarGridProps['model']): number {
  let first = model.range.last;
  for (const content of model.columns) {
    const closed = content.closed[0];
    if (content.openMinutes > 0) first = Math.min(first, closed && closed.start === model.range.first ? closed.end : model.range.first);
    for (const placed of content.items) first = Math.min(first, placed.start);
  }
  return first === model.range.last ? model.range.first : first - 15;
}

export function columnOf(target: HTMLElement): number | null {
  const column = target.closest<HTMLElement>('[data-col]')?.dataset['col'];
  return column === undefined ? null : Number(column);
}

function minuteAtEvent(event: MouseEvent, root: HTMLElement | null, column: number, model: CalendarGridProps['model']): number | null {
  const element = root?.querySelector<HTMLElement>(`[data-col="${column}"]`);
  if (!element) return null;
  const box = element.getBoundingClientRect();
  const minute = model.range.first + ((event.clientY - box.top) / box.height) * (model.range.last - model.range.first);
  return Math.min(model.range.last - SNAP, Math.max(model.range.first, snapDown(minute)));
}

function finishDrag(props: CalendarGridProps, result: DragResult): void {
  const to = props.model.columns[result.column]?.column;
  if (!to) return;
  if (result.kind === 'select') {
    props.onBook(to, result.start, result.end);
    return;
  }
  const found = findItem(props.model, result.id, result.fromColumn);
  const from = props.model.columns[result.fromColumn]?.column;
  if (found && from) props.onMove(found.item, from, to, ...wholeOf(found, result.start, result.end));
}

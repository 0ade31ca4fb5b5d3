/**
 * The week of a provider's hours, drawn: pull in an empty place to add a time, pull a time to move it, its edges to change when it
 * begins and ends. By keyboard each time is a button: arrows move it, with Shift its end, with Alt its beginning, Delete takes it out.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Location, WeeklyHours } from '../../api/types';
import { weekdayName, weekOrder } from '../../app/ui/WeekdayPicker';
import { showClock, showHour } from '../../lib/time';
import { announce } from '../../ui/Announcer';
import { Button } from '../../ui/Button';
import { SelectField } from '../../ui/Field';
import { asRow, byKey, drawnOf, fit, inTheWay, put, rangeOf, snap, STEP, type Drawn, type Stretch } from './stretches';
import { t } from './text';
import { nextStretch } from './weekly';

interface Props { readonly rows: readonly WeeklyHours[]; readonly locations: readonly Location[]; readonly writable: boolean; readonly onChange: (rows: readonly WeeklyHours[]) => void }

interface Pull { readonly kind: 'add' | 'move' | 'start' | 'end'; readonly index: number | null; readonly from: Stretch; readonly weekday: number; readonly minute: number; readonly pointer: number }

const SLOP = 4;
const shadeOf = (locations: readonly Location[], id: string): number => Math.max(0, locations.findIndex((l) => l.id === id)) % 4;

export function HoursGrid({ rows, locations, writable, onChange }: Props) {
  const days = weekOrder();
  const drawn = drawnOf(rows);
  const range = rangeOf(drawn);
  const [place, setPlace] = useState(locations[0]?.id ?? '');
  const [draft, setDraft] = useState<(Stretch & { readonly bad: boolean; readonly index: number | null }) | null>(null);
  const body = useRef<HTMLDivElement>(null);
  const pull = useRef<Pull & { x: number; y: number; active: boolean } | null>(null);
  const latest = useRef({ rows, draft, range, place, onChange });
  latest.current = { rows, draft, range, place, onChange };
  const wanted = useRef<string | null>(null);

  useLayoutEffect(() => {
    if (!wanted.current) return;
    body.current?.querySelector<HTMLElement>(`[data-at="${wanted.current}"]`)?.focus();
    wanted.current = null;
  }, [rows]);

  const commit = (next: readonly WeeklyHours[] | null, one: Stretch): void => {
    if (!next) return announce(t('grid.inTheWay'));
    wanted.current = `${one.weekday}/${one.start}`;
    onChange(next);
    announce(said(one, locations));
    return undefined;
  };

  const minuteOf = (clientY: number): number => {
    const box = body.current?.getBoundingClientRect();
    return box ? range.first + ((clientY - box.top) / box.height) * (range.last - range.first) : 0;
  };
  const dayOf = (clientX: number): number => {
    const columns = [...(body.current?.querySelectorAll<HTMLElement>('[data-day]') ?? [])];
    const found = columns.find((one) => clientX < one.getBoundingClientRect().right) ?? columns[columns.length - 1];
    return Number(found?.dataset['day'] ?? days[0]);
  };

  const onPointerDown = (event: PointerEvent): void => {
    if (!writable || event.button !== 0 || !event.isPrimary) return;
    const target = event.target as HTMLElement;
    const item = target.closest<HTMLElement>('[data-index]');
    if (!item && event.pointerType === 'touch') return; // a finger on the empty grid scrolls
    const index = item ? Number(item.dataset['index']) : null;
    const own = index === null ? null : drawn.find((one) => one.index === index);
    const minute = minuteOf(event.clientY);
    const weekday = dayOf(event.clientX);
    const begin = Math.floor(minute / STEP) * STEP;
    const from: Stretch = own ?? { weekday, start: begin, end: begin + STEP, location_id: place };
    pull.current = { kind: own ? ((target.dataset['edge'] as 'start' | 'end' | undefined) ?? 'move') : 'add', index, from, weekday, minute, pointer: event.pointerId, x: event.clientX, y: event.clientY, active: false };
  };

  const at = (p: Pull, event: PointerEvent): Stretch => {
    const minute = minuteOf(event.clientY);
    if (p.kind === 'add') {
      const here = snap(minute);
      return fit({ ...p.from, start: Math.min(p.from.start, here), end: Math.max(p.from.start + STEP, here) });
    }
    if (p.kind === 'start') return fit({ ...p.from, start: Math.min(p.from.end - STEP, snap(minute)) });
    if (p.kind === 'end') return fit({ ...p.from, end: Math.max(p.from.start + STEP, snap(minute)) });
    const length = p.from.end - p.from.start;
    const start = Math.max(0, Math.min(1440 - length, snap(p.from.start + minute - p.minute)));
    return { ...p.from, weekday: dayOf(event.clientX), start, end: start + length };
  };

  const onPointerMove = (event: PointerEvent): void => {
    const p = pull.current;
    if (!p || event.pointerId !== p.pointer) return;
    if (!p.active) {
      if (Math.hypot(event.clientX - p.x, event.clientY - p.y) < SLOP) return;
      p.active = true;
      body.current?.setPointerCapture(p.pointer);
    }
    const one = at(p, event);
    setDraft({ ...one, index: p.index, bad: inTheWay(rows, p.index, one) !== null });
  };

  const stop = (): void => {
    pull.current = null;
    setDraft(null);
  };
  const onPointerUp = (event: PointerEvent): void => {
    const p = pull.current;
    const one = latest.current.draft;
    stop();
    if (p?.active && one && event.pointerId === p.pointer) commit(put(rows, p.index, one), one);
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || !pull.current?.active) return;
      event.preventDefault();
      stop();
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, []);

  const onKeyDown = (event: KeyboardEvent, one: Drawn): void => {
    if (!writable || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      const next = drawn.find((other) => other.index !== one.index && other.weekday === one.weekday) ?? null;
      wanted.current = next ? `${next.weekday}/${next.start}` : null;
      onChange(rows.filter((_, i) => i !== one.index));
      announce(t('hoursEditor.timeRemoved'));
      if (!next) body.current?.querySelector<HTMLElement>(`[data-add="${one.weekday}"]`)?.focus();
      return;
    }
    const moved = byKey(one, event, days);
    if (!moved) return;
    event.preventDefault();
    commit(put(rows, one.index, moved), moved);
  };

  const add = (weekday: number): void => {
    const row = { ...nextStretch(rows, weekday, place), location_id: place };
    const [one] = drawnOf([row]);
    if (one) commit(put(rows, null, one), one);
    else announce(t('grid.inTheWay'));
  };

  const hours: number[] = [];
  for (let m = range.first; m < range.last; m += 60) hours.push(m);
  return (
    <div class="hg">
      {locations.length > 1 && writable ? <SelectField label={t('grid.newAt')} value={place} onValue={setPlace}>{locations.map((l) => <option key={l.id} value={l.id}>{l.name}</option>)}</SelectField> : null}
      {writable ? <p class="field-hint" id="hg-help">{t('grid.help')}</p> : null}
      <div class="hg-table" style={{ '--len': range.last - range.first }}>
        <div class="hg-hours" aria-hidden="true">{hours.map((m) => <span key={m} class="num" style={{ '--at': m - range.first }}>{showHour(m)}</span>)}</div>
        <div ref={body} class="hg-body" onPointerDown={onPointerDown} onPointerMove={onPointerMove} onPointerUp={onPointerUp} onPointerCancel={stop}>
          {days.map((day) => (
            <div key={day} class="hg-day" data-day={day}>
              <div class="hg-head">
                <abbr title={weekdayName(day, 'weekdayLong')}>{weekdayName(day)}</abbr>
                {writable ? <Button kind="quiet" size="sm" icon="plus" data-add={day} aria-label={t('grid.add', { day: weekdayName(day, 'weekdayLong') })} onPointerDown={(event) => event.stopPropagation()} onClick={() => add(day)} /> : null}
              </div>
              <ul aria-label={weekdayName(day, 'weekdayLong')}>
                {drawn.filter((one) => one.weekday === day).map((one) => (
                  <li key={one.index} class={`hg-item hg-place-${shadeOf(locations, one.location_id)}${draft?.index === one.index ? ' hg-pulled' : ''}`} data-index={one.index} style={{ '--at': one.start - range.first, '--for': one.end - one.start }}>
                    <button type="button" class="hg-time" data-at={`${one.weekday}/${one.start}`} aria-label={said(one, locations)} aria-describedby={writable ? 'hg-help' : undefined} onKeyDown={(event) => onKeyDown(event, one)}>
                      <span class="num hg-clock">{showClock(one.start)}</span><span class="num hg-clock">–{showClock(one.end % 1440)}</span>
                      {locations.length > 1 ? <span class="hg-where">{locations.find((l) => l.id === one.location_id)?.name ?? ''}</span> : null}
                    </button>
                    {writable ? <><span class="hg-edge hg-edge-start" data-edge="start" /><span class="hg-edge hg-edge-end" data-edge="end" /></> : null}
                  </li>
                ))}
              </ul>
              {draft?.weekday === day ? <div class={`hg-draft${draft.bad ? ' hg-bad' : ''}`} aria-hidden="true" style={{ '--at': draft.start - range.first, '--for': draft.end - draft.start }}><span class="num">{asRow(draft).start}–{asRow(draft).end}</span></div> : null}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

function said(one: Stretch, locations: readonly Location[]): string {
  const where = locations.length > 1 ? `, ${locations.find((l) => l.id === one.location_id)?.name ?? ''}` : '';
  return t('grid.time', { day: weekdayName(one.weekday, 'weekdayLong'), start: showClock(one.start), end: showClock(one.end % 1440), where });
}

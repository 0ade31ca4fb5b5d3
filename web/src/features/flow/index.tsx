/** The waiting room: who is expected, waiting, being treated and done, live; one press takes a person a step further. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { get, post } from '../../api/client';
import type { Appointment, Status } from '../../api/types';
import { useLocations } from '../../app/data';
import { can, session } from '../../app/session';
import { texts } from '../../app/text';
import type { ScreenProps } from '../../app/routes';
import { announce, Button, Failed, Icon, Loading, Page, SelectField, showToast } from '../../app/ui';
import { nextStatus, STATUS } from '../../calendar/status';
import { ApiError } from '../../lib/http';
import { invalidate, useQuery } from '../../lib/query';
import { addDays, formatDate, formatTime, zoneCity } from '../../lib/time';
import en from './en.json';
import { inLane, LANES, lateBy, saidOf, type FlowBoard, type FlowItem, type Lane } from './model';

const t = texts(en);
const LARGE = 'clinicd.flow.large';

/** A clock for what is said about time. */
function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export default function Flow(_: ScreenProps) {
  const [date, setDate] = useState<string | null>(() => new URLSearchParams(window.location.search).get('date'));
  const [location, setLocation] = useState('');
  const [large, setLarge] = useState(() => localStorage.getItem(LARGE) === '1');
  const locations = useLocations();
  const board = useQuery<FlowBoard>(['flow', date, location], async (signal) => (await get<FlowBoard>('flow', { query: { date, location_id: location }, signal })).data);
  const now = useNow();
  const skew = useMemo(() => (board.data ? Date.parse(board.data.now) - Date.now() : 0), [board.data?.now]);
  const data = board.data;
  const move = (days: number): void => { if (data) setDate(addDays(data.date, days)); };
  const grow = (): void => { localStorage.setItem(LARGE, large ? '' : '1'); setLarge(!large); };
  return (
    <div class={large ? 'flow is-large' : 'flow'}>
      <Page
        title={t('title')}
        lead={data ? t('lead', { date: formatDate(data.date, 'full', session.value?.tenant.locale), zone: zoneCity(data.time_zone) }) : undefined}
        actions={(
          <>
            <Button kind="quiet" icon="chevron-left" aria-label={t('previous')} onClick={() => move(-1)} />
            <Button kind="quiet" onClick={() => setDate(null)}>{t('today')}</Button>
            <Button kind="quiet" icon="chevron-right" aria-label={t('next')} onClick={() => move(1)} />
            <Button icon="monitor" aria-pressed={large} onClick={grow}>{t('large')}</Button>
          </>
        )}
      >
        {(locations.data?.length ?? 0) > 1 ? (
          <div class="flow-filter">
            <SelectField label={t('location')} value={location} onValue={setLocation}>
              <option value="">{t('everywhere')}</option>
              {locations.data?.map((row) => <option key={row.id} value={row.id}>{row.name}</option>)}
            </SelectField>
          </div>
        ) : null}
        {board.error && !data ? <Failed error={board.error} what={t('title')} onRetry={board.reload} /> : null}
        {!data && !board.error ? <Loading what={t('title')} /> : null}
        {data ? <Lanes board={data} now={now + skew} many={location === '' && (locations.data?.length ?? 0) > 1} /> : null}
      </Page>
    </div>
  );
}

function Lanes({ board, now, many }: { readonly board: FlowBoard; readonly now: number; readonly many: boolean }) {
  const root = useRef<HTMLDivElement>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const run = async (item: FlowItem, path: string, body?: unknown): Promise<void> => {
    if (busy) return;
    setBusy(item.id);
    try {
      const { data } = await post<Appointment>(path, body, { version: item.version });
      announce(t('changed', { name: item.patient_name, state: STATUS[data.status].label }));
    } catch (error) {
      showToast(error instanceof ApiError ? error.message : String(error), { danger: true });
    }
    setBusy(null);
    invalidate(['flow'], ['calendar'], ['appointment']);
    /* The card has moved to another lane: the focus goes with it. */
    setTimeout(() => root.current?.querySelector<HTMLElement>(`[data-id="${item.id}"]`)?.focus(), 350);
  };
  const step = (item: FlowItem, to: Status): void => void run(item, `appointments/${item.id}/state`, { status: to });
  const back = (item: FlowItem): void => void run(item, `appointments/${item.id}/undo`);
  const onKey = (event: KeyboardEvent, item: FlowItem): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = nextStatus(item.status);
    if (event.key === 'a' && next && item.transitions.includes(next)) step(item, next);
    else if (event.key === 'u' && can('schedule.undo')) back(item);
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') neighbour(event.currentTarget as HTMLElement, event.key === 'ArrowDown' ? 1 : -1);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div class="flow-lanes" ref={root}>
        {LANES.map((lane) => (
          <LaneView key={lane} lane={lane} items={inLane(board.items, lane)} lateAfter={board.late_after_min} now={now} many={many} busy={busy} onStep={step} onBack={back} onKey={onKey} />
        ))}
      </div>
      <p class="small muted flow-keys">{t('keys')}</p>
    </>
  );
}

function neighbour(from: HTMLElement, by: number): void {
  const cards = [...(from.closest('.flow-lanes')?.querySelectorAll<HTMLElement>('.flow-card') ?? [])];
  cards[cards.indexOf(from) + by]?.focus();
}

interface LaneProps {
  readonly lane: Lane; readonly items: readonly FlowItem[]; readonly lateAfter: number | null; readonly now: number; readonly many: boolean; readonly busy: string | null;
  readonly onStep: (item: FlowItem, to: Status) => void; readonly onBack: (item: FlowItem) => void; readonly onKey: (event: KeyboardEvent, item: FlowItem) => void;
}

function LaneView({ lane, items, ...rest }: LaneProps) {
  return (
    <section class={`flow-lane flow-${lane}`} aria-labelledby={`flow-${lane}`}>
      <h2 id={`flow-${lane}`}>{t(lane)} <span class="flow-count num">{items.length}</span></h2>
      {items.length === 0 ? <p class="muted">{t(`none.${lane}`)}</p> : <ul>{items.map((item) => <li key={item.id}><Card item={item} {...rest} /></li>)}</ul>}
    </section>
  );
}

type CardProps = Omit<LaneProps, 'lane' | 'items'> & { readonly item: FlowItem };

function Card({ item, lateAfter, now, many, busy, onStep, onBack, onKey }: CardProps) {
  const next = nextStatus(item.status);
  const said = saidOf(item, lateAfter, now);
  const late = lateBy(item, lateAfter, now) !== null;
  const name = item.patient_kind === 'self' ? item.client_name : item.patient_name;
  const steppable = next !== null && item.transitions.includes(next);
  return (
    <article class={late ? 'flow-card is-late' : 'flow-card'} data-id={item.id} tabIndex={0} style={{ '--c': item.color }} aria-label={[name, formatTime(item.start, item.time_zone), STATUS[item.status].label, said.key === 'expected' ? '' : t(`said.${said.key}`, { minutes: said.minutes })].filter(Boolean).join(', ')} onKeyDown={(event) => onKey(event, item)}>
      <p class="flow-when"><time class="num" dateTime={item.start}>{formatTime(item.start, item.time_zone, session.value?.tenant.locale)}</time>
        {said.key === 'expected' ? null : <span class={`flow-said flow-said-${said.key}`}>{late ? <Icon name="triangle-alert" size="sm" class="icon-inline" /> : null}{t(`said.${said.key}`, { minutes: said.minutes })}</span>}</p>
      <h3>{item.patient_kind === 'self' ? name : t('for', { patient: item.patient_name, client: item.client_name })}</h3>
      <p class="small muted">{item.service_name}, {t('with', { name: item.provider_name })}{many ? ` · ${item.location_name}` : ''}</p>
      <p class="flow-status small"><Icon name={STATUS[item.status].icon} size="sm" class="icon-inline" /> {STATUS[item.status].label}</p>
      <div class="flow-actions">
        {steppable && next ? <Button kind="primary" size="sm" busy={busy === item.id} icon={STATUS[next].icon} onClick={() => onStep(item, next)}>{STATUS[next].action}<span class="visually-hidden">: {name}</span></Button> : null}
        {late && item.transitions.includes('no_show') ? <Button kind="quiet" size="sm" onClick={() => onStep(item, 'no_show')}>{t('noShow')}<span class="visually-hidden">: {name}</span></Button> : null}
        {item.status !== 'scheduled' && can('schedule.undo') ? <Button kind="quiet" size="sm" icon="undo-2" aria-label={t('undo', { name })} onClick={() => onBack(item)} /> : null}
      </div>
    </article>
  );
}

/** One appointment in the grid: the card (a button) and, beside it, the button that takes it to its next state. */
import { memo } from '../app/memo';
import { Icon } from '../ui/Icon';
import type { BlockedTime, CalendarItem } from '../api/types';
import { displayName } from './names';
import { clock, type ColumnContent, type PlacedItem } from './model';
import { nextStatus, STATUS } from './status';
import { t } from '../app/text';

export interface CardProps {
  readonly placed: PlacedItem<CalendarItem>;
  /** The first minute that the grid shows. */
  readonly first: number;
  readonly name: string;
  readonly focusable: boolean;
  readonly moving: boolean;
  /** True for a moment after it was found or booked, to lead the eye. */
  readonly flash: boolean;
  readonly canWrite: boolean;
  readonly byResource: string | null;
  readonly mark: Mark | undefined;
}

/** What is known of an appointment besides itself: how it stands in Google Calendar, and how long its client has waited. */
export interface Mark { readonly sync?: 'pending' | 'synced' | 'failed'; readonly waiting?: number }

const SYNC_ICONS = { pending: 'rotate-ccw', synced: 'circle-check', failed: 'circle-alert' } as const;
const syncText = (mark: Mark): string => (mark.sync ? t(`card.sync.${mark.sync}`) : '');
const waitText = (mark: Mark): string => (mark.waiting === undefined ? '' : t('card.waits', { count: mark.waiting }));
export const seatText = (item: CalendarItem): string => (item.session ? t('card.seats', { taken: item.session.taken, count: item.session.seats }) : '');

/** What a screen reader says. It begins with what the card shows, in the same order (WCAG 2.5.3). */
export function cardLabel(placed: PlacedItem<CalendarItem>, day: string, provider: string, mark: Mark = {}): string {
  const { item } = placed;
  if (item.session) return t('card.session', { name: item.service_name, clock: clock(placed.start), seats: seatText(item), provider, day, clock2: clock(placed.end) });
  const extra = [STATUS[item.status].label, placed.share === 'part' ? t('card.part', { start: clock(placed.whole.start), end: clock(placed.whole.end) }) : '', waitText(mark), syncText(mark), item.notes ? t('card.hasNotes') : '', item.overbooked ? t('card.overbooked') : '', item.series ? t('card.oneOfASeries') : ''].filter(Boolean).join(', ');
  return t('card.until2', { displayName: displayName(item), clock: clock(placed.start), serviceName: item.service_name, provider, day, clock2: clock(placed.end), extra });
}

function Card({ placed, first, name, focusable, moving, flash, canWrite, byResource, mark = {} }: CardProps) {
  const { item, start, end, lane, share } = placed;
  const length = end - start;
  const next = canWrite && !item.session && share !== 'part' ? nextStatus(item.status) : null;
  const face = STATUS[item.status];
  const short = length < 30;
  return (
    <li
      class={`appt appt-${item.status}${short ? ' appt-short' : length >= 45 ? ' appt-tall' : ''}${lane.lanes - lane.width > 1 ? ' appt-thin' : ''}${moving ? ' appt-moving' : ''}${flash ? ' appt-flash' : ''}${item.session ? ' appt-group' : ''}${share === 'part' ? ' appt-part' : ''}`}
      style={{ '--c': item.color, '--lane': lane.lane, '--lanes': lane.lanes, '--w': lane.width, '--at': start - first, '--for': length }}
    >
      <button type="button" class="appt-card" data-id={item.id} aria-label={name} tabIndex={focusable ? 0 : -1}>
        <span class="appt-line">
          <span class="appt-name">{displayName(item)}</span>
          {short ? <span class="appt-time"> {clock(start)}</span> : null}
          {item.patient_kind === 'animal' ? <Icon name="paw-print" class="appt-flag" /> : null}
          {item.series ? <Icon name="repeat" class="appt-flag" /> : null}
          {item.notes ? <Icon name="sticky-note" class="appt-flag" /> : null}
          {item.overbooked ? <Icon name="triangle-alert" class="appt-flag" /> : null}
          {mark.sync ? <span class={`appt-sync appt-sync-${mark.sync}`} title={syncText(mark)}><Icon name={SYNC_ICONS[mark.sync]} class="appt-flag" /></span> : null}
          {item.session && short ? <span class="appt-time"> {item.session.taken}/{item.session.seats}</span> : null}
        </span>
        {' '}
        {short ? null : <span class="appt-sub"><span class="appt-time">{clock(start)}</span> {item.session ? seatText(item) : item.service_name}</span>}
        {mark.waiting !== undefined && !short ? <span class="appt-sub appt-waits">{waitText(mark)}</span> : null}
        {' '}
        {length >= 60 && byResource ? <span class="appt-sub">{byResource}</span> : null}
      </button>
      {item.session ? <span class="appt-status"><Icon name="users" /></span> : next ? (
        <button type="button" class="appt-status" tabIndex={-1} data-next={item.id} title={t('card.click', { label: face.label, action: STATUS[next].action })} aria-label={t('card.markAs2', { displayName: displayName(item), label: face.label, label2: STATUS[next].label })}>
          <Icon name={face.icon} />
        </button>
      ) : (
        <span class="appt-status" title={face.label}><Icon name={face.icon} /></span>
      )}
      {canWrite && !short && !item.session && share === 'all' ? <span class="appt-grip" data-grip={item.id} /> : null}
    </li>
  );
}

export const AppointmentCard = memo(Card);
export type Content = ColumnContent<CalendarItem, BlockedTime>;

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
}

/** What a screen reader says. It begins with what the card shows, in the same order (WCAG 2.5.3). */
export function cardLabel(placed: PlacedItem<CalendarItem>, day: string, provider: string): string {
  const { item } = placed;
  const extra = [STATUS[item.status].label, item.notes ? t('card.hasNotes') : '', item.overbooked ? t('card.overbooked') : '', item.series ? t('card.oneOfASeries') : ''].filter(Boolean).join(', ');
  return t('card.until2', { displayName: displayName(item), clock: clock(placed.start), serviceName: item.service_name, provider, day, clock2: clock(placed.end), extra });
}

function Card({ placed, first, name, focusable, moving, flash, canWrite, byResource }: CardProps) {
  const { item, start, end, lane } = placed;
  const length = end - start;
  const next = canWrite ? nextStatus(item.status) : null;
  const face = STATUS[item.status];
  const short = length < 30;
  return (
    <li
      class={`appt appt-${item.status}${short ? ' appt-short' : length >= 45 ? ' appt-tall' : ''}${lane.lanes - lane.width > 1 ? ' appt-thin' : ''}${moving ? ' appt-moving' : ''}${flash ? ' appt-flash' : ''}`}
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
        </span>
        {' '}
        {short ? null : <span class="appt-sub"><span class="appt-time">{clock(start)}</span> {item.service_name}</span>}
        {' '}
        {length >= 60 && byResource ? <span class="appt-sub">{byResource}</span> : null}
      </button>
      {next ? (
        <button type="button" class="appt-status" tabIndex={-1} data-next={item.id} title={t('card.click', { label: face.label, action: STATUS[next].action })} aria-label={t('card.markAs2', { displayName: displayName(item), label: face.label, label2: STATUS[next].label })}>
          <Icon name={face.icon} />
        </button>
      ) : (
        <span class="appt-status" title={face.label}><Icon name={face.icon} /></span>
      )}
      {canWrite && !short ? <span class="appt-grip" data-grip={item.id} /> : null}
    </li>
  );
}

export const AppointmentCard = memo(Card);
export type Content = ColumnContent<CalendarItem, BlockedTime>;

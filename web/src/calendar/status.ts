/** Words, icons and the usual next step of each state. Colour is never the only sign: every state has an icon and a word. */
import type { Status } from '../api/types';
import type { IconName } from '../ui/icons';

export interface StatusFace {
  readonly label: string;
  readonly icon: IconName;
  /** What the button that leads to this state says. */
  readonly action: string;
}

export const STATUS: Readonly<Record<Status, StatusFace>> = {
  pending_payment: { label: 'Awaiting payment', icon: 'wallet', action: 'Wait for payment' },
  scheduled: { label: 'Scheduled', icon: 'clock', action: 'Back to scheduled' },
  confirmed: { label: 'Confirmed', icon: 'circle-check', action: 'Confirm' },
  checked_in: { label: 'Arrived', icon: 'map-pin', action: 'Arrived' },
  in_progress: { label: 'In chair', icon: 'stethoscope', action: 'In chair' },
  completed: { label: 'Done', icon: 'check', action: 'Done' },
  cancelled: { label: 'Cancelled', icon: 'ban', action: 'Cancel' },
  no_show: { label: 'No-show', icon: 'eye-off', action: 'No-show' },
  expired: { label: 'Expired', icon: 'calendar-x', action: 'Expire' },
  requested: { label: 'Requested', icon: 'circle-help', action: 'Request' },
  declined: { label: 'Declined', icon: 'ban', action: 'Decline' },
};

const NEXT: Partial<Record<Status, Status>> = { scheduled: 'checked_in', confirmed: 'checked_in', checked_in: 'in_progress', in_progress: 'completed' };

/** What one click on the status of a card does, or null. */
export function nextStatus(status: Status): Status | null {
  return NEXT[status] ?? null;
}

/** True when the appointment takes nobody's time any more. */
export function isDead(status: string): boolean {
  return isHiddenByDefault(status) || status === 'no_show';
}

/** States that are left out of the calendar unless asked for. */
export function isHiddenByDefault(status: string): boolean {
  return status === 'cancelled' || status === 'expired' || status === 'declined';
}

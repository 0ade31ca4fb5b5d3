/** Words, icons and the usual next step of each state. Colour is never the only sign: every state has an icon and a word. */
import type { Status } from '../api/types';
import type { IconName } from '../ui/icons';
import { t } from '../app/text';

export interface StatusFace {
  readonly label: string;
  readonly icon: IconName;
  /** What the button that leads to this state says. */
  readonly action: string;
}

export const STATUS: Readonly<Record<Status, StatusFace>> = {
  pending_payment: { label: t('status.awaitingPayment'), icon: 'wallet', action: t('status.waitForPayment') },
  scheduled: { label: t('status.scheduled'), icon: 'clock', action: t('status.backToScheduled') },
  confirmed: { label: t('status.confirmed'), icon: 'circle-check', action: t('status.confirm') },
  checked_in: { label: t('status.arrived'), icon: 'map-pin', action: t('status.arrived') },
  in_progress: { label: t('status.inChair'), icon: 'stethoscope', action: t('status.inChair') },
  completed: { label: t('columns.done'), icon: 'check', action: t('columns.done') },
  cancelled: { label: t('existingAppointment.cancelled'), icon: 'ban', action: t('newAppointment.cancel') },
  no_show: { label: t('status.noShow'), icon: 'eye-off', action: t('status.noShow') },
  expired: { label: t('status.expired'), icon: 'calendar-x', action: t('status.expire') },
  requested: { label: t('status.requested'), icon: 'circle-help', action: t('status.request') },
  declined: { label: t('status.declined'), icon: 'ban', action: t('status.decline') },
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

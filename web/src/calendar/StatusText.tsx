/** The state of an appointment: a sign and a word. */
import type { CalendarItem } from '../api/types';
import { Icon } from '../ui/Icon';
import { STATUS } from './status';

export function StatusText({ status }: { readonly status: CalendarItem['status'] }) {
  return <span class={`status status-${status}`}><Icon name={STATUS[status].icon} />{STATUS[status].label}</span>;
}

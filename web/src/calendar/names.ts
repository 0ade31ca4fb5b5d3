import type { CalendarItem } from '../api/types';

/** Who is treated; with the client behind it when that is somebody else. */
export function displayName(item: Pick<CalendarItem, 'client_name' | 'patient_name' | 'patient_kind'>): string {
  return item.patient_kind === 'self' || item.patient_name === item.client_name ? item.client_name : `${item.patient_name} (${item.client_name})`;
}

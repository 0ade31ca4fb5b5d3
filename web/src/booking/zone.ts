/** The zone times are shown in: one for the whole page, remembered for the visit. */
import { signal } from '@preact/signals';
import { browserZone, isZone, sameClock, zoneCity, zoneOffset } from '../lib/time';
import { locale, t } from './text';

export const zone = signal(browserZone());

/** A visitor whose clock agrees with the clinic's reads the clinic's city, not another one of the same time. */
export function settleZone(clinicZone: string): void {
  const half = Date.now() + 182 * 86_400_000;
  if (isZone(clinicZone) && sameClock(zone.value, clinicZone) && sameClock(zone.value, clinicZone, half)) zone.value = clinicZone;
}

/** "Berlin time (GMT+1)": the offset is the one of that instant. */
export function zoneName(name: string, at: string | number): string {
  return t('zone.name', { city: zoneCity(name), offset: zoneOffset(name, at, locale()) });
}
export function zoneSentence(name: string, at: string | number): string {
  return t('zone.in', { zone: zoneName(name, at) });
}

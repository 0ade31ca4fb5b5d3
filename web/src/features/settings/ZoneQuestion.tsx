/** A location gets another zone while something lies ahead: what should stay? And, when that cannot be, what is in the way of whom. */
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { formatDate, showClock, wallTime, zoneCity } from '../../lib/time';
import { t } from './text';

export type Keep = 'instants' | 'wall_times';
export interface Ahead { readonly appointments: number; readonly blocked: number; readonly sessions: number; readonly series: number }
export interface ZoneConflict {
  readonly moving_id: string; readonly moving_client: string | null; readonly moving_service: string | null; readonly from: string; readonly to: string;
  readonly subject_name: string | null; readonly what: string; readonly start: string; readonly client_name: string | null; readonly location_name: string | null;
}
export interface ZoneRefusal { readonly message: string; readonly conflicts: readonly ZoneConflict[] }

interface Props {
  readonly ahead: Ahead; readonly failed: ZoneRefusal | null; readonly oldZone: string; readonly newZone: string;
  readonly onDecide: (keep: Keep) => void; readonly onClose: () => void;
}

export function whenIn(instant: string, zone: string): string {
  const wall = wallTime(instant, zone);
  return `${formatDate(wall.date, 'short')}, ${showClock(wall.minutes)}`;
}

export function ZoneQuestion({ ahead, failed, oldZone, newZone, onDecide, onClose }: Props) {
  return (
    <Dialog
      title={t('locations.keepTitle')} closeLabel={t('locations.keepClose')} onClose={onClose}
      foot={<><Button onClick={() => onDecide('instants')}>{t('locations.keepInstants')}</Button><Button kind="primary" onClick={() => onDecide('wall_times')}>{t('locations.keepTimes')}</Button></>}
    >
      <div class="stack">
        {failed ? (
          <div role="alert">
            <p><strong>{failed.message}</strong></p>
            {failed.conflicts.length > 0 ? (
              <ul class="conflicts">
                {failed.conflicts.map((c, index) => (
                  <li key={index}>
                    <span>{t('zones.conflict', {
                      moving: c.moving_client ?? c.moving_service ?? t('zones.blocked'), from: whenIn(c.from, oldZone),
                      who: c.subject_name ?? t('zones.somebody'), other: [c.client_name ?? t(`zones.what.${c.what}` as 'zones.what.blocked'), c.location_name].filter(Boolean).join(', '), start: whenIn(c.start, newZone),
                    })}</span>
                  </li>
                ))}
              </ul>
            ) : null}
          </div>
        ) : null}
        <p>{t('locations.keepAhead', { appointments: ahead.appointments, blocked: ahead.blocked, sessions: ahead.sessions })}</p>
        <p>{t('locations.keepTimesText', { city: zoneCity(newZone) })}</p>
        <p>{t('locations.keepInstantsText')}{ahead.series > 0 ? ` ${t('zones.seriesKeep', { city: zoneCity(oldZone) })}` : ''}</p>
      </div>
    </Dialog>
  );
}

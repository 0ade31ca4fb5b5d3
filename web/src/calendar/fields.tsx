/** Date, time, length, provider and chair, with a look at the server whether that time is free. */
import { useEffect, useState } from 'preact/hooks';
import { get } from '../api/client';
import type { Conflict, Provider, Resource, Service, Slot } from '../api/types';
import { zone } from '../app/session';
import { browserZone, clockOf, instantOf, isPlainDate, minutesOf, sameClock, toInstantText, wallTime, zoneCity, zoneOffset } from '../lib/time';
import { SelectField, TextField } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { ConflictList, NextTimes } from './ConflictDialog';
import { t } from '../app/text';

export interface When {
  readonly date: string;
  readonly time: string;
  /** Minutes, as text of the field. */
  readonly length: string;
  readonly providerId: string;
  readonly resourceId: string;
}

export type WhenErrors = Partial<Record<keyof When, string>>;

export function checkWhen(when: When): WhenErrors {
  const errors: { -readonly [K in keyof When]?: string } = {};
  if (!isPlainDate(when.date)) errors.date = t('fields.chooseADay');
  if (Number.isNaN(minutesOf(when.time))) errors.time = t('fields.chooseATime');
  const length = Number(when.length);
  if (!Number.isInteger(length) || length < 5 || length > 1440) errors.length = t('fields.between5And1440');
  return errors;
}

/** The instants of what the fields say; null while they say nothing valid. */
export function instantsOf(when: When, timeZone: string): { start: string; end: string } | null {
  if (Object.keys(checkWhen(when)).length > 0) return null;
  const start = instantOf(when.date, minutesOf(when.time), timeZone);
  return { start: toInstantText(start), end: toInstantText(start + Number(when.length) * 60_000) };
}

export function whenOf(start: string, end: string, timeZone: string): Pick<When, 'date' | 'time' | 'length'> {
  const wall = wallTime(start, timeZone);
  return { date: wall.date, time: clockOf(wall.minutes), length: String(Math.round((Date.parse(end) - Date.parse(start)) / 60_000)) };
}

interface FieldsProps {
  readonly when: When;
  readonly errors: WhenErrors;
  readonly prefix: string;
  readonly providers: readonly Provider[];
  readonly resources: readonly Resource[];
  readonly service: Service | null;
  readonly anyProvider: boolean;
  /** The length is the service's. */
  readonly fixedLength?: boolean;
  /** Whose clock the fields show. */
  readonly timeZone: string;
  readonly onChange: (changes: Partial<When>) => void;
}

export function WhenFields({ when, errors, prefix, providers, resources, service, anyProvider, fixedLength = false, timeZone, onChange }: FieldsProps) {
  const able = providers.filter((p) => p.id === when.providerId || !service || service.provider_ids.length === 0 || service.provider_ids.includes(p.id));
  const differs = !sameClock(browserZone(), timeZone) || !sameClock(zone.value, timeZone);
  return (
    <>
      <div class="when-row">
        <TextField id={`${prefix}-date`} type="date" label={t('existingAppointment.date')} required value={when.date} error={errors.date} onValue={(date) => onChange({ date })} />
        <TextField id={`${prefix}-time`} type="time" label={t('print.time')} step={300} required value={when.time} error={errors.time} onValue={(time) => onChange({ time })} />
        <TextField id={`${prefix}-length`} type="number" label={t('existingAppointment.minutes')} min={5} max={1440} step={5} required disabled={fixedLength} value={fixedLength ? String(service?.duration_min ?? '') : when.length} error={errors.length} onValue={(length) => onChange({ length })} />
      </div>
      {differs ? <p class="field-hint"><Icon name="globe" size="sm" class="icon-inline" /> {t('fields.timeOf', { city: zoneCity(timeZone), offset: zoneOffset(timeZone) })}</p> : null}
      <div class="pair">
        <SelectField id={`${prefix}-providerId`} label={t('provider')} value={when.providerId} onValue={(providerId) => onChange({ providerId })}>
          {anyProvider ? <option value="">{t('fields.whoeverIsFree')}</option> : null}
          {able.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
        </SelectField>
        {resources.length > 0 ? (
          <SelectField id={`${prefix}-resourceId`} label={t('print.chair')} value={when.resourceId} onValue={(resourceId) => onChange({ resourceId })}>
            <option value="">{service && !service.resource_kind ? t('fields.none') : t('fields.whicheverIsFree')}</option>
            {resources.map((r) => <option key={r.id} value={r.id}>{r.name}</option>)}
          </SelectField>
        ) : null}
      </div>
    </>
  );
}

export type Check = { readonly state: 'idle' | 'checking' | 'free' } | { readonly state: 'taken'; readonly conflicts: readonly Conflict[]; readonly next: readonly Slot[] };

interface CheckInput { readonly when: When; readonly serviceId: string; readonly timeZone: string; readonly locationId?: string; readonly patientId?: string; readonly except?: string }

const WAIT_MS = 300;

/** Asks the server a moment after the last change. */
export function useCheck(input: CheckInput, wanted: boolean): Check {
  const [check, setCheck] = useState<Check>({ state: 'idle' });
  const times = instantsOf(input.when, input.timeZone);
  const key = wanted && times && input.serviceId && input.when.providerId ? JSON.stringify([times, input.serviceId, input.when.providerId, input.patientId ?? '', input.locationId ?? '']) : '';
  useEffect(() => {
    if (key === '' || !times) {
      setCheck({ state: 'idle' });
      return undefined;
    }
    const control = new AbortController();
    setCheck({ state: 'checking' });
    const timer = setTimeout(() => {
      get<{ free: boolean; conflicts: Conflict[]; next: Slot[] }>('calendar/conflicts', {
        query: { service_id: input.serviceId, provider_id: input.when.providerId, start: times.start, duration_min: Number(input.when.length), location_id: input.locationId, patient_id: input.patientId, except: input.except },
        signal: control.signal,
      }).then(
        ({ data }) => setCheck(data.free ? { state: 'free' } : { state: 'taken', conflicts: data.conflicts, next: data.next }),
        // Only advice: saving asks again, and the server refuses what cannot be.
        () => { if (!control.signal.aborted) setCheck({ state: 'idle' }); },
      );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [key]);
  return check;
}

export function CheckLine({ check, timeZone, onTake }: { readonly check: Check; readonly timeZone: string; readonly onTake: (slot: Slot) => void }) {
  return (
    <div class="check-line" role="status">
      {check.state === 'free' ? <p class="check-free"><Icon name="circle-check" size="sm" /> {t('fields.theTimeIsFree')}</p> : null}
      {check.state === 'checking' ? <p class="muted small">{t('fields.lookingWhetherTheTime')}</p> : null}
      {check.state === 'taken' ? (
        <div class="notice notice-warn">
          <Icon name="triangle-alert" />
          <div>
            <p class="notice-title">{t('fields.theTimeIsTaken')}</p>
            <ConflictList conflicts={check.conflicts} timeZone={timeZone} />
            {check.next.length > 0 ? (
              <>
                <p>{t('fields.nextFreeTimes')}</p>
                <NextTimes slots={check.next} onTake={onTake} />
              </>
            ) : null}
          </div>
        </div>
      ) : null}
    </div>
  );
}

import { useEffect, useRef } from 'preact/hooks';
import type { PublicClinic, Slot } from '../api/types';
import { Button } from '../ui/Button';
import { Notice } from '../ui/Notice';
import { nearest } from './slots';
import { whenText } from './Summary';
import { t } from './text';
import { zone } from './zone';
import { ZoneSwitch } from './ZoneSwitch';

export interface TakenTime {
  start: string;
  next: Slot[];
}

const OFFERED = 3;

interface Props {
  clinic: Pick<PublicClinic, 'time_zone'>;
  taken: TakenTime;
  /** The visitor has written something that is kept. */
  keeps: boolean;
  busyStart: string | null;
  onSlot: (slot: Slot) => void;
  onOther?: () => void;
}

/** Somebody was faster: the nearest free times, and everything else as it was. */
export function Taken({ clinic, taken, keeps, busyStart, onSlot, onOther }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => { box.current?.focus(); }, [taken]);
  const offers = nearest(taken.next, taken.start, OFFERED);
  return (
    <Notice tone="warn" icon="calendar-clock" title={t('taken.title')} live noticeRef={box}>
      <p>{offers.length === 0 ? t('taken.none') : keeps ? t('taken.text') : t('taken.text.time')}</p>
      {offers.length > 0 ? (
        <>
          <div class="b-offers">
            {offers.map((slot) => (
              <Button key={slot.start} size="sm" busy={busyStart === slot.start} onClick={() => onSlot(slot)}>{whenText(slot.start)}</Button>
            ))}
          </div>
          <ZoneSwitch key={zone.value} clinicZone={clinic.time_zone} at={taken.start} />
        </>
      ) : null}
      {onOther ? <button type="button" class="link-btn" onClick={onOther}>{t('taken.other')}</button> : null}
    </Notice>
  );
}

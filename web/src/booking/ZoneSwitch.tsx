import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../ui/Icon';
import { browserZone, zoneCity } from '../lib/time';
import { t } from './text';
import { zone, zoneSentence } from './zone';

interface Props {
  clinicZone: string;
  /** The instant whose offset is shown. */
  at: string | number;
}

function allZones(): string[] {
  try {
    return Intl.supportedValuesOf('timeZone');
  } catch {
    return ['UTC'];
  }
}

/** Says the zone beside a list of times, and changes it. What was chosen stays the same instant. */
export function ZoneSwitch({ clinicZone, at }: Props) {
  const [open, setOpen] = useState(false);
  const select = useRef<HTMLSelectElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const touched = useRef(false);
  useEffect(() => {
    if (open) select.current?.focus();
    else if (touched.current) button.current?.focus();
  }, [open]);
  const own = browserZone();
  if (!open) {
    return (
      <p class="b-zone">
        <Icon name="globe" size="sm" />
        <span>{zoneSentence(zone.value, at)}</span>
        <button type="button" class="link-btn" ref={button} aria-label={`${t('change')}: ${t('zone.label')}`} onClick={() => { touched.current = true; setOpen(true); }}>{t('change')}</button>
      </p>
    );
  }
  return (
    <p class="b-zone">
      <Icon name="globe" size="sm" />
      <select
        ref={select}
        class="input"
        aria-label={t('zone.label')}
        value={zone.value}
        onChange={(event) => { zone.value = event.currentTarget.value; }}
        onKeyDown={(event) => { if (event.key === 'Escape' || event.key === 'Enter') setOpen(false); }}
        onBlur={() => { touched.current = false; setOpen(false); }}
      >
        <optgroup label={t('zone.suggested')}>
          <option value={clinicZone}>{t('zone.theirs', { zone: zoneCity(clinicZone) })}</option>
          {own !== clinicZone ? <option value={own}>{t('zone.yours', { zone: zoneCity(own) })}</option> : null}
        </optgroup>
        <optgroup label={t('zone.all')}>
          {allZones().filter((name) => name !== own && name !== clinicZone).map((name) => <option key={name} value={name}>{name.replace(/_/g, ' ')}</option>)}
        </optgroup>
      </select>
    </p>
  );
}

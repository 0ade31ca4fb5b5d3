/** Who and where: only shown when there is a choice. */
import type { PublicClinic, PublicService } from '../api/types';
import { Avatar } from '../ui/Avatar';
import { SelectField } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { t } from './text';

const CHIPS_MAX = 6;

export const peopleOf = (clinic: PublicClinic, service: PublicService) => clinic.providers.filter((one) => service.provider_ids.includes(one.id));

interface PeopleProps {
  clinic: PublicClinic;
  service: PublicService;
  provider: string | null;
  onProvider: (id: string | null) => void;
}

export function People({ clinic, service, provider, onProvider }: PeopleProps) {
  const people = peopleOf(clinic, service);
  if (people.length < 2) return null;
  if (people.length > CHIPS_MAX) {
    return (
      <SelectField label={t('provider.label')} value={provider ?? ''} onValue={(id) => onProvider(id === '' ? null : id)}>
        <option value="">{service.any_provider ? t('provider.any') : '—'}</option>
        {people.map((one) => <option key={one.id} value={one.id}>{[one.name, one.title].filter(Boolean).join(', ')}</option>)}
      </SelectField>
    );
  }
  return (
    <fieldset class="b-people">
      <legend class="field-label">{t('provider.label')}</legend>
      <div class="b-chips">
        {service.any_provider ? (
          <label class="b-chip">
            <input type="radio" name="provider" value="" checked={provider === null} onChange={() => onProvider(null)} />
            <span class="avatar" aria-hidden="true"><Icon name="users" size="sm" /></span>
            <span class="b-chip-text">{t('provider.any')}</span>
          </label>
        ) : null}
        {people.map((one) => (
          <label class="b-chip" key={one.id}>
            <input type="radio" name="provider" value={one.id} checked={provider === one.id} onChange={() => onProvider(one.id)} />
            <Avatar name={one.name} />
            <span class="b-chip-text">{one.name}{one.title ? <small>{one.title}</small> : null}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface PlacesProps {
  clinic: PublicClinic;
  location: string | null;
  onLocation: (id: string | null) => void;
}

export function Places({ clinic, location, onLocation }: PlacesProps) {
  if (clinic.locations.length < 2) return null;
  return (
    <div class="b-places">
      <SelectField label={t('location.label')} value={location ?? ''} onValue={(id) => onLocation(id === '' ? null : id)}>
        <option value="">{t('location.any')}</option>
        {clinic.locations.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
      </SelectField>
    </div>
  );
}

/** "Tell me when an earlier time is free": what would suit, and who to write to. Fetched when somebody asks for it. */
import { useRef, useState } from 'preact/hooks';
import { post } from '../api/client';
import type { PublicClinic, PublicService } from '../api/types';
import { Button } from '../ui/Button';
import { ErrorSummary } from '../ui/ErrorSummary';
import { SelectField, TextField } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { useForm } from '../ui/useForm';
import { peopleOf } from './Choices';
import { m } from './more';
import { Once } from './once';
import { ScreenHead } from './Shell';
import { locale, t } from './text';
import { DAY_PARTS, windowsOf, type Part } from './waits';

const NOTICES = ['60', '240', '1440', '2880'] as const;
const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** 1 is Monday, as is the first of January 2024. */
export const dayName = (day: number): string => new Intl.DateTimeFormat(locale(), { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, day));

function toggled<T>(set: ReadonlySet<T>, one: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(one)) next.add(one);
  return next;
}

interface Props {
  clinic: PublicClinic;
  service: PublicService;
  provider: string | null;
  location: string | null;
  onBack: () => void;
}

export function WaitForm({ clinic, service, provider, location, onBack }: Props) {
  const [days, setDays] = useState<ReadonlySet<number>>(new Set());
  const [parts, setParts] = useState<ReadonlySet<Part>>(new Set());
  const [done, setDone] = useState(false);
  const once = useRef(new Once());
  const people = peopleOf(clinic, service);
  const form = useForm({
    initial: { provider: provider ?? '', location: location ?? '', not_after: '', notice: '240', name: '', email: '', phone: '' },
    fieldOf: (path) => ({ provider_id: 'provider', location_id: 'location', min_notice_min: 'notice' })[path] ?? (path.split('.').pop() ?? path),
    submit: async (values) => {
      const wish = {
        service_id: service.id, windows: windowsOf(days, parts), min_notice_min: Number(values.notice),
        ...(values.provider ? { provider_id: values.provider } : {}), ...(values.location ? { location_id: values.location } : {}),
        ...(values.not_after ? { not_after: values.not_after } : {}),
        client: { name: values.name.trim(), email: values.email.trim(), ...(values.phone.trim() ? { phone: values.phone.trim() } : {}) },
      };
      await post(`public/${encodeURIComponent(clinic.slug)}/waitlist`, wish, { idempotencyKey: once.current.keyFor(wish) });
      once.current.forget();
      setDone(true);
    },
  });
  if (done) {
    return (
      <div class="b-done">
        <span class="b-seal"><Icon name="check" /></span>
        <ScreenHead title={m('wait.done')} clinicName={clinic.name}><p class="muted">{m('wait.done.text', { email: form.values.email.trim() })}</p></ScreenHead>
        <p><Button onClick={onBack}>{m('wait.times')}</Button></p>
      </div>
    );
  }
  const labels = { provider: t('provider.label'), location: t('location.label'), not_after: m('wait.until'), notice: m('wait.notice'), name: t('details.name'), email: t('details.email'), phone: t('details.phone') };
  return (
    <>
      <ScreenHead title={m('wait.title')} clinicName={clinic.name} onBack={onBack}><p class="muted">{m('wait.lead', { service: service.name })}</p></ScreenHead>
      <form class="form" noValidate onSubmit={form.onSubmit}>
        <ErrorSummary form={form} title={(count) => t('details.errors', { count })} labels={labels} />
        {people.length > 1 ? (
          <SelectField {...form.bind('provider')} label={labels.provider}>
            <option value="">{t('provider.any')}</option>
            {people.map((one) => <option key={one.id} value={one.id}>{[one.name, one.title].filter(Boolean).join(', ')}</option>)}
          </SelectField>
        ) : null}
        {clinic.locations.length > 1 ? (
          <SelectField {...form.bind('location')} label={labels.location}>
            <option value="">{t('location.any')}</option>
            {clinic.locations.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </SelectField>
        ) : null}
        <Boxes legend={m('wait.days')} all={DAYS} chosen={days} word={dayName} onToggle={(day) => setDays(toggled(days, day))} />
        <Boxes legend={m('wait.parts')} all={DAY_PARTS} chosen={parts} word={(part) => m(`wait.${part}`)} onToggle={(part) => setParts(toggled(parts, part))} />
        <div class="form-row">
          <SelectField {...form.bind('notice')} label={labels.notice}>
            {NOTICES.map((minutes) => <option key={minutes} value={minutes}>{m(`wait.notice.${minutes}`)}</option>)}
          </SelectField>
          <TextField {...form.bind('not_after')} label={labels.not_after} optional={t('optional')} type="date" />
        </div>
        <TextField {...form.bind('name')} label={labels.name} autocomplete="name" required maxLength={120} pattern=".*\S.*" data-invalid={t('details.required')} />
        <div class="form-row">
          <TextField {...form.bind('email')} label={labels.email} type="email" inputMode="email" autocomplete="email" autocapitalize="none" spellcheck={false} required maxLength={254} data-invalid={t('details.email.invalid')} />
          <TextField {...form.bind('phone')} label={labels.phone} optional={t('optional')} type="tel" inputMode="tel" autocomplete="tel" maxLength={40} />
        </div>
        <Button kind="primary" size="lg" type="submit" busy={form.busy} class="b-submit">{m('wait.submit')}</Button>
      </form>
    </>
  );
}

interface BoxesProps<T> {
  legend: string;
  all: readonly T[];
  chosen: ReadonlySet<T>;
  word: (one: T) => string;
  onToggle: (one: T) => void;
}

/** None ticked is as good as all. */
function Boxes<T extends string | number>({ legend, all, chosen, word, onToggle }: BoxesProps<T>) {
  return (
    <fieldset class="b-people">
      <legend class="field-label">{legend} <span class="field-optional">({m('wait.any')})</span></legend>
      <div class="b-chips">
        {all.map((one) => (
          <label key={one} class="b-chip">
            <input type="checkbox" checked={chosen.has(one)} onChange={() => onToggle(one)} />
            <span class="b-chip-text">{word(one)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

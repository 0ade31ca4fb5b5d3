/** Further services of one visit, each right after the one before. */
import { useEffect, useRef } from 'preact/hooks';
import type { Provider, Service } from '../../api/types';
import { texts } from '../../app/text';
import { Button } from '../../ui/Button';
import { SelectField } from '../../ui/Field';
import en from './en.json';

const t = texts(en);

export interface Further { readonly serviceId: string; readonly providerId: string }

interface Props { readonly list: readonly Further[]; readonly first: Service; readonly services: readonly Service[]; readonly providers: readonly Provider[]; readonly onChange: (list: readonly Further[]) => void }

export function Several({ list, first, services, providers, onChange }: Props) {
  const box = useRef<HTMLFieldSetElement>(null);
  const change = (index: number, changes: Partial<Further>): void => onChange(list.map((one, i) => (i === index ? { ...one, ...changes } : one)));
  const remove = (index: number): void => onChange(list.filter((_, i) => i !== index));
  useEffect(() => { box.current?.querySelector<HTMLElement>('li:last-child select')?.focus(); }, [list.length]);
  const minutes = [first, ...list.map((one) => services.find((s) => s.id === one.serviceId))].reduce((sum, s) => sum + (s?.duration_min ?? 0), 0);
  return (
    <fieldset ref={box} class="stack-sm">
      <legend class="field-label">{t('services.label', { count: list.length })}</legend>
      <ol class="stack-sm several">
        {list.map((one, index) => {
          const n = index + 2;
          const service = services.find((s) => s.id === one.serviceId);
          return (
            <li key={index}>
              <SelectField id={`na-service-${n}`} label={t('service', { n })} value={one.serviceId} onValue={(serviceId) => change(index, { serviceId, providerId: '' })}>
                {services.map((s) => <option key={s.id} value={s.id}>{s.name} · {t('minutes', { minutes: s.duration_min })}</option>)}
              </SelectField>
              <SelectField id={`na-provider-${n}`} label={t('provider')} value={one.providerId} onValue={(providerId) => change(index, { providerId })}>
                <option value="">{t('same')}</option>
                {providers.filter((p) => service?.provider_ids.includes(p.id)).map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
              </SelectField>
              <Button kind="quiet" icon="x" aria-label={t('remove', { n })} onClick={() => remove(index)} />
            </li>
          );
        })}
      </ol>
      <p class="field-hint">{t('all', { minutes })}</p>
    </fieldset>
  );
}

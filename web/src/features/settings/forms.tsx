/** What the sections of the settings share. */
import { can } from '../../app/session';
import { FormFrame as Frame } from '../../app/ui/FormFrame';
import { ColorField as Colour } from '../../ui/Inputs';
import { Icon } from '../../ui/Icon';
import type { ComponentProps } from 'preact';
import type { Form } from '../../ui/useForm';
import { t } from './text';

export { numberOf, textOrNull, withVersion } from '../../app/ui/FormFrame';
export { Check, Chips } from '../../ui/Choices';
export { NumberField } from '../../ui/Inputs';

export const mayWrite = (): boolean => can('settings.write');

type FrameProps<V extends Record<string, string>> = Omit<ComponentProps<typeof Frame<V>>, 'canWrite'> & { readonly form: Form<V> };

export function FormFrame<V extends Record<string, string>>(props: FrameProps<V>) {
  return <Frame {...props} canWrite={mayWrite()} />;
}

type ColourProps = Omit<ComponentProps<typeof Colour>, 'chooseLabel' | 'invalid'>;

export function ColorField(props: ColourProps) {
  return <Colour {...props} chooseLabel={t('forms.choose', { label: props.label })} invalid={t('forms.aColourIsAnd')} />;
}

export function Back({ to, label }: { readonly to: string; readonly label: string }) {
  return <a class="crumb" href={to}><Icon name="chevron-left" size="sm" /> {label}</a>;
}

/** The choice of IANA zones that the browser knows. */
export function zones(current: string): readonly string[] {
  const known = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
  return known.includes(current) ? known : [current, ...known];
}

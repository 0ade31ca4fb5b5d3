import type { IconName } from './icons';

interface Props {
  name: IconName;
  size?: 'sm' | 'lg';
  class?: string;
  /** Only for an icon that stands alone; beside a text it is decoration. */
  label?: string;
}

export function Icon({ name, size, class: extra, label }: Props) {
  const classes = ['icon', size ? `icon-${size}` : '', extra ?? ''].filter(Boolean).join(' ');
  return (
    <svg class={classes} aria-hidden={label ? undefined : 'true'} role={label ? 'img' : undefined} aria-label={label} focusable="false">
      <use href={`${ICONS_URL}#${name}`} />
    </svg>
  );
}

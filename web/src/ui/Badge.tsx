/** A short word about a thing: a state, a number. The colour repeats what the word says, and never says it alone. */
import type { ComponentChildren } from 'preact';
import { Icon } from './Icon';
import type { IconName } from './icons';

export type BadgeTone = 'plain' | 'ok' | 'info' | 'warn' | 'danger';

export function Badge({ tone = 'plain', icon, children }: { readonly tone?: BadgeTone; readonly icon?: IconName; readonly children: ComponentChildren }) {
  return <span class={tone === 'plain' ? 'badge' : `badge badge-${tone}`}>{icon ? <Icon name={icon} size="sm" /> : null}{children}</span>;
}

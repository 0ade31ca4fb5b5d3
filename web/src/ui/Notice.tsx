import type { ComponentChildren, Ref } from 'preact';
import { Icon } from './Icon';
import type { IconName } from './icons';

export type Tone = 'danger' | 'warn' | 'ok' | 'info' | 'plain';

const ICONS: Record<Tone, IconName> = { danger: 'circle-alert', warn: 'triangle-alert', ok: 'circle-check', info: 'info', plain: 'info' };

interface Props {
  tone?: Tone;
  icon?: IconName;
  title?: string;
  /** Says it at once to screen readers; for what appears after an action. */
  live?: boolean;
  noticeRef?: Ref<HTMLDivElement>;
  children?: ComponentChildren;
}

export function Notice({ tone = 'plain', icon, title, live = false, noticeRef, children }: Props) {
  return (
    <div class={`notice notice-${tone}`} role={live ? 'alert' : undefined} tabIndex={noticeRef ? -1 : undefined} ref={noticeRef}>
      <Icon name={icon ?? ICONS[tone]} />
      <div>
        {title ? <p class="notice-title">{title}</p> : null}
        {children}
      </div>
    </div>
  );
}

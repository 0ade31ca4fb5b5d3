/**
 * The sections of the settings, in the order of their menu. One line each: address below /app/settings, name, icon,
 * permission (null: everybody) and the part that is loaded for it.
 */
import type { ComponentType } from 'preact';
import type { Permission } from '../../api/types';
import type { IconName } from '../../ui/icons';

export interface SectionProps { readonly id: string | null }

export interface Section {
  readonly name: string;
  readonly label: string;
  readonly icon: IconName;
  readonly permission: Permission | null;
  readonly group: 'Clinic' | 'You';
  readonly load: () => Promise<{ readonly default: ComponentType<SectionProps> }>;
}

export const SECTIONS: readonly Section[] = [
  { name: 'clinic', label: 'Clinic', icon: 'building-2', permission: 'settings.read', group: 'Clinic', load: () => import('./Clinic') },
  { name: 'locations', label: 'Locations', icon: 'map-pin', permission: 'settings.read', group: 'Clinic', load: () => import('./Locations') },
  { name: 'services', label: 'Services', icon: 'list', permission: 'settings.read', group: 'Clinic', load: () => import('./services') },
  { name: 'providers', label: 'Providers', icon: 'stethoscope', permission: 'settings.read', group: 'Clinic', load: () => import('./Providers') },
  { name: 'resources', label: 'Chairs and rooms', icon: 'monitor', permission: 'settings.read', group: 'Clinic', load: () => import('./Resources') },
  { name: 'closures', label: 'Closed days', icon: 'calendar-off', permission: 'settings.read', group: 'Clinic', load: () => import('./Closures') },
  { name: 'reminders', label: 'Reminders', icon: 'bell', permission: 'settings.read', group: 'Clinic', load: () => import('./Reminders') },
  { name: 'visits', label: 'Desk and video', icon: 'clock', permission: 'settings.read', group: 'Clinic', load: () => import('./Visits') },
  { name: 'team', label: 'Team', icon: 'users', permission: 'team.read', group: 'Clinic', load: () => import('./Team') },
  { name: 'sessions', label: 'Your sign-in', icon: 'shield-check', permission: null, group: 'You', load: () => import('./Sessions') },
];

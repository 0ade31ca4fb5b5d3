/**
 * The sections of the settings, in the order of their menu. One line each: address below /app/settings, name, icon,
 * permission (null: everybody) and the part that is loaded for it.
 */
import type { ComponentType } from 'preact';
import type { Permission } from '../../api/types';
import type { IconName } from '../../ui/icons';
import { t } from './text';

export interface SectionProps { readonly id: string | null }

export interface Section {
  readonly name: string;
  readonly label: string;
  readonly icon: IconName;
  readonly permission: Permission | null;
  readonly group: 'clinic' | 'you';
  readonly load: () => Promise<{ readonly default: ComponentType<SectionProps> }>;
}

export const SECTIONS: readonly Section[] = [
  { name: 'clinic', label: t('clinic.clinic'), icon: 'building-2', permission: 'settings.read', group: 'clinic', load: () => import('./Clinic') },
  { name: 'locations', label: t('locations.locations'), icon: 'map-pin', permission: 'settings.read', group: 'clinic', load: () => import('./Locations') },
  { name: 'services', label: t('services.title'), icon: 'list', permission: 'settings.read', group: 'clinic', load: () => import('./services') },
  { name: 'providers', label: t('sections.providers'), icon: 'stethoscope', permission: 'settings.read', group: 'clinic', load: () => import('./Providers') },
  { name: 'resources', label: t('resources.chairsAndRooms'), icon: 'monitor', permission: 'settings.read', group: 'clinic', load: () => import('./Resources') },
  { name: 'travel', label: t('travel.title'), icon: 'move', permission: 'settings.read', group: 'clinic', load: () => import('./Travel') },
  { name: 'closures', label: t('closures.closedDays'), icon: 'calendar-off', permission: 'settings.read', group: 'clinic', load: () => import('./Closures') },
  { name: 'reminders', label: t('reminders.reminders'), icon: 'bell', permission: 'settings.read', group: 'clinic', load: () => import('./Reminders') },
  { name: 'waitlist', label: t('waitlist.title'), icon: 'hourglass', permission: 'settings.read', group: 'clinic', load: () => import('./Waitlist') },
  { name: 'terms', label: t('terms.title'), icon: 'wallet', permission: 'settings.read', group: 'clinic', load: () => import('./Terms') },
  { name: 'visits', label: t('visits.deskAndVideo'), icon: 'clock', permission: 'settings.read', group: 'clinic', load: () => import('./Visits') },
  { name: 'calendars', label: t('sections.calendars'), icon: 'link', permission: 'schedule.read', group: 'clinic', load: () => import('../calendars') },
  { name: 'products', label: t('sections.products'), icon: 'tag', permission: 'settings.read', group: 'clinic', load: () => import('../products') },
  { name: 'taxes', label: t('sections.taxes'), icon: 'percent', permission: 'settings.read', group: 'clinic', load: () => import('../taxes') },
  { name: 'invoices', label: t('sections.invoices'), icon: 'receipt', permission: 'settings.read', group: 'clinic', load: () => import('../invoices/Settings') },
  { name: 'cards', label: t('sections.cards'), icon: 'credit-card', permission: 'settings.read', group: 'clinic', load: () => import('../cards') },
  { name: 'stripe', label: t('sections.stripe'), icon: 'circle-check', permission: 'orders.read', group: 'clinic', load: () => import('../cards/Check') },
  { name: 'team', label: t('team.team'), icon: 'users', permission: 'team.read', group: 'clinic', load: () => import('./Team') },
  { name: 'sessions', label: t('sections.yourSignIn'), icon: 'shield-check', permission: null, group: 'you', load: () => import('./Sessions') },
];

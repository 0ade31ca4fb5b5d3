/** Settings: each section has its own address and its own save. */
import type { ComponentType } from 'preact';
import type { Permission } from '../../api/types';
import { can } from '../../app/session';
import { Denied, Page } from '../../app/ui/Page';
import { Icon } from '../../ui/Icon';
import type { IconName } from '../../ui/icons';
import { Empty } from '../../ui/State';
import { Clinic } from './Clinic';
import { Closures } from './Closures';
import { Locations } from './Locations';
import { Providers } from './Providers';
import { Resources } from './Resources';
import { Services } from './Services';
import { Sessions } from './Sessions';
import { Team } from './Team';

export interface SectionProps { readonly id: string | null }

interface Section { readonly name: string; readonly label: string; readonly icon: IconName; readonly permission: Permission | null; readonly group: 'Clinic' | 'You'; readonly Part: ComponentType<SectionProps> }

const SECTIONS: readonly Section[] = [
  { name: 'clinic', label: 'Clinic', icon: 'building-2', permission: 'settings.read', group: 'Clinic', Part: Clinic },
  { name: 'locations', label: 'Locations', icon: 'map-pin', permission: 'settings.read', group: 'Clinic', Part: Locations },
  { name: 'services', label: 'Services', icon: 'list', permission: 'settings.read', group: 'Clinic', Part: Services },
  { name: 'providers', label: 'Providers', icon: 'stethoscope', permission: 'settings.read', group: 'Clinic', Part: Providers },
  { name: 'resources', label: 'Chairs and rooms', icon: 'monitor', permission: 'settings.read', group: 'Clinic', Part: Resources },
  { name: 'closures', label: 'Closed days', icon: 'calendar-off', permission: 'settings.read', group: 'Clinic', Part: Closures },
  { name: 'team', label: 'Team', icon: 'users', permission: 'team.read', group: 'Clinic', Part: Team },
  { name: 'sessions', label: 'Your sign-in', icon: 'shield-check', permission: null, group: 'You', Part: Sessions },
];

export function SettingsPage({ params }: { readonly params: Record<string, string> }) {
  const allowed = SECTIONS.filter((s) => s.permission === null || can(s.permission));
  const wanted = params['section'];
  const section = wanted ? SECTIONS.find((s) => s.name === wanted) : allowed[0];
  return (
    <div class="settings">
      <nav class="settings-nav" aria-label="Settings">
        {(['Clinic', 'You'] as const).map((group) => {
          const list = allowed.filter((s) => s.group === group);
          if (list.length === 0) return null;
          return (
            <>
              <h2>{group}</h2>
              <ul>
                {list.map((s) => (
                  <li key={s.name}><a href={`/app/settings/${s.name}`} aria-current={s === section ? 'page' : undefined}><Icon name={s.icon} />{s.label}</a></li>
                ))}
              </ul>
            </>
          );
        })}
      </nav>
      {!section ? <Page title="Settings"><Empty icon="circle-help" title="There is no such section" /></Page> : !allowed.includes(section) ? <Page title={section.label}><Denied /></Page> : <section.Part key={`${section.name}/${params['id'] ?? ''}`} id={params['id'] ?? null} />}
    </div>
  );
}

/** Settings: each section has its own address, its own part and its own save. */
import { useEffect, useRef } from 'preact/hooks';
import { LazyScreen } from '../../app/lazy';
import type { ScreenProps } from '../../app/routes';
import { can } from '../../app/session';
import { Denied, Page } from '../../app/ui/Page';
import { showCurrent } from '../../app/ui/Tabs';
import { Icon } from '../../ui/Icon';
import { Empty } from '../../ui/State';
import { SECTIONS } from './sections';
import { t } from './text';

const GROUPS = ['clinic', 'you'] as const;
const GROUP_NAMES = { clinic: t('clinic.clinic'), you: t('settings.you') };

export default function Settings({ rest }: ScreenProps) {
  const [wanted, id = null] = rest === '' ? [] : rest.split('/');
  const allowed = SECTIONS.filter((s) => s.permission === null || can(s.permission));
  const section = wanted ? SECTIONS.find((s) => s.name === wanted) : allowed[0];
  const nav = useRef<HTMLElement>(null);
  useEffect(() => showCurrent(nav.current), [section?.name]);
  return (
    <div class="settings">
      <nav ref={nav} class="settings-nav" aria-label={t('settings.settings')}>
        {GROUPS.map((group) => {
          const list = allowed.filter((s) => s.group === group);
          if (list.length === 0) return null;
          return (
            <>
              <h2>{GROUP_NAMES[group]}</h2>
              <ul>
                {list.map((s) => (
                  <li key={s.name}><a href={`/app/settings/${s.name}`} aria-current={s === section ? 'page' : undefined}><Icon name={s.icon} />{s.label}</a></li>
                ))}
              </ul>
            </>
          );
        })}
      </nav>
      {!section ? <Page title={t('settings.settings')}><Empty icon="circle-help" title={t('settings.thereIsNoSuch')} /></Page> : !allowed.includes(section) ? <Page title={section.label}><Denied /></Page> : <LazyScreen key={`${section.name}/${id ?? ''}`} load={section.load} title={section.label} props={{ id }} />}
    </div>
  );
}

/** The second line of the calendar: whom to show, whose time it is, where, by whom or by chair, and the menu. All of it is in the address. */
import type { Location, Provider, Resource } from '../api/types';
import { can } from '../app/session';
import { t } from '../app/text';
import { Disclosure } from '../app/ui/Menu';
import { Segmented } from '../app/ui/Segmented';
import { setQuery } from '../lib/router';
import { browserZone, sameClock, zoneCity, zoneOffset } from '../lib/time';
import { Icon } from '../ui/Icon';
import { arranging, blocking } from './open';
import { ordered, type CalendarView } from './view';

interface Props { readonly view: CalendarView; readonly providers: readonly Provider[]; readonly resources: readonly Resource[]; readonly locations: readonly Location[]; readonly timeZone: string }

export function Filters(props: Props) {
  const { view, resources, locations, timeZone } = props;
  const mine = browserZone();
  const differs = !sameClock(mine, timeZone);
  return (
    <div class="cal-sub">
      <People {...props} />
      <div class="cal-sub-end">
        <span class={`cal-zone${differs ? ' cal-zone-differs' : ''}`} title={differs ? t('zone.device', { city: zoneCity(mine) }) : t('zone.clinic')}>
          <Icon name="globe" size="sm" /> {differs ? t('zone.differs', { city: zoneCity(timeZone), offset: zoneOffset(timeZone) }) : zoneCity(timeZone)}
        </span>
        {locations.length > 1 ? (
          <select class="input input-sm" aria-label={t('location')} value={view.location ?? ''} onChange={(event) => setQuery({ location: event.currentTarget.value || null })}>
            <option value="">{t('location.all')}</option>
            {locations.map((l) => <option key={l.id} value={l.id}>{l.name}</option>)}
          </select>
        ) : null}
        {(view.view === 'day' || view.view === 'week') && resources.length > 0 ? (
          <Segmented<'provider' | 'resource'> label={t('columns')} value={view.by} onChange={(value) => setQuery({ by: value === 'resource' ? 'chair' : null, hide: null, order: null })} options={[{ value: 'provider', label: t('columns.providers') }, { value: 'resource', label: t('columns.chairs') }]} />
        ) : null}
        <Menu view={view} />
      </div>
    </div>
  );
}

function People({ view, providers, resources }: Props) {
  const byProvider = view.by === 'provider' || view.view === 'agenda' || view.view === 'month';
  const subjects: readonly (Provider | Resource)[] = ordered<Provider | Resource>(byProvider ? providers : resources, view.order);
  const toggle = (id: string): void => {
    const next = new Set(view.hidden);
    if (!next.delete(id)) next.add(id);
    setQuery({ hide: next.size > 0 ? [...next].join(',') : null });
  };
  return (
    <div class="cal-people" role="group" aria-label={byProvider ? t('columns.showProviders') : t('columns.showChairs')}>
      {subjects.map((s) => (
        <button key={s.id} type="button" class="cal-person" aria-pressed={!view.hidden.has(s.id)} onClick={() => toggle(s.id)} style={{ '--c': 'color' in s ? s.color : 'var(--line-2)' }}>
          <span class="dot" aria-hidden="true" />{s.name}
        </button>
      ))}
    </div>
  );
}

/** The providers that are not hidden, or null for all of them: those who have left too. */
export function shownProviders(view: CalendarView, providers: readonly Provider[]): readonly string[] | null {
  const seen = providers.filter((p) => !view.hidden.has(p.id)).map((p) => p.id);
  return seen.length === providers.length || seen.length === 0 ? null : seen;
}

function Menu({ view }: { readonly view: CalendarView }) {
  return (
    <Disclosure label={t('nav.more')} icon="ellipsis" iconOnly buttonClass="btn btn-quiet btn-sm">
      {(close) => (
        <div class="menu-body">
          <label class="menu-item check"><input type="checkbox" checked={view.cancelled} onChange={(event) => setQuery({ cancelled: event.currentTarget.checked ? '1' : null })} /> <span>{t('calendar.showCancelled')}</span></label>
          {view.hidden.size > 0 ? <button type="button" class="menu-item" onClick={() => { setQuery({ hide: null }); close(); }}><Icon name="eye" size="sm" /> {t('columns.showAll')}</button> : null}
          {view.view === 'day' || view.view === 'week' ? <button type="button" class="menu-item" onClick={() => { close(); arranging.value = true; }}><Icon name="list" size="sm" /> {t('columns.arrange')}</button> : null}
          {can('schedule.write') ? <button type="button" class="menu-item" onClick={() => { close(); blocking.value = { date: view.date }; }}><Icon name="lock" size="sm" /> {t('calendar.block')}</button> : null}
          {view.view === 'month' ? null : <button type="button" class="menu-item" onClick={() => { close(); setTimeout(() => window.print(), 0); }}><Icon name="printer" size="sm" /> {view.view === 'day' ? t('print.day') : t('print.week')}</button>}
        </div>
      )}
    </Disclosure>
  );
}

/** Who can sign in, and as what. */
import { get } from '../../api/client';
import type { Member, Role } from '../../api/types';
import { session, zone } from '../../app/session';
import { Failed, Loading, Page } from '../../app/ui/Page';
import { useQuery } from '../../lib/query';
import { dateIn, formatDate } from '../../lib/time';
import { Avatar } from '../../ui/Avatar';
import type { SectionProps } from './sections';
import { t } from './text';

const ROLE: Record<Role, string> = { owner: t('team.owner'), admin: t('team.administrator'), provider: t('team.provider'), staff: t('team.frontDesk'), viewer: t('team.mayLookOnly') };

export default function Team(_: SectionProps) {
  const query = useQuery<Member[]>(['members'], async (signal) => (await get<Member[]>('members', { signal })).data);
  return (
    <Page narrow title={t('team.team')} lead={t('team.thePeopleWhoCan')}>
      {query.error && !query.data ? <Failed error={query.error} what={t('team.theTeam')} onRetry={query.reload} /> : null}
      {!query.data && !query.error ? <Loading what={t('team.theTeam2')} rows={3} /> : null}
      {query.data ? (
        <ul class="rows">
          {query.data.map((m) => (
            <li key={m.id}>
              <Avatar name={m.name} />
              <span class="row-text"><span>{m.name}{m.id === session.value?.member.id ? ' (you)' : ''}</span><span class="muted">{m.email} {t('team.since')}{' '}{formatDate(dateIn(m.created_at, zone.value), 'short')}</span></span>
              <span class="badge">{ROLE[m.role] ?? m.role}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </Page>
  );
}

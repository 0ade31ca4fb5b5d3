/** Who can sign in, and as what. */
import { get } from '../../api/client';
import type { Member, Role } from '../../api/types';
import { session, zone } from '../../app/session';
import { Failed, Loading, Page } from '../../app/ui/Page';
import { useQuery } from '../../lib/query';
import { dateIn, formatDate } from '../../lib/time';
import { Avatar } from '../../ui/Avatar';
import type { SectionProps } from './sections';

const ROLE: Record<Role, string> = { owner: 'Owner', admin: 'Administrator', provider: 'Provider', staff: 'Front desk', viewer: 'May look only' };

export default function Team(_: SectionProps) {
  const query = useQuery<Member[]>(['members'], async (signal) => (await get<Member[]>('members', { signal })).data);
  return (
    <Page narrow title="Team" lead="The people who can sign in to this clinic.">
      {query.error && !query.data ? <Failed error={query.error} what="The team" onRetry={query.reload} /> : null}
      {!query.data && !query.error ? <Loading what="the team" rows={3} /> : null}
      {query.data ? (
        <ul class="rows">
          {query.data.map((m) => (
            <li key={m.id}>
              <Avatar name={m.name} />
              <span class="row-text"><span>{m.name}{m.id === session.value?.member.id ? ' (you)' : ''}</span><span class="muted">{m.email} · since {formatDate(dateIn(m.created_at, zone.value), 'short')}</span></span>
              <span class="badge">{ROLE[m.role] ?? m.role}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </Page>
  );
}

/** How an appointment stands in Google Calendar; nothing where no calendar shows it. */
import { Badge } from '../../app/ui';
import { useSync } from './api';
import { t } from './text';

export function Sync({ id }: { readonly id: string }) {
  const sync = useSync(id).data;
  if (!sync || (sync.state === 'none' && !sync.overlap)) return null;
  return (
    <p class="sync-badges">
      {sync.state === 'pending' ? <Badge tone="info" icon="rotate-ccw">{t('badge.pending')}</Badge> : null}
      {sync.state === 'synced' ? <Badge tone="ok" icon="circle-check">{t('badge.synced')}</Badge> : null}
      {sync.state === 'failed' ? <Badge tone="danger" icon="circle-alert">{t('badge.failed')}</Badge> : null}
      {sync.changed_at ? <Badge tone="warn" icon="rotate-ccw">{t('badge.changed')}</Badge> : null}
      {sync.overlap ? <Badge tone="warn" icon="triangle-alert">{t('badge.overlap')}</Badge> : null}
      {sync.error && sync.state !== 'synced' ? <span class="muted"> {sync.error}</span> : null}
    </p>
  );
}

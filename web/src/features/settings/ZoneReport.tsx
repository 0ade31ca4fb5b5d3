/** What did not fit its clock any more when the zone data changed: each line waits for a word. Nothing is shown while nothing waits. */
import { useState } from 'preact/hooks';
import { get, post } from '../../api/client';
import { can } from '../../app/session';
import { ApiError } from '../../lib/http';
import { invalidate, useQuery } from '../../lib/query';
import { zoneCity } from '../../lib/time';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import { showToast } from '../../ui/Toast';
import { t } from './text';
import { whenIn } from './ZoneQuestion';

interface Line {
  readonly id: string; readonly kind: 'appointment' | 'occurrence' | 'session' | 'hold' | 'blocked'; readonly outcome: string; readonly time_zone: string; readonly version: string;
  readonly old_start: string; readonly new_start: string; readonly client_name: string | null; readonly service_name: string | null; readonly provider_name: string | null;
}
const LINES = ['zones', 'report'] as const;

export function ZoneReport() {
  const query = useQuery<Line[]>(LINES, async (signal) => (await get<Line[]>('calendar/zone-report', { signal, query: { limit: 50 } })).data);
  const lines = query.data ?? [];
  const first = lines[0];
  if (!first) return null;
  return (
    <section class="panel stack" aria-labelledby="zone-report">
      <h2 id="zone-report">{t('zones.reportTitle')}</h2>
      <p>{t('zones.reportLead', { version: first.version })}</p>
      <ul class="rows">{lines.map((line) => <ReportLine key={line.id} line={line} />)}</ul>
    </section>
  );
}

function ReportLine({ line }: { readonly line: Line }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const name = [line.client_name, line.service_name ?? t('zones.blocked'), line.provider_name].filter(Boolean).join(' · ');
  const decide = async (keep: 'wall_time' | 'instant'): Promise<void> => {
    setBusy(true);
    try {
      await post<Line>(`calendar/zone-report/${line.id}/decide`, { keep });
      showToast(t('zones.decided', { name }));
      invalidate(LINES, ['calendar'], ['appointments']);
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <li>
      <span class="row-text">
        <span>{name}</span>
        <span class="muted">{t('zones.lineText', { agreed: whenIn(line.new_start, line.time_zone), shown: whenIn(line.old_start, line.time_zone), city: zoneCity(line.time_zone) })}</span>
        {problem ? <Notice tone="warn" live>{problem}</Notice> : null}
      </span>
      {can('schedule.write') ? (
        <span class="row-acts">
          {line.kind === 'hold' ? null : <Button size="sm" kind="primary" busy={busy} onClick={() => void decide('wall_time')} aria-label={t('zones.moveIt', { name })}>{t('zones.move')}</Button>}
          <Button size="sm" busy={busy} onClick={() => void decide('instant')} aria-label={t('zones.leaveIt', { name })}>{t('zones.leave')}</Button>
        </span>
      ) : null}
    </li>
  );
}

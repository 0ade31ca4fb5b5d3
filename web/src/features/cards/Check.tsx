/** Stripe and the books: where they differ, disputes, and which events arrived. */
import { useState } from 'preact/hooks';
import { post } from '../../api/client';
import { can, session, zone } from '../../app/session';
import { Badge, Button, Empty, Failed, Icon, Loading, Page, SelectField, showToast, type BadgeTone } from '../../app/ui';
import { formatMoney } from '../../lib/money';
import { invalidate } from '../../lib/query';
import { formatDateTime } from '../../lib/time';
import { useDifferences, useDisputes, useEvents, type CardEvent, type Difference, type Dispute } from './api';
import { t } from './text';

const STATES = ['received', 'done', 'ignored', 'parked', 'refused'] as const;
const EVENT_TONES: Record<CardEvent['state'], BadgeTone> = { received: 'info', done: 'ok', ignored: 'plain', parked: 'warn', refused: 'danger' };
const DIFFERENCE_TONES: Record<Difference['state'], BadgeTone> = { open: 'danger', repairing: 'info', repaired: 'ok' };
const DISPUTE_TONES: Record<Dispute['state'], BadgeTone> = { inquiry: 'info', open: 'danger', won: 'ok', lost: 'plain' };

const when = (at: string): string => formatDateTime(at, zone.value, session.value?.tenant.locale);
const money = (minor: number, currency: string): string => formatMoney(minor, currency, session.value?.tenant.locale);

async function ask(path: string, said: string): Promise<void> {
  try {
    await post(path);
    showToast(said);
  } catch (error) {
    showToast(t('failed', { reason: (error as Error).message }), { danger: true });
  }
  invalidate(['cards']);
  setTimeout(() => invalidate(['cards']), 3000); /* a job does it */
}

export default function CheckPage() {
  const now = can('orders.write') ? <Button size="sm" onClick={() => void ask('cards/compare', t('check.asked'))}>{t('check.now')}</Button> : undefined;
  return (
    <Page narrow title={t('check.title')} lead={t('check.lead')} actions={now}>
      <Differences />
      <Disputes />
      <Events />
    </Page>
  );
}

function Differences() {
  const query = useDifferences();
  return (
    <section class="panel check-panel">
      <h2>{t('differences')}</h2>
      {query.error && !query.data ? <Failed error={query.error} what={t('differences')} onRetry={query.reload} /> : null}
      {!query.data && !query.error ? <Loading what={t('differences')} rows={2} /> : null}
      {query.data && query.data.length === 0 ? <Empty icon="circle-check" title={t('differences.none')} text={t('differences.noneText')} level={3} /> : null}
      {query.data && query.data.length > 0 ? <ul class="rows">{query.data.map((d) => <Row key={d.id} row={d} />)}</ul> : null}
    </section>
  );
}

function Row({ row }: { readonly row: Difference }) {
  const amount = (minor: number | null): string => (minor === null || !row.currency ? t('nothing') : money(minor, row.currency));
  const facts = [row.object_id, row.currency ? t('amounts', { here: amount(row.here_minor), there: amount(row.there_minor) }) : null, when(row.found_at)].filter(Boolean);
  return (
    <li>
      <span class="row-text"><strong>{t(`kind.${row.kind}`)}</strong><span class="muted">{facts.join(' · ')}</span>{row.note ? <span class="muted">{row.note}</span> : null}</span>
      <Badge tone={DIFFERENCE_TONES[row.state]}>{t(`state.${row.state}`)}</Badge>
      {row.state === 'open' && can('refunds.write') ? (
        <Button size="sm" aria-label={t('repairLabel', { what: t(`kind.${row.kind}`), object: row.object_id })} onClick={() => void ask(`cards/differences/${row.id}/repair`, t('repair.asked'))}>{t('repair')}</Button>
      ) : null}
    </li>
  );
}

function Disputes() {
  const query = useDisputes();
  if (!query.data || query.data.length === 0) return null;
  return (
    <section class="panel check-panel">
      <h2>{t('disputes')}</h2>
      <ul class="rows">
        {query.data.map((d) => (
          <li key={d.id}>
            <Icon name="triangle-alert" />
            <span class="row-text">
              <strong>{money(d.amount_minor, d.currency)}</strong>
              <span class="muted">{[d.dispute_id, d.reason, d.state === 'open' && d.due_by ? t('disputes.until', { date: when(d.due_by) }) : null].filter(Boolean).join(' · ')}</span>
            </span>
            <Badge tone={DISPUTE_TONES[d.state]}>{t(`dispute.${d.state}`)}</Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Events() {
  const [state, setState] = useState('');
  const query = useEvents(state);
  const rows = query.data?.data;
  return (
    <section class="panel check-panel">
      <h2>{t('events')}</h2>
      <div class="check-filter">
        <SelectField label={t('events.show')} value={state} onValue={setState}>
          <option value="">{t('events.all')}</option>
          {STATES.map((s) => <option key={s} value={s}>{t(`event.${s}`)}</option>)}
        </SelectField>
      </div>
      {query.error && !rows ? <Failed error={query.error} what={t('events')} onRetry={query.reload} /> : null}
      {!rows && !query.error ? <Loading what={t('events')} rows={3} /> : null}
      {rows && rows.length === 0 ? <Empty icon="circle-help" title={t('events.none')} text={t('events.noneText')} level={3} /> : null}
      {rows && rows.length > 0 ? (
        <ul class="rows">
          {rows.map((e) => (
            <li key={e.event_id}>
              <span class="row-text"><span>{e.type}</span><span class="muted">{[e.event_id, when(e.received_at), e.note].filter(Boolean).join(' · ')}</span></span>
              <Badge tone={EVENT_TONES[e.state]}>{t(`event.${e.state}`)}</Badge>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

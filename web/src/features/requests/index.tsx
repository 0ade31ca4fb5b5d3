/** What clients asked for and wait to hear about: approved or declined by one click or one key. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, post } from '../../api/client';
import type { Answer, Appointment, ConflictDetails } from '../../api/types';
import { can, session, zone } from '../../app/session';
import { Button, Check, Dialog, Empty, Failed, Icon, Loading, Notice, Page, showToast, TextArea } from '../../app/ui';
import { texts } from '../../app/text';
import { openExisting } from '../../calendar/open';
import { ApiError } from '../../lib/http';
import { invalidate, useQuery } from '../../lib/query';
import { addDays, dateIn, formatDate, formatDateTime, formatTimeRange, todayIn } from '../../lib/time';
import { AnswerList } from './AnswerList';
import en from './en.json';

const t = texts(en);
const LIMIT = 100;
const DAYS_AHEAD = 730;

export default function Requests() {
  const today = todayIn(zone.value);
  const list = useQuery<Appointment[]>(['requests', 'list', today], async (signal) =>
    (await get<Appointment[]>('appointments', { query: { status: 'requested', from: today, to: addDays(today, DAYS_AHEAD), limit: LIMIT }, signal })).data);
  const waiting = (list.data ?? []).filter((a) => !a.lapses_at || Date.parse(a.lapses_at) > Date.now());
  return (
    <Page narrow title={t('title')} lead={t('lead')}>
      {list.error && !list.data ? <Failed error={list.error} what={t('title')} onRetry={list.reload} /> : null}
      {!list.data && !list.error ? <Loading what={t('title')} /> : null}
      {list.data && waiting.length === 0 ? <Empty icon="calendar-check" title={t('empty')} text={t('emptyText')} /> : null}
      {waiting.length > 0 ? <List rows={waiting} /> : null}
    </Page>
  );
}

function List({ rows }: { readonly rows: readonly Appointment[] }) {
  const [busy, setBusy] = useState<string | null>(null);
  const [declining, setDeclining] = useState<Appointment | null>(null);
  const [problem, setProblem] = useState<{ id: string; text: string } | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const write = can('schedule.write');

  const focusRow = (index: number): void => (list.current?.children[Math.max(0, Math.min(index, rows.length - 1))] as HTMLElement | undefined)?.focus();
  /* Where the eye is stays in the list: once the decided row is gone, the one that took its place has the focus. */
  const next = useRef<number | null>(null);
  useEffect(() => {
    if (next.current !== null) focusRow(next.current);
    next.current = null;
  }, [rows.length]);
  /** Null, or what was in the way. */
  const decide = async (a: Appointment, what: 'approve' | 'decline', body?: unknown): Promise<string | null> => {
    if (busy) return null;
    setBusy(a.id);
    setProblem(null);
    next.current = rows.indexOf(a);
    try {
      await post<Appointment>(`appointments/${a.id}/${what}`, body, { version: a.version });
      showToast(t(what === 'approve' ? 'approved' : 'declined', { name: a.client_name }));
      return null;
    } catch (error) {
      next.current = null;
      return explain(a, error);
    } finally {
      setBusy(null);
      invalidate(['requests'], ['calendar'], ['appointment']);
    }
  };
  const approve = async (a: Appointment): Promise<void> => {
    const text = await decide(a, 'approve');
    if (text) setProblem({ id: a.id, text });
  };
  const decline = async (a: Appointment, reason: string, notify: boolean): Promise<string | null> => {
    const text = await decide(rows.find((row) => row.id === a.id) ?? a, 'decline', { ...(reason ? { reason } : {}), notify });
    if (!text) setDeclining(null);
    return text;
  };
  const onKey = (event: KeyboardEvent, a: Appointment, index: number): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const act: Record<string, () => void> = {
      ArrowDown: () => focusRow(index + 1), ArrowUp: () => focusRow(index - 1), Enter: () => openExisting(a.id),
      ...(write ? { a: () => void approve(a), d: () => setDeclining(a) } : {}),
    };
    const run = act[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
  return (
    <>
      {write ? <p class="muted small requests-keys">{t('keys')}</p> : null}
      <ul class="requests" ref={list} aria-label={t('list')}>
        {rows.map((a, index) => (
          <li key={a.id} class="panel request" tabIndex={0} aria-labelledby={`rq-${a.id}`} onKeyDown={(event) => onKey(event, a, index)} style={{ '--c': a.service_color }}>
            <div class="request-text">
              <h2 id={`rq-${a.id}`}><button type="button" class="link-btn" onClick={() => openExisting(a.id)}>{a.client_name}</button>{a.patient_name !== a.client_name ? <span class="muted"> · {a.patient_name}</span> : null}</h2>
              <p class="num"><strong>{formatDate(dateIn(a.start, zone.value), 'long', session.value?.tenant.locale)}, {formatTimeRange(a.start, a.end, zone.value, session.value?.tenant.locale)}</strong></p>
              <p class="small">{a.service_name} · {a.provider_name}</p>
              {a.notes ? <p class="small request-notes">{a.notes}</p> : null}
              <Answers id={a.id} />
              <p class="muted small">{t('asked', { when: formatDateTime(a.created_at, zone.value, session.value?.tenant.locale) })}{a.lapses_at ? ` · ${t('lapses', { when: formatDateTime(a.lapses_at, zone.value, session.value?.tenant.locale) })}` : ''}</p>
              {problem?.id === a.id ? <p class="field-error" role="alert"><Icon name="circle-alert" size="sm" /><span>{problem.text}</span></p> : null}
            </div>
            {write ? (
              <div class="request-acts">
                <Button kind="primary" icon="check" busy={busy === a.id} aria-label={`${t('approve')}: ${a.client_name}`} onClick={() => void approve(a)}>{t('approve')}</Button>
                <Button kind="danger-quiet" aria-label={`${t('decline')} ${a.client_name}`} onClick={() => setDeclining(a)}>{t('decline')}</Button>
              </div>
            ) : null}
          </li>
        ))}
      </ul>
      {declining ? <DeclineDialog appointment={declining} onClose={() => setDeclining(null)} onDecline={(reason, notify) => decline(declining, reason, notify)} /> : null}
    </>
  );
}

/** In words: who has the time, or what else was in the way. */
async function explain(a: Appointment, error: unknown): Promise<string> {
  if (!(error instanceof ApiError)) return t('failed', { name: a.client_name, reason: String(error) });
  if (error.code !== 'CONFLICT_DETECTED') return t('failed', { name: a.client_name, reason: error.message });
  const id = (error.details as ConflictDetails).conflicts?.find((c) => c.appointment_id)?.appointment_id;
  try {
    const who = id ? (await get<Appointment>(`appointments/${id}`)).data.client_name : t('taken.somebody');
    return t('taken', { name: a.client_name, who });
  } catch {
    return t('taken', { name: a.client_name, who: t('taken.somebody') });
  }
}

function Answers({ id }: { readonly id: string }) {
  const answers = useQuery<Answer[]>(['requests', 'answers', id], async (signal) => (await get<Answer[]>(`appointments/${id}/answers`, { signal })).data);
  return answers.data && answers.data.length > 0 ? <AnswerList answers={answers.data} /> : null;
}

function DeclineDialog({ appointment: a, onClose, onDecline }: { readonly appointment: Appointment; readonly onClose: () => void; readonly onDecline: (reason: string, notify: boolean) => Promise<string | null> }) {
  const [reason, setReason] = useState('');
  const [notify, setNotify] = useState(true);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    setProblem(await onDecline(reason.trim(), notify));
    setBusy(false);
  };
  return (
    <Dialog
      title={t('decline.title', { name: a.client_name })} closeLabel={t('close')} onClose={onClose}
      foot={<><Button class="foot-start" onClick={onClose}>{t('decline.no')}</Button><Button kind="danger" busy={busy} onClick={() => void run()}>{t('decline.yes')}</Button></>}
    >
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void run(); }} onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void run(); } }}>
        {problem ? <Notice tone="danger" live><p>{problem}</p></Notice> : null}
        <TextArea label={t('decline.reason')} optional={t('optional')} hint={t('decline.hint')} value={reason} onValue={setReason} maxLength={300} rows={3} />
        <Check label={t('decline.notify')} checked={notify} onChange={setNotify} />
      </form>
    </Dialog>
  );
}

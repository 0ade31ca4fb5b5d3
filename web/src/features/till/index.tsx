/** Cash drawers: opening, money by hand, closing with a count, and the days before. */
import { useState } from 'preact/hooks';
import { create, get } from '../../api/client';
import type { Till, TillMove, TillSession } from '../../api/types';
import { useLocations } from '../../app/data';
import { can, session, zone } from '../../app/session';
import { Badge, Button, Dialog, Empty, Failed, focusWrong, Loading, Notice, Page, SelectField, showToast, Table, TextArea, TextField, type Column } from '../../app/ui';
import { texts } from '../../app/text';
import type { ApiError, Reply } from '../../lib/http';
import { editMoney, formatMoney, parseMoney } from '../../lib/money';
import { invalidate, useQuery } from '../../lib/query';
import { formatDateTime } from '../../lib/time';
import en from './en.json';
import { verdict } from './model';

const t = texts(en);
const HISTORY = 30;
const money = (minor: number, currency: string): string => formatMoney(minor, currency, session.value?.tenant.locale);
const when = (instant: string): string => formatDateTime(instant, zone.value, session.value?.tenant.locale);

export default function TillPage() {
  const tills = useQuery<Till[]>(['tills'], async (signal) => (await get<Till[]>('tills', { signal })).data);
  const [adding, setAdding] = useState(false);
  const add = can('settings.write') ? <Button kind="primary" size="sm" icon="plus" onClick={() => setAdding(true)}>{t('new')}</Button> : undefined;
  return (
    <Page narrow title={t('title')} lead={t('lead')} actions={tills.data?.length ? add : undefined}>
      {tills.error && !tills.data ? <Failed error={tills.error} what={t('title')} onRetry={tills.reload} /> : null}
      {!tills.data && !tills.error ? <Loading what={t('title')} rows={3} /> : null}
      {tills.data?.length === 0 ? <Empty icon="wallet" title={t('empty')} text={add ? t('emptyText') : `${t('emptyText')} ${t('emptyAsk')}`}>{add}</Empty> : null}
      {tills.data?.map((till) => <Drawer key={till.id} till={till} />)}
      {tills.data?.length ? <History /> : null}
      {adding ? <NewTill onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}

/* ---- a drawer -------------------------------------------------------------------------------------------------------------- */

type Ask = 'open' | 'close' | 'in' | 'out';

function Drawer({ till }: { readonly till: Till }) {
  const locations = useLocations().data ?? [];
  const [ask, setAsk] = useState<Ask | null>(null);
  const current = useQuery<TillSession>(till.session_id ? ['till-session', till.session_id, till.version] : null, async (signal) => (await get<TillSession>(`till-sessions/${till.session_id}`, { signal })).data);
  const row = till.session_id ? current.data : undefined;
  const place = locations.find((l) => l.id === till.location_id)?.name ?? '';
  const done = (): void => setAsk(null);
  const may = can('orders.write');
  const state = row ? t('since', { when: when(row.opened_at), name: row.opened_by_name }) : till.carry_minor === null ? t('never') : t('left', { amount: money(till.carry_minor, till.currency) });
  return (
    <section class="panel till" aria-label={till.name}>
      <header class="till-head">
        <div><h2>{till.name}</h2><p class="muted small">{[place, till.session_id && !row ? '' : state].filter(Boolean).join(' · ')}</p></div>
        <Badge tone={till.session_id ? 'ok' : 'plain'}>{till.session_id ? t('open') : t('closed')}</Badge>
      </header>
      {current.error && !row ? <Failed error={current.error} what={till.name} onRetry={current.reload} /> : null}
      {row ? <Figures row={row} /> : null}
      {row && row.opening_variance_minor !== 0 ? <p class="small till-differs">{t('openingDiffers', { amount: money(row.opening_variance_minor ?? 0, row.currency) })}</p> : null}
      {may && !till.session_id ? <Button kind="primary" onClick={() => setAsk('open')}>{t('openNow', { name: till.name })}</Button> : null}
      {may && row ? (
        <div class="till-acts">
          <Button kind="primary" onClick={() => setAsk('close')}>{t('closeNow', { name: till.name })}</Button>
          <Button onClick={() => setAsk('in')}>{t('putIn')}</Button>
          <Button onClick={() => setAsk('out')}>{t('takeOut')}</Button>
        </div>
      ) : null}
      {row ? <Moves row={row} /> : null}
      {ask === 'open' ? <OpenDialog till={till} onClose={done} /> : null}
      {row && ask === 'close' ? <CloseDialog row={row} onClose={done} /> : null}
      {row && (ask === 'in' || ask === 'out') ? <HandDialog row={row} kind={ask} onClose={done} /> : null}
    </section>
  );
}

function Figures({ row }: { readonly row: TillSession }) {
  const figures: readonly (readonly [string, number])[] = [[t('float'), row.float_minor], [t('in'), row.in_minor], [t('out'), row.out_minor], [t('cash'), row.cash_minor], [t('expected'), row.expected_minor]];
  return <dl class="facts">{figures.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{money(value, row.currency)}</dd></div>)}</dl>;
}

function Moves({ row }: { readonly row: TillSession }) {
  const [shown, setShown] = useState(false);
  const moves = useQuery<TillMove[]>(shown ? ['till-moves', row.id, row.version] : null, async (signal) => (await get<TillMove[]>(`till-sessions/${row.id}/moves`, { signal })).data);
  if (row.in_minor === 0 && row.out_minor === 0) return null;
  return (
    <details class="till-moves" onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>{t('moves')}</summary>
      {moves.error && !moves.data ? <Failed error={moves.error} what={t('moves')} onRetry={moves.reload} /> : null}
      <ul>{moves.data?.map((m) => <li key={m.id}><span class="num">{m.kind === 'in' ? '+' : '−'}{money(m.amount_minor, row.currency)}</span><span>{m.reason}</span><span class="muted small">{m.actor_name}, {when(m.created_at)}</span></li>)}</ul>
    </details>
  );
}

/* ---- dialogs ---------------------------------------------------------------------------------------------------------------- */

const TOUCHED = [['tills'], ['till-session'], ['till-sessions'], ['till-moves']] as const;

/** Sends, says what went wrong, closes. */
function useSending(onClose: () => void) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const send = async (path: string, body: object, said: string): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      await create(path, body);
      invalidate(...TOUCHED);
      showToast(said);
      onClose();
    } catch (error) {
      setFailure(error as ApiError);
      setBusy(false);
    }
  };
  return { busy, failure, send };
}

interface FrameProps { readonly title: string; readonly yes: string; readonly busy: boolean; readonly failure: ApiError | null; readonly onClose: () => void; readonly onYes: () => void; readonly children: preact.ComponentChildren }

function Ask({ title, yes, busy, failure, onClose, onYes, children }: FrameProps) {
  const id = 'till-ask';
  return (
    <Dialog title={title} closeLabel={t('dismiss')} onClose={onClose} foot={<><Button class="foot-start" onClick={onClose}>{t('cancel')}</Button><Button kind="primary" type="submit" form={id} busy={busy}>{yes}</Button></>}>
      <form id={id} class="stack" noValidate onSubmit={(event) => { event.preventDefault(); onYes(); focusWrong(event.currentTarget); }}>
        {failure ? <Notice tone="danger" live><p>{failure.message}</p></Notice> : null}
        {children}
      </form>
    </Dialog>
  );
}

function OpenDialog({ till, onClose }: { readonly till: Till; readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [bad, setBad] = useState(false);
  const { busy, failure, send } = useSending(onClose);
  const open = (): void => {
    const counted = parseMoney(text, till.currency);
    setBad(counted === null);
    if (counted !== null) void send(`tills/${till.id}/open`, { counted_minor: counted }, t('opened.toast', { name: till.name }));
  };
  return (
    <Ask title={t('openNow', { name: till.name })} yes={t('open')} busy={busy} failure={failure} onClose={onClose} onYes={open}>
      <TextField label={t('counted.label', { currency: till.currency })} inputMode="decimal" autoFocus required value={text} error={bad ? t('amountWanted') : null} onValue={setText} />
    </Ask>
  );
}

function HandDialog({ row, kind, onClose }: { readonly row: TillSession; readonly kind: 'in' | 'out'; readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const { busy, failure, send } = useSending(onClose);
  const amount = parseMoney(text, row.currency);
  const move = (): void => {
    setTried(true);
    if (amount && reason.trim()) void send(`till-sessions/${row.id}/moves`, { kind, amount_minor: amount, reason: reason.trim() }, t('moved.toast'));
  };
  return (
    <Ask title={kind === 'in' ? t('putIn') : t('takeOut')} yes={kind === 'in' ? t('putIn') : t('takeOut')} busy={busy} failure={failure} onClose={onClose} onYes={move}>
      <TextField label={t('amount', { currency: row.currency })} inputMode="decimal" autoFocus required value={text} error={tried && !amount ? t('amountWanted') : (failure?.fields['amount_minor'] ?? null)} onValue={setText} />
      <TextField label={t('reason')} required maxLength={300} value={reason} error={tried && !reason.trim() ? t('reasonWanted') : null} onValue={setReason} />
    </Ask>
  );
}

/** What should be there is shown once something was counted, not before. */
function CloseDialog({ row, onClose }: { readonly row: TillSession; readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [taken, setTaken] = useState(editMoney(0, row.currency));
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const { busy, failure, send } = useSending(onClose);
  const counted = parseMoney(text, row.currency);
  const safe = parseMoney(taken, row.currency);
  const tooMuch = counted !== null && safe !== null && safe > counted;
  const close = (): void => {
    setTried(true);
    if (counted === null || safe === null || tooMuch) return;
    void send(`till-sessions/${row.id}/close`, { counted_minor: counted, taken_minor: safe, ...(note.trim() ? { note: note.trim() } : {}) }, t('closed.toast', { name: row.till_name }));
  };
  return (
    <Ask title={t('closeNow', { name: row.till_name })} yes={t('close')} busy={busy} failure={failure} onClose={onClose} onYes={close}>
      <TextField label={t('counted.label', { currency: row.currency })} hint={t('counted.hint')} inputMode="decimal" autoFocus required value={text} error={tried && counted === null ? t('amountWanted') : null} onValue={setText} />
      {counted === null ? null : <Difference row={row} counted={counted} />}
      <TextField label={t('taken', { currency: row.currency })} hint={t('taken.hint')} inputMode="decimal" value={taken} error={tried && safe === null ? t('amountWanted') : tooMuch ? t('takenTooMuch') : null} onValue={setTaken} />
      <TextArea label={t('note')} optional={t('optional')} rows={2} maxLength={500} value={note} onValue={setNote} />
    </Ask>
  );
}

function Difference({ row, counted }: { readonly row: TillSession; readonly counted: number }) {
  const { kind, by } = verdict(counted, row.expected_minor);
  const words = kind === 'exact' ? t('exact') : t(kind, { amount: money(by, row.currency) });
  return (
    <Notice tone={kind === 'exact' ? 'ok' : 'warn'} live title={words}>
      <p>{t('expected')}: {money(row.expected_minor, row.currency)}{kind === 'exact' ? '' : `. ${t('books')}`}</p>
    </Notice>
  );
}

function NewTill({ onClose }: { readonly onClose: () => void }) {
  const locations = useLocations().data ?? [];
  const [name, setName] = useState(t('title'));
  const [place, setPlace] = useState('');
  const { busy, failure, send } = useSending(onClose);
  const make = (): void => void send('tills', { name: name.trim(), location_id: place || locations[0]?.id }, t('created', { name: name.trim() }));
  return (
    <Ask title={t('new')} yes={t('create')} busy={busy} failure={failure} onClose={onClose} onYes={make}>
      <TextField label={t('name')} autoFocus required maxLength={60} value={name} error={failure?.fields['name'] ?? null} onValue={setName} />
      <SelectField label={t('location')} value={place || (locations[0]?.id ?? '')} onValue={setPlace}>{locations.map((l) => <option key={l.id} value={l.id}>{l.name}</option>)}</SelectField>
    </Ask>
  );
}

/* ---- the days before ---------------------------------------------------------------------------------------------------------- */

function VarianceBadge({ row }: { readonly row: TillSession }) {
  const by = row.variance_minor ?? 0;
  if (by === 0) return <Badge tone="ok">{money(0, row.currency)}</Badge>;
  return <Badge tone={by < 0 ? 'danger' : 'warn'}>{by > 0 ? '+' : ''}{money(by, row.currency)}</Badge>;
}

const COLUMNS: readonly Column<TillSession>[] = [
  { key: 'when', head: t('when'), nowrap: true, cell: (s) => (s.closed_at ? when(s.closed_at) : '') },
  { key: 'till', head: t('till'), fold: true, cell: (s) => s.till_name },
  { key: 'who', head: t('who'), fold: true, dim: true, cell: (s) => s.closed_by_name },
  { key: 'expected', head: t('expected'), num: true, hideSmall: true, cell: (s) => money(s.expected_minor, s.currency) },
  { key: 'counted', head: t('counted'), num: true, cell: (s) => money(s.counted_minor ?? 0, s.currency) },
  { key: 'difference', head: t('difference'), num: true, cell: (s) => <VarianceBadge row={s} /> },
];

function History() {
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const last = cursors[cursors.length - 1] ?? null;
  const list = useQuery<Reply<TillSession[]>>(['till-sessions', last], (signal) => get<TillSession[]>('till-sessions', { query: { limit: HISTORY, cursor: last }, signal }));
  const closed = (list.data?.data ?? []).filter((s) => s.state === 'closed');
  const next = list.data?.meta.pagination?.next_cursor ?? null;
  return (
    <section class="above till-past">
      <h2>{t('history')}</h2>
      {list.error && !list.data ? <Failed error={list.error} what={t('history')} onRetry={list.reload} /> : null}
      {list.data && closed.length === 0 ? <p class="small muted">{t('history.none')}</p> : null}
      {closed.length > 0 ? <Table caption={t('history')} columns={COLUMNS} rows={closed} rowKey={(s) => s.id} /> : null}
      {next ? <p class="below"><Button size="sm" onClick={() => setCursors([...cursors, next])}>{t('more')}</Button></p> : null}
    </section>
  );
}

/** Invoices, receipts and credit notes: the list, one of them with its paper, and taking an invoice back. */
import { useState } from 'preact/hooks';
import { create, get } from '../../api/client';
import type { DocumentItem, DocumentKind, PaperDocument } from '../../api/types';
import type { ScreenProps } from '../../app/routes';
import { can, session } from '../../app/session';
import { Badge, Button, Empty, Failed, Icon, Loading, Page, Segmented, showToast, Table, TextField, type Column } from '../../app/ui';
import type { Reply } from '../../lib/http';
import { urlOf } from '../../lib/http';
import { formatMoney } from '../../lib/money';
import { useQuery } from '../../lib/query';
import { address, setQuery } from '../../lib/router';
import { CreditDialog } from './CreditDialog';
import { standing, type Standing } from './model';
import { t } from './text';

const LIMIT = 50;
const KINDS = ['', 'invoice', 'receipt', 'credit_note'] as const;
const TONES: Record<Standing, 'ok' | 'warn' | 'plain'> = { open: 'warn', paid: 'ok', credited: 'plain', partly: 'plain' };
const money = (minor: number, currency: string): string => formatMoney(minor, currency, session.value?.tenant.locale);
/** With its year: documents are kept for long. */
const day = (date: string): string => new Intl.DateTimeFormat(session.value?.tenant.locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(date));
const kindName = (kind: DocumentKind): string => t(`kind.${kind}`);

export default function Invoices({ rest }: ScreenProps) {
  return rest ? <One key={rest} id={rest} /> : <List />;
}

/* ---- the list ------------------------------------------------------------------------------------------------------------------ */

function StateBadge({ d }: { readonly d: DocumentItem }) {
  if (d.kind !== 'invoice') return null;
  const state = standing(d);
  return <><Badge tone={TONES[state]}>{t(state)}</Badge>{state === 'open' && d.open_minor < d.total_minor ? <span class="muted"> {money(d.open_minor, d.currency)}</span> : null}</>;
}

const COLUMNS: readonly Column<DocumentItem>[] = [
  { key: 'number', head: t('number'), nowrap: true, cell: (d) => <a href={`/app/invoices/${d.id}`}>{d.number}</a> },
  { key: 'kind', head: t('kinds'), dim: true, hideSmall: true, cell: (d) => kindName(d.kind) },
  { key: 'date', head: t('date'), nowrap: true, hideSmall: true, cell: (d) => day(d.issued_on) },
  { key: 'client', head: t('client'), cell: (d) => d.client_name ?? <span class="muted">{t('client.none')}</span> },
  { key: 'total', head: t('total'), num: true, nowrap: true, cell: (d) => money(d.kind === 'receipt' ? d.payment_minor : d.total_minor, d.currency) },
  { key: 'state', head: t('state'), hideSmall: true, cell: (d) => <StateBadge d={d} /> },
];

function List() {
  const kind = address.value.query.get('kind') ?? '';
  const number = address.value.query.get('number') ?? '';
  const [wanted, setWanted] = useState(number);
  const [cursors, setCursors] = useState<readonly string[]>([]);
  return (
    <Page title={t('title')} lead={t('lead')}>
      <div class="invoice-tools">
        <Segmented label={t('kinds')} options={KINDS.map((value) => ({ value, label: value ? t(`kind.${value}`) : t('kind.all') }))} value={kind} onChange={(value) => { setCursors([]); setQuery({ kind: value || null }); }} />
        <form class="invoice-find" role="search" onSubmit={(event) => { event.preventDefault(); setCursors([]); setQuery({ number: wanted.trim() || null }); }}>
          <TextField label={t('find')} type="search" placeholder={t('find.hint')} value={wanted} maxLength={60} onValue={(value) => { setWanted(value); if (!value) setQuery({ number: null }); }} />
          <Button type="submit" icon="search" aria-label={t('find.go')} />
        </form>
      </div>
      {[null, ...cursors].map((cursor, i, all) => <Slice key={`${kind}/${number}/${cursor ?? ''}`} kind={kind} number={number} cursor={cursor} onMore={i === all.length - 1 ? (next) => setCursors([...cursors, next]) : undefined} />)}
    </Page>
  );
}

function Slice({ kind, number, cursor, onMore }: { readonly kind: string; readonly number: string; readonly cursor: string | null; readonly onMore?: (next: string) => void }) {
  const list = useQuery<Reply<DocumentItem[]>>(['documents', kind, number, cursor], (signal) => get<DocumentItem[]>('documents', { query: { kind, number, cursor, limit: LIMIT }, signal }));
  const rows = list.data?.data;
  const next = list.data?.meta.pagination?.next_cursor ?? null;
  if (list.error && !rows) return <Failed error={list.error} what={t('title')} onRetry={list.reload} />;
  if (!rows) return <Loading what={t('title')} />;
  if (rows.length === 0 && cursor === null) return kind || number ? <Empty icon="search" title={t('notFound')} /> : <Empty icon="sticky-note" title={t('empty')} text={t('emptyText')}><a class="btn btn-secondary" href="/app/orders">{t('toOrders')}</a></Empty>;
  return (
    <>
      {rows.length > 0 ? <Table caption={t('title')} columns={COLUMNS} rows={rows} rowKey={(d) => d.id} /> : null}
      {next && onMore ? <p class="below"><Button size="sm" onClick={() => onMore(next)}>{t('more')}</Button></p> : null}
    </>
  );
}

/* ---- one ------------------------------------------------------------------------------------------------------------------------ */

async function send(d: PaperDocument): Promise<void> {
  try {
    await create(`documents/${d.id}/send`, {});
    showToast(t('sent', { name: d.client_name ?? '' }));
  } catch (error) {
    showToast((error as Error).message, { danger: true });
  }
}

function One({ id }: { readonly id: string }) {
  const query = useQuery<PaperDocument>(['document', id], async (signal) => (await get<PaperDocument>(`documents/${id}`, { signal })).data);
  const [crediting, setCrediting] = useState(false);
  const back = <a class="crumb" href="/app/invoices"><Icon name="chevron-left" size="sm" /> {t('back')}</a>;
  const d = query.data;
  if (!d) return <Page title={t('title')} before={back}>{query.error ? <Failed error={query.error} what={t('title')} onRetry={query.reload} /> : <Loading what={t('title')} />}</Page>;
  const pdf = urlOf(`documents/${id}/pdf`);
  const creditable = d.kind === 'invoice' && d.credited_minor < d.total_minor && can('orders.write');
  const actions = (
    <>
      {creditable ? <Button size="sm" onClick={() => setCrediting(true)}>{t('credit')}</Button> : null}
      {d.client_id && can('orders.write') ? <Button size="sm" icon="mail" onClick={() => void send(d)}>{t('send')}</Button> : null}
      <a class="btn btn-sm" href={pdf} download={`${d.number}.pdf`}>{t('download')}</a>
      <a class="btn btn-primary btn-sm" href={pdf} target="_blank" rel="noopener"><Icon name="external-link" size="sm" /> {t('open.pdf')}<span class="visually-hidden"> {t('newTab')}</span></a>
    </>
  );
  return (
    <Page title={`${kindName(d.kind)} ${d.number}`} lead={[d.client_name ?? t('client.none'), day(d.issued_on)].join(' · ')} before={back} actions={actions}>
      <dl class="facts">
        <div><dt>{t('total')}</dt><dd>{money(d.total_minor, d.currency)}</dd></div>
        {d.tax_minor ? <div><dt>{t('tax')}</dt><dd>{money(d.tax_minor, d.currency)}</dd></div> : null}
        {d.kind === 'invoice' ? <div><dt>{t('state')}</dt><dd><StateBadge d={d} /></dd></div> : null}
        {d.credited_minor ? <div><dt>{t('credited')}</dt><dd>{money(d.credited_minor, d.currency)}</dd></div> : null}
      </dl>
      <p class="small invoice-note"><a href={`/app/orders/${d.order_id}`}>{t('order')}</a></p>
      {d.of_id ? <p class="small invoice-note"><a href={`/app/invoices/${d.of_id}`}>{t('of', { number: d.of_number ?? '' })}</a></p> : null}
      {d.reason ? <p class="small invoice-note">{t('reason')}: {d.reason}</p> : null}
      <Lines d={d} />
      {crediting ? <CreditDialog invoice={d} onClose={() => setCrediting(false)} /> : null}
    </Page>
  );
}

function Lines({ d }: { readonly d: PaperDocument }) {
  const columns: readonly Column<PaperDocument['lines'][number]>[] = [
    { key: 'description', head: t('description'), cell: (l) => l.description },
    { key: 'quantity', head: t('quantity'), num: true, cell: (l) => l.quantity },
    { key: 'tax', head: t('tax'), hideSmall: true, dim: true, cell: (l) => l.tax_name ?? '' },
    { key: 'amount', head: t('amount'), num: true, nowrap: true, cell: (l) => money(l.total_minor, d.currency) },
  ];
  return <Table caption={t('lines')} columns={columns} rows={d.lines} rowKey={(l) => String(l.position)} />;
}

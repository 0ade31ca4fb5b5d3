/** The ledger: the trial balance, accounts, and what moved on one of them. */
import type { ComponentChildren } from 'preact';
import { get } from '../../api/client';
import type { ScreenProps } from '../../app/routes';
import { Screens, type ParamsProps, type ScreenList } from '../../app/Screens';
import { useServices } from '../../app/data';
import { can, session, zone } from '../../app/session';
import { texts } from '../../app/text';
import { DateField, Empty, Failed, Icon, LinkTabs, Loading, Notice, Page, Table, type Column } from '../../app/ui';
import { urlOf, type Reply } from '../../lib/http';
import { formatMoney } from '../../lib/money';
import { useQuery } from '../../lib/query';
import { address, setQuery } from '../../lib/router';
import { addDays, formatDateTime, todayIn } from '../../lib/time';
import en from './en.json';

const t = texts(en);
interface Book { unit: string; book: string; accounts: number; debits_posted: number; credits_posted: number; balance: number }
interface Unit { unit: string; difference: number }
interface Account { id: string; code: string; unit: string; balance: number; available: number; debits_posted: number; credits_posted: number }
interface Line { id: string; other_code: string; change: number; balance: number; cause: string; reason: string | null; phase: string; created_at: string }

const LIST: ScreenList = [['', Trial], ['accounts', Accounts], [':id', Statement]];
export default function Ledger({ rest }: ScreenProps) { return <Screens rest={rest} list={LIST} />; }

/** Currencies as money, things that are only counted as numbers. */
const show = (amount: number, unit: string): string => (/^[A-Z]{3}$/.test(unit) ? formatMoney(amount, unit, session.value?.tenant.locale) : unit === 'visits' ? t('visits', { count: amount }) : `${amount} ${unit}`);

function Frame({ part, children }: { readonly part: 'trial' | 'accounts'; readonly children: ComponentChildren }) {
  const tabs = [{ href: '/app/ledger', label: t('trial'), current: part === 'trial' }, { href: '/app/ledger/accounts', label: t('accounts'), current: part === 'accounts' }];
  return <Page title={t('title')} part={t(part)} lead={t('lead')}><LinkTabs label={t('parts')} tabs={tabs} />{children}</Page>;
}

const BOOKS: readonly Column<Book>[] = [
  { key: 'book', head: t('book'), cell: (b) => <span class="ledger-name">{wordsOf(b.book)} <span class="muted small ledger-code">{b.book}</span></span> },
  { key: 'unit', head: t('unit'), dim: true, hideSmall: true, cell: (b) => b.unit },
  { key: 'count', head: t('count'), num: true, hideSmall: true, cell: (b) => b.accounts },
  { key: 'debits', head: t('debits'), num: true, nowrap: true, cell: (b) => show(b.debits_posted, b.unit) },
  { key: 'credits', head: t('credits'), num: true, nowrap: true, cell: (b) => show(b.credits_posted, b.unit) },
  { key: 'balance', head: t('balance'), num: true, nowrap: true, hideSmall: true, cell: (b) => show(b.balance, b.unit) },
];

function Trial() {
  const query = useQuery<{ units: Unit[]; books: Book[] }>(['ledger', 'trial'], async (signal) => (await get<{ units: Unit[]; books: Book[] }>('ledger/trial-balance', { signal })).data);
  const data = query.data;
  return (
    <Frame part="trial">
      {query.error && !data ? <Failed error={query.error} what={t('what')} onRetry={query.reload} /> : null}
      {!data && !query.error ? <Loading what={t('what')} /> : null}
      {data && data.books.length === 0 ? <Empty icon="list" title={t('empty')} text={t('emptyText')} /> : null}
      {data?.units.map((u) => <Notice key={u.unit} tone={u.difference === 0 ? 'ok' : 'danger'}><p>{u.difference === 0 ? t('balanced', { unit: u.unit }) : t('unbalanced', { unit: u.unit, amount: show(u.difference, u.unit) })}</p></Notice>)}
      {data && data.books.length > 0 ? <Table caption={t('trial')} columns={BOOKS} rows={data.books} rowKey={(b) => `${b.unit} ${b.book}`} /> : null}
    </Frame>
  );
}

interface Whose { readonly id: string; readonly name: string; readonly part: string | null }
const NAMES_AT_ONCE = 50;

/** Names of clients, sponsors and parts of wallets behind the codes. */
function useNames(codes: readonly string[]): ReadonlyMap<string, string> {
  const ids = [...new Set(codes.filter((code) => /^(member|receivable|sponsor):/.test(code)).map((code) => code.slice(-36)).filter((id) => /^[0-9a-f-]{36}$/.test(id)))].sort();
  const may = can('wallets.read') && ids.length > 0;
  const names = useQuery<Whose[]>(may ? ['ledger-names', ids.join()] : null, async (signal) => {
    const found: Whose[] = [];
    for (let at = 0; at < ids.length; at += NAMES_AT_ONCE) found.push(...(await get<Whose[]>('ledger-names', { query: { ids: ids.slice(at, at + NAMES_AT_ONCE).join() }, signal })).data);
    return found;
  }).data;
  return new Map((names ?? []).map((one) => [one.id, one.part ? `${one.name}, ${one.part}` : one.name]));
}

/** What a code means: its book in words; and whose it is, where a list knows the id. */
function useMeaning(codes: readonly string[]): (code: string) => string {
  const people = useNames(codes);
  const services = useServices().data;
  const tills = useQuery<{ id: string; name: string }[]>(['tills'], async (signal) => (await get<{ id: string; name: string }[]>('tills', { signal })).data).data;
  const products = useQuery<{ id: string; name: string }[]>(['products'], async (signal) => (await get<{ id: string; name: string }[]>('products', { signal })).data).data;
  const names = new Map([...(services ?? []), ...(tills ?? []), ...(products ?? [])].map((one) => [one.id, one.name]));
  return (code) => {
    const [book = '', ...rest] = code.split(':');
    const last = rest.at(-1) ?? '';
    const whose = people.get(last) ?? names.get(last) ?? (last.length === 36 ? `…${last.slice(-6)}` : book === 'tax' ? `${Number(last) / 10_000} %` : last.replace(/_/g, ' '));
    const words = wordsOf(book);
    return whose ? `${words}: ${whose}` : words;
  };
}
const MEANT = ['member', 'receivable', 'revenue', 'till', 'tax', 'sponsor', 'world', 'deposit_liability', 'refund_payable', 'cancellation_revenue', 'clearing', 'till_difference', 'fees', 'writeoff', 'dispute_reserve'] as const;
const wordsOf = (book: string): string => ((MEANT as readonly string[]).includes(book) ? t(`meant.${book as (typeof MEANT)[number]}`) : book.replace(/_/g, ' '));

const accountsOf = (meaning: (code: string) => string): readonly Column<Account>[] => [
  { key: 'account', head: t('account'), cell: (a) => <a class="table-link ledger-name" href={`/app/ledger/${a.id}`}>{meaning(a.code)} <span class="muted small ledger-code">{a.code}</span></a> },
  { key: 'balance', head: t('balance'), num: true, nowrap: true, cell: (a) => show(a.balance, a.unit) },
  { key: 'available', head: t('available'), num: true, nowrap: true, hideSmall: true, cell: (a) => show(a.available, a.unit) },
];

function More({ here, next, cursor }: { readonly here: string; readonly next: string | null | undefined; readonly cursor: string }) {
  if (!cursor && !next) return null;
  return <p class="pager">{cursor ? <a href={here}>{t('newest')}</a> : null}{next ? <a href={`${here}${here.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(next)}`}>{t('older')}</a> : null}</p>;
}

function Accounts() {
  const cursor = address.value.query.get('cursor') ?? '';
  const list = useQuery<Reply<Account[]>>(['ledger', 'accounts', cursor], (signal) => get<Account[]>('ledger/accounts', { query: { limit: 100, ...(cursor ? { cursor } : {}) }, signal }));
  const rows = list.data?.data;
  const meaning = useMeaning((rows ?? []).map((a) => a.code));
  return (
    <Frame part="accounts">
      {list.error && !rows ? <Failed error={list.error} what={t('what')} onRetry={list.reload} /> : null}
      {!rows && !list.error ? <Loading what={t('what')} /> : null}
      {rows && rows.length === 0 ? <Empty icon="list" title={t('empty')} text={t('emptyText')} /> : null}
      {rows && rows.length > 0 ? <Table caption={t('accounts')} columns={accountsOf(meaning)} rows={rows} rowKey={(a) => a.id} /> : null}
      <More here="/app/ledger/accounts" next={list.data?.meta.pagination?.next_cursor} cursor={cursor} />
    </Frame>
  );
}

function Statement({ params }: ParamsProps) {
  const id = params['id'] ?? '';
  const cursor = address.value.query.get('cursor') ?? '';
  const account = useQuery<Account>(['ledger', 'account', id], async (signal) => (await get<Account>(`ledger/accounts/${id}`, { signal })).data);
  const today = todayIn(zone.value);
  const from = address.value.query.get('from') ?? '';
  const to = address.value.query.get('to') ?? '';
  const period = { ...(from ? { from } : {}), ...(to ? { to } : {}) };
  const list = useQuery<Reply<Line[]>>(['ledger', 'lines', id, from, to, cursor], (signal) => get<Line[]>(`ledger/accounts/${id}/statement`, { query: { ...period, limit: 50, ...(cursor ? { cursor } : {}) }, signal }));
  const a = account.data;
  const rows = list.data?.data;
  const meaning = useMeaning([...(a ? [a.code] : []), ...(rows ?? []).map((l) => l.other_code)]);
  const error = account.error ?? list.error;
  const before = <a class="crumb" href="/app/ledger/accounts"><Icon name="chevron-left" size="sm" /> {t('accounts')}</a>;
  if (!a || (!rows && error)) return <Page title={t('account')} before={before}>{error ? <Failed error={error} what={t('what')} onRetry={() => { account.reload(); list.reload(); }} /> : <Loading what={t('what')} />}</Page>;
  const columns: readonly Column<Line>[] = [
    { key: 'when', head: t('when'), dim: true, nowrap: true, cell: (l) => formatDateTime(l.created_at, zone.value, session.value?.tenant.locale) },
    { key: 'other', head: t('other'), cell: (l) => <span title={l.other_code}>{meaning(l.other_code)}</span> },
    { key: 'cause', head: t('cause'), fold: true, dim: true, cell: (l) => l.reason ?? l.cause.replace(/_/g, ' ') },
    { key: 'change', head: t('change'), num: true, nowrap: true, cell: (l) => show(l.change, a.unit) },
    { key: 'balance', head: t('balance'), num: true, nowrap: true, hideSmall: true, cell: (l) => show(l.balance, a.unit) },
  ];
  const here = `/app/ledger/${id}${from || to ? `?${new URLSearchParams(period).toString()}` : ''}`;
  return (
    <Page title={meaning(a.code)} lead={a.code} before={before} actions={<a class="btn btn-secondary btn-sm" href={urlOf(`ledger/accounts/${id}/statement/csv`, { from: from || addDays(to || today, -365), to: to || today })}>{t('csv')}</a>}>
      <dl class="facts">
        <div><dt>{t('balance')}</dt><dd class="num">{show(a.balance, a.unit)}</dd></div>
        <div><dt>{t('available')}</dt><dd class="num">{show(a.available, a.unit)}</dd></div>
      </dl>
      <div class="form-row">
        <DateField label={t('from')} value={from} max={to || today} onValue={(value) => setQuery({ from: value || null, cursor: null })} />
        <DateField label={t('to')} value={to} min={from} onValue={(value) => setQuery({ to: value || null, cursor: null })} />
      </div>
      {!rows ? <Loading what={t('what')} /> : rows.length === 0 ? <Empty icon="list" title={from || to ? t('emptyPeriod') : t('emptyLines')}>{from || to ? <a class="btn btn-secondary" href={`/app/ledger/${id}`}>{t('allTime')}</a> : null}</Empty> : <Table caption={t('account')} columns={columns} rows={rows} rowKey={(l) => l.id} />}
      <More here={here} next={list.data?.meta.pagination?.next_cursor} cursor={cursor} />
    </Page>
  );
}

/** The bookings that a block hits: each with three free times; moved by one press, or their clients are asked to choose. */
import { useState } from 'preact/hooks';
import { get, post } from '../../api/client';
import type { BlockHit, Reslotted } from '../../api/types';
import type { ScreenProps } from '../../app/routes';
import { session, zone } from '../../app/session';
import { Button, Empty, Failed, Icon, Loading, Page, showToast } from '../../app/ui';
import { texts } from '../../app/text';
import { useProviders } from '../../app/data';
import { openExisting } from '../../calendar/open';
import { invalidate, useQuery } from '../../lib/query';
import { navigate } from '../../lib/router';
import { formatDateTime } from '../../lib/time';
import en from './en.json';

const t = texts(en);
const ASK = 'ask';
const STAY = '';
const whenOf = (instant: string): string => formatDateTime(instant, zone.value, session.value?.tenant.locale);
const keyOf = (slot: BlockHit['next'][number]): string => `${slot.start} ${slot.provider_id}`;

export default function Reslot({ rest }: ScreenProps) {
  const id = rest.split('/')[0] ?? '';
  if (id === '') return <Page narrow title={t('title')}><Empty icon="lock" title={t('missing')} text={t('missingText')} /></Page>;
  return <Bookings key={id} id={id} />;
}

function Bookings({ id }: { readonly id: string }) {
  const list = useQuery<BlockHit[]>(['reslot', id], async (signal) => (await get<BlockHit[]>(`blocked-times/${id}/hits`, { query: { scope: 'all' }, signal })).data);
  return (
    <Page narrow title={t('title')} lead={t('lead')} actions={<Button size="sm" onClick={() => navigate('/app/calendar')}>{t('back')}</Button>}>
      {list.error && !list.data ? <Failed error={list.error} what={t('title')} onRetry={list.reload} /> : null}
      {!list.data && !list.error ? <Loading what={t('title')} /> : null}
      {list.data && list.data.length === 0 ? <Empty icon="circle-check" title={t('empty')} text={t('emptyText')} /> : null}
      {list.data && list.data.length > 0 ? <Rows id={id} first={list.data} /> : null}
    </Page>
  );
}

/** The list stays as it was read: who is done keeps the place, and says so. */
function Rows({ id, first }: { readonly id: string; readonly first: readonly BlockHit[] }) {
  const [hits, setHits] = useState(first);
  const [choices, setChoices] = useState<Readonly<Record<string, string>>>(() => Object.fromEntries(first.map((h) => [h.appointment_id, h.next[0] ? keyOf(h.next[0]) : STAY])));
  const [results, setResults] = useState<Readonly<Record<string, Reslotted>>>({});
  const [busy, setBusy] = useState(false);
  const open = hits.filter((h) => !isDone(results[h.appointment_id]));
  const choiceOf = (h: BlockHit): string => choices[h.appointment_id] ?? STAY;
  const tell = open.filter((h) => choiceOf(h) === ASK);
  const moves = open.flatMap((h) => {
    const slot = h.next.find((one) => keyOf(one) === choiceOf(h));
    return slot ? [{ appointment_id: h.appointment_id, start: slot.start, provider_id: slot.provider_id, version: h.version }] : [];
  });

  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      const { data } = await post<Reslotted[]>(`blocked-times/${id}/reslot`, { moves, tell: tell.map((h) => h.appointment_id) });
      const by = new Map(data.map((r) => [r.appointment_id, r]));
      setResults({ ...results, ...Object.fromEntries(by) });
      setHits(hits.map((h) => ({ ...h, next: by.get(h.appointment_id)?.result === 'taken' ? (by.get(h.appointment_id)?.next ?? []) : h.next })));
      setChoices({ ...choices, ...Object.fromEntries(data.filter((r) => !isDone(r)).map((r) => [r.appointment_id, STAY])) });
      showToast(t('done', { count: data.filter(isDone).length }));
    } catch (error) {
      showToast(t('failed', { reason: (error as Error).message }), { danger: true });
    } finally {
      setBusy(false);
      invalidate(['calendar'], ['appointment'], ['appointments']);
    }
  };
  const label = moves.length + tell.length === 0 ? t('nothing') : tell.length === 0 ? t('move', { count: moves.length }) : moves.length === 0 ? t('askOnly', { count: tell.length }) : t('moveAndAsk', { moves: moves.length, count: tell.length });
  return (
    <>
      <ul class="reslot">{hits.map((h) => <Row key={h.appointment_id} hit={h} choice={choiceOf(h)} result={results[h.appointment_id]} onChoice={(value) => setChoices({ ...choices, [h.appointment_id]: value })} />)}</ul>
      {open.length > 0 ? (
        <div class="reslot-foot"><Button kind="primary" busy={busy} disabled={moves.length + tell.length === 0} onClick={() => void run()}>{label}</Button></div>
      ) : (
        <p class="reslot-foot" role="status">{t('done', { count: hits.length })}</p>
      )}
    </>
  );
}

const isDone = (r: Reslotted | undefined): boolean => r !== undefined && (r.result === 'moved' || r.result === 'told' || r.result === 'not_hit');

interface RowProps { readonly hit: BlockHit; readonly choice: string; readonly result: Reslotted | undefined; readonly onChoice: (value: string) => void }

function Row({ hit, choice, result, onChoice }: RowProps) {
  const done = isDone(result);
  const said = result ? t(`result.${result.result}` as 'result.told', result.result === 'moved' ? { when: whenOf(result.start ?? hit.start) } : {}) : '';
  return (
    <li class="panel reslot-row">
      <h2><button type="button" class="link-btn" onClick={() => openExisting(hit.appointment_id)}>{hit.client_name}</button></h2>
      <p class="small">{t('now', { when: whenOf(hit.start), service: hit.service_name, provider: hit.provider_name })}{hit.client_phone ? <span class="muted"> · {t('phone', { phone: hit.client_phone })}</span> : null}</p>
      <div role="status">{result ? <p class={done ? 'reslot-done' : 'field-error'}><Icon name={done ? 'circle-check' : 'circle-alert'} size="sm" /><span>{said}</span></p> : null}</div>
      {done ? null : <Choice hit={hit} choice={choice} onChoice={onChoice} />}
    </li>
  );
}

function Choice({ hit, choice, onChoice }: Omit<RowProps, 'result'>) {
  const providers = useProviders().data ?? [];
  const who = (id: string): string => (id === hit.provider_id ? '' : (providers.find((p) => p.id === id)?.name ?? ''));
  const options = [...hit.next.map((slot) => ({ value: keyOf(slot), label: whenOf(slot.start), text: who(slot.provider_id) })),
    ...(hit.has_mail ? [{ value: ASK, label: t('ask'), text: '' }] : []), { value: STAY, label: t('stay'), text: hit.has_mail ? '' : t('noMail') }];
  return (
    <>
      {hit.next.length === 0 ? <p class="muted small">{t('none')}</p> : null}
      <fieldset class="reslot-times">
        <legend class="visually-hidden">{t('to', { name: hit.client_name })}</legend>
        {options.map((option) => (
          <label key={option.value} class="card-radio">
            <input type="radio" name={`to-${hit.appointment_id}`} value={option.value} checked={option.value === choice} onChange={() => onChoice(option.value)} />
            <span><strong class="num">{option.label}</strong>{option.text ? <span class="field-hint">{option.text}</span> : null}</span>
          </label>
        ))}
      </fieldset>
    </>
  );
}

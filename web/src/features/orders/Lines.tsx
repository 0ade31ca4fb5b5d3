/** What is sold: the lines of an order, new or changed while nothing is paid. */
import { useState } from 'preact/hooks';
import { create, get, put } from '../../api/client';
import type { Client } from '../../api/types';
import { useLocations, useServices } from '../../app/data';
import { can, session } from '../../app/session';
import { Button, Combobox, focusWrong, NumberField, Notice, SelectField, showToast, TextField, type Option } from '../../app/ui';
import { ApiError } from '../../lib/http';
import { editMoney, parseMoney } from '../../lib/money';
import { useQuery } from '../../lib/query';
import { navigate } from '../../lib/router';
import { money, refresh, t } from './text';
import type { Order } from './types';

interface Product { id: string; name: string; price_minor: number }
interface Draft { readonly key: number; readonly kind: 'service' | 'product' | 'fee' | 'other'; readonly refId: string | null; readonly what: string; readonly quantity: string; readonly price: string; readonly discount: string }

let keys = 0;
const fresh = (kind: Draft['kind'], refId: string | null, what: string, price: string): Draft => ({ key: keys++, kind, refId, what, quantity: '1', price, discount: '' });

async function findClients(text: string, signal: AbortSignal): Promise<readonly Option[]> {
  const { data } = await get<Client[]>('clients', { query: { q: text, limit: 8 }, signal });
  return data.map((c) => ({ id: c.id, label: c.name, detail: c.phone ?? c.email }));
}

type Wrong = Partial<Record<'quantity' | 'price' | 'discount', string>>;
/** What is wrong with a line, by field. */
function wrongOf(l: Draft, currency: string): Wrong {
  const price = parseMoney(l.price, currency);
  const n = Number(l.quantity);
  const off = l.discount.trim() === '' ? 0 : parseMoney(l.discount, currency);
  const whole = Number.isInteger(n) && n >= 1;
  return {
    ...(whole ? {} : { quantity: t('edit.wrongNumber') }), ...(price === null ? { price: t('edit.wrongAmount') } : {}),
    ...(off === null ? { discount: t('edit.wrongAmount') } : whole && price !== null && off > price * n ? { discount: t('edit.tooMuchOff') } : {}),
  };
}

/** Null: one of the amounts is none. */
function sumOf(lines: readonly Draft[], currency: string): number | null {
  let sum = 0;
  for (const l of lines) {
    if (Object.keys(wrongOf(l, currency)).length > 0) return null;
    sum += (parseMoney(l.price, currency) ?? 0) * Number(l.quantity) - (parseMoney(l.discount || '0', currency) ?? 0);
  }
  return sum;
}

export function LinesForm({ order, client, onDone }: { readonly order?: Order; readonly client?: Option; readonly onDone?: () => void }) {
  const currency = order?.currency ?? session.value?.tenant.currency ?? 'EUR';
  const services = useServices().data ?? [];
  const locations = useLocations().data ?? [];
  const products = useQuery<Product[]>(['products'], async (signal) => (await get<Product[]>('products', { signal })).data).data ?? [];
  const [lines, setLines] = useState<readonly Draft[]>((order?.lines ?? []).map((l) => ({
    key: keys++, kind: l.kind === 'package' || l.kind === 'top_up' ? 'other' : l.kind, refId: l.ref_id, what: l.description, quantity: String(l.quantity), price: editMoney(l.unit_minor, currency), discount: l.discount_minor ? editMoney(l.discount_minor, currency) : '',
  })));
  const [who, setWho] = useState<Option | null>(client ?? null);
  const [place, setPlace] = useState('');
  const [discount, setDiscount] = useState('');
  const [note, setNote] = useState(order?.note ?? '');
  const [version] = useState(order?.version ?? 0); /* what was read: somebody else's change meanwhile is told, not overwritten */
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const sum = sumOf(lines, currency);
  const off = discount.trim() === '' ? 0 : parseMoney(discount, currency);
  const change = (key: number, changes: Partial<Draft>): void => {
    setProblem(null);
    setLines(lines.map((l) => (l.key === key ? { ...l, ...changes } : l)));
  };
  const add = (choice: string): void => {
    setProblem(null);
    const [kind, id] = choice.split(':');
    const s = services.find((one) => one.id === id);
    const p = products.find((one) => one.id === id);
    if (kind === 'service' && s) setLines([...lines, fresh('service', s.id, s.name, editMoney(s.price_minor, currency))]);
    else if (kind === 'product' && p) setLines([...lines, fresh('product', p.id, p.name, editMoney(p.price_minor, currency))]);
    else if (kind === 'other') setLines([...lines, fresh('other', null, '', '')]);
  };
  const save = async (): Promise<void> => {
    setTried(true);
    setProblem(lines.length === 0 ? t('edit.none') : sum === null || off === null || off > sum ? t('edit.check') : null);
    if (busy || lines.length === 0 || sum === null || off === null || off > sum) return;
    setBusy(true);
    const body = {
      lines: lines.map((l) => ({ kind: l.kind, ...(l.refId ? { ref_id: l.refId } : {}), ...(l.what.trim() ? { description: l.what.trim() } : {}), quantity: Number(l.quantity), unit_minor: parseMoney(l.price, currency), ...(l.discount.trim() ? { discount_minor: parseMoney(l.discount, currency) } : {}) })),
      ...(off ? { discount_minor: off } : {}), ...(note.trim() ? { note: note.trim() } : {}),
    };
    try {
      const { data } = order ? await put<Order>(`orders/${order.id}/lines`, body, { version })
        : await create<Order>('orders', { ...body, location_id: place || locations[0]?.id, ...(who ? { client_id: who.id } : {}) });
      refresh();
      showToast(t('edit.saved'));
      if (order) onDone?.();
      else navigate(`/app/orders/${data.id}`);
    } catch (error) {
      setProblem(error instanceof ApiError ? [error.message, ...Object.values(error.fields)].join(' ') : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); void save(); focusWrong(event.currentTarget); }}>
      {problem ? <Notice tone="danger" live><p>{problem}</p></Notice> : null}
      {order ? null : (
        <div class="form-row">
          {can('clients.read') ? <Combobox label={t('who')} optional={t('optional')} placeholder={t('edit.search')} value={who} search={findClients} onChoose={setWho} /> : null}
          {locations.length > 1 ? <SelectField label={t('edit.location')} value={place} onValue={setPlace}>{locations.map((l) => <option key={l.id} value={l.id}>{l.name}</option>)}</SelectField> : null}
        </div>
      )}
      <ul class="rows order-lines" aria-label={t('lines')}>
        {lines.map((l) => {
          const wrong: Wrong = tried ? wrongOf(l, currency) : {};
          return (
          <li key={l.key}>
            <div class="order-line">
              <TextField label={t('line.what')} value={l.what} maxLength={200} onValue={(what) => change(l.key, { what })} />
              <NumberField label={t('line.quantity')} min={1} max={10_000} value={l.quantity} error={wrong.quantity ?? null} onValue={(quantity) => change(l.key, { quantity })} />
              <TextField label={t('line.price')} value={l.price} inputMode="decimal" error={wrong.price ?? null} onValue={(price) => change(l.key, { price })} />
              <TextField label={t('line.discount')} value={l.discount} inputMode="decimal" error={wrong.discount ?? null} onValue={(next) => change(l.key, { discount: next })} />
              <Button kind="quiet" icon="trash-2" aria-label={t('edit.remove', { what: l.what })} onClick={() => setLines(lines.filter((one) => one.key !== l.key))} />
            </div>
          </li>
          );
        })}
      </ul>
      <SelectField label={t('edit.add')} value="" onValue={add}>
        <option value="">{t('edit.choose')}</option>
        {products.length > 0 ? <optgroup label={t('edit.products')}>{products.map((p) => <option key={p.id} value={`product:${p.id}`}>{p.name}</option>)}</optgroup> : null}
        <optgroup label={t('edit.services')}>{services.map((s) => <option key={s.id} value={`service:${s.id}`}>{s.name}</option>)}</optgroup>
        <option value="other:">{t('edit.other')}</option>
      </SelectField>
      <div class="form-row">
        <TextField label={t('edit.discount')} optional={t('optional')} value={discount} inputMode="decimal" error={tried && (off === null || (sum !== null && off > sum)) ? t(off === null ? 'edit.wrongAmount' : 'edit.moreThanAll') : null} onValue={(text) => { setProblem(null); setDiscount(text); }} />
        <TextField label={t('edit.note')} optional={t('optional')} maxLength={500} value={note} onValue={setNote} />
      </div>
      {sum !== null && off !== null && lines.length > 0 ? <p class="num">{t('edit.sum', { amount: money(Math.max(0, sum - off), currency) })}</p> : null}
      <p><Button kind="primary" type="submit" busy={busy}>{order ? t('edit.save') : t('edit.make')}</Button></p>
    </form>
  );
}

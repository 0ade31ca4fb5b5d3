/** What it takes besides the provider: more people, chairs, rooms and devices, each for its own part of the time; and seats. */
import type { Resource, ServicePart } from '../../../api/types';
import { useResources } from '../../../app/data';
import { ListEditor } from '../../../app/ui/ListEditor';
import { Chips } from '../../../ui/Choices';
import { SelectField } from '../../../ui/Field';
import { NumberField } from '../../../ui/Inputs';
import { numberOf } from '../forms';
import { t } from '../text';
import type { SectionProps, ServiceSection } from './section';

/** As it stands in the form: numbers are texts while they are typed. */
interface Row { what: 'provider' | 'named' | Resource['kind']; ids: string[]; quantity: string; from: string; length: string }
const PARTS_MAX = 6;
const EMPTY: Row = { what: 'provider', ids: [], quantity: '1', from: '0', length: '' };

const rowsOf = (text: string | undefined): Row[] => JSON.parse(text || '[]') as Row[];

function rowOf(part: ServicePart): Row {
  const what = part.kind === 'provider' ? 'provider' : (part.resource_kind ?? 'named');
  return { what, ids: part.kind === 'provider' ? part.provider_ids : part.resource_ids, quantity: String(part.quantity), from: String(part.offset_min), length: part.duration_min?.toString() ?? '' };
}

function partOf(row: Row): ServicePart {
  const provider = row.what === 'provider';
  const kind = provider || row.what === 'named' ? null : row.what;
  return {
    kind: provider ? 'provider' : 'resource', resource_kind: kind as Resource['kind'] | null, provider_ids: provider ? row.ids : [], resource_ids: row.what === 'named' ? row.ids : [],
    quantity: numberOf(row.quantity) ?? 1, offset_min: numberOf(row.from) ?? 0, duration_min: numberOf(row.length),
  };
}

export const needs: ServiceSection = {
  title: t('needs.title'),
  lead: t('needs.lead'),
  initial: (row) => ({ lead_min: row?.lead_min?.toString() ?? '', seats: String(row?.seats ?? 1), parts: JSON.stringify((row?.parts ?? []).map(rowOf)) }),
  body: (v) => ({ lead_min: numberOf(v['lead_min'] ?? ''), seats: numberOf(v['seats'] ?? '') ?? 1, parts: rowsOf(v['parts']).map(partOf) }),
  labels: { lead_min: t('needs.leadMin'), seats: t('needs.seats'), parts: t('needs.parts') },
  validate: (v) => (rowsOf(v['parts']).some((row) => (row.what === 'provider' || row.what === 'named') && row.ids.length === 0) ? { parts: t('needs.chooseSome') } : {}),
  Part: Needs,
};

const nameOf = (row: Row): string => t(`needs.kind.${row.what}`);

function Needs({ form, context }: SectionProps) {
  const resources = useResources().data ?? [];
  const bound = form.bind('parts');
  return (
    <>
      <div class="form-row">
        <NumberField {...form.bind('lead_min')} label={t('needs.leadMin')} hint={t('needs.leadMinHint')} min={1} max={1440} />
        <NumberField {...form.bind('seats')} label={t('needs.seats')} hint={t('needs.seatsHint')} min={1} max={100} required />
      </div>
      <div id={bound.id} tabIndex={-1}>
        <ListEditor label={t('needs.parts')} rows={rowsOf(bound.value)} onChange={(rows) => bound.onValue(JSON.stringify(rows))} make={() => EMPTY} addLabel={t('needs.add')} nameOf={nameOf} max={PARTS_MAX} emptyText={t('needs.none')}>
          {(row, set, index) => <Part row={row} set={set} index={index} people={context.providers} resources={resources} />}
        </ListEditor>
        {bound.error ? <p class="field-error">{bound.error}</p> : null}
      </div>
    </>
  );
}

interface PartProps { readonly row: Row; readonly set: (row: Row) => void; readonly index: number; readonly people: SectionProps['context']['providers']; readonly resources: readonly Resource[] }

function Part({ row, set, index, people, resources }: PartProps) {
  const id = (name: string): string => `part-${index}-${name}`;
  return (
    <div class="stack-sm">
      <div class="form-row form-row-4">
        <SelectField id={id('what')} label={t('needs.what')} value={row.what} error={null} onValue={(what) => set({ ...row, what: what as Row['what'], ids: [] })}>
          {(['provider', 'chair', 'room', 'device', 'named'] as const).map((kind) => <option key={kind} value={kind}>{t(`needs.kind.${kind}`)}</option>)}
        </SelectField>
        <NumberField id={id('quantity')} name={id('quantity')} label={t('needs.quantity')} value={row.quantity} error={null} onValue={(quantity) => set({ ...row, quantity })} min={1} max={PARTS_MAX} required />
        <NumberField id={id('from')} name={id('from')} label={t('needs.from')} value={row.from} error={null} onValue={(from) => set({ ...row, from })} max={1440} required />
        <NumberField id={id('length')} name={id('length')} label={t('needs.length')} value={row.length} error={null} onValue={(length) => set({ ...row, length })} min={1} max={1440} />
      </div>
      {row.what === 'provider' ? <Chips label={t('needs.who')} options={people} chosen={new Set(row.ids)} onChange={(ids) => set({ ...row, ids: [...ids] })} /> : null}
      {row.what === 'named' ? <Chips label={t('needs.which')} options={resources} chosen={new Set(row.ids)} onChange={(ids) => set({ ...row, ids: [...ids] })} /> : null}
    </div>
  );
}

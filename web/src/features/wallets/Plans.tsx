/** Sponsors with their plans. */
import { useState } from 'preact/hooks';
import { create, get } from '../../api/client';
import { can } from '../../app/session';
import { Button, Dialog, Empty, FormFrame, Icon, TextField, textOrNull, useForm } from '../../app/ui';
import { invalidate, useQuery } from '../../lib/query';
import { Frame, Loaded } from './Frame';
import { PlanDialog } from './PlanDialog';
import { ServiceMap } from './Sell';
import { day, money, t } from './text';
import type { Policy, Sponsor } from './types';

interface Both { readonly sponsors: readonly Sponsor[]; readonly policies: readonly Policy[] }

export function Plans() {
  const query = useQuery<Both>(['benefits', 'plans'], async (signal) => {
    const [sponsors, policies] = await Promise.all([get<Sponsor[]>('sponsors', { signal }), get<Policy[]>('benefit-policies', { signal })]);
    return { sponsors: sponsors.data, policies: policies.data };
  });
  const [adding, setAdding] = useState(false);
  const [mapping, setMapping] = useState(false);
  const [planFor, setPlanFor] = useState<Sponsor | null>(null);
  const add = can('wallets.approve') ? (
    <>
      <Button size="sm" icon="list" onClick={() => setMapping(true)}>{t('map.title')}</Button>
      <Button kind="primary" size="sm" icon="plus" onClick={() => setAdding(true)}>{t('sponsor.new')}</Button>
    </>
  ) : undefined;
  return (
    <Frame name="plans" actions={add}>
      <Loaded query={query} what={t('the.plans')}>
        {({ sponsors, policies }) => (sponsors.length === 0 ? <Empty icon="wallet" title={t('sponsor.none')} text={t('sponsor.noneText')}>{can('wallets.approve') ? <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>{t('sponsor.first')}</Button> : null}</Empty> : sponsors.map((sponsor) => (
          <section key={sponsor.id} class="wallet-sponsor" aria-label={sponsor.name}>
            <header class="wallet-head">
              <h2>{sponsor.name}</h2>
              <span class="muted">{t('sponsor.members', { count: sponsor.members })}</span>
              {can('wallets.approve') ? <Button size="sm" icon="plus" aria-label={t('plan.newFor', { name: sponsor.name })} onClick={() => setPlanFor(sponsor)}>{t('plan.new')}</Button> : null}
            </header>
            <PlanRows policies={policies.filter((p) => p.sponsor_id === sponsor.id)} />
          </section>
        )))}
      </Loaded>
      {mapping ? <ServiceMap onClose={() => setMapping(false)} /> : null}
      {adding ? <SponsorDialog onClose={() => setAdding(false)} /> : null}
      {planFor ? <PlanDialog sponsor={planFor} onClose={() => setPlanFor(null)} /> : null}
    </Frame>
  );
}

function PlanRows({ policies }: { readonly policies: readonly Policy[] }) {
  if (policies.length === 0) return <p class="muted">{t('plan.none')}</p>;
  return (
    <ul class="rows">
      {policies.map((p) => (
        <li key={p.id}>
          <a class="row-text" href={`/app/wallets/plans/${p.id}`}>
            <strong>{p.name}</strong>
            <span class="muted">{p.categories.map((c) => `${t(`category.${c.category}`)} ${money(c.limit_minor, p.currency)}`).join(' · ')}</span>
            <span class="muted">{t('plan.time', { from: day(p.starts_on), to: p.ends_on ? day(p.ends_on) : t('plan.open') })}</span>
          </a>
          <Icon name="chevron-right" class="cell-dim" />
        </li>
      ))}
    </ul>
  );
}

function SponsorDialog({ onClose }: { readonly onClose: () => void }) {
  const form = useForm({
    initial: { name: '', email: '', notes: '' },
    submit: async (v) => {
      await create<Sponsor>('sponsors', { name: v.name.trim(), email: textOrNull(v.email), notes: textOrNull(v.notes) });
      invalidate(['benefits']);
      onClose();
    },
  });
  return (
    <Dialog title={t('sponsor.new')} closeLabel={t('close')} onClose={onClose}>
      <FormFrame form={form} labels={{ name: t('sponsor.name'), email: t('sponsor.email'), notes: t('notes') }} saveLabel={t('save')}>
        <TextField {...form.bind('name')} autoFocus label={t('sponsor.name')} required maxLength={120} />
        <TextField {...form.bind('email')} type="email" label={t('sponsor.email')} optional={t('optional')} />
        <TextField {...form.bind('notes')} label={t('notes')} optional={t('optional')} maxLength={1000} />
      </FormFrame>
    </Dialog>
  );
}

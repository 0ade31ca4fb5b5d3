/**
 * "Pay with a wallet or benefit plan": the address is proved by a code that is sent to it, then one sees what the wallet pays of this service and what is left.
 * A part of its own, fetched where the clinic has wallets. What was proved is kept in memory only, for this visit.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PublicService, WalletPerson, WalletQuote } from '../api/types';
import { ApiError } from '../lib/http';
import { formatTime } from '../lib/time';
import { announce } from '../ui/Announcer';
import { Button } from '../ui/Button';
import { TextField } from '../ui/Field';
import { Notice } from '../ui/Notice';
import { ErrorState, Skeleton } from '../ui/State';
import { askForCode, confirmCode, quoteWallet, type AskedCode } from './api';
import { m } from './more';
import { Once } from './once';
import { priceText } from './Summary';
import { locale, t } from './text';
import { walletWords } from './walletWords';
import { zone } from './zone';

export interface WalletChoice { proof: string; person: WalletPerson; quote: WalletQuote }

let proved: { slug: string; proof: string; until: number } | null = null;
const proofFor = (slug: string): string | null => (proved?.slug === slug && proved.until > Date.now() ? proved.proof : null);

interface Props {
  slug: string;
  service: PublicService;
  start: string;
  /** What stands in the form so far. */
  email: string;
  choice: WalletChoice | null;
  /** Rises when a booking was refused because of the wallet: it is looked at again. */
  refused: number;
  onChoice: (choice: WalletChoice | null) => void;
}

export function Wallet(props: Props) {
  const { slug, refused, onChoice } = props;
  const [open, setOpen] = useState(false);
  const [proof, setProof] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => { if (refused && !proofFor(slug)) lost(); }, [refused]);
  const lost = (): void => {
    proved = null;
    setProof(null);
    setOver(true);
    onChoice(null);
  };
  const close = (): void => {
    setOpen(false);
    onChoice(null);
    setTimeout(() => opener.current?.focus(), 0);
  };
  if (!open) {
    return (
      <p><Button icon="wallet" buttonRef={opener} onClick={() => { setOpen(true); setOver(false); setProof(proofFor(slug)); setTimeout(() => title.current?.focus(), 0); }}>{m('wallet.open')}</Button></p>
    );
  }
  return (
    <section class="b-card b-wallet" aria-labelledby="b-wallet-title">
      <h2 id="b-wallet-title" ref={title} tabIndex={-1}>{m('wallet.title')}</h2>
      {over ? <Notice tone="warn" live><p>{m('wallet.over')}</p></Notice> : null}
      {proof ? <Quote {...props} key={`${props.service.id} ${props.start} ${refused}`} proof={proof} onLost={lost} />
        : <Prove slug={slug} email={props.email} onProof={(next, until) => {
            proved = { slug, proof: next, until: Date.parse(until) };
            setOver(false);
            setProof(next);
            setTimeout(() => title.current?.focus(), 0);
          }} />}
      <p class="b-card-foot"><Button kind="quiet" size="sm" onClick={close}>{m('wallet.close')}</Button></p>
    </section>
  );
}

/* ---- the code ---- */

const sentence = (error: unknown): string => {
  const api = error as ApiError, first = api instanceof ApiError ? Object.keys(api.fields)[0] : undefined;
  if (first === 'code') return m('wallet.code.wrong');
  if (first === 'email') return t('details.email.invalid');
  if (api instanceof ApiError && api.status === 429) return m('wallet.often');
  if (api instanceof ApiError && api.status === 409) return m('wallet.code.over');
  return (error as Error).message;
};

/** Enter means this part, not the whole booking. */
const onEnter = (run: () => void) => (event: KeyboardEvent): void => {
  if (event.key !== 'Enter') return;
  event.preventDefault();
  run();
};

function Prove({ slug, email: typed, onProof }: { slug: string; email: string; onProof: (proof: string, until: string) => void }) {
  const [email, setEmail] = useState(typed);
  const [asked, setAsked] = useState<AskedCode | null>(null);
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const once = useRef(new Once());
  const field = useRef<HTMLDivElement>(null);
  const focus = (): void => { setTimeout(() => field.current?.querySelector('input')?.focus(), 0); };

  const run = async (what: () => Promise<void>): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await what();
    } catch (failure) {
      setError(sentence(failure));
      focus();
    } finally {
      setBusy(false);
    }
  };
  const ask = (): Promise<void> => run(async () => {
    const input = field.current?.querySelector('input');
    if (!asked && input && !input.validity.valid) throw new Error(t('details.email.invalid'));
    setAsked(await askForCode(slug, email.trim(), once.current.keyFor({ email, at: asked?.id ?? '' })));
    setCode('');
    announce(m('wallet.code.sent', { email: email.trim() }));
    focus();
  });
  const confirm = (): Promise<void> => run(async () => {
    const digits = code.replace(/\D/g, '');
    if (digits.length !== 6 || !asked) throw new Error(m('wallet.code.digits'));
    const got = await confirmCode(slug, asked.id, digits);
    onProof(got.proof, got.expires_at);
  });
  if (!asked) {
    return (
      <div class="b-wallet-part" ref={field}>
        <p class="small muted">{m('wallet.lead')}</p>
        <TextField label={t('details.email')} type="email" inputMode="email" autocomplete="email" autocapitalize="none" spellcheck={false} required maxLength={254} value={email} error={error} onValue={setEmail} onKeyDown={onEnter(() => void ask())} />
        <div class="form-actions"><Button busy={busy} onClick={() => void ask()}>{m('wallet.send')}</Button></div>
      </div>
    );
  }
  return (
    <div class="b-wallet-part b-code" ref={field}>
      <p>{m('wallet.code.sent', { email: email.trim() })} <span class="muted">{m('wallet.code.until', { time: formatTime(asked.expires_at, zone.value, locale()) })}</span></p>
      <TextField label={m('wallet.code')} inputMode="numeric" autocomplete="one-time-code" maxLength={12} value={code} error={error} onValue={setCode} onKeyDown={onEnter(() => void confirm())} />
      <div class="form-actions">
        <Button busy={busy} onClick={() => void confirm()}>{m('wallet.check')}</Button>
        <Button kind="quiet" onClick={() => void ask()}>{m('wallet.again')}</Button>
        <Button kind="quiet" onClick={() => { setAsked(null); setError(null); focus(); }}>{m('wallet.email')}</Button>
      </div>
    </div>
  );
}

/* ---- what it pays ---- */

function Quote({ slug, service, start, proof, choice, onChoice, onLost }: Props & { proof: string; onLost: () => void }) {
  const [quote, setQuote] = useState<WalletQuote | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [turn, setTurn] = useState(0);
  const choose = (from: WalletQuote, person: WalletPerson): void => onChoice(person.covered_minor > 0 ? { proof, person, quote: from } : null);
  useEffect(() => {
    let gone = false;
    setError(null);
    onChoice(null);
    quoteWallet(slug, { proof, service_id: service.id, start }).then((got) => {
      if (gone) return;
      setQuote(got);
      const best = got.persons.reduce<WalletPerson | undefined>((one, next) => (!one || next.covered_minor > one.covered_minor ? next : one), undefined);
      if (best) choose(got, best);
      announce(best && best.covered_minor > 0 ? m('wallet.pays', { name: best.name, amount: priceText(best.covered_minor, got.currency) }) : m('wallet.nothing'));
    }, (failure: Error) => {
      if (gone) return;
      if (failure instanceof ApiError && failure.fields['proof']) onLost();
      else setError(failure);
    });
    return () => { gone = true; };
  }, [turn]);
  if (error) return <ErrorState error={error} title={m('wallet.error')} retryLabel={t('retry')} onRetry={() => setTurn(turn + 1)} />;
  if (!quote) return <Skeleton height="8rem" />;
  if (quote.persons.length === 0) return <Notice><p>{m('wallet.none')}</p></Notice>;
  const able = quote.persons.filter((one) => one.covered_minor > 0);
  return (
    <div class="b-wallet-part">
      {quote.persons.length > 1 ? (
        <fieldset class="b-people">
          <legend class="field-label">{m('wallet.who')}</legend>
          <div class="b-chips">
            {quote.persons.map((one) => (
              <label class="b-chip" key={one.client_id}>
                <input type="radio" name="b-wallet-person" disabled={one.covered_minor === 0} checked={choice?.person.client_id === one.client_id} onChange={() => choose(quote, one)} />
                <span class="b-chip-text">{one.name}<small>{one.covered_minor > 0 ? m('wallet.pays.some', { amount: priceText(one.covered_minor, quote.currency) }) : m('wallet.pays.none')}</small></span>
              </label>
            ))}
          </div>
        </fieldset>
      ) : null}
      {able.length === 0 ? <Notice><p>{m('wallet.nothing')}</p></Notice> : null}
      {choice ? <Split choice={choice} single={quote.persons.length === 1} /> : null}
    </div>
  );
}

function Split({ choice, single }: { choice: WalletChoice; single: boolean }) {
  const { person, quote } = choice, { currency } = quote;
  const price = (minor: number): string => priceText(minor, currency);
  return (
    <>
      {single ? <p>{m('wallet.for', { name: person.name })}</p> : null}
      <dl class="b-split">
        <div><dt>{t('summary.price')}</dt><dd>{price(quote.total_minor)}</dd></div>
        {person.parts.map((part, at) => (
          <div key={at}><dt>{part.name}<small>{walletWords(part, price)}</small></dt><dd>−{price(part.amount_minor)}</dd></div>
        ))}
        {person.card_minor > 0 ? <div class="is-sum"><dt>{m('wallet.card')}</dt><dd>{price(person.card_minor)}</dd></div> : null}
        {person.later_minor > 0 ? <div class="is-sum"><dt>{m('wallet.later')}</dt><dd>{price(person.later_minor)}</dd></div> : null}
        {person.card_minor + person.later_minor === 0 ? <div class="is-sum"><dt>{m('wallet.left')}</dt><dd>{price(0)}</dd></div> : null}
      </dl>
      {person.card_minor > 0 ? <p class="small muted">{m('wallet.held')}</p> : null}
    </>
  );
}

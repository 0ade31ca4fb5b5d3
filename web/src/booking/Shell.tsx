import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { PublicClinic } from '../api/types';
import { Announcer } from '../ui/Announcer';
import { initials } from '../ui/Avatar';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Skeleton } from '../ui/State';
import { t } from './text';

export type Contact = Pick<PublicClinic, 'name'> & Partial<PublicClinic>;

interface ShellProps {
  /** null while it is loading. */
  clinic: Contact | null;
  /** The clinic will not come: nothing beside the message. */
  bare?: boolean;
  /** Between the clinic's name and its contact: what was chosen so far. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}

/** The one frame of both public pages: who the clinic is, what was chosen, and the present step. */
export function Shell({ clinic, bare = false, aside, children }: ShellProps) {
  return (
    <div class="b-page">
      <a class="skip-link" href="#main">{t('skip')}</a>
      <div class={bare ? 'b-frame is-bare' : 'b-frame'}>
        {bare ? null : <header class="b-side">
          <div class="b-clinic">
            {clinic ? (
              <>
                <span class="b-mark" aria-hidden="true">{initials(clinic.name)}</span>
                <p class="b-clinic-name">{clinic.name}</p>
              </>
            ) : <Skeleton width="10rem" height="2.5rem" />}
          </div>
          {aside}
          {clinic ? <ContactList clinic={clinic} /> : null}
        </header>}
        <main class="b-main" id="main" tabIndex={-1}>{children}</main>
      </div>
      {clinic ? <footer class="b-foot"><ContactList clinic={clinic} /></footer> : null}
      <Announcer />
    </div>
  );
}

function ContactList({ clinic }: { clinic: Contact }) {
  if (!clinic.phone && !clinic.email && !clinic.address) return null;
  return (
    <address class="b-contact">
      {clinic.phone ? <a href={`tel:${clinic.phone.replace(/[^\d+]/g, '')}`}><Icon name="phone" size="sm" />{clinic.phone}</a> : null}
      {clinic.email ? <a href={`mailto:${clinic.email}`}><Icon name="mail" size="sm" />{clinic.email}</a> : null}
      {clinic.address ? <span><Icon name="map-pin" size="sm" />{clinic.address}</span> : null}
    </address>
  );
}

interface HeadProps {
  title: string;
  clinicName: string;
  step?: number;
  steps?: number;
  onBack?: () => void;
  /** Do not take the focus: the first screen of a visit. */
  quiet?: boolean;
  children?: ComponentChildren;
}

/** With one service there is no first step. */
export function stepOf(clinic: PublicClinic, step: 2 | 3): { step: number; steps: number } {
  return clinic.services.length > 1 ? { step, steps: 3 } : { step: step - 1, steps: 2 };
}

/** The heading of a screen: takes the focus when the screen appears, and names the page. */
export function ScreenHead({ title, clinicName, step, steps, onBack, quiet = false, children }: HeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = t('title.suffix', { title, clinic: clinicName });
    if (quiet) return;
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [title]);
  return (
    <div class="b-head">
      {onBack ? <Button class="b-back" kind="quiet" size="sm" icon="arrow-left" onClick={onBack}>{t('back')}</Button> : null}
      {step ? (
        <p class="b-step" id="b-step">
          {t('step', { step, steps: steps ?? step })}
          <span class="b-bars" aria-hidden="true">{Array.from({ length: steps ?? step }, (_, index) => <span key={index} class={index < step ? 'is-on' : ''} />)}</span>
        </p>
      ) : null}
      <h1 ref={heading} tabIndex={-1} aria-describedby={step ? 'b-step' : undefined}>{title}</h1>
      {children}
    </div>
  );
}

export function LoadingScreen() {
  return (
    <div aria-busy="true" class="b-loading">
      <p class="visually-hidden" role="status">{t('loading')}</p>
      <Skeleton width="14rem" height="2rem" />
      {[0, 1, 2, 3].map((row) => <Skeleton key={row} height="4.75rem" />)}
    </div>
  );
}

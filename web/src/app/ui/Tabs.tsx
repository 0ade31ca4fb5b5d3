/**
 * Tabs. LinkTabs lead to addresses (what is shown can be linked and survives a reload: prefer them); PanelTabs change a part
 * of a dialog or form in place, with the keys of the ARIA guide.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

export interface LinkTab { readonly href: string; readonly label: string; readonly count?: number; readonly current: boolean }

/** On a narrow screen a row of links scrolls: to the one that is open, and never the page with it. */
export function showCurrent(row: HTMLElement | null): void {
  const here = row?.querySelector('[aria-current]')?.getBoundingClientRect();
  if (!row || !here) return;
  const box = row.getBoundingClientRect();
  row.scrollLeft += here.left + here.width / 2 - (box.left + box.width / 2);
}

export function LinkTabs({ label, tabs }: { readonly label: string; readonly tabs: readonly LinkTab[] }) {
  const nav = useRef<HTMLElement>(null);
  const current = tabs.find((tab) => tab.current)?.href;
  useEffect(() => showCurrent(nav.current), [current]);
  return (
    <nav ref={nav} class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.href} class="tab" href={tab.href} aria-current={tab.current ? 'page' : undefined}>{tab.label}{tab.count !== undefined ? <span class="badge">{tab.count}</span> : null}</a>
      ))}
    </nav>
  );
}

export interface PanelTab<V extends string> { readonly value: V; readonly label: string; readonly count?: number }

interface PanelProps<V extends string> {
  readonly label: string;
  readonly tabs: readonly PanelTab<V>[];
  readonly value: V;
  readonly onChange: (value: V) => void;
  readonly children: ComponentChildren;
}

export function PanelTabs<V extends string>({ label, tabs, value, onChange, children }: PanelProps<V>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = tabs.findIndex((tab) => tab.value === value);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    const tab = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length];
    if (!tab) return;
    event.preventDefault();
    onChange(tab.value);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  };
  return (
    <div>
      <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {tabs.map((tab) => (
          <button key={tab.value} type="button" role="tab" class="tab" id={`${id}-${tab.value}`} aria-selected={tab.value === value} aria-controls={`${id}-panel`} tabIndex={tab.value === value ? 0 : -1} onClick={() => onChange(tab.value)}>
            {tab.label}{tab.count !== undefined ? <span class="badge">{tab.count}</span> : null}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} tabIndex={0} class="tab-panel">{children}</div>
    </div>
  );
}

import { signal } from '@preact/signals';

const said = signal({ text: '', turn: 0 });

/** Says a sentence to screen readers without moving the focus. The same sentence twice is said twice. */
export function announce(text: string): void {
  said.value = { text, turn: said.value.turn + 1 };
}

export function Announcer() {
  const { text, turn } = said.value;
  return <div class="visually-hidden" role="status" aria-live="polite">{turn % 2 === 0 ? text : `${text}\u00a0`}</div>;
}

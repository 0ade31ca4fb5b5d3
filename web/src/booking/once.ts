/**
 * One idempotency key for one intention: the same request again (a double tap, a retry after a lost answer) carries the same
 * key, a changed one a new key.
 */
import { newKey } from '../lib/http';

export class Once {
  private body = '';
  private key = '';

  constructor(private readonly make: () => string = newKey) {}

  keyFor(request: unknown): string {
    const body = JSON.stringify(request);
    if (body !== this.body || this.key === '') {
      this.body = body;
      this.key = this.make();
    }
    return this.key;
  }

  /** After an answer that ends the intention. */
  forget(): void {
    this.body = '';
    this.key = '';
  }
}

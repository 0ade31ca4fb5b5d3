/**
 * One door to the server: envelope in, data or ApiError out.
 *
 * The client never builds a message from a code; `message` is the server's sentence for people. A request that did not
 * reach the server has status 0 and code OFFLINE or TIMEOUT.
 */
export interface Meta {
  timestamp: string;
  cached?: boolean;
  pagination?: Pagination;
}
export interface Pagination {
  page: number;
  limit: number;
  total: number;
  pages: number;
  /** Goes on behind the last row; null: nothing more, or a list without it. */
  next_cursor: string | null;
}
export interface Reply<T> {
  data: T;
  meta: Meta;
  /** The version from ETag, when the answer is one editable row. */
  version: number | null;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    readonly requestId: string | null = null,
    /** Seconds, from Retry-After. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }

  /** Field messages of a 422, by path ("client.email"). */
  get fields(): Readonly<Record<string, string>> {
    return (this.details['fields'] as Record<string, string> | undefined) ?? {};
  }

  /** The server was not reached, or could not answer: trying again may help. */
  get transient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface RequestOptions {
  query?: Readonly<Record<string, string | number | boolean | null | undefined>>;
  body?: unknown;
  /** Sent as If-Match. */
  version?: number;
  /** Sent as Idempotency-Key: the same key for the same intention, also on a retry. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** Lets the request outlive the page (releasing a hold when leaving). */
  keepalive?: boolean;
  timeoutMs?: number;
}

const BASE = '/api/v1/';
const TIMEOUT_MS = 20_000;

let csrfToken: string | null = null;
let onUnauthenticated: (() => Promise<boolean>) | null = null;

/** The token of the session (Session.csrf_token); null after signing out. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** Called on a 401 outside auth/: resolves true when the visitor signed in again, and the request is sent once more. */
export function setUnauthenticatedHandler(handler: (() => Promise<boolean>) | null): void {
  onUnauthenticated = handler;
}

/** A random key; crypto.randomUUID is missing on plain http addresses. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function urlOf(path: string, query: RequestOptions['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return BASE + path + (text === '' ? '' : `?${text}`);
}

function headersOf(method: string, options: RequestOptions): Headers {
  const headers = new Headers({ Accept: 'application/json' });
  if (options.body !== undefined) headers.set('Content-Type', 'application/json');
  if (method !== 'GET' && csrfToken !== null) headers.set('X-CSRF-Token', csrfToken);
  if (options.version !== undefined) headers.set('If-Match', `"${options.version}"`);
  if (options.idempotencyKey !== undefined) headers.set('Idempotency-Key', options.idempotencyKey);
  return headers;
}

async function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), options.timeoutMs ?? TIMEOUT_MS);
  const stop = (): void => timeout.abort();
  options.signal?.addEventListener('abort', stop);
  try {
    return await fetch(urlOf(path, options.query), {
      method,
      headers: headersOf(method, options),
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: 'same-origin',
      signal: timeout.signal,
      keepalive: options.keepalive ?? false,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (timeout.signal.aborted) throw new ApiError(0, 'TIMEOUT', 'The server did not answer in time.');
    throw new ApiError(0, 'OFFLINE', 'The server cannot be reached. Please check the connection.');
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stop);
  }
}

interface Envelope {
  success: boolean;
  data?: unknown;
  meta?: Meta;
  error?: string;
  code?: string;
  details?: Record<string, unknown> | null;
  request_id?: string;
}

async function envelopeOf(response: Response): Promise<Envelope> {
  try {
    return (await response.json()) as Envelope;
  } catch {
    /* A proxy's page instead of ours, or an answer cut short. */
    return { success: false };
  }
}

function retryAfterOf(response: Response): number | null {
  const seconds = Number(response.headers.get('Retry-After') ?? NaN);
  return Number.isFinite(seconds) ? seconds : null;
}

export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Reply<T>> {
  let response = await send(method, path, options);
  if (response.status === 401 && onUnauthenticated !== null && !path.startsWith('auth/') && (await onUnauthenticated())) {
    response = await send(method, path, options);
  }
  const empty: Meta = { timestamp: '' };
  if (response.status === 204) return { data: undefined as T, meta: empty, version: null };
  const envelope = await envelopeOf(response);
  if (!response.ok || !envelope.success) {
    throw new ApiError(
      response.status,
      envelope.code ?? 'INTERNAL',
      envelope.error ?? 'The server answered with something unexpected.',
      envelope.details ?? {},
      envelope.request_id ?? response.headers.get('X-Request-Id'),
      retryAfterOf(response),
    );
  }
  const etag = /^"(\d+)"$/.exec(response.headers.get('ETag') ?? '');
  return { data: envelope.data as T, meta: envelope.meta ?? empty, version: etag ? Number(etag[1]) : null };
}

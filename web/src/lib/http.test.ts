import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ApiError, request, setCsrfToken, setUnauthenticatedHandler, urlOf } from './http';

type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | Error;
interface Seen { url: string; method: string; headers: Headers; body: string | undefined }

const original = globalThis.fetch;
function server(...answers: Answer[]): Seen[] {
  const seen: Seen[] = [];
  globalThis.fetch = (async (url: string, init: RequestInit) => {
    seen.push({ url, method: init.method ?? 'GET', headers: init.headers as Headers, body: init.body as string | undefined });
    const answer = answers.shift();
    if (!answer || answer instanceof Error) throw answer ?? new Error('no answer left');
    return new Response(answer.body === undefined ? null : JSON.stringify(answer.body), { status: answer.status, headers: answer.headers });
  }) as typeof fetch;
  return seen;
}
afterEach(() => {
  globalThis.fetch = original;
  setCsrfToken(null);
  setUnauthenticatedHandler(null);
});

const failure = async (promise: Promise<unknown>): Promise<ApiError> => {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof ApiError);
    return error;
  }
  throw new assert.AssertionError({ message: 'it did not fail' });
};

test('the envelope is opened, the version comes from the ETag', async () => {
  const seen = server({ status: 200, body: { success: true, data: { a: 1 }, meta: { timestamp: 'x' } }, headers: { ETag: '"7"' } });
  setCsrfToken('secret');
  const reply = await request<{ a: number }>('PATCH', 'clients/1', { body: { b: 2 }, version: 6, idempotencyKey: 'k' });
  assert.deepEqual(reply.data, { a: 1 });
  assert.equal(reply.version, 7);
  assert.equal(seen[0]?.headers.get('If-Match'), '"6"');
  assert.equal(seen[0]?.headers.get('X-CSRF-Token'), 'secret');
  assert.equal(seen[0]?.headers.get('Idempotency-Key'), 'k');
  assert.equal(seen[0]?.body, '{"b":2}');
});

test('a GET sends no token and an empty query is left out', async () => {
  setCsrfToken('secret');
  const seen = server({ status: 200, body: { success: true, data: [], meta: {} } });
  await request('GET', 'clients', { query: { q: '', page: 2, status: null } });
  assert.equal(seen[0]?.url, '/api/v1/clients?page=2');
  assert.equal(seen[0]?.headers.get('X-CSRF-Token'), null);
  assert.equal(urlOf('a', { q: 'ä&b' }), '/api/v1/a?q=%C3%A4%26b');
});

test('errors carry what the server said', async () => {
  server({ status: 422, body: { success: false, error: 'No.', code: 'VALIDATION_ERROR', details: { fields: { 'client.email': 'is required' } }, request_id: 'r1' } });
  const error = await failure(request('POST', 'x', { body: {} }));
  assert.equal(error.code, 'VALIDATION_ERROR');
  assert.deepEqual(error.fields, { 'client.email': 'is required' });
  assert.equal(error.requestId, 'r1');
  assert.ok(!error.transient);
});

test('a rate limit tells the wait, a page of a proxy is no surprise', async () => {
  server({ status: 429, body: { success: false, error: 'Slow.', code: 'RATE_LIMITED' }, headers: { 'Retry-After': '12' } }, { status: 502, body: '<html>' });
  assert.equal((await failure(request('GET', 'x'))).retryAfter, 12);
  const bad = await failure(request('GET', 'x'));
  assert.equal(bad.status, 502);
  assert.ok(bad.transient);
});

test('no connection is OFFLINE, a silent server is TIMEOUT', async () => {
  server(new TypeError('failed to fetch'));
  assert.equal((await failure(request('GET', 'x'))).code, 'OFFLINE');
  globalThis.fetch = ((_url: string, init: RequestInit) => new Promise((_done, fail) => { init.signal?.addEventListener('abort', () => fail(new Error('aborted'))); })) as typeof fetch;
  assert.equal((await failure(request('GET', 'x', { timeoutMs: 5 }))).code, 'TIMEOUT');
});

test('after a 401 and a new sign-in the request is sent once more', async () => {
  const seen = server({ status: 401, body: { success: false, code: 'UNAUTHENTICATED', error: 'x' } }, { status: 204 });
  setUnauthenticatedHandler(async () => { setCsrfToken('new'); return true; });
  await request('POST', 'x', { body: {} });
  assert.equal(seen.length, 2);
  assert.equal(seen[1]?.headers.get('X-CSRF-Token'), 'new');
  server({ status: 401, body: { success: false, code: 'UNAUTHENTICATED', error: 'x' } });
  assert.equal((await failure(request('POST', 'auth/login', { body: {} }))).status, 401);
});

import { connect, type Socket } from 'node:net';
import { EventHub, Hub, type HubEvents, ModelManager } from '@corral/core';
import { SimulatedClock } from '@corral/core/testing';
import { errorSchema } from '@corral/core/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { createLogger } from '../logger.js';
import { type Api, createApi } from './api.js';
import { type Listening, listen } from './listen.js';

let hub: Hub;
let api: Api;
let listening: Listening;
const logged: string[] = [];

beforeAll(async () => {
  const clock = new SimulatedClock();
  const events = new EventHub<HubEvents>();
  const file = {
    modelId: 'meadow',
    filename: 'meadow.gguf',
    path: '/models/meadow.gguf',
    sizeBytes: 1,
    gguf: null,
  };
  const models = new ModelManager({
    source: { scan: async () => ({ files: [file], rejected: [] }) },
    launcher: { launch: () => Promise.reject(new Error('Nothing is launched here')) },
    prober: { open: () => ({ check: () => Promise.reject(new Error('unused')), close: async () => {} }) },
    events,
    clock,
  });
  await models.scan();
  hub = new Hub({ events, models, sampleIntervalMs: 1000, clock });
  api = createApi(hub, {
    allowedOrigins: ['https://dash.example'],
    logger: createLogger({ write: (line) => logged.push(line) }),
  });
  listening = await listen(api.nodeHandler, '127.0.0.1', 0);
});

afterAll(async () => {
  api.dispose();
  await listening.close();
  await hub.dispose();
});

interface Wire {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** Everything that came, with every answer on the connection. */
  readonly all: string;
  readonly closed: boolean;
}

/** Sends bytes as they are and reads until the server closes, or until `enough` has come. */
function send(bytes: string | Buffer, enough: (text: string) => boolean = isAnswered): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(listening.port, '127.0.0.1');
    let all = '';
    const finish = (closed: boolean): void => {
      clearTimeout(late);
      socket.destroy();
      const [head = '', ...rest] = all.split('\r\n\r\n');
      resolve({
        status: Number(/^HTTP\/1\.1 (\d{3})/.exec(all)?.[1] ?? 0),
        head,
        body: rest.join('\r\n\r\n'),
        all,
        closed,
      });
    };
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`Neither closed nor enough in 5 s: ${all.slice(0, 300)}`));
    }, 5000);
    socket.on('error', () => {});
    socket.on('close', () => finish(true));
    socket.on('data', (chunk: Buffer) => {
      all += chunk.toString('latin1');
      if (enough(all)) finish(false);
    });
    socket.write(bytes);
  });
}

/** Whether one whole answer has come. */
function isAnswered(text: string): boolean {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length);
  return /^transfer-encoding: chunked/im.test(head) && text.endsWith('0\r\n\r\n');
}

const untilClose = (): boolean => false;
const request = (line: string, ...fields: string[]): string => `${[line, ...fields].join('\r\n')}\r\n\r\n`;
const host = 'Host: localhost';
const codeOf = ({ body }: Wire): string => {
  const json = body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1);
  return z.parse(errorSchema, JSON.parse(json)).error.code;
};

describe('I23 I24 I43 Host on the wire', () => {
  it.each([
    'evil.example',
    'localhost.evil.com',
    '127.0.0.1.nip.io',
    'foo.localhost',
    'x.internal',
    'xn--lcalhost-54a',
  ])('refuses %s on every route, known or not', async (name) => {
    for (const target of ['/', '/healthz', '/api/snapshot', '/api/events', '/nope']) {
      const answer = await send(request(`GET ${target} HTTP/1.1`, `Host: ${name}`));
      expect([answer.status, codeOf(answer)]).toEqual([403, 'host_not_allowed']);
      expect(answer.head).not.toMatch(/access-control/i);
    }
  });

  it('refuses before it reads a body', async () => {
    const answer = await send(
      request(
        'POST /api/models/servers/start/meadow HTTP/1.1',
        'Host: evil.example',
        'Content-Type: application/json',
        'Content-Length: 60000',
      ),
    );
    expect(answer.status).toBe(403);
  });

  it('I43 believes no forwarded host, proto or address', async () => {
    const forged = ['X-Forwarded-Host: localhost', 'X-Forwarded-For: 127.0.0.1', 'Forwarded: host=localhost'];
    expect((await send(request('GET /healthz HTTP/1.1', 'Host: evil.example', ...forged))).status).toBe(403);
    const evil = ['X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https', 'X-Original-URL: /nope'];
    expect((await send(request('GET /healthz HTTP/1.1', host, ...evil))).status).toBe(200);
  });
});

describe('I25 no Host, two, or a broken one', () => {
  it.each([
    [[]],
    [[host, host]],
    [[host, 'Host: evil.example']],
    [['Host: localhost:99999']],
    [['Host: localhost@evil']],
    [['Host: ']],
    [['Host: localhost, evil']],
    [['Host: http://localhost']],
    [['Host: localhost/x']],
    [['Host: localhost#']],
  ])('answers 400 to %j', async (fields) => {
    const answer = await send(request('GET /healthz HTTP/1.1', ...fields));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'bad_request']);
  });
});

describe('I26 I27 targets', () => {
  it.each([
    'http://evil/api/snapshot',
    'http://localhost/healthz',
    '//evil/healthz',
    '//localhost/healthz',
    '/\\evil',
    '/api/../../etc/passwd',
    '/nope/../healthz',
    '/api/%2e%2e/healthz',
    '/%2E%2e/healthz',
    '/./healthz',
    '/a%00b',
    '/%zz',
    '/healthz%',
    '/api%5c..%5chealthz',
    '/nope/..#',
    '/#/../healthz',
  ])('answers 400 to %s', async (target) => {
    const answer = await send(request(`GET ${target} HTTP/1.1`, host));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'bad_target']);
  });

  it.each([
    '/API/snapshot',
    '/api//snapshot',
    '/api/snapshot/',
    '/healthz/',
    '/healthz;x',
    '/api%2fsnapshot',
    '/HEALTHZ',
    '/...',
  ])('matches nothing loosely: 404 to %s', async (target) => {
    const answer = await send(request(`GET ${target} HTTP/1.1`, host));
    expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found']);
  });

  it('answers 414 to an address over 4 KiB and 431 to one over the size of a head', async () => {
    expect((await send(request(`GET /${'a'.repeat(4096)} HTTP/1.1`, host))).status).toBe(414);
    expect((await send(request(`GET /${'a'.repeat(16_900)} HTTP/1.1`, host), untilClose)).status).toBe(431);
  });
});

describe('I28 I29 I30 pages of other sites', () => {
  it.each(['https://evil.example', 'null', 'http://localhost.evil', 'https://dash.example:8443', 'file://'])(
    'refuses Origin %s everywhere, without CORS headers',
    async (origin) => {
      for (const line of [
        'GET /',
        'GET /healthz',
        'GET /api/events',
        'POST /api/models/servers/start/meadow',
        'OPTIONS /api/snapshot',
      ]) {
        const answer = await send(request(`${line} HTTP/1.1`, host, `Origin: ${origin}`));
        expect([answer.status, codeOf(answer)], line).toEqual([403, 'origin_not_allowed']);
        expect(answer.head).not.toMatch(/access-control/i);
      }
    },
  );

  it('I32 answers the preflight of an allowed origin, and of no other', async () => {
    const ask = (origin: string) =>
      send(
        request(
          'OPTIONS /api/snapshot HTTP/1.1',
          host,
          `Origin: ${origin}`,
          'Access-Control-Request-Method: GET',
        ),
        (text) => text.includes('\r\n\r\n'),
      );
    const good = await ask('https://dash.example');
    expect(good.status).toBe(204);
    expect(good.head).toMatch(/^access-control-allow-origin: https:\/\/dash\.example$/im);
    const bad = await ask('https://evil.example');
    expect(bad.status).toBe(403);
    expect(bad.head).not.toMatch(/access-control/i);
  });

  it('I30 lets no page of another site write or hold a stream', async () => {
    for (const site of ['cross-site', 'same-site']) {
      const fetched = `Sec-Fetch-Site: ${site}`;
      expect(
        (await send(request('POST /api/models/servers/start/meadow HTTP/1.1', host, fetched))).status,
      ).toBe(403);
      expect((await send(request('GET /api/events HTTP/1.1', host, fetched))).status).toBe(403);
    }
    expect(hub.model('meadow')?.state).toBe('offline');
  });
});

describe('I38 broken HTTP', () => {
  const post = 'POST /api/models/servers/start/meadow HTTP/1.1';
  it.each<[string, string | Buffer, number[]]>([
    [
      'Content-Length and Transfer-Encoding',
      `${request(post, host, 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      [400],
    ],
    ['two Content-Lengths', `${request(post, host, 'Content-Length: 2', 'Content-Length: 3')}{}`, [400]],
    ['a negative Content-Length', `${request(post, host, 'Content-Length: -1')}`, [400]],
    ['a Content-Length that is no number', `${request(post, host, 'Content-Length: 0x2')}{}`, [400]],
    [
      'a bad chunk',
      `${request(post, host, 'Content-Type: application/json', 'Transfer-Encoding: chunked')}zz\r\n{}\r\n0\r\n\r\n`,
      [400],
    ],
    ['a bare LF in the head', `GET /healthz HTTP/1.1\n${host}\n\n`, [400]],
    ['NUL in a header', `GET /healthz HTTP/1.1\r\n${host}\r\nX-A: a\0b\r\n\r\n`, [400]],
    ['a folded header', `GET /healthz HTTP/1.1\r\n${host}\r\nX-A: a\r\n b\r\n\r\n`, [400]],
    ['a space before the colon', `GET /healthz HTTP/1.1\r\n${host}\r\nX-A : a\r\n\r\n`, [400]],
    ['a head of 20 KB', request('GET /healthz HTTP/1.1', host, `X-A: ${'a'.repeat(20_000)}`), [431]],
    [
      '3,000 headers',
      request('GET /healthz HTTP/1.1', host, ...Array.from({ length: 3000 }, (_, i) => `X-${i}: 1`)),
      [431],
    ],
    ['a TLS hello', Buffer.from('16030100c8010000c40303', 'hex'), [400]],
    ['an unknown method', request('BREW /healthz HTTP/1.1', host), [400]],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]],
    ['no HTTP at all', 'hello there\r\n\r\n', [400]],
  ])('answers %s with a refusal and closes', async (_, bytes, statuses) => {
    const answer = await send(bytes, untilClose);
    expect(statuses).toContain(answer.status);
    expect(answer.closed).toBe(true);
    expect(answer.all.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(hub.model('meadow')?.state).toBe('offline');
  });

  it('answers 431 to 101 headers and 200 to 100', async () => {
    const fields = (count: number) => Array.from({ length: count - 1 }, (_, i) => `X-${i}: 1`);
    expect((await send(request('GET /healthz HTTP/1.1', host, ...fields(100)))).status).toBe(200);
    const answer = await send(request('GET /healthz HTTP/1.1', host, ...fields(101)), untilClose);
    expect([answer.status, codeOf(answer)]).toEqual([431, 'too_many_headers']);
  });

  it('reads nothing that was smuggled behind a refused request', async () => {
    const smuggled = request('GET /healthz HTTP/1.1', host);
    const answer = await send(
      request('GET //evil HTTP/1.1', host, `Content-Length: ${smuggled.length}`) + smuggled,
      untilClose,
    );
    expect(answer.all.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 400']);
  });
});

describe('I39 tunnels, traces and upgrades', () => {
  it('closes a CONNECT', async () => {
    const answer = await send(request('CONNECT evil:443 HTTP/1.1', host), untilClose);
    expect(answer.all).toBe('');
  });

  it('answers 405 to TRACE', async () => {
    const answer = await send(request('TRACE /healthz HTTP/1.1', host, 'X-Secret: a'));
    expect([answer.status, codeOf(answer)]).toEqual([405, 'method_not_allowed']);
    expect(answer.body).not.toContain('X-Secret');
  });

  it.each(['websocket', 'h2c', 'TLS/1.0', 'x'])(
    'answers 426 to Upgrade: %s, with and without Connection',
    async (protocol) => {
      for (const fields of [['Connection: Upgrade', `Upgrade: ${protocol}`], [`Upgrade: ${protocol}`]]) {
        const answer = await send(request('GET /healthz HTTP/1.1', host, ...fields), untilClose);
        expect([answer.status, codeOf(answer)]).toEqual([426, 'upgrade_refused']);
      }
    },
  );
});

describe('I40 I41 bodies', () => {
  const post = 'POST /api/models/servers/stop/meadow HTTP/1.1';
  const type = 'Content-Type: application/json';
  const limit = 64 * 1024;

  it('I40 refuses a body announced as one byte too large, before it comes, and closes', async () => {
    const answer = await send(request(post, host, type, `Content-Length: ${limit + 1}`), untilClose);
    expect([answer.status, codeOf(answer)]).toEqual([413, 'payload_too_large']);
  });

  it('I40 refuses a chunked body one byte too large and closes', async () => {
    const chunk = `${(limit + 1).toString(16)}\r\n${' '.repeat(limit + 1)}\r\n0\r\n\r\n`;
    const answer = await send(request(post, host, type, 'Transfer-Encoding: chunked') + chunk, untilClose);
    expect([answer.status, codeOf(answer)]).toEqual([413, 'payload_too_large']);
  });

  it('I40 stops reading a chunked body that has no end', async () => {
    let written = 0;
    const status = await new Promise<number>((resolve, reject) => {
      const socket = connect(listening.port, '127.0.0.1');
      const chunk = `8000\r\n${' '.repeat(0x8000)}\r\n`;
      let answered: number | undefined;
      const pour = (): void => {
        while (!socket.destroyed && written < 40 * 1024 * 1024) {
          written += chunk.length;
          if (!socket.write(chunk)) return;
        }
      };
      const late = setTimeout(() => {
        socket.destroy();
        reject(new Error('The server reads on'));
      }, 8000);
      socket.on('drain', pour);
      socket.on('error', () => {});
      socket.on('data', (data: Buffer) => (answered ??= Number(data.toString('latin1').split(' ')[1])));
      socket.on('close', () => {
        clearTimeout(late);
        resolve(answered ?? 0);
      });
      socket.write(request(post, host, type, 'Transfer-Encoding: chunked'));
      pour();
    });
    // 0 where the reset overtook the answer.
    expect([413, 0]).toContain(status);
    // What the kernel's buffers hold comes on top of what was read.
    expect(written).toBeLessThan(30 * 1024 * 1024);
  });

  it('takes a body of exactly 64 KiB', async () => {
    const body = `{${' '.repeat(limit - 2)}}`;
    expect((await send(request(post, host, type, `Content-Length: ${limit}`) + body)).status).toBe(202);
  });

  it.each(['gzip', 'identity', 'br'])('I41 refuses Content-Encoding: %s', async (encoding) => {
    const answer = await send(
      request(post, host, type, `Content-Encoding: ${encoding}`, 'Content-Length: 2'),
      untilClose,
    );
    expect([answer.status, codeOf(answer)]).toEqual([415, 'unsupported_media_type']);
  });
});

describe('I80 X-Request-Id', () => {
  it('comes back in no answer', async () => {
    const answer = await send(request('GET /healthz HTTP/1.1', host, `X-Request-Id: ${'evil'.repeat(2500)}`));
    expect(answer.status).toBe(200);
    expect(answer.all).not.toContain('evil');
  });
});

describe('a client that leaves in the middle of its body', () => {
  it('is no error of ours', async () => {
    logged.length = 0;
    const socket = connect(listening.port, '127.0.0.1');
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    const head = request(
      'POST /api/models/servers/stop/meadow HTTP/1.1',
      host,
      'Content-Type: application/json',
      'Content-Length: 50',
    );
    await new Promise<void>((resolve) => socket.write(`${head}{`, () => resolve()));
    // A whole request on another connection: the first one has been taken up by then.
    await send(request('GET /healthz HTTP/1.1', host));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(logged).toEqual([]);
  });
});

describe('HEAD', () => {
  it('answers a route as GET does, without the body', async () => {
    const answer = await send(request('HEAD /healthz HTTP/1.1', host), (text) => text.includes('\r\n\r\n'));
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('');
  });

  it('opens no stream that would hold the connection', async () => {
    const two = `${request('HEAD /api/events HTTP/1.1', host)}${request('GET /healthz HTTP/1.1', host)}`;
    const answer = await send(two, (text) => text.includes('"ok"'));
    expect(answer.all).toContain('"ok"');
  });
});

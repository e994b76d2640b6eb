import { SimulatedClock } from '@corral/core/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogFields, Logger } from '../logger.js';
import { BackendNetwork } from './backend-network.js';
import { CommandSender } from './command-sender.js';
import { ok, type RecordedReply, RecordingServer } from './recording-server.fixture.js';
import { ServerLogs } from './server-log.js';

const dispose: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of dispose.splice(0).reverse()) await end();
});

function listen() {
  const clock = new SimulatedClock();
  const lines: (readonly [event: string, fields: LogFields])[] = [];
  const warn = (event: string, fields: LogFields = {}): void => void lines.push([event, fields]);
  const unexpected = (): void => {
    throw new Error('Only warnings are expected');
  };
  const logger: Logger = { warn, error: unexpected, info: unexpected, debug: unexpected };
  return { clock, lines, logger, logs: new ServerLogs(logger, clock) };
}

const hostOf = (location: string | null): unknown => {
  const { lines, logs } = listen();
  logs.of('http://box.lan:8080').redirectRefused(location);
  return lines[0]?.[1]['locationHost'];
};

describe('ServerLogs', () => {
  it.each([
    ['http://169.254.169.254/latest/meta-data', '169.254.169.254'],
    ['https://Login.Example.org:8443/sso?ticket=hunter2#hunter2', 'login.example.org'],
    ['http://user:hunter2@elsewhere.lan/', 'elsewhere.lan'],
    ['//elsewhere.lan/hunter2', 'elsewhere.lan'],
    ['/login?next=hunter2', 'box.lan'],
    ['', 'box.lan'],
    ['http://[fe80::1]/hunter2', '[fe80::1]'],
    ['http://0x7f.1/', '127.0.0.1'],
    [`http://elsewhere.lan/${'x'.repeat(15_000)}`, 'elsewhere.lan'],
    [null, 'unparseable'],
    ['http://', 'unparseable'],
    ['http://a b/', 'unparseable'],
    ['http://a"b{hunter2}/', 'unparseable'],
    [`http://${'a'.repeat(254)}/`, 'unparseable'],
    ['http://\u202eevil.lan/', 'unparseable'],
    ['javascript:hunter2', 'unparseable'],
    ['data:text/html,hunter2', 'unparseable'],
    ['ftp://hunter2/', 'unparseable'],
    ['redis://hunter2\u001b[31m/', 'unparseable'],
  ])('F47 makes of the Location %j the host %s', (location, host) => {
    expect(hostOf(location)).toBe(host);
  });

  it('F47 writes down a host or nothing, whatever a server sends', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.constantFrom('http://', '//', '@', ':', '[', ']', '\n', '\u001b', 'é', '%'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(hostOf(pieces.join(''))).toMatch(/^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]+\])$/);
      }),
      { numRuns: 1000 },
    );
  });

  it('F39 F47 writes a line of a kind once a minute for each server, and forgets servers that are gone', async () => {
    const { clock, lines, logs } = listen();
    const say = (): void => {
      for (const [origin, basePath] of [['http://a:1'], ['http://b:1'], ['http://a:1', '/llm']] as const) {
        logs.of(origin, basePath).redirectRefused(null);
        for (const metric of ['one', 'two']) logs.of(origin, basePath).parseWarning(metric, 'type_changed');
      }
    };
    say();
    expect(lines).toHaveLength(6);
    expect(lines[1]).toEqual([
      'parse_warning',
      { endpoint: 'http://a:1', metric: 'one', oddity: 'type_changed' },
    ]);
    await clock.advance(59_999);
    say();
    expect(lines).toHaveLength(6);
    await clock.advance(1);
    say();
    expect(lines).toHaveLength(12);
    // The first to be told again is not the first to be forgotten.
    await clock.advance(30_000);
    logs.of('http://late:1').redirectRefused(null);
    await clock.advance(30_000);
    say();
    logs.of('http://late:1').redirectRefused(null);
    expect(lines).toHaveLength(19);
  });
});

describe('BackendNetwork', () => {
  async function network(replies: Record<string, RecordedReply>) {
    const server = await RecordingServer.start(replies);
    dispose.push(() => server.close());
    const { clock, lines, logger } = listen();
    const hub = new BackendNetwork({}, logger, clock);
    const place = { scheme: 'http', host: '127.0.0.1', port: server.port, basePath: '' } as const;
    const rest = { apiKey: null, scrapeMetrics: true };
    const connect = (kind: Parameters<typeof hub.connect>[0]['kind'] = null) =>
      hub.connect({ ...place, ...rest, kind }, AbortSignal.timeout(5000));
    const open = async (kind: 'vllm' | 'sglang' | 'ollama' | 'llama-server' | 'llama-router') => {
      const { backend } = await connect(kind);
      if (!backend) throw new Error('Expected a backend');
      dispose.push(() => backend.close());
      return () => backend.check(AbortSignal.timeout(5000));
    };
    return { server, clock, lines, connect, open };
  }
  const away: RecordedReply = [
    302,
    'hunter2',
    { location: 'http://u:hunter2@169.254.169.254:81/hunter2?hunter2' },
  ];

  it('F47 follows no redirect of what it does not know, with one request each time and one line a minute', async () => {
    const { server, clock, lines, connect } = await network({ '/v1/models': away });
    const line = ['redirect_refused', { endpoint: server.origin, locationHost: '169.254.169.254' }];
    for (let i = 1; i <= 5; i++) {
      expect(await connect()).toEqual({ condition: 'redirect_refused', problem: expect.any(String) });
      expect(server.asked).toHaveLength(i);
    }
    expect(lines).toEqual([line]);
    await clock.advance(60_000);
    await connect();
    expect(lines).toEqual([line, line]);
    expect(server.kinds).toEqual(['GET /v1/models']);
  });

  it('F47 follows no redirect of what it watches, round in a circle neither', async () => {
    const { server, lines, open } = await network({ '/api/ps': [308, '', { location: '/api/ps' }] });
    const check = await open('ollama');
    for (let i = 0; i < 3; i++) expect(await check()).toMatchObject({ condition: 'redirect_refused' });
    expect(server.asked).toEqual(Array(3).fill('GET /api/ps'));
    expect(lines).toEqual([['redirect_refused', { endpoint: server.origin, locationHost: '127.0.0.1' }]]);
  });

  it('F47 tells of a redirect of a command too', async () => {
    const { lines, logs } = listen();
    const server = await RecordingServer.start({ '/models/load': away });
    dispose.push(() => server.close());
    const { origin } = server;
    const location = { origin, basePath: '', apiKey: null, log: logs.of(origin) };
    const sender = new CommandSender(location, server.connect);
    await sender.send({ method: 'POST', path: '/models/load' }, AbortSignal.timeout(5000));
    expect(server.asked).toEqual(['POST /models/load']);
    expect(lines).toEqual([['redirect_refused', { endpoint: origin, locationHost: '169.254.169.254' }]]);
  });

  const models = ok({ object: 'list', data: [{ id: 'm' }] });
  const router = ok({ data: [{ id: 'm', status: { value: 'loaded' } }] });
  const llamaMetrics = (type: string, deferred = 'llamacpp:requests_deferred 4\n') => `# TYPE hunter2 ${type}
hunter2 1
hunter2 2
# TYPE llamacpp:requests_deferred ${type}
llamacpp:tokens_predicted_total 0
llamacpp:requests_processing 0
${deferred}`;
  it.each([
    [
      'vllm',
      { '/health': ok(''), '/v1/models': models },
      '/metrics',
      'vllm:num_requests_waiting',
      (type: string) => `# TYPE vllm:num_requests_waiting ${type}\nvllm:num_requests_waiting{engine="0"} 4\n`,
      'vllm:num_requests_waiting{engine="0"} 7\n',
    ],
    [
      'sglang',
      { '/health': ok(''), '/v1/models': models },
      '/metrics',
      'sglang:num_queue_reqs',
      (type: string) => `# TYPE sglang:num_queue_reqs ${type}\nsglang:num_queue_reqs{dp_rank="0"} 9\n`,
      'sglang:num_queue_reqs{dp_rank="0"} 7\n',
    ],
    [
      'llama-server',
      { '/health': ok({ status: 'ok' }), '/v1/models': models, '/props': ok({ total_slots: 1 }) },
      '/metrics',
      'llamacpp:requests_deferred',
      llamaMetrics,
      'llamacpp:requests_deferred 7\n',
    ],
    [
      'llama-router',
      { '/models': router },
      '/metrics?model=m&autoload=false',
      'llamacpp:requests_deferred',
      llamaMetrics,
      'llamacpp:requests_deferred 7\n',
    ],
  ] as const)(
    'F39 takes the last of what %s says twice, and warns of it once a minute, of a changed type too',
    async (kind, replies, page, metric, text, again) => {
      const { server, clock, lines, open } = await network(replies);
      const check = await open(kind);
      const queue = async () => {
        const { queueDepth, models } = await check();
        return queueDepth ?? models?.[0]?.numbers?.load?.deferred;
      };
      const warning = (oddity: string) => ['parse_warning', { endpoint: server.origin, metric, oddity }];
      server.replies[page] = ok(text('gauge'));
      const once = await queue();
      expect([once, lines]).toEqual([kind === 'sglang' ? 9 : 4, []]);
      server.replies[page] = ok(text('gauge') + again);
      for (let i = 0; i < 3; i++) expect(await queue()).toBe(7);
      expect(lines).toEqual([warning('duplicate_series')]);

      await clock.advance(60_000);
      server.replies[page] = ok(text('counter'));
      expect(await queue()).toBe(once);
      server.replies[page] = ok(text('gauge'));
      expect(await queue()).toBe(once);
      expect(lines.slice(1)).toEqual([warning('type_changed')]);
      await clock.advance(60_000);
      await queue();
      expect(lines).toHaveLength(2);
    },
  );
});

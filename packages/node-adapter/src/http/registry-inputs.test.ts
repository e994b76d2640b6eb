import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FleetHouse, placeOf } from '../fleet-house.fixture.js';
import { ok, type RecordedReply, RecordingServer } from '../probes/recording-server.fixture.js';

const names = {
  'box.lan': ['127.0.0.1'],
  'moving.lan': ['127.0.0.1'],
  'mixed.lan': ['8.8.8.8', '169.254.169.254'],
  'half.lan': ['192.168.1.2', '169.254.169.254'],
  'me.lan': ['127.0.0.1'],
  'example.com': ['93.184.216.34'],
  'metadata.google.internal': ['127.0.0.1'],
};

let fleet: FleetHouse;
const servers: RecordingServer[] = [];
beforeAll(async () => {
  fleet = await FleetHouse.open(names);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await fleet.dispose();
  await Promise.all(servers.map((server) => server.close()));
});

const ids = async (): Promise<string[]> => (await fleet.endpoints()).map(({ id }) => id);

async function serve(
  replies: Record<string, RecordedReply>,
  headers: Record<string, string> = {},
): Promise<RecordingServer> {
  const server = await RecordingServer.start(replies, headers);
  servers.push(server);
  return server;
}

const now = performance.now.bind(performance);
let passedMs = 0;
/** Lets time pass at once, such as that for which an answer of the name service is kept. */
function pass(ms: number): void {
  passedMs += ms;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + passedMs);
}

type Input = readonly [row: string, body: unknown, status: number, code: string, field: string | null];

const hosts = (row: string, texts: readonly unknown[], status: number, code: string): Input[] =>
  texts.map((host) => [row, { host }, status, code, 'host']);

const refused: Input[] = [
  ...hosts(
    'I3',
    ['169.254.169.254', '0xA9FEA9FE', '2852039166', '169.254.43518', '[::ffff:a9fe:a9fe]'],
    422,
    'blocked_address',
  ),
  ...hosts('I4', ['[64:ff9b::a9fe:a9fe]', '[2002:a9fe:a9fe::]'], 422, 'blocked_address'),
  ...hosts('I5', ['[fe80::1%25eth0]', '[fe80::1%eth0]'], 400, 'invalid_host'),
  ...hosts('I5', ['[fe80::1]'], 422, 'blocked_address'),
  ...hosts('I6', ['0.0.0.0', '0', '[::]', '255.255.255.255', '224.0.0.1'], 422, 'blocked_address'),
  ...hosts('I7', ['metadata.google.internal', 'METADATA', 'instance-data.'], 422, 'blocked_address'),
  ...hosts('I8', ['mixed.lan', 'half.lan'], 422, 'blocked_address'),
  ...hosts('I10', ['8.8.8.8:80', 'example.com'], 403, 'egress_public_disabled'),
  ...hosts(
    'I11',
    ['http://user:pw@host', '127.0.0.1%2f@google.com', '127.0.0.1#@x', 'google.com\\@127.0.0.1'],
    400,
    'invalid_url',
  ),
  ...hosts(
    'I12',
    ['ho\tst', 'host\r\nX: y', 'host%00', 'exa mple', '-1', '*', '_foo', 'a..b', 'ho\u0000st'],
    400,
    'invalid_host',
  ),
  ...hosts(
    'I13',
    ['a'.repeat(300), 'a'.repeat(10_240), '', 7, 7.5, true, ['box.lan'], { box: 1 }, null, undefined],
    400,
    'invalid_host',
  ),
  ...['0', '65536', '-1', '8080abc', '1e3', '80.5', '０', '', 0, 65_536, -1, 80.5, true, [8080], {}].map(
    (port): Input => ['I14', { host: 'box.lan', port }, 400, 'invalid_port', 'port'],
  ),
  ['I14', '{"host":"box.lan","port":1e999}', 400, 'invalid_port', 'port'],
  ...hosts('I14', ['box.lan:8080abc', 'box.lan:0'], 400, 'invalid_port'),
  ...[22, 25, 2375, 6379, '10250'].map(
    (port): Input => ['I15', { host: 'box.lan', port }, 422, 'blocked_port', 'port'],
  ),
  ...hosts('I15', ['box.lan:22'], 422, 'blocked_port'),
  ...hosts(
    'I16',
    ['file:///etc/passwd', 'gopher://box.lan', 'unix:/run/x.sock', 'data:text/html,x', 'javascript:alert(1)'],
    400,
    'unsupported_scheme',
  ),
  ...['file', 'http+unix', 'JAVASCRIPT', '', 7].map(
    (scheme): Input => ['I16', { host: 'box.lan', scheme }, 400, 'unsupported_scheme', 'scheme'],
  ),
  ['I16', { host: 'box.lan', socketPath: '/run/docker.sock' }, 400, 'unknown_field', 'socketPath'],
  ...['/../admin', '//x', '/a?b#c', '/%2e%2e/', `/${'x'.repeat(1024)}`].map(
    (basePath): Input => ['I17', { host: 'box.lan', basePath }, 400, 'invalid_path', 'basePath'],
  ),
  ...['k3y\r\nHost: y', 'k3y-schlüssel', 'k3y'.repeat(3500), '', 7, { k3y: 1 }].map(
    (apiKey): Input => ['I22', { host: 'box.lan', apiKey }, 400, 'invalid_api_key', 'apiKey'],
  ),
  ['I44', '{"host":"box.lan","__proto__":{"admin":true}}', 400, 'forbidden_key', null],
  ['I48', { host: 'box.lan', name: 'a\u202eb' }, 422, 'invalid_settings', 'name'],
];

const wordsOf = (body: unknown): string =>
  (typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 70);

describe('POST /api/registry/endpoints', () => {
  it.each(refused.map((input) => [input[0], wordsOf(input[1]), input] as const))(
    '%s refuses %s',
    async (_row, _words, [, body, status, code, field]) => {
      const before = await ids();
      const answer = await fleet.post(body);
      expect([answer.status, answer.code, answer.fields]).toEqual([
        status,
        code,
        field === null ? [] : [field],
      ]);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { retryable: false } });
      expect(answer.text).not.toContain('k3y');
      expect(await ids()).toEqual(before);
    },
  );

  it('I7 looks names of metadata services up nowhere', () => {
    expect(fleet.lookedUp.filter((name) => /metadata|instance/.test(name))).toEqual([]);
    expect(fleet.lookedUp).toContain('mixed.lan');
  });

  it.each([
    [{ host: '127.0.0.1:8080' }, 'http://127.0.0.1:8080'],
    [{ host: '192.168.1.20:11434' }, 'http://192.168.1.20:11434'],
    [{ host: '[::1]:8080' }, 'http://[::1]:8080'],
    [{ host: 'box.lan:8000' }, 'http://box.lan:8000'],
    [{ host: 'BOX.lan.', port: '8001', basePath: '/v1/' }, 'http://box.lan:8001/v1'],
    // I14: that of Ollama where nobody says one.
    [{ host: 'switched-off.lan' }, 'http://switched-off.lan:11434'],
  ])('I1 takes %j, of which nothing is known yet', async (body, place) => {
    await fleet.clock.advance(60_000);
    const { status, endpoint, text } = await fleet.post({ ...body, apiKey: 'k3y' });
    expect([status, placeOf(endpoint)]).toEqual([201, place]);
    expect(endpoint).toMatchObject({ status: 'unknown', condition: null, models: [], source: 'manual' });
    expect(text).not.toContain('k3y');
  });

  it.each([
    ...['127.1', '0x7f000001', '2130706433', '0177.0.0.1', '①②⑦.⓪.⓪.①', '127。0。0。1'],
    ...['127.0.0.1', '127.0.0.1.', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', 'http://127.0.0.1:8090/'],
  ])('I2 F56 knows the same place in %s again', async (host) => {
    await fleet.clock.advance(60_000);
    const known = (await fleet.endpoints()).find(({ port }) => port === 8090);
    const id = known?.id ?? (await fleet.post({ host: '127.0.0.1', port: 8090 })).endpoint?.id;
    const answer = await fleet.post({ host, port: 8090 });
    expect([answer.status, answer.code, answer.fields]).toEqual([409, 'duplicate_endpoint', ['host']]);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { details: { endpointId: id } } });
  });

  it.each(['127.0.0.1', '127.1', 'localhost', 'LOCALHOST.', '[::1]', '[::ffff:127.0.0.1]', 'me.lan'])(
    'I18 F57 knows itself as %s',
    async (host) => {
      const before = await ids();
      const answer = await fleet.post({ host, port: fleet.port });
      expect([answer.status, answer.code, answer.fields]).toEqual([409, 'self_reference', ['host']]);
      expect(await ids()).toEqual(before);
    },
  );

  it('I9 F48 sends nothing to a name that moves to where it may not lead, and is back when that is', async () => {
    const server = await serve(
      { '/v1/models': ok({ object: 'list', data: [{ id: 'm' }] }) },
      { connection: 'close' },
    );
    const id = await fleet.register(server, { host: 'moving.lan' });
    await fleet.until(id, ({ status }) => status === 'healthy');
    // To sockets of this machine it is loopback: without the guard the server would be reached.
    fleet.names.set('moving.lan', ['0.0.0.0']);
    pass(6000);
    await vi.waitFor(async () => expect((await fleet.check(id)).condition).toBe('blocked_address'), 5000);
    const { connections } = server;
    for (let i = 0; i < 3; i++) await fleet.check(id);
    expect((await fleet.check(id)).status).toBe('unhealthy');
    expect(server.connections).toBe(connections);
    fleet.names.set('moving.lan', ['127.0.0.1']);
    pass(6000);
    expect(await fleet.check(id)).toMatchObject({ condition: 'ok', models: [{ name: 'm' }] });
  });

  it('I20 F47 takes a server that redirects, and follows it nowhere', async () => {
    const server = await serve({ '/v1/models': [302, '', { location: 'http://169.254.169.254/latest/' }] });
    const id = await fleet.register(server);
    const { lookedUp } = fleet;
    const length = lookedUp.length;
    expect(await fleet.check(id)).toMatchObject({ condition: 'redirect_refused', kind: null, models: [] });
    expect(server.kinds).toEqual(['GET /v1/models']);
    expect(lookedUp.slice(length)).toEqual([]);
    const { text } = await fleet.ask('/api/registry');
    expect(text).not.toContain('latest');
  });

  it('I21 passes on nothing of what a server says but what is on the list', async () => {
    const secret = 'hunter2-'.repeat(125_000);
    const list = { object: 'list', [secret.slice(0, 99)]: 1, data: [{ id: 'm', owned_by: 'vllm', secret }] };
    const full = await serve(
      { '/v1/models': ok(list), '/health': ok(''), '/metrics': ok(`hunter2 1\n# ${secret}`) },
      { 'x-secret': 'hunter2' },
    );
    const blunt = await serve({ '/v1/models': ok(secret) });
    const ids = [await fleet.register(full), await fleet.register(blunt)] as const;
    expect(await fleet.until(ids[0], ({ status }) => status === 'healthy')).toMatchObject({
      kind: 'vllm',
      models: [{ name: 'm', state: 'ready', sizeBytes: null, vramBytes: null }],
    });
    expect(await fleet.check(ids[1])).toMatchObject({ condition: 'unrecognised', models: [] });
    for (const path of ['/api/registry', '/api/snapshot', '/api/metrics', '/metrics']) {
      const { status, text } = await fleet.ask(path);
      expect([path, status, text.includes('hunter2')]).toEqual([path, 200, false]);
    }
  });

  it('I62 cuts and spells out names of models', async () => {
    const server = await serve({
      '/v1/models': ok({
        data: [{ id: '<img src=x>\u001b[2J\n\u202e' }, { id: 'x'.repeat(900_000) }, { id: '__proto__' }],
      }),
    });
    const id = await fleet.register(server);
    const { models } = await fleet.until(id, (endpoint) => endpoint.models.length > 0);
    expect(models.map(({ name }) => name)).toEqual([
      '<img src=x>\\u{1b}[2J\\u{a}\\u{202e}',
      'x'.repeat(256),
      '__proto__',
    ]);
  });
});

describe('I19', () => {
  it('says when to come back after ten registrations in a minute, and that a thousand are enough', async () => {
    const full = await FleetHouse.open(names);
    try {
      for (let i = 0; i < 10; i++)
        expect((await full.post({ host: 'box.lan', port: 9000 + i })).status).toBe(201);
      const late = await full.post({ host: 'box.lan', port: 9010 });
      expect([late.status, late.code, late.headers.get('retry-after')]).toEqual([429, 'rate_limited', '60']);
      await full.clock.advance(60_000);
      for (let port = 30_010; port < 31_000; port++) await full.registry.register({ host: 'box.lan', port });
      const last = await full.post({ host: 'box.lan', port: 9011 });
      expect([last.status, last.code]).toEqual([409, 'limit_reached']);
      expect(await full.endpoints()).toHaveLength(1000);
    } finally {
      await full.dispose();
    }
  });
});

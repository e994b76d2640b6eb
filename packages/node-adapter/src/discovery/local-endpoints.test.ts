import { createServer } from 'node:net';
import { CorralError, type Endpoint, EventHub, type HubEvents, type RegisterRequest } from '@corral/core';
import { SimulatedClock, simulatedEndpoint } from '@corral/core/testing';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../logger.js';
import { LocalEndpoints, type LocalEndpointsOptions, llmServerPorts } from './local-endpoints.js';
import { isPortOpen } from './open-port.js';

/** A registry that recognises what it is told to, and a machine with open ports. */
class FakeMachine {
  readonly clock = new SimulatedClock();
  readonly events = new EventHub<HubEvents>();
  /** `host:port` of what accepts connections. */
  readonly open = new Set<string>();
  readonly tried: string[] = [];
  readonly asked: RegisterRequest[] = [];
  readonly removed: string[] = [];
  readonly log: string[] = [];
  readonly kept = new Map<string, Endpoint>();
  /** What is found out about an endpoint, as soon as it is registered. */
  first: Partial<Endpoint> = { status: 'healthy', condition: 'ok', kind: 'ollama' };
  refusal: CorralError | undefined;

  readonly registry = {
    endpoints: () => [...this.kept.values()],
    get: (id: string) => this.kept.get(id),
    register: async (request: RegisterRequest) => {
      this.asked.push(request);
      if (this.refusal) throw this.refusal;
      const { host } = request;
      const port = Number(request.port);
      const facts = { id: `${host}:${port}`, host, port, source: 'auto', origin: 'discovered' } as const;
      return this.keep({ ...simulatedEndpoint(facts), ...this.first, ...facts });
    },
    remove: async (id: string) => {
      this.removed.push(id);
      this.kept.delete(id);
    },
  };

  keep(endpoint: Endpoint): Endpoint {
    this.kept.set(endpoint.id, endpoint);
    return endpoint;
  }

  say(id: string, facts: Partial<Endpoint>): void {
    const endpoint = this.keep({ ...this.kept.get(id)!, ...facts });
    this.events.emit('endpoint:updated', { endpoint });
  }

  discover(options: Partial<LocalEndpointsOptions> = {}): LocalEndpoints {
    const discovery = new LocalEndpoints({
      registry: this.registry,
      events: this.events,
      clock: this.clock,
      logger: createLogger({ level: 'info', write: (line) => this.log.push(line) }),
      isOpen: async (host, port) => {
        this.tried.push(`${host}:${port}`);
        return this.open.has(`${host}:${port}`);
      },
      ...options,
    });
    discovery.start();
    return discovery;
  }

  get places(): string[] {
    return this.asked.map(({ host, port, source }) => `${host} ${port} ${source}`);
  }
}

const ollama = '127.0.0.1:11434';
/** A machine on which an Ollama was found. */
async function found(first?: Partial<Endpoint>) {
  const machine = new FakeMachine();
  if (first) machine.first = first;
  machine.open.add(ollama);
  const discovery = machine.discover({ ports: [11_434] });
  await machine.clock.advance(0);
  return { machine, discovery };
}

describe('LocalEndpoints', () => {
  it('has what is open on the default ports registered as auto, within 30 s', async () => {
    const machine = new FakeMachine();
    machine.open.add(ollama).add('::1:1234');
    const discovery = machine.discover();
    await machine.clock.advance(0);
    expect(machine.places).toEqual(['127.0.0.1 11434 auto', '::1 1234 auto']);
    expect(machine.tried.length).toBe(2 * llmServerPorts.length);
    machine.open.add('127.0.0.1:8080');
    await machine.clock.advance(30_000);
    expect(machine.places.slice(2)).toEqual(['127.0.0.1 8080 auto']);
    await discovery.stop();
    expect([machine.clock.timerCount, machine.events.listenerCount]).toEqual([0, 0]);
  });

  it('takes a server on both addresses of loopback for one', async () => {
    const machine = new FakeMachine();
    machine.open.add(ollama).add('::1:11434');
    const discovery = machine.discover({ ports: [11_434] });
    await machine.clock.advance(60_000);
    expect(machine.places).toEqual(['127.0.0.1 11434 auto']);
    await discovery.stop();
  });

  it.each(['127.0.0.1', 'localhost', '::1', '127.0.0.2'])(
    'leaves a port alone at which %s is watched already',
    async (host) => {
      const machine = new FakeMachine();
      machine.open.add(ollama);
      machine.keep(simulatedEndpoint({ id: 'ours', host, port: 11_434, origin: 'managed' }));
      const discovery = machine.discover({ ports: [11_434] });
      await machine.clock.advance(60_000);
      expect([machine.tried, machine.asked]).toEqual([[], []]);
      await discovery.stop();
    },
  );

  it('does not take the loopback of another machine for its own', async () => {
    const machine = new FakeMachine();
    machine.open.add(ollama);
    machine.keep(
      simulatedEndpoint({ id: 'a', host: '127.0.0.1', port: 11_434, origin: 'agent', hostId: 'other' }),
    );
    const discovery = machine.discover({ ports: [11_434] });
    await machine.clock.advance(0);
    expect(machine.places).toEqual(['127.0.0.1 11434 auto']);
    await discovery.stop();
  });

  it('F57 never looks at its own ports', async () => {
    const machine = new FakeMachine();
    const discovery = machine.discover({ ports: [11_434, 7676], ownPorts: [7676] });
    await machine.clock.advance(0);
    expect(machine.tried).toEqual([ollama, '::1:11434']);
    await discovery.stop();
  });

  it.each(['unrecognised', 'redirect_refused', 'body_too_large', 'unexpected_encoding'] as const)(
    'forgets at once what is no LLM server (%s), and tries again only after 10 minutes',
    async (condition) => {
      const { machine, discovery } = await found({ status: 'unknown', condition: null, kind: null });
      expect(machine.removed).toEqual([]);
      machine.say(ollama, { status: 'unhealthy', condition });
      expect(machine.removed).toEqual([ollama]);
      await machine.clock.advance(599_000);
      expect(machine.asked.length).toBe(1);
      await machine.clock.advance(2000);
      expect(machine.asked.length).toBe(2);
      await discovery.stop();
    },
  );

  it('forgives a server that it knows what it takes from no other', async () => {
    const { machine, discovery } = await found();
    machine.say(ollama, { status: 'unhealthy', condition: 'unexpected_encoding' });
    await machine.clock.advance(500_000);
    expect(machine.removed).toEqual([]);
    await discovery.stop();
  });

  it('forgets what was judged before it was told of it', async () => {
    const { machine, discovery } = await found({
      status: 'unhealthy',
      condition: 'unrecognised',
      kind: null,
    });
    expect(machine.removed).toEqual([ollama]);
    await discovery.stop();
  });

  it('looks again at once when another program may listen there', async () => {
    const { machine, discovery } = await found({
      status: 'unhealthy',
      condition: 'unrecognised',
      kind: null,
    });
    machine.open.clear();
    await machine.clock.advance(30_000);
    machine.open.add(ollama);
    await machine.clock.advance(30_000);
    expect(machine.asked.length).toBe(2);
    await discovery.stop();
  });

  it('removes a server that stays unhealthy for 10 minutes, and not one that comes back', async () => {
    const { machine, discovery } = await found();
    const down = { status: 'unhealthy', condition: 'refused' } as const;
    machine.open.clear();
    machine.say(ollama, down);
    await machine.clock.advance(400_000);
    machine.say(ollama, { status: 'healthy', condition: 'ok' });
    await machine.clock.advance(10_000);
    machine.say(ollama, down);
    await machine.clock.advance(300_000);
    // Another event says the same: the ten minutes go on.
    machine.say(ollama, { ...down, latencyMs: null });
    await machine.clock.advance(289_000);
    expect(machine.removed).toEqual([]);
    await machine.clock.advance(30_000);
    expect(machine.removed).toEqual([ollama]);
    machine.open.add(ollama);
    await machine.clock.advance(60_000);
    expect(machine.asked.length).toBe(2);
    await discovery.stop();
  });

  it('keeps a server that it cannot judge: one that loads, or wants a key', async () => {
    for (const condition of ['loading', 'auth_required'] as const) {
      const { machine, discovery } = await found({ status: 'unknown', condition, kind: null });
      await machine.clock.advance(1_300_000);
      expect([machine.removed, machine.asked.length]).toEqual([[], 1]);
      await discovery.stop();
    }
  });

  it('leaves alone for 10 minutes what a person removed, and what others registered for good', async () => {
    const { machine, discovery } = await found();
    machine.kept.clear();
    machine.keep(simulatedEndpoint({ id: 'theirs', host: '192.168.1.9', port: 11_434, kind: null }));
    machine.say('theirs', { status: 'unhealthy', condition: 'unrecognised' });
    await machine.clock.advance(590_000);
    expect([machine.removed, machine.asked.length]).toEqual([[], 1]);
    await machine.clock.advance(60_000);
    expect(machine.asked.length).toBe(2);
    await discovery.stop();
  });

  it('leaves an endpoint to whoever else watches it', async () => {
    const { machine, discovery } = await found();
    machine.say(ollama, { origin: 'attached', status: 'unhealthy', condition: 'refused' });
    await machine.clock.advance(1_300_000);
    expect([machine.removed, machine.asked.length]).toEqual([[], 1]);
    await discovery.stop();
  });

  it.each([
    ['duplicate_endpoint', 0],
    ['self_reference', 0],
    ['limit_reached', 1],
  ] as const)('goes on after %s', async (code, warnings) => {
    const machine = new FakeMachine();
    machine.refusal = new CorralError(code, 'Refused');
    machine.open.add(ollama);
    const discovery = machine.discover({ ports: [11_434] });
    await machine.clock.advance(590_000);
    expect([machine.asked.length, machine.log.length]).toEqual([1, warnings]);
    await machine.clock.advance(30_000);
    expect(machine.asked.length).toBe(2);
    await discovery.stop();
  });

  it('never has two looks under way, starts once and stops twice', async () => {
    const machine = new FakeMachine();
    let tries = 0;
    const discovery = machine.discover({
      ports: [11_434],
      isOpen: (_host, _port, signal) => {
        tries++;
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(true)));
      },
    });
    discovery.start();
    await machine.clock.advance(120_000);
    await Promise.all([discovery.stop(), discovery.stop()]);
    expect([tries, machine.asked, machine.clock.timerCount]).toEqual([2, [], 0]);
  });
});

describe('isPortOpen', () => {
  it('tells an open port from a closed one, and says nothing there', async () => {
    let heard = 0;
    const server = createServer((socket) => {
      socket.on('data', () => heard++).on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { signal } = new AbortController();
    expect(await isPortOpen('127.0.0.1', port, signal)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortOpen('127.0.0.1', port, signal)).toBe(false);
    expect(await isPortOpen('127.0.0.1', port, AbortSignal.abort())).toBe(false);
    expect(heard).toBe(0);
  });
});

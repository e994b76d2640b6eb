import { describe, expect, it } from 'vitest';
import { FakeHouse } from './fake-servers.fixture.js';
import { LaunchFailure, type ServerReading } from './ports.js';
import { defaultRestartPolicy } from './restart-policy.js';

const crashSoon = (house: FakeHouse): void => {
  house.servers.onProcess = (process) => {
    process.condition = 'loading';
    house.clock.setTimeout(() => process.crash(), 10);
  };
};

/** Time in ms between each end and the start that followed it. */
const pauses = ({ servers }: FakeHouse): number[] =>
  servers.processes.slice(1).map(({ launchedAtMs }, i) => launchedAtMs - servers.processes[i]!.endedAtMs!);

describe('a start', () => {
  it('goes through starting and loading to ready', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    house.servers.onProcess = (process) => (process.condition = 'loading');
    house.manager.start('m0');
    await house.clock.advance(3000);
    expect(house.state()).toBe('loading');
    house.servers.newest.condition = 'ready';
    await house.clock.advance(1000);
    expect(house.path()).toEqual(['starting', 'loading', 'ready']);
    expect(house.manager.get('m0')).toMatchObject({
      pid: 1000,
      isHealthy: true,
      port: 8100,
      errorMessage: null,
    });
    await house.dispose();
  });

  it('joins the one that is under way', async () => {
    const house = await FakeHouse.ready();
    for (let i = 0; i < 100; i++) house.manager.start('m0');
    await house.clock.advance(1000);
    expect(house.servers.launches).toHaveLength(1);
    await house.dispose();
  });

  it('fails without a retry when the launcher says why there is no process', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    house.servers.onLaunch = () => new LaunchFailure('spawn_enoent', 'No such file');
    house.manager.start('m0');
    await house.clock.advance(120_000);
    expect(house.path()).toEqual(['starting', 'failed']);
    expect(house.manager.get('m0')).toMatchObject({
      failureCode: 'spawn_enoent',
      errorMessage: 'No such file',
      pid: null,
    });
    expect(house.servers.launches).toHaveLength(1);
    await house.dispose();
  });

  it('F9 fails after 10 minutes of loading, with the process ended first', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    house.servers.onProcess = (process) => (process.condition = 'loading');
    house.manager.start('m0');
    await house.clock.advance(600_000);
    expect(house.state()).toBe('loading');
    await house.clock.advance(2000);
    expect(house.manager.get('m0')).toMatchObject({ state: 'failed', failureCode: 'start_timeout' });
    expect([house.servers.alive.length, house.servers.openProbes]).toEqual([0, 0]);
    await house.dispose();
  });

  it('never trusts something else that answers on the port', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    house.servers.onProcess = (process) => (process.condition = 'impostor');
    house.manager.start('m0');
    await house.clock.advance(100);
    expect(house.path()).toEqual(['starting', 'failed']);
    expect(house.manager.get('m0')?.failureCode).toBe('port_hijacked');
    expect(house.servers.alive).toHaveLength(0);
    await house.dispose();
  });

  it('moves to the next port when its own is taken', async () => {
    const house = new FakeHouse(2);
    await house.hub.open();
    house.servers.onLaunch = ({ port }) =>
      port === 8100 ? new LaunchFailure('port_in_use', 'Taken') : undefined;
    house.manager.start('m0');
    await house.clock.advance(0);
    expect(house.manager.get('m0')).toMatchObject({ state: 'ready', port: 8101 });
    await house.dispose();
  });

  it('fails once every port of the range was tried, each once', async () => {
    const house = new FakeHouse(1, { portRange: { from: 8100, to: 8102 } });
    await house.hub.open();
    // The second code ends a launcher that is asked without end.
    house.servers.onLaunch = () =>
      new LaunchFailure(house.servers.launches.length > 20 ? 'asked_without_end' : 'port_in_use', 'Taken');
    house.manager.start('m0');
    await house.clock.advance(0);
    for (let i = 0; i < 10; i++) await house.clock.advance(1000);
    expect(house.manager.get('m0')).toMatchObject({ state: 'failed', failureCode: 'port_in_use' });
    expect(house.servers.launches.map(({ port }) => port).sort()).toEqual([8100, 8101, 8102]);
    await house.dispose();
  });

  it('ends a process that cannot be watched', async () => {
    const house = new FakeHouse();
    await house.hub.open();
    house.servers.open = () => {
      throw new Error('No sockets left');
    };
    house.manager.start('m0');
    await house.clock.advance(60_000);
    expect(house.state()).toBe('failed');
    expect(house.servers.alive).toHaveLength(0);
    await house.dispose();
  });
});

describe('a crash', () => {
  it('restarts after 1, 2, 4, 8 and 16 s, then fails with crash_loop', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    crashSoon(house);
    house.manager.start('m0');
    await house.clock.advance(3_600_000);
    expect(pauses(house)).toEqual([1000, 2000, 4000, 8000, 16_000]);
    expect(house.servers.launches).toHaveLength(6);
    expect(house.manager.get('m0')).toMatchObject({ state: 'failed', failureCode: 'crash_loop', pid: null });
    await house.dispose();
  });

  it.each([
    [0, 0.8],
    [1 - 2 ** -53, 1.2],
  ])('spreads the delays by chance: %s gives %s times the delay', async (random, factor) => {
    const house = new FakeHouse(1, { random: () => random });
    await house.hub.open();
    crashSoon(house);
    house.manager.start('m0');
    await house.clock.advance(120_000);
    const expected = [1000, 2000, 4000, 8000, 16_000].map((delay) => delay * factor);
    pauses(house).forEach((pause, i) => expect(pause).toBeCloseTo(expected[i]!, 6));
    expect(pauses(house)).toHaveLength(5);
    await house.dispose();
  });

  it('begins to count anew after a manual start', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    crashSoon(house);
    house.manager.start('m0');
    await house.clock.advance(120_000);
    house.manager.start('m0');
    expect(house.manager.get('m0')).toMatchObject({
      state: 'starting',
      failureCode: null,
      errorMessage: null,
    });
    await house.clock.advance(120_000);
    expect(house.servers.launches).toHaveLength(12);
    expect(pauses(house).slice(6)).toEqual([1000, 2000, 4000, 8000, 16_000]);
    await house.dispose();
  });

  it.each([
    [599_999, [1000, 2000, 4000, 8000, 16_000], 'failed'],
    [600_000, [1000, 1000, 1000, 1000, 1000, 1000, 1000], 'ready'],
  ] as const)(
    'F6 that follows %d ms of readiness each time gives the delays %j',
    async (upMs, delays, end) => {
      const house = await FakeHouse.ready();
      for (let crashes = 0; crashes < 7 && house.state() === 'ready'; crashes++) {
        const { newest } = house.servers;
        await house.clock.advance(newest.launchedAtMs + upMs - house.clock.now());
        newest.crash();
        await house.clock.advance(20_000);
      }
      expect(pauses(house)).toEqual(delays);
      expect(house.state()).toBe(end);
      await house.dispose();
    },
  );

  it('does not take a long load for readiness', async () => {
    const house = new FakeHouse(1, { startTimeoutMs: 1e9 });
    await house.hub.open();
    house.servers.onProcess = (process) => {
      process.condition = 'loading';
      house.clock.setTimeout(() => process.crash(), 700_000);
    };
    house.manager.start('m0');
    await house.clock.advance(3 * 700_000 + 30_000);
    expect(pauses(house)).toEqual([1000, 2000, 4000]);
    await house.dispose();
  });

  it('for a reason that a restart would not mend fails at once', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.crash('model_unreadable', 'Bad magic');
    await house.clock.advance(120_000);
    expect(house.path()).toEqual(['starting', 'ready', 'failed']);
    expect(house.manager.get('m0')).toMatchObject({
      failureCode: 'model_unreadable',
      errorMessage: 'Bad magic',
    });
    expect([house.servers.launches.length, house.servers.openProbes]).toEqual([1, 0]);
    expect(house.manager.details('m0').logTail).toEqual(['log of 1000']);
    await house.dispose();
  });

  it('leaves no restart behind when it is called off', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.crash();
    await house.clock.advance(0);
    expect(house.state()).toBe('backoff');
    house.manager.stop('m0');
    expect(house.state()).toBe('offline');
    await house.clock.advance(120_000);
    expect(house.servers.launches).toHaveLength(1);
    await house.dispose();
  });

  it('is followed by a single start when a person is quicker than the delay', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.crash();
    await house.clock.advance(500);
    house.manager.start('m0');
    await house.clock.advance(120_000);
    expect(house.servers.launches).toHaveLength(2);
    expect(house.state()).toBe('ready');
    await house.dispose();
  });

  it.each(['stop', 'start'] as const)(
    'keeps to the %s of a listener that hears of the backoff',
    async (command) => {
      const house = await FakeHouse.ready();
      house.events.subscribe('model:state-changed', ({ model }) => {
        if (model.state === 'backoff') house.manager[command]('m0');
      });
      house.servers.newest.crash();
      await house.clock.advance(120_000);
      expect(house.state()).toBe(command === 'stop' ? 'offline' : 'ready');
      expect(house.servers.launches).toHaveLength(command === 'stop' ? 1 : 2);
      await house.dispose();
    },
  );
});

describe('a stop', () => {
  it('ends the process and closes our connection before it', async () => {
    const house = await FakeHouse.ready();
    house.servers.stopMs = 500;
    const { newest } = house.servers;
    const probesAtStop: number[] = [];
    const stop = newest.stop.bind(newest);
    newest.stop = () => {
      probesAtStop.push(house.servers.openProbes);
      return stop();
    };
    house.manager.stop('m0');
    house.manager.stop('m0');
    await house.clock.advance(0);
    expect(probesAtStop).toEqual([0]);
    expect(house.path()).toEqual(['starting', 'ready', 'stopping', 'offline']);
    expect(house.manager.get('m0')).toMatchObject({
      pid: null,
      startedAt: null,
      uptimeSeconds: null,
      latencyMs: null,
    });
    await house.dispose();
  });

  it('calls off a launch that is under way, and no process is left', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    house.servers.launchMs = 5000;
    house.manager.start('m0');
    await house.clock.advance(1000);
    house.manager.stop('m0');
    await house.clock.advance(0);
    expect(house.path()).toEqual(['starting', 'stopping', 'offline']);
    await house.clock.advance(60_000);
    expect(house.servers.processes).toHaveLength(0);
    await house.dispose();
  });

  it('waits for a launch that cannot be called off, and ends what comes of it', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    const { servers, clock } = house;
    const launch = servers.launch.bind(servers);
    servers.launchMs = 5000;
    servers.launch = (request) => launch(request, new AbortController().signal);
    house.manager.start('m0');
    await clock.advance(1000);
    house.manager.stop('m0');
    await clock.advance(1000);
    expect(house.state()).toBe('stopping');
    await clock.advance(5000);
    expect(house.state()).toBe('offline');
    expect([servers.processes.length, servers.alive.length, servers.openProbes]).toEqual([1, 0, 0]);
    await house.dispose();
  });

  it('is followed by the start that came meanwhile, unless a stop came after it', async () => {
    const house = await FakeHouse.ready();
    house.servers.onProcess = () => undefined;
    house.manager.stop('m0');
    house.manager.start('m0');
    house.manager.stop('m0');
    await house.clock.advance(1000);
    expect(house.state()).toBe('offline');
    house.manager.start('m0');
    await house.clock.advance(0);
    house.manager.stop('m0');
    house.manager.start('m0');
    await house.clock.advance(1000);
    expect(house.state()).toBe('ready');
    await house.dispose();
  });

  it.each(['starting', 'stopping'] as const)(
    'leaves no process when a listener stops at %s',
    async (state) => {
      const house = new FakeHouse().listen();
      await house.hub.open();
      house.servers.launchMs = 100;
      house.events.subscribe('model:state-changed', ({ model }) => {
        if (model.state === state) house.manager.stop('m0');
      });
      house.manager.start('m0');
      await house.clock.advance(1000);
      house.manager.stop('m0');
      await house.clock.advance(60_000);
      expect(house.state()).toBe('offline');
      expect(house.servers.alive).toHaveLength(0);
      await house.dispose();
    },
  );

  it('that a listener gives at starting is not over before the launch is', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    const { servers, clock } = house;
    const launch = servers.launch.bind(servers);
    servers.launchMs = 100;
    servers.launch = (request) => launch(request, new AbortController().signal);
    house.events.subscribe('model:state-changed', ({ model }) => {
      if (model.state === 'starting') house.manager.stop('m0');
    });
    house.manager.start('m0');
    await clock.advance(60_000);
    expect(house.state()).toBe('offline');
    expect(servers.alive).toHaveLength(0);
    await house.dispose();
  });
});

describe('a restart', () => {
  it('stops, then starts with one more process', async () => {
    const house = await FakeHouse.ready();
    house.manager.restart('m0');
    house.manager.restart('m0');
    await house.clock.advance(1000);
    expect(house.path().slice(2)).toEqual(['stopping', 'offline', 'starting', 'ready']);
    expect([house.servers.processes.length, house.servers.alive.length]).toEqual([2, 1]);
    await house.dispose();
  });

  it('starts a server that is off', async () => {
    const house = new FakeHouse();
    await house.hub.open();
    house.manager.restart('m0');
    await house.clock.advance(0);
    expect(house.state()).toBe('ready');
    await house.dispose();
  });

  it('shows nothing of the earlier process while the new one starts', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.latencyMs = 77;
    await house.clock.advance(2000);
    expect(house.manager.get('m0')?.latencyMs).toBe(77);
    house.servers.onProcess = (process) => (process.condition = 'loading');
    house.manager.restart('m0');
    await house.clock.advance(100);
    expect(house.manager.get('m0')).toMatchObject({ state: 'loading', pid: 1001, latencyMs: null });
    await house.dispose();
  });
});

describe('a ready server', () => {
  it('is unhealthy after three misses and ready again after two hits', async () => {
    const house = await FakeHouse.ready();
    const { newest } = house.servers;
    newest.condition = 'unreachable';
    newest.problem = 'Timed out';
    await house.clock.advance(2000);
    expect(house.manager.get('m0')).toMatchObject({
      state: 'ready',
      consecutiveFailures: 2,
      errorMessage: 'Timed out',
    });
    await house.clock.advance(1000);
    expect(house.manager.get('m0')).toMatchObject({ state: 'unhealthy', isHealthy: false });
    newest.condition = 'ready';
    await house.clock.advance(1000);
    expect(house.state()).toBe('unhealthy');
    await house.clock.advance(1000);
    expect(house.manager.get('m0')).toMatchObject({
      state: 'ready',
      consecutiveFailures: 0,
      errorMessage: null,
    });
    await house.dispose();
  });

  it('sleeps and wakes as its checks say', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.condition = 'sleeping';
    await house.clock.advance(1000);
    expect(house.manager.get('m0')).toMatchObject({ state: 'sleeping', isHealthy: true });
    house.servers.newest.condition = 'ready';
    await house.clock.advance(1000);
    expect(house.path()).toEqual(['starting', 'ready', 'sleeping', 'ready']);
    await house.dispose();
  });

  it('is healthy again after a bad time in which it fell asleep', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.condition = 'unreachable';
    await house.clock.advance(3000);
    expect(house.state()).toBe('unhealthy');
    house.servers.newest.condition = 'sleeping';
    await house.clock.advance(5000);
    expect(house.manager.get('m0')).toMatchObject({ isHealthy: true, state: 'sleeping' });
    await house.dispose();
  });

  it('that freezes has one check under way at most, and is unhealthy within 4 s', async () => {
    const house = await FakeHouse.ready();
    const { servers, clock } = house;
    let running = 0;
    let most = 0;
    const check = servers.onCheck;
    servers.onCheck = async (process, signal) => {
      most = Math.max(most, ++running);
      return check(process, signal).finally(() => (running -= 1));
    };
    servers.newest.frozen = true;
    await clock.advance(3800);
    expect(house.state()).toBe('unhealthy');
    expect(most).toBe(1);
    expect(house.manager.seriesWire()[0]?.valid.latencyMs).toEqual([false, false, false]);
    await house.dispose();
  });
});

describe('time that goes wrong', () => {
  it.each([3_600_000, -3_600_000])('changes nothing when the wall clock jumps by %d ms', async (jumpMs) => {
    const house = await FakeHouse.ready();
    await house.clock.advance(2000);
    const { checks } = house.servers.newest;
    house.clock.jumpWallTime(jumpMs);
    await house.clock.advance(3000);
    expect(house.path()).toEqual(['starting', 'ready']);
    expect(house.servers.newest.checks).toBe(checks + 3);
    expect(house.of('models:sampled').map(({ tick }) => tick)).toEqual([1, 2, 3, 4, 5]);
    expect(house.manager.get('m0')?.uptimeSeconds).toBe(5);
    await house.dispose();
  });

  it('does not hasten or delay a restart when the wall clock jumps', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.crash();
    await house.clock.advance(0);
    house.clock.jumpWallTime(86_400_000);
    await house.clock.advance(999);
    expect(house.state()).toBe('backoff');
    await house.clock.advance(1);
    expect(house.state()).toBe('ready');
    await house.dispose();
  });

  it('gives one tick, one check and a gap after 30 s of a blocked event loop, and no state changes', async () => {
    const house = await FakeHouse.ready();
    await house.clock.advance(2000);
    const { checks } = house.servers.newest;
    house.clock.block(30_000);
    await house.clock.advance(0);
    expect(house.servers.newest.checks).toBe(checks + 1);
    expect(house.of('models:sampled').map(({ tick }) => tick)).toEqual([1, 2, 32]);
    expect(house.path()).toEqual(['starting', 'ready']);
    expect(house.manager.seriesWire()[0]?.valid.memoryGb).toEqual([...Array<boolean>(19).fill(false), true]);
    await house.dispose();
  });

  it('takes a check that the block has cut short for one miss, not for a server that is down', async () => {
    const house = await FakeHouse.ready();
    house.servers.newest.frozen = true;
    await house.clock.advance(1100);
    house.clock.block(30_000);
    house.servers.newest.frozen = false;
    await house.clock.advance(0);
    await house.clock.advance(3000);
    expect(house.path()).toEqual(['starting', 'ready']);
    await house.dispose();
  });
});

describe('what comes late for an earlier generation', () => {
  /** Checks of the first process wait until the answer is given. */
  const holdFirst = (house: FakeHouse) => {
    let answer: (reading: ServerReading) => void = () => expect.unreachable();
    const { servers } = house;
    const check = servers.onCheck;
    servers.onCheck = (process, signal) =>
      process === servers.processes[0]
        ? new Promise((resolve) => (answer = resolve))
        : check(process, signal);
    return (reading: Partial<ServerReading>): void =>
      answer({ ...servers.processes[0]!.reading(), ...reading });
  };

  it('drops the answer of a check whose server was replaced', async () => {
    const house = await FakeHouse.ready({ drainMs: 0 });
    const answer = holdFirst(house);
    await house.clock.advance(1000);
    house.manager.restart('m0');
    await house.clock.advance(100);
    expect(house.manager.get('m0')).toMatchObject({ state: 'ready', pid: 1001 });
    answer({ condition: 'unreachable', latencyMs: 123, problem: 'Old news' });
    await house.clock.advance(0);
    expect(house.manager.get('m0')).toMatchObject({ consecutiveFailures: 0, errorMessage: null });
    expect(house.manager.seriesWire()[0]).toMatchObject({ currentMemoryGb: null, currentLatencyMs: null });
    await house.dispose();
  });

  it('drops the readiness of a server that was replaced while it started', async () => {
    const house = new FakeHouse().listen();
    await house.hub.open();
    const answer = holdFirst(house);
    house.servers.onProcess = (process) => (process.condition = 'loading');
    house.manager.start('m0');
    await house.clock.advance(10);
    house.manager.restart('m0');
    await house.clock.advance(10);
    answer({ condition: 'ready' });
    await house.clock.advance(0);
    expect(house.path()).toEqual(['starting', 'stopping', 'offline', 'starting', 'loading']);
    await house.dispose();
  });

  it('drops the exit of a process that was replaced', async () => {
    const house = await FakeHouse.ready();
    const [first] = house.servers.processes;
    let exitLate: () => void = () => undefined;
    // The process reports its end to a stop at once, and to everyone else later.
    const { exited } = first!;
    Object.defineProperty(first, 'exited', {
      value: new Promise((resolve) => (exitLate = () => void exited.then(resolve))),
    });
    first!.stop = async () => (first!.crash(), exited);
    house.manager.restart('m0');
    await house.clock.advance(10);
    expect(house.state()).toBe('ready');
    exitLate();
    await house.clock.advance(120_000);
    expect(house.path().slice(2)).toEqual(['stopping', 'offline', 'starting', 'ready']);
    await house.dispose();
  });

  it('records unknown memory while the process is being ended', async () => {
    const house = await FakeHouse.ready({ stopGraceMs: 10_000 });
    house.servers.stopMs = 5000;
    house.manager.restart('m0');
    await house.clock.advance(0);
    await house.clock.advance(1000);
    expect(house.manager.get('m0')?.state).toBe('ready');
    house.manager.stop('m0');
    await house.clock.advance(2000);
    expect(house.state()).toBe('stopping');
    expect(house.manager.seriesWire()[0]?.currentMemoryGb).toBeNull();
    await house.dispose();
  });
});

describe('defaultRestartPolicy', () => {
  it('says what design.md says', () => {
    expect(defaultRestartPolicy).toEqual({
      baseDelayMs: 1000,
      maxDelayMs: 60_000,
      spread: 0.2,
      maxRestarts: 5,
      maxOomRestarts: 2,
      forgetAfterMs: 600_000,
    });
  });
});

import { type EndpointOrigin, endpointConditions, type RegistrySnapshot } from '@corral/core';
import { SimulatedHub, simulatedHost } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import { everySecond } from '../relative-time.js';
import { allElements, drawn, inside } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import type { LlmRegistryTable } from './llm-registry-table.js';
import {
  all,
  cell,
  endpoint,
  hubWith,
  model,
  names,
  read,
  rowOf,
  tableOf,
  underHub,
} from './registry.fixture.js';

const endpointOrigins = [
  'registered',
  'attached',
  'managed',
  'agent',
  'discovered',
] as const satisfies readonly EndpointOrigin[];
const share = (table: Element, name: string, kind: string): string =>
  rowOf(table, name).querySelector<HTMLElement>(`.${kind} .meter-fill`)?.style.getPropertyValue('--_share') ??
  'none';
const meter = (table: Element, name: string, kind: string): Element | null =>
  rowOf(table, name).querySelector(`.${kind} [role=meter]`);

describe('<llm-registry-table>', () => {
  keepConsoleQuiet();

  it('shows an endpoint with its status, place, kind, source and last check', async () => {
    const lastCheckedAt = new Date(Date.now() - 30_500).toISOString();
    const facts = { host: 'box.lan', port: 8000, kind: 'vllm', latencyMs: 12.4, queueDepth: 3 } as const;
    const table = await tableOf([
      endpoint('desk', { ...facts, scheme: 'https', basePath: '/llm', lastCheckedAt }),
      endpoint('10.0.0.5:11434', { host: '10.0.0.5', kind: null, condition: null, status: 'unknown' }),
    ]);
    const desk = (kind: string): string => cell(table, 'desk', kind);
    expect(['status', 'name', 'port', 'kind', 'source', 'latency', 'checked'].map(desk)).to.deep.equal([
      'healthy answers, but has no model',
      'desk https://box.lan/llm',
      '8000',
      'vLLM',
      'manual added here',
      '12 ms 3 waiting',
      '30s ago',
    ]);
    const time = rowOf(table, 'desk').querySelector('time');
    expect([time?.dateTime, time?.title.includes('2')]).to.deep.equal([lastCheckedAt, true]);
    const bare = (kind: string): string => cell(table, '10.0.0.5:11434', kind);
    expect(
      ['status', 'name', 'kind', 'list', 'latency', 'checked', 'cpu', 'ram', 'vram'].map(bare),
    ).to.deep.equal([
      'unknown was not asked yet',
      '10.0.0.5:11434',
      'unknown',
      'N/A',
      'N/A',
      'never',
      'N/A',
      'N/A',
      'N/A',
    ]);
  });

  it('tells every condition (F29–F50) in words under a status in words and colour', async () => {
    const statuses = ['healthy', 'unhealthy', 'unknown'] as const;
    const table = await tableOf([
      ...endpointConditions.map((condition) =>
        endpoint(condition, { condition, status: 'unhealthy', models: [model('m')] }),
      ),
      ...statuses.map((status) => endpoint(`is ${status}`, { status })),
    ]);
    const words = endpointConditions.map((condition) => cell(table, condition, 'more-words'));
    expect(new Set(words).size).to.equal(endpointConditions.length);
    for (const text of words) expect(text).not.to.match(/_|undefined/);
    const colours = statuses.map(
      (status) =>
        getComputedStyle(rowOf(table, `is ${status}`).querySelector('.dot') as Element).backgroundColor,
    );
    expect(colours).to.deep.equal(['rgb(0, 255, 65)', 'rgb(255, 92, 92)', 'rgb(141, 141, 141)']);
    expect(statuses.map((status) => cell(table, `is ${status}`, 'state'))).to.deep.equal(statuses);
  });

  it('says of every origin where it comes from, and of each that cannot be removed why', async () => {
    const table = await tableOf(
      endpointOrigins.map((origin) =>
        endpoint(origin, {
          origin,
          source: origin === 'registered' || origin === 'attached' ? 'manual' : 'auto',
        }),
      ),
    );
    expect(endpointOrigins.map((origin) => cell(table, origin, 'source'))).to.deep.equal([
      'manual added here',
      'manual attached',
      'auto own server',
      'auto by its agent',
      'auto found here',
    ]);
    for (const origin of endpointOrigins) {
      const row = rowOf(table, origin);
      const why = row.querySelector('.source')?.getAttribute('title') ?? '';
      expect(why.includes('cannot be removed')).to.equal(row.querySelector('.remove') === null);
      // Someone else checks those of this hub and those of agents.
      const isAsked = origin !== 'managed' && origin !== 'agent';
      expect(row.querySelector('.check') !== null, origin).to.equal(isAsked);
    }
  });

  it('measures the machine: share, text and words of each bar', async () => {
    const host = simulatedHost({
      hostId: 'h',
      name: 'gpu-box',
      cpuPercent: 36.6,
      ramUsed: 16e9,
      vramUsed: 6.25e9,
    });
    const table = await tableOf([endpoint('e', { hostId: 'h' })], [host]);
    const kinds = ['cpu', 'ram', 'vram'];
    expect(kinds.map((kind) => cell(table, 'e', kind))).to.deep.equal(['37%', '16 / 64 GB', '6.3 / 24 GB']);
    expect(kinds.map((kind) => share(table, 'e', kind))).to.deep.equal(['0.37', '0.25', '0.26']);
    expect(kinds.map((kind) => meter(table, 'e', kind)?.ariaValueText)).to.deep.equal([
      '37% of 16 processors',
      '16 GB of 64 GB',
      '6.3 GB of 24 GB',
    ]);
    expect(kinds.map((kind) => meter(table, 'e', kind)?.ariaLabel)).to.deep.equal([
      'CPU of gpu-box',
      'RAM of gpu-box',
      'VRAM of gpu-box',
    ]);
    expect(meter(table, 'e', 'cpu')?.ariaValueNow).to.equal('37');
    expect(cell(table, 'e', 'host')).to.equal('on gpu-box');
    const colours = kinds.map(
      (kind) =>
        getComputedStyle(rowOf(table, 'e').querySelector(`.${kind} .meter-fill`) as Element).backgroundColor,
    );
    // #7eb8da, #a78bfa and #f59e0b, as asked.
    expect(colours).to.deep.equal(['rgb(126, 184, 218)', 'rgb(167, 139, 250)', 'rgb(245, 158, 11)']);
  });

  it('shows N/A and no bar where nothing is known, and 0 where it is 0', async () => {
    const nothing = { cpuPercent: null, ramUsed: null, ramTotal: null, vramUsed: null, vramTotal: null };
    const table = await tableOf(
      [
        endpoint('dark', { hostId: 'd' }),
        endpoint('idle', { hostId: 'i' }),
        endpoint('half', { hostId: 'p' }),
      ],
      [
        simulatedHost({ hostId: 'd', ...nothing }),
        simulatedHost({ hostId: 'i', cpuPercent: 0, ramUsed: 0, vramUsed: 0 }),
        simulatedHost({ hostId: 'p', ramUsed: 3e9, ramTotal: null, vramUsed: null }),
      ],
    );
    const kinds = ['cpu', 'ram', 'vram'];
    expect(kinds.map((kind) => [cell(table, 'dark', kind), meter(table, 'dark', kind)])).to.deep.equal(
      kinds.map(() => ['N/A', null]),
    );
    expect(kinds.map((kind) => cell(table, 'idle', kind))).to.deep.equal(['0%', '0 / 64 GB', '0 / 24 GB']);
    expect(kinds.map((kind) => share(table, 'idle', kind))).to.deep.equal(['0', '0', '0']);
    expect(kinds.map((kind) => cell(table, 'half', kind))).to.deep.equal(['37%', '3 GB', 'N/A']);
    expect(meter(table, 'half', 'ram')).to.equal(null);
  });

  it('has one bar for memory that processors and graphics share', async () => {
    const host = simulatedHost({ hostId: 'm', memoryKind: 'unified', vramUsed: null, vramTotal: null });
    const table = await tableOf([endpoint('mac', { hostId: 'm' })], [host]);
    const row = rowOf(table, 'mac');
    expect([row.querySelector('.ram'), row.querySelector('.vram')]).to.deep.equal([null, null]);
    expect(cell(table, 'mac', 'memory')).to.equal('31 / 64 GB');
    expect(meter(table, 'mac', 'memory')?.ariaLabel).to.equal('RAM + VRAM of m');
    expect(row.querySelector('.memory')?.getAttribute('aria-colspan')).to.equal('2');
  });

  it('says that the limit is the container’s, not the machine’s', async () => {
    const table = await tableOf(
      [endpoint('c', { hostId: 'c' })],
      [simulatedHost({ hostId: 'c', ramLimit: 'container', ramUsed: 1e9, ramTotal: 2e9 })],
    );
    expect(rowOf(table, 'c').querySelector('.ram [title]')?.getAttribute('title')).to.equal(
      'RAM: 1 GB of 2 GB, the limit of its container',
    );
    expect(meter(table, 'c', 'ram')?.ariaValueText).to.contain('container');
  });

  it('tells a machine that fell silent in words, with no numbers (F58)', async () => {
    const hub = hubWith([endpoint('e', { hostId: 'h' })], [simulatedHost({ hostId: 'h', name: 'box' })]);
    const table = await underHub(hub);
    const silent = { cpuPercent: null, ramUsed: null, vramUsed: null };
    hub.fleet.setHost(simulatedHost({ hostId: 'h', name: 'box', status: 'stale', ...silent }));
    await drawn();
    expect(cell(table, 'e', 'host')).to.equal('on box, which is stale: no report comes');
    expect(cell(table, 'e', 'cpu')).to.equal('N/A');
    hub.fleet.setHost(simulatedHost({ hostId: 'h', name: 'box', status: 'lost', ...silent }));
    await drawn();
    expect(cell(table, 'e', 'host')).to.equal('on box, which is lost: no report for long');
    hub.fleet.removeHost('h');
    await drawn();
    expect(rowOf(table, 'e').querySelector('.host')).to.equal(null);
  });

  it('follows the hub: endpoints that come, change, are checked and go', async () => {
    const hub = hubWith([endpoint('a'), endpoint('b')]);
    const table = await underHub(hub);
    const [rowA, rowB] = [rowOf(table, 'a'), rowOf(table, 'b')];
    hub.fleet.add(endpoint('c'));
    hub.fleet.update('a', { status: 'unhealthy', condition: 'timeout' });
    hub.fleet.checked([
      { endpointId: 'b', lastCheckedAt: new Date().toISOString(), latencyMs: 7, queueDepth: null },
    ]);
    await drawn();
    expect(names(table)).to.deep.equal(['a', 'b', 'c']);
    expect([cell(table, 'a', 'status'), cell(table, 'b', 'latency')]).to.deep.equal([
      'unhealthy does not answer in time',
      '7 ms',
    ]);
    expect([rowOf(table, 'a') === rowA, rowOf(table, 'b') === rowB]).to.deep.equal([true, true]);
    hub.fleet.remove('a');
    await drawn();
    expect(names(table)).to.deep.equal(['b', 'c']);
  });

  it('writes only the row that changed', async () => {
    const hub = hubWith([endpoint('a'), endpoint('b')]);
    const table = await underHub(hub);
    const touched: string[] = [];
    const observer = new MutationObserver((records) => {
      for (const { target } of records)
        touched.push(
          read(
            (target instanceof Element ? target : target.parentElement)?.closest('tr')?.querySelector('b'),
          ),
        );
    });
    observer.observe(inside(table, 'table'), {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
    hub.fleet.checked([{ endpointId: 'b', lastCheckedAt: null, latencyMs: 9, queueDepth: null }]);
    await drawn();
    observer.disconnect();
    expect(touched.length).to.be.greaterThan(0);
    expect(new Set(touched)).to.deep.equal(new Set(['b']));
  });

  it('does not look again at a row whose facts are the same', async () => {
    let looks = 0;
    const same = Object.defineProperty(endpoint('same'), 'basePath', {
      get: () => {
        looks += 1;
        return '';
      },
    });
    const registry = (other: string): RegistrySnapshot => ({
      endpoints: [same, endpoint('other', { host: other })],
      resources: [],
      fleetModels: [],
    });
    const table = await fixture<LlmRegistryTable>(
      html`<llm-registry-table .registry=${registry('before')}></llm-registry-table>`,
    );
    const before = looks;
    table.registry = registry('after');
    await drawn();
    expect([cell(table, 'other', 'place'), before > 0, looks]).to.deep.equal(['after', true, before]);
  });

  it('shows a snapshot of its own, which wins over the provider', async () => {
    const hub = hubWith([endpoint('of the hub')]);
    const table = await underHub(hub);
    const registry: RegistrySnapshot = { endpoints: [endpoint('given')], resources: [], fleetModels: [] };
    table.registry = registry;
    await drawn();
    expect(names(table)).to.deep.equal(['given']);
    expect(hub.listenerCount).to.equal(0);
    table.registry = undefined;
    await drawn();
    expect(names(table)).to.deep.equal(['of the hub']);
  });

  it('shows that nothing is there yet, and that it is still being asked for', async () => {
    const empty = (table: Element): string => read(inside(table, '[part=empty]'));
    const hub = new SimulatedHub();
    const table = await underHub(hub);
    expect(empty(table)).to.equal('No endpoints yet. Add one above.');
    hub.setConnection('connecting');
    await drawn();
    expect(empty(table)).to.equal('Looking for endpoints…');
    hub.setConnection('closed');
    await drawn();
    expect(empty(table)).to.equal('No endpoints are known.');
    hub.scope = 'view';
    hub.setConnection('live');
    await drawn();
    expect(empty(table)).to.equal('No endpoints yet.');
  });

  it('shows a registry that fails to answer as an empty one', async () => {
    const hub = new SimulatedHub();
    hub.registry = () => {
      throw new Error('The registry is away');
    };
    const table = await underHub(hub);
    expect(read(inside(table, '[part=empty]'))).to.equal('No endpoints yet. Add one above.');
    for (const broken of [{}, { endpoints: null, resources: 'none', fleetModels: 3 }]) {
      const own = await fixture<LlmRegistryTable>(
        html`<llm-registry-table .registry=${broken as unknown as RegistrySnapshot}></llm-registry-table>`,
      );
      expect(read(inside(own, '[part=empty]'))).to.equal('No endpoints yet. Add one above.');
    }
  });

  it('says that facts are old while the connection is lost', async () => {
    const hub = hubWith([endpoint('e')]);
    const table = await underHub(hub);
    expect(all(table, '.lost')).to.deep.equal([]);
    hub.setConnection('reconnecting');
    await drawn();
    expect(read(inside(table, '.lost'))).to.contain('last known');
    expect(inside(table, 'table').hasAttribute('data-stale')).to.equal(true);
  });

  it('shows hostile texts as text (I61, I62, I66, I69)', async () => {
    for (const text of hostileTexts) {
      const table = await tableOf(
        [
          endpoint(text, { hostId: text, host: text, basePath: text, models: [model(text, 1e9)] }),
          endpoint(`${text} too`, { kind: text as 'vllm', origin: text as 'agent', models: [model(text)] }),
        ],
        [simulatedHost({ hostId: text, name: text, system: text })],
        800,
      );
      const row = rowOf(table, read({ textContent: text } as Element));
      expect(row.querySelector('b')?.textContent).to.equal(text);
      expect(row.querySelector('.model-name')?.textContent).to.equal(text);
      expect(row.querySelector('.host')?.textContent).to.contain(text);
      expect(inside(table, '.chip-name').textContent).to.equal(text);
      expect(all(table, 'script, img, iframe, style')).to.deep.equal([]);
      expect(table.scrollWidth).to.be.at.most(800);
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  it('says its parts to screen readers in either layout', async () => {
    for (const width of [1400, 1000, 360]) {
      const table = await tableOf([endpoint('e')], [], width);
      const roles = all(table, 'tbody tr > *').map((one) => one.getAttribute('role'));
      expect(roles.length).to.equal(all(table, 'thead th').length);
      expect(new Set(roles)).to.deep.equal(new Set(['cell', 'rowheader']));
      expect(inside<HTMLTableElement>(table, 'table').caption?.textContent).to.equal(
        'Endpoints of the fleet',
      );
      expect(inside(table, 'table').role).to.equal('table');
    }
  });

  for (const width of [1400, 1000, 700, 360, 280])
    it(`has no horizontal overflow at ${width} px`, async () => {
      const long = 'a-very-long-name-of-a-model-without-any-place-to-break-it-Q4_K_M.gguf';
      const host = simulatedHost({ hostId: 'h', name: long, ramUsed: 1023.4e9, ramTotal: 2048e9 });
      const facts = {
        hostId: 'h',
        models: [model(long, 123.4e9), model('m')],
        latencyMs: 12_345,
        queueDepth: 99,
      };
      const table = await tableOf([endpoint(long, facts), endpoint('plain')], [host], width);
      inside(table, '.form-more').click();
      inside(table, '.remove').click();
      await drawn();
      const edge = table.getBoundingClientRect().right + 0.5;
      const outside = all(table, ':not(.unseen)').filter((one) => one.getBoundingClientRect().right > edge);
      expect(outside.map((one) => one.outerHTML.slice(0, 80))).to.deep.equal([]);
      expect(table.scrollWidth).to.be.at.most(width);
    });

  it('keeps its columns where they are while numbers tick', async () => {
    const hub = hubWith([endpoint('e', { hostId: 'h', latencyMs: 1 })], [simulatedHost({ hostId: 'h' })]);
    const table = await underHub(hub, 1400);
    const edges = (): number[] => all(table, 'tbody tr > *').map((one) => one.getBoundingClientRect().left);
    const before = edges();
    hub.fleet.checked([{ endpointId: 'e', lastCheckedAt: null, latencyMs: 123_456, queueDepth: 1000 }]);
    hub.fleet.setHost(simulatedHost({ hostId: 'h', cpuPercent: 100, ramUsed: 999e9, ramTotal: 2000e9 }));
    await drawn();
    expect(cell(table, 'e', 'latency')).to.contain('123,456 ms');
    expect(edges()).to.deep.equal(before);
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = hubWith(
      [endpoint('e', { hostId: 'h', lastCheckedAt: new Date().toISOString() })],
      [simulatedHost({ hostId: 'h' })],
    );
    const table = await underHub(hub);
    const parent = table.parentElement as HTMLElement;
    const [listeners, elements] = [hub.listenerCount, allElements(document).length];
    for (let i = 0; i < 1000; i++) {
      table.remove();
      parent.append(table);
    }
    await drawn();
    expect([hub.listenerCount, allElements(document).length]).to.deep.equal([listeners, elements]);
    expect(everySecond.isRunning).to.equal(true);
    table.remove();
    expect([hub.listenerCount, everySecond.isRunning]).to.deep.equal([0, false]);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}, wide and narrow`, async function () {
      this.timeout(60_000);
      const hub = hubWith(
        [
          endpoint('good', { hostId: 'h', models: ['a', 'b', 'c', 'd'].map((name) => model(name, 1e9)) }),
          endpoint('mac', {
            hostId: 'm',
            status: 'unknown',
            condition: 'loading',
            lastCheckedAt: new Date().toISOString(),
          }),
          endpoint('bad', { status: 'unhealthy', condition: 'refused', source: 'auto', origin: 'agent' }),
        ],
        [
          simulatedHost({ hostId: 'h' }),
          simulatedHost({ hostId: 'm', memoryKind: 'unified', status: 'live' }),
        ],
      );
      const page = await themedFixture(theme, html`<llm-registry-table></llm-registry-table>`);
      const provider = page.querySelector('corral-provider') as HTMLElementTagNameMap['corral-provider'];
      provider.hub = hub;
      await drawn();
      const table = page.querySelector('llm-registry-table') as LlmRegistryTable;
      inside(table, '.form-more').click();
      inside(table, '.chip').click();
      inside(table, '.chip').click();
      inside<HTMLDetailsElement>(table, 'details').open = true;
      inside(table, '.remove').click();
      inside(table, '.add').click();
      for (const width of [1200, 360]) {
        page.style.width = `${width}px`;
        await drawn();
        await expect(page).to.be.accessible();
      }
    });
  }
});

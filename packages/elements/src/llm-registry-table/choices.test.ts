import { simulatedHost } from '@corral/core/testing';
import { expect } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { drawn, inside } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import {
  all,
  cell,
  endpoint,
  hubWith,
  model,
  names,
  press,
  read,
  rowOf,
  tableOf,
  type,
  underHub,
} from './registry.fixture.js';

async function sortBy(table: Element, kind: string): Promise<string[]> {
  await press(table, `th.${kind} .sort`);
  return names(table);
}

describe('<llm-registry-table>: what a person chooses to see', () => {
  keepConsoleQuiet();

  it('sorts by each column in both directions; what is unknown comes last', async () => {
    const at = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
    const table = await tableOf(
      [
        endpoint('n10', {
          port: 900,
          status: 'unhealthy',
          kind: 'vllm',
          latencyMs: 5,
          lastCheckedAt: at(60),
          hostId: 'x',
        }),
        endpoint('n9', {
          port: 80,
          kind: 'ollama',
          latencyMs: 40,
          lastCheckedAt: at(5),
          hostId: 'y',
          models: [model('m')],
        }),
        endpoint('n1', {
          port: 8000,
          kind: null,
          status: 'unknown',
          source: 'auto',
          models: [model('m', 1)],
        }),
      ],
      [
        simulatedHost({ hostId: 'x', cpuPercent: 10, ramUsed: 60e9, vramUsed: null }),
        simulatedHost({ hostId: 'y', cpuPercent: 90, ramUsed: 5e9 }),
      ],
    );
    expect(names(table)).to.deep.equal(['n1', 'n9', 'n10']);
    const orders: Record<string, [string[], string[]]> = {};
    for (const kind of [
      'status',
      'port',
      'kind',
      'list',
      'source',
      'cpu',
      'ram',
      'vram',
      'latency',
      'checked',
    ])
      orders[kind] = [await sortBy(table, kind), await sortBy(table, kind)];
    expect(orders).to.deep.equal({
      status: [
        ['n10', 'n1', 'n9'],
        ['n9', 'n1', 'n10'],
      ],
      port: [
        ['n9', 'n10', 'n1'],
        ['n1', 'n10', 'n9'],
      ],
      kind: [
        ['n9', 'n10', 'n1'],
        ['n10', 'n9', 'n1'],
      ],
      list: [
        ['n1', 'n9', 'n10'],
        ['n10', 'n9', 'n1'],
      ],
      source: [
        ['n1', 'n9', 'n10'],
        ['n9', 'n10', 'n1'],
      ],
      cpu: [
        ['n9', 'n10', 'n1'],
        ['n10', 'n9', 'n1'],
      ],
      ram: [
        ['n10', 'n9', 'n1'],
        ['n9', 'n10', 'n1'],
      ],
      vram: [
        ['n9', 'n1', 'n10'],
        ['n9', 'n1', 'n10'],
      ],
      latency: [
        ['n9', 'n10', 'n1'],
        ['n10', 'n9', 'n1'],
      ],
      checked: [
        ['n9', 'n10', 'n1'],
        ['n10', 'n9', 'n1'],
      ],
    });
  });

  it('says by which column it is sorted', async () => {
    const table = await tableOf([endpoint('a')]);
    const sorts = (): (string | null)[] => all(table, 'thead th[aria-sort]').map((head) => head.ariaSort);
    expect(sorts().filter((order) => order !== 'none')).to.deep.equal(['ascending']);
    await sortBy(table, 'latency');
    expect(inside(table, 'th.latency').ariaSort).to.equal('descending');
    await sortBy(table, 'latency');
    expect(inside(table, 'th.latency').ariaSort).to.equal('ascending');
    expect(inside(table, 'th.name').ariaSort).to.equal('none');
  });

  it('moves no row when a number ticks, only when facts change', async () => {
    const hub = hubWith([endpoint('a', { latencyMs: 1 }), endpoint('b', { latencyMs: 2 })]);
    const table = await underHub(hub);
    expect(await sortBy(table, 'latency')).to.deep.equal(['b', 'a']);
    hub.fleet.checked([{ endpointId: 'a', lastCheckedAt: null, latencyMs: 50, queueDepth: null }]);
    await drawn();
    expect([names(table), cell(table, 'a', 'latency')]).to.deep.equal([['b', 'a'], '50 ms']);
    hub.fleet.update('b', { status: 'unhealthy' });
    await drawn();
    expect(names(table)).to.deep.equal(['a', 'b']);
    hub.fleet.checked([{ endpointId: 'a', lastCheckedAt: null, latencyMs: 0.4, queueDepth: null }]);
    await drawn();
    expect(cell(table, 'a', 'latency')).to.equal('<1 ms');
  });

  it('filters by every word in name, host or model, and counts', async () => {
    const table = await tableOf([
      endpoint('desk', { host: 'box.lan', models: [model('llama3')] }),
      endpoint('rack', { host: '10.0.0.7', kind: 'vllm', models: [model('qwen3')] }),
      endpoint('nas', { host: 'box.home' }),
    ]);
    const found = async (query: string): Promise<string[]> => {
      await type(table, '.search', query);
      return names(table);
    };
    expect(await found('BOX')).to.deep.equal(['desk', 'nas']);
    expect(await found('box llama')).to.deep.equal(['desk']);
    expect(await found('qwen')).to.deep.equal(['rack']);
    expect(await found('rack 10.0')).to.deep.equal(['rack']);
    expect(read(inside(table, '.found'))).to.equal('1 of 3 endpoints');
    expect(await found('nothing like it')).to.deep.equal([]);
    expect(read(inside(table, '.no-match'))).to.contain('No endpoint matches');
    await press(table, '.clear');
    expect(names(table)).to.deep.equal(['desk', 'nas', 'rack']);
    await type(table, '.search', 'desk');
    inside(table, '.search').focus();
    await sendKeys({ press: 'Escape' });
    await drawn();
    expect([names(table).length, read(inside(table, '.found'))]).to.deep.equal([3, '3 endpoints']);
  });

  it('filters by status, with how many there are', async () => {
    const table = await tableOf([
      endpoint('a'),
      endpoint('b', { status: 'unhealthy' }),
      endpoint('c', { status: 'unhealthy' }),
    ]);
    const select = inside<HTMLSelectElement>(table, '.by-status');
    expect([...select.options].map(read)).to.deep.equal([
      'All (3)',
      'Healthy (1)',
      'Unhealthy (2)',
      'Unknown (0)',
    ]);
    select.value = 'unhealthy';
    select.dispatchEvent(new Event('change'));
    await drawn();
    expect(names(table)).to.deep.equal(['b', 'c']);
  });

  it('shows the models of the fleet as chips, which filter the table', async () => {
    const hub = hubWith([
      endpoint('a', { host: 'x', models: [model('llama3', 4e9), model('phi4')] }),
      endpoint('b', { host: 'y', models: [model('llama3')] }),
      endpoint('c', { host: 'z', models: [model('llama3'), model('phi4')] }),
      endpoint('d', { host: 'q' }),
    ]);
    const table = await underHub(hub);
    const chips = (): string[] => all(table, '.chip').map((chip) => `${chip.ariaPressed} ${read(chip)}`);
    expect(chips()).to.deep.equal(['false llama3 (3 hosts), loaded on 1 host', 'false phi4 (2 hosts)']);
    expect(all(table, '.chip').map((chip) => chip.hasAttribute('data-loaded'))).to.deep.equal([true, false]);
    all(table, '.chip')[1]?.click();
    await drawn();
    expect([names(table), chips()[1]]).to.deep.equal([['a', 'c'], 'true phi4 (2 hosts)']);
    hub.fleet.update('c', { models: [] });
    await drawn();
    expect([names(table), chips()[1]]).to.deep.equal([['a'], 'true phi4 (1 host)']);
    hub.fleet.update('a', { models: [] });
    await drawn();
    expect(chips()).to.deep.equal(['true phi4 (0 hosts)', 'false llama3 (1 host)']);
    await press(table, '.chip');
    expect([names(table), chips()]).to.deep.equal([['a', 'b', 'c', 'd'], ['false llama3 (1 host)']]);
  });

  it('keeps many chips behind a button', async () => {
    const models = Array.from({ length: 40 }, (_, i) => model(`m${i}`));
    const table = await tableOf([endpoint('a', { models })]);
    expect([all(table, '.chip').length, read(inside(table, '.chips-more'))]).to.deep.equal([12, '+28 MORE']);
    await press(table, '.chips-more');
    expect([all(table, '.chip').length, inside(table, '.chips-more').ariaExpanded]).to.deep.equal([
      40,
      'true',
    ]);
  });

  it('shows what is loaded first, with its memory, and the rest on demand', async () => {
    const loaded = { ...model('zephyr', 4.71e9), vramBytes: 3e9 };
    const models = [
      ...['a2', 'a10', 'a1', 'b', 'c'].map((name) => model(name)),
      loaded,
      { ...model('x', 2e9), state: 'sleeping' as const },
    ];
    const hub = hubWith([endpoint('e', { models })]);
    const table = await underHub(hub);
    const list = (): string[] => all(table, '.models li').map(read);
    expect(list()).to.deep.equal(['x asleep 2 GB', 'zephyr loaded 4.7 GB']);
    expect(inside(table, 'li[title^=zephyr]').title).to.contain('3 GB of it in graphics memory');
    const summary = inside(table, 'summary');
    expect(read(summary)).to.equal('+5 more');
    summary.focus();
    await sendKeys({ press: 'Enter' });
    await drawn();
    expect(list().slice(2)).to.deep.equal(['a1', 'a2', 'a10', 'b', 'c']);
    // A check of the endpoint closes nothing.
    hub.fleet.update('e', { latencyMs: 5 });
    await drawn();
    expect([inside<HTMLDetailsElement>(table, 'details').open, list().length]).to.deep.equal([true, 7]);
  });

  it('keeps the focus in a row that moves', async () => {
    const hub = hubWith([endpoint('a'), endpoint('b'), endpoint('c')]);
    const table = await underHub(hub);
    await sortBy(table, 'status');
    const button = rowOf(table, 'c').querySelector('.check') as HTMLElement;
    button.focus();
    hub.fleet.update('c', { status: 'unhealthy' });
    await drawn();
    expect(names(table)).to.deep.equal(['c', 'a', 'b']);
    expect(table.shadowRoot?.activeElement === button).to.equal(true);
  });
});

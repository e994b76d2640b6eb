import { simulatedHost } from '@corral/core/testing';
import { expect } from '@open-wc/testing';
import { drawn, inside } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import type { LlmRegistryTable } from './llm-registry-table.js';
import { all, endpoint, hubWith, model, press, read, underHub } from './registry.fixture.js';

const count = 1000;
const now = '2026-01-01T00:00:00.000Z';

const thousand = () =>
  hubWith(
    Array.from({ length: count }, (_, i) =>
      endpoint(`server-${String(i).padStart(4, '0')}`, {
        host: `10.0.${Math.floor(i / 250)}.${i % 250}`,
        hostId: `h${i % 100}`,
        status: i % 7 === 0 ? 'unhealthy' : 'healthy',
        models: [model(`model-${i % 12}`, 4e9), model('llama3'), model('phi4'), model('qwen3')],
        latencyMs: i % 40,
        lastCheckedAt: now,
      }),
    ),
    Array.from({ length: 100 }, (_, i) => simulatedHost({ hostId: `h${i}` })),
  );

/** Script time of `run` and of what it leads to, up to the end of the next frame's script and layout. */
async function timed(table: LlmRegistryTable, run: () => void): Promise<number> {
  let frameStartMs = 0;
  // Callbacks of a frame come in the order of asking: the table's own stands between these two.
  requestAnimationFrame(() => {
    frameStartMs = performance.now();
  });
  const startMs = performance.now();
  run();
  await table.updateComplete;
  const scriptMs = performance.now() - startMs;
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      void inside(table, 'table').offsetHeight;
      resolve(scriptMs + performance.now() - frameStartMs);
    });
  });
}

const rows = (table: Element): number => all(table, 'tbody tr').length;

describe('<llm-registry-table> with 1,000 endpoints', () => {
  keepConsoleQuiet();

  it('shows a hundred, bit by bit, and the next ones on demand', async () => {
    const table = await underHub(thousand(), 1400);
    expect(read(inside(table, '.found'))).to.equal('1,000 endpoints');
    while (rows(table) < 100) await drawn();
    await drawn();
    expect([rows(table), inside(table, 'table').getAttribute('aria-rowcount')]).to.deep.equal([100, '1001']);
    expect(all(table, 'tr').map((row) => Number(row.ariaRowIndex))).to.deep.equal(
      Array.from({ length: 101 }, (_, i) => i + 1),
    );
    expect(read(inside(table, '.more'))).to.equal('Showing 100 of 1,000 endpoints SHOW 100 MORE');
    await press(table, '.show-more');
    while (rows(table) < 200) await drawn();
    await drawn();
    expect(rows(table)).to.equal(200);
  });

  it('goes to the end of the list with the focus when all is shown', async () => {
    const hub = hubWith(Array.from({ length: 130 }, (_, i) => endpoint(`e${i}`)));
    const table = await underHub(hub);
    inside(table, '.show-more').focus();
    await press(table, '.show-more');
    while (rows(table) < 130) await drawn();
    expect(all(table, '.show-more')).to.deep.equal([]);
    expect(table.shadowRoot?.activeElement?.className).to.equal('more');
  });

  it('takes a check of all of them, and typing into the filter, without a long task', async function () {
    this.timeout(60_000);
    const hub = thousand();
    const table = await underHub(hub, 1400);
    for (let page = 1; page < 10; page++) await press(table, '.show-more');
    while (rows(table) < count) await drawn();
    await drawn();
    const ids = hub.registry().endpoints.map(({ id }) => id);
    const written = new Set<unknown>();
    const observer = new MutationObserver((records) => {
      for (const { target } of records)
        written.add((target instanceof Element ? target : target.parentElement)?.closest('tbody tr'));
    });
    observer.observe(inside(table, 'table'), {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
    const tickMs: number[] = [];
    for (let tick = 0; tick < 9; tick++) {
      tickMs.push(
        await timed(table, () =>
          hub.fleet.checked(
            ids.map((endpointId, i) => ({
              endpointId,
              lastCheckedAt: now,
              latencyMs: tick * 50 + (i % 50),
              queueDepth: tick,
            })),
          ),
        ),
      );
      await drawn();
    }
    observer.disconnect();
    const search = inside<HTMLInputElement>(table, '.search');
    const typeMs: number[] = [];
    for (const query of ['s', 'se', 'server-0', 'server-00', 'model-1', '10.0.1', '10.0.1.2', '', 'llama3']) {
      typeMs.push(
        await timed(table, () => {
          search.value = query;
          search.dispatchEvent(new Event('input'));
        }),
      );
      await drawn();
    }
    const text = (values: readonly number[]): string => values.map((value) => value.toFixed(1)).join(' ');
    console.log(`1,000 rows: a check of all ${text(tickMs)} ms; a change of the filter ${text(typeMs)} ms`);
    // Blocks of 25 rows, on a screen that shows some eight of them.
    expect(written.size).to.be.within(1, 100);
    // The fastest: whatever else runs on this machine holds up the others. A cost of our own is in every one.
    expect(Math.min(...tickMs)).to.be.lessThan(50);
    expect(Math.min(...typeMs)).to.be.lessThan(50);
  });

  it('writes no row that is off screen until it comes on screen', async () => {
    const hub = hubWith(Array.from({ length: 100 }, (_, i) => endpoint(`e${String(i).padStart(3, '0')}`)));
    const table = await underHub(hub, 1400);
    while (rows(table) < 100) await drawn();
    await drawn();
    const last = (): string => read(all(table, 'tbody tr').at(-1)?.querySelector('.latency'));
    expect(last()).to.equal('N/A');
    hub.fleet.checked([{ endpointId: 'e099', lastCheckedAt: now, latencyMs: 5, queueDepth: null }]);
    await drawn();
    expect(last()).to.equal('N/A');
    all(table, 'tbody tr').at(-1)?.scrollIntoView();
    await drawn(4);
    expect(last()).to.equal('5 ms');
  });
});

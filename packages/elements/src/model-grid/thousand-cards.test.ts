import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import '../corral-provider/define.js';
import { drawn } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import './define.js';

const { requestAnimationFrame: ask } = globalThis;
const count = 1000;
const ticks = 10;

/** The long tasks that the browser saw while `run` ran, and its animation frames. */
async function watched(run: () => Promise<void>): Promise<{ longTasks: number[]; frames: number[] }> {
  const longTasks: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasks.push(duration);
  });
  observer.observe({ type: 'longtask' });
  const frames: number[] = [];
  let last = performance.now();
  let handle = ask(function frame(now) {
    frames.push(now - last);
    last = now;
    handle = ask(frame);
  });
  await run();
  cancelAnimationFrame(handle);
  // Entries are handed over in a task of their own.
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  observer.disconnect();
  return { longTasks, frames };
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Resolves after the microtasks that are waiting, and those that they add. */
async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await undefined;
}

describe('<model-grid> with 1,000 models', () => {
  keepConsoleQuiet();

  it('takes ten ticks without long tasks of its own', async function () {
    this.timeout(60_000);
    const hub = new SimulatedHub(
      Array.from({ length: count }, (_, i) =>
        simulatedModel({ modelId: `m${i}`, state: i % 3 === 0 ? 'offline' : 'ready', port: 8100 + i }),
      ),
    );
    hub.wave(20);
    const startMs = performance.now();
    const provider = await fixture(
      html`<corral-provider .hub=${hub}><model-grid style="width: 1440px"></model-grid></corral-provider>`,
    );
    await drawn();
    const mountMs = performance.now() - startMs;
    const grid = provider.querySelector('model-grid') as HTMLElementTagNameMap['model-grid'];
    const made = (): number => grid.shadowRoot?.querySelectorAll('model-card').length ?? 0;
    while (made() < count) await drawn();
    const allMs = performance.now() - startMs;
    await pause(500);

    const hubMs: number[] = [];
    const frameMs: number[] = [];
    const { longTasks, frames } = await watched(async () => {
      // What the elements do in a frame, with the updates that follow it as microtasks.
      globalThis.requestAnimationFrame = (callback) =>
        ask((now) => {
          const before = performance.now();
          callback(now);
          void settled().then(() => {
            frameMs[frameMs.length - 1] = (frameMs.at(-1) ?? 0) + performance.now() - before;
          });
        });
      for (let tick = 0; tick < ticks; tick++) {
        frameMs.push(0);
        const before = performance.now();
        hub.wave();
        for (const { modelId, state } of hub.models())
          if (state === 'ready') hub.update(modelId, { requestCount: tick, uptimeSeconds: tick });
        hubMs.push(performance.now() - before);
        await pause(1000 - (performance.now() - before));
      }
      globalThis.requestAnimationFrame = ask;
    });
    const text = (values: readonly number[]): string => values.map((value) => value.toFixed(1)).join(' ');
    console.log(
      `1,000 cards: first screen ${mountMs.toFixed(0)} ms, all ${allMs.toFixed(0)} ms; script per tick: hub with all ` +
        `listeners ${text(hubMs)} ms, elements ${text(frameMs)} ms; slowest frame ${Math.max(...frames).toFixed(1)} ms ` +
        `of ${frames.length}; long tasks: ${text(longTasks) || 'none'}`,
    );
    // Whatever else runs on this machine can hold up a task; one that is our own comes back with every tick.
    expect(longTasks.length).to.be.lessThan(ticks / 2);
    expect(median(frameMs.map((ms, tick) => ms + (hubMs[tick] ?? 0)))).to.be.lessThan(50);
  });
});

// Runs in the page. Baseline: the least that a browser can do for the same picture, a plain SVG path write.
import type { ModelSparkline } from '@corral/elements';
import '@corral/elements/define.js';

const count = 36;
const metrics = ['tokensPerSecond', 'memoryGb', 'latencyMs'] as const;

interface Timings {
  readonly plain: number[];
  readonly ours: number[];
}

/** The value of one slot: a wave with jitter, the same for both contenders. */
function valueAt(slot: number, index: number): number {
  return 20 + 15 * Math.sin((slot + index) / 3) + ((slot * 7 + index) % 5);
}

/** The rolling window after `round` ticks. */
function windowOf(round: number, index: number): number[] {
  return Array.from({ length: 20 }, (_, i) => valueAt(round + i, index));
}

function plainPath(values: readonly number[]): string {
  let path = '';
  const largest = Math.max(...values);
  for (let i = 0; i < values.length; i++)
    path += `${i === 0 ? 'M' : 'L'}${i * 10} ${Math.round(96 - ((values[i] as number) / largest) * 92)}`;
  return path;
}

interface PlainSparkline {
  readonly path: SVGPathElement;
  readonly value: Text;
}

function mountPlain(host: HTMLElement): PlainSparkline[] {
  return Array.from({ length: count }, () => {
    const row = document.createElement('div');
    row.style.cssText =
      'display:grid;grid-template-columns:6.4em 1fr 7.6em;font:12px monospace;color:#0ff;height:27px';
    row.innerHTML =
      '<span>TOKENS/SEC</span><svg viewBox="0 0 190 100" preserveAspectRatio="none" width="100%" height="27"><path fill="none" stroke="#0ff"/></svg><span>42.0 t/s</span><span>0 – 60</span>';
    host.append(row);
    return {
      path: row.querySelector('path') as SVGPathElement,
      value: row.querySelector('svg + span')?.firstChild as Text,
    };
  });
}

function mountOurs(host: HTMLElement): ModelSparkline[] {
  return Array.from({ length: count }, (_, i) => {
    const sparkline = document.createElement('model-sparkline');
    sparkline.metric = metrics[i % 3] as (typeof metrics)[number];
    sparkline.values = windowOf(0, i);
    host.append(sparkline);
    return sparkline;
  });
}

const painted = (): Promise<void> =>
  new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

/** Time in ms from nothing to painted, each contender in turn. */
export async function mount(rounds: number): Promise<Timings> {
  const timings: Timings = { plain: [], ours: [] };
  for (let round = 0; round < rounds * 2; round++) {
    const ours = round % 2 === 1;
    const host = document.body.appendChild(document.createElement('div'));
    await painted();
    const start = performance.now();
    if (ours) mountOurs(host);
    else mountPlain(host).forEach(({ path }, i) => path.setAttribute('d', plainPath(windowOf(0, i))));
    await painted();
    timings[ours ? 'ours' : 'plain'].push(performance.now() - start);
    host.remove();
  }
  return timings;
}

/**
 * Script time in ms of one tick of 36 live sparklines, the contenders in turn. A frame each: what comes first in a frame
 * pays for cold caches, as it does in life.
 * @param withText whether the newest value moves too, so that both also write its text; else range and newest stay
 */
async function update(rounds: number, withText: boolean): Promise<Timings> {
  const timings: Timings = { plain: [], ours: [] };
  const plain = mountPlain(document.body.appendChild(document.createElement('div')));
  const sparklines = mountOurs(document.body.appendChild(document.createElement('div')));
  const windows = sparklines.map((_, i) => windowOf(0, i));
  sparklines.forEach((sparkline, i) => {
    sparkline.values = undefined;
    sparkline.series = { length: 20, at: (slot) => windows[i]?.[slot] };
  });
  await painted();
  for (let round = 1; round <= rounds; round++) {
    sparklines.forEach((_, i) => {
      const values = windowOf(round, i);
      windows[i] = withText ? values : [...values.slice(0, 17), 0, 45, 20];
    });
    const start = performance.now();
    if (round % 2) {
      plain.forEach(({ path, value }, i) => {
        const values = windows[i] as number[];
        path.setAttribute('d', plainPath(values));
        if (withText) value.data = `${(values[19] as number).toFixed(1)} t/s`;
      });
    } else for (const sparkline of sparklines) sparkline.draw();
    // The first third warms the engine up.
    if (round > rounds / 3) timings[round % 2 ? 'plain' : 'ours'].push(performance.now() - start);
    await painted();
  }
  document.body.replaceChildren();
  return timings;
}

/** The trend alone: one path per sparkline. */
export const trend = (rounds: number): Promise<Timings> => update(rounds, false);

/** A whole tick: the path and the text of the newest value. */
export const tick = (rounds: number): Promise<Timings> => update(rounds, true);

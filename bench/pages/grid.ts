import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import '@corral/elements/define.js';

/** What ten seconds of a grid cost. */
export interface GridRun {
  /** From nothing until the first screen is painted, in ms. */
  readonly mountMs: number;
  readonly frames: number;
  /** Time between two frames in ms, the 99th of 100. */
  readonly frameP99Ms: number;
  /** Tasks over 50 ms while it was live, in ms each. */
  readonly longTasksMs: readonly number[];
  /** Script of each tick, until the elements have written, in ms. */
  readonly tickMs: readonly number[];
}

const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));

/** Shows `count` models and lets them live for `seconds` at one tick a second. */
export async function live(count: number, seconds: number): Promise<GridRun> {
  const states = ['ready', 'ready', 'offline', 'loading'] as const;
  const hub = new SimulatedHub(
    Array.from({ length: count }, (_, i) =>
      simulatedModel({ modelId: `model-${i}`, state: states[i % states.length] ?? 'ready', port: 8100 + i }),
    ),
  );
  hub.wave(20);
  const provider = document.createElement('corral-provider');
  provider.hub = hub;
  provider.append(document.createElement('model-grid'));
  const beganMs = performance.now();
  document.body.append(provider);
  await nextFrame();
  await nextFrame();
  const mountMs = performance.now() - beganMs;
  // The rest of the cards is made in the frames after the first screen.
  await new Promise((resolve) => setTimeout(resolve, 4000));

  const longTasksMs: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasksMs.push(Math.round(duration));
  });
  observer.observe({ entryTypes: ['longtask'] });
  const tickMs: number[] = [];
  const gaps: number[] = [];
  let lastMs = await nextFrame();
  const endMs = lastMs + seconds * 1000;
  let tickAtMs = lastMs + 500;
  while (lastMs < endMs) {
    if (lastMs >= tickAtMs) {
      tickAtMs += 1000;
      const startMs = performance.now();
      hub.wave(1);
      tickMs.push(performance.now() - startMs);
    }
    const atMs = await nextFrame();
    gaps.push(atMs - lastMs);
    lastMs = atMs;
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  observer.disconnect();
  provider.remove();
  gaps.sort((a, b) => a - b);
  return {
    mountMs,
    frames: gaps.length,
    frameP99Ms: gaps[Math.floor(gaps.length * 0.99)] ?? 0,
    longTasksMs,
    tickMs,
  };
}

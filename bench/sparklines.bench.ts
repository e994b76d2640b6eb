// What 36 sparklines (12 cards) cost against plain SVG in the same page and run; only the ratios carry over.
// `trend` isolates the path of each sparkline, `tick` is the path and the text of the newest value, both as script time
// of one update; `mount` is from nothing to painted.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { launchBrowser } from '@corral/testkit';
import { build } from 'esbuild';

const budgets = { trend: 1.5, tick: 1.5, mount: 1.6 } as const;

const bundle = await build({
  entryPoints: ['bench/pages/sparklines.ts'],
  bundle: true,
  format: 'esm',
  minify: true,
  write: false,
});
const page =
  '<!doctype html><title>bench</title><body style="background:#000"><script type="module">import * as bench from "/bench.js"; window.bench = bench</script>';
const server = createServer((incoming, outgoing) => {
  const script = incoming.url === '/bench.js';
  outgoing.setHeader('content-type', script ? 'text/javascript' : 'text/html');
  // Without isolation the browser rounds its clock to 0.1 ms, which is the size of what is measured.
  outgoing.setHeader('cross-origin-opener-policy', 'same-origin');
  outgoing.setHeader('cross-origin-embedder-policy', 'require-corp');
  outgoing.end(script ? bundle.outputFiles[0]?.text : page);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const browser = await launchBrowser();
const tab = await browser.newPage();
await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
await tab.waitForFunction('window.bench');

let over = 0;
for (const [name, rounds] of [
  ['trend', 600],
  ['tick', 600],
  ['mount', 30],
] as const) {
  const { plain, ours } = (await tab.evaluate(`window.bench.${name}(${rounds})`)) as Record<
    'plain' | 'ours',
    number[]
  >;
  const ratio = median(ours) / median(plain);
  const verdict = ratio <= budgets[name] ? 'within' : 'over';
  if (verdict === 'over') over += 1;
  console.log(
    `${name.padEnd(7)} plain SVG ${median(plain).toFixed(3)} ms   model-sparkline ${median(ours).toFixed(3)} ms   ratio ${ratio.toFixed(2)} (${verdict} the budget of ${budgets[name]})`,
  );
}
await browser.close();
server.close();
process.exitCode = over > 0 ? 1 : 0;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

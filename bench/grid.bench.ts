// A page with 1,000 live cards for ten seconds at one tick a second, on the built elements. The baseline is the same page
// with one card: what a browser on this machine gives at best.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { launchBrowser } from '@corral/testkit';
import { build } from 'esbuild';
import type { GridRun } from './pages/grid.ts';

const seconds = 10;
const bundle = await build({
  entryPoints: ['bench/pages/grid.ts'],
  bundle: true,
  format: 'esm',
  minify: true,
  splitting: true,
  outdir: 'out',
  write: false,
});
const files = new Map(bundle.outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf('/')), text]));
const page =
  '<!doctype html><title>bench</title><body style="background:#000"><script type="module">import * as bench from "/grid.js"; window.bench = bench</script>';
const server = createServer((incoming, outgoing) => {
  const script = files.get(incoming.url ?? '');
  outgoing.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
  outgoing.end(script ?? page);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const browser = await launchBrowser();
const tab = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
await tab.waitForFunction('window.bench');
const runs = new Map<number, GridRun>();
for (const count of [1, 1000]) {
  const run = (await tab.evaluate(`window.bench.live(${count}, ${seconds})`)) as GridRun;
  runs.set(count, run);
  const tick = [...run.tickMs].sort((a, b) => a - b);
  console.log(
    `${String(count).padStart(4)} cards  first screen ${run.mountMs.toFixed(0)} ms   ${run.frames} frames in ${seconds} s, ` +
      `p99 ${run.frameP99Ms.toFixed(1)} ms   hub and listeners ${(tick[tick.length >> 1] ?? 0).toFixed(1)} ms a tick   ` +
      `tasks over 50 ms: ${run.longTasksMs.length === 0 ? 'none' : run.longTasksMs.join(', ')}`,
  );
}
await browser.close();
server.close();
const [one, thousand] = [runs.get(1), runs.get(1000)];
const ratio = (thousand?.frames ?? 0) / (one?.frames ?? 1);
const isWithin = thousand?.longTasksMs.length === 0 && ratio >= 0.99;
console.log(`frames against one card: ${ratio.toFixed(3)} (${isWithin ? 'within' : 'over'} the budget)`);
process.exitCode = isWithin ? 0 : 1;

import { expect, fixture, html } from '@open-wc/testing';
import { drawn } from './testing/frames.fixture.js';
import { keepConsoleQuiet } from './testing/quiet-console.fixture.js';
import { Viewport } from './viewport.js';

describe('Viewport', () => {
  keepConsoleQuiet();

  it('says whether each element is on screen, with one observer for all', async () => {
    const Original = globalThis.IntersectionObserver;
    let [made, closed] = [0, 0];
    globalThis.IntersectionObserver = class extends Original {
      constructor(...args: ConstructorParameters<typeof Original>) {
        super(...args);
        made += 1;
      }
      override disconnect(): void {
        closed += 1;
        super.disconnect();
      }
    };
    try {
      const page = await fixture<HTMLElement>(html`
        <div style="height: 100px; overflow: auto"><p>on</p><div style="height: 20000px"></div><p>off</p></div>
      `);
      const viewport = new Viewport();
      const seen: boolean[][] = [[], []];
      const leave = [...page.querySelectorAll('p')].map((element, i) =>
        viewport.watch(element, (onScreen) => seen[i]?.push(onScreen)),
      );
      await drawn(4);
      expect(seen).to.deep.equal([[true], [false]]);
      expect(made).to.equal(1);
      leave[0]?.();
      leave[0]?.();
      expect(closed).to.equal(0);
      page.scrollTop = 20_000;
      await drawn(4);
      expect(seen).to.deep.equal([[true], [false, true]]);
      leave[1]?.();
      expect(closed).to.equal(1);
    } finally {
      globalThis.IntersectionObserver = Original;
    }
  });
});

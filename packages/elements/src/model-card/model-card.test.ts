import { ModelSeries, type ModelStatus, modelStates } from '@corral/core';
import { expect, fixture, html } from '@open-wc/testing';
import { card, modelWith, press, show, sparklines } from '../testing/card.fixture.js';
import { allElements, drawn, inside } from '../testing/frames.fixture.js';
import { hostileTexts, randomText, seededRandom } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import type { ModelCard } from './model-card.js';

describe('<model-card>', () => {
  keepConsoleQuiet();

  describe('its layout', () => {
    it('does not move when numbers change', async () => {
      const element = await fixture<ModelCard>(
        html`<model-card style="width: 360px" .model=${modelWith({ state: 'ready' })}></model-card>`,
      );
      await drawn();
      const boxes = (): string =>
        ['article', '[part=status]', '[part=metrics]', '[part=facts]', '[part=actions]']
          .map((selector) => inside(element, selector))
          .concat(sparklines(element).map((line) => inside(line, 'svg')))
          .map((part) => part.getBoundingClientRect())
          .map(({ x, y, width, height }) => [x, y, width, height].join(' '))
          .join(', ');
      const before = boxes();
      const random = seededRandom(3);
      const series = new ModelSeries();
      for (let i = 0; i < 100; i++) {
        const size = 10 ** Math.floor(random() * 7);
        series.push({
          tokensPerSecond: random() * size,
          memoryGb: random() < 0.2 ? null : random() * size,
          latencyMs: random() * size,
        });
        element.series = series;
        element.model = modelWith({
          state: 'ready',
          requestCount: Math.floor(random() * size),
          errorCount: random() < 0.2 ? null : Math.floor(random() * size),
          uptimeSeconds: random() * size,
          port: Math.floor(random() * 65_535),
        });
        element.refresh();
        await drawn(1);
        expect(boxes()).to.equal(before);
      }
    });

    it('has the same height in every state', async () => {
      const element = await fixture<ModelCard>(
        html`<model-card style="width: 320px" .model=${modelWith()}></model-card>`,
      );
      const heights = new Map<number, string[]>();
      for (const state of modelStates) {
        await show(element, {
          state,
          errorMessage: state === 'failed' ? 'A long reason that does not fit on the line of a card' : null,
        });
        const { height } = element.getBoundingClientRect();
        heights.set(height, [...(heights.get(height) ?? []), state]);
      }
      expect([...heights.values()]).to.deep.equal([[...modelStates]]);
    });

    for (const width of [320, 240]) {
      it(`fits into ${width} px without overflow`, async () => {
        const element = await fixture<ModelCard>(html`
          <model-card style="width: ${width}px" settings-open .model=${modelWith({ state: 'ready', requestCount: 1_234_567, uptimeSeconds: 1e6 })}></model-card>
        `);
        await drawn();
        for (const inner of allElements(element.shadowRoot as ShadowRoot)) {
          const { right } = inner.getBoundingClientRect();
          expect(right, inner.localName).to.be.at.most(element.getBoundingClientRect().right + 0.5);
        }
      });
    }

    it('does not pulse where motion is unwelcome', async () => {
      const { emulateMedia } = await import('@web/test-runner-commands');
      const element = await card({ state: 'ready' });
      await emulateMedia({ reducedMotion: 'reduce' });
      const name = getComputedStyle(inside(element, '.dot')).animationName;
      await emulateMedia({ reducedMotion: 'no-preference' });
      expect(name).to.equal('none');
    });
  });

  describe('with hostile data', () => {
    const settings = modelWith().settings;
    const hostile = (text: string): ModelStatus =>
      modelWith({
        modelId: text,
        filename: text,
        errorMessage: text,
        failureCode: text,
        state: 'failed',
        settings,
      });

    it('shows names and reasons as text in every place', async () => {
      const element = await card({ state: 'failed', errorMessage: 'none', failureCode: 'none' });
      const tags = (): string[] =>
        allElements(element.shadowRoot as ShadowRoot).map(({ localName }) => localName);
      const before = tags();
      for (const text of hostileTexts) {
        element.model = hostile(text);
        await element.updateComplete;
        expect(tags()).to.deep.equal(before);
        expect(inside(element, 'h3').textContent).to.equal(text);
        expect(inside(element, 'h3').title).to.equal(text);
        expect(inside(element, 'article').getAttribute('aria-label')).to.equal(text);
        expect(inside(element, '.reason').textContent).to.equal(text);
        expect(inside(element, '.reason').title).to.equal(text);
        expect(inside(element, '.start').getAttribute('aria-label')).to.equal(`Start ${text}`);
        expect(inside(element, '[part=settings]').getAttribute('aria-label')).to.equal(`Settings of ${text}`);
      }
      expect('hacked' in globalThis).to.equal(false);
    });

    it('shows a refusal as text', async () => {
      const element = await card();
      for (const text of hostileTexts) {
        press(element, '.start', Promise.reject(new Error(text)));
        await drawn();
        const problem = inside(element, '.problem');
        expect([problem.textContent, problem.children.length]).to.deep.equal([text, 0]);
      }
      expect('hacked' in globalThis).to.equal(false);
    });

    it('writes no style and no link from data', async () => {
      const element = await card({ state: 'failed' });
      for (const text of hostileTexts) {
        element.model = { ...hostile(text), assignedTier: text as 'fast', state: 'failed' };
        await element.updateComplete;
        for (const inner of allElements(element.shadowRoot as ShadowRoot)) {
          for (const name of ['href', 'src', 'srcdoc', 'onclick', 'onerror'])
            expect(inner.hasAttribute(name), name).to.equal(false);
          if (inner.localName !== 'model-sparkline')
            expect(inner.hasAttribute('style'), inner.localName).to.equal(false);
          else
            expect(inner.getAttribute('style')).to.match(/^--_metric: ?var\(--_(tokens|memory|latency)\);$/);
        }
      }
    });

    it('keeps 1,000 random names as they are, with the same elements', async () => {
      const element = await card({ state: 'failed', errorMessage: 'none', failureCode: 'none' });
      const random = seededRandom(15);
      const nodes = allElements(element.shadowRoot as ShadowRoot).length;
      for (let i = 0; i < 1000; i++) {
        const text = randomText(random);
        element.model = hostile(text);
        await element.updateComplete;
        if (inside(element, 'h3').textContent !== text)
          expect(inside(element, 'h3').textContent).to.equal(text);
        if (inside(element, '.reason').textContent !== text)
          expect(inside(element, '.reason').textContent).to.equal(text);
        expect(allElements(element.shadowRoot as ShadowRoot).length).to.equal(nodes);
      }
    });

    it('isolates the direction of a name from what stands around it', async () => {
      const element = await card({ filename: '\u202Egpj.exe' });
      expect(getComputedStyle(inside(element, 'h3')).unicodeBidi).to.match(/isolate/);
    });
  });

  for (const theme of themes) {
    describe(`accessibility in ${theme}`, () => {
      for (const state of modelStates) {
        it(`holds when ${state}`, async () => {
          const model = modelWith({
            state,
            errorMessage: state === 'failed' ? 'The file is cut short' : null,
          });
          const page = await themedFixture(
            theme,
            html`<model-card .model=${model} settings-open></model-card>`,
          );
          await drawn();
          await Promise.all(
            document
              .getAnimations()
              .filter(({ effect }) => effect?.getTiming().iterations === 1)
              .map(({ finished }) => finished),
          );
          await expect(page).to.be.accessible();
        });
      }

      it('holds with a refusal, every tier, a disabled model and one that is only watched', async () => {
        const page = await themedFixture(
          theme,
          html`
            <model-card .model=${modelWith({ filename: 'refused.gguf' })}></model-card>
            <model-card .model=${modelWith({ filename: 'balanced.gguf', assignedTier: 'balanced', enabled: false })}></model-card>
            <model-card .model=${modelWith({ filename: 'powerful.gguf', assignedTier: 'powerful', control: 'none' })}></model-card>
          `,
        );
        press(
          page.querySelector('model-card') as ModelCard,
          '.start',
          Promise.reject(new Error('Port 8100 is taken')),
        );
        await drawn();
        await expect(page).to.be.accessible();
      });
    });
  }
});

import { ModelSeries, modelStates } from '@corral/core';
import { expect, fixture, html } from '@open-wc/testing';
import { card, facts, modelWith, show, sparklines } from '../testing/card.fixture.js';
import { drawn, inside, textOf } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import type { ModelCard } from './model-card.js';

describe('<model-card>', () => {
  keepConsoleQuiet();

  describe('what it shows', () => {
    it('has its six sections in order', async () => {
      const element = await card({ state: 'ready' });
      const sections = [
        'header',
        '[part=status]',
        '[part=metrics]',
        '[part=facts]',
        '[part=actions]',
        '[part=settings]',
      ];
      const tops = sections.map((selector) => inside(element, selector).getBoundingClientRect().top);
      expect(tops).to.deep.equal([...tops].sort((a, b) => a - b));
      for (let i = 1; i < sections.length; i++) {
        const [before, after] = [
          inside(element, sections[i - 1] as string),
          inside(element, sections[i] as string),
        ];
        expect(
          before.compareDocumentPosition(after) & Node.DOCUMENT_POSITION_FOLLOWING,
          sections[i],
        ).to.equal(4);
      }
    });

    it('shows nothing without a model', async () => {
      const element = await fixture<ModelCard>(html`<model-card></model-card>`);
      expect(element.shadowRoot?.querySelectorAll('*:not(style)').length).to.equal(0);
    });

    it('cuts a long filename short and keeps all of it in the title', async () => {
      const element = await fixture<ModelCard>(html`
        <model-card style="width: 320px" .model=${modelWith({ filename: `${'long-'.repeat(60)}.gguf` })}></model-card>
      `);
      const name = inside(element, 'h3');
      expect(name.scrollWidth).to.be.greaterThan(name.clientWidth);
      expect(getComputedStyle(name).textOverflow).to.equal('ellipsis');
      expect(name.title).to.equal(element.model?.filename);
      expect(element.scrollWidth).to.be.at.most(320);
    });

    for (const state of modelStates) {
      const label = state === 'ready' ? 'ACTIVE' : state.toUpperCase();
      it(`says ${label} when ${state}`, async () => {
        const element = await card({ state });
        expect(textOf(element, '[part=status] strong')).to.equal(label);
        const pulses = getComputedStyle(inside(element, '.dot')).animationName !== 'none';
        expect(pulses).to.equal(state === 'ready');
      });
    }

    it('gives the reason beside the state', async () => {
      const element = await card({ state: 'failed', errorMessage: 'The file is cut short' });
      expect(textOf(element, '.reason')).to.equal('The file is cut short');
      expect(inside(element, '.reason').title).to.equal('The file is cut short');
    });

    for (const [assignedTier, badge, colour] of [
      ['fast', 'Q2', 'rgb(0, 255, 255)'],
      ['balanced', 'Q3', 'rgb(255, 149, 0)'],
      ['powerful', 'Q4', 'rgb(255, 92, 92)'],
    ] as const) {
      it(`has the badge ${badge} for ${assignedTier}`, async () => {
        const element = await card({ assignedTier });
        expect(textOf(element, '[part=tier]')).to.equal(badge);
        expect(getComputedStyle(inside(element, '[part=tier]')).color).to.equal(colour);
      });
    }

    it('has the badge of the override where there is one', async () => {
      expect(textOf(await card({ assignedTier: 'fast', tierOverride: 'powerful' }), '[part=tier]')).to.equal(
        'Q4',
      );
    });

    it('writes the four numbers', async () => {
      const element = await card({
        state: 'ready',
        requestCount: 1234,
        uptimeSeconds: 13_320,
        errorCount: 2,
        port: 8123,
      });
      expect(facts(element)).to.deep.equal({
        Requests: new Intl.NumberFormat().format(1234),
        Uptime: '3h 42m',
        Errors: '2',
        Port: '8123',
      });
    });

    it('writes N/A for what is unknown, and 0 for zero', async () => {
      const element = await card({ requestCount: null, uptimeSeconds: null, errorCount: null, port: null });
      expect(facts(element)).to.deep.equal({ Requests: 'N/A', Uptime: 'N/A', Errors: 'N/A', Port: 'N/A' });
      await show(element, { requestCount: 0, uptimeSeconds: 0, errorCount: 0 });
      expect(facts(element)).to.include({ Requests: '0', Uptime: '0s', Errors: '0' });
    });

    it('feeds its three sparklines from a live series', async () => {
      const series = new ModelSeries();
      series.push({ tokensPerSecond: 42.5, memoryGb: 4.2, latencyMs: null });
      const element = await card({ state: 'ready' });
      element.series = series;
      await drawn();
      expect(sparklines(element).map((line) => textOf(line, '.current'))).to.deep.equal([
        '42.5 t/s',
        '4.20 GB',
        '–',
      ]);
    });

    it('feeds its three sparklines from windows as they travel', async () => {
      const series = new ModelSeries();
      series.push({ tokensPerSecond: 42.5, memoryGb: 4.2, latencyMs: null });
      const element = await card({ state: 'ready' });
      element.series = series.toWire('m');
      await drawn();
      expect(sparklines(element).map((line) => textOf(line, '.current'))).to.deep.equal([
        '42.5 t/s',
        '4.20 GB',
        '–',
      ]);
      element.series = series;
      series.push({ tokensPerSecond: 1, memoryGb: 1, latencyMs: 1 });
      element.refresh();
      await drawn();
      expect(sparklines(element).map((line) => textOf(line, '.current'))).to.deep.equal([
        '1.0 t/s',
        '1.00 GB',
        '1 ms',
      ]);
      element.series = undefined;
      await drawn();
      expect(sparklines(element).map((line) => textOf(line, '.current'))).to.deep.equal(['–', '–', '–']);
    });

    it('shows content of its own slots', async () => {
      const element = await fixture<ModelCard>(html`
        <model-card .model=${modelWith()}><p>Note</p><button slot="actions">Copy</button></model-card>
      `);
      for (const child of element.children)
        expect(child.getClientRects().length, child.localName).to.be.greaterThan(0);
    });
  });

  describe('its words', () => {
    it('are the code and the sentence of a failure', async () => {
      const element = await card({
        state: 'failed',
        failureCode: 'crash_loop',
        errorMessage: 'It ended 5 times',
      });
      expect(inside(element, '[part=reason]').textContent.replace(/\s+/g, ' ').trim()).to.equal(
        'crash_loop It ended 5 times',
      );
    });

    it('count down to the next start', async () => {
      const element = await card({ state: 'backoff', restartInSeconds: 3.2 });
      expect(textOf(element, '.countdown')).to.equal('restarts in 4 s');
      await show(element, { restartInSeconds: 1 });
      expect(textOf(element, '.countdown')).to.equal('restarts in 1 s');
      await show(element, { restartInSeconds: null });
      expect(textOf(element, '.countdown')).to.equal('');
    });

    for (const [load, text] of [
      [null, ''],
      [{ processing: 0, deferred: 0 }, ''],
      [{ processing: 2, deferred: 0 }, '2 running'],
      [{ processing: 2, deferred: 1 }, '2 running, 1 waiting'],
      [{ processing: 0, deferred: 3 }, '3 waiting'],
    ] as const) {
      it(`say “${text}” of the load ${JSON.stringify(load)}`, async () => {
        expect(textOf(await card({ state: 'ready', load }), '.load')).to.equal(text);
      });
    }

    it('are what the file says, when there is nothing else to say', async () => {
      const gguf = {
        architecture: 'llama',
        name: null,
        quantization: 'Q4_K_M',
        parameterCount: 3_200_000_000,
        contextLength: 131_072,
        layerCount: 28,
        shardCount: 1,
      };
      const element = await card({ gguf });
      expect(textOf(element, '.reason')).to.match(/^llama · Q4_K_M · 3.2/);
      await show(element, { restartNeeded: true });
      expect(textOf(element, '.reason')).to.equal('Restart needed for new settings');
    });

    it('say why START is disabled', async () => {
      const element = await card({ enabled: false });
      expect(inside(element, '.start').title).to.contain('disabled');
      expect(textOf(element, '.mark')).to.equal('disabled');
    });
  });
});

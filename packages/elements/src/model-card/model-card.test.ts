import { type ModelControl, ModelSeries, type ModelState, type ModelStatus, modelStates } from '@corral/core';
import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html, waitUntil } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import '../corral-provider/define.js';
import type { IntentEvent } from '../events/intent-event.js';
import type { ModelSparkline } from '../model-sparkline/model-sparkline.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts, randomText, seededRandom } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import { ModelCard } from './model-card.js';

const filename = 'llama-3.2-3b-instruct-Q4_K_M.gguf';
const modelWith = (facts: Partial<ModelStatus> = {}): ModelStatus =>
  simulatedModel({ modelId: 'm', filename, ...facts });

async function card(facts: Partial<ModelStatus> = {}): Promise<ModelCard> {
  const element = await fixture<ModelCard>(html`<model-card .model=${modelWith(facts)}></model-card>`);
  await drawn();
  return element;
}

async function show(element: ModelCard, facts: Partial<ModelStatus>): Promise<void> {
  element.model = { ...(element.model as ModelStatus), ...facts };
  await drawn();
}

const buttons = (element: ModelCard): HTMLButtonElement[] => [
  ...(element.shadowRoot?.querySelectorAll('button') ?? []),
];
const captions = (element: ModelCard): string[] =>
  buttons(element).map((button) => button.textContent.trim());
const facts = (element: ModelCard): Record<string, string> =>
  Object.fromEntries(
    [...inside(element, '[part=facts]').children].map((row) => [
      row.querySelector('dt')?.textContent ?? '',
      row.querySelector('dd')?.textContent ?? '',
    ]),
  );
const sparklines = (element: ModelCard): ModelSparkline[] =>
  [...inside(element, '.metrics').children] as ModelSparkline[];

/** Presses a button and answers what it wishes with `response`. */
function press<E extends IntentEvent>(
  element: ModelCard,
  selector: string,
  response?: Promise<unknown>,
): E[] {
  const heard: E[] = [];
  for (const type of ['model-start', 'model-stop', 'model-restart']) {
    element.addEventListener(
      type,
      (event) => {
        heard.push(event as E);
        if (response) (event as E).respondWith(response);
      },
      { once: true },
    );
  }
  inside<HTMLButtonElement>(element, selector).click();
  return heard;
}

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

  describe('its actions', () => {
    const offered: Readonly<Record<ModelState, string[]>> = {
      offline: ['START'],
      starting: ['STOP', 'RESTART'],
      loading: ['STOP', 'RESTART'],
      ready: ['STOP', 'RESTART'],
      unhealthy: ['STOP', 'RESTART'],
      sleeping: ['STOP', 'RESTART'],
      stopping: ['STOP', 'RESTART'],
      backoff: ['START', 'STOP'],
      failed: ['START'],
    };
    for (const state of modelStates) {
      it(`are ${offered[state].join(', ')} and SETTINGS when ${state}`, async () => {
        expect(captions(await card({ state }))).to.deep.equal([
          '☆',
          ...offered[state],
          'SETTINGS',
          'DETAILS',
        ]);
      });
    }

    for (const [control, state, expected] of [
      ['none', 'ready', []],
      ['router', 'ready', ['UNLOAD']],
      ['router', 'offline', ['LOAD']],
      ['swap', 'sleeping', ['UNLOAD']],
      ['swap', 'offline', ['LOAD']],
    ] as const satisfies readonly (readonly [ModelControl, ModelState, readonly string[]])[]) {
      it(`are ${expected.join(', ') || 'none'} and DETAILS when ${state} under the control of ${control}`, async () => {
        const element = await card({ state, control });
        expect(captions(element)).to.deep.equal(['☆', ...expected, 'DETAILS']);
        expect(element.shadowRoot?.querySelectorAll('[part=settings]').length).to.equal(0);
        expect(element.shadowRoot?.querySelectorAll('.mark').length).to.equal(control === 'none' ? 1 : 0);
      });
    }

    it('hold START disabled when the model is disabled', async () => {
      const element = await card({ enabled: false });
      expect(inside<HTMLButtonElement>(element, '.start').disabled).to.equal(true);
      expect(press(element, '.start').length).to.equal(0);
    });

    it('are named with the filename', async () => {
      const element = await card({ state: 'ready' });
      expect(buttons(element).map((button) => button.getAttribute('aria-label'))).to.deep.equal([
        `Pin ${filename}`,
        `Stop ${filename}`,
        `Restart ${filename}`,
        `Settings of ${filename}`,
        `Details of ${filename}`,
      ]);
    });

    for (const [selector, type, state] of [
      ['.start', 'model-start', 'offline'],
      ['.stop', 'model-stop', 'ready'],
      ['.restart', 'model-restart', 'ready'],
    ] as const) {
      it(`announce ${type} with the model, out of the card`, async () => {
        const element = await card({ state });
        const heard: Event[] = [];
        const hear = (event: Event): void => void heard.push(event);
        document.addEventListener(type, hear);
        inside<HTMLButtonElement>(element, selector).click();
        document.removeEventListener(type, hear);
        expect(heard).to.have.length(1);
        expect(heard[0] as Event).to.include({ type, modelId: 'm', bubbles: true, composed: true });
      });
    }

    it('show that an answer is pending, and are free again after it', async () => {
      const element = await card({ state: 'ready' });
      let resolve = (): void => {};
      press(
        element,
        '.restart',
        new Promise<void>((done) => {
          resolve = done;
        }),
      );
      await drawn();
      expect(inside(element, '.restart').ariaBusy).to.equal('true');
      expect(inside(element, '.stop').ariaBusy).to.equal('false');
      // Whether by `disabled` or by `aria-disabled`: nothing more can be wished for, and readers are told.
      for (const selector of ['.stop', '.restart']) {
        expect(inside(element, selector).matches(':disabled, [aria-disabled=true]'), selector).to.equal(true);
        expect(press(element, selector).length, selector).to.equal(0);
      }
      expect(inside<HTMLButtonElement>(element, '.settings').disabled).to.equal(false);
      resolve();
      await drawn();
      for (const selector of ['.stop', '.restart']) {
        expect(inside<HTMLButtonElement>(element, selector).disabled, selector).to.equal(false);
      }
      expect(inside(element, '.restart').ariaBusy).to.equal('false');
      expect(textOf(element, '[role=alert]')).to.equal('');
    });

    it('show why a wish was refused, until the next one', async () => {
      const element = await card();
      press(element, '.start', Promise.reject(new Error('Port 8100 is taken')));
      await drawn();
      expect(textOf(element, '[role=alert]')).to.equal('Port 8100 is taken');
      expect(inside<HTMLButtonElement>(element, '.start').disabled).to.equal(false);
      press(element, '.start', new Promise(() => {}));
      await drawn();
      expect(textOf(element, '[role=alert]')).to.equal('');
    });

    it('show what was thrown when it was no Error', async () => {
      const element = await card();
      press(element, '.start', Promise.reject('a plain text'));
      await drawn();
      expect(textOf(element, '[role=alert]')).to.equal('a plain text');
    });

    it('forget a refusal when the state changes', async () => {
      const element = await card();
      press(element, '.start', Promise.reject(new Error('no')));
      await drawn();
      await show(element, { state: 'starting' });
      expect(textOf(element, '[role=alert]')).to.equal('');
    });

    it('do nothing more when nobody takes the wish', async () => {
      const element = await card();
      expect(press(element, '.start').length).to.equal(1);
      await drawn();
      expect(inside<HTMLButtonElement>(element, '.start').disabled).to.equal(false);
    });

    it('bear a response that comes after the card has left the page', async () => {
      const element = await card();
      let reject: (reason: Error) => void = () => {};
      press(
        element,
        '.start',
        new Promise((_, refuse) => {
          reject = refuse;
        }),
      );
      await drawn();
      element.remove();
      reject(new Error('too late'));
      await drawn();
      expect(element.isConnected).to.equal(false);
    });

    it('keep the focus on the button that was pressed', async () => {
      const element = await card({ state: 'ready' });
      let resolve = (): void => {};
      inside(element, '.stop').focus();
      press(
        element,
        '.stop',
        new Promise<void>((done) => {
          resolve = done;
        }),
      );
      await drawn();
      expect(element.shadowRoot?.activeElement?.className).to.equal('stop');
      resolve();
      await drawn();
      expect(element.shadowRoot?.activeElement?.className).to.equal('stop');
    });

    it('hand the focus to SETTINGS when the button goes with its state', async () => {
      const element = await card({ state: 'ready' });
      inside(element, '.stop').focus();
      await show(element, { state: 'offline' });
      expect(element.shadowRoot?.activeElement?.className).to.equal('quiet settings');
    });
  });

  describe('its settings', () => {
    it('open and close with the keyboard', async () => {
      const element = await card();
      const button = inside<HTMLButtonElement>(element, '.settings');
      const panel = inside(element, '[part=settings]');
      expect(button.getAttribute('aria-expanded')).to.equal('false');
      expect(panel.getBoundingClientRect().height).to.equal(0);
      button.focus();
      await sendKeys({ press: 'Enter' });
      await element.updateComplete;
      await Promise.all(element.shadowRoot?.getAnimations().map((animation) => animation.finished) ?? []);
      expect(button.getAttribute('aria-expanded')).to.equal('true');
      expect(panel.getBoundingClientRect().height).to.be.greaterThan(20);
      expect(getComputedStyle(panel.firstElementChild as Element).visibility).to.equal('visible');
      expect(element.hasAttribute('settings-open')).to.equal(true);
      await sendKeys({ press: 'Space' });
      await element.updateComplete;
      await Promise.all(element.shadowRoot?.getAnimations().map((animation) => animation.finished) ?? []);
      expect(button.getAttribute('aria-expanded')).to.equal('false');
      expect(getComputedStyle(panel.firstElementChild as Element).visibility).to.equal('hidden');
    });

    it('belong to the button that opens them', async () => {
      const element = await card();
      const id = inside(element, '.settings').getAttribute('aria-controls');
      expect(inside(element, '[part=settings]').id).to.equal(id);
    });

    it('are the form of the model, loaded when it is first opened', async () => {
      const element = await card();
      expect(inside(element, '[part=settings]').querySelectorAll('model-settings').length).to.equal(0);
      inside<HTMLButtonElement>(element, '.settings').click();
      await waitUntil(() => element.shadowRoot?.querySelector('model-settings'), 'Expected the form');
      const form = inside<HTMLElementTagNameMap['model-settings']>(element, 'model-settings');
      expect(form.model === element.model).to.equal(true);
      await show(element, { requestCount: 3 });
      expect(form.model?.requestCount).to.equal(3);
      inside<HTMLButtonElement>(element, '.settings').click();
      inside<HTMLButtonElement>(element, '.settings').click();
      await drawn();
      expect(inside(element, 'model-settings') === form).to.equal(true);
    });

    it('say when they could not be loaded, and try again', async () => {
      class Broken extends ModelCard {
        static override loadPanels = (): Promise<never> => Promise.reject(new Error('no network'));
      }
      customElements.define('broken-card', Broken);
      const element = document.createElement('broken-card') as Broken;
      element.model = modelWith();
      await fixture(html`${element}`);
      element.settingsOpen = true;
      await drawn();
      expect(textOf(element, '[part=settings]')).to.contain('could not be loaded');
    });

    it('make room for the details, and the other way round', async () => {
      const element = await card();
      inside<HTMLButtonElement>(element, '.settings').click();
      await drawn();
      inside<HTMLButtonElement>(element, '.quiet.details').click();
      await drawn();
      expect([element.settingsOpen, element.detailsOpen]).to.deep.equal([false, true]);
      await waitUntil(() => element.shadowRoot?.querySelector('model-details'), 'Expected the details');
      expect(inside(element, '.quiet.details').getAttribute('aria-expanded')).to.equal('true');
    });
  });

  describe('its pin', () => {
    it('wishes for the other state', async () => {
      const element = await card();
      const heard: unknown[] = [];
      element.addEventListener('model-settings-change', ({ patch }) => heard.push(patch));
      inside<HTMLButtonElement>(element, '.pin').click();
      await show(element, { pinned: true });
      expect(inside(element, '.pin').getAttribute('aria-pressed')).to.equal('true');
      inside<HTMLButtonElement>(element, '.pin').click();
      expect(heard).to.deep.equal([{ pinned: true }, { pinned: false }]);
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

  describe('its question before requests are cut off', () => {
    const busy = { state: 'ready', load: { processing: 3, deferred: 0 } } as const;

    for (const name of ['stop', 'restart'] as const) {
      it(`comes before ${name}, with the focus on CANCEL`, async () => {
        const element = await card(busy);
        expect(press(element, `.${name}`).length).to.equal(0);
        await drawn();
        expect(textOf(element, '.confirm p')).to.match(/^3 requests are running\. (Stop|Restart) anyway\?$/);
        expect(element.shadowRoot?.activeElement?.className).to.equal('cancel');
        const heard = press(element, '.confirm .danger');
        expect(heard.map(({ type }) => type)).to.deep.equal([`model-${name}`]);
        await drawn();
        expect(element.shadowRoot?.querySelectorAll('.confirm').length).to.equal(0);
      });
    }

    it('goes with Escape and with CANCEL, and gives the focus back', async () => {
      const element = await card(busy);
      for (const leave of [
        () => sendKeys({ press: 'Escape' }),
        async () => inside<HTMLButtonElement>(element, '.cancel').click(),
      ]) {
        press(element, '.stop');
        await drawn();
        await leave();
        await drawn();
        expect(element.shadowRoot?.querySelectorAll('.confirm').length).to.equal(0);
        expect(element.shadowRoot?.activeElement?.className).to.equal('stop');
      }
    });

    it('is not asked when nothing runs, and not again while the model is stopping', async () => {
      const element = await card({ state: 'ready', load: { processing: 0, deferred: 2 } });
      expect(press(element, '.stop').length).to.equal(1);
      await show(element, { state: 'stopping', load: { processing: 2, deferred: 0 } });
      expect(press(element, '.stop').length).to.equal(1);
      expect(inside(element, '.stop').title).to.contain('without waiting');
    });

    it('goes when the model has stopped by itself', async () => {
      const element = await card(busy);
      press(element, '.stop');
      await show(element, { state: 'failed', load: null });
      expect(element.shadowRoot?.querySelectorAll('.confirm').length).to.equal(0);
    });
  });

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

  describe('under a provider', () => {
    const under = async (hub: SimulatedHub): Promise<ModelCard> => {
      const provider = await fixture(
        html`<corral-provider .hub=${hub}><model-card model-id="a"></model-card></corral-provider>`,
      );
      await drawn();
      return provider.querySelector('model-card') as ModelCard;
    };

    it('shows the model of its id and follows it', async () => {
      const hub = new SimulatedHub([simulatedModel({ modelId: 'a' }), simulatedModel({ modelId: 'b' })]);
      const element = await under(hub);
      expect(textOf(element, 'h3')).to.equal('a.gguf');
      hub.setState('a', 'ready');
      hub.setState('b', 'failed');
      hub.update('a', { requestCount: 7 });
      hub.sample({ a: { tokensPerSecond: 5, memoryGb: 6, latencyMs: 7 } });
      await drawn();
      expect(textOf(element, 'strong')).to.equal('ACTIVE');
      expect(facts(element)).to.include({ Requests: '7' });
      expect(sparklines(element).map((line) => textOf(line, '.current'))).to.deep.equal([
        '5.0 t/s',
        '6.00 GB',
        '7 ms',
      ]);
    });

    it('shows nothing for an id that is unknown, or the name of a prototype', async () => {
      const element = await under(new SimulatedHub([simulatedModel({ modelId: 'a' })]));
      for (const id of ['nobody', 'toString', '__proto__', 'hasOwnProperty', '']) {
        element.modelId = id;
        await drawn();
        expect(element.shadowRoot?.querySelectorAll('article').length, id).to.equal(0);
      }
    });

    it('shows a model whose id is the name of a prototype', async () => {
      const hub = new SimulatedHub(
        ['a', '__proto__', 'toString'].map((modelId) => simulatedModel({ modelId })),
      );
      const element = await under(hub);
      for (const id of ['__proto__', 'toString']) {
        element.modelId = id;
        await drawn();
        expect(textOf(element, 'h3')).to.equal(`${id}.gguf`);
      }
    });

    it('updates once for all events of a tick', async () => {
      const hub = new SimulatedHub([simulatedModel({ modelId: 'a', state: 'ready' })]);
      const element = await under(hub);
      let renders = 0;
      const watcher = { hostUpdated: () => void (renders += 1) };
      element.addController(watcher);
      for (let i = 0; i < 50; i++) {
        hub.update('a', { requestCount: i });
        hub.wave();
      }
      await drawn();
      expect(renders).to.equal(1);
    });

    it('is not written while it is off screen, and catches up when it comes in', async () => {
      const hub = new SimulatedHub([simulatedModel({ modelId: 'a', state: 'ready' })]);
      const page = await fixture<HTMLElement>(html`
        <div style="height: 300px; overflow: auto">
          <div style="height: 20000px"></div>
          <corral-provider .hub=${hub}><model-card model-id="a"></model-card></corral-provider>
        </div>
      `);
      const element = page.querySelector('model-card') as ModelCard;
      await drawn(4);
      let records = 0;
      const observer = new MutationObserver((list) => void (records += list.length));
      for (const root of [element.shadowRoot, ...sparklines(element).map((line) => line.shadowRoot)]) {
        observer.observe(root as ShadowRoot, {
          subtree: true,
          attributes: true,
          characterData: true,
          childList: true,
        });
      }
      for (let i = 0; i < 10; i++) {
        hub.update('a', { requestCount: i });
        hub.wave();
        await drawn(1);
      }
      expect(records).to.equal(0);
      page.scrollTop = 20_000;
      await drawn(5);
      expect(facts(element)).to.include({ Requests: '9' });
      expect(textOf(sparklines(element)[0] as ModelSparkline, '.current')).not.to.equal('–');
    });

    it('leaves nothing after 1,000 times in and out of the page', async () => {
      const hub = new SimulatedHub([simulatedModel({ modelId: 'a', state: 'ready' })]);
      const element = await under(hub);
      const provider = element.parentElement as HTMLElement;
      const alive = hub.listenerCount;
      const elements = allElements(document).length;
      for (let i = 0; i < 1000; i++) {
        element.remove();
        provider.append(element);
      }
      await drawn();
      expect(hub.listenerCount).to.equal(alive);
      expect(allElements(document).length).to.equal(elements);
      element.remove();
      await drawn();
      expect(hub.listenerCount).to.equal(0);
    });

    it('frees every observer and document listener when it leaves', async () => {
      const open = { listeners: 0 };
      const { observe, unobserve, disconnect } = IntersectionObserver.prototype;
      const { addEventListener, removeEventListener } = document;
      const observed = new Set<Element>();
      IntersectionObserver.prototype.observe = function (target) {
        observed.add(target);
        observe.call(this, target);
      };
      IntersectionObserver.prototype.unobserve = function (target) {
        observed.delete(target);
        unobserve.call(this, target);
      };
      IntersectionObserver.prototype.disconnect = function () {
        observed.clear();
        disconnect.call(this);
      };
      document.addEventListener = (...args: Parameters<typeof addEventListener>) => {
        open.listeners += 1;
        addEventListener.apply(document, args);
      };
      document.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
        open.listeners -= 1;
        removeEventListener.apply(document, args);
      };
      try {
        const hub = new SimulatedHub([simulatedModel({ modelId: 'a' })]);
        // Another card stays, so that the observer that they share does too.
        const other = await card();
        const element = await under(hub);
        expect([observed.has(element), observed.has(other)]).to.deep.equal([true, true]);
        const listeners = open.listeners;
        element.remove();
        await drawn();
        expect([observed.has(element), observed.has(other)]).to.deep.equal([false, true]);
        // The card hears of providers that come late; its sparklines are given their series and ask nobody.
        expect(listeners - open.listeners).to.equal(1);
        other.remove();
        await drawn();
        expect(observed.size).to.equal(0);
        expect(open.listeners).to.equal(0);
      } finally {
        Object.assign(IntersectionObserver.prototype, { observe, unobserve, disconnect });
        Reflect.deleteProperty(document, 'addEventListener');
        Reflect.deleteProperty(document, 'removeEventListener');
      }
    });

    it('moves to another provider with everything it hears', async () => {
      const [one, other] = ['one', 'other'].map(
        (name) => new SimulatedHub([simulatedModel({ modelId: 'a', filename: `${name}.gguf` })]),
      );
      const page = await fixture(html`
        <div>
          <corral-provider .hub=${one}><model-card model-id="a"></model-card></corral-provider>
          <corral-provider id="other" .hub=${other}></corral-provider>
        </div>
      `);
      const element = page.querySelector('model-card') as ModelCard;
      await drawn();
      page.querySelector('#other')?.append(element);
      await drawn();
      expect(textOf(element, 'h3')).to.equal('other.gguf');
      expect(one?.listenerCount).to.equal(0);
      expect(other?.listenerCount).to.be.greaterThan(0);
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

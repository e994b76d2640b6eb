import { type MeasuredValue, type ModelDetails, type ModelStatus, modelValueNames } from '@corral/core';
import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import '../corral-provider/define.js';
import { allElements, drawn, inside, textOf } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { ModelDetailsPanel } from './model-details.js';

const known: MeasuredValue = { value: 42.14, source: '/metrics', ageMs: 400, valid: true };
const details = (
  changes: Partial<ModelDetails['values']> = {},
  logTail: readonly string[] = [],
): ModelDetails => ({
  modelId: 'm',
  values: {
    ...(Object.fromEntries(
      modelValueNames.map((name) => [name, known]),
    ) as unknown as ModelDetails['values']),
    ...changes,
  },
  logTail,
});
const gguf = {
  architecture: 'llama',
  name: null,
  quantization: 'Q4_K_M',
  parameterCount: 3_200_000_000,
  contextLength: 131_072,
  layerCount: 28,
  shardCount: 1,
};
const lines = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `line ${from + i}`);

async function panel(shown: ModelDetails, facts: Partial<ModelStatus> = {}): Promise<ModelDetailsPanel> {
  const element = await fixture<ModelDetailsPanel>(html`
    <model-details .model=${simulatedModel({ modelId: 'm', ...facts })} .details=${shown}></model-details>
  `);
  await drawn();
  return element;
}

const row = (element: Element, label: string): string => {
  const rows = [...(element.shadowRoot?.querySelectorAll('tbody tr') ?? [])];
  const found = rows.find((one) => one.querySelector('th')?.textContent === label);
  return (found?.querySelector('td')?.textContent ?? '').replace(/\s+/g, ' ').trim();
};

describe('<model-details>', () => {
  keepConsoleQuiet();

  it('writes every value with its unit, age and source', async () => {
    const element = await panel(details({ memoryMappedBytes: { ...known, value: 4.2e9 } }));
    expect(row(element, 'Tokens/sec')).to.equal('42.1 t/s read 0.4 s ago from /metrics');
    expect(row(element, 'Memory, mapped file')).to.match(/^4.20 GB read/);
    expect(element.shadowRoot?.querySelectorAll('tbody tr').length).to.equal(modelValueNames.length);
  });

  it('marks a stale value, and says why one is unknown', async () => {
    const element = await panel(
      details({
        requestCount: { ...known, value: 7, ageMs: 61_000, valid: false },
        memoryVramBytes: { value: null, source: 'no GPU was found', ageMs: null, valid: false },
      }),
    );
    expect(row(element, 'Requests')).to.equal('7 stale read 1m 01s ago from /metrics');
    expect(row(element, 'GPU memory')).to.equal('– no GPU was found');
  });

  it('shows what the file says, how the last process ended, and why it failed', async () => {
    const element = await panel(details(), {
      gguf,
      state: 'failed',
      failureCode: 'crash_loop',
      errorMessage: 'It ended 5 times',
      lastExit: { exitCode: 1, signal: null, message: 'The server ended', at: '2026-01-01T10:00:00.000Z' },
    });
    expect(textOf(element, '[part=facts]').replace(/\s+/g, '')).to.contain('Q4_K_M');
    expect(element.shadowRoot?.textContent).to.contain('The server ended (exit code 1), ');
    expect(textOf(element, '.problem')).to.equal('crash_loop It ended 5 times');
  });

  describe('the log', () => {
    it('shows the newest 200 lines, can be focused, and follows its end', async () => {
      const element = await panel(details({}, lines(250)));
      const log = inside(element, 'pre');
      expect(log.textContent.split('\n').length).to.equal(200);
      expect(log.textContent).to.match(/line 249$/);
      expect(log.tabIndex).to.equal(0);
      const atEnd = (): boolean => log.scrollHeight - log.scrollTop - log.clientHeight < 2;
      expect(atEnd()).to.equal(true);
      element.details = details({}, lines(250, 50));
      await drawn();
      expect(atEnd()).to.equal(true);
    });

    it('stays where someone reads, until they are back at the end', async () => {
      const element = await panel(details({}, lines(200)));
      const log = inside(element, 'pre');
      log.scrollTop = 100;
      await drawn();
      element.details = details({}, lines(200, 3));
      await drawn();
      expect(log.scrollTop).to.equal(100);
      log.scrollTop = log.scrollHeight;
      await drawn();
      element.details = details({}, lines(201, 3));
      await drawn();
      expect(log.scrollTop).to.be.greaterThan(200);
    });

    for (const [control, text] of [
      ['owned', 'No log lines yet'],
      ['none', 'The log of this server is not seen here.'],
      ['router', 'The log of this server is not seen here.'],
    ] as const) {
      it(`says “${text}” of an empty one under the control of ${control}`, async () => {
        const element = await panel(details(), { control });
        expect(element.shadowRoot?.querySelectorAll('pre').length).to.equal(0);
        expect(element.shadowRoot?.querySelector('h4:last-of-type + p')?.textContent).to.equal(text);
      });
    }

    it('is copied, or says why not', async () => {
      const element = await panel(details({}, ['one', 'two']));
      const { writeText } = navigator.clipboard;
      const copied: string[] = [];
      try {
        navigator.clipboard.writeText = async (text) => void copied.push(text);
        inside<HTMLButtonElement>(element, '.log-head button').click();
        await drawn();
        expect([copied, textOf(element, '[role=status]')]).to.deep.equal([['one\ntwo'], 'Copied']);
        navigator.clipboard.writeText = () => Promise.reject(new Error('denied'));
        inside<HTMLButtonElement>(element, '.log-head button').click();
        await drawn();
        expect(textOf(element, '[role=status]')).to.contain('select the text');
      } finally {
        navigator.clipboard.writeText = writeText;
      }
    });
  });

  describe('under a provider', () => {
    /** A hub that counts what it was asked, and answers when it is told to. */
    function slowHub(): { hub: SimulatedHub; asked: () => number; answer: (by?: Error) => Promise<void> } {
      const hub = new SimulatedHub([simulatedModel({ modelId: 'm', state: 'ready' })]);
      const waiting: ((by?: Error) => void)[] = [];
      let count = 0;
      hub.modelDetails = () => {
        count += 1;
        return new Promise((resolve, reject) => {
          waiting.push((by) => (by ? reject(by) : resolve(details({}, [`answer ${count}`]))));
        });
      };
      const answer = async (by?: Error): Promise<void> => {
        waiting.shift()?.(by);
        await drawn();
      };
      return { hub, asked: () => count, answer };
    }

    const under = async (hub: SimulatedHub): Promise<ModelDetailsPanel> => {
      const provider = await fixture(
        html`<corral-provider .hub=${hub}><model-details .model=${hub.model('m')}></model-details></corral-provider>`,
      );
      await drawn();
      return provider.firstElementChild as ModelDetailsPanel;
    };

    it('asks when it is opened and once a tick, one question at a time', async () => {
      const { hub, asked, answer } = slowHub();
      const element = await under(hub);
      expect(asked()).to.equal(1);
      hub.wave(3);
      await drawn();
      expect(asked()).to.equal(1);
      await answer();
      expect(textOf(element, 'pre')).to.equal('answer 1');
      hub.wave();
      await drawn();
      expect(asked()).to.equal(2);
      await answer();
      expect(textOf(element, 'pre')).to.equal('answer 2');
    });

    it('asks nothing while nobody looks', async () => {
      const { hub, asked, answer } = slowHub();
      const element = await under(hub);
      await answer();
      element.active = false;
      await drawn();
      hub.wave(2);
      await drawn();
      expect([asked(), hub.listenerCount]).to.deep.equal([1, 0]);
      element.active = true;
      await drawn();
      expect(asked()).to.equal(2);
    });

    it('shows why a question failed beside what it knew, and goes on', async () => {
      const { hub, answer } = slowHub();
      const element = await under(hub);
      await answer();
      hub.wave();
      await answer(new Error('The hub does not answer'));
      expect(textOf(element, '[role=alert]')).to.equal('The hub does not answer');
      expect(textOf(element, 'pre')).to.equal('answer 1');
      hub.wave();
      await answer();
      expect(textOf(element, '[role=alert]')).to.equal('');
    });

    it('asks anew for another model, and drops the answer for the one before', async () => {
      const { hub, asked, answer } = slowHub();
      const element = await under(hub);
      element.model = simulatedModel({ modelId: 'other' });
      await drawn();
      await answer();
      expect(asked()).to.equal(2);
      expect(element.shadowRoot?.querySelectorAll('pre').length).to.equal(0);
    });

    it('leaves nothing after 1,000 times in and out of the page', async () => {
      const hub = new SimulatedHub([simulatedModel({ modelId: 'm' })]);
      const element = await under(hub);
      const provider = element.parentElement as HTMLElement;
      const alive = hub.listenerCount;
      for (let i = 0; i < 1000; i++) {
        element.remove();
        provider.append(element);
      }
      await drawn();
      expect(hub.listenerCount).to.equal(alive);
      element.remove();
      await drawn();
      expect(hub.listenerCount).to.equal(0);
    });
  });

  it('shows hostile texts as text', async () => {
    const element = await panel(details({}, ['x']));
    const before = allElements(element.shadowRoot as ShadowRoot).length;
    for (const text of hostileTexts) {
      element.details = details({ latencyMs: { ...known, source: text } }, [text]);
      await element.updateComplete;
      expect(allElements(element.shadowRoot as ShadowRoot).length).to.equal(before);
      expect(inside(element, 'pre').textContent).to.equal(text);
    }
    expect('hacked' in globalThis).to.equal(false);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}`, async () => {
      const shown = details(
        {
          requestCount: { ...known, valid: false },
          slots: { value: null, source: 'not told', ageMs: null, valid: false },
        },
        lines(100),
      );
      const model = simulatedModel({
        modelId: 'm',
        gguf,
        state: 'failed',
        failureCode: 'x',
        errorMessage: 'y',
      });
      const page = await themedFixture(
        theme,
        html`<div style="width: 360px"><model-details .model=${model} .details=${shown}></model-details></div>`,
      );
      await drawn();
      await expect(page).to.be.accessible();
    });
  }
});

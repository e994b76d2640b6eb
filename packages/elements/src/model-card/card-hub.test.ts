import { SimulatedHub, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import type { ModelSparkline } from '../model-sparkline/model-sparkline.js';
import { card, facts, sparklines } from '../testing/card.fixture.js';
import { allElements, drawn, textOf } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import type { ModelCard } from './model-card.js';
import '../corral-provider/define.js';

describe('<model-card>', () => {
  keepConsoleQuiet();

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
});

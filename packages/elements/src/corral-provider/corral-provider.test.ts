import type { HubFace } from '@corral/core';
import { SimulatedHub, simulatedEndpoint, simulatedModel } from '@corral/core/testing';
import { expect, fixture, html, waitUntil } from '@open-wc/testing';
import {
  EndpointAddEvent,
  EndpointCheckEvent,
  EndpointRemoveEvent,
  ModelAttachEvent,
} from '../events/endpoint-events.js';
import {
  ModelRestartEvent,
  ModelSettingsChangeEvent,
  ModelStartEvent,
  ModelStopEvent,
} from '../events/model-events.js';
import { ModelsRescanEvent, ModelsStartAllEvent, ModelsStopAllEvent } from '../events/models-events.js';
import '../model-card/define.js';
import '../model-grid/define.js';
import type { ModelGrid } from '../model-grid/model-grid.js';
import { drawn, inside, textOf } from '../testing/frames.fixture.js';
import { equipped, toolbarOf } from '../testing/grid.fixture.js';
import { keepConsoleQuiet, uncaughtDuring } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import { CorralProvider } from './corral-provider.js';
import './define.js';

const hubOf = (...ids: string[]): SimulatedHub =>
  new SimulatedHub(ids.map((modelId) => simulatedModel({ modelId })));

/** Answers every request with nothing, and writes down where it went. */
async function withoutNetwork(run: (asked: string[]) => Promise<void>): Promise<string[]> {
  const asked: string[] = [];
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    asked.push(String(input instanceof Request ? input.url : input));
    return new Promise((_, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
    });
  };
  try {
    await run(asked);
  } finally {
    globalThis.fetch = fetch;
  }
  return asked;
}

describe('<corral-provider>', () => {
  keepConsoleQuiet();

  it('gives the elements in it their hub, however deep they are', async () => {
    const provider = await fixture<CorralProvider>(html`
      <corral-provider .hub=${hubOf('a')}><div><section><model-card model-id="a"></model-card></section></div></corral-provider>
    `);
    await drawn();
    expect(textOf(provider.querySelector('model-card') as Element, 'h3')).to.equal('a.gguf');
  });

  it('gives elements that come later theirs', async () => {
    const provider = await fixture<CorralProvider>(
      html`<corral-provider .hub=${hubOf('a')}></corral-provider>`,
    );
    const card = document.createElement('model-card');
    card.modelId = 'a';
    provider.append(card);
    await drawn();
    expect(textOf(card, 'h3')).to.equal('a.gguf');
  });

  it('gives another hub to everything in it, and none', async () => {
    const [one, other] = [hubOf('a'), hubOf('a', 'b')] as const;
    const provider = await fixture<CorralProvider>(
      html`<corral-provider .hub=${one}><model-grid></model-grid></corral-provider>`,
    );
    const grid = provider.querySelector('model-grid') as ModelGrid;
    await equipped(grid);
    const toolbar = toolbarOf(grid);
    expect(textOf(toolbar, '.summary > span')).to.equal('1 model, 0 active');
    provider.hub = other;
    await drawn();
    expect(textOf(toolbar, '.summary > span')).to.equal('2 models, 0 active');
    expect(one.listenerCount).to.equal(0);
    provider.hub = undefined;
    await drawn();
    expect(textOf(toolbar, '.summary > span')).to.equal('');
    expect(other.listenerCount).to.equal(0);
    expect(provider.current === undefined).to.equal(true);
  });

  it('is heard by elements that were there before it was defined', async () => {
    const page = await fixture<HTMLElement>(html`
      <div><late-provider><model-card model-id="a"></model-card></late-provider></div>
    `);
    await drawn();
    const card = page.querySelector('model-card') as Element;
    expect(card.shadowRoot?.querySelectorAll('article').length).to.equal(0);
    customElements.define('late-provider', class extends CorralProvider {});
    (page.querySelector('late-provider') as CorralProvider).hub = hubOf('a');
    await drawn();
    expect(textOf(card, 'h3')).to.equal('a.gguf');
  });

  it('gives the innermost hub where providers are nested', async () => {
    const page = await fixture<HTMLElement>(html`
      <corral-provider .hub=${hubOf('outer')}>
        <corral-provider .hub=${hubOf('inner')}><model-grid></model-grid></corral-provider>
      </corral-provider>
    `);
    await drawn();
    const card = (page.querySelector('model-grid') as Element).shadowRoot?.querySelector(
      'model-card',
    ) as Element;
    expect(textOf(card, 'h3')).to.equal('inner.gguf');
  });

  describe('turning wishes into commands', () => {
    for (const [make, command] of [
      [() => new ModelStartEvent('a'), 'start a'],
      [() => new ModelStopEvent('a'), 'stop a'],
      [() => new ModelRestartEvent('a'), 'restart a'],
      [() => new ModelSettingsChangeEvent('a', { pinned: true }), 'update a'],
      [() => new ModelsRescanEvent(), 'rescan'],
      [() => new ModelsStartAllEvent(), 'start-all'],
      [() => new ModelsStopAllEvent(), 'stop-all'],
      [() => new ModelAttachEvent({ url: 'http://box:8080' }), 'attach http://box:8080'],
      [() => new EndpointAddEvent({ host: 'box' }), 'register box:11434'],
      [() => new EndpointCheckEvent('e'), 'check e'],
      [() => new EndpointRemoveEvent('e'), 'remove e'],
    ] as const) {
      it(`answers ${make().type}`, async () => {
        const hub = hubOf('a');
        hub.fleet.add(simulatedEndpoint({ id: 'e' }));
        const provider = await fixture<CorralProvider>(
          html`<corral-provider .hub=${hub}><p></p></corral-provider>`,
        );
        const event = make();
        provider.firstElementChild?.dispatchEvent(event);
        await event.response;
        expect(hub.commands).to.deep.equal([command]);
      });
    }

    it('passes the refusal of the hub on to the card', async () => {
      const provider = await fixture<CorralProvider>(
        html`<corral-provider><model-card model-id="a"></model-card></corral-provider>`,
      );
      const hub = hubOf('a');
      provider.hub = Object.assign(hub, {
        startModel: () => Promise.reject(new Error('Port 8100 is taken')),
      });
      await drawn();
      const card = provider.querySelector('model-card') as Element;
      inside<HTMLButtonElement>(card, '.start').click();
      await drawn();
      expect(textOf(card, '[role=alert]')).to.equal('Port 8100 is taken');
    });

    it('passes a hub that throws on to the card', async () => {
      const provider = await fixture<CorralProvider>(
        html`<corral-provider><model-card model-id="a"></model-card></corral-provider>`,
      );
      const hub: HubFace = hubOf('a');
      provider.hub = Object.assign(hub, {
        startModel: (): Promise<void> => {
          throw new Error('not this hub');
        },
      });
      await drawn();
      const card = provider.querySelector('model-card') as Element;
      const uncaught = await uncaughtDuring(async () => {
        inside<HTMLButtonElement>(card, '.start').click();
        await drawn();
      });
      expect(uncaught.map(String)).to.deep.equal([]);
      expect(textOf(card, '[role=alert]')).to.equal('not this hub');
    });

    it('leaves a wish alone that the page has answered already', async () => {
      const hub = hubOf('a');
      const provider = await fixture<CorralProvider>(
        html`<corral-provider .hub=${hub}><p></p></corral-provider>`,
      );
      const event = new ModelStartEvent('a');
      provider.firstElementChild?.addEventListener('model-start', () => event.respondWith(Promise.resolve()));
      provider.firstElementChild?.dispatchEvent(event);
      await drawn();
      expect(hub.commands).to.deep.equal([]);
    });

    it('leaves a wish alone without a hub', async () => {
      const provider = await fixture<CorralProvider>(html`<corral-provider><p></p></corral-provider>`);
      const event = new ModelStartEvent('a');
      provider.firstElementChild?.dispatchEvent(event);
      expect(event.response === undefined).to.equal(true);
    });
  });

  describe('with `src`', () => {
    it('connects while it is in the page, and lets go when it leaves', async () => {
      await withoutNetwork(async (asked) => {
        const provider = await fixture<CorralProvider>(
          html`<corral-provider src="/hub-1"></corral-provider>`,
        );
        const hub = provider.current;
        expect(hub?.connection).to.equal('connecting');
        // Pages of one origin agree first on who of them listens.
        await waitUntil(() => asked.length > 0, 'Expected the provider to ask its hub', { timeout: 10_000 });
        for (const url of asked) expect(new URL(url, document.baseURI).pathname).to.match(/^\/hub-1\//);
        const parent = provider.parentElement;
        provider.remove();
        expect(hub?.connection).to.equal('closed');
        expect(provider.current === undefined).to.equal(true);
        parent?.append(provider);
        expect(provider.current?.connection).to.equal('connecting');
      });
    });

    it('closes the old hub when `src` changes', async () => {
      await withoutNetwork(async () => {
        const provider = await fixture<CorralProvider>(
          html`<corral-provider src="/hub-2"></corral-provider>`,
        );
        const first = provider.current;
        provider.src = '/hub-3';
        await provider.updateComplete;
        expect(first?.connection).to.equal('closed');
        expect(provider.current?.connection).to.equal('connecting');
        const second = provider.current;
        provider.removeAttribute('src');
        provider.src = undefined;
        await provider.updateComplete;
        expect(second?.connection).to.equal('closed');
        expect(provider.current === undefined).to.equal(true);
      });
    });

    it('asks nobody while `hub` is set', async () => {
      const asked = await withoutNetwork(async () => {
        const hub = hubOf('a');
        const provider = await fixture<CorralProvider>(
          html`<corral-provider src="/hub-4" .hub=${hub}></corral-provider>`,
        );
        await drawn();
        expect(provider.current === hub).to.equal(true);
      });
      expect(asked).to.deep.equal([]);
    });

    it('sends its token in a header and keeps it out of the page', async () => {
      const headers: (string | null)[] = [];
      const { fetch } = globalThis;
      globalThis.fetch = (_, init) => {
        headers.push(new Headers(init?.headers).get('authorization'));
        return new Promise(() => {});
      };
      try {
        const provider = await fixture<CorralProvider>(
          html`<corral-provider src="/hub-5" .token=${'secret'}></corral-provider>`,
        );
        await waitUntil(() => headers.length > 0, 'Expected the provider to ask its hub', {
          timeout: 10_000,
        });
        expect(headers).to.include('Bearer secret');
        expect(provider.outerHTML).not.to.include('secret');
        provider.remove();
      } finally {
        globalThis.fetch = fetch;
      }
    });

    for (const src of [
      'javascript:globalThis.hacked=true',
      'JaVaScRiPt:globalThis.hacked=true',
      '\u0001javascript:globalThis.hacked=true',
      'java\tscript:globalThis.hacked=true',
      'data:text/html,<script>parent.hacked=true</script>',
      'file:///etc/passwd',
      'blob:null/1',
      'ws://127.0.0.1:1/',
      'http://user:secret@127.0.0.1:1/',
      'http://[',
    ]) {
      it(`connects to nobody and throws nothing for ${JSON.stringify(src)}`, async () => {
        let hub: HubFace | undefined;
        let uncaught: unknown[] = [];
        const asked = await withoutNetwork(async () => {
          uncaught = await uncaughtDuring(async () => {
            const provider = document.createElement('corral-provider');
            provider.src = src;
            document.body.append(provider);
            await drawn();
            hub = provider.current;
            provider.remove();
          });
        });
        expect(asked).to.deep.equal([]);
        expect(hub === undefined).to.equal(true);
        expect('hacked' in globalThis).to.equal(false);
        expect(uncaught.map(String)).to.deep.equal([]);
        // Telling the author of the page what is wrong with `src` is welcome.
        globalThis.consoleProblems.length = 0;
      });
    }
  });

  it('takes no room in the page', async () => {
    const provider = await fixture<CorralProvider>(html`<corral-provider><p>Text</p></corral-provider>`);
    expect(getComputedStyle(provider).display).to.equal('contents');
  });

  describe('its theme', () => {
    for (const [theme, accent] of [
      ['phosphor', 'rgb(255, 149, 0)'],
      ['light', 'rgb(154, 79, 0)'],
      ['neutral', 'rgb(138, 180, 248)'],
    ] as const) {
      it(`${theme} colours what is in it`, async () => {
        const provider = await fixture<CorralProvider>(html`
          <corral-provider theme=${theme} .hub=${hubOf('a')}><model-card model-id="a"></model-card></corral-provider>
        `);
        await drawn();
        expect(
          getComputedStyle(inside(provider.querySelector('model-card') as Element, 'h3')).color,
        ).to.equal(accent);
        expect(provider.getAttribute('theme')).to.equal(theme);
      });
    }

    it('phosphor is itself in another theme, and follows when that one changes', async () => {
      const outer = await fixture<CorralProvider>(html`
        <corral-provider theme="light">
          <corral-provider theme="phosphor" .hub=${hubOf('a')}><model-card model-id="a"></model-card></corral-provider>
        </corral-provider>
      `);
      await drawn();
      const name = inside(outer.querySelector('model-card') as Element, 'h3');
      expect(getComputedStyle(name).color).to.equal('rgb(255, 149, 0)');
      outer.theme = 'phosphor';
      await drawn();
      expect(getComputedStyle(name).color).to.equal('rgb(255, 149, 0)');
    });

    it('phosphor leaves the colours alone that the page has set', async () => {
      const page = await fixture(html`
        <div style="--corral-accent: rgb(1, 2, 3)">
          <corral-provider theme="phosphor" .hub=${hubOf('a')}><model-card model-id="a"></model-card></corral-provider>
        </div>
      `);
      await drawn();
      const name = inside(page.querySelector('model-card') as Element, 'h3');
      expect(getComputedStyle(name).color).to.equal('rgb(1, 2, 3)');
    });

    it('auto follows the page’s scheme', async () => {
      const { emulateMedia } = await import('@web/test-runner-commands');
      const provider = await fixture<CorralProvider>(html`<corral-provider theme="auto"></corral-provider>`);
      const background = (): string =>
        getComputedStyle(provider).getPropertyValue('--corral-background').trim();
      await emulateMedia({ colorScheme: 'light' });
      const light = background();
      await emulateMedia({ colorScheme: 'dark' });
      const dark = background();
      await emulateMedia({ colorScheme: 'no-preference' });
      expect([light, dark]).to.deep.equal(['#fff', '']);
    });
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = hubOf('a');
    const provider = await fixture<CorralProvider>(
      html`<corral-provider .hub=${hub}><model-card model-id="a"></model-card></corral-provider>`,
    );
    await drawn();
    const parent = provider.parentElement as HTMLElement;
    const alive = hub.listenerCount;
    for (let i = 0; i < 1000; i++) {
      provider.remove();
      parent.append(provider);
    }
    await drawn();
    expect(hub.listenerCount).to.equal(alive);
    provider.remove();
    await drawn();
    expect(hub.listenerCount).to.equal(0);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}`, async () => {
      await expect(
        await themedFixture(theme, html`<model-grid .models=${[]}></model-grid>`),
      ).to.be.accessible();
    });
  }
});

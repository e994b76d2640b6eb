import type { HubFace, ModelStatus } from '@corral/core';
import type { ReactiveController, ReactiveControllerHost } from '@lit/reactive-element';
import { html, type TemplateResult } from 'lit';
import { arrange, type Choice, everything, type SeriesOf } from '../model-toolbar/arrangement.js';
import type { ModelToolbar } from '../model-toolbar/model-toolbar.js';
import { Announcer } from './announcer.js';
import { GridKeys } from './grid-keys.js';
import { GridServers, type ServerElements } from './grid-servers.js';
import { toolsStyles } from './grid-tools.styles.js';

/** Ticks after which an order by live numbers is made anew; sooner, cards would never stand still. */
const resortTicks = 10;

/** What the tools need of their grid. */
export interface GridToolsOptions {
  readonly grid: ReactiveControllerHost & HTMLElement;
  readonly root: ShadowRoot;
  readonly toolbar: ModelToolbar;
  /** The list of the page; `undefined` under a provider. */
  readonly models: () => readonly ModelStatus[] | undefined;
  readonly hub: () => HubFace | undefined;
  /** The models as they are shown. */
  readonly arranged: () => readonly ModelStatus[];
  /** Arranges the models anew. */
  readonly rearrange: () => void;
  /** Makes a card, and all before it, with the next update. */
  readonly mount: (index: number) => void;
  readonly loadServers: () => Promise<ServerElements>;
}

/** What a grid can do beyond showing its cards. It is loaded after them: nobody presses a key before they see one. */
export class GridTools implements ReactiveController {
  /** The card that Tab reaches. */
  current: string | undefined;
  readonly #options: GridToolsOptions;
  readonly #announcer = new Announcer();
  readonly #servers: GridServers;
  #choice: Choice = everything;
  #ticks = 0;

  constructor(options: GridToolsOptions) {
    this.#options = options;
    const { grid, root, toolbar } = options;
    toolbar.addEventListener('models-arrange', ({ choice }) => this.#choose(choice));
    toolbar.addEventListener('attach-toggle', ({ open }) => this.#servers.toggle(open));
    this.#servers = new GridServers({
      hub: () => this.#hub,
      load: options.loadServers,
      update: () => {
        grid.requestUpdate();
        return grid.updateComplete;
      },
    });
    const { styleSheet } = toolsStyles;
    if (styleSheet) root.adoptedStyleSheets.push(styleSheet);
    new GridKeys(root, {
      ids: () => options.arranged().map(({ modelId }) => modelId),
      entered: (modelId) => this.#enter(modelId),
      goTo: (modelId, index) => void this.#goTo(modelId, index),
    });
    grid.addController(this);
  }

  /** Whether a change of state waits to be said. */
  get isWaiting(): boolean {
    return this.#announcer.isWaiting;
  }

  /** What the live region of the grid says. */
  get said(): string {
    return this.#announcer.text;
  }

  hostUpdate(): void {
    const { toolbar, models } = this.#options;
    this.#announcer.flush(performance.now());
    this.#servers.feed();
    toolbar.models = models();
    toolbar.choice = this.#choice;
    // Under a provider it reads the models itself.
    toolbar.requestUpdate();
  }

  /** A model has another state. */
  hear(model: ModelStatus): void {
    this.#announcer.add(model);
  }

  /** There are new numbers. Whether the order is to be made anew. */
  tick(): boolean {
    this.#ticks += 1;
    const { sort } = this.#choice;
    if (this.#ticks < resortTicks || (sort !== 'tokensPerSecond' && sort !== 'memoryGb')) return false;
    return !this.#options.root.querySelector('.cards:is(:hover, :focus-within)');
  }

  /** The models that someone wants to see, in the order they chose. */
  arrange(models: readonly ModelStatus[], seriesOf: SeriesOf): readonly ModelStatus[] {
    this.#ticks = 0;
    const arranged = arrange(models, this.#choice, seriesOf);
    if (!arranged.some(({ modelId }) => modelId === this.current)) this.current = arranged[0]?.modelId;
    return arranged;
  }

  /** What is open above the cards, and why there may be none. */
  renderAbove(matchesNone: boolean): TemplateResult {
    return html`
      ${this.#servers.renderForm()}
      ${
        matchesNone
          ? html`
            <div class="empty no-match">
              <p>No model matches what you search for.</p>
              <button class="quiet" type="button" @click=${this.#clear}>SHOW ALL</button>
            </div>
          `
          : undefined
      }
    `;
  }

  /** What no card speaks for. */
  renderBelow(): TemplateResult {
    return this.#servers.renderLists();
  }

  get #hub(): HubFace | undefined {
    return this.#options.models() ? undefined : this.#options.hub();
  }

  readonly #clear = (): void => {
    this.#choose({ ...this.#choice, query: '', group: 'all' });
    this.#options.toolbar.focus();
  };

  #choose(choice: Choice): void {
    this.#choice = choice;
    this.#options.rearrange();
    const count = this.#options.arranged().length;
    this.#announcer.say(`${count} ${count === 1 ? 'model' : 'models'} shown`);
  }

  #enter(modelId: string): void {
    if (modelId === this.current) return;
    this.current = modelId;
    this.#options.grid.requestUpdate();
  }

  async #goTo(modelId: string, index: number): Promise<void> {
    const { grid, root, mount } = this.#options;
    mount(index);
    this.current = modelId;
    grid.requestUpdate();
    await grid.updateComplete;
    for (const item of root.querySelectorAll<HTMLElement>('[role=listitem]'))
      if (item.dataset['id'] === modelId) item.focus();
  }
}

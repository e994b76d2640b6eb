import type { HubFace, Unsubscribe } from '@corral/core';
import { ContextEvent } from '@lit/context';
import type { ReactiveController, ReactiveControllerHost } from '@lit/reactive-element';
import { hubContext } from './hub-context.js';

/** What an element does with its hub. */
export interface HubClient {
  /** Subscribes to what the element shows; the answers undo it. */
  subscribe(hub: HubFace): readonly Unsubscribe[];
  /** The element has another hub, or none. */
  hubChanged(): void;
  /** Whether the element needs a hub as it is now. One that is given its data costs no request. Default: always. */
  needsHub?(): boolean;
}

/**
 * Gives an element the hub of the nearest provider for as long as it is in the page, and takes its subscriptions back
 * when it leaves.
 */
export class HubController implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #client: HubClient;
  #hub: HubFace | undefined;
  #subscriptions: readonly Unsubscribe[] = [];
  #forgetProvider: (() => void) | undefined;
  #asks = false;

  constructor(host: ReactiveControllerHost & HTMLElement, client: HubClient) {
    this.#host = host;
    this.#client = client;
    host.addController(this);
  }

  /** The hub of the nearest provider; `undefined` while there is none. */
  get hub(): HubFace | undefined {
    return this.#hub;
  }

  hostConnected(): void {
    this.hostUpdate();
  }

  /** Properties may have changed what the element needs. */
  hostUpdate(): void {
    const asks = this.#host.isConnected && (this.#client.needsHub?.() ?? true);
    if (asks === this.#asks) return;
    if (!asks) {
      this.hostDisconnected();
      return;
    }
    this.#asks = true;
    this.#ask();
    // A provider may be defined after the elements in it: then it says that it is there.
    document.addEventListener('context-provider', this.#providerCame);
  }

  hostDisconnected(): void {
    if (!this.#asks) return;
    this.#asks = false;
    document.removeEventListener('context-provider', this.#providerCame);
    this.#forgetProvider?.();
    this.#forgetProvider = undefined;
    this.#take(undefined);
  }

  readonly #providerCame = (event: Event): void => {
    if ('context' in event && event.context === hubContext && !this.#hub) this.#ask();
  };

  #ask(): void {
    this.#host.dispatchEvent(
      new ContextEvent(
        hubContext,
        this.#host,
        (hub, forget) => {
          if (forget !== this.#forgetProvider) this.#forgetProvider?.();
          this.#forgetProvider = forget;
          if (this.#asks && this.#host.isConnected) this.#take(hub);
        },
        true,
      ),
    );
  }

  #take(hub: HubFace | undefined): void {
    if (hub === this.#hub) return;
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    this.#hub = hub;
    this.#subscriptions = hub ? this.#client.subscribe(hub) : [];
    this.#client.hubChanged();
  }
}

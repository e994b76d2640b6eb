import type { ReactiveController, ReactiveControllerHost } from '@lit/reactive-element';

/** Gives people texts as files. The last one is held for as long as the element is in the page: a browser reads it late. */
export class Download implements ReactiveController {
  #url: string | undefined;

  constructor(host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    if (this.#url !== undefined) URL.revokeObjectURL(this.#url);
    this.#url = undefined;
  }

  /** Saves a text under a name. */
  save(name: string, text: string): void {
    this.hostDisconnected();
    this.#url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = this.#url;
    link.download = name;
    link.click();
  }
}

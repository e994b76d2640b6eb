import type { ReactiveController, ReactiveControllerHost } from '@lit/reactive-element';
import { everySecond, type SecondTimer } from '../relative-time.js';

/** Draws an element anew each second, while it is in the page and something in it goes on by itself. */
export class EachSecond implements ReactiveController {
  readonly #host: ReactiveControllerHost & HTMLElement;
  readonly #timer: SecondTimer;
  #isWanted = false;
  #isPaused = false;
  #leave: (() => void) | undefined;

  /** @param timer by default that of all elements */
  constructor(host: ReactiveControllerHost & HTMLElement, timer: SecondTimer = everySecond) {
    this.#host = host;
    this.#timer = timer;
    host.addController(this);
  }

  hostConnected(): void {
    this.#follow();
  }

  hostDisconnected(): void {
    this.#follow();
  }

  /** Whether something in the element goes on by itself. */
  follow(isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#follow();
  }

  /** Stands still while nobody can see the element. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#follow();
  }

  #follow(): void {
    const wanted = this.#host.isConnected && this.#isWanted && !this.#isPaused;
    if (wanted === (this.#leave !== undefined)) return;
    this.#leave?.();
    this.#leave = wanted ? this.#timer.subscribe(() => this.#host.requestUpdate()) : undefined;
  }
}

import { EventEmitter } from 'eventemitter3';

/** Undoes a subscription. Calling it again does nothing. */
export type Unsubscribe = () => void;

/** Hears every event of a hub together with its name. */
export type AnyListener<Events> = <Name extends keyof Events>(name: Name, payload: Events[Name]) => void;

/**
 * One typed stream of facts. Events are named in the past tense and carry JSON-safe payloads.
 *
 * A listener that throws harms neither the emitter nor its siblings: the error goes to `onListenerError`.
 * Listeners are called in the order of their subscription, synchronously.
 */
export class EventHub<Events extends object> {
  // Payload types are enforced by the methods of this class; the emitter below only carries them.
  readonly #emitter = new EventEmitter<string>();
  readonly #anyListeners = new EventEmitter<'any'>();
  readonly #waiting: (() => void)[] = [];
  #delivering = false;
  readonly #onListenerError: (error: unknown, eventName: string) => void;

  /** @param onListenerError hears what listeners throw; default: nothing. It must not throw itself. */
  constructor(onListenerError: (error: unknown, eventName: string) => void = () => {}) {
    this.#onListenerError = onListenerError;
  }

  /** Calls `listener` with every later payload of this event. */
  subscribe<Name extends keyof Events & string>(
    name: Name,
    listener: (payload: Events[Name]) => void,
  ): Unsubscribe {
    const isolated = (payload: Events[Name]): void => {
      try {
        listener(payload);
      } catch (error) {
        this.#onListenerError(error, name);
      }
    };
    this.#emitter.on(name, isolated);
    return () => {
      this.#emitter.off(name, isolated);
    };
  }

  /** Calls `listener` with every later event of any name, after the listeners of that name. */
  subscribeAny(listener: AnyListener<Events>): Unsubscribe {
    const isolated = <Name extends keyof Events & string>(name: Name, payload: Events[Name]): void => {
      try {
        listener(name, payload);
      } catch (error) {
        this.#onListenerError(error, name);
      }
    };
    this.#anyListeners.on('any', isolated);
    return () => {
      this.#anyListeners.off('any', isolated);
    };
  }

  /**
   * Announces a fact to everyone subscribed at this moment. A fact announced by a listener waits its turn, so everyone
   * hears all facts in the order in which they happened.
   */
  emit<Name extends keyof Events & string>(name: Name, payload: Events[Name]): void {
    if (this.#delivering) {
      this.#waiting.push(() => this.#deliver(name, payload));
      return;
    }
    this.#delivering = true;
    try {
      this.#deliver(name, payload);
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) next();
    } finally {
      this.#delivering = false;
    }
  }

  #deliver<Name extends keyof Events & string>(name: Name, payload: Events[Name]): void {
    this.#emitter.emit(name, payload);
    this.#anyListeners.emit('any', name, payload);
  }

  /** How many subscriptions are alive, of all names together. */
  get listenerCount(): number {
    const named = this.#emitter
      .eventNames()
      .reduce((sum, name) => sum + this.#emitter.listenerCount(name), 0);
    return named + this.#anyListeners.listenerCount('any');
  }

  /** Drops every subscription. */
  dispose(): void {
    this.#emitter.removeAllListeners();
    this.#anyListeners.removeAllListeners();
  }
}

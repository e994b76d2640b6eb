import { type Clock, systemClock } from '@corral/core';
import type { ReactiveController, ReactiveControllerHost } from '@lit/reactive-element';
import { noChange } from 'lit';
import { AsyncDirective } from 'lit/async-directive.js';
import { type ChildPart, type DirectiveResult, directive, type PartInfo, PartType } from 'lit/directive.js';

const units = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
  { unit: 'second', seconds: 1 },
] as const;

const format = new Intl.RelativeTimeFormat(undefined, { style: 'narrow', numeric: 'auto' });
const texts = new Map<number, string>();

/** How long ago a moment is, such as `30s ago`, in the reader's language. What lies ahead of this clock is now. */
export function relativeTimeText(atMs: number, nowMs: number): string {
  const passed = Math.max(0, Math.floor((nowMs - atMs) / 1000));
  const step = units.find(({ seconds }) => passed >= seconds) ?? units[units.length - 1];
  const count = step ? Math.floor(passed / step.seconds) : 0;
  // A thousand rows say the same few texts every second, and `Intl` is slow.
  const key = count * (step?.seconds ?? 1);
  const known = texts.get(key);
  if (known !== undefined) return known;
  if (texts.size > 500) texts.clear();
  const text = format.format(-count, step?.unit ?? 'second');
  texts.set(key, text);
  return text;
}

/** Calls back once a second while anybody listens and the page can be seen: one timer, however many listen. */
export class SecondTimer {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<Clock['setTimeout']> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether its timer runs. */
  get isRunning(): boolean {
    return this.#timer !== undefined;
  }

  /** Calls `listener` every second until the answer is called. */
  subscribe(listener: () => void): () => void {
    if (this.#listeners.size === 0) document.addEventListener('visibilitychange', this.#looked);
    this.#listeners.add(listener);
    this.#follow();
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      document.removeEventListener('visibilitychange', this.#looked);
      this.#follow();
    };
  }

  /** Whoever comes back to the page sees at once what time has made of it. */
  readonly #looked = (): void => {
    this.#follow();
    if (this.isRunning) this.#call();
  };

  #follow(): void {
    const wanted = this.#listeners.size > 0 && !document.hidden;
    if (wanted === this.isRunning) return;
    if (!wanted) this.#clock.clearTimeout(this.#timer);
    this.#timer = wanted ? this.#clock.setTimeout(this.#tick, 1000) : undefined;
  }

  readonly #tick = (): void => {
    this.#timer = this.#clock.setTimeout(this.#tick, 1000);
    this.#call();
  };

  #call(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The one timer of all elements. */
export const everySecond = new SecondTimer(systemClock);

/** Keeps the relative times in an element right, each second, for as long as it is in the page and not paused. */
export class RelativeTimes implements ReactiveController {
  readonly #clock: Clock;
  readonly #timer: SecondTimer;
  readonly #shown = new Set<RelativeTimeDirective>();
  readonly #host: ReactiveControllerHost & HTMLElement;
  #leave: (() => void) | undefined;
  #isPaused = false;

  /** @param timer by default that of all elements; give another one with its clock */
  constructor(
    host: ReactiveControllerHost & HTMLElement,
    clock: Clock = systemClock,
    timer: SecondTimer = everySecond,
  ) {
    this.#host = host;
    this.#clock = clock;
    this.#timer = timer;
    host.addController(this);
  }

  /** For a template: how long ago `iso` is, from now on. */
  text(iso: string): DirectiveResult {
    return relativeTime(this, iso);
  }

  /** Stands still while nobody can see the element. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#follow();
    if (!isPaused) this.#write();
  }

  hostConnected(): void {
    this.#follow();
  }

  hostDisconnected(): void {
    this.#follow();
  }

  /** How long ago it is now. Called by what {@link text} put into the template. */
  now(iso: string): string {
    const at = Date.parse(iso);
    return Number.isNaN(at) ? '' : relativeTimeText(at, this.#clock.wallTime());
  }

  /** Takes part in the writing of every second until the answer is called. */
  join(shown: RelativeTimeDirective): () => void {
    this.#shown.add(shown);
    this.#follow();
    return () => {
      this.#shown.delete(shown);
      this.#follow();
    };
  }

  #follow(): void {
    const wanted = this.#host.isConnected && !this.#isPaused && this.#shown.size > 0;
    if (wanted === (this.#leave !== undefined)) return;
    this.#leave?.();
    this.#leave = wanted ? this.#timer.subscribe(() => this.#write()) : undefined;
  }

  #write(): void {
    for (const shown of this.#shown) shown.write();
  }
}

/** Writes one relative time, and only when its text is another one. */
class RelativeTimeDirective extends AsyncDirective {
  #times: RelativeTimes | undefined;
  #iso = '';
  #drawn: string | undefined;
  #leave: (() => void) | undefined;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.CHILD)
      throw new Error('Expected a relative time to be the child of an element');
  }

  render(times: RelativeTimes, iso: string): unknown {
    return times.now(iso);
  }

  override update(_: ChildPart, [times, iso]: [RelativeTimes, string]): unknown {
    this.#iso = iso;
    if (this.#times !== times) {
      this.disconnected();
      this.#times = times;
      this.#leave = times.join(this);
    }
    const text = times.now(iso);
    if (text === this.#drawn) return noChange;
    this.#drawn = text;
    return text;
  }

  /** Writes what it is by now. */
  write(): void {
    const text = this.#times?.now(this.#iso);
    if (text === undefined || text === this.#drawn) return;
    this.#drawn = text;
    this.setValue(text);
  }

  protected override disconnected(): void {
    this.#leave?.();
    this.#leave = undefined;
  }

  protected override reconnected(): void {
    this.#leave ??= this.#times?.join(this);
    this.write();
  }
}

const relativeTime = directive(RelativeTimeDirective);

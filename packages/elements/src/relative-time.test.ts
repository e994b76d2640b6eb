import { SimulatedClock } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import { LitElement, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { RelativeTimes, relativeTimeText, SecondTimer } from './relative-time.js';
import { inside } from './testing/frames.fixture.js';
import { keepConsoleQuiet } from './testing/quiet-console.fixture.js';

const clock = new SimulatedClock();
const timer = new SecondTimer(clock);
const ago = (seconds: number): string => new Date(clock.wallTime() - seconds * 1000).toISOString();

class TimeReader extends LitElement {
  @property() iso: string = ago(30);
  readonly times = new RelativeTimes(this, clock, timer);

  protected override render(): TemplateResult {
    return html`<time>${this.times.text(this.iso)}</time>`;
  }

  get text(): string {
    return inside(this, 'time').textContent;
  }
}
customElements.define('time-reader', TimeReader);

const reader = (): Promise<TimeReader> => fixture(html`<time-reader .iso=${ago(30)}></time-reader>`);

/** Shows the page as hidden, or not. */
function hide(isHidden: boolean): void {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
  document.dispatchEvent(new Event('visibilitychange'));
}

describe('relative times', () => {
  keepConsoleQuiet();

  it('says the largest unit that has passed, and never the future', () => {
    const texts = [-5, 0, 1, 59, 60, 3599, 3600, 86_399, 86_400, 864_000].map((seconds) =>
      relativeTimeText(0, seconds * 1000),
    );
    expect(texts).to.deep.equal([
      'now',
      'now',
      '1s ago',
      '59s ago',
      '1m ago',
      '59m ago',
      '1h ago',
      '23h ago',
      'yesterday',
      '10d ago',
    ]);
  });

  it('is right every second while time goes on', async () => {
    const element = await reader();
    expect(element.text).to.equal('30s ago');
    await clock.advance(1000);
    expect(element.text).to.equal('31s ago');
    await clock.advance(29_000);
    expect(element.text).to.equal('1m ago');
    element.iso = ago(2);
    await element.updateComplete;
    expect(element.text).to.equal('2s ago');
    await clock.advance(1000);
    expect(element.text).to.equal('3s ago');
  });

  it('shows nothing for what is no time', async () => {
    const element = await reader();
    element.iso = 'soon';
    await element.updateComplete;
    expect(element.text).to.equal('');
  });

  it('has one timer for many elements, and none when they are gone', async () => {
    const elements = [await reader(), await reader(), await reader()];
    expect(clock.timerCount).to.equal(1);
    for (const element of elements) element.remove();
    expect([clock.timerCount, timer.isRunning]).to.deep.equal([0, false]);
  });

  it('goes on where an element comes back', async () => {
    const element = await reader();
    const parent = element.parentElement as HTMLElement;
    element.remove();
    await clock.advance(5000);
    parent.append(element);
    expect(element.text).to.equal('35s ago');
    expect(clock.timerCount).to.equal(1);
  });

  it('rests while it is paused, and catches up', async () => {
    const element = await reader();
    element.times.pause(true);
    expect(clock.timerCount).to.equal(0);
    await clock.advance(10_000);
    element.times.pause(false);
    expect(element.text).to.equal('40s ago');
  });

  it('rests while the page is hidden, and catches up', async () => {
    const element = await reader();
    try {
      hide(true);
      expect(clock.timerCount).to.equal(0);
      await clock.advance(10_000);
      expect(element.text).to.equal('30s ago');
      hide(false);
      expect(element.text).to.equal('40s ago');
    } finally {
      Reflect.deleteProperty(document, 'hidden');
    }
    expect(clock.timerCount).to.equal(1);
  });
});

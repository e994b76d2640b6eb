import { type JobLogEvent, type JobLogLevel, jobLogLevels } from '@corral/core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { type Drawable, frames } from '../frame-scheduler.js';
import { Copying } from '../job-status/copying.js';
import { countedText, countText, exactTimeText } from '../job-status/job-texts.js';
import { numberProperty } from '../resource-meter/number-property.js';
import { controls } from '../theme/controls.js';
import { tokens } from '../theme/tokens.js';
import { viewport } from '../viewport.js';
import { Download } from './download.js';
import { type KeptLine, KeptLines } from './kept-lines.js';
import { clockText, fileLine, fileName, levelWord } from './line-texts.js';
import { LogPlace, rowHeight, type Window, wrappedCount } from './log-place.js';
import { logStreamStyles } from './log-stream.styles.js';

const mostLines = 100_000;
const levelButtons: readonly (readonly [JobLogLevel, string, string])[] = [
  ['debug', 'ALL', 'All lines'],
  ['info', 'INFO', 'Info, warnings and errors'],
  ['warn', 'WARN', 'Warnings and errors'],
  ['error', 'ERROR', 'Errors alone'],
];

/**
 * A log that goes on: the newest 100,000 lines, as text, with their level, time and task. It follows the end until
 * someone scrolls up; then what is read stays where it is, and a button leads back. Only the lines that can be seen are in
 * the document, and it is written at most once a frame.
 *
 * Lines come in by {@link appendLines}: a property with all of them would be copied for each one that is added.
 *
 * @summary A log that goes on.
 *
 * @slot empty - Shown in place of the text while there are no lines.
 *
 * @csspart lines - The area with the lines.
 * @csspart line - A line.
 * @csspart jump - The button that leads to the end.
 *
 * @cssproperty [--corral-log-height=320px] - Height of the area with the lines.
 * @cssproperty [--corral-log-font] - Font of the lines; one in which all letters are of one width.
 */
export class LogStream extends LitElement implements Drawable {
  static override styles = [tokens, controls, logStreamStyles];

  /** How many lines are kept, at most 100,000. The oldest are dropped. */
  @property({ type: Number, attribute: 'max-lines' }) maxLines = mostLines;

  /** The quietest level that is shown. */
  @property({ reflect: true }) level: JobLogLevel = 'debug';

  /** Whether it shows the end, and stays there. Someone who scrolls up turns it off. */
  @property({ attribute: false }) follow = true;

  /** Whether long lines are broken. Then it shows only the last 500. */
  @property({ type: Boolean, reflect: true }) wrap = false;

  /** Whether lines are missing between others, because nobody keeps them any more. */
  @property({ type: Boolean }) gap = false;

  /** Whether no more lines come. */
  @property({ type: Boolean }) ended = false;

  /** What stands above the lines; a downloaded file is named after it. */
  @property() label = 'Log';

  @state() private height = 0;

  readonly #lines = new KeptLines(mostLines);
  readonly #place = new LogPlace(this.#lines);
  readonly #copying = new Copying(this);
  readonly #download = new Download(this);
  readonly #resized = new ResizeObserver(([entry]) => {
    if (entry) this.height = entry.contentRect.height;
  });
  #lastTop = 0;
  #isOnScreen = true;
  #leaveViewport: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#leaveViewport = viewport.watch(this, (isOnScreen) => {
      this.#isOnScreen = isOnScreen;
      this.#redraw();
    });
    if (this.hasUpdated) {
      this.#resized.observe(this.#area);
      this.requestUpdate();
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leaveViewport?.();
    this.#leaveViewport = undefined;
    this.#resized.disconnect();
    frames.cancel(this);
  }

  /** Adds lines at the end. They are seen in the next frame. */
  appendLines(lines: readonly JobLogEvent[]): void {
    this.#lines.append(lines);
    this.#redraw();
  }

  /** Removes all lines. */
  clear(): void {
    this.#lines.clear();
    this.#place.leaveEnd();
    this.follow = true;
    this.gap = false;
    this.#copying.said = '';
    this.requestUpdate();
  }

  /** Called by the frame scheduler. */
  draw(): void {
    this.requestUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('maxLines')) this.#lines.setMax(checkedMax(this.maxLines));
    if (changed.has('follow') && !this.follow) {
      this.#place.leaveEnd();
      this.#place.moveTo(this.#level, this.#lastTop);
    }
    // Where there is nothing to scroll, the end is always seen.
    if (!this.wrap && this.#lines.count(this.#level) * rowHeight <= this.height) this.follow = true;
  }

  protected override firstUpdated(): void {
    this.#resized.observe(this.#area);
  }

  protected override updated(): void {
    const area = this.#area;
    if (this.follow) area.scrollTop = area.scrollHeight;
    else if (!this.wrap) {
      const top = this.#place.topOf(this.#level);
      if (Math.abs(top - area.scrollTop) >= 1) area.scrollTop = top;
    }
    // Read back: what is set is cut to what there is, and this is no scrolling of a person.
    this.#lastTop = area.scrollTop;
  }

  protected override render(): TemplateResult {
    const count = this.#lines.count(this.#level);
    const fresh = this.follow ? 0 : this.#place.newCount(this.#level);
    return html`
      <section>
        ${this.#renderHead()}
        <div class="frame">
          <div part="lines" class="lines" role="log" aria-live="off" aria-label=${`Lines of ${this.label}`} tabindex="0" @scroll=${this.#scrolled}>
            ${this.wrap ? this.#renderWrapped() : this.#renderSeen(count)}
          </div>
          ${count > 0 ? nothing : html`<p class="blank">${this.#lines.end === 0 ? html`<slot name="empty">${this.ended ? 'No lines.' : 'Waiting for logs…'}</slot>` : 'No lines of this level.'}</p>`}
          ${
            this.follow
              ? nothing
              : html`<button part="jump" class="jump" type="button" @click=${this.#jump}>JUMP TO END${fresh > 0 ? ` (${countText(fresh)} new)` : nothing}</button>`
          }
        </div>
        <p class="foot"><span>${this.#noteText()}</span> <span>${countedText(count, 'line')}</span></p>
        <p class="unseen" role="status">${errorsText(this.#lines.count('error'))}</p>
      </section>
    `;
  }

  #renderHead(): TemplateResult {
    return html`
      <div class="head">
        <h4>${this.label}</h4>
        <span role="status">${this.#copying.said}</span>
        <div class="levels" role="group" aria-label="Show lines from this level on">
          ${levelButtons.map(
            ([level, caption, title]) => html`
              <button class="quiet" type="button" title=${title} aria-pressed=${level === this.#level ? 'true' : 'false'} @click=${() => this.#choose(level)}>${caption}</button>
            `,
          )}
        </div>
        <button class="quiet" type="button" aria-pressed=${this.wrap ? 'true' : 'false'} @click=${this.#toggleWrap}>WRAP</button>
        <button class="quiet" type="button" @click=${this.#copy}>COPY</button>
        <button class="quiet" type="button" @click=${this.#save}>DOWNLOAD</button>
      </div>
    `;
  }

  /** The whole height is there, and of the lines those that can be seen. */
  #renderSeen(count: number): TemplateResult {
    const { from, lines } = this.#place.seen(this.#level, this.height, this.follow);
    return html`
      <div class="space" ${numberProperty('--_count', count)} ${numberProperty('--_longest', this.#lines.longest)}>
        <div class="block" ${numberProperty('--_from', from)}>${renderLines(lines)}</div>
      </div>
    `;
  }

  #renderWrapped(): TemplateResult {
    return html`<div class="flow">${renderLines(this.#place.wrapped(this.#level, this.follow).lines)}</div>`;
  }

  #noteText(): string {
    const { dropped } = this.#lines;
    const notes = [
      dropped > 0 ? `${countText(dropped)} earlier lines are no longer shown.` : '',
      this.gap ? 'Some lines are missing: the hub no longer keeps them.' : '',
      this.wrap && this.#lines.count(this.#level) > wrappedCount
        ? `The last ${wrappedCount} lines, wrapped.`
        : '',
    ];
    return notes.filter((note) => note !== '').join(' ');
  }

  /** An attribute may hold anything. */
  get #level(): JobLogLevel {
    return jobLogLevels.includes(this.level) ? this.level : 'debug';
  }

  get #area(): HTMLElement {
    return this.renderRoot.querySelector('.lines') as HTMLElement;
  }

  #redraw(): void {
    if (this.#isOnScreen && this.isConnected) frames.schedule(this);
  }

  /** Only someone who scrolls goes up: the end is left with the first pixel, and taken again when it is reached. */
  readonly #scrolled = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = this.#area;
    if (scrollTop === this.#lastTop) return;
    const isUp = scrollTop < this.#lastTop;
    this.#lastTop = scrollTop;
    this.#place.moveTo(this.#level, scrollTop);
    if (isUp) this.follow = false;
    else if (scrollHeight - scrollTop - clientHeight < 8) this.follow = true;
    if (!this.wrap) this.#redraw();
  };

  readonly #jump = (): void => {
    this.follow = true;
    // The button goes away: whoever pressed it by keyboard reads on where it led.
    this.#area.focus({ preventScroll: true });
  };

  #choose(level: JobLogLevel): void {
    this.level = level;
    this.#copying.said = '';
  }

  readonly #toggleWrap = (): void => {
    this.wrap = !this.wrap;
    this.follow = true;
  };

  readonly #copy = (): void => void this.#copying.copy(this.#text());

  readonly #save = (): void => this.#download.save(fileName(this.label), this.#text());

  /** Every line that is kept and of a level that is shown. */
  #text(): string {
    const lines = this.#lines.slice(this.#level, 0, this.#lines.count(this.#level));
    return lines.map(({ line }) => `${fileLine(line)}\n`).join('');
  }
}

function renderLines(lines: Window['lines']): unknown {
  return repeat(lines, ({ number }) => number, renderLine);
}

function renderLine({ line }: KeptLine): TemplateResult {
  const { ts, level, taskId, msg } = line;
  return html`<div part="line" class="row" data-level=${level} title=${`${exactTimeText(ts)}${taskId === null ? '' : ` · ${taskId}`}\n${msg}`}><time datetime=${ts}>${clockText(ts)}</time><span class="level">${levelWord(level)}</span><span class="task">${taskId}</span><span class="message">${msg}</span></div>`;
}

/** Said aloud when it changes, and so it changes rarely: with the first error, the tenth, the hundredth. */
function errorsText(count: number): string {
  if (count === 0) return '';
  const said = 10 ** Math.floor(Math.log10(count));
  return said === 1
    ? 'There are errors in the log.'
    : `There are ${countText(said)} errors or more in the log.`;
}

function checkedMax(max: number): number {
  return Number.isFinite(max) ? Math.min(mostLines, Math.max(1, Math.floor(max))) : mostLines;
}

import type { ReactiveController } from '@lit/reactive-element';
import { html, type LitElement, nothing, type TemplateResult } from 'lit';
import { countedText, countText } from '../job-status/job-texts.js';
import { SpecCheck } from './spec-check.js';
import { renderSpec } from './spec-view.js';
import { offsetOf, renderTextProblem } from './text-problem.js';

/** Bytes of a text that a hub takes. */
const yamlBytes = 256 * 1024;

const placeholder = `project_description: Write a script that prints hello world
success_criteria:
  - The script runs without errors
budget_usd: 0.50
time_limit_s: 600
concurrency: 2`;

const tooLarge = 'Expected at most 256 KiB of YAML';

/** The tab for a text: typed, pasted, dropped or chosen; it is checked as it comes, and what would be run is shown. */
export class YamlTab implements ReactiveController {
  text = '';
  readonly #host: LitElement;
  readonly #check: SpecCheck;
  readonly #edited: () => void;
  /** Why the text or the file is refused before anybody is asked. */
  #problem: string | undefined;
  #isOver = false;
  #readings = 0;
  #isReading = false;

  /** @param edited the text is another one */
  constructor(host: LitElement, edited: () => void, check = new SpecCheck(host)) {
    this.#host = host;
    this.#edited = edited;
    this.#check = check;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#isOver = false;
  }

  /** Whether there is something to start. */
  get isReady(): boolean {
    return this.text.trim() !== '' && !isTooLarge(this.text) && !this.#isReading;
  }

  /** Whether it says already what is wrong with the text. */
  get saysWhy(): boolean {
    return this.#check.state.kind === 'refused';
  }

  clear(): void {
    this.#take('');
  }

  /** Checks the text again: a hub has refused to start it. */
  checkAgain(): void {
    if (this.isReady) this.#check.check(this.text, true);
  }

  render(): TemplateResult {
    return html`
      <div part="drop" class="drop" ?data-over=${this.#isOver} @dragenter=${this.#dragged} @dragover=${this.#dragged} @dragleave=${this.#left} @drop=${this.#dropped}>
        <div class="drop-head">
          <label for="yaml">YAML</label>
          <span class="drop-text">${this.#isOver ? 'Drop the file now' : 'Drop a .yaml or .yml file here, type, or paste'}</span>
          <button class="browse quiet" type="button" @click=${this.#browse}>BROWSE</button>
          <input id="file" type="file" accept=".yaml,.yml" hidden aria-label="YAML file" @change=${this.#chosen} />
        </div>
        <textarea id="yaml" rows="12" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" placeholder=${placeholder} .value=${this.text} aria-invalid=${this.#problem !== undefined || this.saysWhy ? 'true' : 'false'} aria-describedby="yaml-state" @input=${this.#typed} @change=${this.#leaves}></textarea>
      </div>
      <div class="preview">
      <div id="yaml-state" class="yaml-state" aria-live="polite">${this.#renderState()}</div>
      ${this.#check.state.kind === 'valid' && this.#problem === undefined ? renderSpec(this.#check.state.spec) : nothing}
      </div>
    `;
  }

  #renderState(): TemplateResult {
    const { state } = this.#check;
    if (this.#problem !== undefined) return html`<p class="problem">${this.#problem}</p>`;
    if (this.#isReading) return html`<p class="hint">Reading the file…</p>`;
    if (state.kind === 'waiting') return html`<p class="hint">Checking…</p>`;
    if (state.kind === 'refused') return renderTextProblem(state.text, state.problem, this.#goTo);
    if (state.kind !== 'valid')
      return html`<p class="hint">Keys may be in camelCase or snake_case; only the description is needed.</p>`;
    const { tasks } = state.spec;
    return html`<p class="valid">This can be started${tasks === null ? '' : `, with ${countedText(tasks.length, 'task')}`}.</p>`;
  }

  readonly #typed = (event: Event): void => this.#take((event.currentTarget as HTMLTextAreaElement).value);

  readonly #leaves = (): void => this.#check.hurry();

  /** A text that comes while a file is read is the later wish. */
  #take(text: string): void {
    this.#readings += 1;
    this.#isReading = false;
    this.text = text;
    this.#problem = isTooLarge(text) ? `${tooLarge}.` : undefined;
    if (text.trim() === '' || this.#problem !== undefined) this.#check.forget();
    else this.#check.check(text);
    this.#edited();
    this.#host.requestUpdate();
  }

  readonly #dragged = (event: DragEvent): void => {
    // Text that is dragged goes where the browser puts it.
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this.#setOver(true);
  };

  readonly #left = (event: DragEvent): void => {
    const zone = event.currentTarget as HTMLElement;
    // From one child to another is not out of it.
    if (!(event.relatedTarget instanceof Node && zone.contains(event.relatedTarget))) this.#setOver(false);
  };

  readonly #dropped = (event: DragEvent): void => {
    this.#setOver(false);
    const files = event.dataTransfer?.files;
    if (!files || files.length === 0) return;
    event.preventDefault();
    void this.#read([...files]);
  };

  readonly #browse = (): void => this.#host.shadowRoot?.querySelector<HTMLInputElement>('#file')?.click();

  readonly #chosen = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const files = [...(input.files ?? [])];
    // The same file can be chosen again after it was changed.
    input.value = '';
    if (files.length > 0) void this.#read(files);
  };

  #setOver(isOver: boolean): void {
    if (isOver === this.#isOver) return;
    this.#isOver = isOver;
    this.#host.requestUpdate();
  }

  /** The latest file wins, whichever is read first. What was there stays until a file can be used. */
  async #read(files: readonly File[]): Promise<void> {
    this.#readings += 1;
    const reading = this.#readings;
    const [file] = files;
    this.#problem = fileProblem(files);
    this.#isReading = this.#problem === undefined;
    this.#host.requestUpdate();
    if (!file || this.#problem !== undefined) return;
    let text: string | undefined;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    } catch {
      // What went wrong is of no use to people: it is no text, or the file is gone.
    }
    if (reading !== this.#readings) return;
    this.#isReading = false;
    if (text === undefined) this.#problem = `${file.name} could not be read. Expected text in UTF-8.`;
    // Text areas change line ends: then the lines would be others than those that were checked.
    else {
      this.#take(text.replaceAll(/\r\n?/g, '\n'));
      this.#check.hurry();
    }
    this.#host.requestUpdate();
  }

  readonly #goTo = (line: number, column: number): void => {
    const area = this.#host.shadowRoot?.querySelector<HTMLTextAreaElement>('#yaml');
    if (!area) return;
    const at = offsetOf(this.text, line, column);
    area.focus();
    area.setSelectionRange(at, at);
    // Browsers do not scroll to a selection by themselves.
    const lineHeight = area.scrollHeight / Math.max(1, this.text.split('\n').length);
    area.scrollTop = Math.max(0, (line - 3) * lineHeight);
  };
}

/** Why files are not even read. */
function fileProblem(files: readonly File[]): string | undefined {
  const [file] = files;
  if (!file || files.length > 1) return 'Expected one file.';
  if (!/\.(ya?ml|json)$/i.test(file.name)) return `Expected a .yaml or .yml file, got ${file.name}.`;
  return file.size > yamlBytes
    ? `${tooLarge}, got ${countText(Math.ceil(file.size / 1024))} KiB.`
    : undefined;
}

/** Fewer characters than a third of the bytes need no counting: none takes more than three. */
function isTooLarge(text: string): boolean {
  return text.length * 3 > yamlBytes && new TextEncoder().encode(text).length > yamlBytes;
}

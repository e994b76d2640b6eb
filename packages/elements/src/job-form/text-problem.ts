import { html, nothing, type TemplateResult } from 'lit';

/** What is wrong with a text, and where. */
export interface TextProblem {
  readonly message: string;
  /** 1-based; `undefined` when it is of no line. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** What is wrong with the values, each with its line where that is known. */
  readonly fields: readonly {
    readonly name: string;
    readonly problem: string;
    readonly line: number | undefined;
  }[];
}

/** Lines around the one that is meant. */
const context = 2;
const fieldsAtMost = 20;
/** Characters of a line that are shown: a line of a megabyte is cut around the place that is meant. */
const shownLength = 96;

/** What a refusal says of a text. Its details may be anything. */
export function textProblemOf(error: unknown): TextProblem {
  const message = error instanceof Error ? error.message : String(error);
  const details = recordOf(recordOf(error)['details']);
  const lines = recordOf(details['lines']);
  const fields = Object.entries(recordOf(details['fields'])).flatMap(([name, problem]) =>
    typeof problem === 'string' ? [{ name, problem, line: placeOf(lines[name]) }] : [],
  );
  const problem = details['problem'];
  fields.sort((a, b) => (a.line ?? Number.MAX_SAFE_INTEGER) - (b.line ?? Number.MAX_SAFE_INTEGER));
  return {
    message: typeof problem === 'string' && problem !== '' ? problem : message,
    line: placeOf(details['line']),
    column: placeOf(details['column']),
    fields: fields.slice(0, fieldsAtMost),
  };
}

/** The problem, where it is, and the lines around it with the place marked. @param goTo puts the cursor there */
export function renderTextProblem(
  text: string,
  { message, line, column, fields }: TextProblem,
  goTo: (line: number, column: number) => void,
): TemplateResult {
  const first = line ?? fields.find((field) => field.line !== undefined)?.line;
  // The message of a refusal that names its fields is what it says of the first of them.
  const said = fields.length === 0 || line !== undefined ? message : 'This cannot be started:';
  return html`
    <p class="problem">${line === undefined ? nothing : html`<b>${placeText(line, column)}</b> `}${said}</p>
    ${
      fields.length === 0
        ? nothing
        : html`<ul class="problems">${fields.map((field) => html`<li>${field.line === undefined ? nothing : html`<b>Line ${field.line}</b> `}<code>${field.name}</code>: ${field.problem}</li>`)}</ul>`
    }
    ${first === undefined ? nothing : renderSnippet(text, first, column, goTo)}
  `;
}

function renderSnippet(
  text: string,
  line: number,
  column: number | undefined,
  goTo: (line: number, column: number) => void,
): TemplateResult | typeof nothing {
  const lines = linesAround(text, line);
  if (!lines.some(({ number }) => number === line)) return nothing;
  return html`
    <ol part="snippet" class="snippet" aria-label=${`The text around line ${line}`}>
      ${lines.map(({ number, content }) => {
        const isMeant = number === line;
        return html`<li ?data-meant=${isMeant}><span class="line-number">${number}</span><code>${isMeant && column !== undefined ? renderMarked(content, column) : content.slice(0, shownLength)}</code></li>`;
      })}
    </ol>
    <button class="go-to quiet" type="button" @click=${() => goTo(line, column ?? 1)}>GO TO LINE ${line}</button>
  `;
}

function renderMarked(content: string, column: number): TemplateResult {
  const at = Math.min(column - 1, content.length);
  const from = Math.max(0, at - Math.floor(shownLength / 2));
  const char = content.slice(at, at + 1);
  const after = content.slice(at + 1, from + shownLength);
  return html`${from > 0 ? '…' : ''}${content.slice(from, at)}<mark>${char === '' ? ' ' : char}</mark>${after}`;
}

/** The line that is meant with those around it. */
function linesAround(text: string, line: number): { readonly number: number; readonly content: string }[] {
  const from = Math.max(1, line - context);
  return text
    .split(/\r\n|\r|\n/)
    .slice(from - 1, line + context)
    .map((content, i) => ({ number: from + i, content }));
}

/** Where a place in a text is, counted in characters from its beginning. Text areas have no line ends but this one. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  const length = lines[line - 1]?.length;
  if (length === undefined) return text.length;
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return before + Math.min(column - 1, length);
}

function placeText(line: number, column: number | undefined): string {
  return column === undefined ? `Line ${line}:` : `Line ${line}, column ${column}:`;
}

function placeOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

import type { PortRange } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';

/** The port as it stands, and what is done with it. */
export interface PortView {
  readonly text: string;
  readonly range: PortRange | undefined;
  readonly problem: string | undefined;
  /** Whether APPLY PORT would do nothing now. */
  readonly off: boolean;
  readonly busy: boolean;
  readonly typed: (event: Event) => void;
  readonly leaves: (event: Event) => void;
  readonly apply: () => void;
}

/** What is wrong with a port. @param port `undefined` when nothing changes, `null` for any free one */
export function portProblem(
  port: number | null | undefined,
  range: PortRange | undefined,
): string | undefined {
  if (port === undefined || port === null) return undefined;
  if (!range) return Number.isNaN(port) ? 'Expected a port' : undefined;
  if (port >= range.from && port <= range.to) return undefined;
  return `Expected a port from ${range.from} to ${range.to}`;
}

/** The field of the port. It is applied apart from the rest: it may be refused for what other models have. */
export function renderPort(view: PortView): TemplateResult {
  const { text, range, problem, off, busy } = view;
  const keydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    view.apply();
  };
  return html`
    <div class="field port">
      <label for="port">Port</label>
      <span class="input">
        <input
          id="port"
          name="port"
          type="text"
          inputmode="numeric"
          autocomplete="off"
          placeholder="any free port"
          .value=${text}
          aria-invalid=${problem === undefined ? 'false' : 'true'}
          aria-describedby="port-note"
          @input=${view.typed}
          @change=${view.leaves}
          @keydown=${keydown}
        />
        <button
          class="apply"
          type="button"
          aria-disabled=${off ? 'true' : 'false'}
          aria-busy=${busy ? 'true' : 'false'}
          @click=${view.apply}
        >APPLY PORT</button>
      </span>
      <p id="port-note" class="note" ?data-problem=${problem !== undefined}>${problem ?? (range ? `${range.from} – ${range.to}, no two models alike` : nothing)}</p>
    </div>
  `;
}

import type { FlagProblem } from '@corral/core';
import { html, nothing, type TemplateResult } from 'lit';

/** What came out of a pasted command line. */
export interface Pasted {
  readonly filled: number;
  readonly leftOut: readonly FlagProblem[];
}

/** The part for a pasted command line. @param fillIn takes what was pasted */
export function renderPaste(pasted: Pasted | undefined, fillIn: () => void): TemplateResult {
  return html`
    <details part="paste">
      <summary>Paste a llama-server command line</summary>
      <label class="unseen" for="command">Command line of llama-server</label>
      <textarea id="command" rows="3" spellcheck="false" placeholder="llama-server -m model.gguf -c 8192 -ngl 99 --flash-attn on"></textarea>
      <button class="quiet fill" type="button" @click=${fillIn}>FILL IN</button>
      <div role="status">${pasted ? renderPasted(pasted) : nothing}</div>
    </details>
  `;
}

function renderPasted({ filled, leftOut }: Pasted): TemplateResult {
  return html`
    <p class="hint">${filledText(filled)}</p>
    ${leftOut.length === 0 ? nothing : html`<ul class="left-out" aria-label="Left out">${leftOut.map(({ flag, reason }) => html`<li><code>${flag}</code> ${reason}</li>`)}</ul>`}
  `;
}

function filledText(count: number): string {
  return count === 0
    ? 'No setting was found in it.'
    : `${count} ${count === 1 ? 'field is' : 'fields are'} filled in; nothing is saved yet.`;
}
